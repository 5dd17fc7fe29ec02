import type { JobSpec } from '../model/job.js';
import type { Run } from '../model/run.js';

/**
 * The job as the run was accepted with it. The state is its only writer, so its shape is vouched for here.
 * @returns undefined where the JSON cannot be read.
 */
export function specOf(run: Run): JobSpec | undefined {
  try {
    const value: unknown = JSON.parse(run.specJson);
    return typeof value === 'object' && value !== null ? (value as JobSpec) : undefined;
  } catch {
    return undefined;
  }
}
