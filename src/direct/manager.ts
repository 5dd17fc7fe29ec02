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
  parseQueue: (raw) => answered(raw, queueRows),
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

function answered(raw: RawAnswer, read: Reader): Asked<readonly JobRow[]> {
  if (raw.exitCode === 'none') return { kind: 'none' };
  if (raw.exitCode !== 0)
    return { kind: 'silent', why: raw.errors.slice(-2).join('; ') || `code ${raw.exitCode}` };
  return { kind: 'answered', value: read(raw.lines, DIRECT_WORDS) };
}
