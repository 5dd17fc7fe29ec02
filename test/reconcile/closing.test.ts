/** Sessions that do not wait for a cluster, and the end of one while something is under way at a cluster: it is recorded, or cut and found again. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Transport, TransportFailure } from '../../src/ports.js';
import type { PassReport } from '../../src/reconcile/report.js';
import { Desk, job, LEAVES_TRACE, recordOf } from './desk.js';

let desk: Desk;
/** What opens the second exchange of a session: the one that submits. */
let open: () => void;
let isWaiting: boolean;

beforeEach(() => {
  desk = new Desk({ 'jobs.d/a.yaml': job(LEAVES_TRACE) });
  isWaiting = false;
  const gate = new Promise<void>((resolve) => (open = resolve));
  desk.around = (transport) => gated(transport, gate);
});
afterEach(async () => {
  await desk.leave();
});

function gated(transport: Transport, gate: Promise<void>): Transport {
  let opened = 0;
  let cut: (error: Error) => void = () => undefined;
  const closed = new Promise<never>((_, reject) => (cut = reject));
  closed.catch(() => undefined);
  return {
    address: transport.address,
    open: async (options) => {
      opened += 1;
      if (opened === 2) {
        isWaiting = true;
        await Promise.race([gate, closed]);
      }
      return transport.open(options);
    },
    close: () => {
      cut(new TransportFailure('unreachable', 'this transport has been closed'));
      return transport.close();
    },
    get counts() {
      return transport.counts;
    },
  };
}

it('waits for a submission that is under way, and records it', async () => {
  const app = await desk.open();
  await app.look();
  expect([isWaiting, recordOf(app, 'a').attempts.map(({ state }) => state)]).toEqual([true, ['intended']]);
  const closing = app.close();
  open();
  await closing;
  expect((await desk.record('a')).attempts).toMatchObject([{ state: 'submitted', jobId: '1' }]);
  desk.around = (transport) => transport;
  await desk.settle();
  expect([desk.ran(), (await desk.run('a')).phase]).toEqual([1, 'Succeeded']);
});

it('cuts what takes longer, records that, and the next session goes on from there', async () => {
  const app = await desk.open();
  await app.look();
  await app.close(10);
  expect((await desk.record('a')).attempts).toMatchObject([{ state: 'ended', outcome: 'unsent' }]);
  desk.around = (transport) => transport;
  await desk.settle();
  const { run, attempts } = await desk.record('a');
  expect([desk.ran(), run.phase, attempts.length]).toEqual([1, 'Succeeded', 2]);
});

it('a wait goes on without a cluster that hangs, and goes on with it as soon as it has answered', async () => {
  desk.around = (transport) => transport;
  await desk.settle();
  let free: () => void = () => undefined;
  desk.hung.set('there', new Promise((resolve) => (free = resolve)));
  desk.write({
    'jobs.d/here.yaml': job('echo here'),
    'jobs.d/there.yaml': 'destination_cluster: there\nalternates: none\nexecution: echo there\n',
  });
  await desk.session('write', async (app) => {
    const { signal } = new AbortController();
    const phases = (): string[] => ['here', 'there'].map((name) => recordOf(app, name).run.phase);
    const seen: string[] = [];
    const onPass = (report: PassReport): void => {
      if (seen.length === 0 && recordOf(app, 'here').run.phase === 'Succeeded') {
        seen.push(...phases());
        desk.hung.clear();
        free();
      }
      expect(report.problems).toEqual([]);
    };
    const { settled } = await app.waitUntilSettled([], { signal, onPass });
    expect([settled, seen, phases()]).toEqual([true, ['Succeeded', 'Pending'], ['Succeeded', 'Succeeded']]);
  });
});
