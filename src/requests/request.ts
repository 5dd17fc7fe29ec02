/** What is asked of the one writer, as a value that can lie in a file until it is taken up. */

interface Base {
  /** Who asked, for the event. */
  readonly actor: string;
  /** Epoch milliseconds of this machine. */
  readonly at: number;
}

/** End the run, wherever it stands. */
export interface CancelRequest extends Base {
  readonly kind: 'cancel';
  /** UUID. */
  readonly run: string;
  readonly reason: string;
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

/** `reconcile/requests.ts` has a handler for each. */
export type Request = CancelRequest | ReportRequest | StatusRequest | PassRequest;

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

const CHECKS: Readonly<Record<Request['kind'], (fields: Fields) => boolean>> = {
  cancel: (fields) => areTexts(fields, 'run', 'reason'),
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
