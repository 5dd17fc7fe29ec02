/** One job, for a person who asks: what is it, where does it stand, and why. */
import type { Waiting } from '../../model/action.js';
import type { Attempt, FetchedFile, RunRecord } from '../../model/run.js';
import { indexList, standingsOf, taskWords } from '../../model/tasks.js';
import type { StoredEvent } from '../../store/events.js';
import type { StoredModuleRun } from '../../store/module-runs.js';
import { statesText } from './jobs.js';
import { shownPath } from './problems.js';
import { safeLine, safeText } from './safe.js';
import type { Paint } from './terminal.js';
import { ago, bytes } from './time.js';

export interface Described {
  readonly record: RunRecord;
  readonly events: readonly StoredEvent[];
  readonly outputs: readonly FetchedFile[];
  /** What its modules came to, by attempt. */
  readonly modules: readonly StoredModuleRun[];
  /** Of the latest attempt. */
  readonly script: string | undefined;
  /** What about the job is left undone until a person says a word. */
  readonly waiting: readonly Waiting[];
  /** The manifest as it was accepted, YAML without secrets. */
  readonly manifest: string;
  readonly root: string;
  /** Epoch milliseconds. */
  readonly now: number;
  readonly paint: Paint;
}

export function describeText(job: Described): string {
  const sections = [
    head(job),
    attempts(job),
    modules(job),
    outputs(job),
    history(job),
    manifest(job),
    script(job),
  ];
  return sections
    .filter((lines) => lines.length > 0)
    .flatMap((lines) => [...lines, ''])
    .slice(0, -1)
    .map((line) => `${line}\n`)
    .join('');
}

function head({ record, waiting, root, now }: Described): string[] {
  const { run } = record;
  return fields([
    ['Name', run.name],
    ['Run', run.generation === 0 ? run.run : `${run.run}, generation ${run.generation}`],
    ['UUID', run.uuid],
    ...arrayLines(record),
    ['Phase', `${run.phase} (${run.reason})`],
    ['Message', run.message],
    ...waiting.map((each): [string, string] => ['Waits', `${each.reason}: ${each.message}`]),
    ['Conditions', run.conditions.join(', ') || 'none'],
    ['Manifest', shownPath(run.manifestFile, root)],
    ['Commit', run.author === undefined ? run.commit : `${run.commit ?? ''} by ${run.author}`],
    ['Candidates', run.candidates.join(', ')],
    ['Created', ago(run.createdAt, now)],
    ['Updated', ago(run.updatedAt, now)],
    ['Cancel', run.cancelRequested ? 'requested' : undefined],
    ['Suspend', run.suspendRequested ? 'requested' : undefined],
    ['Followed', run.forgottenAt === undefined ? undefined : `no more, since ${ago(run.forgottenAt, now)}`],
    ['Gone', run.goneAt === undefined ? undefined : `its manifest, since ${ago(run.goneAt, now)}`],
  ]);
}

function attempts({ record, now, paint }: Described): string[] {
  if (record.attempts.length === 0) return [paint.bold('Attempts: none')];
  return [
    paint.bold('Attempts'),
    ...record.attempts.flatMap((attempt) => indent(attemptLines(attempt, now))),
  ];
}

function attemptLines(attempt: Attempt, now: number): string[] {
  const end =
    attempt.outcome === undefined
      ? ''
      : `, ${attempt.outcome}${attempt.reason === undefined || attempt.reason.toLowerCase() === attempt.outcome ? '' : ` (${attempt.reason})`}`;
  return [
    `${attempt.number}. ${attempt.cluster}: ${attempt.state}${end}${lossText(attempt, now)}`,
    ...indent(
      fields([
        ['Message', attempt.message],
        ['Job', attempt.jobId],
        ['Tasks', tasksText(attempt)],
        ['Token', attempt.token],
        ['Directory', attempt.jobDirectory],
        ['Working', attempt.workingDirectory],
        ['Source', sourceText(attempt.source)],
        ['Submitted', since(attempt.submittedAt, now)],
        ['Ended', since(attempt.endedAt, now)],
        ['Fetched', since(attempt.fetchedAt, now)],
      ]),
    ),
  ];
}

/** `2,4: 1 COMPLETED, 1 FAILED` where it had some of the array's tasks only. */
function tasksText({ tasks, taskStates }: Attempt): string | undefined {
  const states = taskStates.length === 0 ? [] : [statesText({ taskStates })];
  const words = [...(tasks === undefined ? [] : [indexList(tasks)]), ...states];
  return words.length === 0 ? undefined : words.join(': ');
}

/** Of an array of which single tasks run again: which, and how all of it stands. */
function arrayLines(record: RunRecord): [string, string | undefined][] {
  const { part } = record.run;
  const isInParts = part !== undefined || record.attempts.some(({ tasks }) => tasks !== undefined);
  if (!isInParts) return [];
  const states = standingsOf(record).map(({ state }) => state);
  return [
    ['Part', part && `${taskWords(part.tasks)} of ${part.size}, for the results of generation ${part.of}`],
    ['States', statesText({ taskStates: states })],
  ];
}

/** Its cluster is away, and the run with it or gone on without it. */
function lossText(attempt: Attempt, now: number): string {
  if (attempt.state === 'ended') return '';
  if (attempt.owedSince !== undefined)
    return `, a debt since ${ago(attempt.owedSince, now)}: it is ended when ${attempt.cluster} returns`;
  return attempt.lostSince === undefined ? '' : `, lost since ${ago(attempt.lostSince, now)}`;
}

function modules({ modules: ran, paint }: Described): string[] {
  if (ran.length === 0) return [];
  const lines = ran.map(({ attempt, stage, index, module, changed, failure }) => {
    const where = attempt === 0 ? stage : `attempt ${attempt}, ${stage}`;
    const what = failure ?? (changed.length === 0 ? 'changed nothing' : `changed ${changed.join(', ')}`);
    return `${where} ${index}, ${module}: ${what}`;
  });
  return [paint.bold('Modules'), ...indent(lines.map(safeLine))];
}

function sourceText(source: Attempt['source']): string | undefined {
  if (source === undefined) return undefined;
  if (source.kind === 'git') return `${source.url}, commit ${source.commit}`;
  return `${source.file}, ${bytes(source.size)}, sha256 ${source.sha256}`;
}

function outputs({ outputs: files, root, paint }: Described): string[] {
  if (files.length === 0) return [];
  const lines = files.map(({ file, size }) => `${shownPath(file, root)} (${bytes(size)})`);
  return [paint.bold('Outputs'), ...indent(lines.map(safeLine))];
}

function history({ record: { run }, events, now, paint }: Described): string[] {
  if (events.length === 0) return [];
  const lines = events.map(
    (event) => `${ago(event.at, now).padEnd(9)} ${eventText(event)}${fromCommit(event, run.commit)}`,
  );
  return [paint.bold('Events'), ...indent(lines.map(safeLine))];
}

/** Where another one is behind it than the head names, and where it came with it. */
function fromCommit({ kind, commit, author }: StoredEvent, current: string | undefined): string {
  if (commit === undefined || (commit === current && kind !== 'created' && kind !== 'manifest')) return '';
  return ` (commit ${commit.slice(0, 12)}${author === undefined ? '' : ` by ${author}`})`;
}

/** `phase by me: Accepted, goes to hercules`; what the message says already is not said twice. */
function eventText({ kind, reason, message, cluster, actor }: StoredEvent): string {
  const said = message.toLowerCase();
  const where = cluster === undefined || said.includes(cluster.toLowerCase()) ? '' : ` on ${cluster}`;
  const who = actor === undefined ? '' : ` by ${actor}`;
  const head = said.startsWith(kind) && where === '' && who === '' ? '' : `${kind}${where}${who}: `;
  const why = reason === undefined || said.includes(reason.toLowerCase()) ? '' : `${reason}, `;
  return `${head}${why}${message}`;
}

function manifest({ manifest: yaml, paint }: Described): string[] {
  return [paint.bold('Manifest as accepted'), ...indent(safeText(yaml).trimEnd().split('\n'))];
}

function script({ script: text, paint }: Described): string[] {
  if (text === undefined) return [];
  return [paint.bold('Script of the latest attempt'), ...indent(safeText(text).trimEnd().split('\n'))];
}

/** `Name:     value`; what is undefined is left out. */
function fields(all: readonly (readonly [string, string | undefined])[]): string[] {
  return all.flatMap(([name, value]) =>
    value === undefined ? [] : [`${`${name}:`.padEnd(12)}${safeLine(value)}`],
  );
}

function indent(lines: readonly string[]): string[] {
  return lines.map((line) => `  ${line}`);
}

function since(at: number | undefined, now: number): string | undefined {
  return at === undefined ? undefined : ago(at, now);
}
