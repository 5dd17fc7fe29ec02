/**
 * A live attempt on a cluster that answered: an ordered list of rules, the first that applies decides.
 * Nothing here infers an outcome from absence: an end is concluded from a framed refusal, from the fence, from a step's
 * own mark, or from the judge's positive evidence.
 */
import { rowsNamed } from '../evidence/by-name.js';
import type { Action } from '../model/action.js';
import type { JobEvidence, JobRow } from '../model/observation.js';
import { cancelReason, isGivenUp, type Reason } from '../model/run.js';
import { arraySizeOn, tasksOf, taskWords } from '../model/tasks.js';
import type { Refusal } from '../ports.js';
import { siteKey } from './facts.js';
import { planBringing, planStaging } from './here.js';
import { planPending } from './pending.js';
import { followRunner, isDeadForGood, killedWords } from './runner.js';
import { conclude, fence } from './over.js';
import { type AttemptSituation, jobsOf, mark, onCluster, taskCount, wait } from './situation.js';
import { fromHere, readFailure, stepsOf, stepWords } from './steps.js';
import { wholeSize } from './tasks.js';
import { neverSubmitted, resolveTicket, unknownSubmission, whyUnasked } from './ticket.js';

/** How long accounting may lag before a person is asked. */
const OUTCOME_PATIENCE_MS = 10 * 60_000;

interface Rule {
  readonly name: string;
  readonly applies: (s: AttemptSituation) => boolean;
  readonly then: (s: AttemptSituation) => readonly Action[];
}

const RULES: readonly Rule[] = [
  {
    // What its modules made of the job decides how it is submitted, followed and brought home.
    name: 'unheard',
    applies: isUnheard,
    then: (s) => [
      {
        kind: 'review',
        ...onCluster(s, s.attempt),
        when: 'before',
        mayEnd: !mayRun(s),
        why: 'its steps are done',
      },
    ],
  },
  {
    // Before its id is looked for: a refused sbatch can leave an ended job under our name (seen with BadConstraints), and a
    // live one. Behind the fence neither runs anything.
    name: 'refused',
    applies: (s) => refusalOf(s) !== undefined && !isFollowed(s),
    then: concludeRefusal,
  },
  {
    // The id is on the cluster and the reply was lost, or the database is new: it is ours, follow it.
    name: 'id-known',
    applies: (s) => jobIdOf(s) !== undefined,
    then: (s) => follow(s, jobIdOf(s) ?? ''),
  },
  {
    // No job runs its code any more, whatever a late submission still does.
    name: 'fenced',
    applies: (s) => s.claim?.owner.kind === 'fence',
    then: concludeFenced,
  },
  {
    // Before anything is begun anew: the fence is what makes "cancelled" true even for a submission under way.
    name: 'cancel-asked',
    applies: (s) => s.record.run.cancelRequested,
    then: (s) => [fence(s, 'cancelled', cancelReason(s.record.run), 'cancelled before it was submitted')],
  },
  {
    // A person has looked: nothing of it was submitted. The fence makes it true where it can be made.
    name: 'not-submitted',
    applies: (s) => s.record.run.notSubmitted === s.attempt.number,
    then: neverSubmitted,
  },
  {
    // The claim is the first write there. Only `intended` may lack it: the same attempt goes on, its ticket keeps it single.
    name: 'claim-not-yet',
    applies: (s) => s.claim === undefined && s.attempt.state === 'intended',
    then: (s) => go(s, false),
  },
  {
    name: 'claim-vanished',
    applies: (s) => s.claim === undefined,
    then: (s) => [
      s.observation.queue.kind === 'answered'
        ? unknownSubmission(s, `its claim on ${s.attempt.cluster} is gone and its queue shows nothing`)
        : wait(s, 'ControllerUnavailable', `its claim is gone and ${whyUnasked(s)}`),
    ],
  },
  {
    // Linked only when it was whole: its disk has lost it since. With it goes what a lost database would be rebuilt from.
    name: 'claim-damaged',
    applies: (s) => s.claim?.nonce === '-',
    then: (s) => [unknownSubmission(s, `its claim on ${s.attempt.cluster} is damaged`)],
  },
  {
    // Before anything is placed anew: with the directory its owner mark is lost, and whether it ran cannot be told.
    name: 'ticket-taken',
    applies: (s) => s.claim !== undefined && s.claim.ticket.kind !== 'absent',
    then: resolveTicket,
  },
  {
    name: 'not-placed',
    applies: (s) => s.claim?.placed === false,
    then: (s) => go(s, true),
  },
  {
    name: 'step-failed',
    applies: (s) => s.claim?.steps.kind === 'failed',
    then: concludeStep,
  },
  {
    name: 'steps-running',
    applies: (s) => s.claim?.steps.kind === 'running' && s.claim.steps.maker !== 'dead',
    then: followSteps,
  },
  {
    name: 'steps-killed',
    applies: (s) => s.claim !== undefined && isDeadForGood(s.claim.steps),
    then: (s) => [fence(s, 'step-failed', 'StepFailed', killedWords(stepsHere(s), s.attempt.cluster))],
  },
  {
    // Never begun, or its runner is known dead on its own host: the wrapper lets only one runner in.
    name: 'steps-due',
    applies: (s) =>
      s.claim?.steps.kind !== 'done' && stepsOf(s, s.attempt.cluster, s.spec, s.attempt).length > 0,
    then: (s) => [{ kind: 'steps', when: 'before', ...onCluster(s, s.attempt), why: 'its files are there' }],
  },
  {
    // Its modules made another array of it than the one whose tasks are to run again.
    name: 'other-array',
    applies: (s) => s.attempt.preparedJson !== undefined && otherArray(s) !== undefined,
    then: (s) => conclude(s, 'step-failed', 'PreprocessingFailed', otherArray(s) ?? ''),
  },
  {
    // What its modules made of it may be more than its queue takes.
    name: 'grown',
    applies: (s) => s.attempt.preparedJson !== undefined && isCrowded(s),
    then: waitForRoom,
  },
  {
    name: 'ready',
    applies: () => true,
    then: (s) => [
      { kind: 'submit', ...onCluster(s, s.attempt), why: 'it is prepared and not yet submitted' },
    ],
  },
];

export function planAttempt(s: AttemptSituation): readonly Action[] {
  const rule = RULES.find((each) => each.applies(s));
  return rule ? rule.then(s) : [];
}

/** Claim, place, and at once what can follow in the same exchange. */
function go(s: AttemptSituation, resume: boolean): readonly Action[] {
  const { cluster } = s.attempt;
  const before = planStaging(s, cluster) ?? planBringing(s, cluster, s.spec, s.attempt);
  if (before !== undefined) return before;
  const where = onCluster(s, s.attempt);
  const why = resume
    ? 'it was claimed but its files are not in place'
    : 'it was interrupted before its claim';
  return [
    {
      kind: 'stage',
      ...where,
      fresh: false,
      resume,
      choices: [],
      ...fromHere(s, cluster, s.spec, s.attempt),
      why,
    },
    stepsOf(s, cluster, s.spec, s.attempt).length > 0
      ? { kind: 'steps', when: 'before', ...where, why: 'its files are there' }
      : { kind: 'submit', ...where, why: 'nothing is to be prepared' },
  ];
}

/** Of a clone or a download it is read as the job is submitted, unless that was done by a state that is lost. */
function isUnheard(s: AttemptSituation): boolean {
  const { attempt, claim } = s;
  if (attempt.heardAt !== undefined || s.record.run.cancelRequested) return false;
  if (!claim?.placed || claim.owner.kind === 'fence') return false;
  // Of what has its ticket the steps are not told any more: they are done.
  if (claim.steps.kind !== 'done' && claim.ticket.kind === 'absent') return false;
  const steps = stepsOf(s, attempt.cluster, s.spec, attempt);
  return steps.includes('preprocessing') || (steps.includes('source') && jobIdOf(s) !== undefined);
}

/** A submission of it has begun, or may have. */
function mayRun(s: AttemptSituation): boolean {
  const { ticket, owner } = s.claim ?? {};
  return jobIdOf(s) !== undefined || ticket?.kind !== 'absent' || owner?.kind !== 'none';
}

function otherArray(s: AttemptSituation): string | undefined {
  const { tasks, cluster } = s.attempt;
  if (tasks === undefined) return undefined;
  const [before, now] = [wholeSize(s.record) ?? 1, taskCount(s.spec, cluster)];
  if (before === now) return undefined;
  const words = now === 1 ? 'a single job' : `an array of ${now} tasks`;
  return `its modules made ${words} of it, and ${taskWords(tasks)} of an array of ${before} were to run again`;
}

/** Its modules made more tasks of it than the queue takes, or takes now. It has its room in this plan already. */
function isCrowded(s: AttemptSituation): boolean {
  const { cluster } = s.attempt;
  const tasks = jobsOf(s.spec, s.attempt);
  if (s.attempt.tasks !== undefined || tasks <= taskCount(s.specForNext, cluster)) return false;
  return tasks > (s.cluster.cluster.maxJobs ?? Infinity) || s.planning.view(s.spec.login).room(cluster) < 0;
}

function waitForRoom(s: AttemptSituation): readonly Action[] {
  const { cluster } = s.attempt;
  const { maxJobs = Infinity } = s.cluster.cluster;
  const tasks = taskCount(s.spec, cluster);
  if (tasks > maxJobs) {
    const message = `its modules made an array of ${tasks} tasks, and ${cluster} takes ${maxJobs} jobs at most; raise its max_jobs`;
    return conclude(s, 'step-failed', 'PreprocessingFailed', message);
  }
  // Given back, so that another may have it.
  s.planning.take(siteKey(s.planning.facts.inventory, cluster, s.spec.login), -tasks);
  return [
    wait(s, 'QueueLimit', `its modules made an array of ${tasks} tasks; ${cluster} has no room for them now`),
  ];
}

function stepsHere(s: AttemptSituation): string {
  return stepWords(stepsOf(s, s.attempt.cluster, s.spec, s.attempt));
}

/** Our own record first, then the cluster's, then its queue by token. */
export function jobIdOf(s: AttemptSituation): string | undefined {
  return s.attempt.jobId ?? s.claim?.jobId ?? ownerId(s) ?? queuedId(s);
}

function ownerId(s: AttemptSituation): string | undefined {
  return s.claim?.owner.kind === 'job' ? s.claim.owner.jobId : undefined;
}

function queuedRows({ observation: { queue }, attempt }: AttemptSituation): readonly JobRow[] {
  return queue.kind === 'answered' ? rowsNamed(queue.value, attempt.token) : [];
}

function queuedId(s: AttemptSituation): string | undefined {
  return queuedRows(s)[0]?.jobId;
}

function follow(s: AttemptSituation, jobId: string): readonly Action[] {
  if (isTurnedAway(s, jobId)) return concludeFenced(s);
  const where = onCluster(s, s.attempt);
  const adopt: readonly Action[] =
    s.attempt.jobId === undefined
      ? [{ kind: 'adopt', ...where, jobId, why: `job ${jobId} bears its token on ${s.attempt.cluster}` }]
      : [];
  return [...adopt, ...judged(s, jobId)];
}

/** It came behind the fence and runs nothing: the next may go, and it is cancelled before the attempt is settled. */
function isTurnedAway(s: AttemptSituation, jobId: string): boolean {
  if (s.claim?.owner.kind !== 'fence' || s.record.run.cancelRequested) return false;
  return liveId(s) !== undefined && !evidenceOf(s, jobId).pending?.hopeless;
}

function judged(s: AttemptSituation, jobId: string): readonly Action[] {
  const evidence = evidenceOf(s, jobId);
  // It has begun, or that cannot be read, so that the fence would prove nothing.
  if (evidence.kind === 'gone' && (mayHaveBegun(s) || !s.record.run.cancelRequested)) return gone(s, jobId);
  if (evidence.kind !== 'ended' && s.record.run.cancelRequested) {
    return [fence(s, 'cancelled', cancelReason(s.record.run), 'cancelled', jobId)];
  }
  const tasks = { attempt: s.attempt.number, states: evidence.taskStates, jobStatus: evidence.jobStatus };
  switch (evidence.kind) {
    case 'waiting':
      return planPending(s, jobId, evidence.pending, tasks);
    case 'running':
      return [
        mark(s, 'progress', 'Running', 'Executing', `job ${jobId} runs on ${s.attempt.cluster}`, { tasks }),
      ];
    case 'silent':
      return [wait(s, 'ControllerUnavailable', silence(s, jobId))];
    case 'gone':
      return gone(s, jobId);
    case 'ended':
      return ended(s, evidence);
  }
}

/** In the words of whoever did not answer. */
function silence({ attempt, observation }: AttemptSituation, jobId: string): string {
  const why = [observation.queue, observation.accounting].flatMap((asked) =>
    asked.kind === 'silent' ? [asked.why] : [],
  );
  return [`${attempt.cluster} does not tell how job ${jobId} stands`, ...why.slice(0, 1)].join(': ');
}

function mayHaveBegun(s: AttemptSituation): boolean {
  return s.claim?.owner.kind === 'job' || s.claim?.owner.kind === 'unreadable';
}

export function evidenceOf(s: AttemptSituation, jobId: string): JobEvidence {
  const tasks = tasksOf(s.attempt, arraySizeOn(s.spec, s.attempt.cluster));
  return s.cluster.manager.judge(
    { token: s.attempt.token, jobId, tasks, createdAt: s.attempt.createdAt },
    {
      claim: s.claim,
      queue: s.observation.queue,
      accounting: s.observation.accounting,
      clockOffsetSeconds: s.cluster.clockOffsetSeconds,
    },
  );
}

/** The controller knows it no more and nobody tells its end: lag is normal, for a while. Then it is a person's to decide. */
function gone(s: AttemptSituation, jobId: string): readonly Action[] {
  const { run } = s.record;
  const { now } = s.planning.facts;
  const since = run.reason === 'OutcomeUnknown' ? run.updatedAt : now;
  const message = `job ${jobId} has left the queue of ${s.attempt.cluster} and nothing tells how it ended`;
  if (now - since < OUTCOME_PATIENCE_MS && run.phase !== 'Blocked') {
    return [wait(s, 'OutcomeUnknown', message)];
  }
  if (isGivenUp(run)) return conclude(s, 'cancelled', 'CancelledByUser', `given up: ${message}`);
  const advice = `${message}; look at its logs there, and give it up with: sluice cancel ${run.name}`;
  return [mark(s, 'hold', 'Blocked', 'OutcomeUnknown', advice)];
}

function ended(s: AttemptSituation, evidence: JobEvidence): readonly Action[] {
  const verdict = evidence.verdict;
  if (!verdict) return [wait(s, 'OutcomeUnknown', 'it has ended in a way that is not understood')];
  const byUs = verdict.outcome === 'cancelled' && s.record.run.cancelRequested;
  const reason: Reason = byUs ? cancelReason(s.record.run) : verdict.reason;
  return conclude(s, verdict.outcome, reason, verdict.message, evidence);
}

/** A refusal in words that leave open what the controller did is none: the ticket's rules look it up. */
function refusalOf(s: AttemptSituation): Refusal | undefined {
  const said = s.claim?.refusal;
  if (!said) return undefined;
  const read = s.cluster.manager.readRefusal(said.exitCode, said.text);
  return read.reason === 'SubmissionUnknown' ? undefined : read;
}

/** A job that owns it, or may yet. */
function isFollowed(s: AttemptSituation): boolean {
  const owner = s.claim?.owner.kind;
  return owner === 'job' || (owner !== 'fence' && liveId(s) !== undefined);
}

function liveId(s: AttemptSituation): string | undefined {
  return queuedRows(s).find((row) => !row.ended)?.jobId;
}

function concludeRefusal(s: AttemptSituation): readonly Action[] {
  const read = refusalOf(s);
  if (!read) return [];
  const jobId = liveId(s);
  if (jobId === undefined) return conclude(s, 'refused', read.reason, read.message);
  return [fence(s, 'refused', read.reason, read.message, jobId)];
}

function concludeFenced(s: AttemptSituation): readonly Action[] {
  return s.record.run.cancelRequested
    ? conclude(s, 'cancelled', cancelReason(s.record.run), 'cancelled before it was submitted')
    : conclude(s, 'fenced', 'SubmissionUnknown', 'it was given up: the fence holds it');
}

function concludeStep(s: AttemptSituation): readonly Action[] {
  const steps = s.claim?.steps;
  if (steps?.kind !== 'failed') return [];
  const { reason, message, goesOnFromHere } = readFailure(s, s.attempt.cluster, steps);
  if (goesOnFromHere) return [fence(s, 'refused', reason, message)];
  if (steps.step === 'preprocessing' && s.attempt.heardAt === undefined) {
    const failure = { index: steps.item, message };
    return [
      { kind: 'review', ...onCluster(s, s.attempt), when: 'before', mayEnd: true, failure, why: message },
    ];
  }
  return conclude(s, 'step-failed', reason, message);
}

function followSteps(s: AttemptSituation): readonly Action[] {
  const steps = s.claim?.steps;
  if (steps?.kind !== 'running') return [];
  return [followRunner(s, s.attempt.cluster, steps, 'Preparing', `${stepsHere(s)} run`)];
}
