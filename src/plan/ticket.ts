/** A submission whose answer never came, looked up by its ticket (SPEC §7.6); and what only a person can tell of it. Pure. */
import type { Action } from '../model/action.js';
import type { ClaimFacts } from '../model/observation.js';
import { conclude, fence } from './over.js';
import { type AttemptSituation, mark, wait } from './situation.js';

/** A dead maker's `sbatch` may have reached the controller just now: let the queue show it before fencing. */
const TICKET_GRACE_SECONDS = 5;
/** Behind a balanced login name the maker cannot be asked; `sbatch` itself gives up after about two minutes. */
const TICKET_PATIENCE_SECONDS = 420;
/** The same of one whose turn had not come when it was looked at: those of its exchange that go before it take their time. */
const TURN_PATIENCE_SECONDS = 600;

type Ticket = Exclude<ClaimFacts['ticket'], { readonly kind: 'absent' }>;

/** Somebody took the ticket and no id is known: an answer that never came (SPEC §7.6). */
export function resolveTicket(s: AttemptSituation): readonly Action[] {
  const { claim, observation, attempt } = s;
  if (!claim || claim.ticket.kind === 'absent') return [];
  const { maker, ageSeconds } = claim.ticket;
  if (claim.owner.kind === 'unreadable' || !claim.placed) {
    const lost = claim.placed ? 'cannot be read there' : 'cannot be told: its directory there is gone';
    return [unknownSubmission(s, `whether it was submitted to ${attempt.cluster} ${lost}`)];
  }
  if (observation.queue.kind !== 'answered') {
    const message = `its submission to ${attempt.cluster} is not confirmed: ${whyUnasked(s)}`;
    return [wait(s, 'ControllerUnavailable', message)];
  }
  if (maker === 'alive' || ageSeconds < patienceWith(claim.ticket)) {
    return [wait(s, 'SubmissionUnknown', `its submission to ${attempt.cluster} is under way`)];
  }
  const message =
    claim.ticket.kind === 'waiting'
      ? 'its submission was cut off before its turn came'
      : 'its submission was never answered and its queue shows nothing';
  return [fence(s, 'fenced', 'SubmissionUnknown', message)];
}

/** Where no fence can be made no job can make its mark either: then none runs, and the person's word is enough. */
export function neverSubmitted(s: AttemptSituation): readonly Action[] {
  const message = 'a person said that it was never submitted';
  const { claim } = s;
  const canBeFenced = claim?.placed === true && claim.nonce !== '-' && claim.owner.kind !== 'unreadable';
  return canBeFenced
    ? [fence(s, 'fenced', 'SubmissionUnknown', message)]
    : conclude(s, 'fenced', 'SubmissionUnknown', message);
}

/** Nothing can be under way of what never had its turn and has lost its maker. */
function patienceWith({ kind, maker }: Ticket): number {
  if (kind === 'waiting') return maker === 'unknown' ? TURN_PATIENCE_SECONDS : 0;
  return maker === 'unknown' ? TICKET_PATIENCE_SECONDS : TICKET_GRACE_SECONDS;
}

/** Only a person can tell now, or give it up. */
export function unknownSubmission(s: AttemptSituation, message: string): Action {
  const { name } = s.record.run;
  const words = `sluice resolve ${name} --adopt ID, or --not-submitted; to give it up: sluice cancel ${name}`;
  return mark(
    s,
    'hold',
    'Blocked',
    'SubmissionUnknown',
    `${message}; look there, and say what you found: ${words}`,
  );
}

export function whyUnasked(s: AttemptSituation): string {
  const { queue } = s.observation;
  return queue.kind === 'silent' ? queue.why : 'its queue was not asked';
}
