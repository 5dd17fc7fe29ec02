/** Manifests that leave, come back, bear another name, or are read from an earlier commit. */
import { describe, expect, it } from 'vitest';
import { planPass } from '../../src/plan/plan.js';
import type { SettledRun } from '../../src/plan/facts.js';
import {
  answered,
  attemptOf,
  claimOf,
  factsOf,
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
const replacing = specOf({ onEdit: 'replace' });
const uuid = uuidOf(spec);
const other = wantedOf(spec, { hash: '1:b' });
const over = (more: Partial<SettledRun> = {}): NonNullable<Scene['settled']> => {
  const words = { outOfSync: false, isReplaced: false, isWaiting: false, isForgotten: false };
  return new Map([[uuid, { uuid, name: 'fit', run: '1', hash: '1:a', generation: 0, ...words, ...more }]]);
};
const running = (of = spec): Pick<Scene, 'live' | 'reach'> => ({
  live: [
    { run: runOf(of, { phase: 'Running' }), attempts: [attemptOf(of, { state: 'submitted', jobId: '7' })] },
  ],
  reach: { north: reached({ claims: [claimOf(of)], queue: answered(rowOf(of, 'RUNNING')) }) },
});
const waitingOf = (scene: Scene) =>
  planPass(factsOf(scene)).waiting.map(({ name, reason }) => [name, reason]);

describe('a manifest that is gone', () => {
  it('is kept as gone, once, and nothing else is done', () => {
    const leaving = [{ run: runOf(spec, { phase: 'Succeeded' }), attempts: [] }];
    expect(planOf({ settled: over(), leaving })).toEqual(['manifest gone']);
    expect(planOf({ settled: over(), gone: [uuid] })).toEqual([]);
  });
  it('that comes back as it was means its run, also one that is followed no more', () => {
    expect(planOf({ wanted: [wantedOf(spec)], settled: over(), gone: [uuid] })).toEqual(['manifest there']);
    const forgotten = over({ isForgotten: true });
    expect(planOf({ wanted: [wantedOf(spec)], settled: forgotten, gone: [uuid] })).toEqual([
      'manifest there',
    ]);
    expect(planOf({ wanted: [wantedOf(spec)], ...running(), gone: [uuid] })).toEqual([
      'manifest there',
      'progress Running/Executing',
    ]);
  });
  it('of a run that is followed no more begins nothing, however it is edited', () => {
    const edited = wantedOf(replacing, { hash: '1:b' });
    expect(planOf({ wanted: [edited], settled: over({ isForgotten: true }) })).toEqual(['sync out']);
  });
});

describe('a manifest that comes back with other work', () => {
  it.each([
    ['on_edit: keep', other],
    ['on_edit: replace', wantedOf(replacing, { hash: '1:b' })],
  ])('waits for a word where the run has ended: %s', (_, wanted) => {
    const scene: Scene = { wanted: [wanted], settled: over(), gone: [uuid] };
    expect(planOf(scene)).toEqual(['sync out waiting']);
    expect(waitingOf(scene)).toEqual([['fit', 'SpecChanged']]);
    const told: Scene = { ...scene, settled: over({ outOfSync: true, isWaiting: true }) };
    expect([planOf(told), waitingOf(told)]).toEqual([[], [['fit', 'SpecChanged']]]);
  });
  it('waits, and the run that goes on goes on', () => {
    const scene: Scene = {
      wanted: [wantedOf(replacing, { hash: '1:b' })],
      ...running(replacing),
      gone: [uuid],
    };
    expect(planOf(scene)).toEqual(['progress Running/Executing [OutOfSync,Blocked]']);
    expect(waitingOf(scene)).toEqual([['fit', 'SpecChanged']]);
  });
  it('counts at once where nothing was sent', () => {
    const scene: Scene = { wanted: [other], live: [{ run: runOf(spec), attempts: [] }], gone: [uuid] };
    expect(planOf(scene)).toEqual([
      'manifest there',
      'accept north',
      'stage north 1 fresh',
      'submit north 1',
    ]);
    expect(waitingOf(scene)).toEqual([]);
  });
  it('of a run that is followed no more says what comes first', () => {
    const scene: Scene = { wanted: [other], settled: over({ isForgotten: true }), gone: [uuid] };
    const [told] = planPass(factsOf(scene)).waiting;
    expect(told?.message).toContain('first: sluice resume fit, and when it has ended: sluice rerun fit');
  });
  it('is no other work where the hash is of another version', () => {
    const scene: Scene = { wanted: [wantedOf(spec, { hash: '2:b' })], settled: over(), gone: [uuid] };
    expect([planOf(scene), waitingOf(scene)]).toEqual([['manifest there', 'sync out'], []]);
  });
});

describe('on_delete: orphan', () => {
  const orphan = specOf({ onDelete: 'orphan' });
  it('follows the run no more, and ends nothing', () => {
    expect(planOf({ ...running(orphan), vanished: [uuid] })).toEqual(['forget']);
    expect(planOf({ ...running(orphan) })).toEqual(['progress Running/Executing']);
  });
});

describe('an earlier commit than the run’s', () => {
  it('replaces nothing that has ended, ends nothing that goes on, changes nothing that waits', () => {
    const edited = wantedOf(replacing, { hash: '1:b' });
    const stale = [uuid];
    const scenes: readonly [Scene, readonly string[]][] = [
      [{ wanted: [edited], settled: over(), stale }, ['sync out']],
      [{ wanted: [edited], ...running(replacing), stale }, ['progress Running/Executing [OutOfSync]']],
      [
        { wanted: [other], live: [{ run: runOf(spec), attempts: [] }], stale },
        ['stage north 1 fresh', 'submit north 1', 'sync out'],
      ],
      [
        { ...running(specOf({ onDelete: 'cancel' })), vanished: [uuid], stale },
        ['progress Running/Executing'],
      ],
    ];
    for (const [scene, actions] of scenes) {
      expect(planOf(scene)).toEqual(actions);
      expect(waitingOf(scene)).toEqual([['fit', 'StaleCommit']]);
    }
  });
  it('is no proof that a manifest is gone', () => {
    const leaving = [{ run: runOf(spec), attempts: [] }];
    expect(planOf({ settled: over(), leaving, stale: [uuid] })).toEqual([]);
  });
});

describe('another name', () => {
  const renamed = wantedOf(specOf({ name: 'better' }), { uuid, previously: 'fit', renamedFrom: 'fit' });
  it('is taken over, and the run stays what it is', () => {
    expect(planOf({ wanted: [renamed], settled: over() })).toEqual(['rename from fit']);
    const { actions } = planPass(factsOf({ wanted: [renamed], ...running() }));
    expect(actions[0]).toMatchObject({ kind: 'rename', uuid, name: 'better', from: 'fit' });
    expect(actions[1]).toMatchObject({ kind: 'progress', uuid, phase: 'Running', name: 'better' });
  });
  it('of a run whose candidates were not asked since a loss of memory begins nothing', () => {
    const fresh = wantedOf(specOf({ name: 'better' }), { previously: 'fit' });
    expect(planOf({ wanted: [fresh], recalled: { north: false } })).toEqual([]);
    expect(planOf({ wanted: [fresh] })[0]).toBe('accept north');
  });
});
