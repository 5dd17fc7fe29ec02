import { isEnded, type RunRecord } from '../model/run.js';
import { taskWords } from '../model/tasks.js';
import type { Context } from './context.js';
import { decide, type Decision, type DecisionFlags, standing } from './decide.js';

export interface RerunFlags extends DecisionFlags {
  readonly failedTasks?: boolean;
}

const rerunOf = (failedTasks: boolean): Decision => ({
  kind: 'rerun',
  ...(failedTasks ? { more: { failedTasks: true } } : {}),
  showsLatest: true,
  objection: (app, record) => app.whyNotAgain(record, failedTasks),
  applies: () => true,
  isDone: ({ run }) => !isEnded(run.phase),
  said: (record: RunRecord) =>
    `${record.run.name}: ${whatOf(record)} again as generation ${record.run.generation}: ${standing(record)}`,
});

function whatOf({ run: { part } }: RunRecord): string {
  if (part === undefined) return 'runs';
  return `${taskWords(part.tasks)} ${part.tasks.length === 1 ? 'runs' : 'run'}`;
}

/** The next generation of runs that have ended, or of their failed tasks alone. */
export function rerun(at: Context, targets: readonly string[], flags: RerunFlags): Promise<number> {
  return decide(at, rerunOf(flags.failedTasks === true), targets, flags);
}
