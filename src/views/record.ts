/** A job as machines get it: the command line's `-o json` and the HTTP API show the same. */
import type { Cluster } from '../model/cluster.js';
import type { Attempt, FetchedFile, FetchedSource, RunRecord } from '../model/run.js';
import { composeStatus, standingsOf } from '../model/tasks.js';
import { modulesView, type ShownModuleRun } from './modules.js';
import { specOf } from './spec.js';
import { toUserInput, type UserInput } from '../manifest/user-input.js';

/** One submission. Times are ISO 8601, null where it has not come to that. */
export interface AttemptView {
  readonly number: number;
  readonly cluster: string;
  readonly token: string;
  readonly job_id: string | null;
  readonly state: string;
  readonly outcome: string | null;
  readonly reason: string | null;
  readonly message: string | null;
  /** Array indexes that it submitted; null: all of the array, or it is none. */
  readonly tasks: readonly number[] | null;
  /** A word for each of those. */
  readonly task_states: readonly string[];
  readonly created_at: string;
  readonly submitted_at: string | null;
  readonly ended_at: string | null;
  readonly fetched_at: string | null;
  /** Since when its cluster, which may hold it, cannot be asked; and since when the run is granted to another one. */
  readonly lost_since: string | null;
  readonly owed_since: string | null;
}

/** Keys are only ever added. Null: not known, or not yet. */
export interface RecordView {
  readonly name: string;
  readonly run: string;
  readonly generation: number;
  readonly job_uuid: string;
  readonly phase: string;
  readonly reason: string;
  readonly message: string;
  readonly conditions: readonly string[];
  /** Where the latest attempt is or was. */
  readonly cluster: string | null;
  /** Clusters to try, in order. */
  readonly candidates: readonly string[];
  /** Absolute on the cluster. */
  readonly job_directory: string | null;
  readonly working_directory: string | null;
  /** The workload manager's own words: field → one entry per task of the whole array, by the latest attempt that had it. */
  readonly job_status: Readonly<Record<string, readonly string[]>>;
  /** One word per array task; `NOT_SUBMITTED` before there is a status. */
  readonly state: readonly string[];
  /** Set where only some tasks of its array run again: to complete the results of that generation. */
  readonly part: { readonly tasks: readonly number[]; readonly generation: number } | null;
  readonly attempts: readonly AttemptView[];
  readonly outputs: readonly FetchedFile[];
  readonly labels: Readonly<Record<string, string>>;
  readonly user_input: UserInput;
  readonly destination_cluster: UserInput | null;
  /** The stages as lists, each module with its `output`: the JSON that it printed, null where it has not run. */
  readonly modules: UserInput | null;
  /** Of a clone its commit, of a download its digest, by the latest attempt; null where the files were sent from here. */
  readonly source: FetchedSource | null;
  /** The job is cloned or downloaded on the cluster instead of being sent. */
  readonly online_job_file: boolean;
  /** Job files travel in one stream; no archive is kept. */
  readonly tar_file: null;
  readonly manifest: string;
  /** That the manifest was read at, and its author; null where it comes from a directory. */
  readonly commit: string | null;
  readonly author: string | null;
  readonly hash: string;
  readonly cancel_requested: boolean;
  readonly suspend_requested: boolean;
  /** Since when its manifest is known to be gone, and since when nobody wants it followed. */
  readonly manifest_gone_at: string | null;
  readonly forgotten_at: string | null;
  readonly created_at: string;
  readonly updated_at: string;
}

/**
 * @param outputs that are here
 * @param cluster entry of the latest attempt's cluster
 * @param ran what its modules have printed, by attempt
 */
export function toRecord(
  record: RunRecord,
  outputs: readonly FetchedFile[],
  cluster?: Cluster,
  ran: readonly ShownModuleRun[] = [],
): RecordView {
  const { run, attempts } = record;
  const last = attempts.at(-1);
  const standings = standingsOf(record);
  return {
    ...standing(record),
    cluster: last?.cluster ?? null,
    candidates: run.candidates,
    job_directory: last?.jobDirectory ?? null,
    working_directory: last?.workingDirectory ?? null,
    job_status: composeStatus(standings),
    attempts: attempts.map(toAttempt),
    outputs: outputs.map(({ path, file, size, sha256 }) => ({ path, file, size, sha256 })),
    state: standings.map(({ state }) => state),
    part: run.part === undefined ? null : { tasks: run.part.tasks, generation: run.part.of },
    ...asked(record, ran),
    source: last?.source ?? null,
    destination_cluster: destination(last?.cluster, cluster),
    manifest: run.manifestFile,
    commit: run.commit ?? null,
    author: run.author ?? null,
    hash: run.hash,
    cancel_requested: run.cancelRequested,
    suspend_requested: run.suspendRequested,
    manifest_gone_at: run.goneAt === undefined ? null : iso(run.goneAt),
    forgotten_at: run.forgottenAt === undefined ? null : iso(run.forgottenAt),
    created_at: iso(run.createdAt),
    updated_at: iso(run.updatedAt),
  };
}

type Standing = 'name' | 'run' | 'generation' | 'job_uuid' | 'phase' | 'reason' | 'message' | 'conditions';

function standing({ run }: RunRecord): Pick<RecordView, Standing> {
  const { name, generation, uuid, phase, reason, message, conditions } = run;
  return { name, run: run.run, generation, job_uuid: uuid, phase, reason, message, conditions };
}

type Asked = 'labels' | 'user_input' | 'modules' | 'online_job_file' | 'tar_file';

/** What is told from the job as it was accepted. */
function asked({ run }: RunRecord, ran: readonly ShownModuleRun[]): Pick<RecordView, Asked> {
  const spec = specOf(run);
  const input = spec === undefined ? {} : toUserInput(spec);
  return {
    labels: spec?.labels ?? {},
    user_input: input,
    modules: modulesView(input['modules'], ran),
    online_job_file: spec?.job.kind === 'git' || spec?.job.kind === 'url',
    tar_file: null,
  };
}

function toAttempt(attempt: Attempt): AttemptView {
  return {
    number: attempt.number,
    cluster: attempt.cluster,
    token: attempt.token,
    job_id: attempt.jobId ?? null,
    state: attempt.state,
    outcome: attempt.outcome ?? null,
    reason: attempt.reason ?? null,
    message: attempt.message ?? null,
    tasks: attempt.tasks ?? null,
    task_states: attempt.taskStates,
    created_at: iso(attempt.createdAt),
    submitted_at: isoOrNull(attempt.submittedAt),
    ended_at: isoOrNull(attempt.endedAt),
    fetched_at: isoOrNull(attempt.fetchedAt),
    lost_since: attempt.state === 'ended' ? null : isoOrNull(attempt.lostSince),
    owed_since: isoOrNull(attempt.owedSince),
  };
}

function destination(name: string | undefined, cluster: Cluster | undefined): UserInput | null {
  if (name === undefined) return null;
  if (cluster === undefined) return { name };
  return {
    name,
    hostname: cluster.hosts[0] ?? 'localhost',
    port: cluster.port ?? 22,
    workload_manager: cluster.manager,
    preferred_jobs: cluster.preferredJobs,
    partition: cluster.partition ?? null,
  };
}

function iso(at: number): string {
  return new Date(at).toISOString();
}

function isoOrNull(at: number | undefined): string | null {
  return at === undefined ? null : iso(at);
}
