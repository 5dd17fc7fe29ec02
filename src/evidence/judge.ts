/**
 * The verdict about a submitted job. Only positive evidence of the job that owns the attempt ends it, matched by id
 * and token, submitted not before the attempt. Absence, silence and unknown words end nothing.
 */
import type { Asked, ClaimFacts, JobEvidence, JobRow } from '../model/observation.js';
import type { SubmittedJob } from '../ports.js';
import { bareId } from './ids.js';
import { jobStatusOf, stateOf } from './job-status.js';
import { rowsNamed } from './by-name.js';
import { type Standing, standingOf, witness } from './standing.js';
import type { Verdict, Vocabulary } from './vocabulary.js';

/**
 * How far our clock may have been wrong when the attempt was committed, in seconds: the offset that is measured is today's,
 * and id and token, which both match, speak for themselves.
 */
const SUBMIT_TOLERANCE_SECONDS = 24 * 3600;
/** Tasks that a message names before it only counts. */
const TASKS_NAMED = 5;

export interface JudgedFacts {
  readonly claim: ClaimFacts | undefined;
  readonly queue: Asked<readonly JobRow[]>;
  readonly accounting: Asked<readonly JobRow[]>;
  /** Seconds that the cluster's clock is ahead of ours. */
  readonly clockOffsetSeconds: number;
}

export function judge(job: SubmittedJob, facts: JudgedFacts, words: Vocabulary): JobEvidence {
  const jobId = judgedId(job, facts.claim);
  const since = job.createdAt / 1000 + facts.clockOffsetSeconds - SUBMIT_TOLERANCE_SECONDS;
  const isOurs = (row: JobRow): boolean =>
    row.jobId === jobId && (row.submittedAt === undefined || row.submittedAt >= since);
  const rowsOf = (asked: Asked<readonly JobRow[]>): readonly JobRow[] =>
    asked.kind === 'answered' ? rowsNamed(asked.value, job.token).filter(isOurs) : [];

  const queued = rowsOf(facts.queue);
  const accounted = rowsOf(facts.accounting);
  const testimony = {
    queue: witness(facts.queue, queued),
    accounting: witness(facts.accounting, accounted),
    claim: facts.claim,
    jobId,
  };
  const { tasks } = job;
  const standings = tasks.map((task) => standingOf(task, testimony, words));
  const unknown = [...queued, ...accounted].map((row) => row.state).filter((word) => !words.kindOf(word));
  return {
    ...conclude(standings, tasks, facts, words),
    taskStates: standings.map(stateOf),
    jobStatus: jobStatusOf(jobId, tasks, standings),
    unknownWords: [...new Set(unknown)],
  };
}

/** The owner is who runs the user's code; a twin of the same name runs nothing and proves nothing. */
function judgedId(job: SubmittedJob, claim: ClaimFacts | undefined): string {
  return bareId(claim?.owner.kind === 'job' ? claim.owner.jobId : job.jobId);
}

function conclude(
  standings: readonly Standing[],
  tasks: readonly number[],
  facts: JudgedFacts,
  words: Vocabulary,
): Pick<JobEvidence, 'kind' | 'pending' | 'verdict'> {
  const live = standings.filter((each) => each.kind === 'live');
  if (live.length > 0) {
    const waiting = live.filter((each) => each.waiting);
    const pending = pendingOf(
      waiting.map((each) => each.row.reason),
      waiting.length === live.length,
      words,
    );
    const kind = waiting.length === standings.length ? 'waiting' : 'running';
    return { kind, ...(pending ? { pending } : {}) };
  }
  const ended = standings.filter((each) => each.kind === 'ended');
  if (ended.length === standings.length) {
    return {
      kind: 'ended',
      verdict: verdictOf(ended.map((each, i) => ({ ...each.verdict, task: tasks[i] ?? 0 }))),
    };
  }
  const asked = facts.queue.kind === 'answered' && facts.accounting.kind !== 'silent';
  return { kind: asked ? 'gone' : 'silent' };
}

/** Hopeless only when nothing of the job runs and no part of it has hope. */
function pendingOf(
  reasons: readonly string[],
  nothingRuns: boolean,
  words: Vocabulary,
): JobEvidence['pending'] {
  const told = reasons.filter((reason) => reason !== '' && reason !== 'None');
  const [first] = told;
  if (first === undefined) return undefined;
  const prospects = told.map((reason) => words.prospectOf(reason));
  const isStuck =
    nothingRuns && told.length === reasons.length && prospects.every(({ kind }) => kind !== 'waits');
  const hopeless = isStuck && prospects.every(({ kind }) => kind === 'never');
  const explained = prospects[0]?.words;
  return {
    reason: first,
    hopeless,
    ...(isStuck && !hopeless ? { closed: true } : {}),
    ...(explained === undefined ? {} : { words: explained }),
  };
}

function verdictOf(ends: readonly (Verdict & { readonly task: number })[]): Verdict {
  const bad = ends.filter((end) => end.outcome !== 'completed');
  const worst = bad.find((end) => end.outcome === 'failed') ?? bad[0] ?? ends[0];
  if (!worst) throw new RangeError('a job without tasks cannot be judged');
  const { outcome, reason, message } = worst;
  if (ends.length === 1) return { outcome, reason, message };
  if (bad.length === 0) return { outcome, reason, message: `all ${ends.length} tasks completed` };
  const named = bad.slice(0, TASKS_NAMED).map((end) => `task ${end.task}: ${end.message}`);
  const more = bad.length > TASKS_NAMED ? [`and ${bad.length - TASKS_NAMED} more`] : [];
  const list = [...named, ...more].join('; ');
  return { outcome, reason, message: `${bad.length} of ${ends.length} tasks did not complete: ${list}` };
}
