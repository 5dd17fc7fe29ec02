/** Why a project does not open. */
import type { Project } from './config/project.js';
import { describeHolder, type Holder } from './store/holder.js';

/** Wrong usage: exit code 64. */
export class UsageError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'UsageError';
  }
}

/** `clusters.yaml` or `sluice.yaml` is wrong: nothing can be done before it is mended. */
export class ConfigError extends Error {
  readonly problems: Project['problems'];
  constructor(problems: Project['problems']) {
    const count = problems.filter((problem) => problem.severity === 'error').length;
    super(`the configuration has ${count} error${count === 1 ? '' : 's'}`);
    this.name = 'ConfigError';
    this.problems = problems;
  }
}

/** Another process is the writer: exit code 6. */
export class LeaseBusy extends Error {
  readonly holder: Holder | undefined;
  /** Who holds it, in words. */
  readonly who: string;
  constructor(holder: Holder | undefined, now: number) {
    const who = describeHolder(holder, now);
    super(`the state is held by ${who}; wait for it to end, or stop it`);
    this.who = who;
    this.name = 'LeaseBusy';
    this.holder = holder;
  }
}
