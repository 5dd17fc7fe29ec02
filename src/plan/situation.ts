/** One run in the light of one pass: what the rules look at. */
import { token as tokenOf } from '../manifest/identity.js';
import type { Action, Mark, RunIdentity, Waiting } from '../model/action.js';
import type { JobSpec } from '../model/job.js';
import type { ClaimFacts, ClusterObservation } from '../model/observation.js';
import type { Attempt, Condition, Phase, Reason, RunRecord } from '../model/run.js';
import { arraySizeOn } from '../model/tasks.js';
import type { SiteView } from './choose.js';
import { type ClusterFacts, type Facts, siteKey, type Wanted } from './facts.js';

/** What the planning of a pass shares among its runs. */
export interface Planning {
  readonly facts: Facts;
  /** The clusters as a login sees them. */
  readonly view: (login: JobSpec['login']) => SiteView;
  /** Takes room in a queue for what this plan sends there. */
  readonly take: (site: string, jobs: number) => void;
  /** Leaves something undone until a person says a word. */
  readonly leave: (waiting: Waiting) => void;
}

export interface RunSituation {
  readonly planning: Planning;
  readonly record: RunRecord;
  /** The job as the last attempt carries it out: as its modules left it, where they have run. */
  readonly spec: JobSpec;
  /** The job as another attempt begins with it: the modules on its cluster run anew. */
  readonly specForNext: JobSpec;
  /** Conditions that hold whatever comes: OutOfSync, Suspended. */
  readonly conditions: readonly Condition[];
}

/** A live attempt on a cluster that was reached. */
export interface AttemptSituation extends RunSituation {
  readonly attempt: Attempt;
  readonly cluster: ClusterFacts;
  readonly observation: ClusterObservation;
  readonly claim: ClaimFacts | undefined;
}

export function identity(record: RunRecord): RunIdentity {
  return { uuid: record.run.uuid, name: record.run.name, run: record.run.run };
}

/** The words that name an attempt in an action. */
export function onCluster(
  s: Pick<RunSituation, 'planning' | 'record' | 'spec'>,
  attempt: { readonly cluster: string; readonly number: number; readonly token?: string },
): RunIdentity & { cluster: string; site: string; token: string; attempt: number } {
  return {
    ...identity(s.record),
    cluster: attempt.cluster,
    site: siteKey(s.planning.facts.inventory, attempt.cluster, s.spec.login),
    attempt: attempt.number,
    // The name may have been another one when it was made.
    token: attempt.token ?? tokenOf(s.record.run.name, s.record.run.uuid, attempt.number),
  };
}

export function mark(
  s: RunSituation,
  kind: Mark['kind'],
  phase: Phase,
  reason: Reason,
  message: string,
  extra: { readonly conditions?: readonly Condition[]; readonly tasks?: Mark['tasks'] } = {},
): Mark {
  const conditions = [...new Set([...s.conditions, ...(extra.conditions ?? [])])];
  return {
    kind,
    ...identity(s.record),
    phase,
    reason,
    message,
    conditions,
    why: message,
    ...(extra.tasks ? { tasks: extra.tasks } : {}),
  };
}

/** Waiting changes no phase: the run stands where it stood. */
export function wait(
  s: RunSituation,
  reason: Reason,
  message: string,
  conditions: readonly Condition[] = [],
): Action {
  return mark(s, 'wait', s.record.run.phase, reason, message, { conditions });
}

/** Tasks of the run's array; 1 where it is none. Per-cluster overrides count. */
export function taskCount(spec: JobSpec, cluster: string): number {
  return arraySizeOn(spec, cluster) ?? 1;
}

/** Jobs of a queue that an attempt takes: the tasks that it submits. */
export function jobsOf(spec: JobSpec, { cluster, tasks }: Pick<Attempt, 'cluster' | 'tasks'>): number {
  return tasks?.length ?? taskCount(spec, cluster);
}

/** A cluster as this run's login sees it. */
export function siteOf(s: RunSituation, cluster: string): ClusterFacts | undefined {
  return s.planning.view(s.spec.login).site(cluster);
}

export function isReached(s: RunSituation, cluster: string): boolean {
  return siteOf(s, cluster)?.reach.kind === 'reached';
}

/**
 * It has not answered yet in this pass, or manners let it be until it is asked again by itself: nothing is known of what
 * is there, and nothing said of it.
 */
export function isNotYetAsked(s: RunSituation, cluster: string): boolean {
  const reach = siteOf(s, cluster)?.reach;
  if (reach?.kind === 'busy') return true;
  if (reach?.kind !== 'not-asked' || reach.lately !== true) return false;
  const { run } = s.record;
  // What is to be done there now does not wait for manners.
  const isNew = run.cancelRequested || s.planning.facts.brought.has(run.uuid);
  if (isNew) s.planning.view(s.spec.login).ask(cluster);
  else s.planning.view(s.spec.login).await(cluster);
  return true;
}

/**
 * What the run's last attempt carries out: the job as it was accepted, as its modules left it; but how to log in, whether
 * to go on, what to wait for, how often to try again, and what to do without its cluster, is the manifest's word of today.
 */
export function currentSpec(record: RunRecord, wanted: Wanted | undefined): JobSpec {
  const prepared = record.attempts.at(-1)?.preparedJson;
  return prepared === undefined ? specForNext(record, wanted) : specOf(prepared, record, wanted);
}

/** The same as another attempt begins with it. */
export function specForNext(record: RunRecord, wanted: Wanted | undefined): JobSpec {
  return specOf(record.run.staged?.specJson ?? record.run.specJson, record, wanted);
}

interface Made {
  readonly json: string;
  readonly wanted: Wanted | undefined;
  readonly spec: JobSpec;
}

/** A record never changes, and a plan asks for its spec a dozen times: for ten thousand runs that was most of a pass. */
const made = new WeakMap<RunRecord, Made>();

function specOf(json: string, record: RunRecord, wanted: Wanted | undefined): JobSpec {
  const known = made.get(record);
  if (known?.json === json && known.wanted === wanted) return known.spec;
  const spec = makeSpec(json, record, wanted);
  made.set(record, { json, wanted, spec });
  return spec;
}

function makeSpec(json: string, record: RunRecord, wanted: Wanted | undefined): JobSpec {
  // Written by us.
  const kept = JSON.parse(json) as JobSpec;
  if (!wanted) return kept;
  const { retry, dependsOn, onClusterLost } = wanted.spec();
  const job = jobOf(record, kept, json, wanted);
  const login = loginOf(record, kept, wanted);
  return { ...kept, job, suspend: wanted.suspend, login, retry, dependsOn, onClusterLost };
}

/** The same files may lie elsewhere today, where the manifest has moved, or was read by another process. */
function jobOf({ run }: RunRecord, { job }: JobSpec, json: string, wanted: Wanted): JobSpec['job'] {
  if (wanted.hash !== run.hash || (job.kind !== 'file' && job.kind !== 'directory')) return job;
  // Written by us.
  const accepted = json === run.specJson ? job : (JSON.parse(run.specJson) as JobSpec).job;
  const isOwn = accepted.kind === job.kind && accepted.path === job.path;
  return isOwn ? wanted.spec().job : job;
}

/** What was sent lies in the home of the name that sent it: another name in the manifest does not move it. */
function loginOf({ attempts }: RunRecord, kept: JobSpec, wanted: Wanted): JobSpec['login'] {
  const { login } = wanted.spec();
  if (attempts.every((attempt) => attempt.outcome === 'unsent')) return login;
  const { username } = kept.login;
  const credentials = login.username === username ? login.credentials : kept.login.credentials;
  return { ...(username === undefined ? {} : { username }), ...(credentials ? { credentials } : {}) };
}
