/**
 * A cluster that may hold a run's attempt and cannot be asked (SPEC §5): the run waits and says so, unless
 * `on_cluster_lost: failover` lets it go on elsewhere once that has lasted. What the lost one holds is a debt then. Pure.
 */
import type { Action } from '../model/action.js';
import type { ClaimFacts } from '../model/observation.js';
import { type Attempt, isOwed, type Reason } from '../model/run.js';
import { inWords, nextAttempt } from './ended.js';
import { onCluster, type RunSituation, siteOf, wait } from './situation.js';

/** Long enough for a login node to be started again. */
const FAILOVER_AFTER_SECONDS = 30 * 60;

/** Why the cluster of the last attempt cannot be asked. */
export interface Silence {
  readonly reason: Reason;
  /** The cluster is named in it. */
  readonly message: string;
}

/** @param last may be live on a cluster that cannot be asked */
export function planLost(s: RunSituation, last: Attempt, silence: Silence): readonly Action[] {
  const since: readonly Action[] =
    last.lostSince === undefined
      ? [{ kind: 'lost', ...onCluster(s, last), isLost: true, why: silence.message }]
      : [];
  return [
    ...since,
    ...(isGranted(s, last, silence) ? goElsewhere(s, last, silence) : [stay(s, last, silence)]),
  ];
}

/** It can be asked again: the next time counts from its own beginning. */
export function planFound(s: RunSituation, last: Attempt): readonly Action[] {
  if (last.lostSince === undefined) return [];
  return [{ kind: 'lost', ...onCluster(s, last), isLost: false, why: `${last.cluster} answers again` }];
}

/**
 * After a loss of memory: a run that may have gone on elsewhere is not carried on before every cluster was asked that may
 * have got it. One that is known to be owed an attempt is accounted for. Whatever its manifest says today, it may have said
 * `failover` before: then at least nothing is begun.
 * @param claim of the attempt, where its cluster has it
 */
export function mayHaveGoneOn(
  s: RunSituation,
  last: Attempt,
  claim: ClaimFacts | undefined,
): readonly string[] {
  if (s.specForNext.onClusterLost !== 'failover' && isSubmitted(last, claim)) return [];
  const owed = s.record.attempts.filter(isOwed).map(({ cluster }) => cluster);
  return s.record.run.candidates.filter(
    (name) => name !== last.cluster && !owed.includes(name) && siteOf(s, name)?.recalled === false,
  );
}

/** Or may be: then what comes of it is looked up, and nothing is begun. */
function isSubmitted({ jobId }: Attempt, claim: ClaimFacts | undefined): boolean {
  if (jobId !== undefined || claim?.jobId !== undefined) return true;
  return claim !== undefined && (claim.ticket.kind !== 'absent' || claim.owner.kind !== 'none');
}

/** A refused login or host key is a person's to mend: the job goes on there meanwhile, and comes to its end. */
function isGranted(s: RunSituation, last: Attempt, { reason }: Silence): boolean {
  const { run } = s.record;
  if (s.specForNext.onClusterLost !== 'failover' || reason !== 'ClusterUnreachable') return false;
  if (run.cancelRequested || run.suspendRequested || s.spec.suspend) return false;
  const { now, superseded } = s.planning.facts;
  if (superseded.has(run.uuid) || last.lostSince === undefined) return false;
  return now - last.lostSince >= patienceWith(s, last.cluster) * 1000;
}

function patienceWith(s: RunSituation, cluster: string): number {
  return siteOf(s, cluster)?.cluster.failoverAfterSeconds ?? FAILOVER_AFTER_SECONDS;
}

/** Committed in this order, in one transaction: the debt, and the attempt that it is granted for. */
function goElsewhere(s: RunSituation, last: Attempt, silence: Silence): readonly Action[] {
  const { now } = s.planning.facts;
  const { cluster, lostSince = now } = last;
  const attempts = s.record.attempts.map((each) =>
    each.number === last.number ? { ...each, owedSince: now } : each,
  );
  const next = nextAttempt({ ...s, record: { ...s.record, attempts } });
  const minutes = Math.floor((now - lostSince) / 60_000);
  const message = `${cluster} had not answered for ${minutes < 2 ? 'a while' : `${minutes} minutes`}, and the run went on elsewhere; what is left of this attempt is ended when ${cluster} returns`;
  if (next.some(({ kind }) => kind === 'stage'))
    return [{ kind: 'cede', ...onCluster(s, last), message, why: message }, ...next];
  const here = next.filter(({ kind }) => kind === 'modules' || kind === 'bring');
  if (here.length > 0) return [...here, stay(s, last, silence, 'it is made ready here to go elsewhere')];
  const [why] = next;
  return [stay(s, last, silence, why === undefined ? undefined : `nor can it go elsewhere now: ${why.why}`)];
}

function stay(s: RunSituation, last: Attempt, { reason, message }: Silence, more?: string): Action {
  const words = more ?? outlook(s, last, reason);
  return wait(s, reason, words === undefined ? message : `${message}; ${words}`, ['Lost']);
}

/** What comes if it stays so. The same words at each look, so that nothing is written. */
function outlook(s: RunSituation, last: Attempt, reason: Reason): string | undefined {
  if (s.specForNext.onClusterLost !== 'failover' || s.record.run.cancelRequested) return undefined;
  if (reason !== 'ClusterUnreachable') return undefined;
  return `after ${inWords(patienceWith(s, last.cluster))} of that it goes to another cluster`;
}
