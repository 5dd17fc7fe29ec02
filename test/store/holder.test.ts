import { expect, it } from 'vitest';
import { describeHolder } from '../../src/store/holder.js';

/** Local time, whatever the zone of this machine. */
const at = (day: number, hour: number, minute: number): number =>
  new Date(2026, 2, day, hour, minute).getTime();
const NOW = at(5, 14, 5);
const words = (since: number): string =>
  describeHolder({ pid: 12, host: 'login1', since, command: 'sluice serve' }, NOW);

it.each([
  [at(5, 14, 3), 'since 14:03, 2 min ago'],
  [at(5, 14, 5), 'since 14:05, just now'],
  [at(5, 9, 0), 'since 09:00, 5 h ago'],
  [at(4, 23, 59), 'since 2026-03-04 23:59, 14 h ago'],
  [at(1, 14, 5), 'since 2026-03-01 14:05, 4 days ago'],
])('%d is told as "%s"', (since, expected) => {
  expect(words(since)).toBe(`"sluice serve" (process 12 on login1, ${expected})`);
});

it('says so where nobody said who it is', () => {
  expect(describeHolder(undefined, NOW)).toBe('another process');
});
