/** What the cluster's ledger keeps of a settled attempt: enough to never run it again, and to show it. */
import type { JobSpec } from '../../model/job.js';
import type { Attempt, Run } from '../../model/run.js';
import { debtsOf, withoutSecrets } from '../../protocol/claim.js';
import { type LedgerLine, renderLedgerLine } from '../../protocol/ledger.js';
import type { Store } from '../../store/store.js';

/** @throws when the attempt is not in the state, or has not ended: both would be defects of the plan */
export function ledgerLineOf(store: Store, token: string): string {
  const attempt = store.attempts.byToken(token);
  const run = attempt && store.runs.byUuid(attempt.runUuid);
  if (!attempt?.outcome || !run) throw new Error(`${token} is to be settled and has not ended`);
  const { phase } = run;
  // One that was never sent is on no cluster: the end that came after it is told with the last that was.
  const attempts = store.attempts.ofRun(run.uuid);
  const sent = attempts.filter(({ outcome }) => outcome !== 'unsent');
  const last = sent.at(-1)?.number === attempt.number;
  const over = last && (phase === 'Succeeded' || phase === 'Failed' || phase === 'Cancelled');
  return renderLedgerLine({
    ...{
      token,
      uuid: run.uuid,
      name: run.name,
      run: run.run,
      generation: run.generation,
      attempt: attempt.number,
    },
    ...{
      cluster: attempt.cluster,
      hash: attempt.hash,
      candidates: run.candidates,
      manifestFile: run.manifestFile,
      ...commitOf(run),
    },
    jobId: attempt.jobId ?? '',
    outcome: attempt.outcome,
    reason: over ? run.reason : (attempt.reason ?? 'Accepted'),
    message: over ? run.message : (attempt.message ?? ''),
    jobDirectory: attempt.jobDirectory ?? '',
    workingDirectory: attempt.workingDirectory ?? '',
    createdAt: attempt.createdAt,
    endedAt: attempt.endedAt ?? 0,
    fetchedAt: attempt.fetchedAt ?? 0,
    ...(run.part === undefined ? {} : { part: run.part }),
    ...ofTasks(attempt),
    ...carriedOut(run, attempt),
    ...debtsOf(attempts),
    ...(over ? { runPhase: phase } : {}),
  });
}

function commitOf({ commit, author }: Run): Pick<LedgerLine, 'commit' | 'author'> {
  return { ...(commit === undefined ? {} : { commit }), ...(author === undefined ? {} : { author }) };
}

function ofTasks({
  tasks,
  taskStates,
  jobStatus,
  results,
}: Attempt): Pick<LedgerLine, 'tasks' | 'taskStates' | 'exitCodes' | 'results'> {
  const codes = jobStatus['ExitCode'];
  const isOfInterest = taskStates.length > 1 && taskStates.some((state) => state !== 'COMPLETED');
  return {
    taskStates,
    ...(tasks === undefined ? {} : { tasks }),
    ...(isOfInterest && codes !== undefined ? { exitCodes: codes } : {}),
    ...(results === undefined ? {} : { results }),
  };
}

/** The job as it was accepted, and what modules made of it. */
function carriedOut(
  { specJson, staged }: Run,
  { preparedJson, source }: Attempt,
): Pick<LedgerLine, 'specJson' | 'stagedJson' | 'preparedJson' | 'source'> {
  return {
    specJson: bare(specJson),
    ...(staged === undefined ? {} : { stagedJson: bare(staged.specJson) }),
    ...(preparedJson === undefined ? {} : { preparedJson: bare(preparedJson) }),
    ...(source === undefined ? {} : { source }),
  };
}

/** Written by us. */
function bare(json: string): string {
  return JSON.stringify(withoutSecrets(JSON.parse(json) as JobSpec));
}
