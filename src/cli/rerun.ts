import { isEnded, type RunRecord } from '../model/run.js';
import type { Context } from './context.js';
import { decide, type Decision, type DecisionFlags, standing } from './decide.js';
import { UsageError } from './failures.js';

export interface RerunFlags extends DecisionFlags {
  readonly failedTasks?: boolean;
}

const RERUN: Decision = {
  kind: 'rerun',
  showsLatest: true,
  objection: (app, record) => app.whyNotAgain(record),
  applies: () => true,
  isDone: ({ run }) => !isEnded(run.phase),
  said: (record: RunRecord) =>
    `${record.run.name}: runs again as generation ${record.run.generation}: ${standing(record)}`,
};

/** The next generation of runs that have ended. */
export function rerun(at: Context, targets: readonly string[], flags: RerunFlags): Promise<number> {
  if (flags.failedTasks === true)
    throw new UsageError(
      'this version does not run single tasks of an array again: leave --failed-tasks out',
    );
  return decide(at, RERUN, targets, flags);
}
