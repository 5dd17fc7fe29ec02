/** One task of a job in the light of three witnesses: accounting, the controller, the job's own exit mark. */
import type { Asked, ClaimFacts, ExitMark, JobRow } from '../model/observation.js';
import { bareId } from './ids.js';
import type { EndedTask, Verdict, Vocabulary } from './vocabulary.js';

export type Standing =
  | { readonly kind: 'live'; readonly state: string; readonly row: JobRow; readonly waiting: boolean }
  | {
      readonly kind: 'ended';
      readonly task: EndedTask;
      readonly verdict: Verdict;
      readonly row: JobRow | undefined;
    }
  /** No witness knows it, or none that could be asked. */
  | { readonly kind: 'unknown' };

/** The rows of one job by task. */
export interface Witness {
  readonly asked: Asked<readonly JobRow[]>['kind'];
  rowOf(task: number): JobRow | undefined;
}

/** @param rows those of the judged job alone */
export function witness(asked: Asked<readonly JobRow[]>, rows: readonly JobRow[]): Witness {
  const byTask = new Map<number, JobRow>();
  for (const row of rows) {
    for (const task of row.tasks) {
      const before = byTask.get(task);
      // A task that was started again has an old row and a new one.
      if (!before || !row.ended || (before.ended && (row.submittedAt ?? 0) >= (before.submittedAt ?? 0))) {
        byTask.set(task, row);
      }
    }
  }
  return { asked: asked.kind, rowOf: (task) => byTask.get(task) ?? byTask.get(0) };
}

export interface Testimony {
  readonly queue: Witness;
  readonly accounting: Witness;
  readonly claim: ClaimFacts | undefined;
  /** Whose end is asked about. */
  readonly jobId: string;
}

/** A live row in the queue beats every terminal word; then accounting, the controller, the mark, in this order. */
export function standingOf(task: number, testimony: Testimony, words: Vocabulary): Standing {
  const { queue, accounting } = testimony;
  const queued = queue.rowOf(task);
  const accounted = accounting.rowOf(task);
  const mark = markOf(task, testimony);
  if (queued && !queued.ended) return live(queued, words);
  if (accounted?.ended) {
    // Preempted or lost with its node, it may stand in the queue again; only the controller can tell that it does not.
    if (words.mayReturn(accounted.state) && queue.asked !== 'answered') return { kind: 'unknown' };
    return ended(accounted, mark, testimony, words);
  }
  if (queued) return ended(queued, mark, testimony, words);
  if (queue.asked === 'answered') return mark ? endedByMark(mark, testimony, words) : { kind: 'unknown' };
  return accounted ? live(accounted, words) : { kind: 'unknown' };
}

function markOf(task: number, testimony: Testimony): ExitMark | undefined {
  return testimony.claim?.exits.find((mark) => mark.task === task && bareId(mark.jobId) === testimony.jobId);
}

function live(row: JobRow, words: Vocabulary): Standing {
  return { kind: 'live', state: row.state, row, waiting: words.kindOf(row.state) === 'waiting' };
}

function ended(row: JobRow, mark: ExitMark | undefined, testimony: Testimony, words: Vocabulary): Standing {
  return conclude(
    {
      state: row.state,
      exitCode: row.exitCode ?? (mark ? `${mark.exitCode}:0` : ''),
      reason: row.reason,
      printed: row.fields['State'] ?? row.state,
      mark,
      owner: testimony.claim?.owner ?? { kind: 'unreadable' },
    },
    row,
    words,
  );
}

function endedByMark(mark: ExitMark, testimony: Testimony, words: Vocabulary): Standing {
  const state = mark.exitCode === 0 ? 'COMPLETED' : 'FAILED';
  const owner = testimony.claim?.owner ?? { kind: 'unreadable' };
  const task = { state, exitCode: `${mark.exitCode}:0`, reason: '', printed: state, mark, owner };
  return conclude(task, undefined, words);
}

function conclude(task: EndedTask, row: JobRow | undefined, words: Vocabulary): Standing {
  const verdict = words.verdictOf(task);
  return verdict ? { kind: 'ended', task, verdict, row } : { kind: 'unknown' };
}
