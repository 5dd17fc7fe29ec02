/** Generations: the latest is the one that a manifest means. */
import { describe, expect, it } from 'vitest';
import { jobUuid } from '../../src/manifest/identity.js';
import type { SettledRun } from '../../src/plan/facts.js';
import {
  answered,
  attemptOf,
  claimOf,
  INSTALLATION,
  NOW,
  planOf,
  reached,
  rowOf,
  runOf,
  type Scene,
  specOf,
  uuidOf,
  wantedOf,
} from './scene.js';

const spec = specOf();
const NEXT = jobUuid(INSTALLATION, 'fit', '1', 1);

describe('a run of which a later generation is known', () => {
  it('gets no attempt, though nothing tells how it ended', () => {
    const refused = attemptOf(spec, { state: 'ended', outcome: 'refused', settledAt: 1, endedAt: 1 });
    for (const attempts of [[], [refused]])
      expect(
        planOf({
          live: [
            { run: runOf(spec), attempts },
            { run: runOf(spec, { uuid: NEXT, generation: 1 }), attempts: [] },
          ],
          superseded: [uuidOf(spec)],
        }),
      ).toEqual(['finish Cancelled/Replaced', 'stage north 1 fresh', 'submit north 1']);
  });
});

describe('on_edit: replace', () => {
  const replacing = specOf({ onEdit: 'replace' });
  const edited = wantedOf(replacing, { hash: '1:b' });
  const next = ['accept north', 'stage north 1 fresh', 'submit north 1'];
  const over = (more: Partial<SettledRun> = {}): NonNullable<Scene['settled']> => {
    const { uuid, name, run, hash } = runOf(replacing);
    const words = { outOfSync: false, isReplaced: false, isWaiting: false, isForgotten: false };
    const settled = { uuid, name, run, hash, generation: 0, ...words, ...more };
    return new Map([[uuid, settled]]);
  };
  const submitted = attemptOf(replacing, { state: 'submitted', jobId: '7' });
  const running = reached({ claims: [claimOf(replacing)], queue: answered(rowOf(replacing, 'RUNNING')) });

  it('runs the next generation of what has ended, at once', () => {
    expect(planOf({ wanted: [edited], settled: over() })).toEqual(next);
    expect(planOf({ wanted: [edited], settled: over({ generation: 4 }) })).toEqual(next);
    const ended = attemptOf(replacing, { state: 'ended', outcome: 'completed', fetchedAt: 1, endedAt: 1 });
    const live = [{ run: runOf(replacing, { phase: 'Succeeded' }), attempts: [ended] }];
    expect(planOf({ wanted: [edited], live })).toEqual(['settle north 1', ...next]);
  });

  it('does nothing where the hash is of another version, or the same', () => {
    expect(planOf({ wanted: [wantedOf(replacing)], settled: over() })).toEqual([]);
    expect(
      planOf({ wanted: [wantedOf(replacing, { hash: '2:b' })], settled: over({ outOfSync: true }) }),
    ).toEqual([]);
    const live = [{ run: runOf(replacing, { phase: 'Running' }), attempts: [submitted] }];
    const reach = { north: running };
    expect(planOf({ wanted: [wantedOf(replacing, { hash: '2:b' })], live, reach })).toEqual([
      'progress Running/Executing [OutOfSync]',
    ]);
  });

  it('ends what goes on first', () => {
    const live = [{ run: runOf(replacing, { phase: 'Running' }), attempts: [submitted] }];
    expect(planOf({ wanted: [edited], live, reach: { north: running } })).toEqual([
      'cancel for edit',
      'fence north 1 cancelled/Replaced cancel 7',
      'sync out',
    ]);
  });

  it('gives up nothing of which the end is not known: that is for a person', () => {
    const since = { phase: 'Running', reason: 'OutcomeUnknown', updatedAt: NOW - 3_600_000 } as const;
    const cancelled = runOf(replacing, { ...since, cancelRequested: true });
    const claim = claimOf(replacing, { owner: { kind: 'job', jobId: '7', restart: 0 } });
    const planned = (run: typeof cancelled) =>
      planOf({
        wanted: [edited],
        live: [{ run, attempts: [submitted] }],
        reach: { north: reached({ claims: [claim] }) },
      });
    expect(planned({ ...cancelled, cancelCause: 'edit' })).toEqual([
      'hold Blocked/OutcomeUnknown [OutOfSync]',
    ]);
    expect(planned(cancelled)[0]).toBe('conclude north 1 cancelled/CancelledByUser');
  });

  it('runs it anew where the edit that ended it was taken back', () => {
    expect(planOf({ wanted: [wantedOf(replacing)], settled: over({ isReplaced: true }) })).toEqual(next);
  });

  it('waits while a cluster may know of a later generation', () => {
    expect(planOf({ wanted: [edited], settled: over(), recalled: { south: false } })).toEqual([]);
  });
});
