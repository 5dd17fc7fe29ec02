/* Generated from schemas/ by `npm run generate`; edit the schema instead. */

/**
 * Commands at the head of requirements, compilation, execution and of modules on the cluster: `module load` and the like.
 */
export type Commands = string | string[] | null;
/**
 * Commands on the cluster before compilation, in one login bash; the first that fails ends the run.
 */
export type Commands1 = string | string[] | null;
/**
 * Commands that build the job on the cluster, in one login bash.
 */
export type Commands2 = string | string[] | null;
/**
 * The job itself: what the batch script runs, `srun` included where it is wanted.
 */
export type Commands3 = string | string[] | null;
/**
 * What the job needs. Each key may be left out; then the site's default holds, or a module supplies it.
 */
export type Resources = {
  /**
   * Tasks of a job array, numbered from 1 (`--array=1-N`).
   */
  nbr_jobs_in_array?: number;
  /**
   * Time limit: d, h, m and s, combined.
   */
  duration?: string;
  /**
   * Processes (`--ntasks`); 1 by default.
   */
  nbr_processes?: number;
  /**
   * CPUs of each process (`--cpus-per-task`), also given as OMP_NUM_THREADS and MKL_NUM_THREADS.
   */
  nbr_threads_per_process?: number;
  /**
   * Memory of each CPU (`--mem-per-cpu`): G or M, fractions too.
   */
  memory_per_thread?: string;
  /**
   * grouped: all on one node. scattered: one process a node. distributed: over nbr_of_nodes nodes.
   */
  distribution?: 'grouped' | 'scattered' | 'distributed';
  /**
   * Nodes; needed when distribution is distributed.
   */
  nbr_of_nodes?: number;
  /**
   * Partition, instead of the cluster entry's.
   */
  partition?: string;
  sbatch_options?: SbatchOptions;
} | null;
/**
 * Long options of sbatch without their dashes, passed through; `true` is a bare flag. Sluice owns job-name, output, error, open-mode, array, chdir, parsable, wait, test-only, clusters and export.
 */
export type SbatchOptions = {
  [k: string]: string | number | boolean;
} | null;
/**
 * Variables, taken literally: nothing in a value is expanded.
 */
export type Environment = {
  [k: string]: string | number | boolean;
} | null;
/**
 * One command, or a list of commands that share one shell.
 */
export type Commands4 = string | string[] | null;
/**
 * Modules in their order: a map with the keys 1, 2, 3 …, or a list.
 */
export type Stage =
  | {
      [k: string]: Module;
    }
  | Module[]
  | null;

/**
 * One job of Sluice: a document of jobs.d/*.yaml.
 */
export interface ManifestFile {
  /**
   * The job's name, unique in the installation. Default: the file's name without its ending.
   */
  name?: string;
  /**
   * An earlier name, so that a renamed job keeps its identity.
   */
  previously?: string;
  /**
   * Which run this is; changing it asks for a new one. Default: "1".
   */
  run?: string | number;
  /**
   * Login on the cluster, where neither the cluster entry nor ~/.ssh/config gives it.
   */
  username?: string;
  /**
   * Path of the SSH key, where neither the cluster entry, ~/.ssh/config nor the agent gives it; `~` is your home.
   */
  private_key?: string;
  /**
   * Passphrase of the private key; better named than written.
   */
  passphrase?:
    | string
    | {
        /**
         * Name of the environment variable that holds it.
         */
        env?: string;
        /**
         * Path of a file whose first line is it.
         */
        file?: string;
      };
  /**
   * Who is to be told about each change: an address or a list. Mail goes when `smtp` is set in sluice.yaml.
   */
  user_mail?: string | string[];
  /**
   * A cluster of clusters.yaml, a list in order of preference, or `auto` for the earliest start. May be left out where there is one cluster only.
   *
   * @minItems 1
   */
  destination_cluster?: string | string[];
  /**
   * Where to go when the destination cannot take the job: same_kind (default; clusters that share a preferred job with it), none, or a list of clusters.
   */
  alternates?: string | string[];
  /**
   * The job's files: a file or directory (relative to this file), a Git URL (https://….git, ssh://…, git@host:path, file://…; `#ref` for a branch, tag or commit), or another URL to download. May be absent.
   */
  job?: string;
  setup?: Commands;
  requirements?: Commands1;
  compilation?: Commands2;
  execution?: Commands3;
  /**
   * Results to bring home: a path, a glob or a directory, or a list of them; relative to the working directory.
   */
  output?:
    | string
    | (
        | string
        | {
            /**
             * Path, glob or directory.
             */
            path: string;
            /**
             * true: no failure when it is not there.
             */
            optional?: boolean;
          }
      )[]
    | null;
  resources?: Resources;
  environment?: Environment;
  /**
   * By cluster: what is different there. Merged over resources and environment; its setup replaces the job's.
   */
  per_cluster?: {
    [k: string]: {
      resources?: Resources;
      setup?: Commands4;
      environment?: Environment;
    } | null;
  } | null;
  /**
   * External modules: the stages staging (here, before connecting), preprocessing (on the cluster, before submission) and postprocessing (there, after success); or the path of a file that holds them.
   */
  modules?:
    | {
        staging?: Stage;
        preprocessing?: Stage;
        postprocessing?: Stage;
      }
    | string
    | null;
  /**
   * Anything; reaches every module unchanged.
   */
  kwargs?: {
    [k: string]: unknown;
  };
  /**
   * Strings to select jobs by (`sluice get -l project=water`).
   */
  labels?: {
    [k: string]: string | number | boolean;
  } | null;
  /**
   * true: no new attempt; what runs is left alone.
   */
  suspend?: boolean;
  /**
   * Where requirements and compilation run: on the login node, or in a small job of their own.
   */
  prepare_on?: 'login' | 'job';
  /**
   * Where a Git repository or a download is fetched: on the login node (login), here and then sent (here), or there first and here where that fails (auto). Default: as the cluster's entry says, else auto.
   */
  fetch_on?: 'auto' | 'login' | 'here';
  /**
   * Tries after the first start; by default none, save causes that are the cluster's. Of an array, each failed task by itself.
   */
  retry?: {
    /**
     * How often a job that began and failed is tried again.
     */
    attempts?: number;
    /**
     * Slurm states, or exit:N for the job's own exit code; by default every failure of the job's own.
     */
    on?: string | string[];
    /**
     * Wait before the next try.
     */
    backoff?: string;
  };
  /**
   * What a changed manifest does to a run that was submitted: keep it and say OutOfSync, or replace it.
   */
  on_edit?: 'keep' | 'replace';
  /**
   * What a deleted manifest does to a run that goes on.
   */
  on_delete?: 'finish' | 'cancel' | 'orphan';
  /**
   * When the cluster cannot be reached: wait for it, or go to the next.
   */
  on_cluster_lost?: 'wait' | 'failover';
  /**
   * Jobs that come first: names, or name and when.
   */
  depends_on?:
    | string
    | (
        | string
        | {
            /**
             * The other job.
             */
            name: string;
            /**
             * How it must have ended; succeeded by default.
             */
            when?: 'succeeded' | 'finished' | 'failed';
          }
      )[];
}
export interface Module {
  /**
   * The module's file, relative to the modules folder.
   */
  module: string;
  /**
   * Command that builds the module, where it needs one.
   */
  compilation?: string;
  /**
   * Command that runs the module.
   */
  execution: string;
  /**
   * Longest time that the module may take.
   */
  time_limit?: string;
}
