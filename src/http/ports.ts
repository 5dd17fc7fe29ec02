/** What the API needs of the world. It reads on a connection of its own, and writes nothing: it asks the one writer. */
import type { Inventory } from '../model/cluster.js';
import type { JobSpec } from '../model/job.js';
import type { HttpUser } from '../model/settings.js';
import type { ClusterStanding } from '../reconcile/report.js';
import type { Request } from '../requests/request.js';
import type { Listing } from '../store/listing.js';
import type { Store } from '../store/store.js';

export type Reads = Pick<
  Store,
  'records' | 'runs' | 'attempts' | 'events' | 'outputs' | 'clusters' | 'moduleRuns' | 'waiting'
>;

export type Fields = Readonly<Record<string, unknown>>;

/** What became of a manifest that was to be written; see `source/edit.ts`. */
export type Edited =
  | { readonly kind: 'written' | 'unchanged'; readonly file: string; readonly spec: JobSpec }
  | { readonly kind: 'exists'; readonly file: string }
  | { readonly kind: 'not-ours'; readonly file: string; readonly why: string }
  | {
      readonly kind: 'refused';
      readonly faults: readonly { readonly key?: string; readonly message: string }[];
    };

export interface Manifests {
  /** What changes with the file's content; empty where there is no file. */
  stamp(file: string): string;
  /** Whether the file is there and, as far as it can be read, has the job. */
  holds(file: string, name: string): boolean;
  create(name: string, fields: Fields, by: string): Edited;
  /** @param file absolute, of the manifest as it was last read */
  merge(file: string, name: string, fields: Fields, by: string): Edited;
}

export const STREAMS = ['stdout', 'stderr', 'requirements', 'compilation'] as const;

export interface LogsQuery {
  readonly stream: (typeof STREAMS)[number];
  /** Task of an array, from 1. */
  readonly task?: number;
  readonly follow: boolean;
  /** Only its last so many bytes, from the beginning of a line. */
  readonly last?: number;
  /** Aborted when the one who asked is gone. */
  readonly signal: AbortSignal;
}

/** What is shared with the forges that tell of pushes; held by nobody beyond the call that it is asked for. */
export type WebhookSecret =
  | { readonly kind: 'none' }
  | { readonly kind: 'known'; readonly value: string }
  /** Why is told to the log. */
  | { readonly kind: 'unreadable' };

/** The last pass, as far as pages and metrics tell of it. */
export interface PassSummary {
  /** When it began, epoch milliseconds. */
  readonly at: number;
  readonly tookMs: number;
  readonly clusters: readonly ClusterStanding[];
  /** Kinds of the actions that it carried out, with how many there were. */
  readonly actions: Readonly<Record<string, number>>;
  readonly problems: readonly {
    readonly severity: 'error' | 'warning';
    readonly file: string;
    readonly line?: number;
    readonly message: string;
    readonly job?: string;
  }[];
}

export interface World {
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly installation: string;
  readonly inventory: () => Inventory;
  readonly users: () => readonly HttpUser[];
  readonly store: Reads;
  readonly listing: Listing;
  /** Absolute folder of the results. */
  readonly outputs: () => string;
  readonly manifests: Manifests;
  /** Whether a mail to an owner would go anywhere at all. */
  readonly hasMail: () => boolean;
  /**
   * Puts a request at the door and waits a moment until the writer has it.
   * @returns `waiting` where it is taken up later
   */
  readonly ask: (request: Request) => Promise<'taken' | 'waiting'>;
  /** How long an answer waits for the pass that takes a change up, in milliseconds. */
  readonly patienceMs: number;
  /** Something changed that a pass should look at. */
  readonly wake: () => void;
  readonly webhookSecret: () => WebhookSecret;
  /** URLs of the Git repositories that are sources, as the settings have them. */
  readonly gitSources: () => readonly string[];
  /** The repositories at these URLs are asked at once, whatever their interval, and a pass looks at what they have. */
  readonly wakeSources: (urls: readonly string[]) => void;
  /** A job's log, as it is and as it grows. */
  readonly logs: (uuid: string, query: LogsQuery) => AsyncIterable<string>;
  /** The batch script of a run's latest attempt; undefined where there is none, or it is not to be had at once. */
  readonly script: (uuid: string) => Promise<string | undefined>;
  readonly lastPass: () => PassSummary | undefined;
  /** Why it is not ready; undefined when it is. */
  readonly unready: () => string | undefined;
  /** Called after each pass and each change; a stream of events looks for news then. @returns what ends it */
  readonly onNews: (listener: () => void) => () => void;
}
