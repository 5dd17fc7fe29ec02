/**
 * A job as a manifest asks for it, after reading, validation and normalisation.
 * Every optional key has its default here; every scalar-or-list is a list.
 */

/** A document of a YAML file: absolute path, and position among the file's documents from 0. */
export interface DocumentRef {
  readonly path: string;
  readonly document: number;
}

/** A secret that is named, never held: it is resolved only where a connection is opened. */
export type SecretRef =
  | { readonly from: 'env'; readonly name: string }
  | { readonly from: 'file'; readonly path: string }
  /** Written in the clear; `key` is its path in the document. */
  | ({ readonly from: 'document'; readonly key: readonly string[] } & DocumentRef);

/** Where the files of a job come from. `path` is absolute on this machine. */
export type JobSource =
  | { readonly kind: 'none' }
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'directory'; readonly path: string }
  | { readonly kind: 'git'; readonly url: string; readonly ref?: string }
  | { readonly kind: 'url'; readonly url: string };

/** Where files at an address are fetched: on the cluster, here, or there first and here where that fails. */
export type FetchOn = 'auto' | 'login' | 'here';

/** One wanted result: a path, a glob or a directory, relative to the working directory. */
export interface OutputSpec {
  readonly path: string;
  readonly optional: boolean;
}

export type Distribution = 'grouped' | 'scattered' | 'distributed';

/** What a job needs of the workload manager. Absent means: the site's default. */
export interface Resources {
  /** Tasks of the array, 1..N; absent when the job is no array. */
  readonly arraySize?: number;
  readonly durationSeconds?: number;
  readonly processes?: number;
  readonly threadsPerProcess?: number;
  /** Mebibytes for each thread (CPU), rounded up. */
  readonly memoryPerThreadMiB?: number;
  readonly distribution?: Distribution;
  readonly nodes?: number;
  readonly partition?: string;
  /** Long sbatch options without dashes; `true` is a bare flag. */
  readonly sbatchOptions: Readonly<Record<string, string | number | true>>;
}

/** What a manifest may say differently for one cluster. Merged over the manifest's own. */
export interface ClusterOverride {
  readonly resources?: Partial<Resources>;
  readonly setup?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
}

export type When = 'succeeded' | 'finished' | 'failed';

export interface RetryPolicy {
  /** How often a job that began is tried again; absent: once where `on` is given, else not at all. */
  readonly attempts?: number;
  /** Slurm states or `exit:N`. */
  readonly on?: readonly string[];
  readonly backoffSeconds?: number;
}

/** One external module of a stage. `module` is relative to the modules folder. */
export interface ModuleSpec {
  readonly module: string;
  readonly compilation?: string;
  readonly execution: string;
  readonly timeLimitSeconds?: number;
}

export interface ModuleStages {
  readonly staging: readonly ModuleSpec[];
  readonly preprocessing: readonly ModuleSpec[];
  readonly postprocessing: readonly ModuleSpec[];
}

export interface JobSpec {
  readonly name: string;
  readonly previously?: string;
  readonly run: string;
  readonly login: {
    readonly username?: string;
    /**
     * The manifest that names a key file or a passphrase. Neither is held here, as this is kept in the state: they are
     * read again where a connection is opened.
     */
    readonly credentials?: DocumentRef;
  };
  readonly mail: readonly string[];
  /** Names in order of preference, or `auto`. */
  readonly destination: 'auto' | readonly [string, ...string[]];
  readonly alternates: 'same_kind' | 'none' | readonly string[];
  readonly job: JobSource;
  readonly setup: readonly string[];
  readonly requirements: readonly string[];
  readonly compilation: readonly string[];
  readonly execution: readonly string[];
  readonly output: readonly OutputSpec[];
  readonly resources: Resources;
  readonly environment: Readonly<Record<string, string>>;
  readonly perCluster: Readonly<Record<string, ClusterOverride>>;
  readonly modules?: ModuleStages;
  readonly kwargs?: unknown;
  readonly labels: Readonly<Record<string, string>>;
  readonly suspend: boolean;
  readonly prepareOn: 'login' | 'job';
  /** Where files at an address are fetched; absent: as the cluster's entry says. */
  readonly fetchOn?: FetchOn;
  readonly retry: RetryPolicy;
  readonly onEdit: 'keep' | 'replace';
  readonly onDelete: 'finish' | 'cancel' | 'orphan';
  readonly onClusterLost: 'wait' | 'failover';
  readonly dependsOn: readonly { readonly name: string; readonly when: When }[];
}

/** Where in the user's files something was written; line and column count from 1. */
export interface Place {
  /** Absolute path. */
  readonly file: string;
  readonly document: number;
  readonly line: number;
  readonly column: number;
}

/** A manifest that was read and is valid. */
export interface Manifest {
  readonly place: Place;
  readonly spec: JobSpec;
  /** `<version>:<sha256>` of the execution part and of the files that are sent. */
  readonly hash: string;
}

/** Something wrong in the user's files. */
export interface Problem {
  readonly severity: 'error' | 'warning';
  /** Absolute path. */
  readonly file: string;
  readonly line?: number;
  readonly column?: number;
  /** Key path such as `resources.duration`. */
  readonly key?: string;
  /** The offending value as written, shortened; never of a secret. */
  readonly value?: string;
  /** What is wrong and what to do, one sentence or two. */
  readonly message: string;
  /** Name of the job it belongs to, where that is known. */
  readonly job?: string;
}
