/** What stands in a mail about a run. Pure: the same change is worded the same way whenever it is told. */
import { type Attempt, isEnded, type Run, type RunRecord } from '../model/run.js';
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

/** `[sluice] lattice: Failed on lemaitre3 (StepFailed)` */
function subjectOf(record: RunRecord): string {
  const { run } = record;
  const attempt = currentAttempt(record);
  const on = attempt === undefined ? '' : ` on ${attempt.cluster}`;
  const why = reasonWords(run.reason) === undefined ? '' : ` (${run.reason})`;
  return oneLine(`[sluice] ${titleOf(run)}: ${run.phase}${on}${why}`).slice(0, SUBJECT_LENGTH);
}

function pageOf(record: RunRecord, circumstances: Circumstances): Page {
  const { run, attempts } = record;
  const attempt = currentAttempt(record);
  const { username, results, logs = [], commands = [] } = circumstances;
  const words = reasonWords(run.reason);
  const earlier = attempts.filter((each) => each !== attempt && each.outcome !== undefined);
  return {
    greeting: username === undefined ? 'Hello,' : `Hello ${oneLine(username)},`,
    headline: oneLine(
      `${titleOf(run)} ${phaseWords(run, attempt?.cluster)}${words === undefined ? '' : `: ${words}`}.`,
    ),
    details: [run.message, ...endingOf(run, attempt)].map(bounded),
    logs: logs.map(({ name, tail }) => ({ name, tail: bounded(tail) })),
    facts: [
      ...factsOf(run, attempt, circumstances.tasks),
      ...earlier.map(({ number, cluster, outcome = '', message = '' }): Fact => {
        return ['before', `attempt ${number} on ${cluster} ${outcome}${message && `: ${message}`}`];
      }),
      ...(commands.length === 0 ? [] : [['command', commands.join('\n')] as const]),
      ...(results === undefined ? [] : [['results', results] as const]),
    ].map(([label, value]) => [label, bounded(value)] as const),
    next: oneLine(adviceFor(run, attempt?.cluster)),
  };
}

type Fact = readonly [string, string];

function factsOf(run: Run, attempt: Attempt | undefined, tasks: number): readonly Fact[] {
  const job = attempt?.jobId === undefined ? '' : `, job ${attempt.jobId}`;
  return [
    ['job', titleOf(run)],
    ['cluster', attempt === undefined ? 'none yet' : `${attempt.cluster}, attempt ${attempt.number}${job}`],
    ['state', stateOf(attempt, tasks)],
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
function stateOf(attempt: Attempt | undefined, tasks: number): string {
  const states = attempt?.taskStates ?? [];
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

/** A header is a line: whatever came from elsewhere cannot begin another. */
function oneLine(text: string): string {
  // eslint-disable-next-line no-control-regex
  return text.replaceAll(/[\u0000-\u001f\u007f\u0085\u2028\u2029]+/g, ' ').trim();
}

const MOST_CHARACTERS = 6_000;

/** The end of long output is what tells. A password within a URL, as Git prints it, is none of it. */
function bounded(text: string): string {
  const clean = text
    .replaceAll(/\r\n?/g, '\n')
    // eslint-disable-next-line no-control-regex
    .replaceAll(/[\u0000-\u0008\u000b-\u001f\u007f]/g, '')
    .replaceAll(/(\b[a-z][a-z0-9+.-]*:\/\/)[^\s/@]+@/gi, '$1')
    .trimEnd();
  return clean.length <= MOST_CHARACTERS ? clean : `[…]\n${clean.slice(-MOST_CHARACTERS)}`;
}
