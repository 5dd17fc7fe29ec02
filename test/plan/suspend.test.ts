/** A person's word that holds a run back, beside the manifest's. */
import { describe, expect, it } from 'vitest';
import { attemptOf, claimOf, planOf, reached, rowOf, runOf, answered, specOf, wantedOf } from './scene.js';

const spec = specOf();
const held = runOf(spec, { suspendRequested: true });
const HELD = 'hold Suspended/SuspendedByUser [Suspended]';

describe('a person who suspends', () => {
  it('keeps a run from its attempt, whatever its manifest says, edited or gone', () => {
    const live = [{ run: held, attempts: [] }];
    expect(planOf({ wanted: [wantedOf(spec)], live })).toEqual([HELD]);
    expect(planOf({ wanted: [wantedOf(specOf({ suspend: true }))], live })).toEqual([HELD]);
    expect(planOf({ wanted: [wantedOf(spec, { hash: '1:b' })], live })).toEqual(['accept north', HELD]);
    expect(planOf({ live })).toEqual([HELD]);
  });

  it('keeps it from another attempt too', () => {
    const failed = attemptOf(spec, {
      ...{ state: 'ended', outcome: 'failed', reason: 'NodeFailure', settledAt: 1, endedAt: 1 },
    });
    expect(planOf({ wanted: [wantedOf(spec)], live: [{ run: held, attempts: [failed] }] })).toEqual([HELD]);
  });

  it('leaves alone what runs', () => {
    const attempt = attemptOf(spec, { state: 'submitted', jobId: '7' });
    const seen = reached({ claims: [claimOf(spec)], queue: answered(rowOf(spec, 'RUNNING')) });
    expect(
      planOf({
        wanted: [wantedOf(spec)],
        live: [{ run: held, attempts: [attempt] }],
        reach: { north: seen },
      }),
    ).toEqual(['progress Running/Executing [Suspended]']);
  });

  it('gives way to one who cancels', () => {
    const run = { ...held, cancelRequested: true };
    expect(planOf({ live: [{ run, attempts: [] }] })).toEqual([
      'finish Cancelled/CancelledByUser [Suspended]',
    ]);
  });
});
