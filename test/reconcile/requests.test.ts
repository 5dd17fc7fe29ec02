/** Who is not the writer asks who is: taken up at the beginning of a pass, or by the next writer. */
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Request } from '../../src/requests/request.js';
import { AT_GATE, Desk, job, recordOf, untilPhase } from './desk.js';

let desk: Desk;
beforeEach(() => {
  desk = new Desk({ 'jobs.d/a.yaml': job(AT_GATE), 'jobs.d/b.yaml': job(AT_GATE) });
});
afterEach(() => desk.leave());

const cancelOf = (run: string): Request => ({ kind: 'cancel', run, reason: 'wrong', actor: 'me', at: 5 });

it('a running writer hears it between two passes, also about what is not in its scope', async () => {
  await desk.session('write', async (app) => {
    await untilPhase(app, 'a', 'Running');
    const uuid = recordOf(app, 'a').run.uuid;
    const running = app.waitUntilSettled([join(desk.directory, 'jobs.d/b.yaml')], {
      signal: new AbortController().signal,
    });
    await desk.session('read', async (other) => {
      const { isTaken } = other.ask(cancelOf(uuid));
      await expect.poll(isTaken, { timeout: 20_000 }).toBe(true);
      expect(recordOf(other, 'a').run.cancelRequested).toBe(true);
    });
    await expect.poll(() => recordOf(app, 'a').run.phase, { timeout: 20_000 }).toBe('Cancelled');
    const told = app.store.events.ofRun(uuid).filter(({ kind }) => kind === 'cancel');
    expect(told).toMatchObject([{ actor: 'me', message: 'wrong', detail: { askedAt: 5 } }]);
    desk.openGate();
    await running;
  });
});

it('the next writer takes up what nobody heard, and is not stopped by what nobody understands', async () => {
  await desk.session('write', (app) => untilPhase(app, 'a', 'Running'));
  await desk.session('read', (app) => {
    app.ask(cancelOf(recordOf(app, 'a').run.uuid));
    app.ask(cancelOf('nobody'));
    return Promise.resolve();
  });
  const folder = join(desk.directory, '.sluice/requests');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'x.json'), '{"kind":"explode"}');
  await desk.session('write', (app) => untilPhase(app, 'a', 'Cancelled'));
  expect((await desk.run('b')).phase).not.toBe('Cancelled');
  expect(readdirSync(folder)).toEqual(['x.not-understood']);
  const warnings = desk.story.filter(({ level }) => level === 'warning').map(({ text }) => text);
  expect(warnings.slice(0, 2)).toEqual([
    expect.stringMatching(/run nobody, which the state does not know/),
    expect.stringMatching(/not understood; it is kept as .*x\.not-understood/),
  ]);
});

it('reports and statuses are taken up without a pass; one who wants a pass waits for its end', async () => {
  await desk.session('write', async (app) => {
    await untilPhase(app, 'a', 'Running');
    const uuid = recordOf(app, 'a').run.uuid;
    const asked = { actor: 'me', at: 5 };
    app.ask({ kind: 'report', run: uuid, report: { kind: 'error', text: 'no luck' }, ...asked });
    app.ask({ kind: 'report', run: 'nobody', report: { kind: 'error', text: 'x' }, ...asked });
    app.ask({ kind: 'status', cluster: 'here', status: { AVAIL: 2 }, ...asked });
    expect(app.hear()).toBe(false);
    expect(app.store.events.ofRun(uuid).at(-1)).toMatchObject({
      kind: 'report',
      actor: 'me',
      message: 'is reported: no luck; nobody was mailed',
    });
    expect(app.store.clusters.get('here').reported).toEqual({ at: 5, status: { AVAIL: 2 } });
    const { isTaken } = app.ask({ kind: 'pass', ...asked });
    expect(app.hear()).toBe(true);
    expect(isTaken()).toBe(false);
    await app.look();
    expect(isTaken()).toBe(true);
    expect(app.hear()).toBe(false);
  });
});
