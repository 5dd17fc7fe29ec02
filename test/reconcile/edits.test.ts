/** What an edit means, and when the new word counts; holding back, choosing, caps, and what goes from the clusters. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isChange } from '../../src/model/action.js';
import { AT_GATE, Desk, inventory, job, kinds, LEAVES_TRACE, recordOf, settle, untilPhase } from './desk.js';

let desk: Desk;
beforeEach(() => {
  desk = new Desk();
});
afterEach(() => desk.leave());

const conditions = async (name: string): Promise<readonly string[]> => (await desk.run(name)).conditions;
const changes = async (): Promise<string[]> => kinds((await desk.pass()).plan.actions.filter(isChange));

describe('an edit', () => {
  it('of a run that has ended is OutOfSync, until it is taken back', async () => {
    const [one, other] = [job(LEAVES_TRACE), job(`${LEAVES_TRACE}; true`)];
    desk.write({ 'jobs.d/a.yaml': one });
    await desk.settle();
    desk.write({ 'jobs.d/a.yaml': other });
    const report = await desk.pass();
    expect(report.plan.actions).toMatchObject([{ kind: 'sync', outOfSync: true }]);
    expect(await desk.run('a')).toMatchObject({ phase: 'Succeeded', conditions: ['OutOfSync'] });
    expect(kinds((await desk.pass()).plan.actions)).toEqual([]);
    desk.write({ 'jobs.d/a.yaml': one });
    await desk.pass();
    expect(await conditions('a')).toEqual([]);
    expect([desk.ran(), desk.trips()]).toEqual([1, 0]);
  });

  it('of a run that goes on is OutOfSync, and what was asked for is carried out', async () => {
    const first = job(`${AT_GATE}; echo first >which`, 'output: which\n');
    desk.write({ 'jobs.d/a.yaml': first });
    await desk.session('write', (app) => untilPhase(app, 'a', 'Running'));
    desk.write({ 'jobs.d/a.yaml': job('echo second >other', 'output: other\n') });
    expect(await changes()).toEqual([]);
    expect(await desk.run('a')).toMatchObject({ phase: 'Running', conditions: ['OutOfSync'] });
    desk.write({ 'jobs.d/a.yaml': first });
    expect(await changes()).toEqual([]);
    expect(await conditions('a')).toEqual([]);
    desk.write({ 'jobs.d/a.yaml': job('echo second >other', 'output: other\n') });
    desk.openGate();
    await desk.settle();
    expect(await desk.run('a')).toMatchObject({ phase: 'Succeeded', conditions: ['OutOfSync'] });
    expect(desk.read('outputs/a/1/which')).toBe('first\n');
  });

  it('of a file that is sent is one too', async () => {
    desk.write({ 'jobs.d/a.yaml': job(`sh x; ${LEAVES_TRACE}`, 'job: x\n'), 'jobs.d/x': 'true\n' });
    await desk.settle();
    desk.write({ 'jobs.d/x': 'false\n' });
    expect(await changes()).toEqual([]);
    expect(await conditions('a')).toEqual(['OutOfSync']);
  });

  it('that says nothing else about the work is none', async () => {
    desk.write({ 'jobs.d/a.yaml': job('true') });
    await desk.settle();
    desk.write({ 'jobs.d/a.yaml': `# why\nlabels: {paper: "7"}\nuser_mail: a@example.org\n${job('true')}` });
    expect(kinds((await desk.pass()).plan.actions)).toEqual([]);
  });

  it('before submission counts', async () => {
    desk.write({ 'jobs.d/a.yaml': job('echo old >which', 'output: which\n') });
    desk.away.add('here');
    await desk.pass();
    expect(await desk.run('a')).toMatchObject({ phase: 'Pending', reason: 'ClusterUnreachable' });
    desk.write({ 'jobs.d/a.yaml': job('echo new >which', 'output: which\n') });
    await desk.pass();
    desk.away.clear();
    await desk.settle();
    expect(await desk.run('a')).toMatchObject({ phase: 'Succeeded', conditions: [] });
    expect(desk.read('outputs/a/1/which')).toBe('new\n');
  });

  it.each([
    ['alone', job('true')],
    ['and ask for other work', job('true')],
  ])('before submission may name another cluster, %s', async (how, manifest) => {
    desk.write({ 'jobs.d/a.yaml': how === 'alone' ? manifest : job('false') });
    desk.away.add('here');
    await desk.pass();
    desk.write({ 'jobs.d/a.yaml': manifest.replace('here', 'there') });
    await desk.settle();
    expect(await desk.record('a')).toMatchObject({
      run: { phase: 'Succeeded', candidates: ['there'] },
      attempts: [{ cluster: 'there' }],
    });
  });

  it('after submission that names another cluster moves nothing', async () => {
    desk.write({ 'jobs.d/a.yaml': job(AT_GATE) });
    await desk.session('write', (app) => untilPhase(app, 'a', 'Running'));
    desk.write({ 'jobs.d/a.yaml': job(AT_GATE).replace('here', 'there') });
    expect(await changes()).toEqual([]);
    desk.openGate();
    await desk.settle();
    expect(await desk.record('a')).toMatchObject({
      run: { phase: 'Succeeded', candidates: ['here'], conditions: [] },
      attempts: [{ cluster: 'here' }],
    });
  });

  it('of `run` asks for a new run beside the old one', async () => {
    desk.write({ 'jobs.d/a.yaml': job(`${LEAVES_TRACE}; echo 1 >n`, 'output: n\n') });
    await desk.settle();
    desk.write({ 'jobs.d/a.yaml': job(`${LEAVES_TRACE}; echo 2 >n`, 'output: n\nrun: second\n') });
    await desk.settle();
    expect([desk.read('outputs/a/1/n'), desk.read('outputs/a/second/n')]).toEqual(['1\n', '2\n']);
    expect(desk.ran()).toBe(2);
  });
});

describe('a manifest that is deleted', () => {
  it('leaves its run to its end, and its record', async () => {
    desk.write({ 'jobs.d/a.yaml': job(AT_GATE) });
    await desk.session('write', (app) => untilPhase(app, 'a', 'Running'));
    desk.remove('jobs.d/a.yaml');
    expect(await changes()).toEqual([]);
    desk.openGate();
    await desk.settle();
    expect((await desk.run('a')).phase).toBe('Succeeded');
    desk.write({ 'jobs.d/a.yaml': job(AT_GATE) });
    expect(await changes()).toEqual([]);
  });
});

describe('suspend: true', () => {
  it('holds back what was not submitted, until it is taken back', async () => {
    desk.write({ 'jobs.d/a.yaml': job(LEAVES_TRACE, 'suspend: true\n') });
    await desk.settle();
    expect(await desk.run('a')).toMatchObject({
      phase: 'Suspended',
      reason: 'SuspendedByManifest',
      conditions: ['Suspended'],
    });
    expect(await changes()).toEqual([]);
    desk.write({ 'jobs.d/a.yaml': job(LEAVES_TRACE) });
    await desk.settle();
    expect(await desk.run('a')).toMatchObject({ phase: 'Succeeded', conditions: [] });
    expect(desk.ran()).toBe(1);
  });

  it('leaves alone what runs', async () => {
    desk.write({ 'jobs.d/a.yaml': job(AT_GATE) });
    await desk.session('write', (app) => untilPhase(app, 'a', 'Running'));
    desk.write({ 'jobs.d/a.yaml': job(AT_GATE, 'suspend: true\n') });
    expect(await changes()).toEqual([]);
    expect(await desk.run('a')).toMatchObject({ phase: 'Running', conditions: ['Suspended'] });
    desk.openGate();
    await desk.settle();
    expect(await desk.run('a')).toMatchObject({ phase: 'Succeeded', conditions: [] });
  });
});

describe('choosing', () => {
  it('takes the next where the first cannot be reached, and the record shows why', async () => {
    desk.write({ 'jobs.d/a.yaml': 'destination_cluster: here\nexecution: "true"\n' });
    desk.away.add('here');
    const report = await desk.pass();
    const stage = report.plan.actions.find((action) => action.kind === 'stage');
    expect(stage).toMatchObject({
      choices: [
        { cluster: 'here', chosen: false, why: 'here does not answer' },
        { cluster: 'there', chosen: true },
      ],
    });
    await desk.settle();
    const { run, attempts } = await desk.record('a');
    expect(run).toMatchObject({ phase: 'Succeeded', candidates: ['here', 'there'] });
    expect(attempts).toMatchObject([{ number: 1, cluster: 'there', outcome: 'completed' }]);
    const events = await desk.session('read', (app) => Promise.resolve(app.store.events.ofRun(run.uuid)));
    expect(events.map(({ message }) => message)).toContainEqual(
      expect.stringMatching(/^goes to there \(here: here does not answer; there: .+\)$/),
    );
  });

  it('stays with the cluster that may hold it, however long that is away', async () => {
    desk.write({ 'jobs.d/a.yaml': `destination_cluster: here\nexecution: '${LEAVES_TRACE}; ${AT_GATE}'\n` });
    await desk.session('write', (app) => untilPhase(app, 'a', 'Running'));
    desk.away.add('here');
    expect(await changes()).toEqual([]);
    expect(await desk.run('a')).toMatchObject({
      phase: 'Running',
      reason: 'ClusterUnreachable',
      conditions: ['Lost'],
    });
    desk.away.clear();
    desk.openGate();
    await desk.settle();
    expect(await desk.run('a')).toMatchObject({ phase: 'Succeeded', conditions: [] });
    expect(desk.ran()).toBe(1);
  });

  it('waits where max_jobs is reached, and goes on when there is room', async () => {
    desk.write({
      'clusters.yaml': inventory(', max_jobs: 1'),
      'jobs.d/a.yaml': job(AT_GATE),
      'jobs.d/b.yaml': job('true'),
    });
    await desk.pass();
    expect((await desk.record('b')).attempts).toEqual([]);
    expect(await desk.run('b')).toMatchObject({ phase: 'Pending', reason: 'QueueLimit' });
    expect(await changes()).toEqual([]);
    desk.openGate();
    await desk.settle();
    expect([(await desk.run('a')).phase, (await desk.run('b')).phase]).toEqual(['Succeeded', 'Succeeded']);
  });
});

describe('a lost state', () => {
  const loseDatabase = (): void => {
    for (const name of readdirSync(join(desk.directory, '.sluice')))
      if (name.startsWith('state.db')) desk.remove(`.sluice/${name}`);
  };
  const loseAll = (): void => desk.remove('.sluice');

  it.each([
    ['the database', loseDatabase],
    ['the whole of it', loseAll],
  ])('while the job runs is rebuilt from the cluster, and nothing runs twice: %s', async (_, lose) => {
    desk.write({ 'jobs.d/a.yaml': job(`${LEAVES_TRACE}; ${AT_GATE}; echo 1 >x`, 'output: x\n') });
    await desk.session('write', (app) => untilPhase(app, 'a', 'Running'));
    const before = await desk.record('a');
    lose();
    await desk.pass();
    const after = await desk.record('a');
    expect(after.run).toMatchObject({ uuid: before.run.uuid, phase: 'Running', hash: before.run.hash });
    expect(after.attempts).toMatchObject([
      { token: before.attempts[0]?.token, jobId: before.attempts[0]?.jobId },
    ]);
    desk.openGate();
    await desk.settle();
    expect(await desk.run('a')).toMatchObject({ phase: 'Succeeded', conditions: [] });
    expect(desk.read('outputs/a/1/x')).toBe('1\n');
    expect(desk.ran()).toBe(1);
  });

  it.each([
    ['the database', loseDatabase],
    ['the whole of it', loseAll],
  ])('after the end is rebuilt from the ledger, and nothing runs again: %s', async (_, lose) => {
    desk.write({ 'jobs.d/a.yaml': job(LEAVES_TRACE), 'jobs.d/b.yaml': job(`${LEAVES_TRACE}; exit 2`) });
    await desk.settle();
    lose();
    await desk.settle();
    expect([(await desk.run('a')).phase, (await desk.run('b')).phase]).toEqual(['Succeeded', 'Failed']);
    expect(await changes()).toEqual([]);
    expect(desk.ran()).toBe(2);
  });

  it.each([
    ['the same work', job(LEAVES_TRACE).replace('here', 'there')],
    ['other work', job(`${LEAVES_TRACE}; true`).replace('here', 'there')],
  ])('is no way to run twice: %s sent elsewhere while the cluster is away', async (_, edited) => {
    desk.write({ 'jobs.d/a.yaml': job(LEAVES_TRACE) });
    await desk.settle();
    loseDatabase();
    desk.away.add('here');
    await desk.pass();
    desk.write({ 'jobs.d/a.yaml': edited });
    await desk.pass();
    await desk.pass();
    expect(await desk.record('a')).toMatchObject({ run: { reason: 'RecoveryIncomplete' }, attempts: [] });
    desk.away.clear();
    await desk.settle();
    expect((await desk.run('a')).phase).toBe('Succeeded');
    expect(desk.ran()).toBe(1);
  });

  it('submits nothing anew while a cluster that may know of it is away', async () => {
    const anywhere = `destination_cluster: here\nexecution: '${LEAVES_TRACE}'\n`;
    desk.write({ 'jobs.d/a.yaml': anywhere });
    await desk.settle();
    loseDatabase();
    desk.away.add('here');
    await desk.pass();
    expect(await desk.record('a')).toMatchObject({ run: { reason: 'RecoveryIncomplete' }, attempts: [] });
    desk.away.clear();
    await desk.settle();
    expect((await desk.run('a')).phase).toBe('Succeeded');
    expect(desk.ran()).toBe(1);
  });
});

describe('retention', () => {
  it('keeps job directories for its time, then removes them, and the plan says so first', async () => {
    desk.write({
      'sluice.yaml': 'installation: desk\nretention: {succeeded: 5m, otherwise: 1h}\n',
      'jobs.d/a.yaml': job('true'),
      'jobs.d/b.yaml': job('false'),
    });
    const directories = (): string[] =>
      readdirSync(join(desk.home, 'here/work')).filter((name) => !name.startsWith('.'));
    await desk.settle();
    expect(await changes()).toEqual([]);
    expect(directories()).toHaveLength(2);
    desk.ahead = 6 * 60_000;
    const { plan } = await desk.session('plan', (app) => app.plan([]));
    expect(plan.actions).toMatchObject([
      { kind: 'clean', name: 'a', cluster: 'here', why: /retention is over/ },
    ]);
    await desk.session('write', async (app) => {
      expect(kinds((await app.pass([])).plan.actions)).toEqual(['clean']);
      expect(recordOf(app, 'a').attempts[0]?.cleanedAt).toBeDefined();
      await settle(app);
    });
    expect(directories()).toMatchObject([/^b\./]);
    desk.ahead = 61 * 60_000;
    expect(await changes()).toEqual(['clean']);
    expect(directories()).toEqual([]);
    expect(await changes()).toEqual([]);
    expect(desk.has('outputs/a/1/logs/stdout')).toBe(true);
  });
});
