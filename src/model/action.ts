/** What a pass may do. A plan is a list of these; each has one handler in `reconcile/apply/`. */
import type { Attempt, CancelCause, Condition, Outcome, Phase, Reason, Run } from './run.js';
import type { JobSpec } from './job.js';

interface Base {
  /** The run it concerns. */
  readonly uuid: string;
  readonly name: string;
  readonly run: string;
  /** Why, for a person. */
  readonly why: string;
}

/** Take a wanted job up as a run: commits it with its candidates. */
export interface Accept extends Base {
  readonly kind: 'accept';
  readonly generation: number;
  readonly spec: JobSpec;
  readonly hash: string;
  readonly manifestFile: string;
  readonly commit?: string;
  readonly author?: string;
  readonly candidates: readonly string[];
}

/** Ask for the end of a run as its manifest wants it; what is on its cluster is ended by what follows. */
export interface Cancel extends Base {
  readonly kind: 'cancel';
  readonly cause: CancelCause;
}

/** Why one candidate was passed over or chosen. */
export interface Choice {
  readonly cluster: string;
  readonly chosen: boolean;
  readonly why: string;
}

interface OnCluster extends Base {
  readonly cluster: string;
  /** The cluster as the run's login sees it. */
  readonly site: string;
  readonly token: string;
  readonly attempt: number;
}

/** Commit an attempt, claim it on the cluster, place its files there. */
export interface Stage extends OnCluster {
  readonly kind: 'stage';
  /** The attempt is new; otherwise an interrupted one goes on. */
  readonly fresh: boolean;
  /** The claim stands there already: go on with it. */
  readonly resume: boolean;
  readonly choices: readonly Choice[];
  /** Array indexes that the new attempt submits; absent: all of the array, or it is none. */
  readonly tasks?: readonly number[];
  /** Its files at an address were brought here and are sent; absent: the cluster fetches them, or there are none. */
  readonly fromHere?: true;
}

/** Start a chain of steps under the detached runner: those before the submission, or those after the job. */
export interface StartSteps extends OnCluster {
  readonly kind: 'steps';
  readonly when: 'before' | 'after';
}

/** Read what a chain of steps left for us, and check what the modules made of the job. */
export interface Review extends OnCluster {
  readonly kind: 'review';
  readonly when: 'before' | 'after';
  /** Nothing of it was submitted, so that it may end by what is found. */
  readonly mayEnd: boolean;
  /** The module that failed, by its number, and why in a sentence: what those before it printed is kept all the same. */
  readonly failure?: { readonly index: number; readonly message: string };
}

/** Cancel what is left of a job that is over: the steps after it. */
export interface Halt extends OnCluster {
  readonly kind: 'halt';
  readonly jobId: string;
}

/** The cluster of an attempt that may be live cannot be asked, or can be asked again. */
export interface Lost extends OnCluster {
  readonly kind: 'lost';
  readonly isLost: boolean;
}

/**
 * The run goes on elsewhere while the attempt's cluster may hold it still: committed before the next attempt is. Said of
 * what is owed already, it only says another thing of it.
 */
export interface Cede extends OnCluster {
  readonly kind: 'cede';
  readonly message: string;
}

/** Run the staging modules here. What is planned behind them is provisional: they may change the job. */
export interface RunModules extends Base {
  readonly kind: 'modules';
  /** As the manifest names them, in order. */
  readonly modules: readonly string[];
}

/** Clone or download the job's files to this machine, because the cluster cannot. */
export interface Bring extends Base {
  readonly kind: 'bring';
  /** That they are brought for. */
  readonly cluster: string;
  readonly url: string;
}

/** Take the ticket and hand the script to the workload manager, once. */
export interface Submit extends OnCluster {
  readonly kind: 'submit';
}

/** Record the workload manager's id that was found on the cluster. */
export interface Adopt extends OnCluster {
  readonly kind: 'adopt';
  readonly jobId: string;
}

/** Make sure that whatever a late submission still does, this attempt runs no user code. */
export interface Fence extends OnCluster {
  readonly kind: 'fence';
  /** What the attempt has come to when the fence is made. */
  readonly outcome: Outcome;
  readonly reason: Reason;
  readonly message: string;
  /** Cancel this id beside it, where one is known. */
  readonly jobId?: string;
}

/** The attempt has ended, by positive evidence. */
export interface Conclude extends OnCluster {
  readonly kind: 'conclude';
  readonly outcome: Outcome;
  readonly reason: Reason;
  readonly message: string;
  readonly taskStates: readonly string[];
  readonly jobStatus: Attempt['jobStatus'];
}

export interface Ending {
  readonly phase: 'Succeeded' | 'Failed' | 'Cancelled';
  readonly reason: Reason;
  readonly message: string;
}

/** Bring outputs and logs home, verified, placed by rename. */
export interface Fetch extends OnCluster {
  readonly kind: 'fetch';
  /**
   * Where the run stands when all is here; a missing output that was not optional makes it Failed. Absent: the run goes
   * on, with those of its tasks that are tried again.
   */
  readonly then?: Ending;
}

/** Write the ledger's line on the cluster and take the claim out of the index of what is live. */
export interface Settle extends OnCluster {
  readonly kind: 'settle';
  /** A job that came into the queue behind the fence: it is cancelled first, and the line follows when it is gone. */
  readonly jobId?: string;
}

/** Remove a settled attempt's job directory on the cluster. */
export interface Clean extends OnCluster {
  readonly kind: 'clean';
}

/** The manifest says another thing about its deletion: it is kept with the run, for when the manifest is gone. */
export interface Keep extends Base {
  readonly kind: 'keep';
  readonly onDelete: JobSpec['onDelete'];
}

/** The run's manifest is gone, or is there again. */
export interface ManifestSeen extends Base {
  readonly kind: 'manifest';
  readonly isThere: boolean;
}

/** The job's runs bear another name from now on. */
export interface Rename extends Base {
  readonly kind: 'rename';
  readonly from: string;
  readonly manifestFile: string;
}

/** The run is followed no more; what is on its cluster is left alone. */
export interface Forget extends Base {
  readonly kind: 'forget';
}

/** Nothing is done but the record says where the run stands. */
export interface Mark extends Base {
  readonly kind: 'progress' | 'wait' | 'hold' | 'finish';
  readonly phase: Phase;
  readonly reason: Reason;
  readonly message: string;
  readonly conditions: readonly Condition[];
  /** Progress of the current attempt, where the workload manager told it. */
  readonly tasks?: {
    readonly attempt: number;
    readonly states: readonly string[];
    readonly jobStatus: Attempt['jobStatus'];
  };
}

/** The manifest differs from what was run, or does so no more. */
export interface Sync extends Base {
  readonly kind: 'sync';
  readonly outOfSync: boolean;
  /** A person must say which is meant. */
  readonly isWaiting: boolean;
  /** A cluster that was lost may hold an attempt of it still; absent: as before. */
  readonly isOwed?: boolean;
}

export type Action =
  | Accept
  | Cancel
  | RunModules
  | Bring
  | Stage
  | StartSteps
  | Review
  | Submit
  | Halt
  | Adopt
  | Fence
  | Conclude
  | Fetch
  | Settle
  | Clean
  | Lost
  | Cede
  | Sync
  | Keep
  | ManifestSeen
  | Rename
  | Forget
  | Mark;
export type ActionKind = Action['kind'];

/** What is left undone until a person says a word. */
export interface Waiting {
  /** Of a job; empty where it is about many at once. */
  readonly name: string;
  readonly reason: Extract<Reason, 'ManyAtOnce' | 'LooksRenamed' | 'SpecChanged' | 'StaleCommit'>;
  /** What waits, why, and which words let it go. */
  readonly message: string;
  /** What `approve` is told, where that is one of the words. */
  readonly digest?: string;
}

/** A pass as a value. */
export interface Plan {
  readonly actions: readonly Action[];
  /** What the plan leaves out until somebody says a word. */
  readonly waiting: readonly Waiting[];
  /** Runs whose ending was approved with others, and that are looked at again when what is under way has ended. */
  readonly granted?: readonly string[];
  /** Runs that need nothing. */
  readonly unchanged: number;
  /** Sites that must be asked before this can be carried out; a plan to act on has none. */
  readonly asks: readonly string[];
  /** Sites that were asked a short while ago, and that runs wait to hear from when they are asked again. */
  readonly awaits?: readonly string[];
}

/** True for actions that change something beyond our own record of where things stand. */
export function isChange(action: Action): boolean {
  return !['progress', 'wait', 'hold', 'lost', 'sync', 'keep', 'manifest', 'rename'].includes(action.kind);
}

export type RunIdentity = Pick<Run, 'uuid' | 'name' | 'run'>;
