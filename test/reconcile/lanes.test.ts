/** A cluster that hangs delays nothing but what is on it; and how often a cluster is asked. Counted, on a clock of our own. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Run } from '../../src/model/run.js';
import type { Passed } from '../../src/reconcile/pass.js';
import { StoreError } from '../../src/store/errors.js';
import { specOf, uuidOf, wantedOf } from '../plan/scene.js';
import type { Fault } from './simulated/transport.js';
import { World } from './simulated/world.js';

const RESULT = [{ path: 'result', optional: false }];
const northern = specOf({ name: 'northern', destination: ['north'], output: RESULT });
const southern = specOf({ name: 'southern', destination: ['south'], output: RESULT });
const either = specOf({ name: 'either', destination: ['north', 'south'], output: RESULT });

let world: World;
beforeEach(() => {
  world = new World();
});
afterEach(async () => {
  await world.free();
  world.close();
});

const runOf = (name: string): Run | undefined => world.store.runs.byUuid(uuidOf({ name, run: '1' }));
const attemptsOf = (name: string) => world.store.attempts.ofRun(uuidOf({ name, run: '1' }));
const resultOf = (name: string): boolean => existsSync(join(world.outputs, name, '1', 'result'));
const later = (seconds: number): void => void (world.now += seconds * 1000);

/** The installation is known: the first run of all waits for every cluster. */
async function begin(): Promise<void> {
  world.wanted = [wantedOf(northern)];
  await world.pass();
  expect(runOf('northern')?.phase).toBe('Queued');
}

/** A pass, and what goes on there by itself until the next. */
async function lookAfter(seconds: number): Promise<Passed> {
  later(seconds);
  world.progress();
  return world.look();
}

describe('what exchanges could not deal with', () => {
  const failing = (key: string, error: Error): void =>
    world.lanes.work(key, 'it fails', new Set(), () => Promise.reject(error));

  it('is told as it is; of several at once, all of them, and once', async () => {
    const [first, second] = [new Error('north is full'), new StoreError('fenced', 'taken over')];
    failing('north', first);
    await expect(world.lanes.settled(['north'], Infinity)).rejects.toBe(first);
    failing('north', first);
    failing('south', second);
    const told = world.lanes.settled(['north', 'south'], Infinity);
    await expect(told).rejects.toMatchObject({
      message: 'north is full; taken over',
      errors: [first, second],
    });
    await world.lanes.settled(['north', 'south'], Infinity);
  });
});

describe('with one cluster hung', () => {
  it('a job for another goes from its manifest to its results in four passes', async () => {
    await begin();
    const [north] = world.clusters;
    north.hangsAt = 'all';
    world.wanted = [wantedOf(northern), wantedOf(southern)];
    later(10);
    await world.look();
    expect(runOf('southern')?.phase).toBe('Queued');
    expect(north.hangs).toBe(true);
    await lookAfter(10);
    expect(runOf('southern')?.phase).toBe('Running');
    await lookAfter(10);
    await lookAfter(10);
    expect(runOf('southern')?.phase).toBe('Succeeded');
    expect(resultOf('southern')).toBe(true);
    // Of the other nothing is concluded, and it was asked once in all that time.
    expect(runOf('northern')).toMatchObject({ phase: 'Queued', reason: 'WaitingInQueue' });
    expect(north.observed).toBe(2);
  });

  it('patience is had with it once, not by each pass', async () => {
    await begin();
    world.clusters[0].hangsAt = 'all';
    later(10);
    await world.look();
    const { waits } = world;
    for (let round = 0; round < 5; round += 1) {
      later(10);
      await world.look();
    }
    expect(world.waits).toBe(waits);
  });

  it('what it says in the end is taken up by the next pass, without asking it again', async () => {
    await begin();
    const [north] = world.clusters;
    north.hangsAt = 'all';
    later(10);
    world.progress();
    await world.look();
    expect(runOf('northern')?.phase).toBe('Queued');
    let news = 0;
    world.lanes.follow(() => (news += 1));
    north.free();
    await world.lanes.idle(Infinity);
    expect(news).toBe(1);
    const asked = north.observed;
    await world.look();
    expect([runOf('northern')?.phase, north.observed]).toEqual(['Running', asked]);
  });

  it('no alternate is tried because of it, and nothing is sent there; after a while it is said', async () => {
    await begin();
    const [north, south] = world.clusters;
    north.hangsAt = 'all';
    world.wanted = [wantedOf(northern), wantedOf(either)];
    await lookAfter(10);
    expect(runOf('either')).toMatchObject({ phase: 'Pending', reason: 'Accepted' });
    await lookAfter(20);
    expect(runOf('either')).toMatchObject({ phase: 'Pending', reason: 'AwaitingCluster' });
    expect(runOf('either')?.message).toBe('north: its answer is awaited');
    expect([attemptsOf('either').length, south.claims.size]).toEqual([0, 0]);
    north.free();
    await world.lanes.idle(Infinity);
    await world.look();
    expect(attemptsOf('either')).toMatchObject([{ cluster: 'north', number: 1 }]);
  });

  it('a submission that hangs is made once, and its run is left alone until it has ended', async () => {
    await begin();
    const [north] = world.clusters;
    const second = specOf({ name: 'second', destination: ['north', 'south'], output: RESULT });
    world.wanted = [wantedOf(northern), wantedOf(second), wantedOf(southern)];
    north.hangsAt = ['submit'];
    await lookAfter(10);
    expect(attemptsOf('second')).toMatchObject([{ cluster: 'north', state: 'intended' }]);
    // A person's word, and passes without number, begin nothing beside it.
    world.store.runs.requestCancel(uuidOf(second), 'a person said so');
    for (let round = 0; round < 5; round += 1) {
      const { plan } = await lookAfter(70);
      expect(plan.actions.filter(({ uuid }) => uuid === uuidOf(second))).toEqual([]);
    }
    expect(runOf('southern')?.phase).toBe('Succeeded');
    expect(attemptsOf('second')).toHaveLength(1);
    north.free();
    await world.lanes.idle(Infinity);
    for (let round = 0; round < 4; round += 1) await lookAfter(10);
    expect(runOf('second')).toMatchObject({ phase: 'Cancelled', reason: 'CancelledByUser' });
    expect(world.submitted.filter((token) => token.startsWith('second.'))).toHaveLength(1);
    expect(world.starts(uuidOf(second))).toBeLessThanOrEqual(1);
  });

  it('results on their way from it keep no other waiting, and its end is told by the pass that sees it', async () => {
    await begin();
    const [north] = world.clusters;
    north.hangsAt = ['stream'];
    world.wanted = [wantedOf(northern), wantedOf(southern)];
    for (let round = 0; round < 6; round += 1) await lookAfter(10);
    expect([runOf('northern')?.phase, runOf('southern')?.phase]).toEqual(['Fetching', 'Succeeded']);
    expect(attemptsOf('northern')).toMatchObject([{ outcome: 'completed' }]);
    north.free();
    await world.lanes.idle(Infinity);
    expect(runOf('northern')?.phase).toBe('Succeeded');
    const { standings } = await world.look();
    expect(standings.find(({ name }) => name === 'northern')).toMatchObject({
      phase: 'Succeeded',
      changed: true,
    });
    expect(world.starts(uuidOf(northern))).toBe(1);
  });

  it('a failure there behind a pass is told by the next, as a failure that no pass waited for', async () => {
    await begin();
    const [north] = world.clusters;
    north.hangsAt = 'all';
    await lookAfter(10);
    north.mark = 99; // another copy of the state has acted
    north.free();
    await world.lanes.idle(Infinity);
    await world.look();
    expect(world.told.join('\n')).toContain('it is rebuilt from the clusters');
  });
});

describe('the first use of all', () => {
  it('waits for every cluster that may know of it', async () => {
    const [north] = world.clusters;
    north.hangsAt = 'all';
    world.wanted = [wantedOf(southern)];
    const first = world.look();
    await world.rest();
    await new Promise((resolve) => setImmediate(resolve));
    expect(world.submitted).toEqual([]);
    north.free();
    await first;
    expect(world.submitted).toHaveLength(1);
  });
});

describe('manners', () => {
  it('a cluster is asked every five seconds for a minute after a submission, and then each minute, whoever wakes the pass', async () => {
    await begin();
    const [north, south] = world.clusters;
    const before = north.observed;
    for (let second = 0; second < 60; second += 1) {
      later(1);
      await world.look();
    }
    expect(north.observed - before).toBe(11);
    for (let second = 0; second < 240; second += 1) {
      later(1);
      await world.look();
    }
    expect(north.observed - before).toBe(11 + 4);
    // Who has nothing to do with it is not asked at all after the first use.
    expect(south.observed).toBe(1);
  });

  it('what is new there does not wait for that, but is not asked more often than once a second either', async () => {
    await begin();
    const [north] = world.clusters;
    later(200);
    await world.look();
    const before = north.observed;
    later(2);
    world.wanted = [...world.wanted, wantedOf(specOf({ name: 'one', destination: ['north'] }))];
    await world.look();
    expect([runOf('one')?.phase, north.observed - before]).toEqual(['Queued', 1]);
    world.wanted = [...world.wanted, wantedOf(specOf({ name: 'two', destination: ['north'] }))];
    const { nextLookAt } = await world.look();
    expect([runOf('two')?.phase, north.observed - before]).toEqual(['Pending', 1]);
    expect(nextLookAt()).toBe(world.now + 1000);
    later(1);
    await world.look();
    expect([runOf('two')?.phase, north.observed - before]).toEqual(['Queued', 2]);
  });

  it('a cancel is carried out at once, and a person who asks is answered', async () => {
    await begin();
    const [north] = world.clusters;
    later(200);
    await world.look();
    later(2);
    const before = north.observed;
    await world.look();
    expect(north.observed).toBe(before);
    await world.look({ asked: true });
    expect(north.observed).toBe(before + 1);
    later(2);
    world.store.runs.requestCancel(uuidOf(northern), 'a person said so');
    await world.look();
    expect(north.jobs.find(({ token }) => token.startsWith('northern.'))?.state).toBe('CANCELLED');
  });

  it('a run that waits for room is looked at when its cluster is', async () => {
    await begin();
    const [north] = world.clusters;
    north.controller = false;
    world.wanted = [...world.wanted, wantedOf(specOf({ name: 'next', destination: ['north'] }))];
    later(200);
    await world.look();
    expect(runOf('next')?.reason).toBe('ControllerUnavailable');
    const before = north.observed;
    for (let second = 0; second < 59; second += 1) {
      later(1);
      const { nextLookAt } = await world.look();
      expect(nextLookAt()).toBeGreaterThan(world.now);
    }
    expect(north.observed).toBe(before);
    north.controller = true;
    later(1);
    await world.look();
    expect(runOf('next')?.phase).toBe('Queued');
  });

  it.each<[string, Fault]>([
    ['refuses what is sent', { kind: 'refuse' }],
    ['does not answer it', { kind: 'cut', steps: 0, lines: 0, sleeps: false, kill: false }],
  ])('a cluster that can be asked and %s is tried ever more slowly', async (_, fault) => {
    await begin();
    const [north] = world.clusters;
    world.wanted = [...world.wanted, wantedOf(specOf({ name: 'next', destination: ['north'] }))];
    later(100);
    const times: number[] = [];
    for (let second = 0; second < 25; second += 1) {
      later(1);
      const before = north.observed;
      await world.look({}, [{ kind: 'none' }, fault, fault]);
      if (north.observed > before) times.push(second);
    }
    const pauses = times.slice(1).map((time, index) => time - (times[index] ?? 0));
    // At last as often as what was begun is looked at.
    expect(pauses).toEqual(pauses.toSorted((one, other) => one - other));
    expect([pauses[0], pauses.at(-1)]).toEqual([2, 5]);
    expect(pauses.length).toBeLessThanOrEqual(5);
    expect(runOf('next')?.phase).not.toBe('Queued');
    later(10);
    await world.look();
    expect(runOf('next')?.phase).toBe('Queued');
    expect(world.submitted.filter((token) => token.startsWith('next.'))).toHaveLength(1);
  });
});
