/** Slurm behind the port: the pure half. The other is `wrapper/slurm.sh`. */
import { judge } from '../evidence/judge.js';
import type { WorkloadManager } from '../ports.js';
import { parseAccounting, parseQueue } from './parse.js';
import { readRefusal } from './refusal.js';
import { renderSlurmJob } from './render.js';
import { parseStatus } from './status.js';
import { SLURM_WORDS } from './words.js';

export const slurm: WorkloadManager = {
  kind: 'slurm',
  wrapperPart: 'slurm.sh',
  render: renderSlurmJob,
  parseQueue,
  parseAccounting,
  parseStatus,
  readRefusal,
  judge: (job, facts) => judge(job, facts, SLURM_WORDS),
};
