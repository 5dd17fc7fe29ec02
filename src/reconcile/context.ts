/** What a pass works with. Built once by `app.ts`; nothing below it constructs an adapter. */
import type { Inventory } from '../model/cluster.js';
import type { FetchedSource, Run } from '../model/run.js';
import type { ReadContext } from '../manifest/draft.js';
import type { Postman } from '../notify/deliver.js';
import type { Clock, Origin } from '../ports.js';
import type { ClusterAgent } from '../protocol/agent.js';
import type { Desired } from '../source/part.js';
import type { Store } from '../store/store.js';
import type { HereResult } from './here.js';
import type { Lanes } from './lanes.js';
import type { StoryLine } from './report.js';
import type { Site } from './sites.js';
import type { Workshop } from './workshop.js';

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
  /** @param patienceMs how long to wait for a source that is elsewhere; what is known of it serves then */
  readonly desired: (patienceMs: number) => Promise<Desired>;
  /** A copy of the state in memory, on which a plan goes through what it may not write. */
  readonly rehearsal: () => Store;
  /** The agent of a site, made on first use and kept. */
  readonly agent: (site: Site) => ClusterAgent;
  /** Every agent that was made so far. */
  readonly agents: () => readonly ClusterAgent[];
  /** What is under way at the sites, whichever pass began it. */
  readonly lanes: Lanes;
  /** Changes when any of the files does that open a site: its keys, known_hosts, ~/.ssh/config. */
  readonly keysOf: (site: Site) => string;
  /** A person has said yes to all that is held, for as long as this process goes on. */
  readonly consent: { all: boolean };
  readonly story: (line: StoryLine) => void;
  /** How a job is read that a module printed. */
  readonly reading: ReadContext;
  readonly here: Here;
  /** Mail to the owners of runs; undefined where no server is set. */
  readonly post?: Post;
}

/** How a pass goes about it. */
export interface Manner {
  /** How long it waits for what it has begun at the clusters, in milliseconds; Infinity: as long as that takes. */
  readonly patienceMs: number;
  /** A person wants it: every cluster that plays a part is asked now, whatever good manners say. */
  readonly asked: boolean;
}

/** All that there is to know goes into the plan, and all of it is carried out when the pass is over. */
export const THOROUGHLY: Manner = { patienceMs: Infinity, asked: true };

/** What is done on this machine for the jobs. */
export interface Here {
  readonly workshop: Workshop<HereResult>;
  /** Absolute; a folder below it for each run that needs one. */
  readonly folder: string;
  /** Of this process: of it only a few variables reach a staging module. */
  readonly environment: NodeJS.ProcessEnv;
  readonly origin: Origin;
  /** Files that were brought and may be sent, by the run's uuid. */
  readonly brought: Map<string, Brought>;
}

export interface Brought {
  /** What they were brought for: see `Work.make`. */
  readonly make: string;
  /** Absolute. */
  readonly folder: string;
  readonly source: FetchedSource;
}

export interface Post {
  /** The sender's address. */
  readonly from: string;
  readonly postman: Postman;
}

/**
 * Where results lie: `outputs/<name>/<run>`, generations beside. Those of single tasks that run again go to the ones that
 * they complete.
 */
export function resultsFolder(
  run: Pick<Run, 'name' | 'run' | 'generation' | 'part'>,
): readonly [string, string] {
  const generation = run.part?.of ?? run.generation;
  return [run.name, generation === 0 ? run.run : `${run.run}.g${generation}`];
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
