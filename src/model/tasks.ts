/** The tasks of an array: which of them an attempt submits, and what has become of each over all attempts. Pure. */
import type { JobSpec } from './job.js';
import { type Attempt, isEnded, type Run, type RunRecord } from './run.js';

/** Undefined where the job is no array there. Per-cluster overrides count. */
export function arraySizeOn(
  { resources, perCluster }: Pick<JobSpec, 'resources' | 'perCluster'>,
  cluster: string,
): number | undefined {
  return perCluster[cluster]?.resources?.arraySize ?? resources.arraySize;
}

/** From 1, as `--array=1-N` counts them. */
export function allTasks(size: number): readonly number[] {
  return Array.from({ length: size }, (_, index) => index + 1);
}

/** Array indexes that an attempt submits; `[0]` where the job is no array. @param size of the whole array */
export function tasksOf({ tasks }: Pick<Attempt, 'tasks'>, size: number | undefined): readonly number[] {
  return tasks ?? (size === undefined ? [0] : allTasks(size));
}

/** `1-3,7` of numbers that rise. */
export function indexList(indexes: readonly number[]): string {
  const runs: { from: number; to: number }[] = [];
  for (const index of indexes) {
    const last = runs.at(-1);
    if (last?.to === index - 1) last.to = index;
    else runs.push({ from: index, to: index });
  }
  return runs.map(({ from, to }) => (from === to ? `${from}` : `${from}-${to}`)).join(',');
}

/** `task 7`, `tasks 1-3,7`. */
export function taskWords(indexes: readonly number[]): string {
  return `task${indexes.length === 1 ? '' : 's'} ${indexList(indexes)}`;
}

/** Before the workload manager has a word for it. */
export const NOT_SUBMITTED = 'NOT_SUBMITTED';

/** One task in the light of the whole run. */
export interface TaskStanding {
  /** From 1; a job that is no array has the one task 1. */
  readonly task: number;
  readonly state: string;
  /** The latest attempt that covers it and tells of it; undefined where none does. */
  readonly attempt?: Attempt;
  /** Its place in that attempt's lists. */
  readonly at: number;
}

type Of = Pick<RunRecord, 'attempts'> & { readonly run: Pick<Run, 'part'> };

/**
 * Each task of the whole array by the latest attempt that covers it. Of a run that makes good for an earlier one's failed
 * tasks, the others completed in that one.
 * @param size of the whole array, as far as it is known
 */
export function composeTasks({ run, attempts }: Of, size = 1): readonly TaskStanding[] {
  const found = new Map<number, TaskStanding>();
  let whole = Math.max(size, run.part?.size ?? 1);
  for (const attempt of attempts) {
    if (!tells(attempt)) continue;
    const { taskStates, outcome } = attempt;
    const tasks = attempt.tasks ?? allTasks(Math.max(size, taskStates.length));
    whole = Math.max(whole, tasks.at(-1) ?? 1);
    const unknown = outcome === 'completed' ? 'COMPLETED' : NOT_SUBMITTED;
    for (const [at, task] of tasks.entries())
      found.set(task, { task, state: taskStates[at] ?? unknown, attempt, at });
  }
  return allTasks(whole).map((task) => {
    const isElsewhere = run.part !== undefined && !run.part.tasks.includes(task);
    return found.get(task) ?? { task, state: isElsewhere ? 'COMPLETED' : NOT_SUBMITTED, at: -1 };
  });
}

/**
 * One that ended without a word of its tasks, as a refused one, leaves them as they stood. What a lost cluster did is not
 * known, and is not what the run went on for.
 */
function tells({ state, outcome, taskStates, owedSince }: Attempt): boolean {
  if (owedSince !== undefined || outcome === 'superseded') return false;
  return state !== 'ended' || outcome === 'completed' || taskStates.length > 0;
}

/** It has completed, and its results are not known to be lost. */
export function isDone({ state, attempt }: TaskStanding): boolean {
  return state === 'COMPLETED' && attempt?.results?.gone === undefined;
}

/** `job_status` of the whole array: each field has an entry for each task; what nobody told is empty. */
export function composeStatus(standings: readonly TaskStanding[]): Attempt['jobStatus'] {
  const attempts = new Set(standings.flatMap(({ attempt }) => attempt ?? []));
  const fields = new Set([...attempts].flatMap(({ jobStatus }) => Object.keys(jobStatus)));
  const entryOf = (field: string, { attempt, at, state }: TaskStanding): string =>
    attempt?.jobStatus[field]?.[at] ?? (field === 'State' ? state : '');
  return Object.fromEntries(
    [...fields].map((field) => [field, standings.map((each) => entryOf(field, each))]),
  );
}

/** Size of a run's array as it was carried out last; undefined where it is none. */
export function arraySizeOf({ run, attempts }: RunRecord): number | undefined {
  if (run.part !== undefined) return run.part.size;
  const last = attempts.at(-1);
  const spec = readSpec(last?.preparedJson ?? run.staged?.specJson ?? run.specJson);
  const size = spec && arraySizeOn(spec, last?.cluster ?? run.candidates[0] ?? '');
  if (last?.tasks === undefined) return size;
  // The modules of the one that goes on may not have said yet how large it is.
  const before = attempts.findLast(({ tasks, taskStates }) => tasks === undefined && taskStates.length > 0);
  return Math.max(size ?? 1, before?.taskStates.length ?? 1, last.tasks.at(-1) ?? 1);
}

/** Written by us. */
function readSpec(json: string): JobSpec | undefined {
  try {
    return JSON.parse(json) as JobSpec;
  } catch {
    return undefined;
  }
}

/** Each task of a run's array as it stands; of a job that is no array, its only one. */
export function standingsOf(record: RunRecord): readonly TaskStanding[] {
  return composeTasks(record, arraySizeOf(record));
}

/** Which of a run's logs is asked for. */
interface LogAsked {
  readonly stream: string;
  readonly task?: number;
  /** Whoever follows a task that is tried again wants what comes then. */
  readonly follow: boolean;
}

/** The log is among the results that are here, and no later attempt writes another. */
export function isFetchedLog(record: RunRecord, { stream, task, follow }: LogAsked): boolean {
  const isOfTask = task !== undefined && (stream === 'stdout' || stream === 'stderr');
  if (!isOfTask) return record.attempts.at(-1)?.fetchedAt !== undefined;
  const attempt = attemptOfTask(record, task);
  if (attempt === undefined) return record.run.part !== undefined && !record.run.part.tasks.includes(task);
  if (attempt.fetchedAt === undefined) return false;
  if (!follow || isEnded(record.run.phase)) return true;
  return standingsOf(record).some((each) => each.task === task && isDone(each));
}

/** The latest attempt that covers a task, or the latest of all where none is named; undefined: an earlier run has it. */
export function attemptOfTask({ attempts }: Pick<RunRecord, 'attempts'>, task?: number): Attempt | undefined {
  return attempts.findLast(
    ({ tasks, outcome }) =>
      task === undefined || ((tasks === undefined || tasks.includes(task)) && outcome !== 'unsent'),
  );
}
