/** Lines as the wrapper frames them, built the way Slurm prints them. */
import type { RawAnswer } from '../../src/ports.js';

export const TOKEN = 'fit.0b7c.1';
/** Epoch seconds at which everything here was submitted. */
export const SUBMITTED = 1_790_000_000;

export function queueLine(
  id: string,
  state: string,
  more: { reason?: string; name?: string; submit?: number } = {},
): string {
  const { reason = 'None', name = TOKEN, submit = SUBMITTED } = more;
  return [id, state, reason, String(submit), name].join('\x1f');
}

export function accountingLine(
  id: string,
  state: string,
  more: { exitCode?: string; name?: string; submit?: number } = {},
): string {
  const { exitCode = '0:0', name = TOKEN, submit = SUBMITTED } = more;
  const times = [submit, submit + 5, submit + 65].map(String);
  return [
    ...[id, id.split('_')[0] ?? '', state, exitCode, ...times, '00:01:00', 'n[1-2]', '2', '4', '00:04:00'],
    ...['cpu=4,mem=800M,node=2', 'cpu=4,mem=800M,node=2', '/scratch/alice/w', name],
  ].join('\x1f');
}

/** A line of sinfo for a node of 16 CPUs. */
export function nodeLine(
  host: string,
  state: string,
  more: { partition?: string; cpus?: string; load?: string; memory?: string; gres?: string } = {},
): string {
  const { partition = 'batch', cpus = '0/16/0/16', load = '0.50', memory = '64000', gres = '(null)' } = more;
  return [host, partition, state, cpus, '2:8:1', load, memory, '60000', gres].join('\x1f');
}

export function answer(
  lines: readonly string[],
  exitCode: RawAnswer['exitCode'] = 0,
  errors: readonly string[] = [],
): RawAnswer {
  return { exitCode, lines, errors };
}
