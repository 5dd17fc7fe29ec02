import { isEnded, type RunRecord } from '../model/run.js';
import type { Context } from './context.js';
import { decide, type Decision, type DecisionFlags, standing } from './decide.js';

const FORGET: Decision = {
  kind: 'forget',
  applies: (record) => record.run.forgottenAt === undefined && isFollowed(record),
  isDone: ({ run }) => run.forgottenAt !== undefined,
  said: (record, asked) => {
    const { name, forgottenAt } = record.run;
    if (!asked && forgottenAt === undefined) return `${name}: is over, and nothing of it is followed`;
    return (
      `${name}: followed no more, and never begun again by itself; what is on its cluster is left alone. It stood as ` +
      `${standing(record)}. To follow it again: sluice resume ${name}`
    );
  },
};

/** It goes on, or its cluster does not know yet that it is over. */
function isFollowed({ run, attempts }: RunRecord): boolean {
  return (
    !isEnded(run.phase) ||
    attempts.some(({ settledAt, outcome }) => settledAt === undefined && outcome !== 'unsent')
  );
}

/** Jobs are tracked no more: a cluster that is lost for good, a job that somebody else looks after now. */
export function forget(at: Context, targets: readonly string[], flags: DecisionFlags): Promise<number> {
  return decide(at, FORGET, targets, flags);
}
