/** After an attempt has ended: fetch and finish, or try again, or go elsewhere. */
import { rowsNamed } from '../evidence/by-name.js';
import type { Action, Ending, Settle } from '../model/action.js';
import type { ClaimFacts, StepName } from '../model/observation.js';
import { type Attempt, cancelReason, type Reason } from '../model/run.js';
import { choose, pauseAfter, refusedForNow, type Wish } from './choose.js';
import { planDependencies } from './depends.js';
import { siteKey } from './facts.js';
import { type Repeat, repeatOf } from './repeat.js';
import { planAfter } from './after.js';
import { planBringing, planStaging } from './here.js';
import {
  isNotYetAsked,
  isReached,
  mark,
  onCluster,
  type RunSituation,
  siteOf,
  taskCount,
  wait,
} from './situation.js';
import { fromHere, stepsOf, stepWords } from './steps.js';

const TRANSIENT_REFUSALS = 20;
/** `sbatch` itself gives up after about two minutes. */
const LATE_SUBMISSION_SECONDS = 180;

/** A run whose last attempt has ended and which is not over yet. */
export function planEnded(s: RunSituation): readonly Action[] {
  const last = s.record.attempts.at(-1);
  if (!last) return nextAttempt(s);
  switch (last.outcome) {
    case 'completed': {
      const after = planAfter(s, last);
      return after.kind === 'going' ? after.actions : bringHome(s, last, after.ending);
    }
    case 'failed':
      return repeated(s, last) ?? bringHome(s, last, ending('Failed', last));
    case 'step-failed':
      return bringHome(s, last, ending('Failed', last));
    case 'cancelled':
      return repeated(s, last) ?? bringHome(s, last, ending('Cancelled', last));
    case 'refused':
    case 'fenced':
    case 'unsent':
    default:
      return [...settleOnly(s), ...nextAttempt(s)];
  }
}

function ending(phase: Ending['phase'], attempt: Attempt): Ending {
  return { phase, reason: attempt.reason ?? 'ExecutionFailed', message: attempt.message ?? 'no words' };
}

/** The results first, then the ledger; both only on a cluster that was reached. */
function bringHome(s: RunSituation, attempt: Attempt, then: Ending): readonly Action[] {
  const where = onCluster(s, attempt);
  if (isNotYetAsked(s, attempt.cluster)) return [];
  if (!isReached(s, attempt.cluster)) {
    return [
      wait(
        s,
        'ClusterUnreachable',
        `${attempt.cluster} cannot be reached; its results are fetched when it is`,
      ),
    ];
  }
  const fetch: readonly Action[] =
    attempt.fetchedAt === undefined ? [{ kind: 'fetch', ...where, then, why: fetchReason(attempt) }] : [];
  const finish: readonly Action[] =
    attempt.fetchedAt === undefined ? [] : [mark(s, 'finish', then.phase, then.reason, then.message)];
  return [...fetch, ...finish, ...settleOnly(s)];
}

function fetchReason(attempt: Attempt): string {
  return attempt.outcome === 'completed' ? 'it completed' : 'it has ended; what exists is brought home';
}

/** Every ended attempt that the cluster still lists as live leaves its index. */
export function settleOnly(s: RunSituation): readonly Settle[] {
  return s.record.attempts
    .filter((each) => each.state === 'ended' && each.settledAt === undefined && each.outcome !== 'unsent')
    .flatMap((each) => settle(s, each));
}

/**
 * When its claim has left, nothing watches for a late submission any more. Behind the fence its job runs nothing, and
 * would stand in the user's queue until it starts: it is cancelled first, and one that may still come is waited for.
 */
function settle(s: RunSituation, attempt: Attempt): readonly Settle[] {
  const reach = siteOf(s, attempt.cluster)?.reach;
  if (reach?.kind !== 'reached') return [];
  const { claims, queue } = reach.observation;
  const action = { kind: 'settle', ...onCluster(s, attempt) } as const;
  const over = { ...action, why: `it ended: ${attempt.outcome ?? ''}` };
  const claim = claims.get(attempt.token);
  // A person may have given it up while its job goes on there.
  if (claim?.owner.kind !== 'fence' && attempt.outcome !== 'superseded') return [over];
  if (queue.kind !== 'answered') return wasSubmitted(attempt, claim) ? [] : [over];
  const jobId = rowsNamed(queue.value, attempt.token).find((row) => !row.ended)?.jobId;
  if (jobId === undefined) return mayStillCome(attempt, claim) ? [] : [over];
  const why = claim?.owner.kind === 'fence' ? 'came behind its fence' : 'is there still';
  return [{ ...action, jobId, why: `job ${jobId} ${why}: it is cancelled` }];
}

/** As far as anybody knows. */
function wasSubmitted({ outcome }: Attempt, claim: ClaimFacts | undefined): boolean {
  return claim?.ticket.kind === 'made' && outcome !== 'refused';
}

/** Its submission has begun, not long ago, and nothing tells what came of it. */
function mayStillCome(attempt: Attempt, claim: ClaimFacts | undefined): boolean {
  if (!wasSubmitted(attempt, claim) || (attempt.jobId ?? claim?.jobId) !== undefined) return false;
  return claim?.ticket.kind === 'made' && claim.ticket.ageSeconds < LATE_SUBMISSION_SECONDS;
}

/** What follows a try that is repeated; undefined where it is the last one. */
function repeated(s: RunSituation, last: Attempt): readonly Action[] | undefined {
  if (s.record.run.cancelRequested || taskCount(s.spec, last.cluster) > 1) return undefined;
  const repeat = repeatOf(s.spec.retry, s.record.attempts, s.planning.facts.now);
  return repeat && [...settleOnly(s), ...nextAttempt(s, pause(s, last, repeat))];
}

/** The wait between two tries, as long as it lasts. Its words stay the same, so that nothing is written at each look. */
function pause(s: RunSituation, last: Attempt, { notBefore, which }: Repeat): readonly Action[] {
  if (s.planning.facts.now >= notBefore || which === undefined) return [];
  const after = `${last.message ?? 'it failed'} on ${last.cluster}`;
  const message = `${after}; ${which} begins ${inWords(s.spec.retry.backoffSeconds ?? 0)} after that`;
  return [mark(s, 'wait', 'Pending', 'RetryPending', message)];
}

/** `10m`, `90s`: the largest unit that fits without a rest. */
export function inWords(seconds: number): string {
  const [unit, size] = (
    [
      ['d', 86_400],
      ['h', 3600],
      ['m', 60],
    ] as const
  ).find(([, each]) => seconds % each === 0) ?? ['s', 1];
  return `${seconds / size}${unit}`;
}

/**
 * The next attempt, or why there is none now.
 * @param pausing what is done in place of it as long as a pause lasts
 */
export function nextAttempt(s: RunSituation, pausing: readonly Action[] = []): readonly Action[] {
  const { planning, record, spec } = s;
  // Even its end and its rest wait for this: a cluster that was not asked may hold it live.
  const unasked = record.run.candidates.filter((name) => siteOf(s, name)?.recalled === false);
  if (unasked.length > 0) {
    for (const name of unasked)
      if (siteOf(s, name)?.reach.kind === 'not-asked') planning.view(spec.login).ask(name);
    const who = unasked.join(', ');
    return [
      wait(
        s,
        'RecoveryIncomplete',
        `${who} may hold this run and cannot be asked, and the state here does not tell`,
      ),
    ];
  }
  if (planning.facts.superseded.has(record.run.uuid)) {
    const message = 'a later generation has taken its place';
    return [mark(s, 'finish', 'Cancelled', 'Replaced', message)];
  }
  if (record.run.cancelRequested) {
    const reason = cancelReason(record.run);
    return [mark(s, 'finish', 'Cancelled', reason, 'cancelled before it was submitted')];
  }
  const suspended = planSuspended(s);
  if (suspended !== undefined) return suspended;
  const depending = planDependencies(s);
  if (depending !== undefined) return depending;
  const passing = record.attempts.filter(refusedForNow);
  const last = record.attempts.at(-1);
  // A full queue is no refusal of the job: it is waited for, however long.
  const counted = passing.filter(({ reason }) => reason !== 'QueueLimit');
  if (counted.length >= TRANSIENT_REFUSALS && last)
    return [mark(s, 'finish', 'Failed', 'Refused', last.message ?? 'refused')];
  if (
    last &&
    refusedForNow(last) &&
    planning.facts.now < notBefore(last, passing.length, planning.facts.now)
  ) {
    return [
      wait(s, last.reason ?? 'QueueLimit', `${last.message ?? last.cluster}; tried again after a pause`),
    ];
  }
  if (pausing.length > 0) return pausing;
  const { candidates } = record.run;
  return planStaging(s, `to ${candidates.join(', or to ')}, unless they say otherwise`) ?? chooseAndGo(s);
}

/** A person's word first: they know how to take it back. */
function planSuspended(s: RunSituation): readonly Action[] | undefined {
  const { run } = s.record;
  const hold = (reason: Reason, message: string): readonly Action[] => [
    mark(s, 'hold', 'Suspended', reason, message, { conditions: ['Suspended'] }),
  ];
  if (run.suspendRequested) {
    return hold('SuspendedByUser', `it was suspended; to let it go: sluice resume ${run.name}`);
  }
  return s.spec.suspend ? hold('SuspendedByManifest', 'the manifest says suspend: true') : undefined;
}

/** That which is looked at again only when its cluster is asked again by itself. */
const WAITS: readonly Reason[] = ['QueueLimit', 'ControllerUnavailable', 'ClusterUnreachable', 'NoRoom'];

function chooseAndGo(s: RunSituation): readonly Action[] {
  const { planning, record, specForNext: spec } = s;
  const wish: Wish = {
    candidates: record.run.candidates,
    attempts: record.attempts,
    jobsOn: (name) => taskCount(spec, name),
    hasWaited: WAITS.includes(record.run.reason) || record.attempts.at(-1)?.outcome === 'unsent',
  };
  const { cluster, choices, waitFor, isOpen } = choose(wish, planning.view(spec.login), planning.facts.now);
  if (isOpen) return [];
  const tried = choices.map((choice) => `${choice.cluster}: ${choice.why}`).join('; ');
  if (cluster === undefined) {
    if (waitFor !== undefined) return [wait(s, waitFor, tried)];
    const message = tried || 'no cluster of the inventory fits';
    return [mark(s, 'finish', 'Failed', refusalReason(record.attempts), message)];
  }
  planning.take(siteKey(planning.facts.inventory, cluster, spec.login), taskCount(spec, cluster));
  const bringing = planBringing(s, cluster, spec);
  if (bringing !== undefined) return bringing;
  const steps = stepsOf(s, cluster, spec);
  const where = onCluster(s, { cluster, number: (record.attempts.at(-1)?.number ?? 0) + 1 });
  const why = choices.length === 1 ? `${cluster} is the first choice` : tried;
  return [
    { kind: 'stage', ...where, fresh: true, resume: false, choices, ...fromHere(s, cluster, spec), why },
    steps.length > 0
      ? { kind: 'steps', when: 'before', ...where, why: stepsReason(steps) }
      : { kind: 'submit', ...where, why: 'nothing is to be prepared' },
  ];
}

/** What modules on the cluster make of the job is seen when they have run. */
function stepsReason(steps: readonly StepName[]): string {
  const more = steps.includes('preprocessing')
    ? '; what is submitted then is provisional until they have run'
    : '';
  const [only, second] = steps;
  const isOne = second === undefined && (only === 'source' || only === 'compilation');
  return `${stepWords(steps)} ${isOne ? 'comes' : 'come'} first${more}`;
}

function refusalReason(attempts: readonly Attempt[]): Ending['reason'] {
  return attempts.findLast((each) => each.outcome === 'refused')?.reason ?? 'NoCluster';
}

function notBefore(last: Attempt, passing: number, now: number): number {
  return (last.endedAt ?? now) + pauseAfter(passing);
}
