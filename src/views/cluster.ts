/** A cluster as machines get it: the prototype's fields, and how it answered just now. */
import type { Cluster } from '../model/cluster.js';
import type { ClusterStanding } from '../reconcile/report.js';

export interface ClusterView {
  readonly name: string;
  /** The first login host. */
  readonly hostname: string;
  readonly hostnames: readonly string[];
  readonly port: number | null;
  readonly workload_manager: string;
  readonly transport: string;
  readonly preferred_jobs: readonly string[];
  readonly partition: string | null;
  readonly status: {
    readonly reach: ClusterStanding['reach'];
    readonly why: string | null;
    readonly address: string | null;
    readonly connections: number;
    readonly round_trips: number;
    readonly bytes_up: number;
    readonly bytes_down: number;
  };
}

export function toCluster(cluster: Cluster, standing: ClusterStanding | undefined): ClusterView {
  const local = cluster.transport === 'local';
  return {
    name: cluster.name,
    hostname: local ? 'localhost' : (cluster.hosts[0] ?? ''),
    hostnames: cluster.hosts,
    port: local ? null : (cluster.port ?? 22),
    workload_manager: cluster.manager,
    transport: cluster.transport,
    preferred_jobs: cluster.preferredJobs,
    partition: cluster.partition ?? null,
    status: statusOf(standing),
  };
}

/** How it answered, also where it stands beside a plan. */
export function statusOf(standing: ClusterStanding | undefined): ClusterView['status'] {
  return {
    reach: standing?.reach ?? 'not-asked',
    why: standing?.why ?? null,
    address: standing?.address ?? null,
    connections: standing?.counts.connections ?? 0,
    round_trips: standing?.counts.roundTrips ?? 0,
    bytes_up: standing?.counts.bytesUp ?? 0,
    bytes_down: standing?.counts.bytesDown ?? 0,
  };
}
