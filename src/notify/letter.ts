/** What stands in a mail about a run. Pure: the same change is worded the same way whenever it is told. */
import { type Attempt, isEnded, isOwed, type Run, type RunRecord } from '../model/run.js';
import { composeTasks } from '../model/tasks.js';
import { bounded, oneLine } from './clean.js';
import { type Page, renderHtml, renderText } from './page.js';
import { adviceFor, phaseWords, reasonWords } from './words.js';

/** What the record does not hold. */
export interface Circumstances {
  /** The SSH login, greeted by it. */
  readonly username?: string;
  readonly tasks: number;
  /** What it executed, where that failed. */
  readonly commands?: readonly string[];
  /** Absolute folder of the results, as far as they are here. */
  readonly results?: string;
  /** The ends of its logs, where they tell why it failed. */
  readonly logs?: readonly { readonly name: string; readonly tail: string }[];
}

export interface Letter {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

const SUBJECT_LENGTH = 160;

export function writeLetter(record: RunRecord, circumstances: Circumstances): Letter {
  const page = pageOf(record, circumstances);
  return { subject: subjectOf(record), text: renderText(page), html: renderHtml(page) };
}

/** What somebody beside us says of a run: a module, a person. It is passed on, and nothing is planned by it. */
export interface Report {
  readonly kind: 'state' | 'error';
  /** One state a task, or the message. */
  readonly text: string;
}

export function writeReport(record: RunRecord, circumstances: Circumstances, report: Report): Letter {
  const title = titleOf(record.run);
  const said = bounded(report.text);
  const [subject, headline] =
    report.kind === 'state'
      ? [`${title}: reported ${said}`, `${title} is reported to have another state.`]
      : [`${title}: an error was reported`, `${title} is reported to have met an error.`];
  const page = { ...pageOf(record, circumstances), headline: oneLine(headline), details: [said], logs: [] };
  return { subject: subjectLine(subject), text: renderText(page), html: renderHtml(page) };
}

/** What a run has met beside where it stands, and which stops nothing: the event that told it. */
export interface Notice {
  readonly cluster: string;
  /** In the words of whoever failed. */
  readonly message: string;
}

export function writeNotice(record: RunRecord, circumstances: Circumstances, notice: Notice): Letter {
  const title = titleOf(record.run);
  const { cluster, message } = notice;
  const words = `the status of ${cluster} could not be taken`;
  const page: Page = {
    ...pageOf(record, circumstances),
    headline: oneLine(`${words} when ${title} was submitted there; the job goes on.`),
    details: [bounded(message)],
    logs: [],
    next: `nothing has to be done for the job; to look at the cluster: sluice clusters check ${cluster}`,
  };
  return { subject: subjectLine(`${title}: ${words}`), text: renderText(page), html: renderHtml(page) };
}

function subjectLine(text: string): string {
  return oneLine(`[sluice] ${text}`).slice(0, SUBJECT_LENGTH);
}

/** `[sluice] lattice: Failed on lemaitre3 (StepFailed)` */
function subjectOf(record: RunRecord): string {
  const { run } = record;
  const attempt = currentAttempt(record);
  const on = attempt === undefined ? '' : ` on ${attempt.cluster}`;
  const why = reasonWords(run.reason) === undefined ? '' : ` (${run.reason})`;
  return subjectLine(`${titleOf(run)}: ${run.phase}${on}${why}`);
}

function pageOf(record: RunRecord, circumstances: Circumstances): Page {
  const { run, attempts } = record;
  const attempt = currentAttempt(record);
  const { username, results, logs = [], commands = [] } = circumstances;
  const words = reasonWords(run.reason);
  const earlier = attempts.filter((each) => each !== attempt && (each.outcome !== undefined || isOwed(each)));
  return {
    greeting: username === undefined ? 'Hello,' : `Hello ${oneLine(username)},`,
    headline: oneLine(
      `${titleOf(run)} ${phaseWords(run, attempt?.cluster)}${words === undefined ? '' : `: ${words}`}.`,
    ),
    details: [run.message, ...endingOf(run, attempt)].map(bounded),
    logs: logs.map(({ name, tail }) => ({ name, tail: bounded(tail) })),
    facts: [
      ...factsOf(record, attempt, circumstances.tasks),
      ...earlier.map(({ number, cluster, outcome = 'is owed', message = '' }): Fact => {
        return ['before', `attempt ${number} on ${cluster} ${outcome}${message && `: ${message}`}`];
      }),
      ...(commands.length === 0 ? [] : [['command', commands.join('\n')] as const]),
      ...(results === undefined ? [] : [['results', results] as const]),
    ].map(([label, value]) => [label, bounded(value)] as const),
    next: oneLine(adviceFor(run, attempt?.cluster)),
  };
}

type Fact = readonly [string, string];

function factsOf(record: RunRecord, attempt: Attempt | undefined, tasks: number): readonly Fact[] {
  const { run } = record;
  const job = attempt?.jobId === undefined ? '' : `, job ${attempt.jobId}`;
  return [
    ['job', titleOf(run)],
    ['cluster', attempt === undefined ? 'none yet' : `${attempt.cluster}, attempt ${attempt.number}${job}`],
    ['state', stateOf(record, attempt, tasks)],
    ['uuid', run.uuid],
  ];
}

/** The attempt has ended and the run goes on with it: how it ended is news beside where the run stands. */
function endingOf(run: Run, attempt: Attempt | undefined): readonly string[] {
  const { outcome, message } = attempt ?? {};
  if (isEnded(run.phase) || outcome === undefined || message === undefined || message === run.message)
    return [];
  return [message];
}

/** Of one that never left, and of one that is over before the next was made, nothing stands there. */
function currentAttempt({ run, attempts }: RunRecord): Attempt | undefined {
  const last = attempts.findLast(({ outcome }) => outcome !== 'unsent');
  const over = last?.outcome === 'refused' || last?.outcome === 'fenced';
  return over && !isEnded(run.phase) ? undefined : last;
}

/** `12 COMPLETED, 3 FAILED`, in the workload manager's own words. */
function stateOf(record: RunRecord, attempt: Attempt | undefined, tasks: number): string {
  const isInParts = attempt?.tasks !== undefined || record.run.part !== undefined;
  const all = isInParts ? composeTasks(record, tasks).map(({ state }) => state) : undefined;
  const states = all ?? attempt?.taskStates ?? [];
  if (states.length === 0 && attempt?.jobId !== undefined) return 'submitted, no word of it yet';
  const shown = states.length > 0 ? states : Array.from({ length: tasks }, () => 'NOT_SUBMITTED');
  const counts = new Map<string, number>();
  for (const state of shown) counts.set(state, (counts.get(state) ?? 0) + 1);
  if (shown.length === 1) return shown.join();
  return [...counts].map(([state, count]) => `${count} ${state}`).join(', ');
}

/** As its results' folder has it: the name, then the run where there are several. */
function titleOf({ name, run, generation }: Run): string {
  const again = generation === 0 ? '' : `.g${generation}`;
  return run === '1' && generation === 0 ? name : `${name}/${run}${again}`;
}
