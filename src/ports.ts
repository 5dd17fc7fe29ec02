/**
 * The ports: what the reconciler needs of the world, and nothing more.
 * Adapters implement them in rooms of their own and are constructed in `app.ts` alone.
 */
import type { Readable, Writable } from 'node:stream';
import type { Cluster, ManagerKind } from './model/cluster.js';
import type { JobSource, Resources } from './model/job.js';
import type { Asked, ClaimFacts, JobEvidence, JobRow } from './model/observation.js';
import type { FetchedSource, Reason } from './model/run.js';
import type { ClusterStatus } from './model/status.js';

/** A job's files at an address. */
export type RemoteSource = Extract<JobSource, { readonly kind: 'git' | 'url' }>;

/** Fetches a job's files to this machine, where a cluster cannot. */
export interface Origin {
  /**
   * @param request `into`: absolute folder that is made; to be used once, and half-filled when this fails
   * @returns where the files are, absolute, and what they are
   * @throws {OriginError} in words for a person, with the program's own
   */
  fetch(request: {
    readonly source: RemoteSource;
    readonly into: string;
    readonly maxBytes?: number;
    readonly signal?: AbortSignal;
  }): Promise<{ readonly folder: string; readonly source: FetchedSource }>;
}

export class OriginError extends Error {
  override readonly name = 'OriginError';
}

// ---------------------------------------------------------------------------- repository

export interface Commit {
  /** Full hash. */
  readonly id: string;
  /** `Name <address>`, on one line. */
  readonly author: string;
}

/** One entry of a commit's tree. `module` is a submodule, which nobody follows. */
export interface TreeEntry {
  /** Relative to the repository's top; the top itself is the empty string. */
  readonly path: string;
  readonly kind: 'file' | 'directory' | 'link' | 'module';
  readonly executable: boolean;
  /** The object's name: equal for equal content. */
  readonly object: string;
  /** Bytes; 0 but for files and links. */
  readonly size: number;
}

/** A Git repository elsewhere, and what is kept of it here. `reader` names who reads it: each has a memory of its own. */
export interface Repository {
  /** As it may be shown. */
  readonly name: string;
  /**
   * Asks for a branch, a tag or a commit, or what the repository gives by itself, and brings what is not here yet.
   * @throws {RepositoryTrouble}
   */
  fetch(reader: string, ref?: string): Promise<Commit>;
  /** The commit that was read last. */
  last(reader: string): Promise<Commit | undefined>;
  /** What was read: kept until another is. */
  keep(reader: string, commit: Commit): Promise<void>;
  /** The first comes after the second, or is it; false also where the second is not known. */
  descends(commit: Commit, ancestor: Commit): Promise<boolean>;
  /** The same of two ids, and synchronous. */
  comesAfter(id: string, ancestor: string): boolean;
  /** All of it, directories too. @throws {RepositoryTrouble} */
  tree(commit: Commit): Promise<readonly TreeEntry[]>;
  /** Contents by object. Synchronous, as files are, and in one go. @throws {RepositoryTrouble} */
  read(objects: readonly string[]): ReadonlyMap<string, Uint8Array>;
  /** A large one, written to an open file. @throws {RepositoryTrouble} */
  copy(object: string, file: number): void;
}

/**
 * What Git has to say of a path in a working tree: it is as the last commit has it (a folder: all in it that Git knows, and
 * nothing new), it is otherwise (changed, taken away, new), nothing is known of it there, or it lies outside.
 */
export type Standing = 'committed' | 'changed' | 'unknown' | 'outside';

/** The last commit of a working tree, and how what lies there differs from it. */
export interface TreeState {
  readonly commit: Commit;
  /** Of an absolute path at or below those that were looked at; of others it is `unknown`, or `outside`. */
  readonly standing: (path: string) => Standing;
}

/** A Git working tree of this machine that a directory of manifests lies in. It is looked at, and never written to. */
export interface WorkingTree {
  /** Absolute. */
  readonly top: string;
  /**
   * @param paths absolute, at or below the top
   * @returns undefined where nothing was committed yet
   * @throws {RepositoryTrouble} where Git cannot say, or must not be asked
   */
  look(paths: readonly string[]): Promise<TreeState | undefined>;
  /** The first comes after the second, or is it; false also where the second is not known. Synchronous. */
  comesAfter(id: string, ancestor: string): boolean;
}

/**
 * - `unreachable`: the network, or a host that does not answer; it may pass.
 * - `refused`: no such repository, no right to it, no such branch.
 * - `unusable`: what is there cannot be read.
 */
export class RepositoryTrouble extends Error {
  override readonly name = 'RepositoryTrouble';
  readonly kind: 'unreachable' | 'refused' | 'unusable';
  constructor(kind: RepositoryTrouble['kind'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.kind = kind;
  }
}

export interface Clock {
  /** Epoch milliseconds. */
  now(): number;
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

// ---------------------------------------------------------------------------- transport

/** What a transport did, for `--verbose` and for the tests that pin it. */
export interface TransportCounts {
  /** Connections opened (or tried). */
  readonly connections: number;
  /** Times that we spoke and then waited: one for each channel, one more each time we speak again after hearing. */
  readonly roundTrips: number;
  readonly bytesUp: number;
  readonly bytesDown: number;
}

/** How a channel ended. Only `exited` with an integer says anything about the far side. */
export type ChannelEnd =
  | { readonly kind: 'exited'; readonly code: number; readonly stderr: string }
  /** Cut, timed out, or ended without a code: what ran there is unknown. */
  | { readonly kind: 'lost'; readonly why: string; readonly stderr: string };

/** One running `/bin/sh -s` (or the login shell's `-ls`) on the far side. */
export interface Channel {
  /** Script first; then, when the far side asks for it, a payload. The caller ends it. */
  readonly stdin: Writable;
  readonly stdout: Readable;
  /** Settles once, after stdout has ended or the connection is gone; never rejects. */
  readonly end: Promise<ChannelEnd>;
  /** Gives the channel up: TERM to the far side where that works, then closes. `end` settles as lost. */
  abort(why: string): void;
}

export type TransportFailureKind =
  /** No route, refused, timed out, name unknown, dropped in the handshake: worth asking again later. */
  | 'unreachable'
  /** The host answered and refused our credentials: never probed again by itself. */
  | 'login-refused'
  /** Unknown or changed host key. */
  | 'host-key'
  /** The server would give no channel just now (MaxSessions): back-pressure. */
  | 'busy'
  /** Something to be mended here: key file missing, passphrase needed or wrong, bad configuration. */
  | 'misconfigured';

/** Nothing was sent: the far side cannot have acted. */
export class TransportFailure extends Error {
  readonly kind: TransportFailureKind;
  constructor(kind: TransportFailureKind, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'TransportFailure';
    this.kind = kind;
  }
}

export interface ChannelOptions {
  /** `sh`: the constant `/bin/sh -s`. `login`: `bash -ls`, for sites whose PATH needs it. */
  readonly shell: 'sh' | 'login';
  /** Milliseconds from opening to end; then the channel is aborted and ends as lost. */
  readonly deadlineMs: number;
  /** `bulk` goes over a second connection, so that observation is not held up. */
  readonly lane: 'control' | 'bulk';
}

/** A way to one cluster's login node. Opens on first use, keeps the connection, reopens after a loss. */
export interface Transport {
  /** @throws {TransportFailure} when no channel could be had; then nothing was sent. */
  open(options: ChannelOptions): Promise<Channel>;
  readonly counts: TransportCounts;
  /** For people: `alice@login1:22`. */
  readonly address: string;
  close(): Promise<void>;
}

// ---------------------------------------------------------------------------- workload manager

/** What a workload manager needs to render one attempt. Per-cluster overrides are merged already. */
export interface RenderRequest {
  readonly cluster: Cluster;
  readonly token: string;
  /** Absolute on the cluster. */
  readonly jobDirectory: string;
  /** Absolute on the cluster. */
  readonly workingDirectory: string;
  readonly resources: Resources;
  /** Array indexes to submit, ascending; absent: all of the array, or it is none. */
  readonly tasks?: readonly number[];
  readonly environment: Readonly<Record<string, string>>;
  readonly setup: readonly string[];
  readonly execution: readonly string[];
}

export interface RenderedJob {
  /** The whole batch script, LF line ends, mode 0755 when placed. */
  readonly script: string;
  /** What goes on the submission's command line, without the program and the script's path. */
  readonly arguments: readonly string[];
}

/** Raw answer of one command of the workload manager, as the wrapper framed it. */
export interface RawAnswer {
  /** `none`: not run (nothing to ask, or not there). */
  readonly exitCode: number | 'none';
  readonly lines: readonly string[];
  /** Last lines of stderr. */
  readonly errors: readonly string[];
}

export interface Refusal {
  /** It may clear by itself (a full queue, a busy controller): wait, spend nothing. */
  readonly transient: boolean;
  readonly reason: Reason;
  /** One sentence with the manager's own words in it. */
  readonly message: string;
}

/** The submitted job that a verdict is asked about. */
export interface SubmittedJob {
  readonly token: string;
  readonly jobId: string;
  /** Array indexes that were submitted, ascending; `[0]` where the job is no array. */
  readonly tasks: readonly number[];
  /** Epoch milliseconds by this machine's clock, of the commit before submission. */
  readonly createdAt: number;
}

/**
 * The pure half of a workload manager. Its other half is the part of the wrapper that it names.
 * Another workload manager is one more folder that implements this.
 */
export interface WorkloadManager {
  readonly kind: ManagerKind;
  /** File under `wrapper/` that is appended to the core. */
  readonly wrapperPart: string;
  render(request: RenderRequest): RenderedJob;
  parseQueue(raw: RawAnswer): Asked<readonly JobRow[]>;
  parseAccounting(raw: RawAnswer): Asked<readonly JobRow[]>;
  /** Each node once, whatever partitions it is in. */
  parseStatus(raw: RawAnswer): Asked<ClusterStatus['nodes']>;
  /** What a refused submission means: pure reading of the manager's words. */
  readRefusal(exitCode: number, text: string): Refusal;
  /** Only positive evidence of the job itself, matched by id and token, ends it. */
  judge(
    job: SubmittedJob,
    facts: {
      readonly claim: ClaimFacts | undefined;
      readonly queue: Asked<readonly JobRow[]>;
      readonly accounting: Asked<readonly JobRow[]>;
      /** Seconds that the cluster's clock is ahead of ours. */
      readonly clockOffsetSeconds: number;
    },
  ): JobEvidence;
}
