/** What a pass works with. Built once by `app.ts`; nothing below it constructs an adapter. */
import type { Inventory } from '../model/cluster.js';
import type { Postman } from '../notify/deliver.js';
import type { Clock } from '../ports.js';
import type { ClusterAgent } from '../protocol/agent.js';
import type { Desired } from '../source/directory.js';
import type { Store } from '../store/store.js';
import type { StoryLine } from './report.js';
import type { Site } from './sites.js';

export interface Context {
  readonly installation: string;
  /** False: no id is kept yet, and that one was made for this process alone, so that no cluster knows it. */
  readonly hasInstallation: boolean;
  readonly inventory: Inventory;
  readonly store: Store;
  readonly clock: Clock;
  /** Absolute folder that gets the results. */
  readonly outputs: string;
  /** The lineage number beside the database; undefined where there is none. */
  readonly lineage: () => number | undefined;
  /** `state: none`: nothing that this process knows survives it, so that each one begins by asking the clusters. */
  readonly forgetful: boolean;
  /** Raises it beside and in the database, both synced. */
  readonly raiseLineage: (atLeast: number) => number;
  /** How long job directories stay on the clusters, in milliseconds. */
  readonly retention: { readonly succeededMs: number; readonly otherwiseMs: number };
  readonly desired: () => Desired;
  /** A copy of the state in memory, on which a plan goes through what it may not write. */
  readonly rehearsal: () => Store;
  /** The agent of a site, made on first use and kept. */
  readonly agent: (site: Site) => ClusterAgent;
  /** Every agent that was made so far. */
  readonly agents: () => readonly ClusterAgent[];
  readonly story: (line: StoryLine) => void;
  /** Mail to the owners of runs; undefined where no server is set. */
  readonly post?: Post;
}

export interface Post {
  /** The sender's address. */
  readonly from: string;
  readonly postman: Postman;
}

/** Where results lie: `outputs/<name>/<run>`, generations beside. */
export function resultsFolder(run: {
  readonly name: string;
  readonly run: string;
  readonly generation: number;
}): readonly [string, string] {
  return [run.name, run.generation === 0 ? run.run : `${run.run}.g${run.generation}`];
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
