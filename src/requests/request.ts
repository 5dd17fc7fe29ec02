/** What a person asks of the one writer, as a value that can lie in a file until it is taken up. */

interface Word {
  readonly reason: string;
  /** Who asked, for the event. */
  readonly actor: string;
  /** Epoch milliseconds of this machine. */
  readonly at: number;
}

interface Base extends Word {
  /** UUID of the run that it is about. */
  readonly run: string;
}

/** End the run, wherever it stands. */
export interface CancelRequest extends Base {
  readonly kind: 'cancel';
}

/** No new attempt until `resume`; what runs is left alone. */
export interface SuspendRequest extends Base {
  readonly kind: 'suspend' | 'resume';
}

/** Run it once more: it has ended. */
export interface RerunRequest extends Base {
  readonly kind: 'rerun';
}

/** Let what is held go: so much at once that a person must say yes. */
export interface ApproveRequest extends Word {
  readonly kind: 'approve';
  readonly digest: string;
}

export type RunRequest = CancelRequest | SuspendRequest | RerunRequest;
/** One case a command; `reconcile/requests.ts` has a handler for each. */
export type Request = RunRequest | ApproveRequest;

const OF_RUNS: readonly string[] = ['cancel', 'suspend', 'resume', 'rerun'] satisfies RunRequest['kind'][];

/** The edge: a file's text to a request. @returns undefined for what is none, or of a later version */
export function parseRequest(text: string): Request | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isRequest(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isRequest(value: unknown): value is Request {
  if (typeof value !== 'object' || value === null) return false;
  const { kind, run, digest, reason, actor, at } = value as Record<string, unknown>;
  if (![kind, reason, actor].every((each) => typeof each === 'string') || typeof at !== 'number')
    return false;
  return kind === 'approve'
    ? typeof digest === 'string'
    : typeof run === 'string' && OF_RUNS.includes(kind as string);
}
