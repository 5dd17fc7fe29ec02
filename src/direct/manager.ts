/** Processes of this machine behind the port: the pure half. The other is `wrapper/direct.sh`. */
import { judge } from '../evidence/judge.js';
import { accountingRows, queueRows } from '../evidence/rows.js';
import type { Asked, JobRow } from '../model/observation.js';
import type { RawAnswer, WorkloadManager } from '../ports.js';
import { renderDirectJob } from './render.js';
import { parseStatus } from './status.js';
import { DIRECT_WORDS } from './words.js';

export const direct: WorkloadManager = {
  kind: 'direct',
  wrapperPart: 'direct.sh',
  render: renderDirectJob,
  parseQueue: (raw) => answered(raw, timedRows),
  parseAccounting: (raw) => answered(raw, accountingRows),
  parseStatus,
  readRefusal: (exitCode, text) => ({
    transient: false,
    reason: 'Refused',
    message: `this machine did not take the job (code ${exitCode})${text.trim() ? `: ${text.trim()}` : ''}`,
  }),
  judge: (job, facts) => judge(job, facts, DIRECT_WORDS),
};

type Reader = typeof queueRows;

/** Seconds become what Slurm would print. */
function timedRows(...[lines, words]: Parameters<Reader>): JobRow[] {
  return queueRows(lines, words).map((row) => {
    const { Elapsed: took = '' } = row.fields;
    return {
      ...row,
      fields: { ...row.fields, Elapsed: /^\d+$/.test(took) ? elapsedText(Number(took)) : '' },
    };
  });
}

/** `[D-]HH:MM:SS`. */
function elapsedText(seconds: number): string {
  const two = (count: number): string => String(count).padStart(2, '0');
  const [days, rest] = [Math.floor(seconds / 86_400), seconds % 86_400];
  const clock = [Math.floor(rest / 3_600), Math.floor((rest % 3_600) / 60), rest % 60].map(two).join(':');
  return days > 0 ? `${days}-${clock}` : clock;
}

function answered(raw: RawAnswer, read: Reader): Asked<readonly JobRow[]> {
  if (raw.exitCode === 'none') return { kind: 'none' };
  if (raw.exitCode !== 0)
    return { kind: 'silent', why: raw.errors.slice(-2).join('; ') || `code ${raw.exitCode}` };
  return { kind: 'answered', value: read(raw.lines, DIRECT_WORDS) };
}
