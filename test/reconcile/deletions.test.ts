/** Manifests that are gone, or only seem to be; and a person's yes to many at once. */
import { renameSync } from 'node:fs';
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
    expect([plan.held?.deletions, plan.actions.filter(isChange)]).toEqual([names, []]);
    expect(await phase('j0')).toBe('Suspended');
    const digest = plan.held?.digest ?? '';
    await desk.session('read', (app) =>
      Promise.resolve(app.ask({ kind: 'approve', digest, reason: 'yes', actor: 'me', at: 5 })),
    );
    await desk.settle();
    expect(await phase('j0')).toBe('Cancelled');
  });
});

describe('a new name', () => {
  const work = job(LEAVES_TRACE);
  const held = async () => (await desk.pass()).plan.renamed?.map(({ name, from }) => `${name} from ${from}`);

  it('for work that is known does not run it again, until it is meant', async () => {
    desk.write({ 'jobs.d/a.yaml': work });
    await desk.settle();
    renameSync(file('a.yaml'), file('b.yaml'));
    expect(await held()).toEqual(['b from a']);
    expect(await held()).toEqual(['b from a']);
    expect(desk.ran()).toBe(1);
    desk.write({ 'jobs.d/b.yaml': `${work}run: "2"\n` });
    expect(await held()).toBeUndefined();
    await desk.settle();
    expect(desk.ran()).toBe(2);
  });

  it('may be approved, and is free when the earlier name is there again', async () => {
    desk.write({ 'jobs.d/a.yaml': work });
    await desk.settle();
    renameSync(file('a.yaml'), file('b.yaml'));
    const [renamed] = (await desk.pass()).plan.renamed ?? [];
    desk.write({ 'jobs.d/a.yaml': work, 'jobs.d/c.yaml': work });
    expect(await held()).toBeUndefined();
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

function file(name: string): string {
  return join(desk.directory, 'jobs.d', name);
}
