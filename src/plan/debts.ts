/**
 * What a lost cluster may hold of a run that went on elsewhere: fenced and cancelled first thing when it returns, whatever
 * has come of it there and of the run here. Its end decides nothing, and its results are not fetched. Pure.
 */
import type { Action, Cede, Conclude } from '../model/action.js';
import type { JobSpec } from '../model/job.js';
import type { JobEvidence } from '../model/observation.js';
import { type Attempt, isOwed, type RunRecord } from '../model/run.js';
import { evidenceOf, jobIdOf } from './attempt.js';
import { fence } from './over.js';
import { type AttemptSituation, isNotYetAsked, onCluster, type RunSituation, siteOf } from './situation.js';

export interface Debts {
  readonly actions: readonly Action[];
  /** With those ended that are known to be dead. */
  readonly record: RunRecord;
}

export function planDebts(s: RunSituation): Debts {
  const { record } = s;
  const owed = record.attempts.filter(isOwed);
  if (owed.length === 0) return { actions: [], record };
  const actions = owed.flatMap((attempt) => planDebt(s, attempt));
  const ends = new Map(actions.flatMap((each) => (each.kind === 'conclude' ? [[each.attempt, each]] : [])));
  const attempts = record.attempts.map((each): Attempt => {
    const end = ends.get(each.number);
    if (end === undefined) return each;
    const { outcome, reason, message } = end;
    return { ...each, state: 'ended', outcome, reason, message };
  });
  return { actions, record: ends.size === 0 ? record : { ...record, attempts } };
}

function planDebt(s: RunSituation, attempt: Attempt): readonly (Action | Conclude)[] {
  const cluster = siteOf(s, attempt.cluster);
  if (!cluster || isNotYetAsked(s, attempt.cluster)) return [];
  const { reach } = cluster;
  if (reach.kind === 'not-asked') s.planning.view(s.spec.login).ask(attempt.cluster);
  if (reach.kind !== 'reached') return [];
  const { observation } = reach;
  const claim = observation.claims.get(attempt.token);
  return endDebt({ ...s, spec: specOf(s, attempt), attempt, cluster, observation, claim });
}

/** As its own modules left the job; how to log in is told as for all of the run. */
function specOf({ spec, specForNext }: RunSituation, { preparedJson }: Attempt): JobSpec {
  if (preparedJson === undefined) return { ...specForNext, login: spec.login };
  // Written by us.
  return { ...(JSON.parse(preparedJson) as JobSpec), login: spec.login };
}

function endDebt(a: AttemptSituation): readonly (Action | Conclude)[] {
  const owner = a.claim?.owner.kind;
  // A job that came behind it is cancelled as the attempt is settled.
  if (owner === 'fence') return [end(a, 'the fence was there first: nothing of it has run')];
  const jobId = jobIdOf(a);
  if (jobId === undefined) return [fenced(a)];
  const evidence = evidenceOf(a, jobId);
  switch (evidence.kind) {
    case 'waiting':
    case 'running':
      return [fenced(a, jobId)];
    case 'ended':
      return [end(a, endWords(a, jobId, evidence), evidence)];
    case 'silent':
      return owner === 'job' ? [] : [fenced(a, jobId)];
    case 'gone':
      // It has begun, or that cannot be read: then the fence would prove nothing.
      return owner === 'job' || owner === 'unreadable' ? askPerson(a, jobId) : [fenced(a, jobId)];
  }
}

function fenced(a: AttemptSituation, jobId?: string): Action {
  const { cluster } = a.attempt;
  const what = jobId === undefined ? 'it was fenced' : `it was fenced, and job ${jobId} cancelled`;
  return fence(
    a,
    'superseded',
    'Superseded',
    `the run had gone on elsewhere: ${what} when ${cluster} returned`,
    jobId,
  );
}

function end(
  a: AttemptSituation,
  what: string,
  evidence: Pick<JobEvidence, 'taskStates' | 'jobStatus'> = a.attempt,
): Conclude {
  const message = `the run had gone on elsewhere when ${a.attempt.cluster} returned; ${what}`;
  const { taskStates, jobStatus } = evidence;
  const how = { outcome: 'superseded', reason: 'Superseded', message, taskStates, jobStatus } as const;
  return { kind: 'conclude', ...onCluster(a, a.attempt), ...how, why: message };
}

function endWords({ attempt }: AttemptSituation, jobId: string, { verdict }: JobEvidence): string {
  if (verdict?.outcome === 'completed') {
    const where = attempt.workingDirectory === undefined ? 'there' : `there, in ${attempt.workingDirectory}`;
    return `job ${jobId} had completed, and its results stay ${where}`;
  }
  return `job ${jobId} has ended there: ${verdict?.message ?? 'in a way that is not understood'}`;
}

/** Said once. */
function askPerson(a: AttemptSituation, jobId: string): readonly Cede[] {
  const { attempt, record } = a;
  const message =
    `the run went on elsewhere; job ${jobId} has left the queue of ${attempt.cluster} and nothing tells how it ended: ` +
    `look there, and when nothing of it runs: sluice resolve ${record.run.name} --not-submitted`;
  return attempt.message === message
    ? []
    : [{ kind: 'cede', ...onCluster(a, attempt), message, why: message }];
}
