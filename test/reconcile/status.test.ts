/** The status of a cluster: asked for as runs are submitted there, seldom, and never in the way of anything. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { totalsOf } from '../../src/model/status.js';
import type { StoredEvent } from '../../src/store/events.js';
import { specOf, uuidOf, wantedOf } from '../plan/scene.js';
import { nodeLine } from '../slurm/rows.js';
import type { SimCluster } from './simulated/cluster.js';
import { World } from './simulated/world.js';

let world: World;
let north: SimCluster;
beforeEach(() => {
  world = new World();
  [north] = world.clusters;
});
afterEach(() => {
  world.close();
});

const DOWN = { code: 1, lines: ['slurm_load_partitions: Unable to contact slurm controller'] };

/** Wants these jobs, and makes what passes they need. */
async function submit(...names: readonly string[]): Promise<void> {
  world.wanted = names.map((name) => wantedOf(specOf({ name, destination: ['north'], alternates: 'none' })));
  await world.pass();
  await world.pass();
}

function told(name: string): readonly StoredEvent[] {
  return world.store.events
    .ofRun(uuidOf({ name, run: '1' }))
    .filter(({ kind, message }) => kind === 'cluster' && /status|submission/.test(message));
}

function phase(name: string): string | undefined {
  return world.store.runs.byUuid(uuidOf({ name, run: '1' }))?.phase;
}

it('36: is kept, and stands beside the run that was submitted', async () => {
  await submit('a');
  const { taken } = world.store.clusters.status('north');
  expect(taken?.at).toBe(world.now);
  expect(taken?.status.takenAt).toBe(north.clock);
  expect(taken && totalsOf(taken.status)).toMatchObject({ nodes: 2, up: 1, states: { idle: 1, drained: 1 } });
  expect(told('a')).toMatchObject([
    {
      cluster: 'north',
      attempt: 1,
      message: 'north at its submission: 1 of 2 nodes are up, 16 of 16 CPUs idle; not up: 1 drained',
      detail: { takenAt: north.clock, nodes: 2, up: 1 },
    },
  ]);
  expect(told('a')[0]?.reason).toBeUndefined();
});

it('is asked for once in ten minutes; a later run has the figures of before', async () => {
  await submit('a');
  world.now += 9 * 60_000;
  await submit('a', 'b');
  expect(north.statusAsked).toBe(1);
  expect(told('b')).toMatchObject([{ detail: { takenAt: north.clock - 540 } }]);
  world.now += 2 * 60_000;
  north.status = { code: 0, lines: [nodeLine('n1', 'idle'), nodeLine('n2', 'idle')] };
  await submit('a', 'b', 'c');
  expect(north.statusAsked).toBe(2);
  expect(told('c')[0]?.message).toContain('2 of 2 nodes are up');
  for (let round = 0; round < 3; round += 1) await world.pass();
  expect(north.statusAsked).toBe(2);
});

it.each([
  ['fails', DOWN, /sinfo failed with code 1: slurm_load_partitions/],
  ['prints rubbish', { code: 0, lines: ['<html>'] }, /sinfo said what is no list of nodes: <html>/],
  ['takes too long', { code: 124, lines: [] }, /sinfo did not answer in time/],
])('64: that %s stops nothing, and is told once a run', async (_, status, why) => {
  north.status = status;
  await submit('a');
  expect(phase('a')).toBe('Queued');
  const unavailable = { kind: 'cluster', reason: 'StatusUnavailable', message: expect.stringMatching(why) };
  expect(told('a')).toMatchObject([{ ...unavailable, cluster: 'north', attempt: 1 }]);
  const ofCluster = world.store.events.latest(50).filter(({ runUuid }) => runUuid === undefined);
  expect(ofCluster.filter(({ reason }) => reason === 'StatusUnavailable')).toHaveLength(1);
  expect(world.told.join('\n')).toContain('which stops nothing');
  // Who comes meanwhile is told too, and the controller is left alone.
  world.now += 60_000;
  await submit('a', 'b');
  expect(told('b')).toMatchObject([unavailable]);
  expect([north.statusAsked, told('a').length]).toEqual([1, 1]);
  for (let round = 0; round < 8; round += 1) {
    world.progress();
    world.now += 60_000;
    await world.pass();
  }
  expect([phase('a'), phase('b')]).toEqual(['Succeeded', 'Succeeded']);
});

it('that fails leaves the figures of before, with their age, and is over when it succeeds', async () => {
  await submit('a');
  north.status = DOWN;
  const before = world.now;
  world.now += 11 * 60_000;
  await submit('a', 'b');
  expect(world.store.clusters.status('north')).toMatchObject({
    taken: { at: before },
    failure: { at: world.now },
  });
  expect(told('b')).toMatchObject([{ reason: 'StatusUnavailable' }]);
  north.status = { code: 0, lines: [nodeLine('n1', 'idle')] };
  world.now += 11 * 60_000;
  await submit('a', 'b', 'c');
  expect(world.store.clusters.status('north')).toEqual({
    taken: {
      at: world.now,
      status: { takenAt: north.clock, nodes: [expect.objectContaining({ host: 'n1' })] },
    },
  });
});

it('of a reply that broke off is not taken for the whole: nothing is kept, nothing has failed', async () => {
  const lines = Array.from({ length: 40 }, (_, index) => nodeLine(`n${index}`, 'idle'));
  for (const arrive of [12, 20, 30, 40]) {
    const each = new World();
    const [there] = each.clusters;
    there.status = { code: 0, lines };
    each.wanted = [wantedOf(specOf({ name: 'a', destination: ['north'], alternates: 'none' }))];
    // Both are asked, the other is shown the number, then comes the submission.
    const cut = { kind: 'cut', lines: arrive, kill: false, sleeps: false } as const;
    await each.pass([{ kind: 'none' }, { kind: 'none' }, { kind: 'none' }, cut]);
    expect(there.statusAsked).toBe(1);
    expect(each.store.clusters.status('north')).toEqual({});
    expect(each.store.events.latest(50).some(({ reason }) => reason === 'StatusUnavailable')).toBe(false);
    each.close();
  }
});

it('is never asked for by a plan, nor where nothing is submitted', async () => {
  world.wanted = [];
  await world.pass();
  world.wanted = [wantedOf(specOf({ name: 'a', destination: ['north'], alternates: 'none' }))];
  await world.plan();
  expect(north.statusAsked).toBe(0);
});
