/**
 * Slurm's job states and what they mean to a follower.
 * Source: https://slurm.schedmd.com/job_state_codes.html, and the older words that sites still print.
 */
import type { StateKind } from '../evidence/vocabulary.js';

/** The nine base states in which a job has ended; everything else is live. */
const TERMINAL = [
  'BOOT_FAIL',
  'CANCELLED',
  'COMPLETED',
  'DEADLINE',
  'FAILED',
  'NODE_FAIL',
  'OUT_OF_MEMORY',
  'PREEMPTED',
  'TIMEOUT',
];
/** Has not begun, or is to begin again. */
const WAITING = [
  'PENDING',
  'CONFIGURING',
  'EXPEDITING',
  'LAUNCH_FAILED',
  'POWER_UP_NODE',
  'RECONFIG_FAIL',
  'REQUEUED',
  'REQUEUE_FED',
  'REQUEUE_HOLD',
  'RESV_DEL_HOLD',
  'REVOKED', // a sibling of a federation has it; whether it has ended only that one knows
  'SPECIAL_EXIT',
];
/** COMPLETING is here: processes still end, and a requeue may follow. */
const RUNNING = [
  'RUNNING',
  'COMPLETING',
  'RESIZING',
  'SIGNALING',
  'STAGE_OUT',
  'STOPPED',
  'SUSPENDED',
  'UPDATE_DB',
];

const KINDS: ReadonlyMap<string, StateKind> = new Map([
  ...TERMINAL.map((word) => [word, 'terminal'] as const),
  ...WAITING.map((word) => [word, 'waiting'] as const),
  ...RUNNING.map((word) => [word, 'running'] as const),
]);

/** Undefined for a word that no Slurm of our knowledge prints. */
export function kindOfState(state: string): StateKind | undefined {
  return KINDS.get(state);
}

/** With requeueing on, Slurm puts a job back into the queue after these. */
export function mayReturnAfter(state: string): boolean {
  return state === 'PREEMPTED' || state === 'NODE_FAIL' || state === 'BOOT_FAIL';
}

/** `CANCELLED by 1001` → `CANCELLED`; `OUT_OF_ME+` → `OUT_OF_MEMORY`; an unknown word stays as it is. */
export function normaliseState(printed: string): string {
  const word = printed.trim().split(/\s+/)[0]?.toUpperCase() ?? '';
  if (!word.endsWith('+')) return word;
  const cut = word.slice(0, -1);
  if (KINDS.has(cut)) return cut;
  const candidates = [...KINDS.keys()].filter((state) => state.startsWith(cut));
  const [only] = candidates;
  return candidates.length === 1 && only !== undefined ? only : cut;
}
