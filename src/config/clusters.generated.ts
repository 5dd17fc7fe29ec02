/* Generated from schemas/ by `npm run generate`; edit the schema instead. */

/**
 * One command, or a list of commands that share one shell.
 */
export type Commands = string | string[] | null;
/**
 * Variables, taken literally: nothing in a value is expanded.
 */
export type Environment = {
  [k: string]: string | number | boolean;
} | null;
/**
 * Long options of sbatch without their dashes, passed through; `true` is a bare flag. Sluice owns job-name, output, error, open-mode, array, chdir, parsable, wait, test-only, clusters and export.
 */
export type SbatchOptions = {
  [k: string]: string | number | boolean;
} | null;

/**
 * The inventory: clusters.yaml.
 */
export interface ClustersFile {
  /**
   * Clusters by name, in the order of preference among alternates.
   */
  clusters: {
    [k: string]: Cluster;
  };
}
export interface Cluster {
  /**
   * Login host, an alias of ~/.ssh/config, or a list of login hosts tried in order.
   *
   * @minItems 1
   */
  hostname?: string | string[];
  /**
   * SSH port; 22 or what ~/.ssh/config says.
   */
  port?: number;
  /**
   * slurm (default), or direct: processes without a queue, on this machine.
   */
  workload_manager?: 'slurm' | 'direct';
  /**
   * ssh2 (default), openssh (your own ssh command, over your ControlMaster where one is open: for two factors, Kerberos, certificates and hardware keys), or local (no SSH: this machine).
   */
  transport?: 'ssh2' | 'openssh' | 'local';
  /**
   * What the cluster is best at: mpi, serial, smp, or words of your own. Alternates share one of them.
   */
  preferred_jobs?: string | string[];
  /**
   * Default partition.
   */
  partition?: string;
  /**
   * Login.
   */
  username?: string;
  /**
   * Path of the SSH key; `~` is your home.
   */
  private_key?: string;
  /**
   * Host through which the login host is reached: [user@]host[:port].
   */
  proxy_jump?: string;
  /**
   * Accepted host key or keys; otherwise ~/.ssh/known_hosts decides.
   */
  host_key?: string | string[];
  /**
   * Holds the runs' directories; shared with the compute nodes. Default: ~/.sluice/work.
   */
  work_dir?: string;
  /**
   * Holds claims and ledger; never on a file system that is purged. Default: ~/.sluice.
   */
  claims_dir?: string;
  /**
   * Most jobs in the queue at once, your other jobs included.
   */
  max_jobs?: number;
  /**
   * Time between two observations.
   */
  poll_interval?: string;
  /**
   * How long the cluster may be lost before jobs that say on_cluster_lost: failover go on elsewhere. Default: 30m.
   */
  failover_after?: string;
  /**
   * Submissions a second.
   */
  submit_rate?: number;
  /**
   * Where the Git repositories and downloads of jobs are fetched: on the login node (login), here and then sent (here), or there first and here where that fails (auto, the default). A manifest may say otherwise.
   */
  fetch_on?: 'auto' | 'login' | 'here';
  /**
   * What a download may have: G or M, fractions too. Default: 10G.
   */
  max_download?: string;
  /**
   * true: run under a login shell, for sites whose PATH has no Slurm otherwise.
   */
  login_shell?: boolean;
  setup?: Commands;
  environment?: Environment;
  sbatch_options?: SbatchOptions;
}
