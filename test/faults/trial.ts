/** Many trials at a time, and the table of what they came to. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Site } from '../lab/lab.js';
import { type JobPlan, Project, type Setting } from './project.js';
import type { Finding, FindingKind } from './verdict.js';

export interface Trial {
  readonly name: string;
  readonly site: Site;
  readonly jobs: readonly JobPlan[];
  readonly setting?: Setting;
  readonly run: (project: Project) => Promise<readonly Finding[]>;
}

export interface Row {
  readonly scenario: string;
  readonly tried: number;
  readonly found: Readonly<Record<FindingKind, number>>;
}

/** Children at a time: they mostly wait for their jobs. */
const AT_ONCE = 10;

export class Trials {
  readonly rows: Row[] = [];
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  /** @returns one text for each trial that found anything, with what its children said */
  async all(scenario: string, trials: readonly Trial[]): Promise<string[]> {
    const reports = await Promise.all(trials.map((trial) => this.#one(trial)));
    const found = { duplicate: 0, lost: 0, stuck: 0, wrong: 0 };
    for (const kind of ['duplicate', 'lost', 'stuck', 'wrong'] as const)
      found[kind] = reports.filter(({ findings }) => findings.some((each) => each.kind === kind)).length;
    this.rows.push({ scenario, tried: trials.length, found });
    return reports.filter(({ findings }) => findings.length > 0).map(({ text }) => text);
  }

  async #one(trial: Trial): Promise<{ findings: readonly Finding[]; text: string }> {
    await this.#enter();
    try {
      const project = await Project.make(trial.site, trial.jobs, trial.setting);
      const findings = await trial.run(project).finally(() => project.close());
      const told = findings.map(({ kind, text }) => `  ${kind}: ${text}`).join('\n');
      // What failed is kept to be looked at.
      if (findings.length === 0) project.remove();
      return {
        findings,
        text: `${trial.name} on ${trial.site} in ${project.directory}\n${told}\n${project.story}`,
      };
    } finally {
      this.#leave();
    }
  }

  async #enter(): Promise<void> {
    while (this.#running >= AT_ONCE) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#running += 1;
  }

  #leave(): void {
    this.#running -= 1;
    this.#waiting.shift()?.();
  }

  table(): string {
    const cells = this.rows.map(({ scenario, tried, found }) =>
      [scenario, tried, found.duplicate, found.lost, found.stuck, found.wrong].map(String),
    );
    const lines = [['scenario', 'tried', 'duplicates', 'lost', 'stuck', 'wrong'], ...cells];
    return lines
      .map(([name = '', ...numbers]) => name.padEnd(46) + numbers.map((each) => each.padStart(11)).join(''))
      .join('\n');
  }
}

/** Looks until it is so. @throws when it does not come to that in a minute */
export async function until(so: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (!(await so())) {
    if (Date.now() > deadline) throw new Error('it does not come to that');
    await pause(50);
  }
}
