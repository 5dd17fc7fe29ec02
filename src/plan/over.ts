/** The two ways in which an attempt on a cluster ends: it is known how, or the fence makes it so. Pure. */
import type { Action } from '../model/action.js';
import type { JobEvidence } from '../model/observation.js';
import type { Attempt, Outcome, Reason } from '../model/run.js';
import { planEnded } from './ended.js';
import { type AttemptSituation, onCluster } from './situation.js';

/** By positive evidence, with what follows from it. */
export function conclude(
  s: AttemptSituation,
  outcome: Outcome,
  reason: Reason,
  message: string,
  evidence?: Pick<JobEvidence, 'taskStates' | 'jobStatus'>,
): readonly Action[] {
  const taskStates = evidence?.taskStates ?? s.attempt.taskStates;
  const jobStatus = evidence?.jobStatus ?? s.attempt.jobStatus;
  const attempt: Attempt = { ...s.attempt, state: 'ended', outcome, reason, message, taskStates, jobStatus };
  const attempts = s.record.attempts.map((each) => (each.number === attempt.number ? attempt : each));
  return [
    {
      kind: 'conclude',
      ...onCluster(s, s.attempt),
      outcome,
      reason,
      message,
      taskStates,
      jobStatus,
      why: message,
    },
    ...planEnded({ ...s, record: { ...s.record, attempts } }),
  ];
}

/** Whatever a late submission still does, it runs no user code from then on. @param jobId cancelled beside it */
export function fence(
  s: AttemptSituation,
  outcome: Outcome,
  reason: Reason,
  message: string,
  jobId?: string,
): Action {
  return {
    kind: 'fence',
    ...onCluster(s, s.attempt),
    outcome,
    reason,
    message,
    ...(jobId === undefined ? {} : { jobId }),
    why: message,
  };
}
