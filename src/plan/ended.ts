/** After an attempt has ended: fetch and finish, or try again, or go elsewhere. */
import { rowsNamed } from '../evidence/by-name.js';
import type { Action, Ending, Settle } from '../model/action.js';
import type { ClaimFacts, StepName } from '../model/observation.js';
import { type Attempt, cancelReason, type Reason } from '../model/run.js';
import type { TaskStanding } from '../model/tasks.js';
import { choose, pauseAfter, refusedForNow, type Wish } from './choose.js';
import { planDependencies } from './depends.js';
import { siteKey } from './facts.js';
import { hasBegun, type Repeat, repeatOf } from './repeat.js';
import { planAfter } from './after.js';
import { planBringing, planStaging } from './here.js';
import {
  isNotYetAsked,
  isReached,
  mark,
  onCluster,
  type RunSituation,
  siteOf,
  jobsOf,
  taskCount,
  wait,
} from './situation.js';
import { endingOfTasks, isArray, type Repeats, repeatsOf, tasksLeft, wholeSize } from './tasks.js';
import { fromHere, stepsOf, stepWords } from './steps.js';

const TRANSIENT_REFUSALS = 20;
/** `sbatch` itself gives up after about two minutes. */
const LATE_SUBMISSION_SECONDS = 180;

/** A run whose last attempt has ended and which is not over yet. */
export function planEnded(s: RunSituation): readonly Action[] {
  return toldAtEnd(s, planAfterEnd(s));
}

/**
 * What was settled while the run was to go on says nothing of the run's end, which comes of a person's word, or of a manifest
 * that grants less by now: it is settled once more, so that a lost state does not begin its code again.
 */
function toldAtEnd(s: RunSituation, actions: readonly Action[]): readonly Action[] {
  const last = s.record.attempts.findLast(({ outcome }) => outcome !== 'unsent');
  const endsBadly = actions.some((action) => action.kind === 'finish' && action.phase !== 'Succeeded');
  if (!endsBadly || last?.settledAt === undefined || !s.record.attempts.some(hasBegun)) return actions;
  const reach = siteOf(s, last.cluster)?.reach;
  if (reach?.kind === 'not-asked' && reach.lately !== true) s.planning.view(s.spec.login).ask(last.cluster);
  if (reach?.kind !== 'reached') return actions;
  return [...actions, { kind: 'settle', ...onCluster(s, last), why: 'the run has ended with it' }];
}

function planAfterEnd(s: RunSituation): readonly Action[] {
  const last = s.record.attempts.at(-1);
  if (!last) return nextAttempt(s);
  switch (last.outcome) {
    case 'completed': {
      const left = isArray(s, last) ? tasksLeft(s, last) : [];
      if (left.length > 0) return repeatedTasks(s, last, left);
      const after = planAfter(s, last);
      return after.kind === 'going' ? after.actions : bringHome(s, last, after.ending);
    }
    case 'failed':
      if (isArray(s, last)) return repeatedTasks(s, last, tasksLeft(s, last));
      return repeated(s, last) ?? bringHome(s, last, ending('Failed', last));
    case 'step-failed':
      return bringHome(s, last, ending('Failed', last));
    case 'cancelled':
      if (isArray(s, last)) return repeatedTasks(s, last, tasksLeft(s, last));
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

/**
 * The results first, then the ledger; both only on a cluster that was reached.
 * @param then undefined: the run goes on
 * @param next with what, in words
 */
function bringHome(
  s: RunSituation,
  attempt: Attempt,
  then: Ending | undefined,
  next = '',
): readonly Action[] {
  const finish: readonly Action[] =
    attempt.fetchedAt === undefined || then === undefined
      ? []
      : [mark(s, 'finish', then.phase, then.reason, then.message)];
  // Nothing of it is left to be brought from there.
  if (finish.length > 0 && attempt.settledAt !== undefined) return [...finish, ...settleOnly(s)];
  const elsewhere = reachedOr(s, attempt);
  if (elsewhere !== undefined) return elsewhere;
  const ending = then === undefined ? {} : { then };
  const fetch: readonly Action[] =
    attempt.fetchedAt === undefined
      ? [{ kind: 'fetch', ...onCluster(s, attempt), ...ending, why: fetchReason(attempt, next) }]
      : [];
  return [...fetch, ...finish, ...settleOnly(s)];
}

/** What is done in place of what needs the attempt's cluster; undefined where that was reached. */
function reachedOr(s: RunSituation, { cluster }: Attempt): readonly Action[] | undefined {
  if (isNotYetAsked(s, cluster)) return [];
  if (isReached(s, cluster)) return undefined;
  if (siteOf(s, cluster)?.reach.kind === 'not-asked') s.planning.view(s.spec.login).ask(cluster);
  const message = `${cluster} cannot be reached; its results are fetched when it is`;
  return [wait(s, 'ClusterUnreachable', message)];
}

function fetchReason(attempt: Attempt, next: string): string {
  if (next !== '') return `${next}; what exists of the others is brought home first`;
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
  if (s.record.run.cancelRequested) return undefined;
  const repeat = repeatOf(s.spec.retry, s.record.attempts, s.planning.facts.now);
  return repeat && [...settleOnly(s), ...nextAttempt(s, pause(s, last, repeat))];
}

/**
 * Of an array, the tasks that are tried again; before that, what exists of the others comes home and is settled, so that
 * nothing of it is lost with this state. Where none is tried again, the run ends.
 * @param left the tasks that have not completed
 */
function repeatedTasks(s: RunSituation, last: Attempt, left: readonly TaskStanding[]): readonly Action[] {
  const { run, attempts } = s.record;
  // Those may have completed on a cluster that was not asked yet since the state was lost.
  const isUnknown = last.tasks !== undefined && left.some(({ attempt }) => attempt === undefined);
  if (isUnknown && unrecalled(s).length > 0) return waitForRecall(s, unrecalled(s));
  const repeats = run.cancelRequested
    ? undefined
    : repeatsOf(s.spec.retry, attempts, left, s.planning.facts.now);
  const ending = endingOf(s, last, left);
  if (repeats === undefined) return bringHome(s, last, ending);
  // Of a cluster that is away only results are waited for: what has completed must be told before the next claim is made.
  const isWaitedFor = isAnyCompleted(last) || siteOf(s, last.cluster)?.reach.kind !== 'unreachable';
  if (isWaitedFor && last.fetchedAt === undefined) return bringHome(s, last, undefined, repeats.words);
  if (isWaitedFor && last.settledAt === undefined) return reachedOr(s, last) ?? settleOnly(s);
  const which = repeats.isFree ? undefined : repeats.words;
  const pausing = pause(s, last, { notBefore: repeats.notBefore, which });
  return [...settleOnly(s), ...nextAttempt(s, pausing, repeats)];
}

function isAnyCompleted({ outcome, taskStates }: Attempt): boolean {
  return outcome === 'completed' || taskStates.includes('COMPLETED');
}

function endingOf(s: RunSituation, last: Attempt, left: readonly TaskStanding[]): Ending {
  const phase = last.outcome === 'cancelled' ? 'Cancelled' : 'Failed';
  if (left.length === 0) return ending(phase, last);
  return endingOfTasks(last, left, wholeSize(s.record) ?? taskCount(s.spec, last.cluster));
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

/** Candidates whose memory was not read back since the state was lost. */
function unrecalled(s: RunSituation): readonly string[] {
  return s.record.run.candidates.filter((name) => siteOf(s, name)?.recalled === false);
}

function waitForRecall(s: RunSituation, unasked: readonly string[]): readonly Action[] {
  for (const name of unasked)
    if (siteOf(s, name)?.reach.kind === 'not-asked') s.planning.view(s.spec.login).ask(name);
  const who = unasked.join(', ');
  return [
    wait(
      s,
      'RecoveryIncomplete',
      `${who} may hold this run and cannot be asked, and the state here does not tell`,
    ),
  ];
}

/**
 * The next attempt, or why there is none now.
 * @param pausing what is done in place of it as long as a pause lasts
 * @param repeats the tasks of an array that it has; undefined: those that the last one was to have
 */
export function nextAttempt(
  s: RunSituation,
  pausing: readonly Action[] = [],
  repeats?: Repeats,
): readonly Action[] {
  const { planning, record } = s;
  // Even its end and its rest wait for this: a cluster that was not asked may hold it live.
  const unasked = unrecalled(s);
  if (unasked.length > 0) return waitForRecall(s, unasked);
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
  return (
    planStaging(s, `to ${candidates.join(', or to ')}, unless they say otherwise`) ?? chooseAndGo(s, repeats)
  );
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

function chooseAndGo(s: RunSituation, repeats: Repeats | undefined): readonly Action[] {
  const { planning, record, specForNext: spec } = s;
  const tasks = repeats?.tasks ?? record.attempts.at(-1)?.tasks ?? record.run.part?.tasks;
  const wish: Wish = {
    candidates: record.run.candidates,
    attempts: record.attempts,
    jobsOn: (name) => jobsOf(spec, { cluster: name, ...(tasks === undefined ? {} : { tasks }) }),
    unfit: (name) => (tasks === undefined ? undefined : otherArrayThere(s, name)),
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
  planning.take(siteKey(planning.facts.inventory, cluster, spec.login), wish.jobsOn(cluster));
  const bringing = planBringing(s, cluster, spec);
  if (bringing !== undefined) return bringing;
  const steps = stepsOf(s, cluster, spec);
  const where = onCluster(s, { cluster, number: (record.attempts.at(-1)?.number ?? 0) + 1 });
  const choice = choices.length === 1 ? `${cluster} is the first choice` : tried;
  const why = [...(repeats === undefined ? [] : [repeats.words]), choice].join('; ');
  const only = { ...(tasks === undefined ? {} : { tasks }), ...fromHere(s, cluster, spec) };
  return [
    { kind: 'stage', ...where, fresh: true, resume: false, choices, ...only, why },
    steps.length > 0
      ? { kind: 'steps', when: 'before', ...where, why: stepsReason(steps) }
      : { kind: 'submit', ...where, why: 'nothing is to be prepared' },
  ];
}

/** An override gives the job an array of another size there. What modules make of it is seen when they have run. */
function otherArrayThere({ record, specForNext: spec }: RunSituation, cluster: string): string | undefined {
  const whole = wholeSize(record);
  const there = taskCount(spec, cluster);
  if (whole === undefined || whole === there || (spec.modules?.preprocessing.length ?? 0) > 0)
    return undefined;
  return `its array has ${there} tasks there, and single tasks of one of ${whole} are to run again`;
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
