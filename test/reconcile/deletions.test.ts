/** Manifests that are gone, or only seem to be; and a person's yes to many at once. */
import { existsSync, readdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isChange } from '../../src/model/action.js';
import { AT_GATE, Desk, job, LEAVES_TRACE, untilPhase } from './desk.js';

let desk: Desk;
beforeEach(() => {
  desk = new Desk();
});
afterEach(() => desk.leave());

const CANCELS = job(AT_GATE, 'on_delete: cancel\n');
const running = (name: string) => desk.session('write', (app) => untilPhase(app, name, 'Running'));
const phase = async (name: string): Promise<string> => (await desk.run(name)).phase;

describe('on_delete: cancel', () => {
  it('ends the run when its manifest is gone, and it does not run when that comes back', async () => {
    desk.write({ 'jobs.d/a.yaml': CANCELS });
    await running('a');
    desk.remove('jobs.d/a.yaml');
    const { plan } = await desk.session('plan', (app) => app.plan([]));
    expect(plan.actions[0]).toMatchObject({
      kind: 'cancel',
      why: 'its manifest is gone, and said on_delete: cancel',
    });
    await desk.settle();
    expect(await desk.run('a')).toMatchObject({ phase: 'Cancelled', reason: 'ManifestDeleted' });
    desk.write({ 'jobs.d/a.yaml': CANCELS });
    expect((await desk.settle()).plan.actions).toMatchObject([{ kind: 'manifest', isThere: true }]);
    expect((await desk.settle()).plan.actions).toEqual([]);
  });

  it('is the word of the last manifest, though it was edited in after the run began', async () => {
    desk.write({ 'jobs.d/a.yaml': job(AT_GATE) });
    await running('a');
    desk.write({ 'jobs.d/a.yaml': CANCELS });
    await desk.pass();
    desk.remove('jobs.d/a.yaml');
    await desk.settle();
    expect(await phase('a')).toBe('Cancelled');
  });

  it.each<[string, () => void]>([
    ['another file holds it', () => renameSync(file('a.yaml'), file('b-a.yaml'))],
    ['its file has an error', () => desk.write({ 'jobs.d/a.yaml': 'execution: [' })],
    ['a key of it is wrong', () => desk.write({ 'jobs.d/a.yaml': `${CANCELS}resources: {duration: 5}\n` })],
    ['it asks for another run', () => desk.write({ 'jobs.d/a.yaml': `${CANCELS}run: "2"\nsuspend: true\n` })],
    ['the directory is gone', () => renameSync(join(desk.directory, 'jobs.d'), join(desk.home, 'away'))],
    [
      'a file that may hold it cannot be read',
      () => {
        desk.write({ 'jobs.d/other.yaml': 'name: a\n  x: [' });
        desk.remove('jobs.d/a.yaml');
      },
    ],
  ])('does nothing where %s', async (_, change) => {
    desk.write({ 'jobs.d/a.yaml': `name: a\n${CANCELS}`, 'jobs.d/c.yaml': job('true', 'suspend: true\n') });
    await running('a');
    const { uuid } = await desk.run('a');
    change();
    await desk.pass();
    const run = await desk.session('read', (app) => Promise.resolve(app.store.runs.byUuid(uuid)));
    expect(run).toMatchObject({ phase: 'Running', cancelRequested: false });
  });

  it('does nothing in a pass that leaves it out', async () => {
    desk.write({ 'jobs.d/a.yaml': CANCELS, 'jobs.d/c.yaml': job('true', 'suspend: true\n') });
    await running('a');
    desk.remove('jobs.d/a.yaml');
    for (const path of ['jobs.d/c.yaml', 'jobs.d'])
      await desk.session('write', (app) => app.pass([join(desk.directory, path)]));
    expect(await phase('a')).toBe('Running');
  });

  it('of many at once is held until they are approved', async () => {
    const names = Array.from({ length: 6 }, (_, index) => `j${index}`);
    for (const name of names)
      desk.write({ [`jobs.d/${name}.yaml`]: job('true', 'suspend: true\non_delete: cancel\n') });
    await desk.settle();
    for (const name of names) desk.remove(`jobs.d/${name}.yaml`);
    const { plan } = await desk.pass();
    const [held] = plan.waiting;
    expect(held?.message).toContain(names.join(', '));
    expect(plan.actions.filter(isChange)).toEqual([]);
    expect(await phase('j0')).toBe('Suspended');
    const digest = held?.digest ?? '';
    await desk.session('read', (app) =>
      Promise.resolve(app.ask({ kind: 'approve', digest, reason: 'yes', actor: 'me', at: 5 })),
    );
    await desk.settle();
    expect(await phase('j0')).toBe('Cancelled');
  });
});

it('that a run may be ended was said of a manifest that was gone: it counts no more when that is back', async () => {
  desk.write({ 'jobs.d/a.yaml': job('true', 'suspend: true\n') });
  await desk.settle();
  const { uuid } = await desk.run('a');
  const manifest = desk.read('jobs.d/a.yaml');
  desk.remove('jobs.d/a.yaml');
  await desk.pass();
  await desk.session('write', (app) => {
    app.store.approvals.add(uuid, 'with others', {});
    return Promise.resolve();
  });
  const granted = (): Promise<boolean> =>
    desk.session('read', (app) => Promise.resolve(app.store.approvals.all().has(uuid)));
  expect(await granted()).toBe(true);
  desk.write({ 'jobs.d/a.yaml': manifest });
  await desk.pass();
  expect(await granted()).toBe(false);
});

describe('a new name', () => {
  const work = job(LEAVES_TRACE);
  const held = async () =>
    (await desk.pass()).plan.waiting.map(
      ({ name, message }) => `${name} from ${/looks like (\S+)/.exec(message)?.[1] ?? '?'}`,
    );

  it('for work that is known does not run it again, until it is meant', async () => {
    desk.write({ 'jobs.d/a.yaml': work });
    await desk.settle();
    renameSync(file('a.yaml'), file('b.yaml'));
    expect(await held()).toEqual(['b from a']);
    expect(await held()).toEqual(['b from a']);
    expect(desk.ran()).toBe(1);
    desk.write({ 'jobs.d/b.yaml': `${work}run: "2"\n` });
    expect(await held()).toEqual([]);
    await desk.settle();
    expect(desk.ran()).toBe(2);
  });

  it('may be approved, and is free when the earlier name is there again', async () => {
    desk.write({ 'jobs.d/a.yaml': work });
    await desk.settle();
    renameSync(file('a.yaml'), file('b.yaml'));
    const [renamed] = (await desk.pass()).plan.waiting;
    desk.write({ 'jobs.d/a.yaml': work, 'jobs.d/c.yaml': work });
    expect(await held()).toEqual([]);
    await desk.settle();
    expect(desk.ran()).toBe(3);
    expect(renamed?.digest).toMatch(/^[0-9a-f]{12}$/);
  });

  it('is held while the earlier one runs, and while a file cannot be read', async () => {
    desk.write({ 'jobs.d/a.yaml': job(AT_GATE) });
    await running('a');
    renameSync(file('a.yaml'), file('b.yaml'));
    desk.write({ 'jobs.d/c.yaml': 'execution: [' });
    expect(await held()).toEqual(['b from a']);
    expect(await phase('a')).toBe('Running');
  });
});

describe('previously', () => {
  const work = job(`${LEAVES_TRACE}; echo x >result`, 'output: result\n');
  it('keeps the run, its results and its generations under the new name', async () => {
    desk.write({ 'jobs.d/a.yaml': work });
    await desk.settle();
    const before = await desk.run('a');
    desk.remove('jobs.d/a.yaml');
    desk.write({ 'jobs.d/b.yaml': `${work}previously: a\n` });
    expect((await desk.pass()).plan.actions.map(({ kind }) => kind)).toEqual(['rename']);
    expect((await desk.pass()).plan).toMatchObject({ actions: [], waiting: [], unchanged: 1 });
    expect(await desk.run('b')).toMatchObject({ uuid: before.uuid, phase: 'Succeeded' });
    const record = await desk.session('read', (app) => Promise.resolve(app.store.records.find('b')));
    const files = await desk.session('read', (app) =>
      Promise.resolve(app.store.outputs.of(before.uuid, record?.attempts.at(-1)?.number ?? 0)),
    );
    expect(files.length).toBeGreaterThan(0);
    for (const each of files) {
      expect(each.file).toContain(join(desk.directory, 'outputs/b/1/'));
      expect(existsSync(each.file)).toBe(true);
    }
    // The word is not needed any more.
    desk.write({ 'jobs.d/b.yaml': work });
    expect((await desk.pass()).plan).toMatchObject({ actions: [], waiting: [] });
    expect(desk.ran()).toBe(1);
  });

  it('of a run that goes on follows it to its end', async () => {
    desk.write({ 'jobs.d/a.yaml': job(AT_GATE) });
    await running('a');
    desk.remove('jobs.d/a.yaml');
    desk.write({ 'jobs.d/b.yaml': job(AT_GATE, 'previously: a\n') });
    await desk.pass();
    expect(await phase('b')).toBe('Running');
    desk.openGate();
    await desk.settle();
    expect(await phase('b')).toBe('Succeeded');
  });

  it('finds the run though the state is lost', async () => {
    desk.write({ 'jobs.d/a.yaml': work });
    await desk.settle();
    const { uuid } = await desk.run('a');
    desk.remove('jobs.d/a.yaml');
    desk.write({ 'jobs.d/b.yaml': `${work}previously: a\n` });
    for (const name of readdirSync(join(desk.directory, '.sluice')))
      if (name.startsWith('state.db')) desk.remove(`.sluice/${name}`);
    await desk.settle();
    expect(await desk.run('b')).toMatchObject({ uuid, phase: 'Succeeded' });
    expect(desk.ran()).toBe(1);
  });

  it('waits while a manifest that cannot be read may have the earlier name, and runs nothing again', async () => {
    desk.write({ 'jobs.d/a.yaml': work });
    await desk.settle();
    const { uuid } = await desk.run('a');
    desk.remove('jobs.d/a.yaml');
    const edited = job(`${LEAVES_TRACE}; echo y >result`, 'output: result\npreviously: a\n');
    for (const unread of ['nonsense: [', `${work}nonsense: x\n`]) {
      desk.write({ 'jobs.d/b.yaml': edited, 'jobs.d/a.yaml': unread });
      expect((await desk.settle()).plan.waiting).toMatchObject([{ name: 'b', reason: 'LooksRenamed' }]);
    }
    desk.remove('jobs.d/a.yaml');
    await desk.settle();
    expect(await desk.run('b')).toMatchObject({ uuid, conditions: ['OutOfSync'] });
    expect(desk.ran()).toBe(1);
  });

  it('with another run: ends nothing of what goes on', async () => {
    desk.write({ 'jobs.d/a.yaml': CANCELS });
    await running('a');
    const { uuid } = await desk.run('a');
    desk.remove('jobs.d/a.yaml');
    desk.write({ 'jobs.d/b.yaml': `${CANCELS}previously: a\nrun: "2"\nsuspend: true\n` });
    await desk.pass();
    const run = await desk.session('read', (app) => Promise.resolve(app.store.runs.byUuid(uuid)));
    expect(run).toMatchObject({ phase: 'Running', cancelRequested: false });
  });

  it('that nobody bore before is no word at all', async () => {
    desk.write({ 'jobs.d/b.yaml': `${work}previously: nobody\n` });
    await desk.settle();
    expect(await phase('b')).toBe('Succeeded');
  });
});

describe('a new name after the state was lost', () => {
  it('does not run the work again, though its cluster could not be asked at first', async () => {
    const work = job(LEAVES_TRACE);
    desk.write({ 'jobs.d/a.yaml': work });
    await desk.settle();
    const clusters = desk.read('clusters.yaml');
    renameSync(file('a.yaml'), file('b.yaml'));
    for (const name of readdirSync(join(desk.directory, '.sluice')))
      if (name.startsWith('state.db')) desk.remove(`.sluice/${name}`);
    const away = 'clusters:\n  here: {hostname: 127.0.0.1, port: 1, workload_manager: slurm}\n';
    desk.write({ 'clusters.yaml': away });
    await desk.pass();
    expect(await desk.run('b')).toMatchObject({ reason: 'RecoveryIncomplete' });
    desk.write({ 'clusters.yaml': clusters });
    expect((await desk.settle()).plan.waiting).toMatchObject([{ name: 'b', reason: 'LooksRenamed' }]);
    expect(await desk.run('b')).toMatchObject({ phase: 'Blocked', reason: 'LooksRenamed' });
    expect(desk.ran()).toBe(1);
  });
});

describe('an earlier name that is taken again when the later one is gone', () => {
  const work = job(LEAVES_TRACE, 'output: [{path: none, optional: true}]\n');
  beforeEach(async () => {
    desk.write({ 'jobs.d/a.yaml': work });
    await desk.settle();
    renameSync(file('a.yaml'), file('b.yaml'));
    desk.write({ 'jobs.d/b.yaml': `${work}previously: a\n` });
    await desk.pass();
    desk.remove('jobs.d/b.yaml');
    await desk.pass();
  });

  it('with other work waits for a word, and delays no other', async () => {
    desk.write({ 'jobs.d/a.yaml': job(`${LEAVES_TRACE}; true`), 'jobs.d/other.yaml': job('true # other') });
    const { plan } = await desk.settle();
    expect(plan.waiting).toMatchObject([{ name: 'b', reason: 'SpecChanged' }]);
    expect([desk.ran(), (await desk.run('other')).phase]).toEqual([1, 'Succeeded']);
  });

  it('with the same work is the same run', async () => {
    desk.write({ 'jobs.d/a.yaml': work, 'jobs.d/other.yaml': job('true # other') });
    const { plan } = await desk.settle();
    expect([plan.waiting, desk.ran(), (await desk.run('other')).phase]).toEqual([[], 1, 'Succeeded']);
  });
});

describe('a manifest that comes back', () => {
  it('with other work waits for a word, and says which', async () => {
    desk.write({ 'jobs.d/a.yaml': job(LEAVES_TRACE, 'on_edit: replace\n') });
    await desk.settle();
    desk.remove('jobs.d/a.yaml');
    await desk.pass();
    desk.write({ 'jobs.d/a.yaml': job(`${LEAVES_TRACE}; true`, 'on_edit: replace\n') });
    const { plan } = await desk.settle();
    expect(plan.waiting).toMatchObject([{ name: 'a', reason: 'SpecChanged' }]);
    expect(plan.waiting[0]?.message).toContain('to run that: sluice rerun a, or give it another run:');
    expect(await desk.run('a')).toMatchObject({ phase: 'Succeeded', conditions: ['OutOfSync', 'Blocked'] });
    const told = await desk.session('read', (app) => Promise.resolve(app.store.waiting.all()));
    expect(told).toMatchObject([{ name: 'a', reason: 'SpecChanged' }]);
    expect(desk.ran()).toBe(1);
    await desk.session('write', (app) => {
      const run = app.store.records.find('a')?.run.uuid ?? '';
      app.decide({ kind: 'rerun', run, reason: 'it is meant', actor: 'me', at: 5 });
      return Promise.resolve();
    });
    expect((await desk.settle()).plan.waiting).toEqual([]);
    expect(await desk.run('a')).toMatchObject({ phase: 'Succeeded', generation: 1, conditions: [] });
    expect(desk.ran()).toBe(2);
  });

  it('as it was is its run, and nothing waits', async () => {
    const work = job(LEAVES_TRACE);
    desk.write({ 'jobs.d/a.yaml': work });
    await desk.settle();
    for (let round = 0; round < 2; round += 1) {
      desk.remove('jobs.d/a.yaml');
      await desk.pass();
      desk.write({ 'jobs.d/a.yaml': work });
      expect((await desk.settle()).plan.waiting).toEqual([]);
    }
    expect(desk.ran()).toBe(1);
  });
});

describe('on_delete: orphan', () => {
  it('follows the run no more, until its manifest is there again', async () => {
    const orphan = job(AT_GATE, 'on_delete: orphan\n');
    desk.write({ 'jobs.d/a.yaml': orphan });
    await running('a');
    desk.remove('jobs.d/a.yaml');
    await desk.settle();
    expect(await desk.run('a')).toMatchObject({ phase: 'Running', cancelRequested: false });
    expect((await desk.run('a')).forgottenAt).toBeDefined();
    desk.openGate();
    await desk.settle();
    expect(await phase('a')).toBe('Running');
    desk.write({ 'jobs.d/a.yaml': orphan });
    await desk.settle();
    expect(await phase('a')).toBe('Succeeded');
  });
});

function file(name: string): string {
  return join(desk.directory, 'jobs.d', name);
}
