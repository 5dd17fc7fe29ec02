/** A cluster as machines get it: the prototype's fields, how it answered just now, and how its nodes stood when last seen. */
import type { Cluster } from '../model/cluster.js';
import { isUp, type KnownBreaker, type KnownStatus, type NodeStatus, totalsOf } from '../model/status.js';
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
  readonly status: StandingView & FiguresView;
  /** Why it is not asked by itself just now; null: it answered when it was asked last. */
  readonly breaker: BreakerView | null;
  /** What was reported to us, beside what we saw. */
  readonly reported: { readonly at: string; readonly status: unknown } | null;
}

interface BreakerView {
  /**
   * `open`: it is left alone until `next_at`. `half-open`: that is over, and the next who needs it asks, once. `locked`: it
   * refused us, and is asked when a person has seen to it.
   */
  readonly state: KnownBreaker['state'] | 'half-open';
  readonly since: string;
  readonly next_at: string | null;
  readonly reason: string;
  readonly message: string;
}

interface StandingView {
  readonly reach: ClusterStanding['reach'];
  readonly why: string | null;
  readonly address: string | null;
  readonly connections: number;
  readonly round_trips: number;
  readonly bytes_up: number;
  readonly bytes_down: number;
}

/** The prototype's figures, in capitals, and ours. CPUs, memory and load are those of nodes that are up. */
interface FiguresView {
  readonly CPUS: number | null;
  /** MiB, as everywhere below. */
  readonly MEMORY: number | null;
  readonly CPU_LOAD: number | null;
  readonly AVAIL: number | null;
  readonly TOTAL_NODES: number | null;
  /** Epoch seconds by the cluster's clock; null when it was never taken. */
  readonly TIMESTAMP: number | null;
  readonly NODES: Readonly<Record<string, NodeView>>;
  /** How many nodes count as what; see docs/clusters.md. */
  readonly states: Readonly<Record<string, number>>;
  readonly cpus_allocated: number | null;
  readonly cpus_idle: number | null;
  /** By our clock. */
  readonly taken_at: string | null;
  /** Why there are no newer figures. */
  readonly failure: { readonly at: string; readonly message: string } | null;
}

interface NodeView {
  readonly AVAIL: 'up' | 'down';
  readonly CPUS: number;
  readonly 'S:C:T': string | null;
  readonly CPU_LOAD: number | null;
  readonly MEMORY: number | null;
  readonly state: string;
  readonly flags: readonly string[];
  readonly counts_as: string;
  readonly partitions: readonly string[];
  readonly cpus_allocated: number;
  readonly cpus_idle: number;
  readonly cpus_other: number;
  readonly free_memory: number | null;
  readonly gres: string | null;
}

/** What the state remembers of it. Times are epoch milliseconds. */
export interface KnownCluster extends KnownStatus {
  readonly reported?: { readonly at: number; readonly status: unknown };
  readonly breaker?: KnownBreaker | undefined;
}

/** @param now epoch milliseconds */
export function toCluster(
  cluster: Cluster,
  standing: ClusterStanding | undefined,
  known: KnownCluster,
  now: number,
): ClusterView {
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
    status: { ...statusOf(standing), ...figuresOf(known) },
    breaker: breakerView(known.breaker, now),
    reported: known.reported ? { ...known.reported, at: iso(known.reported.at) } : null,
  };
}

function breakerView(breaker: KnownBreaker | undefined, now: number): BreakerView | null {
  if (!breaker) return null;
  const { state, since, nextAt, reason, message } = breaker;
  return {
    state: state === 'open' && nextAt !== undefined && nextAt <= now ? 'half-open' : state,
    since: iso(since),
    next_at: nextAt === undefined ? null : iso(nextAt),
    reason,
    message,
  };
}

/** How it answered, also where it stands beside a plan. */
export function statusOf(standing: ClusterStanding | undefined): StandingView {
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

const NEVER_TAKEN: FiguresView = {
  ...{ CPUS: null, MEMORY: null, CPU_LOAD: null, AVAIL: null, TOTAL_NODES: null, TIMESTAMP: null, NODES: {} },
  ...{ states: {}, cpus_allocated: null, cpus_idle: null, taken_at: null, failure: null },
};

function figuresOf({ taken, failure: failed }: KnownStatus): FiguresView {
  const failure = failed ? { at: iso(failed.at), message: failed.message } : null;
  if (!taken) return { ...NEVER_TAKEN, failure };
  const { cpus, load, memoryMiB, nodes, states, up } = totalsOf(taken.status);
  return {
    CPUS: cpus.total,
    MEMORY: memoryMiB,
    CPU_LOAD: load ?? null,
    AVAIL: up,
    TOTAL_NODES: nodes,
    TIMESTAMP: taken.status.takenAt,
    NODES: Object.fromEntries(taken.status.nodes.map((node) => [node.host, nodeOf(node)])),
    states,
    cpus_allocated: cpus.allocated,
    cpus_idle: cpus.idle,
    taken_at: iso(taken.at),
    failure,
  };
}

function nodeOf(node: NodeStatus): NodeView {
  return {
    AVAIL: isUp(node) ? 'up' : 'down',
    CPUS: node.cpus.total,
    'S:C:T': node.topology ?? null,
    CPU_LOAD: node.load ?? null,
    MEMORY: node.memoryMiB ?? null,
    state: node.state,
    flags: node.flags,
    counts_as: node.kind,
    partitions: node.partitions,
    cpus_allocated: node.cpus.allocated,
    cpus_idle: node.cpus.idle,
    cpus_other: node.cpus.other,
    free_memory: node.freeMemoryMiB ?? null,
    gres: node.gres ?? null,
  };
}

function iso(at: number): string {
  return new Date(at).toISOString();
}
