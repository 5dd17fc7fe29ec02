/** What became of a submission that nobody answered, or of what a lost cluster holds: a person has looked, or knows. */
import { isOwed, type Run, type RunRecord } from '../model/run.js';
import type { ResolveRequest } from '../requests/request.js';
import type { Cause } from '../store/events.js';
import type { Store } from '../store/store.js';

/** @returns why there is nothing to resolve, for a person; undefined where there is */
export function whyNotResolved({ run, attempts }: RunRecord, adopt?: string): string | undefined {
  if (isInQuestion(run)) return undefined;
  const owed = attempts.filter(isOwed).map(({ cluster }) => cluster);
  if (adopt === undefined && owed.length > 0) return undefined;
  if (run.phase === 'Blocked' && run.reason === 'OutcomeUnknown') {
    // The id may have been mistyped by who adopted it.
    if (adopt !== undefined) return undefined;
    const { jobId = 'a job' } = attempts.at(-1) ?? {};
    return `it was submitted as job ${jobId}: if that is another's, say which is its own: sluice resolve ${run.name} --adopt ID; to give it up: sluice cancel ${run.name}`;
  }
  if (owed.length === 0)
    return `its submission is not in question: it stands as ${run.phase} (${run.reason})`;
  return `it has gone on elsewhere, and what ${owed.join(', ')} may hold of it can only be given up: --not-submitted`;
}

function isInQuestion({ phase, reason }: Run): boolean {
  return phase === 'Blocked' && reason === 'SubmissionUnknown';
}

/** Called twice it does no more than once. @returns whether anything changed */
export function resolve(
  store: Store,
  { uuid }: Run,
  { adopt, reason }: ResolveRequest,
  cause: Cause,
): boolean {
  return store.transaction(() => {
    const record = store.records.byUuid(uuid);
    const last = record?.attempts.at(-1);
    if (!record || !last || whyNotResolved(record, adopt) !== undefined) return false;
    if (adopt === undefined && !isInQuestion(record.run)) return giveUpDebts(store, record, reason, cause);
    if (last.state === 'ended') return false;
    if (adopt === undefined) return store.runs.declareNotSubmitted(uuid, last.number, reason, cause);
    if (last.jobId === adopt) return false;
    store.attempts.patch(uuid, last.number, { state: 'submitted', jobId: adopt, submittedAt: store.now() });
    const message = `job ${adopt} is the one that was submitted: ${reason}`;
    store.events.append({ kind: 'resolve', runUuid: uuid, attempt: last.number, message, ...cause });
    return true;
  });
}

/** For good, whatever its cluster holds: when that returns after all, what is there is cancelled before it is settled. */
function giveUpDebts(store: Store, { run, attempts }: RunRecord, reason: string, cause: Cause): boolean {
  for (const { number, cluster } of attempts.filter(isOwed)) {
    const message = `a person said that nothing of it goes on at ${cluster}: ${reason}`;
    const end = {
      state: 'ended',
      outcome: 'superseded',
      reason: 'Superseded',
      endedAt: store.now(),
    } as const;
    store.attempts.patch(run.uuid, number, { ...end, message }, cause);
    store.events.append({ kind: 'resolve', runUuid: run.uuid, attempt: number, message, ...cause });
  }
  store.runs.update(run.uuid, { conditions: run.conditions.filter((each) => each !== 'Debt') }, cause);
  return true;
}
