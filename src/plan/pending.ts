/** A job that waits in the queue: that it does, why, and for how long; or that it is better gone elsewhere. Pure. */
import type { Action, Mark } from '../model/action.js';
import type { Pending } from '../model/observation.js';
import type { Attempt } from '../model/run.js';
import { nextAttempt } from './ended.js';
import { fence } from './over.js';
import { type AttemptSituation, mark } from './situation.js';

export function planPending(
  s: AttemptSituation,
  jobId: string,
  pending: Pending | undefined,
  tasks: Mark['tasks'],
): readonly Action[] {
  const { cluster } = s.attempt;
  if (pending?.hopeless) {
    const message = `it would never start there (${pending.reason})`;
    return [fence(s, 'refused', 'HopelessRequest', message, jobId)];
  }
  const why = reasonWords(pending);
  if (pending?.closed && canGoElsewhere(s)) {
    return [fence(s, 'refused', 'HopelessRequest', `it does not start there${why}`, jobId)];
  }
  const message = `job ${jobId} waits on ${cluster}${why}${ageWords(s)}`;
  return [mark(s, 'progress', 'Queued', 'WaitingInQueue', message, tasks ? { tasks } : {})];
}

function reasonWords(pending: Pending | undefined): string {
  if (pending === undefined || pending.reason === '' || pending.reason === 'None') return '';
  const { reason, words } = pending;
  return words === undefined ? `: ${reason}` : `: ${reason} (${words})`;
}

/** Another cluster would take it now. Nobody is asked more often for it than he is anyway. */
function canGoElsewhere(s: AttemptSituation): boolean {
  const { run, attempts } = s.record;
  const turnedDown: Attempt = { ...s.attempt, state: 'ended', outcome: 'refused', reason: 'HopelessRequest' };
  const record = {
    run: { ...run, reason: 'QueueLimit' as const },
    attempts: attempts.map((each) => (each.number === s.attempt.number ? turnedDown : each)),
  };
  return nextAttempt({ ...s, record }).some(({ kind }) => kind === 'stage');
}

const HOUR_MS = 3_600_000;
/** Few steps, so that the words change seldom. */
const AGES: readonly (readonly [words: string, ms: number])[] = [
  ['a month', 30 * 24 * HOUR_MS],
  ['a week', 7 * 24 * HOUR_MS],
  ['three days', 3 * 24 * HOUR_MS],
  ['a day', 24 * HOUR_MS],
  ['six hours', 6 * HOUR_MS],
  ['an hour', HOUR_MS],
];

function ageWords({ attempt, planning }: AttemptSituation): string {
  const age = planning.facts.now - (attempt.submittedAt ?? planning.facts.now);
  const [words] = AGES.find(([, ms]) => age >= ms) ?? [];
  return words === undefined ? '' : `, for more than ${words}`;
}
