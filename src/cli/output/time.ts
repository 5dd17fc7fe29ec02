/** Times and sizes for people. Machines get ISO 8601 and bytes. */

const STEPS = [
  { unit: 'd', ms: 86_400_000, until: Number.POSITIVE_INFINITY },
  { unit: 'h', ms: 3_600_000, until: 48 },
  { unit: 'm', ms: 60_000, until: 120 },
  { unit: 's', ms: 1000, until: 120 },
] as const;

/** `3m`, `5h`, `12d`: the largest unit of which there are at least two, else the smaller one. */
export function age(ms: number): string {
  const step = STEPS.findLast(({ ms: unit, until }) => ms < unit * until);
  return step === undefined ? '0s' : `${Math.max(0, Math.floor(ms / step.ms))}${step.unit}`;
}

/** `3m ago`. Both are epoch milliseconds. */
export function ago(at: number, now: number): string {
  return now - at < 1000 ? 'just now' : `${age(now - at)} ago`;
}

/** `2026-03-01T12:00:00.000Z`, or null where it has not come yet. */
export function iso(at: number | undefined): string | null {
  return at === undefined ? null : new Date(at).toISOString();
}

/** `23 B`, `1.4 kB`, `2.0 GB`: powers of 1000. */
export function bytes(count: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let value = count;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return unit === 0 ? `${count} B` : `${value.toFixed(1)} ${units[unit] ?? ''}`;
}

/** `1 job`, `2 jobs`. */
export function count(number: number, word: string, plural = `${word}s`): string {
  return `${number} ${number === 1 ? word : plural}`;
}
