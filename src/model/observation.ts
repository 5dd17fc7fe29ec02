/** What one round trip to a cluster showed. Three values everywhere: present, absent, could not ask. */
import type { Reason } from './run.js';

/** An answer of one instrument on the cluster (controller, accounting). */
export type Asked<T> =
  | { readonly kind: 'answered'; readonly value: T }
  | { readonly kind: 'silent'; readonly why: string }
  /** The site does not have it (accounting switched off), or there was nothing to ask. */
  | { readonly kind: 'none' };

/** Who maintains a mark, as far as the host that we happened to log in to can tell. */
export type Liveness = 'alive' | 'dead' | 'unknown';

export type OwnerMark =
  | { readonly kind: 'none' }
  | { readonly kind: 'fence' }
  | { readonly kind: 'job'; readonly jobId: string; readonly restart: number }
  | { readonly kind: 'unreadable' };

/** What runs on the login node: all but the last before the submission, in this order. */
export type StepName = 'source' | 'requirements' | 'compilation' | 'preprocessing' | 'postprocessing';

/** The detached runner of a chain of steps. */
export type StepsMark =
  | { readonly kind: 'none' }
  | {
      readonly kind: 'running';
      readonly maker: Liveness;
      readonly heartbeatAgeSeconds: number;
      /** Where its runner runs. */
      readonly host: string;
      /** The how manyeth runner it is; those before it were killed. */
      readonly turn: number;
    }
  | { readonly kind: 'done' }
  | {
      readonly kind: 'failed';
      readonly step: StepName;
      /** Counts from 1; 0 where it is none of the step's items, -1 for `setup`. */
      readonly item: number;
      readonly exitCode: number;
      /** Tail of the step's output. */
      readonly tail: string;
    };

/** One exit mark that a job left on its way out. */
export interface ExitMark {
  /** Array task, or 0 where the job is no array. */
  readonly task: number;
  readonly exitCode: number;
  /** Item of `execution` that failed, from 1; 0 when none did, -1 for `setup`. */
  readonly item: number;
  readonly endedAtEpochSeconds: number;
  readonly jobId: string;
  readonly restart: number;
}

/** What stands on the cluster about one live attempt. */
export interface ClaimFacts {
  readonly token: string;
  readonly nonce: string;
  readonly placed: boolean;
  readonly steps: StepsMark;
  /** The chain that runs when the job is over. */
  readonly after: StepsMark;
  readonly ticket:
    | { readonly kind: 'absent' }
    /** Made with all of its exchange; its turn has not come, and nothing was submitted. Its age is the ticket's. */
    | { readonly kind: 'waiting'; readonly maker: Liveness; readonly ageSeconds: number }
    /** Its submission has begun, that long ago. */
    | { readonly kind: 'made'; readonly maker: Liveness; readonly ageSeconds: number };
  /** As the workload manager gave it, written on the cluster before it was reported. */
  readonly jobId?: string;
  /** Set when `sbatch` refused, with its own words. */
  readonly refusal?: { readonly exitCode: number; readonly text: string };
  readonly owner: OwnerMark;
  /** Read only for jobs that the controller no longer shows as live. */
  readonly exits: readonly ExitMark[];
}

/** A job, or one task of an array, as the workload manager told it. */
export interface JobRow {
  /** Without task suffix. */
  readonly jobId: string;
  /** Array task; 0 where the row stands for the whole job. A pending array's row stands for many. */
  readonly tasks: readonly number[];
  readonly name: string;
  /** First word, upper case, without `+` and "by …": `CANCELLED`, `OUT_OF_MEMORY`. */
  readonly state: string;
  /** The state is one of the manager's terminal words. */
  readonly ended: boolean;
  /** Pending reason, or empty. */
  readonly reason: string;
  readonly exitCode?: string;
  /** Epoch seconds by the cluster's clock, where told. */
  readonly submittedAt?: number;
  /** The manager's own columns, for the record. */
  readonly fields: Readonly<Record<string, string>>;
}

export interface Hello {
  readonly wrapperVersion: string;
  readonly host: string;
  /** Epoch seconds by the cluster's clock. */
  readonly clock: number;
  readonly home: string;
  /** Absolute, expanded there. */
  readonly claimsDir: string;
  readonly workDir: string;
  /** The installation's number on this cluster; undefined when the cluster does not know the installation. */
  readonly mark?: number;
  /** Settled attempts in the ledger, so that a lost database is noticed. */
  readonly managerVersion?: string;
}

export interface ClusterObservation {
  readonly hello: Hello;
  /** By token: every live claim of this installation. */
  readonly claims: ReadonlyMap<string, ClaimFacts>;
  /** Live and recently ended jobs of the user by the controller, ours and others'. */
  readonly queue: Asked<readonly JobRow[]>;
  /** Ended jobs by accounting, only ids that can have changed. */
  readonly accounting: Asked<readonly JobRow[]>;
}

export type Reach =
  | { readonly kind: 'reached'; readonly observation: ClusterObservation }
  | {
      readonly kind: 'unreachable';
      readonly reason: 'ClusterUnreachable' | 'LoginNeeded' | 'HostKeyRefused';
      readonly why: string;
    }
  /** An exchange with it is under way: what that brings is for a later pass, and nothing is begun there until then. */
  | { readonly kind: 'busy'; readonly why: string; /** Epoch milliseconds. */ readonly since: number }
  /** Nothing needed to be asked of it in this pass. `lately`: it was a short while ago, and good manners say to let it be. */
  | { readonly kind: 'not-asked'; readonly lately?: true };

/** Why a job has not begun, and what is to be expected of that. */
export interface Pending {
  /** The manager's word. */
  readonly reason: string;
  /** It can never clear by itself. */
  readonly hopeless: boolean;
  /** It clears when somebody opens again what is closed: better gone elsewhere, where that can be. */
  readonly closed?: true;
  /** What the word means and what helps, for a person. */
  readonly words?: string;
}

/** The verdict about one submitted job, drawn by the workload manager's pure half. */
export interface JobEvidence {
  readonly kind: 'waiting' | 'running' | 'ended' | 'gone' | 'silent';
  /** One word per task, in order; NOT_SUBMITTED never appears here. */
  readonly taskStates: readonly string[];
  readonly jobStatus: Readonly<Record<string, readonly string[]>>;
  /** For `waiting`: the manager's reason, and whether it can ever clear by itself. */
  readonly pending?: Pending;
  /** For `ended`: what it means. */
  readonly verdict?: {
    readonly outcome: 'completed' | 'failed' | 'cancelled';
    readonly reason: Reason;
    readonly message: string;
  };
  /** Words that we do not know, kept and warned about. */
  readonly unknownWords: readonly string[];
}
