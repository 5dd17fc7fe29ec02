import type { Context } from './context.js';
import { decide, type Decision, type DecisionFlags, standing } from './decide.js';
import { UsageError } from './failures.js';

export interface ResolveFlags extends DecisionFlags {
  readonly adopt?: string;
  readonly notSubmitted?: boolean;
}

/** What a person found out about a submission that nobody answered, or about what a lost cluster held. */
export function resolve(at: Context, name: string, flags: ResolveFlags): Promise<number> {
  const { adopt, notSubmitted = false } = flags;
  if ((adopt !== undefined) === notSubmitted)
    throw new UsageError('say what you found: --adopt ID, the job that was submitted, or --not-submitted');
  if (adopt !== undefined && !/^[0-9]+(;[A-Za-z0-9_.-]+)?$/.test(adopt))
    throw new UsageError(`"${adopt}" is no job id: it is a number, as squeue and sacct show it`);
  const decision: Decision = {
    kind: 'resolve',
    ...(adopt === undefined ? {} : { more: { adopt } }),
    objection: (app, record) => app.whyNotResolved(record, adopt),
    applies: () => true,
    isDone: ({ run }) => run.phase !== 'Blocked' && !run.conditions.includes('Debt'),
    said: (record) => `${record.run.name}: ${standing(record)}`,
  };
  return decide(at, decision, [name], flags);
}
