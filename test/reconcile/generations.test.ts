/** Further generations of a run: asked for by a person, or by an edit that says `on_edit: replace`. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { jobUuid } from '../../src/manifest/identity.js';
import { isChange } from '../../src/model/action.js';
import { AT_GATE, Desk, job, kinds, LEAVES_TRACE, recordOf, untilPhase } from './desk.js';

let desk: Desk;
beforeEach(() => {
  desk = new Desk();
});
afterEach(() => desk.leave());

const rerun = (name: string): Promise<void> =>
  desk.session('write', (app) => {
    const run = recordOf(app, name).run.uuid;
    app.decide({ kind: 'rerun', run, reason: 'once more', actor: 'me', at: 5 });
    return Promise.resolve();
  });
const changes = async (): Promise<string[]> => kinds((await desk.pass()).plan.actions.filter(isChange));
const counting = (more = ''): string =>
  job(`${LEAVES_TRACE}; wc -l <"$HOME/trace" | tr -d ' ' >n`, `output: n\n${more}`);

describe('rerun', () => {
  it('runs an ended job once more, its results beside, and not again', async () => {
    desk.write({ 'jobs.d/a.yaml': counting() });
    await desk.settle();
    await rerun('a');
    expect(await desk.run('a')).toMatchObject({
      uuid: jobUuid('desk', 'a', '1', 1),
      generation: 1,
      phase: 'Pending',
      message: 'runs again as generation 1: once more',
    });
    await desk.settle();
    expect([desk.read('outputs/a/1/n'), desk.read('outputs/a/1.g1/n')]).toEqual(['1\n', '2\n']);
    expect(await changes()).toEqual([]);
    expect(desk.ran()).toBe(2);
  });

  it('takes the manifest of today', async () => {
    desk.write({ 'jobs.d/a.yaml': job('false') });
    await desk.settle();
    desk.write({ 'jobs.d/a.yaml': counting() });
    await desk.pass();
    expect((await desk.run('a')).conditions).toEqual(['OutOfSync']);
    await rerun('a');
    await desk.settle();
    expect(await desk.run('a')).toMatchObject({ generation: 1, phase: 'Succeeded', conditions: [] });
    expect(await changes()).toEqual([]);
  });

  it('is refused of what has not ended, and done once when it is asked twice', async () => {
    desk.write({ 'jobs.d/a.yaml': job(AT_GATE), 'jobs.d/b.yaml': job('true') });
    await desk.session('write', async (app) => {
      await untilPhase(app, 'a', 'Running');
      const record = recordOf(app, 'a');
      expect(await app.whyNotAgain(record)).toBe('it has not ended: it stands as Running');
      app.decide({ kind: 'rerun', run: record.run.uuid, reason: 'x', actor: 'me', at: 5 });
      expect(recordOf(app, 'a').run.generation).toBe(0);
      await untilPhase(app, 'b', 'Succeeded');
      const first = recordOf(app, 'b');
      const request = { kind: 'rerun', run: first.run.uuid, reason: 'x', actor: 'me', at: 5 } as const;
      app.decide(request);
      app.decide(request);
      expect(recordOf(app, 'b').run.generation).toBe(1);
      expect(await app.whyNotAgain(first)).toBe('it runs again already, as generation 1');
    });
    desk.openGate();
    await desk.settle();
  });

  it('is known to the clusters: with the state lost, nothing runs a third time', async () => {
    desk.write({ 'jobs.d/a.yaml': counting() });
    await desk.settle();
    await rerun('a');
    await desk.settle();
    for (const name of readdirSync(join(desk.directory, '.sluice')))
      if (name.startsWith('state.db')) desk.remove(`.sluice/${name}`);
    await desk.settle();
    expect(await changes()).toEqual([]);
    expect(await desk.run('a')).toMatchObject({ generation: 1, phase: 'Succeeded' });
    expect(desk.ran()).toBe(2);
  });

  it('holds jobs that depend on it', async () => {
    desk.write({ 'jobs.d/a.yaml': job('true') });
    await desk.settle();
    await rerun('a');
    desk.write({
      'jobs.d/a.yaml': job('true', 'suspend: true\n'),
      'jobs.d/b.yaml': job('true', 'depends_on: a\n'),
    });
    await desk.pass();
    expect((await desk.run('b')).message).toBe('waits for a to succeed, which stands as Pending');
  });
});

describe('on_edit: replace', () => {
  it('runs the next generation of an ended job, once for each edit', async () => {
    desk.write({ 'jobs.d/a.yaml': counting('on_edit: replace\n') });
    await desk.settle();
    desk.write({ 'jobs.d/a.yaml': counting('on_edit: replace\nenvironment: {X: "1"}\n') });
    const { plan } = await desk.session('plan', (app) => app.plan([]));
    expect(plan.actions.slice(0, 2)).toMatchObject([
      {
        kind: 'accept',
        generation: 1,
        why: 'its manifest changed and says on_edit: replace: generation 1',
      },
      { kind: 'stage', cluster: 'here', attempt: 1 },
    ]);
    await desk.settle();
    expect([desk.read('outputs/a/1/n'), desk.read('outputs/a/1.g1/n')]).toEqual(['1\n', '2\n']);
    expect(await changes()).toEqual([]);
    expect(desk.ran()).toBe(2);
  });

  it('ends what runs, and begins the next when that is known', async () => {
    desk.write({ 'jobs.d/a.yaml': job(`${LEAVES_TRACE}; ${AT_GATE}`, 'on_edit: replace\n') });
    await desk.session('write', (app) => untilPhase(app, 'a', 'Running'));
    const first = (await desk.run('a')).uuid;
    desk.write({ 'jobs.d/a.yaml': counting('on_edit: replace\n') });
    await desk.session('write', (app) => untilPhase(app, 'a', 'Succeeded'));
    const old = await desk.session('read', (app) => Promise.resolve(app.store.runs.byUuid(first)));
    expect(old).toMatchObject({ phase: 'Cancelled', reason: 'Replaced', cancelCause: 'edit' });
    expect(await desk.run('a')).toMatchObject({ generation: 1, phase: 'Succeeded', conditions: [] });
    await desk.settle();
    expect(await changes()).toEqual([]);
    expect(desk.ran()).toBe(2);
  });

  it('of what was not submitted makes no other generation', async () => {
    desk.write({ 'jobs.d/a.yaml': job('false', 'on_edit: replace\nsuspend: true\n') });
    await desk.settle();
    desk.write({ 'jobs.d/a.yaml': counting('on_edit: replace\n') });
    await desk.settle();
    expect(await desk.run('a')).toMatchObject({ generation: 0, phase: 'Succeeded' });
  });
});
