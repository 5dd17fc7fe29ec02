/** A job back in a manifest's own keys, as the prototype's records had it. Defaults are left out, secrets too. */
import type {
  ClusterOverride,
  JobSource,
  JobSpec,
  ModuleSpec,
  ModuleStages,
  Resources,
  RetryPolicy,
} from '../model/job.js';

export type UserInput = Readonly<Record<string, unknown>>;

export function toUserInput(spec: JobSpec): UserInput {
  return present({
    name: spec.name,
    previously: spec.previously,
    run: spec.run,
    username: spec.login.username,
    user_mail: spec.mail,
    destination_cluster: spec.destination === 'auto' ? 'auto' : scalar(spec.destination),
    alternates: unless(spec.alternates, 'same_kind'),
    job: jobText(spec.job),
    ...commands(spec),
    output: spec.output.map(({ path, optional }) => (optional ? { path, optional } : path)),
    resources: resourceKeys(spec.resources),
    environment: spec.environment,
    per_cluster: mapValues(spec.perCluster, overrideKeys),
    modules: spec.modules === undefined ? undefined : moduleKeys(spec.modules),
    kwargs: spec.kwargs,
    labels: spec.labels,
    ...policies(spec),
  });
}

function commands({ setup, requirements, compilation, execution }: JobSpec): Record<string, unknown> {
  return { setup, requirements, compilation, execution };
}

function policies(spec: JobSpec): Record<string, unknown> {
  return {
    suspend: spec.suspend ? true : undefined,
    prepare_on: unless(spec.prepareOn, 'login'),
    retry: retryKeys(spec.retry),
    on_edit: unless(spec.onEdit, 'keep'),
    on_delete: unless(spec.onDelete, 'finish'),
    on_cluster_lost: unless(spec.onClusterLost, 'wait'),
    depends_on: spec.dependsOn.map(({ name, when }) => ({ name, when })),
  };
}

function jobText(job: JobSource): string | undefined {
  switch (job.kind) {
    case 'none':
      return undefined;
    case 'file':
    case 'directory':
      return job.path;
    case 'git':
      return job.ref === undefined ? job.url : `${job.url}#${job.ref}`;
    case 'url':
      return job.url;
  }
}

function resourceKeys(resources: Partial<Resources>): UserInput {
  const { durationSeconds, memoryPerThreadMiB } = resources;
  return present({
    nbr_jobs_in_array: resources.arraySize,
    duration: durationSeconds === undefined ? undefined : durationText(durationSeconds),
    nbr_processes: resources.processes,
    nbr_threads_per_process: resources.threadsPerProcess,
    memory_per_thread: memoryPerThreadMiB === undefined ? undefined : `${memoryPerThreadMiB}M`,
    distribution: resources.distribution,
    nbr_of_nodes: resources.nodes,
    partition: resources.partition,
    sbatch_options: resources.sbatchOptions,
  });
}

/** `93600` → `1d2h`. */
export function durationText(seconds: number): string {
  const units = [
    ['d', 86_400],
    ['h', 3600],
    ['m', 60],
    ['s', 1],
  ] as const;
  let left = seconds;
  let text = '';
  for (const [unit, size] of units) {
    const whole = Math.floor(left / size);
    left -= whole * size;
    if (whole > 0) text += `${whole}${unit}`;
  }
  return text === '' ? '0s' : text;
}

function overrideKeys({ resources, setup, environment }: ClusterOverride): UserInput {
  return present({
    resources: resources === undefined ? undefined : resourceKeys(resources),
    setup,
    environment,
  });
}

function moduleKeys({ staging, preprocessing, postprocessing }: ModuleStages): UserInput {
  return present({
    staging: staging.map(oneModule),
    preprocessing: preprocessing.map(oneModule),
    postprocessing: postprocessing.map(oneModule),
  });
}

function oneModule({ module, compilation, execution, timeLimitSeconds }: ModuleSpec): UserInput {
  return present({
    module,
    compilation,
    execution,
    time_limit: timeLimitSeconds === undefined ? undefined : durationText(timeLimitSeconds),
  });
}

function retryKeys({ attempts, on, backoffSeconds }: RetryPolicy): UserInput {
  return present({
    attempts,
    on,
    backoff: backoffSeconds === undefined ? undefined : durationText(backoffSeconds),
  });
}

function mapValues<T>(map: Readonly<Record<string, T>>, change: (value: T) => unknown): UserInput {
  return Object.fromEntries(Object.entries(map).map(([key, value]) => [key, change(value)]));
}

function scalar(list: readonly string[]): string | readonly string[] {
  const [first] = list;
  return list.length === 1 && first !== undefined ? first : list;
}

function unless<T>(value: T, usual: T): T | undefined {
  return value === usual ? undefined : value;
}

/** Without what is not there: undefined, empty lists, empty maps. */
function present(keys: Readonly<Record<string, unknown>>): UserInput {
  return Object.fromEntries(Object.entries(keys).filter(([, value]) => !isEmpty(value)));
}

function isEmpty(value: unknown): boolean {
  if (value === undefined) return true;
  if (Array.isArray(value)) return value.length === 0;
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}
