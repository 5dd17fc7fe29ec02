/** The states of a direct job: few, and named as Slurm names them, so that records read alike. */
import { verdictOfEnd } from '../evidence/end.js';
import type { StateKind, Vocabulary } from '../evidence/vocabulary.js';

const KINDS: ReadonlyMap<string, StateKind> = new Map([
  ['PENDING', 'waiting'],
  ['RUNNING', 'running'],
  ['SUSPENDED', 'running'],
  ['COMPLETED', 'terminal'],
  ['FAILED', 'terminal'],
  ['CANCELLED', 'terminal'],
  ['TIMEOUT', 'terminal'],
  // its process is gone without a word: killed, or the machine went down
  ['NODE_FAIL', 'terminal'],
]);

export const DIRECT_WORDS: Vocabulary = {
  normalise: (printed) => printed.trim().toUpperCase(),
  kindOf: (state) => KINDS.get(state),
  mayReturn: () => false,
  prospectOf: () => ({ kind: 'waits' }),
  verdictOf: (task) => verdictOfEnd(task, false),
};
