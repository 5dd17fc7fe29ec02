/** Runs and attempts as the store keeps them. */
import type { Loss } from './loss.js';

export const PHASES = [
  'Pending',
  'Staging',
  'Preparing',
  'Queued',
  'Running',
  'Postprocessing',
  'Fetching',
  'Succeeded',
  'Failed',
  'Cancelled',
  'Suspended',
  'Blocked',
] as const;
export type Phase = (typeof PHASES)[number];

/** Nothing more happens in these without a person, a new manifest or a new word. */
export const SETTLED_PHASES = [
  'Succeeded',
  'Failed',
  'Cancelled',
  'Suspended',
  'Blocked',
] as const satisfies readonly Phase[];
/** The run has ended for good; it never leaves these. */
export const ENDED_PHASES = ['Succeeded', 'Failed', 'Cancelled'] as const satisfies readonly Phase[];

export function isEnded(phase: Phase): boolean {
  return (ENDED_PHASES as readonly Phase[]).includes(phase);
}
export function isSettled(phase: Phase): boolean {
  return (SETTLED_PHASES as readonly Phase[]).includes(phase);
}

/** Why a run is in its phase: one word from this list; the sentence is beside it. */
export const REASONS = [
  'New',
  'Accepted',
  'ModulesRunning',
  'BringingFiles',
  'ClusterUnreachable',
  'LoginNeeded',
  'HostKeyRefused',
  'ControllerUnavailable',
  'AwaitingCluster',
  'NoCluster',
  'QueueLimit',
  'NoRoom',
  'StepsRunning',
  'StepsSilent',
  'StepFailed',
  'StagingFailed',
  'CloneFailed',
  'DownloadFailed',
  'UnpackFailed',
  'PreprocessingFailed',
  'PostprocessingFailed',
  'ModuleFailed',
  'WaitingInQueue',
  'Executing',
  'Completed',
  'FetchPending',
  'OutputsNotWritable',
  'NoRoomHere',
  'OutputMissing',
  'ResultsGone',
  'Done',
  'ExecutionFailed',
  'TimeLimit',
  'OutOfMemory',
  'NodeFailure',
  'BootFailure',
  'Preempted',
  'Deadline',
  'RetryPending',
  'CancelledByUser',
  'CancelledOutside',
  'Replaced',
  'ManifestDeleted',
  'Refused',
  'HopelessRequest',
  'WorkDirNotOnNodes',
  'SubmissionUnknown',
  'OutcomeUnknown',
  'Superseded',
  'RecoveryIncomplete',
  'SuspendedByManifest',
  'SuspendedByUser',
  'DependencyPending',
  'DependencyFailed',
  'ManifestInvalid',
  'Forgotten',
  // Of what waits for a word beside the phase.
  'SpecChanged',
  'LooksRenamed',
  'StaleCommit',
  'ManyAtOnce',
  'NotSupportedYet',
  // Of an event of kind `cluster`, never of a phase: the status could not be taken as the run was submitted, once a run.
  'StatusUnavailable',
] as const;
export type Reason = (typeof REASONS)[number];

export const CONDITIONS = ['OutOfSync', 'Suspended', 'Blocked', 'Lost', 'Debt'] as const;
export type Condition = (typeof CONDITIONS)[number];

/**
 * What we know to have been done for an attempt. Each is committed before the next effect begins;
 * `intended` is committed before the claim is sent, so from there on the cluster may hold it.
 */
export type AttemptState = 'intended' | 'placed' | 'stepping' | 'prepared' | 'submitted' | 'ended';

/** How an attempt ended. Never changes once written. */
export type Outcome =
  | 'completed'
  | 'failed'
  | 'step-failed'
  | 'refused'
  | 'fenced'
  | 'cancelled'
  /** Its cluster was lost and the run was granted to another one: however it ended there, that decides nothing. */
  | 'superseded'
  /** Known never to have begun on the cluster: the connection was refused before anything was sent. */
  | 'unsent';

/** What the step `source` fetched: a commit, or one file. */
export type FetchedSource =
  /** A clone: the full hash of its commit, and its URL without a password or a token. */
  | { readonly kind: 'git'; readonly commit: string; readonly url: string }
  /** A download, and the name that it has in the working directory. */
  | { readonly kind: 'url'; readonly sha256: string; readonly size: number; readonly file: string };

/** One submission of a run to one cluster. Times are epoch milliseconds of this machine. */
export interface Attempt {
  readonly runUuid: string;
  readonly number: number;
  readonly cluster: string;
  readonly token: string;
  readonly state: AttemptState;
  readonly nonce: string;
  /** Hash of the manifest that this attempt carries out. */
  readonly hash: string;
  /** The workload manager's id, `123` or `123;cluster`. */
  readonly jobId?: string;
  /** Absolute on the cluster. */
  readonly jobDirectory?: string;
  readonly workingDirectory?: string;
  readonly outcome?: Outcome;
  readonly reason?: Reason;
  readonly message?: string;
  /** Array indexes that it submits, ascending; absent: all of them, or the job is no array. */
  readonly tasks?: readonly number[];
  /** One word of the workload manager for each of its tasks, in their order (one entry when no array). */
  readonly taskStates: readonly string[];
  /** The workload manager's fields, one entry per task each: the prototype's `job_status`. */
  readonly jobStatus: Readonly<Record<string, readonly string[]>>;
  /** JSON of the job as the modules on the cluster left it; absent where they have not, or there are none. */
  readonly preparedJson?: string;
  /** Its files at an address are sent from here; committed with the attempt, whatever is said later. */
  readonly fromHere?: true;
  /** Where its files came from, where they are at an address. */
  readonly source?: FetchedSource;
  /** What its steps before the submission left for us has been read. */
  readonly heardAt?: number;
  /** The same of the modules after the job. */
  readonly postprocessedAt?: number;
  /** What is wrong with what those left, in a sentence. */
  readonly postFailure?: string;
  /** Since when its cluster, which may hold it, cannot be asked. */
  readonly lostSince?: number;
  /** Since when the run is granted to another cluster while this one may hold the attempt still: the debt. */
  readonly owedSince?: number;
  /** The rendered script, as it was sent. */
  readonly script?: string;
  readonly createdAt: number;
  readonly submittedAt?: number;
  readonly endedAt?: number;
  /** Results (as far as they exist) are here and verified. */
  readonly fetchedAt?: number;
  /** What of them came; absent where nothing was fetched, or by an earlier version. */
  readonly results?: ResultsKnown;
  /** The cluster's ledger has the line; the claim is gone from the index of what is live. */
  readonly settledAt?: number;
  /** Its job directory on the cluster has been removed, after its retention. */
  readonly cleanedAt?: number;
}

/** What the results of one attempt came to: of an array whose tasks were tried again, it counts together with the others. */
export interface ResultsKnown {
  /** Patterns of `output` that matched something. */
  readonly found: readonly string[];
  /** What was there, is not optional, and could not come. */
  readonly lost: readonly { readonly path: string; readonly loss: Loss }[];
  /** Its directory on the cluster, where that was not there any more, or not whole. */
  readonly gone?: string;
}

/** A run that makes good for the failed tasks of an earlier generation's array. */
export interface Part {
  /** Array indexes, ascending: the others have completed. */
  readonly tasks: readonly number[];
  /** The generation whose results these complete, in its folder. */
  readonly of: number;
  /** Of the whole array. */
  readonly size: number;
}

/** A verified result. */
export interface FetchedFile {
  /** As `output` named it: path relative to the working directory, or `logs/…`. */
  readonly path: string;
  /** Absolute path here. */
  readonly file: string;
  /** Bytes. */
  readonly size: number;
  /** Lower-case hexadecimal. */
  readonly sha256: string;
}

/** Edited with `on_edit: replace`, or deleted with `on_delete: cancel`. */
export const CANCEL_CAUSES = ['edit', 'deletion'] as const;
export type CancelCause = (typeof CANCEL_CAUSES)[number];

/** Why a run whose end is wanted is Cancelled. */
export function cancelReason({ cancelCause }: Pick<Run, 'cancelCause'>): Reason {
  if (cancelCause === undefined) return 'CancelledByUser';
  return cancelCause === 'edit' ? 'Replaced' : 'ManifestDeleted';
}

/** Only a person may decide that what is not known, or not to be had, is waited for no more. */
export function isGivenUp({ cancelRequested, cancelCause }: Run): boolean {
  return cancelRequested && cancelCause === undefined;
}

/** What the staging modules made of a run's job. */
export interface Staged {
  /** JSON of the job as they left it. */
  readonly specJson: string;
  /** Absolute folder here in which they worked; undefined when a lost state was rebuilt, and it is not known. */
  readonly folder?: string;
  /** What they wrote there, relative: it is sent with the job. */
  readonly files: readonly string[];
}

export interface Run {
  readonly uuid: string;
  readonly name: string;
  readonly run: string;
  readonly generation: number;
  readonly phase: Phase;
  readonly reason: Reason;
  readonly message: string;
  readonly conditions: readonly Condition[];
  /** Hash the run was accepted with. */
  readonly hash: string;
  /** Clusters to try, in order, fixed when the run was accepted. */
  readonly candidates: readonly string[];
  /** Set where only some tasks of its array run again. */
  readonly part?: Part;
  /** The manifest it carries out, without secrets, as JSON of {@link JobSpec}. */
  readonly specJson: string;
  /** Set once its staging modules have run, where it has any. */
  readonly staged?: Staged;
  readonly manifestFile: string;
  /** That its manifest was read at, where it comes from Git and is as Git has it; and that commit's author. */
  readonly commit?: string;
  readonly author?: string;
  /** A person asked for its end, or its manifest did. */
  readonly cancelRequested: boolean;
  /** What its manifest did that asks for its end; absent where a person asked. */
  readonly cancelCause?: CancelCause;
  /** A person wants no new attempt until they say otherwise. */
  readonly suspendRequested: boolean;
  /** Since when its manifest is known to be gone. */
  readonly goneAt?: number;
  /** Since when nobody wants it followed any more: it stands as it stood then. */
  readonly forgottenAt?: number;
  /** Number of the attempt of which a person says that it was never submitted. */
  readonly notSubmitted?: number;
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** By itself. What waits for another job does so in vain when no other goes on. */
export function comesToNothing({ phase, reason }: Pick<Run, 'phase' | 'reason'>): boolean {
  return isSettled(phase) || reason === 'DependencyPending';
}

/** It may be live still, on a cluster that was lost, and the run went on elsewhere. */
export function isOwed({ owedSince, state }: Pick<Attempt, 'owedSince' | 'state'>): boolean {
  return owedSince !== undefined && state !== 'ended';
}

/** A run with its attempts, oldest first: what the planner reads. */
export interface RunRecord {
  readonly run: Run;
  readonly attempts: readonly Attempt[];
}
