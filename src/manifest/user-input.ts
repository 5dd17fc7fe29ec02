/**
 * A job back in a manifest's own keys: what records show and modules are given. Defaults are left out; of the login only
 * the name is there, no key and no passphrase. Read as a manifest it asks for the same job.
 */
import { formatDuration } from '../documents/units.js';
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
  const keys = present({
    name: spec.name,
    previously: spec.previously,
    run: spec.run,
    username: spec.login.username,
    user_mail: spec.mail,
    destination_cluster: spec.destination === 'auto' ? 'auto' : scalar(spec.destination),
    alternates: spec.alternates.length === 0 ? 'none' : unless(spec.alternates, 'same_kind'),
    job: jobText(spec.job),
    ...commands(spec),
    output: spec.output.map(({ path, optional }) => (optional ? { path, optional } : path)),
    resources: resourceKeys(spec.resources),
    environment: spec.environment,
    per_cluster: mapValues(spec.perCluster, overrideKeys),
    modules: spec.modules === undefined ? undefined : moduleKeys(spec.modules),
    labels: spec.labels,
    ...policies(spec),
  });
  // They reach every module unchanged, empty ones too.
  return spec.kwargs === undefined ? keys : { ...keys, kwargs: spec.kwargs };
}

function commands({ setup, requirements, compilation, execution }: JobSpec): Record<string, unknown> {
  return { setup, requirements, compilation, execution };
}

function policies(spec: JobSpec): Record<string, unknown> {
  return {
    suspend: spec.suspend ? true : undefined,
    prepare_on: unless(spec.prepareOn, 'login'),
    fetch_on: spec.fetchOn,
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
      return job.ref === undefined ? gitUrl(job.url) : `${gitUrl(job.url)}#${job.ref}`;
    case 'url':
      return job.url;
  }
}

/** Without the prefix, a web address that does not end in .git is a download. */
function gitUrl(url: string): string {
  return /^https?:/.test(url) && !/\.git\/?$/.test(url) ? `git+${url}` : url;
}

function resourceKeys(resources: Partial<Resources>): UserInput {
  const { durationSeconds, memoryPerThreadMiB } = resources;
  return present({
    nbr_jobs_in_array: resources.arraySize,
    duration: durationSeconds === undefined ? undefined : formatDuration(durationSeconds),
    nbr_processes: resources.processes,
    nbr_threads_per_process: resources.threadsPerProcess,
    memory_per_thread: memoryPerThreadMiB === undefined ? undefined : `${memoryPerThreadMiB}M`,
    distribution: resources.distribution,
    nbr_of_nodes: resources.nodes,
    partition: resources.partition,
    sbatch_options: resources.sbatchOptions,
  });
}

function overrideKeys({ resources, setup, environment }: ClusterOverride): UserInput {
  const keys = present({
    resources: resources === undefined ? undefined : resourceKeys(resources),
    environment,
  });
  // An empty one takes the job's own away.
  return setup === undefined ? keys : { ...keys, setup };
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
    time_limit: timeLimitSeconds === undefined ? undefined : formatDuration(timeLimitSeconds),
  });
}

function retryKeys({ attempts, on, backoffSeconds }: RetryPolicy): UserInput {
  return present({
    attempts,
    on,
    backoff: backoffSeconds === undefined ? undefined : formatDuration(backoffSeconds),
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
