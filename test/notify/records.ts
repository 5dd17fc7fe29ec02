/** Runs as they stand when their owners are told. */
import type { Attempt, Run, RunRecord } from '../../src/model/run.js';
import { sampleAttempt, sampleRun } from '../store/fixtures/samples.js';

export const UUID = sampleRun(1).uuid;

/** A run of `lattice`; each further argument is an attempt, the first on lemaitre3, the next on nic5. */
export function recordOf(run: Partial<Run>, ...attempts: readonly Partial<Attempt>[]): RunRecord {
  const made = sampleRun(1, { name: 'lattice', candidates: ['lemaitre3', 'nic5'], ...run });
  const cluster = (index: number): string => (index === 0 ? 'lemaitre3' : 'nic5');
  return {
    run: made,
    attempts: attempts.map((each, index) => ({
      ...sampleAttempt(made, index + 1, { cluster: cluster(index), state: 'submitted' }),
      ...(each.outcome === undefined ? {} : { state: 'ended' as const }),
      ...each,
    })),
  };
}
