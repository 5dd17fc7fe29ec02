/** Whether a job that began and failed begins anew: the cluster's faults for nothing, the job's own as `retry` grants. */
import type { RetryPolicy } from '../model/job.js';
import type { Attempt } from '../model/run.js';

/** Causes that are the cluster's: repeated at no cost to the user, this often. */
const CLUSTER_FAULTS = ['NodeFailure', 'BootFailure', 'Preempted'];
const CLUSTER_FAULT_REPEATS = 3;
/** Another try would only meet the same. */
const HOPELESS = ['WorkDirNotOnNodes'];

/** That the last attempt is followed by another, and from when on. */
export interface Repeat {
  /** Epoch milliseconds. */
  readonly notBefore: number;
  /** `try 2 of 4`, as far as `retry` grants them; undefined where the cluster's fault costs nothing. */
  readonly which: string | undefined;
}

/**
 * @param attempts all of the run, oldest first; the last one has begun and ended otherwise than well
 * @returns undefined when it is not repeated
 */
export function repeatOf(retry: RetryPolicy, attempts: readonly Attempt[], now: number): Repeat | undefined {
  const begun = attempts.filter(hasBegun);
  const last = begun.at(-1);
  if (last === undefined || last !== attempts.at(-1) || HOPELESS.includes(last.reason ?? ''))
    return undefined;
  const before = begun.slice(0, -1);
  const free = Math.min(before.filter(isFault).length, CLUSTER_FAULT_REPEATS);
  if (isFault(last) && free < CLUSTER_FAULT_REPEATS) return { notBefore: 0, which: undefined };
  const granted = budgetOf(retry);
  // In a state that was rebuilt, it may stand for an end that nobody knows any more: it counts as a start.
  const unknown = attempts.filter(
    ({ outcome, reason }) => outcome === 'fenced' && reason === 'OutcomeUnknown',
  );
  const spent = before.length - free + unknown.length;
  if (spent >= granted || !isNamed(retry, last)) return undefined;
  const notBefore = (last.endedAt ?? now) + (retry.backoffSeconds ?? 0) * 1000;
  return { notBefore, which: `try ${spent + 2} of ${granted + 1}` };
}

/** Tries beyond the first; `on` alone grants one. */
function budgetOf({ attempts, on }: RetryPolicy): number {
  return attempts ?? (on === undefined ? 0 : 1);
}

/** Without `on`, every failure of the job's own counts; that somebody cancelled it must be named. */
function isNamed({ on }: RetryPolicy, attempt: Attempt): boolean {
  if (on === undefined) return attempt.outcome === 'failed';
  const state = attempt.taskStates[0];
  return on.some((word) => word === state || (state === 'FAILED' && word === `exit:${codeOf(attempt)}`));
}

/** The ledger keeps no status, so of an attempt that was read back from it the words tell. */
function codeOf({ jobStatus, message = '' }: Attempt): string {
  const told = jobStatus['ExitCode']?.[0];
  const code = told === undefined ? /^exit code (\d+)/.exec(message) : /^(\d+)(?::0)?$/.exec(told);
  return code?.[1] ?? '?';
}

/** Sluice's own cancel and the fence are no ends that are repeated. */
export function hasBegun({ outcome, reason }: Attempt): boolean {
  return (
    outcome === 'failed' ||
    outcome === 'completed' ||
    (outcome === 'cancelled' && reason === 'CancelledOutside')
  );
}

function isFault({ reason }: Attempt): boolean {
  return CLUSTER_FAULTS.includes(reason ?? '');
}
