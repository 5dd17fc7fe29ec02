/** The loop counts its passes: soon after a change, never at the same time, and at ease when nothing goes on. */
import { describe, expect, it, vi } from 'vitest';
import { PassLoop } from '../../src/reconcile/loop.js';
import type { PassReport } from '../../src/reconcile/report.js';
import { StoreError } from '../../src/store/errors.js';

const report = (more: Partial<PassReport> = {}): PassReport => ({
  plan: { actions: [], unchanged: 0, asks: [], waiting: [] },
  problems: [],
  clusters: [],
  scripts: new Map(),
  standings: [],
  failed: [],
  actions: {},
  again: false,
  nextLookMs: 500,
  ...more,
});
const live = { standings: [{ phase: 'Running' }] as unknown as PassReport['standings'] };
const reached = { clusters: [{ reach: 'reached' }] as unknown as PassReport['clusters'] };

class Fake {
  looks = 0;
  hears = 0;
  next: () => Promise<PassReport> = () => Promise.resolve(report());
  wantsPass = false;
  readonly troubles: string[] = [];
  readonly controller = new AbortController();
  readonly loop = new PassLoop({
    session: {
      look: () => {
        this.looks += 1;
        return this.next();
      },
      hear: () => {
        this.hears += 1;
        return this.wantsPass;
      },
    },
    resyncMs: 300_000,
    pollMs: 60_000,
    signal: this.controller.signal,
    onPass: () => undefined,
    onTrouble: (why) => void this.troubles.push(why),
  });
}

describe('the loop', () => {
  const withTime = async (work: (fake: Fake) => Promise<void>): Promise<void> => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    const fake = new Fake();
    try {
      const running = fake.loop.run();
      await vi.advanceTimersByTimeAsync(0);
      await work(fake);
      fake.controller.abort();
      await running;
    } finally {
      vi.useRealTimers();
    }
  };

  it('looks at once, and then only as often as the resync while nothing goes on', () =>
    withTime(async (fake) => {
      expect(fake.looks).toBe(1);
      await vi.advanceTimersByTimeAsync(299_000);
      expect(fake.looks).toBe(1);
      await vi.advanceTimersByTimeAsync(40_000);
      expect(fake.looks).toBe(2);
      // Who comes to the door unheard is heard all the same.
      expect(fake.hears).toBeGreaterThan(100);
    }));

  it('looks as the clusters have it while something goes on, and no cluster is asked by haste', () =>
    withTime(async (fake) => {
      fake.next = () => Promise.resolve(report({ ...live, ...reached, nextLookMs: 5_000 }));
      fake.loop.wake();
      await vi.advanceTimersByTimeAsync(60_000);
      expect(fake.looks).toBeGreaterThanOrEqual(11);
      expect(fake.looks).toBeLessThanOrEqual(14);
      // Nobody could be asked: then not every half second.
      fake.next = () => Promise.resolve(report({ ...live, nextLookMs: 500 }));
      fake.loop.wake();
      await vi.advanceTimersByTimeAsync(0);
      const before = fake.looks;
      await vi.advanceTimersByTimeAsync(59_000);
      expect(fake.looks).toBe(before);
    }));

  it('many changes in a row are one pass more, and one that comes during a pass is not lost', () =>
    withTime(async (fake) => {
      let end: (value: PassReport) => void = () => undefined;
      fake.next = () => new Promise((resolve) => (end = resolve));
      for (let each = 0; each < 100; each++) fake.loop.wake();
      await vi.advanceTimersByTimeAsync(0);
      expect(fake.looks).toBe(2);
      for (let each = 0; each < 100; each++) fake.loop.wake();
      await vi.advanceTimersByTimeAsync(10_000);
      expect(fake.looks).toBe(2);
      fake.next = () => Promise.resolve(report());
      end(report());
      await vi.advanceTimersByTimeAsync(10_000);
      expect(fake.looks).toBe(3);
    }));

  it('tells how long the pass under way has taken, so that one that comes to no end is noticed', () =>
    withTime(async (fake) => {
      expect(fake.loop.lookingMs).toBe(0);
      let end: (value: PassReport) => void = () => undefined;
      fake.next = () => new Promise((resolve) => (end = resolve));
      fake.loop.wake();
      await vi.advanceTimersByTimeAsync(60_000);
      expect(fake.loop.lookingMs).toBeGreaterThanOrEqual(60_000);
      fake.next = () => Promise.resolve(report());
      end(report());
      await vi.advanceTimersByTimeAsync(0);
      expect(fake.loop.lookingMs).toBe(0);
    }));

  it('a pass that asks for another gets it when there is something to do, not before', () =>
    withTime(async (fake) => {
      fake.next = () => Promise.resolve(report({ ...live, again: true, nextLookMs: 4_000 }));
      fake.loop.wake();
      await vi.advanceTimersByTimeAsync(0);
      const before = fake.looks;
      await vi.advanceTimersByTimeAsync(3_900);
      expect(fake.looks).toBe(before);
      await vi.advanceTimersByTimeAsync(600);
      expect(fake.looks).toBe(before + 1);
    }));

  it('a knock is heard at once, and is a pass only where one is wanted', () =>
    withTime(async (fake) => {
      const { hears } = fake;
      fake.loop.knock();
      await vi.advanceTimersByTimeAsync(0);
      expect([fake.hears - hears, fake.looks]).toEqual([1, 1]);
      fake.wantsPass = true;
      fake.loop.knock();
      await vi.advanceTimersByTimeAsync(0);
      expect(fake.looks).toBe(2);
      fake.wantsPass = false;
    }));

  it('a pass that fails is told, and tried again ever more slowly', () =>
    withTime(async (fake) => {
      fake.next = () => Promise.reject(new Error('no luck'));
      fake.loop.wake();
      await vi.advanceTimersByTimeAsync(60 * 60_000);
      expect(fake.troubles.length).toBeGreaterThan(8);
      expect(fake.troubles.length).toBeLessThan(25);
      expect(new Set(fake.troubles)).toEqual(new Set(['no luck']));
    }));

  it('ends where the state is not ours any more', async () => {
    const fake = new Fake();
    fake.next = () => Promise.reject(new StoreError('fenced', 'taken over'));
    await expect(fake.loop.run()).rejects.toThrow('taken over');
  });

  it('ends so too where that is one trouble of several', async () => {
    const fake = new Fake();
    const several = [new Error('north is full'), new StoreError('fenced', 'taken over')];
    fake.next = () => Promise.reject(new AggregateError(several, 'north is full; taken over'));
    await expect(fake.loop.run()).rejects.toThrow('north is full; taken over');
  });

  it('finishes what is under way when it is to end', async () => {
    const fake = new Fake();
    let end: (value: PassReport) => void = () => undefined;
    fake.next = () => new Promise((resolve) => (end = resolve));
    const running = fake.loop.run();
    fake.controller.abort();
    let isOver = false;
    void running.then(() => (isOver = true));
    await new Promise((resolve) => setImmediate(resolve));
    expect(isOver).toBe(false);
    end(report());
    await running;
    expect(fake.looks).toBe(1);
  });
});
