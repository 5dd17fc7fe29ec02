import type { Attempt } from '../../model/run.js';
import type { Outline } from '../../store/records.js';
import { phasePaint, table } from './table.js';
import type { Terminal } from './terminal.js';
import { age } from './time.js';

/** On a narrower terminal the message is worth more than the one word for it. */
const ROOM_FOR_REASON = 100;

/** One job a line, as `get` and `reconcile` show them. */
export function jobTable(out: Terminal, records: readonly Outline[], now: number, wide = false): string {
  const reasons = wide || out.width === undefined || out.width >= ROOM_FOR_REASON;
  const head = [
    ...['NAME', 'RUN', 'PHASE', 'CLUSTER', 'JOB', 'AGE', ...(reasons ? ['REASON'] : [])],
    ...(wide ? ['UUID', 'CONDITIONS', 'STATES', 'DIRECTORY'] : []),
    'MESSAGE',
  ];
  const rows = records.map((record) => jobCells(record, now, wide, reasons));
  return table(head, rows, { width: out.width, paint: phasePaint(out, head.indexOf('PHASE')) });
}

function jobCells({ run, attempts }: Outline, now: number, wide: boolean, reasons: boolean): string[] {
  const last = attempts.at(-1);
  return [
    run.name,
    run.generation === 0 ? run.run : `${run.run} g${run.generation}`,
    run.phase,
    last?.cluster ?? '-',
    last?.jobId ?? '-',
    age(now - run.createdAt),
    ...(reasons ? [run.reason] : []),
    ...(wide ? [run.uuid, run.conditions.join(',') || '-', statesText(last), last?.jobDirectory ?? '-'] : []),
    run.message,
  ];
}

/** `3 COMPLETED, 2 RUNNING`: the tasks of an array by state. */
export function statesText(attempt: Pick<Attempt, 'taskStates'> | undefined): string {
  const counts = new Map<string, number>();
  for (const state of attempt?.taskStates ?? []) counts.set(state, (counts.get(state) ?? 0) + 1);
  if (counts.size === 0) return '-';
  if (attempt?.taskStates.length === 1) return attempt.taskStates[0] ?? '-';
  return [...counts].map(([state, number]) => `${number} ${state}`).join(', ');
}
