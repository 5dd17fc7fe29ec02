/** The hour of `npm run bench -- soak`, shortened: a daemon that is read, followed and given jobs keeps its memory. */
import { expect, it } from 'vitest';
import { usage } from '../bench/soak.js';

it('a daemon in use stays within its memory, and level', async () => {
  const { peak, second, last, answers, passes, turns } = await usage({
    ...{ finished: 5_000, live: 50, minutes: 0.6 },
  });
  expect(peak).toBeLessThan(300);
  // It has not warmed up in so short a time: the bench asks for 1.1.
  expect(last / second).toBeLessThan(1.3);
  expect(answers).toBe(turns * 25);
  expect(passes).toBeGreaterThan(turns / 10);
}, 120_000);
