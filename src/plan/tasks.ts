/**
 * The tasks of an array, each by itself: which are still to complete, which of them are tried again, and what the run comes
 * to where some never did. Pure.
 */
import type { Ending } from '../model/action.js';
import type { RetryPolicy } from '../model/job.js';
import type { Attempt, Reason, RunRecord } from '../model/run.js';
import { composeTasks, isDone, type TaskStanding, taskWords } from '../model/tasks.js';
import { repeatOf } from './repeat.js';
import { type RunSituation, taskCount } from './situation.js';

/** What is said of a task's end by the word of its state; any other word: its own code failed. */
const REASONS: Readonly<Record<string, Reason>> = {
  TIMEOUT: 'TimeLimit',
  OUT_OF_MEMORY: 'OutOfMemory',
  NODE_FAIL: 'NodeFailure',
  BOOT_FAIL: 'BootFailure',
  PREEMPTED: 'Preempted',
  DEADLINE: 'Deadline',
};

/** Size of the whole array of which single tasks may run again, as it was carried out; undefined where it never was. */
export function wholeSize({ run, attempts }: RunRecord): number | undefined {
  if (run.part !== undefined) return run.part.size;
  const whole = attempts.findLast(({ tasks, taskStates }) => tasks === undefined && taskStates.length > 0);
  return whole?.taskStates.length;
}

/** Its tasks are looked at one by one. */
export function isArray(s: RunSituation, last: Attempt): boolean {
  return last.tasks !== undefined || taskCount(s.spec, last.cluster) > 1;
}

/** The tasks that have not completed, whichever attempt had them last. @param last has ended */
export function tasksLeft(s: RunSituation, last: Attempt): readonly TaskStanding[] {
  const size = wholeSize(s.record) ?? taskCount(s.spec, last.cluster);
  return composeTasks(s.record, size).filter((each) => !isDone(each));
}

/** Tasks that begin anew, together, in the next attempt. */
export interface Repeats {
  readonly tasks: readonly number[];
  /** Epoch milliseconds. */
  readonly notBefore: number;
  /** `tasks 3,7 again: try 2 of 3`. */
  readonly words: string;
  /** All of them for a fault of the cluster, at no cost. */
  readonly isFree: boolean;
}

/**
 * Each task has a budget of its own: it is judged as if it were a job by itself.
 * @param left what has not completed
 * @returns undefined when none is tried again
 */
export function repeatsOf(
  retry: RetryPolicy,
  attempts: readonly Attempt[],
  left: readonly TaskStanding[],
  now: number,
): Repeats | undefined {
  // What completed and is lost cannot be had back by the others.
  if (left.some(({ state }) => state === 'COMPLETED')) return undefined;
  const places = attempts.map(placesOf);
  const found = left.flatMap(({ task, attempt: latest }) => {
    // Nobody tells how it ended: it may have completed.
    if (latest === undefined) return [];
    const own = attempts.flatMap((attempt, at) => ofTask(attempt, places[at]?.(task)) ?? []);
    const repeat = repeatOf(retry, own, now);
    return repeat === undefined ? [] : [{ task, ...repeat }];
  });
  if (found.length === 0) return undefined;
  const whiches = [...new Set(found.map(({ which }) => which))];
  const words = whiches.map((which) => {
    const tasks = found.filter((each) => each.which === which).map(({ task }) => task);
    return `${taskWords(tasks)} again: ${which ?? 'the cluster failed it, which costs no try'}`;
  });
  return {
    tasks: found.map(({ task }) => task),
    notBefore: Math.max(...found.map(({ notBefore }) => notBefore)),
    words: words.join('; '),
    isFree: found.every(({ which }) => which === undefined),
  };
}

/** Where a task stands in the attempt's lists; undefined where it is none of its tasks. */
function placesOf({ tasks }: Attempt): (task: number) => number | undefined {
  if (tasks === undefined) return (task) => task - 1;
  const places = new Map(tasks.map((task, at) => [task, at]));
  return (task) => places.get(task);
}

/** The attempt as it went for one task alone; undefined where it has none of it. */
function ofTask(attempt: Attempt, at: number | undefined): Attempt | undefined {
  if (at === undefined) return undefined;
  const state = attempt.taskStates[at];
  const code = attempt.jobStatus['ExitCode']?.[at];
  const own = {
    ...attempt,
    taskStates: state === undefined ? [] : [state],
    jobStatus: code === undefined ? {} : { ExitCode: [code] },
  };
  const hasBegun = ['completed', 'failed', 'cancelled'].includes(attempt.outcome ?? '');
  return hasBegun && state !== undefined ? { ...own, ...endOf(state, attempt) } : own;
}

function endOf(state: string, { outcome, reason }: Attempt): Pick<Attempt, 'outcome' | 'reason'> {
  if (state === 'COMPLETED') return { outcome: 'completed', reason: 'Completed' };
  // Our own cancellation of the whole is no end that is repeated.
  if (outcome === 'cancelled' && reason !== 'CancelledOutside')
    return { outcome, reason: reason ?? 'CancelledByUser' };
  if (state === 'CANCELLED') return { outcome: 'cancelled', reason: 'CancelledOutside' };
  // Nothing of the job ran where its directory was not to be seen, whatever the word.
  const isHopeless = reason === 'WorkDirNotOnNodes';
  return { outcome: 'failed', reason: isHopeless ? reason : (REASONS[state] ?? 'ExecutionFailed') };
}

/** What the run comes to when no task is tried any more. @param left not empty */
export function endingOfTasks(last: Attempt, left: readonly TaskStanding[], size: number): Ending {
  const lost = lostWith(left);
  if (lost !== undefined) return { phase: 'Failed', reason: 'ResultsGone', message: lost };
  const isOurs = last.outcome === 'cancelled' && last.reason !== 'CancelledOutside';
  const isOfLast = last.tasks === undefined || left.every(({ attempt }) => attempt === last);
  const phase = isOurs || (last.outcome === 'cancelled' && isOfLast) ? 'Cancelled' : 'Failed';
  if (isOurs || last.tasks === undefined) return { phase, ...wordsOf(last) };
  const all = `${taskWords(left.map(({ task }) => task))} of ${size} did not complete`;
  const holder = isOfLast ? last : left.findLast(({ attempt }) => attempt !== undefined)?.attempt;
  if (holder === undefined) return { phase, reason: 'OutcomeUnknown', message: `${all}; nothing tells how` };
  const { reason, message } = wordsOf(holder);
  return { phase, reason, message: `${all}; attempt ${holder.number}: ${message}` };
}

function wordsOf({ reason = 'ExecutionFailed', message = 'no words' }: Attempt): Omit<Ending, 'phase'> {
  return { reason, message };
}

/** That tasks have completed, and their directory was gone when their results were to come. */
function lostWith(left: readonly TaskStanding[]): string | undefined {
  const lost = left.filter(({ state }) => state === 'COMPLETED');
  const [first] = lost;
  if (first?.attempt === undefined) return undefined;
  const { cluster, results } = first.attempt;
  const tasks = taskWords(lost.map(({ task }) => task));
  return `its directory ${results?.gone ?? ''} was removed on ${cluster} before the results of ${tasks} were fetched`;
}
