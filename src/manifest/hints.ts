import type { Hint } from '../documents/explain.js';
import { isKnownOption } from './sbatch-options.js';

const OF_RESOURCES = new Set([
  'nbr_jobs_in_array',
  'duration',
  'nbr_processes',
  'nbr_threads_per_process',
  'memory_per_thread',
  'distribution',
  'nbr_of_nodes',
  'partition',
  'sbatch_options',
]);

/** Where a key belongs that is right in another place. */
export const manifestHint: Hint = (path, key) => {
  const atTop = path.length === 0;
  if (atTop && OF_RESOURCES.has(key)) return 'it belongs under resources';
  const option = key.replaceAll('_', '-');
  const here = atTop || path.at(-1) === 'resources';
  if (here && isKnownOption(option))
    return `it is an option of sbatch: write it under resources.sbatch_options as "${option}"`;
  return undefined;
};
