/** What became of a submission that nobody answered, and that its cluster cannot tell: a person has looked. */
import type { Run, RunRecord } from '../model/run.js';
import type { ResolveRequest } from '../requests/request.js';
import type { Cause } from '../store/events.js';
import type { Store } from '../store/store.js';

/** @returns why there is nothing to resolve, for a person; undefined where there is */
export function whyNotResolved({ run, attempts }: RunRecord, adopt: string | undefined): string | undefined {
  if (run.phase === 'Blocked' && run.reason === 'SubmissionUnknown') return undefined;
  if (run.phase === 'Blocked' && run.reason === 'OutcomeUnknown') {
    // The id may have been mistyped by who adopted it.
    if (adopt !== undefined) return undefined;
    const { jobId = 'a job' } = attempts.at(-1) ?? {};
    return `it was submitted as job ${jobId}: if that is another's, say which is its own: sluice resolve ${run.name} --adopt ID; to give it up: sluice cancel ${run.name}`;
  }
  return `its submission is not in question: it stands as ${run.phase} (${run.reason})`;
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
    if (!record || !last || last.state === 'ended' || whyNotResolved(record, adopt) !== undefined)
      return false;
    if (adopt === undefined) return store.runs.declareNotSubmitted(uuid, last.number, reason, cause);
    if (last.jobId === adopt) return false;
    store.attempts.patch(uuid, last.number, { state: 'submitted', jobId: adopt, submittedAt: store.now() });
    const message = `job ${adopt} is the one that was submitted: ${reason}`;
    store.events.append({ kind: 'resolve', runUuid: uuid, attempt: last.number, message, ...cause });
    return true;
  });
}
