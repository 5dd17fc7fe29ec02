/** What a task of an array is told of the whole, where only some of its tasks run again. */

/**
 * The workload manager counts those that it was given; a job that divides its work by the number of tasks means all. Set
 * before the user's `environment`, which may say otherwise.
 * @param size of the whole array
 */
export function arrayVariables(size: number, isPart: boolean): Readonly<Record<string, string>> {
  if (!isPart) return {};
  return {
    SLURM_ARRAY_TASK_COUNT: String(size),
    SLURM_ARRAY_TASK_MIN: '1',
    SLURM_ARRAY_TASK_MAX: String(size),
  };
}
