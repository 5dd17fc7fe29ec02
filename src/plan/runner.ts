/** The detached runner of a chain of steps, as far as it lives. */
import type { Mark } from '../model/action.js';
import type { StepsMark } from '../model/observation.js';
import type { Phase } from '../model/run.js';
import { mark, type RunSituation } from './situation.js';

/** A runner's heart beats every ten seconds: after so many without it is said, and later a person is asked. */
const QUIET_SECONDS = 300;
const PATIENCE_SECONDS = 1800;
/** A reboot of the login node kills one; what is killed this often will be killed again. */
const MOST_RUNNERS = 3;

export type Running = Extract<StepsMark, { readonly kind: 'running' }>;

/** A runner leaves its word however a step ends: one that left none was killed with all that it had begun. */
export function isDead(steps: StepsMark): steps is Running {
  return steps.kind === 'running' && steps.maker === 'dead';
}

export function isDeadForGood(steps: StepsMark): steps is Running {
  return isDead(steps) && steps.turn >= MOST_RUNNERS;
}

/** @param what the steps, in words */
export function killedWords(what: string, cluster: string): string {
  return (
    `${what} were killed ${MOST_RUNNERS} times on ${cluster} before they ended: they may need more memory than its login ` +
    `node gives, or it ends what a login leaves behind; see their logs`
  );
}

/**
 * A runner on another host behind a balanced login name cannot be asked, and silence is no death: it is waited for. But
 * a host can be gone for good, so that after a while it is said, and later a person is asked.
 */
export function followRunner(
  s: RunSituation,
  cluster: string,
  steps: Running,
  phase: Phase,
  what: string,
): Mark {
  const silent = steps.maker === 'unknown' ? steps.heartbeatAgeSeconds : 0;
  if (silent < QUIET_SECONDS) return mark(s, 'progress', phase, 'StepsRunning', `${what} on ${cluster}`);
  const message = `no sign of life of its steps on ${steps.host} (${cluster}) for more than`;
  if (silent < PATIENCE_SECONDS) {
    const minutes = Math.floor(silent / QUIET_SECONDS) * (QUIET_SECONDS / 60);
    return mark(s, 'progress', phase, 'StepsSilent', `${message} ${minutes} minutes`);
  }
  const advice = `look there whether they still run; give it up with: sluice cancel ${s.record.run.name}`;
  const patience = PATIENCE_SECONDS / 60;
  return mark(s, 'hold', 'Blocked', 'StepsSilent', `${message} ${patience} minutes; ${advice}`);
}
