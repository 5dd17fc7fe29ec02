/** Slurm's words for the common judge. */
import { verdictOfEnd } from '../evidence/end.js';
import type { EndedTask, Vocabulary } from '../evidence/vocabulary.js';
import { prospectOf } from './pending.js';
import { kindOfState, mayReturnAfter, normaliseState } from './states.js';

export const SLURM_WORDS: Vocabulary = {
  normalise: normaliseState,
  kindOf: kindOfState,
  mayReturn: mayReturnAfter,
  prospectOf,
  verdictOf: (task) => verdictOfEnd(task, launchFailed(task)),
};

/** What slurmd reports when it cannot open the output files on the node: sacct has the code, squeue the reason. */
function launchFailed(task: EndedTask): boolean {
  return task.exitCode === '0:53' || task.reason === 'JobLaunchFailure';
}
