/**
 * Mebibytes as `--mem-per-cpu` takes them: always with the unit, because a bare number's unit is a site's choice.
 * @param mebibytes rounded up; at least 1, because 0 would mean "all of the node" to Slurm
 */
export function formatMemory(mebibytes: number): string {
  if (!Number.isFinite(mebibytes) || mebibytes <= 0) {
    throw new RangeError(`memory is a number of mebibytes above 0, and not ${mebibytes}`);
  }
  return `${Math.ceil(mebibytes)}M`;
}
