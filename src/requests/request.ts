/** What a person asks of the one writer, as a value that can lie in a file until it is taken up. */

interface Base {
  /** UUID of the run that it is about. */
  readonly run: string;
  readonly reason: string;
  /** Who asked, for the event. */
  readonly actor: string;
  /** Epoch milliseconds of this machine. */
  readonly at: number;
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

/** One case a command; `reconcile/requests.ts` has a handler for each. */
export type Request = CancelRequest | SuspendRequest | RerunRequest;

const KINDS: readonly string[] = ['cancel', 'suspend', 'resume', 'rerun'] satisfies Request['kind'][];

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
  const { kind, run, reason, actor, at } = value as Record<string, unknown>;
  const texts = [kind, run, reason, actor].every((each) => typeof each === 'string');
  return texts && typeof at === 'number' && KINDS.includes(kind as string);
}
