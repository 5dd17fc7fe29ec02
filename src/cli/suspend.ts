import { isEnded, type RunRecord } from '../model/run.js';
import type { Context } from './context.js';
import { decide, type Decision, type DecisionFlags, standing } from './decide.js';

const SUSPEND: Decision = {
  kind: 'suspend',
  applies: ({ run }) => !isEnded(run.phase) && !run.suspendRequested,
  isDone: ({ run }) => run.suspendRequested || isEnded(run.phase),
  said: (record) => {
    const { name, phase, reason } = record.run;
    if (isEnded(phase)) return `${name}: had ended already: ${phase} (${reason})`;
    if (phase === 'Suspended') return `${name}: suspended; to let it go: sluice resume ${name}`;
    return `${name}: gets no new attempt until "sluice resume ${name}"; what was begun is left alone: ${standing(record)}`;
  },
};

const RESUME: Decision = {
  kind: 'resume',
  applies: ({ run }) => run.forgottenAt !== undefined || (run.suspendRequested && !isEnded(run.phase)),
  isDone: ({ run }) => run.forgottenAt === undefined && (!run.suspendRequested || isEnded(run.phase)),
  said: resumed,
};

export function suspend(at: Context, targets: readonly string[], flags: DecisionFlags): Promise<number> {
  return decide(at, SUSPEND, targets, flags);
}

export function resume(at: Context, targets: readonly string[], flags: DecisionFlags): Promise<number> {
  return decide(at, RESUME, targets, flags);
}

function resumed(record: RunRecord, asked: boolean): string {
  const { name, phase, reason } = record.run;
  if (isEnded(phase)) return `${name}: had ended already: ${phase} (${reason})`;
  if (reason === 'SuspendedByManifest')
    return `${name}: its manifest says suspend: true; take that out to let it go`;
  return `${name}: ${asked ? 'goes on' : 'was not suspended'}: ${standing(record)}`;
}
