/** A cluster that does not answer, or refuses us, is left alone: for ever longer, or until a person has seen to it. Counted. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Run } from '../../src/model/run.js';
import { TransportFailure } from '../../src/ports.js';
import { type Breaker, mayProbe, trip } from '../../src/reconcile/breaker.js';
import { MailServer, LOGIN } from '../notify/server.js';
import { specOf, uuidOf, wantedOf } from '../plan/scene.js';
import { AT_GATE, Desk, job, untilPhase } from './desk.js';
import { World } from './simulated/world.js';

const SILENT = { kind: 'unreachable', reason: 'ClusterUnreachable', why: 'timed out' } as const;
const REFUSED = { kind: 'unreachable', reason: 'LoginNeeded', why: 'permission denied' } as const;
const northern = specOf({ name: 'northern', destination: ['north'] });
const either = specOf({ name: 'either', destination: ['north', 'south'] });

describe('a breaker', () => {
  it('pauses for twice as long after each failure, five minutes at most, and a quarter more by chance', () => {
    const pauses = (chance: number): number[] => {
      let breaker: Breaker | undefined;
      return Array.from({ length: 9 }, (_, at) => {
        breaker = trip(breaker, SILENT, { now: at, chance, keys: '' });
        return ((breaker.nextAt ?? 0) - at) / 1000;
      });
    };
    expect(pauses(0)).toEqual([5, 10, 20, 40, 80, 160, 300, 300, 300]);
    expect(pauses(1)).toEqual([5, 10, 20, 40, 80, 160, 300, 300, 300].map((each) => each * 1.25));
  });

  it('remembers since when, and lets nobody through before its time', () => {
    const first = trip(undefined, SILENT, { now: 1000, chance: 0, keys: '' });
    const second = trip(first, SILENT, { now: 7000, chance: 0, keys: '' });
    expect(second).toMatchObject({ state: 'open', since: 1000, failures: 2, nextAt: 17_000 });
    expect([mayProbe(second, 16_999, ''), mayProbe(second, 17_000, '')]).toEqual([false, true]);
  });

  it('lets somebody through where the clock was set back by more than any pause', () => {
    const tripped = trip(undefined, SILENT, { now: 3_600_000, chance: 0, keys: '' });
    expect([mayProbe(tripped, 3_600_000 - 360_000, ''), mayProbe(tripped, 0, '')]).toEqual([false, true]);
  });

  it('of a refused login opens by no time, and by other keys', () => {
    const locked = trip(undefined, REFUSED, { now: 0, chance: 0, keys: 'a' });
    expect(locked).toMatchObject({ state: 'locked', since: 0 });
    expect(locked.nextAt).toBeUndefined();
    expect([mayProbe(locked, 1e12, 'a'), mayProbe(locked, 1, 'b')]).toEqual([false, true]);
  });
});

describe('a cluster', () => {
  let world: World;
  beforeEach(async () => {
    world = new World();
    world.wanted = [wantedOf(northern)];
    await world.pass();
  });
  afterEach(async () => {
    await world.free();
    world.close();
  });
  const runOf = (name: string): Run | undefined => world.store.runs.byUuid(uuidOf({ name, run: '1' }));
  const triesIn = async (seconds: number): Promise<number> => {
    const before = world.clusters[0].tried;
    for (let second = 0; second < seconds; second += 1) {
      world.now += 1000;
      await world.look();
    }
    return world.clusters[0].tried - before;
  };
  const kept = () => world.store.clusters.breakerOf('north');

  it('that does not answer is probed ever more seldom, and as always when it answers again', async () => {
    const [north] = world.clusters;
    world.now += 100_000;
    north.reachable = false;
    // At 1, 6, 16, 36, 76, 156 and 316 seconds.
    expect(await triesIn(400)).toBe(7);
    expect(kept()).toMatchObject({
      state: 'open',
      reason: 'ClusterUnreachable',
      message: 'north: timed out',
    });
    expect(kept()?.nextAt).toBeGreaterThan(world.now);
    expect(runOf('northern')).toMatchObject({ reason: 'ClusterUnreachable', conditions: ['Lost'] });
    north.reachable = true;
    expect(await triesIn(300)).toBeGreaterThan(1);
    expect(kept()).toBeUndefined();
    expect(runOf('northern')).toMatchObject({ phase: 'Queued', conditions: [] });
  });

  it('that is probed just now counts as it was: its jobs go to the next without waiting', async () => {
    const [north, south] = world.clusters;
    world.now += 100_000;
    north.reachable = false;
    await triesIn(1);
    north.reachable = true;
    north.hangsAt = 'all';
    world.now += 6_000;
    await world.look();
    expect(north.hangs).toBe(true);
    world.wanted = [...world.wanted, wantedOf(either)];
    await world.look();
    expect(runOf('either')?.phase).toBe('Queued');
    expect([...south.claims.keys()].filter((token) => token.startsWith('either.'))).toHaveLength(1);
  });

  it.each(['login-refused', 'host-key', 'misconfigured'] as const)(
    'that turns us away (%s) is not asked again by itself',
    async (refusal) => {
      const [north] = world.clusters;
      world.now += 100_000;
      north.refusal = refusal;
      const reason = refusal === 'host-key' ? 'HostKeyRefused' : 'LoginNeeded';
      expect(await triesIn(600)).toBe(1);
      expect(kept()).toMatchObject({ state: 'locked', reason, message: 'north: go away' });
      expect(kept()?.nextAt).toBeUndefined();
      expect(runOf('northern')).toMatchObject({ phase: 'Queued', reason, conditions: ['Lost'] });
      // A key that changes is tried once; so is the word of a person, one for one.
      world.keys = 'second';
      expect(await triesIn(100)).toBe(1);
      const { tried } = north;
      await world.look({ asked: true });
      expect(north.tried).toBe(tried + 1);
      world.lanes.forgive();
      expect(await triesIn(100)).toBe(1);
      north.refusal = undefined;
      await world.look({ asked: true });
      expect(kept()).toBeUndefined();
      expect(runOf('northern')).toMatchObject({ phase: 'Queued', reason: 'WaitingInQueue', conditions: [] });
    },
  );

  it('that turns us away sends its jobs to the next, and keeps none of them waiting', async () => {
    const [north] = world.clusters;
    world.now += 100_000;
    north.refusal = 'login-refused';
    await triesIn(1);
    const { tried } = north;
    world.wanted = [...world.wanted, wantedOf(either)];
    await triesIn(3);
    expect(runOf('either')?.phase).toBe('Queued');
    expect(north.tried).toBe(tried);
  });
});

describe('a refused login', { timeout: 30_000 }, () => {
  it('is one mail to each owner, however many jobs and passes there are', async () => {
    const server = await new MailServer().start();
    const desk = new Desk();
    desk.trustsMailServer = true;
    let isRefused = false;
    desk.around = (transport) => ({
      address: transport.address,
      open: (options) =>
        isRefused
          ? Promise.reject(new TransportFailure('login-refused', 'here: permission denied (publickey)'))
          : transport.open(options),
      close: () => transport.close(),
      get counts() {
        return transport.counts;
      },
    });
    desk.write({
      secret: `${LOGIN.pass}\n`,
      'sluice.yaml':
        'installation: desk\nsmtp:\n  host: 127.0.0.1\n' +
        `  port: ${server.port}\n  from: sluice@example.org\n  username: ${LOGIN.user}\n  password: {file: secret}\n`,
      'jobs.d/a.yaml': job(AT_GATE, 'user_mail: ann@example.org\n'),
      'jobs.d/b.yaml': job(`${AT_GATE}; true`, 'user_mail: ann@example.org\n'),
      'jobs.d/c.yaml': job(`${AT_GATE}; true b`, 'user_mail: bob@example.org\n'),
    });
    try {
      await desk.session('write', async (app) => {
        await app.pass([]);
        for (const name of ['a', 'b', 'c']) await untilPhase(app, name, 'Running');
        isRefused = true;
        for (let round = 0; round < 5; round += 1) {
          desk.ahead += 120_000;
          await app.look();
        }
        await app.pass([]);
      });
      const told = server.received.filter(({ raw }) => raw.includes('LoginNeeded'));
      expect(told.map(({ to }) => to.join()).sort()).toEqual(['ann@example.org', 'bob@example.org']);
    } finally {
      isRefused = false;
      await desk.leave();
      await server.stop();
    }
  });
});
