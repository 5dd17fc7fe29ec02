/**
 * A duration as Slurm's `D-HH:MM:SS`. Slurm itself rounds up to minutes.
 * @param seconds whole and at least 1: 0 would mean "no limit" to Slurm
 */
export function formatTimeLimit(seconds: number): string {
  if (!Number.isSafeInteger(seconds) || seconds < 1) {
    throw new RangeError(`a time limit is a whole number of seconds, at least 1, and not ${seconds}`);
  }
  const two = (value: number): string => String(value).padStart(2, '0');
  const days = Math.floor(seconds / 86_400);
  const hours = Math.floor((seconds % 86_400) / 3600);
  const minutes = Math.floor((seconds % 3600) / 60);
  return `${days}-${two(hours)}:${two(minutes)}:${two(seconds % 60)}`;
}
