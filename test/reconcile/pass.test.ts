/** What passes cost, what they may not do, and whom they ask: round trips, plan against pass, one writer, sites. */
import { readdirSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { App } from '../../src/app.js';
import type { Action } from '../../src/model/action.js';
import { siteKey } from '../../src/plan/facts.js';
import { LeaseBusy } from '../../src/refusals.js';
import type { PassReport } from '../../src/reconcile/report.js';
import { clusterOf } from '../plan/scene.js';
import {
  AT_GATE,
  Desk,
  inventory,
  job,
  kinds,
  LEAVES_TRACE,
  recordOf,
  settle,
  until,
  untilPhase,
  cancel,
} from './desk.js';

const PATIENTLY = { timeout: 20_000 };

let desk: Desk;
beforeEach(() => {
  desk = new Desk();
});
afterEach(() => desk.leave());

/** A pass, and the round trips that it took. */
async function counted(
  app: App,
  cluster = 'here',
): Promise<{ kinds: string[]; trips: number; report: PassReport }> {
  const before = desk.trips(cluster);
  const report = await app.pass([]);
  return { kinds: kinds(report.plan.actions), trips: desk.trips(cluster) - before, report };
}

/** Plans until the plan would do such a thing: what the cluster did meanwhile shows. */
async function untilPlanned(app: App, kind: Action['kind']): Promise<void> {
  await expect.poll(async () => kinds((await app.plan([])).plan.actions), PATIENTLY).toContain(kind);
}

describe('round trips', () => {
  // One more for a payload: the cluster asks for it before it is sent.
  const OBSERVE = 1;
  const SEND = 2;

  it('are few in each stage of a life, and none when all is over', async () => {
    desk.write({
      'jobs.d/a.yaml': job(AT_GATE),
      'jobs.d/b.yaml': job(AT_GATE),
      'jobs.d/c.yaml': job(AT_GATE),
    });
    await desk.session('write', async (app) => {
      // Its first contact ever carries the wrapper with it.
      const first = await counted(app);
      expect(first.kinds.sort()).toEqual(['accept', 'stage', 'submit'].flatMap((kind) => [kind, kind, kind]));
      expect(first.trips).toBe(OBSERVE + SEND);
      await untilPlanned(app, 'progress');
      const following = await counted(app);
      expect(following.trips).toBe(OBSERVE);
      expect(following.kinds).toEqual(['progress', 'progress', 'progress']);
      desk.openGate();
      await expect
        .poll(
          async () => kinds((await app.plan([])).plan.actions).filter((kind) => kind === 'fetch').length,
          PATIENTLY,
        )
        .toBe(3);
      const last = await counted(app);
      expect(new Set(last.kinds)).toEqual(new Set(['conclude', 'fetch', 'settle']));
      expect(last.trips).toBe(OBSERVE + 1 + 1);
      const over = await counted(app);
      expect(over).toMatchObject({ kinds: [], trips: 0 });
    });
  });

  it('are the same for the next session: the wrapper is known to be there', async () => {
    desk.write({ 'jobs.d/a.yaml': job('true') });
    await desk.settle();
    desk.write({ 'jobs.d/b.yaml': job('true') });
    await desk.session('write', async (app) => {
      expect((await counted(app)).trips).toBe(OBSERVE + SEND);
    });
  });

  it('are one more when the wrapper has vanished, and it is there again', async () => {
    desk.write({ 'jobs.d/a.yaml': job(AT_GATE) });
    await desk.session('write', (app) => untilPhase(app, 'a', 'Running'));
    desk.remove('../home/here/claims/wrapper');
    await desk.session('write', async (app) => {
      expect((await counted(app)).trips).toBe(OBSERVE + 1);
      expect((await counted(app)).trips).toBe(OBSERVE);
    });
  });

  it('with steps are two exchanges, whatever the number of jobs', async () => {
    const steps = 'requirements: "true"\ncompilation: "true"\n';
    desk.write({ 'jobs.d/a.yaml': job(AT_GATE, steps), 'jobs.d/b.yaml': job(AT_GATE, steps) });
    await desk.session('write', async (app) => {
      expect((await counted(app)).trips).toBe(OBSERVE + SEND);
      await expect
        .poll(
          async () => kinds((await app.plan([])).plan.actions).filter((kind) => kind === 'submit').length,
          PATIENTLY,
        )
        .toBe(2);
      const submitting = await counted(app);
      expect(submitting).toMatchObject({ kinds: ['submit', 'submit'], trips: OBSERVE + 1 });
    });
  });

  it('of a cancellation are one exchange, and what it left is fetched', async () => {
    desk.write({ 'jobs.d/a.yaml': job(AT_GATE) });
    await desk.session('write', async (app) => {
      await untilPhase(app, 'a', 'Running');
      cancel(app, 'a', 'enough');
      await untilPlanned(app, 'fence');
      expect((await counted(app)).trips).toBeLessThanOrEqual(2 * OBSERVE + 1 + 2);
      await settle(app);
    });
  });

  it('concern only the clusters that have something to tell', async () => {
    desk.write({ 'jobs.d/a.yaml': job(AT_GATE) });
    await desk.pass();
    // The first use must not be a forgotten one: everybody is asked, and is a witness of the first claim.
    expect(desk.trips('there')).toBe(OBSERVE + 1);
    await desk.session('write', async (app) => {
      expect((await counted(app, 'there')).trips).toBe(0);
    });
  });
});

describe('a plan', () => {
  it('is what the pass then does, in each stage of a life', async () => {
    desk.write({
      'jobs.d/plain.yaml': job(AT_GATE),
      'jobs.d/steps.yaml': job(AT_GATE, 'compilation: "true"\n'),
      'jobs.d/held.yaml': job('true', 'suspend: true\n'),
      'jobs.d/fails.yaml': job(`${AT_GATE}; exit 1`, 'output: x\n'),
    });
    const compared = async (): Promise<string[]> => {
      const { plan } = await desk.session('plan', (app) => app.plan([]));
      expect((await desk.pass()).plan.actions).toEqual(plan.actions);
      return kinds(plan.actions);
    };
    expect(await compared()).toContain('steps');
    await desk.session('plan', (app) => untilPlanned(app, 'submit'));
    expect(await compared()).toContain('submit');
    await desk.session('write', (app) =>
      until(app, ({ standings }) => standings.filter(({ phase }) => phase === 'Running').length === 3),
    );
    expect(await compared()).toEqual(expect.arrayContaining(['progress']));
    desk.openGate();
    await desk.session('plan', (app) =>
      expect
        .poll(
          async () => kinds((await app.plan([])).plan.actions).filter((kind) => kind === 'fetch').length,
          PATIENTLY,
        )
        .toBe(3),
    );
    expect(await compared()).toEqual(expect.arrayContaining(['conclude', 'fetch', 'settle']));
  });

  it('writes nothing, here or there: before the first use, while a job runs, and after', async () => {
    const untouched = async (): Promise<void> => {
      const before = desk.everything();
      await desk.session('plan', (app) => app.plan([]));
      expect(desk.everything()).toEqual(before);
    };
    desk.write({ 'jobs.d/a.yaml': job(`echo at the gate; ${AT_GATE}`) });
    await untouched();
    await desk.pass();
    const log = (): string =>
      `home/here/work/${readdirSync(join(desk.home, 'here/work')).find((name) => name.startsWith('a.')) ?? ''}/logs/stdout`;
    await expect.poll(() => desk.read(`../${log()}`), PATIENTLY).toBe('at the gate\n');
    await untouched();
    desk.openGate();
    // Without the lease it sees the end, and leaves it to be recorded.
    await desk.session('plan', (app) => untilPlanned(app, 'fetch'));
    await desk.rest();
    await untouched();
    await desk.settle();
    desk.write({ 'jobs.d/b.yaml': job('true') });
    await untouched();
  });

  it('shows the script that is sent then', async () => {
    desk.write({ 'jobs.d/a.yaml': job('echo "it\'s me"') });
    const { scripts } = await desk.session('plan', (app) => app.plan([]));
    const [script = ''] = scripts.values();
    await desk.pass();
    const sent = await desk.session('read', (app) => Promise.resolve(app.scriptOf(recordOf(app, 'a'))));
    expect(script).toContain(`eval 'echo "it'\\''s me"'`);
    expect(sent).toBe(script);
    expect(desk.read(`../home/here/work/${[...scripts.keys()].join('')}/.sluice/script`)).toBe(script);
  });
});

describe('one writer', () => {
  it('keeps another out, and lets readers and planners in', async () => {
    desk.write({ 'jobs.d/a.yaml': job('true') });
    await desk.session('write', async (app) => {
      await expect(desk.open('write')).rejects.toThrow(LeaseBusy);
      await expect(desk.open('write')).rejects.toThrow(/held by "sluice" \(process \d+/);
      await settle(app);
      expect((await desk.run('a')).phase).toBe('Succeeded');
      await desk.session('plan', (other) => other.plan([]));
    });
    await desk.pass();
  });

  it('is the only one who may cancel', async () => {
    desk.write({ 'jobs.d/a.yaml': job(AT_GATE) });
    await desk.pass();
    await desk.session('read', async (app) => {
      expect(() => cancel(app, 'a', 'no')).toThrow(/without its lease/);
      await Promise.resolve();
    });
  });
});

describe('one bad manifest', () => {
  it('holds up no other', async () => {
    desk.write({
      'jobs.d/bad.yaml': job('true', 'resources: {duration: 5}\n'),
      'jobs.d/nowhere.yaml': 'destination_cluster: hree\nexecution: x\n',
      'jobs.d/good.yaml': job(LEAVES_TRACE),
    });
    const report = await desk.settle();
    expect(report.problems.map(({ job: name }) => name)).toEqual(['bad', 'nowhere']);
    expect(report.problems[1]?.message).toContain('did you mean "here"');
    expect((await desk.run('good')).phase).toBe('Succeeded');
    expect(desk.ran()).toBe(1);
  });

  it.each([
    ['directory', 'case/x', 'case'],
    ['file', 'run.sh', 'run.sh'],
  ])('whose %s vanished before it was sent fails alone', async (_, path, asJob) => {
    desk.write({ 'jobs.d/a.yaml': job('true', `job: ../${asJob}\n`), [path]: '' });
    desk.away.add('here');
    await desk.pass();
    desk.remove(asJob);
    desk.write({ 'jobs.d/b.yaml': job('true') });
    desk.away.clear();
    const report = await desk.settle();
    expect(report.problems).toMatchObject([{ severity: 'error' }]);
    expect(await desk.run('b')).toMatchObject({ phase: 'Succeeded' });
    const { phase, reason, message } = await desk.run('a');
    expect([phase, reason]).toEqual(['Failed', 'StagingFailed']);
    expect(message).toContain(`${join(desk.directory, asJob)}: cannot be read`);
  });
});

describe('a login', () => {
  it.each<[string, { username?: string }, { username?: string }, boolean]>([
    ['none', {}, {}, true],
    ['the same name', { username: 'alice' }, { username: 'alice' }, true],
    ['another name', { username: 'alice' }, { username: 'bob' }, false],
    ['a name and none', { username: 'alice' }, {}, false],
    ["the inventory's name and none", { username: 'owner' }, {}, true],
  ])('shares a site with %s', (_, one, other, shared) => {
    const clusters = new Map(['here', 'there'].map((name) => [name, clusterOf(name, { username: 'owner' })]));
    expect(siteKey(clusters, 'here', one) === siteKey(clusters, 'here', other)).toBe(shared);
    expect(siteKey(clusters, 'here', one)).not.toBe(siteKey(clusters, 'there', one));
  });

  it('leaves no trace of its key and its passphrase, here or there', async () => {
    const login = 'username: alice\nprivate_key: /keys/of-alice\npassphrase: "open sesame"\n';
    desk.write({ 'jobs.d/a.yaml': job(LEAVES_TRACE, login) });
    await desk.settle();
    expect((await desk.run('a')).phase).toBe('Succeeded');
    expect(desk.filesWith('alice')).not.toEqual([]);
    for (const secret of ['of-alice', 'open sesame']) expect(desk.filesWith(secret)).toEqual([]);
    expect(JSON.stringify([desk.story, await desk.record('a')])).not.toMatch(/of-alice|open sesame/);
  });

  it('of its own is a connection of its own', async () => {
    const far = '  far: {hostname: far.invalid, preferred_jobs: [serial]}\n';
    const to = (more: string): string => `destination_cluster: far\nalternates: none\nexecution: x\n${more}`;
    desk.write({
      'clusters.yaml': `${inventory()}${far}`,
      'jobs.d/a.yaml': to('username: alice\n'),
      'jobs.d/b.yaml': to('username: bob\n'),
      'jobs.d/c.yaml': to('username: bob\n'),
      'jobs.d/d.yaml': to(''),
    });
    desk.away.add('far');
    await desk.pass();
    expect(desk.logins('far')).toBe(3);
  });
});

describe('a pass', () => {
  it('of some manifests leaves the others alone', async () => {
    desk.write({ 'jobs.d/a.yaml': job('true'), 'jobs.d/group/b.yaml': job('true') });
    await desk.session('write', (app) => app.pass([join(desk.directory, 'jobs.d/group')]));
    const names = await desk.session('read', (app) =>
      Promise.resolve(app.store.records.light().map(({ name }) => name)),
    );
    expect(names).toEqual(['b']);
  });

  it('takes nothing away where the directory is gone, and follows what runs', async () => {
    desk.write({ 'jobs.d/a.yaml': job(AT_GATE) });
    await desk.session('write', (app) => untilPhase(app, 'a', 'Running'));
    desk.remove('jobs.d');
    const report = await desk.pass();
    expect(report.problems[0]?.message).toContain('no such directory');
    desk.openGate();
    await desk.settle();
    expect((await desk.run('a')).phase).toBe('Succeeded');
  });

  it('parses nothing twice that did not change', async () => {
    desk.write({ 'jobs.d/a.yaml': job('true', 'job: run.sh\n'), 'jobs.d/run.sh': '' });
    desk.ahead = 10_000;
    await desk.settle();
    utimesSync(join(desk.directory, 'jobs.d'), new Date(), new Date());
    const report = await desk.pass();
    expect(report.plan).toMatchObject({ actions: [], unchanged: 1 });
  });
});
