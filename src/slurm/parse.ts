/** What squeue and sacct answered, or that they could not. */
import { accountingRows, queueRows } from '../evidence/rows.js';
import type { Asked, JobRow } from '../model/observation.js';
import type { RawAnswer } from '../ports.js';
import { SLURM_WORDS } from './words.js';

/** The site keeps no accounting: a fact about it, not a failure. */
const NO_ACCOUNTING =
  /accounting storage is disabled|accounting_storage\/none|SlurmDBD.*not (configured|enabled)/i;
/** Asked about an id that the controller has forgotten: an answer, and its answer is "no". */
const FORGOTTEN_ID = /invalid job id specified/i;

export function parseQueue(raw: RawAnswer): Asked<readonly JobRow[]> {
  if (raw.exitCode === 'none') return { kind: 'none' };
  const onlyForgotten = raw.errors.length > 0 && raw.errors.every((line) => FORGOTTEN_ID.test(line));
  if (raw.exitCode !== 0 && !onlyForgotten) return silent('squeue', raw);
  return { kind: 'answered', value: queueRows(raw.lines, SLURM_WORDS) };
}

export function parseAccounting(raw: RawAnswer): Asked<readonly JobRow[]> {
  if (raw.exitCode === 'none') return { kind: 'none' };
  if (raw.errors.some((line) => NO_ACCOUNTING.test(line))) return { kind: 'none' };
  // sacct may say "connection refused" and still exit with 0
  const complained = [...raw.errors, ...raw.lines].some((line) => /^sacct: (error|fatal):/.test(line));
  const rows = accountingRows(raw.lines, SLURM_WORDS);
  if (raw.exitCode !== 0 || (complained && rows.length === 0)) return silent('sacct', raw);
  return { kind: 'answered', value: rows };
}

function silent(command: string, raw: RawAnswer): Asked<never> {
  const words = [...raw.errors, ...raw.lines].map((line) => line.trim()).filter((line) => line !== '');
  const last = words.slice(-2).join('; ') || 'it said nothing';
  return { kind: 'silent', why: `${command} failed with code ${raw.exitCode}: ${last}` };
}
