import { isEnded, type RunRecord } from '../model/run.js';
import type { Context } from './context.js';
import { decide, type Decision, type DecisionFlags, standing } from './decide.js';

const CANCEL: Decision = {
  kind: 'cancel',
  objection: (_, { run }) =>
    run.forgottenAt !== undefined && !isEnded(run.phase)
      ? `it is followed no more, so that nobody would see its end; first: sluice resume ${run.name}`
      : undefined,
  applies: ({ run }) => !isEnded(run.phase),
  isDone: ({ run }) => isEnded(run.phase),
  said,
};

export function cancel(at: Context, targets: readonly string[], flags: DecisionFlags): Promise<number> {
  return decide(at, CANCEL, targets, flags);
}

function said(record: RunRecord, asked: boolean): string {
  const { name, phase, reason, cancelRequested } = record.run;
  if (!asked || (isEnded(phase) && !cancelRequested))
    return `${name}: had ended already: ${phase} (${reason})`;
  return phase === 'Cancelled'
    ? `${name}: cancelled`
    : `${name}: cancel requested; it still stands as ${standing(record)}; to see its end: sluice reconcile --once`;
}
