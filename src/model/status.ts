/** The nodes of a cluster as its workload manager showed them at one moment, and what they come to together. */

/**
 * What a node counts as. New work goes to the first four only: such a node is up. In a table of counts each node stands
 * once, under the word that decides.
 */
export const NODE_KINDS = [
  'idle',
  'mixed',
  'allocated',
  'reserved',
  'drained',
  'draining',
  'down',
  'fail',
  'maint',
  'unknown',
] as const;
export type NodeKind = (typeof NODE_KINDS)[number];

export interface NodeStatus {
  readonly host: string;
  /** The manager's own word, lower case, without flags: `idle`, `drained`, `completing`. */
  readonly state: string;
  /** What stood beside the word, as `not_responding`. */
  readonly flags: readonly string[];
  readonly kind: NodeKind;
  /** In the order in which they were told. */
  readonly partitions: readonly string[];
  readonly cpus: {
    readonly allocated: number;
    readonly idle: number;
    /** Of a node that is not up. */
    readonly other: number;
    readonly total: number;
  };
  // Undefined from here on: not told, as of a node that is down.
  /** Sockets, cores, threads: `2:16:1`. */
  readonly topology?: string;
  readonly load?: number;
  readonly memoryMiB?: number;
  readonly freeMemoryMiB?: number;
  /** GPUs and the like, as `gpu:a100:4`. */
  readonly gres?: string;
}

export interface ClusterStatus {
  /** Epoch seconds by the cluster's clock. */
  readonly takenAt: number;
  /** Each node once. */
  readonly nodes: readonly NodeStatus[];
}

/** What is remembered of a cluster's status. Both times are epoch milliseconds of ours. */
export interface KnownStatus {
  /** The latest figures. */
  readonly taken?: { readonly at: number; readonly status: ClusterStatus };
  /** Why there are no newer ones: the latest try failed. */
  readonly failure?: { readonly at: number; readonly message: string };
}

/** Why a cluster is not asked just now. Times are epoch milliseconds of ours. */
export interface KnownBreaker {
  /** `open`: it did not answer, and is asked again at `nextAt`. `locked`: it refused us, and only a person changes that. */
  readonly state: 'open' | 'locked';
  readonly since: number;
  readonly nextAt?: number;
  /** A word of the list of reasons. */
  readonly reason: string;
  readonly message: string;
}

/** CPUs, memory and load are those of the nodes that are up: what new work can count on. */
export interface StatusTotals {
  readonly nodes: number;
  readonly up: number;
  readonly cpus: { readonly allocated: number; readonly idle: number; readonly total: number };
  readonly memoryMiB: number;
  /** Mean over those that tell it; undefined where none does. */
  readonly load?: number;
  /** Kinds that occur, in the order of {@link NODE_KINDS}. */
  readonly states: Partial<Record<NodeKind, number>>;
  /** Words that we do not know; their nodes are not up. */
  readonly unknownWords: readonly string[];
}

export function isUp({ kind }: NodeStatus): boolean {
  return kind === 'idle' || kind === 'mixed' || kind === 'allocated' || kind === 'reserved';
}

export function totalsOf({ nodes }: ClusterStatus): StatusTotals {
  const up = nodes.filter(isUp);
  const sum = (of: (node: NodeStatus) => number): number => up.reduce((total, node) => total + of(node), 0);
  const loads = up.flatMap(({ load }) => load ?? []);
  const counts = NODE_KINDS.map((kind) => [kind, nodes.filter((node) => node.kind === kind).length] as const);
  const unknown = nodes.filter(({ kind, state }) => kind === 'unknown' && state !== 'unknown');
  return {
    nodes: nodes.length,
    up: up.length,
    cpus: {
      allocated: sum(({ cpus }) => cpus.allocated),
      idle: sum(({ cpus }) => cpus.idle),
      total: sum(({ cpus }) => cpus.total),
    },
    memoryMiB: sum(({ memoryMiB }) => memoryMiB ?? 0),
    ...(loads.length === 0
      ? {}
      : { load: round(loads.reduce((total, load) => total + load, 0) / loads.length) }),
    states: Object.fromEntries(counts.filter(([, count]) => count > 0)),
    unknownWords: [...new Set(unknown.map(({ state }) => state))],
  };
}

/** Two places, as the managers print a load. */
function round(load: number): number {
  return Math.round(load * 100) / 100;
}

/** `3 of 4 nodes are up, 41 of 48 CPUs idle; not up: 1 drained`. */
export function statusWords(totals: StatusTotals): string {
  const { nodes, up, cpus, states } = totals;
  const out = NODE_KINDS.filter((kind) => !['idle', 'mixed', 'allocated', 'reserved'].includes(kind));
  const why = out.flatMap((kind) => (states[kind] === undefined ? [] : [`${states[kind]} ${kind}`]));
  const verb = nodes === 1 ? '1 node is' : `${nodes} nodes are`;
  const head = `${up} of ${verb} up, ${cpus.idle} of ${cpus.total} CPUs idle`;
  return why.length === 0 ? head : `${head}; not up: ${why.join(', ')}`;
}
