/** What is asked of the one writer, as a value that can lie in a file until it is taken up. */

interface Base {
  /** Who asked, for the event. */
  readonly actor: string;
  /** Epoch milliseconds of this machine. */
  readonly at: number;
}

/** A person's word, with the reason for it. */
interface Word extends Base {
  readonly reason: string;
}

interface OfRun extends Word {
  /** UUID. */
  readonly run: string;
}

/** End the run, wherever it stands. */
export interface CancelRequest extends OfRun {
  readonly kind: 'cancel';
}

/** No new attempt until `resume`; what runs is left alone. */
export interface SuspendRequest extends OfRun {
  readonly kind: 'suspend' | 'resume';
}

/** Follow it no more: what is on its cluster is left alone. `resume` takes it back. */
export interface ForgetRequest extends OfRun {
  readonly kind: 'forget';
}

/** A person has looked what became of a submission that nobody answered. */
export interface ResolveRequest extends OfRun {
  readonly kind: 'resolve';
  /** The workload manager's id of the job that it became; absent: it was never submitted. */
  readonly adopt?: string;
}

/** Run it once more: it has ended. */
export interface RerunRequest extends OfRun {
  readonly kind: 'rerun';
  /** Of its array, only the tasks that have not completed. */
  readonly failedTasks?: true;
}

/** Let what is held go: so much at once that a person must say yes. */
export interface ApproveRequest extends Word {
  readonly kind: 'approve';
  readonly digest: string;
}

/** Pass on to the owner of a run what somebody says of it; nothing is planned by it. */
export interface ReportRequest extends Base {
  readonly kind: 'report';
  /** UUID. */
  readonly run: string;
  readonly report: { readonly kind: 'state' | 'error'; readonly text: string };
}

/** Keep what somebody reports of a cluster; shown beside what was seen, never planned with. */
export interface StatusRequest extends Base {
  readonly kind: 'status';
  readonly cluster: string;
  readonly status: unknown;
}

/** Make a pass. It waits until the pass that heard it is over. */
export interface PassRequest extends Base {
  readonly kind: 'pass';
}

/** What a person decides of a run. */
export type RunRequest = CancelRequest | SuspendRequest | ForgetRequest | ResolveRequest | RerunRequest;
/** What a person decides. */
export type Decision = RunRequest | ApproveRequest;
/** `reconcile/requests.ts` has a handler for each. */
export type Request = Decision | ReportRequest | StatusRequest | PassRequest;

/** The edge: a file's text to a request. @returns undefined for what is none, or of a later version */
export function parseRequest(text: string): Request | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isRequest(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

type Fields = Readonly<Record<string, unknown>>;

const ofRun = (fields: Fields): boolean => areTexts(fields, 'run', 'reason');

const CHECKS: Readonly<Record<Request['kind'], (fields: Fields) => boolean>> = {
  cancel: ofRun,
  suspend: ofRun,
  resume: ofRun,
  forget: ofRun,
  resolve: (fields) => ofRun(fields) && (fields['adopt'] === undefined || areTexts(fields, 'adopt')),
  rerun: (fields) => ofRun(fields) && (fields['failedTasks'] === undefined || fields['failedTasks'] === true),
  approve: (fields) => areTexts(fields, 'digest', 'reason'),
  report: ({ run, report }) =>
    typeof run === 'string' &&
    isObject(report) &&
    areTexts(report, 'text') &&
    (report['kind'] === 'state' || report['kind'] === 'error'),
  status: (fields) => areTexts(fields, 'cluster') && 'status' in fields,
  pass: () => true,
};

function isRequest(value: unknown): value is Request {
  if (!isObject(value) || !areTexts(value, 'kind', 'actor') || typeof value['at'] !== 'number') return false;
  const kind = value['kind'] as string;
  return Object.hasOwn(CHECKS, kind) && CHECKS[kind as Request['kind']](value);
}

function areTexts(fields: Fields, ...keys: readonly string[]): boolean {
  return keys.every((key) => typeof fields[key] === 'string');
}

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
