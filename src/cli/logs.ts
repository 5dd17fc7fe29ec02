import type { App } from '../app.js';
import type { JobSpec } from '../model/job.js';
import { isEnded, type FetchedFile, type RunRecord } from '../model/run.js';
import { arraySizeOf, indexList, NOT_SUBMITTED, standingsOf } from '../model/tasks.js';
import { specOf } from '../views/spec.js';
import { say, type Context } from './context.js';
import { EXIT } from './exit.js';
import { withApp } from './facade.js';
import { UsageError } from './failures.js';
import { safeLine, safeText } from './output/safe.js';
import type { Terminal } from './output/terminal.js';
import { findRecord, outputsOf } from './targets.js';

/** In these a task may have written nothing yet. */
const UNBEGUN: ReadonlySet<string> = new Set(['PENDING', 'UNKNOWN', NOT_SUBMITTED]);
const STEPS = ['requirements', 'compilation'] as const;
type Step = (typeof STEPS)[number];
type Stream = 'stdout' | 'stderr' | Step;

export interface LogsFlags {
  readonly follow?: boolean;
  readonly task?: number;
  readonly stream?: Stream;
}

/** The job's stdout to stdout, its stderr to stderr; one of the streams alone to stdout. */
export function logs(at: Context, target: string, flags: LogsFlags): Promise<number> {
  return withApp(at, 'read', async (app) => {
    const record = findRecord(app, target);
    assertTask(record, flags, outputsOf(app, record));
    const { uuid } = record.run;
    const copy = copier(at, app, uuid, flags);
    if (flags.follow === true && flags.stream === undefined) await followSteps(at, record, copy);
    const some =
      flags.stream === undefined ? await bothStreams(at, flags, copy) : await copy(flags.stream, at.out);
    if (!some) say(at, safeLine(nothing(app.store.records.byUuid(uuid) ?? record, flags)));
    return EXIT.done;
  });
}

type Copy = (stream: Stream, to: Terminal) => Promise<boolean>;

/** Both at once only where they are live: otherwise one after the other, so that they do not mix. */
async function bothStreams(at: Context, { follow }: LogsFlags, copy: Copy): Promise<boolean> {
  const stdout = copy('stdout', at.out);
  if (follow !== true) await stdout;
  const stderr = await copy('stderr', at.err);
  return (await stdout) || stderr;
}

/** What comes before the job itself is part of its story, and not of its standard output. */
async function followSteps(at: Context, record: RunRecord, copy: Copy): Promise<void> {
  if (!isBeforeSubmission(record)) return;
  const { run } = record;
  say(at, safeLine(`${run.name} is not submitted yet: ${run.phase} (${run.reason}): ${run.message}`));
  await Promise.all(stepsOf(record).map((step) => copy(step, at.err)));
}

/** Copies one stream and tells whether there was anything. To a terminal only what does not move its cursor. */
function copier(at: Context, app: App, uuid: string, flags: LogsFlags): Copy {
  const task = flags.task === undefined ? {} : { task: flags.task };
  return async (stream, to) => {
    let some = false;
    for await (const chunk of app.tail(uuid, {
      stream,
      follow: flags.follow === true,
      signal: at.signal,
      ...task,
    })) {
      some ||= chunk !== '';
      to.write(to.width === undefined ? chunk : safeText(chunk));
    }
    return some;
  };
}

/** Tasks of an array have logs of their own, so one of them must be named. @throws {UsageError} */
export function assertTask(
  record: RunRecord,
  { task, stream }: LogsFlags,
  fetched: readonly FetchedFile[],
): void {
  const { name } = record.run;
  const size = arraySizeOf(record);
  const ofStep = STEPS.some((step) => step === stream);
  if (ofStep && task !== undefined)
    throw new UsageError(`${stream ?? ''} runs once for the whole job; leave --task out`);
  if (size === undefined && task !== undefined)
    throw new UsageError(`${name} is no array; leave --task out: sluice logs ${name}`);
  if (size === undefined || ofStep) return;
  const some = tasksWithLogs(record, fetched);
  const which = some.length === 0 ? 'none of them has begun yet' : `there are logs of ${ranges(some)}`;
  if (task === undefined) {
    const example = `sluice logs ${name} --task ${some[0] ?? 1}`;
    throw new UsageError(`${name} is an array of ${size} tasks; say which one, as ${example} (${which})`);
  }
  if (task > size) throw new UsageError(`${name} has the tasks 1 to ${size}, and no task ${task} (${which})`);
}

/** By what is here, or else by what has begun. */
function tasksWithLogs(record: RunRecord, fetched: readonly FetchedFile[]): number[] {
  const here = fetched
    .flatMap(({ path }) => /^logs\/std(?:out|err)\.(\d+)$/.exec(path)?.[1] ?? [])
    .map(Number);
  // What has no log when all is here has none.
  const isAll = here.length > 0 && record.attempts.at(-1)?.fetchedAt !== undefined;
  const begun = isAll ? [] : standingsOf(record).filter(({ state }) => !UNBEGUN.has(state));
  return [...new Set([...here, ...begun.map(({ task }) => task)])].sort((a, b) => a - b);
}

/** `1-3, 5` of numbers that rise. */
export function ranges(numbers: readonly number[]): string {
  return indexList(numbers).replaceAll(',', ', ');
}

function isBeforeSubmission({ run, attempts }: RunRecord): boolean {
  const last = attempts.at(-1);
  return (
    !isEnded(run.phase) && (last === undefined || (last.state !== 'submitted' && last.state !== 'ended'))
  );
}

function stepsOf({ run }: RunRecord): Step[] {
  const spec: Partial<Pick<JobSpec, Step>> = specOf(run) ?? {};
  return STEPS.filter((step) => (spec[step] ?? []).length > 0);
}

/** Why there is nothing to show, and where else to look. */
export function nothing(record: RunRecord, { stream, task }: LogsFlags): string {
  const { run, attempts } = record;
  const which = `${run.name}${task === undefined ? '' : `, task ${task},`}`;
  const last = attempts.at(-1);
  const began = last?.outcome === 'step-failed' || last?.state === 'stepping' ? stepsOf(record) : [];
  const step = began.find((each) => run.message.split('\n')[0]?.includes(each)) ?? began[0];
  const hint =
    step === undefined || stream !== undefined
      ? ''
      : `; for its steps: sluice logs ${run.name} --stream ${step}`;
  if (last?.outcome === 'step-failed' || isBeforeSubmission(record))
    return `${which} has no output${isEnded(run.phase) ? '' : ' yet'}: ${run.phase} (${run.reason}): ${run.message}${hint}`;
  const where = stream ?? 'its standard output or standard error';
  return `${which} has written nothing to ${where}${isEnded(run.phase) ? '' : ' yet'}`;
}
