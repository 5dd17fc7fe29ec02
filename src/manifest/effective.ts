/** What a job asks for on one cluster: cluster entry < manifest < per_cluster. */
import type { Cluster } from '../model/cluster.js';
import type { JobSpec, Resources } from '../model/job.js';
import { GIVEN_BY_DISTRIBUTION } from './sbatch-options.js';

export interface Effective {
  readonly resources: Resources;
  readonly setup: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

type Layer = Partial<Resources>;

export function effective(spec: JobSpec, cluster: Cluster): Effective {
  const override = spec.perCluster[cluster.name] ?? {};
  const entry: Layer = {
    ...(cluster.partition === undefined ? {} : { partition: cluster.partition }),
    sbatchOptions: cluster.sbatchOptions,
  };
  return {
    resources: over(over(over({}, entry), spec.resources), override.resources ?? {}),
    setup: [...cluster.setup, ...(override.setup ?? spec.setup)],
    environment: { ...cluster.environment, ...spec.environment, ...override.environment },
  };
}

/** Only the manifest's own layers, for the rules that hold on every cluster. */
export function withOverride(resources: Resources, override: Layer | undefined): Resources {
  return over(over({}, resources), override ?? {});
}

/**
 * The upper layer over the lower one. What the upper says in either language (`resources` key or option of
 * sbatch) takes away what the lower says about the same thing in the other.
 */
function over(lower: Layer, upper: Layer): Resources {
  const options = upper.sbatchOptions ?? {};
  const said = new Set(Object.keys(options));
  const kept = Object.fromEntries(
    Object.entries(lower).filter(([key]) => !optionsOf(key, lower).some((option) => said.has(option))),
  ) as Layer;
  const { nodes, ...withoutNodes } = kept;
  const own = upper.distribution === undefined || upper.distribution === 'distributed' || nodes === undefined;
  const base = own ? kept : withoutNodes;
  const hidden = new Set(Object.keys(upper).flatMap((key) => optionsOf(key, upper)));
  const lowerOptions = Object.entries(lower.sbatchOptions ?? {}).filter(([option]) => !hidden.has(option));
  return { ...base, ...upper, sbatchOptions: { ...Object.fromEntries(lowerOptions), ...options } };
}

const OPTIONS: Readonly<Record<string, readonly string[]>> = {
  durationSeconds: ['time'],
  processes: ['ntasks'],
  threadsPerProcess: ['cpus-per-task'],
  memoryPerThreadMiB: ['mem-per-cpu', 'mem', 'mem-per-gpu'],
  nodes: ['nodes'],
  partition: ['partition'],
};

function optionsOf(key: string, layer: Layer): readonly string[] {
  if (key === 'distribution') return GIVEN_BY_DISTRIBUTION[layer.distribution ?? ''] ?? [];
  return OPTIONS[key] ?? [];
}
