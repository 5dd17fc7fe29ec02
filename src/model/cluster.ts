/** The inventory: `clusters.yaml` after validation, defaults filled in. */

import type { FetchOn } from './job.js';

export type TransportKind = 'ssh2' | 'openssh' | 'local';
export type ManagerKind = 'slurm' | 'direct';

export interface Cluster {
  readonly name: string;
  readonly transport: TransportKind;
  readonly manager: ManagerKind;
  /** Login hosts, or aliases of ~/.ssh/config; tried in order. Empty for `local`. */
  readonly hosts: readonly string[];
  readonly port?: number;
  readonly username?: string;
  /** Absolute path of the key file. */
  readonly privateKey?: string;
  /** Another host, `user@host:port`, through which the login host is reached. */
  readonly proxyJump?: string;
  /** Accepted host keys, `type base64` as in known_hosts; empty: ~/.ssh/known_hosts decides. */
  readonly hostKeys: readonly string[];
  readonly preferredJobs: readonly string[];
  readonly partition?: string;
  /** As written: may begin with `~` or one `$VARIABLE`, expanded on the cluster. */
  readonly workDir: string;
  readonly claimsDir: string;
  /** Most jobs in the queue at once, the user's own included. */
  readonly maxJobs?: number;
  readonly pollIntervalSeconds?: number;
  /** How long it may be lost before a run that says so goes on elsewhere; absent: as the planner has it. */
  readonly failoverAfterSeconds?: number;
  /** `sbatch` calls a second. */
  readonly submitRate?: number;
  /** Where a job's files at an address are fetched; absent: `auto`. A manifest may say otherwise. */
  readonly fetchOn?: FetchOn;
  /** Bytes that a download may have. */
  readonly maxDownloadBytes?: number;
  /** Run our scripts under a login shell, for sites whose PATH has no Slurm otherwise. */
  readonly loginShell: boolean;
  readonly setup: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly sbatchOptions: Readonly<Record<string, string | number | true>>;
}

/** In the order of the file, which is the order of preference among alternates. */
export type Inventory = ReadonlyMap<string, Cluster>;
