/** The end of a session while something is under way at a cluster: it is recorded, or cut and found again. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Transport, TransportFailure } from '../../src/ports.js';
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
