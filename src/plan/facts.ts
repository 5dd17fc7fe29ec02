/** What goes into a plan. Facts are complete: the planner asks nobody, knows no clock. */
import type { Cluster, Inventory } from '../model/cluster.js';
import type { JobSpec } from '../model/job.js';
import type { Reach } from '../model/observation.js';
import type { Phase, RunRecord } from '../model/run.js';
import type { Commit, WorkloadManager } from '../ports.js';

/** A manifest as the planner sees it; the spec is read only when needed, for it may still lie in the cache. */
export interface Wanted {
  readonly uuid: string;
  readonly name: string;
  readonly run: string;
  /** The highest that is known: it is the one that the manifest means. */
  readonly generation: number;
  readonly hash: string;
  readonly suspend: boolean;
  readonly onEdit: JobSpec['onEdit'];
  readonly onDelete: JobSpec['onDelete'];
  /** The job's earlier name. */
  readonly previously?: string;
  /** The state knows it by its earlier name. */
  readonly renamedFrom?: string;
  /** The same, but a manifest that cannot be read just now may have that name. */
  readonly mayBeRenamed?: true;
  readonly manifestFile: string;
  /** That it was read at; absent where it comes from no Git, or is not as the working tree's last commit has it. */
  readonly commit?: Commit;
  readonly spec: () => JobSpec;
}

/** Of a run that has ended, settled, or that nobody wants followed any more: all that a pass needs to leave it alone. */
export interface SettledRun {
  readonly uuid: string;
  readonly name: string;
  readonly run: string;
  readonly hash: string;
  readonly outOfSync: boolean;
  readonly generation: number;
  /** It was ended because its manifest was edited. */
  readonly isReplaced: boolean;
  /** Its manifest came back with other work: it is told already that it waits for a word. */
  readonly isWaiting: boolean;
  /** It may go on, and nobody wants it followed. */
  readonly isForgotten: boolean;
}

/** A job that another one depends on. */
export type Named =
  /** No manifest and no run has that name. */
  | { readonly kind: 'unknown' }
  /** Its manifest has an error, or its source could not be read. */
  | { readonly kind: 'unclear' }
  /** The run that its manifest means was not taken up yet. */
  | { readonly kind: 'new' }
  | { readonly kind: 'run'; readonly phase: Phase };

/** What a pass knows of one site. */
export interface ClusterFacts {
  readonly cluster: Cluster;
  readonly reach: Reach;
  readonly manager: Pick<WorkloadManager, 'judge' | 'readRefusal'>;
  /** Seconds that the cluster's clock is ahead of ours; 0 when it was not reached. */
  readonly clockOffsetSeconds: number;
  /** After a loss of memory: its claims have been read back. Always true otherwise. */
  readonly recalled: boolean;
}

export interface Facts {
  /** Epoch milliseconds. */
  readonly now: number;
  readonly installation: string;
  readonly inventory: Inventory;
  readonly wanted: readonly Wanted[];
  /** Runs that are not over, by uuid: not ended, or ended and not yet fetched and settled. */
  readonly live: ReadonlyMap<string, RunRecord>;
  /** Runs that are over, or followed no more, by uuid. */
  readonly settled: ReadonlyMap<string, SettledRun>;
  /** Uuids of runs of which a later generation is known. */
  readonly superseded: ReadonlySet<string>;
  /** Uuids of runs that go on and whose manifests are known to be gone. */
  readonly vanished: ReadonlySet<string>;
  /** Runs whose manifests are known to be gone, and were there when they were looked for last; what they are called. */
  readonly leaving: ReadonlyMap<string, { readonly name: string; readonly run: string }>;
  /** Uuids of runs whose manifests were gone when they were looked for last. */
  readonly gone: ReadonlySet<string>;
  /** Whether a run's manifest, or its absence, is read from an earlier commit than the run is of, or one beside it. */
  readonly isStale: (uuid: string) => boolean;
  /** Jobs that nobody has seen, by the uuid of the run that would begin: a name under which the same work is known. */
  readonly renamed: ReadonlyMap<string, string>;
  /** What a person has said yes to: all of it, or what has these digests. */
  readonly consent: { readonly all: boolean; readonly digests: ReadonlySet<string> };
  /** Jobs that others depend on, by name, whatever the pass is limited to. */
  readonly named: ReadonlyMap<string, Named>;
  /** Uuids of the runs for which something is done here just now: staging modules, a clone. */
  readonly atWork: ReadonlySet<string>;
  /** Uuids of the runs whose Git repository or download is here, ready to be sent. */
  readonly brought: ReadonlySet<string>;
  /** Uuids of the runs for which something is carried out at a site just now: nothing is planned for them. */
  readonly underWay: ReadonlySet<string>;
  /** Attempts whose job directories have outlived their retention. */
  readonly cleanable: readonly RunRecord[];
  /** By {@link siteKey}: a cluster as one login sees it. */
  readonly sites: ReadonlyMap<string, ClusterFacts>;
}

/**
 * A cluster as one login sees it: home, claims and queue differ from login to login. Manifests without a login name of
 * their own share the inventory's. Which key opens it is no part of it.
 */
export function siteKey(
  inventory: Inventory,
  cluster: string,
  login: { readonly username?: string },
): string {
  const { username } = login;
  const isDefault = username === undefined || username === inventory.get(cluster)?.username;
  return isDefault ? cluster : `${cluster} as ${username}`;
}
