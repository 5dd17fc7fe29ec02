/** What a pass has to say for itself: values that the command line prints and turns into an exit code. */
import type { Plan } from '../model/action.js';
import type { Problem } from '../model/job.js';
import type { Phase, Reason } from '../model/run.js';
import type { TransportCounts } from '../ports.js';

/** One line of the story, as it happens. `detail` is for `--verbose`. */
export interface StoryLine {
  readonly level: 'info' | 'warning' | 'detail';
  readonly job?: string;
  readonly cluster?: string;
  readonly text: string;
}

/** Where the runs in scope stand: what a progress line and `--wait` look at. */
export interface RunStanding {
  readonly uuid: string;
  readonly name: string;
  readonly run: string;
  readonly phase: Phase;
  readonly reason: Reason;
  readonly message: string;
  /** Something about it changed in this pass. */
  readonly changed: boolean;
}

/** How one cluster answered in this pass. */
export interface ClusterStanding {
  readonly cluster: string;
  readonly address: string;
  readonly reach: 'reached' | 'unreachable' | 'not-asked';
  readonly why?: string;
  /** Since this process began. */
  readonly counts: TransportCounts;
}

/** The plan of a pass with what it was made from. */
export interface PlanReport {
  readonly plan: Plan;
  readonly problems: readonly Problem[];
  readonly clusters: readonly ClusterStanding[];
  /** Rendered script by token, for `plan --script`; only for attempts that this plan would submit. */
  readonly scripts: ReadonlyMap<string, string>;
}

export interface PassReport extends PlanReport {
  /** By kind, of every plan that it carried out: `plan` is the last of them. */
  readonly actions: Readonly<Record<string, number>>;
  /** Live runs in scope, and those that became ended in this pass. */
  readonly standings: readonly RunStanding[];
  /** Names of runs that became Failed in this pass. */
  readonly failed: readonly string[];
  /** Something changed that calls for another pass at once: a refusal to route around, a step that is ready. */
  readonly again: boolean;
  /** Epoch milliseconds before which another look would be bad manners; for `--wait`. */
  readonly nextLookMs: number;
}
