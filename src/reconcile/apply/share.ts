/** One cluster's share of a plan. */
import type { JobSpec } from '../../model/job.js';
import type { ClusterAgent } from '../../protocol/agent.js';
import type { ClusterAction } from './exchange.js';

/** What this exchange works on. */
export interface Share {
  readonly agent: ClusterAgent;
  /** Absolute on the cluster, from its hello. */
  readonly workDir: string;
  readonly actions: readonly ClusterAction[];
  readonly specs: ReadonlyMap<string, JobSpec>;
  /** The installation's number for this pass, where something is claimed. */
  readonly mark: number | undefined;
  /** How often what could not be unpacked together is still tried in halves. */
  readonly halvings?: { left: number };
}
