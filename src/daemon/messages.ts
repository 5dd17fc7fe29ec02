/** What passes between the thread that answers and the one that writes. Values only. */
import type { LogsQuery, PassSummary } from '../http/ports.js';
import type { StoryLine } from '../reconcile/report.js';

export interface WorkerStart {
  readonly directory: string;
  /** Where the state lies and whose it is, as they were at the start: another one is another daemon's. */
  readonly state: string;
  readonly installation: string | undefined;
  readonly env: NodeJS.ProcessEnv;
  /** Shown to whom the lease is refused meanwhile. */
  readonly command: string;
}

export type ToWorker =
  | { readonly kind: 'wake' }
  | { readonly kind: 'knock' }
  /** Read the settings and the inventory again, between two passes. */
  | { readonly kind: 'reload' }
  /** What did not answer, or refused us, is to be asked again. */
  | { readonly kind: 'afresh' }
  | { readonly kind: 'stop' }
  /** Ask the repositories at these URLs at once, and make a pass. */
  | { readonly kind: 'sources'; readonly urls: readonly string[] }
  /** Answered by `alive`, as long as passes come to an end. */
  | { readonly kind: 'ask' }
  | {
      readonly kind: 'logs';
      readonly id: number;
      readonly uuid: string;
      readonly query: Omit<LogsQuery, 'signal'>;
    }
  | { readonly kind: 'script'; readonly id: number; readonly uuid: string }
  /** The next piece of that log is wanted. */
  | { readonly kind: 'more'; readonly id: number }
  | { readonly kind: 'enough'; readonly id: number };

export type FromWorker =
  /** The state is open and ours. */
  | { readonly kind: 'ready' }
  | { readonly kind: 'alive' }
  | { readonly kind: 'story'; readonly line: StoryLine }
  | { readonly kind: 'pass'; readonly summary: PassSummary }
  | { readonly kind: 'piece'; readonly id: number; readonly text: string }
  | { readonly kind: 'end'; readonly id: number; readonly trouble?: string }
  | { readonly kind: 'failed'; readonly error: ToldError };

/** An error as it comes over: known by its name, as everywhere. */
export interface ToldError {
  readonly name: string;
  readonly message: string;
  readonly stack?: string;
  readonly problems?: readonly unknown[];
}

export function tellError(error: unknown): ToldError {
  if (!(error instanceof Error)) return { name: 'Error', message: String(error) };
  const { name, message, stack } = error;
  const problems = 'problems' in error && Array.isArray(error.problems) ? { problems: error.problems } : {};
  return { name, message, ...(stack === undefined ? {} : { stack }), ...problems };
}

export function heardError({ name, message, stack, problems }: ToldError): Error {
  const error = new Error(message);
  error.name = name;
  if (stack !== undefined) error.stack = stack;
  return problems === undefined ? error : Object.assign(error, { problems });
}
