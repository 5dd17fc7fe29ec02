/** A cluster that is lost, with `on_cluster_lost: failover`: the real wrapper on both sides, and only the line is cut. */
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { App } from '../../src/app.js';
import { isChange } from '../../src/model/action.js';
import type { RunRecord } from '../../src/model/run.js';
import { AT_GATE, cancel, Desk, kinds, LEAVES_TRACE, recordOf, settle, until, untilPhase } from './desk.js';

const HALF_AN_HOUR_MS = 31 * 60_000;
/** As long as a test holds it, at either cluster. */
const HELD = 'while [ -e "$HOME/hold" ]; do sleep 0.05; done';
/** What waits at `here` and goes through at `there`. */
const waitsHere = (command: string): string => `case $PWD in */here/*) ${command};; esac`;
const manifest = (execution: string, more = ''): string =>
  `destination_cluster: [here, there]\non_cluster_lost: failover\noutput: where\n` +
  `execution: ${JSON.stringify(execution)}\n${more}`;
const RUNS_HERE = manifest(`${LEAVES_TRACE}; ${waitsHere(AT_GATE)}; ${HELD}; pwd >where`);

let desk: Desk;
beforeEach(() => {
  desk = new Desk();
});
afterEach(() => desk.leave());

/** Its cluster is away from now on, and has been for longer than a run waits. */
async function lose(name = 'here'): Promise<void> {
  desk.away.add(name);
  await desk.pass();
  desk.ahead += HALF_AN_HOUR_MS;
}

/** The cluster is back, until nothing is to be done there any more. */
async function comeBack(app: App, name = 'a'): Promise<RunRecord> {
  desk.away.clear();
  await until(app, () => recordOf(app, name).attempts.every(({ settledAt }) => settledAt !== undefined));
  return recordOf(app, name);
}

const debt = { number: 1, cluster: 'here', outcome: 'superseded', reason: 'Superseded' };
const done = { number: 2, cluster: 'there', outcome: 'completed' };
const trace = (): string[] => readFileSync(join(desk.home, 'trace'), 'utf8').trimEnd().split('\n');

describe('a cluster that is lost while the job runs', () => {
  beforeEach(async () => {
    desk.write({ 'jobs.d/a.yaml': RUNS_HERE });
    await desk.session('write', async (app) => {
      await untilPhase(app, 'a', 'Running');
      await desk.until(() => desk.ran() === 1);
    });
  });

  it('is waited for, and left when that has lasted', async () => {
    desk.away.add('here');
    await desk.pass();
    const { run, attempts } = await desk.record('a');
    expect(run).toMatchObject({ phase: 'Running', reason: 'ClusterUnreachable', conditions: ['Lost'] });
    expect(run.message).toBe(
      'here may hold it: here does not answer; after 30m of that it goes to another cluster',
    );
    expect(attempts).toMatchObject([{ state: 'submitted', lostSince: expect.any(Number) }]);
    desk.ahead += 20 * 60_000;
    expect(kinds((await desk.pass()).plan.actions)).toEqual(['wait']);
    desk.ahead += 11 * 60_000;
    const report = await desk.pass();
    expect(kinds(report.plan.actions)).toEqual(['cede', 'stage', 'submit']);
    expect((await desk.run('a')).conditions).toEqual(['Debt']);
    await desk.settle();
    expect(await desk.run('a')).toMatchObject({ phase: 'Succeeded', conditions: ['Debt'] });
    expect(desk.read('outputs/a/1/where')).toContain('/there/');
    expect(kinds((await desk.pass()).plan.actions.filter(isChange))).toEqual([]);
  });

  it('counts from anew when it has answered between', async () => {
    await lose();
    desk.away.clear();
    await desk.pass();
    expect((await desk.record('a')).attempts[0]).not.toHaveProperty('lostSince');
    desk.away.add('here');
    await desk.pass();
    expect((await desk.record('a')).attempts).toHaveLength(1);
    desk.away.clear();
    desk.openGate();
    await desk.settle();
    expect(desk.read('outputs/a/1/where')).toContain('/here/');
    expect(desk.ran()).toBe(1);
  });

  it('comes back with the job running: it is cancelled, and the results are those of the other', async () => {
    await lose();
    await desk.settle();
    const record = await desk.session('write', comeBack);
    expect(record.run).toMatchObject({ phase: 'Succeeded', conditions: [] });
    expect(record.attempts).toMatchObject([debt, done]);
    expect(record.attempts[0]?.message).toMatch(
      /^the run had gone on elsewhere when here returned; job .+ has ended there: /,
    );
    expect(trace()).toHaveLength(2);
    desk.openGate();
    await desk.rest();
    const left = record.attempts[0]?.workingDirectory ?? '';
    expect(existsSync(join(left, 'where'))).toBe(false);
    expect(desk.read('outputs/a/1/where')).toContain('/there/');
    expect(kinds((await desk.pass()).plan.actions)).toEqual([]);
  });

  it('comes back with the job done: that decides nothing, and its results stay there', async () => {
    await lose();
    desk.openGate();
    await desk.settle();
    await desk.until(() => desk.filesWith('/here/').some((path) => path.endsWith('work/where')));
    const record = await desk.session('write', comeBack);
    expect(record.attempts).toMatchObject([debt, done]);
    expect(record.attempts[0]?.message).toContain(
      `had completed, and its results stay there, in ${record.attempts[0]?.workingDirectory ?? '?'}`,
    );
    expect(desk.read('outputs/a/1/where')).toContain('/there/');
  });

  it('comes back while the other still runs: the debt is ended first, and the other goes on', async () => {
    writeFileSync(join(desk.home, 'hold'), '');
    await lose();
    await desk.session('write', async (app) => {
      await app.pass([]);
      expect(recordOf(app, 'a').attempts).toHaveLength(2);
      desk.away.clear();
      const report = await app.pass([]);
      const [first] = report.plan.actions;
      expect(first).toMatchObject({ attempt: 1, cluster: 'here' });
      rmSync(join(desk.home, 'hold'));
      await settle(app);
      expect((await comeBack(app)).attempts).toMatchObject([debt, done]);
    });
  });

  it('does not come back: a person’s word ends the debt, and when it does after all nothing goes on there', async () => {
    await lose();
    await desk.settle();
    await desk.session('write', async (app) => {
      const { uuid } = recordOf(app, 'a').run;
      expect(app.whyNotResolved(recordOf(app, 'a'), '7')).toContain('--not-submitted');
      expect(app.whyNotResolved(recordOf(app, 'a'))).toBeUndefined();
      const word = { kind: 'resolve', run: uuid, reason: 'it was scrapped', actor: 'me', at: 1 } as const;
      app.decide(word);
      app.decide(word);
      expect(recordOf(app, 'a').run).toMatchObject({ phase: 'Succeeded', conditions: [] });
      expect(app.whyNotResolved(recordOf(app, 'a'))).toContain('not in question');
      const events = app.store.events.ofRun(uuid).filter(({ kind }) => kind === 'resolve');
      expect(events.map(({ message }) => message)).toEqual([
        'a person said that nothing of it goes on at here: it was scrapped',
      ]);
      expect((await comeBack(app)).attempts).toMatchObject([debt, done]);
    });
    desk.openGate();
    await desk.rest();
    expect(desk.filesWith('/here/').filter((path) => path.endsWith('work/where'))).toEqual([]);
  });

  it('with the run cancelled: both are, each when it can be', async () => {
    writeFileSync(join(desk.home, 'hold'), '');
    await lose();
    await desk.session('write', async (app) => {
      await until(app, () => recordOf(app, 'a').attempts.length === 2);
      cancel(app, 'a', 'no more');
      await untilPhase(app, 'a', 'Cancelled');
      expect(recordOf(app, 'a').run.conditions).toEqual(['Debt']);
      expect((await comeBack(app)).attempts).toMatchObject([debt, { number: 2, outcome: 'cancelled' }]);
      expect(recordOf(app, 'a').run).toMatchObject({ phase: 'Cancelled', conditions: [] });
    });
  });

  it('is waited for when a person has asked for the end', async () => {
    await desk.session('write', async (app) => {
      desk.away.add('here');
      cancel(app, 'a', 'no more');
      await app.pass([]);
      desk.ahead += HALF_AN_HOUR_MS;
      await app.pass([]);
      expect(recordOf(app, 'a').attempts).toHaveLength(1);
    });
  });

  it('is waited for where no other can take it, and that is said', async () => {
    desk.away.add('there');
    await lose();
    await desk.pass();
    const { run, attempts } = await desk.record('a');
    expect(attempts).toMatchObject([{ state: 'submitted' }]);
    expect(attempts[0]).not.toHaveProperty('owedSince');
    expect(run).toMatchObject({ phase: 'Running', conditions: ['Lost'] });
    expect(run.message).toBe(
      'here may hold it: here does not answer; nor can it go elsewhere now: here: may hold an earlier attempt of it still; there: there does not answer',
    );
  });

  it('is left by the word of a later edit too, and that is no change of the work', async () => {
    desk.write({ 'jobs.d/a.yaml': RUNS_HERE.replace('failover', 'wait') });
    await lose();
    await desk.pass();
    expect((await desk.record('a')).attempts).toHaveLength(1);
    desk.write({ 'jobs.d/a.yaml': RUNS_HERE });
    await desk.settle();
    expect(await desk.run('a')).toMatchObject({ phase: 'Succeeded', conditions: ['Debt'] });
  });

  it.each(['before the other has ended', 'after it'])('and the database with it, %s', async (when) => {
    await lose();
    await desk.pass();
    if (when === 'after it') await desk.settle();
    for (const name of readdirSync(join(desk.directory, '.sluice')))
      if (name.startsWith('state.db')) rmSync(join(desk.directory, '.sluice', name));
    await desk.settle();
    const { run, attempts } = await desk.record('a');
    expect(run).toMatchObject({ phase: 'Succeeded', conditions: ['Debt'] });
    expect(attempts).toMatchObject([{ number: 1, cluster: 'here', owedSince: expect.any(Number) }, done]);
    expect((await desk.session('write', comeBack)).attempts).toMatchObject([debt, done]);
    expect(trace()).toHaveLength(2);
    expect(await desk.run('a')).toMatchObject({ phase: 'Succeeded', conditions: [] });
  });
});

describe('a cluster that is lost before the job was submitted', () => {
  it('is left, and what was prepared there is ended when it returns', async () => {
    const compilation = `compilation: ${JSON.stringify(waitsHere(AT_GATE))}\n`;
    desk.write({ 'jobs.d/a.yaml': manifest(`${LEAVES_TRACE}; pwd >where`, compilation) });
    await desk.session('write', (app) => untilPhase(app, 'a', 'Preparing'));
    await lose();
    await desk.settle();
    expect(await desk.run('a')).toMatchObject({ phase: 'Succeeded', conditions: ['Debt'] });
    const record = await desk.session('write', comeBack);
    expect(record.attempts).toMatchObject([debt, done]);
    expect(record.attempts[0]?.message).toBe(
      'the run had gone on elsewhere: it was fenced when here returned',
    );
    desk.openGate();
    await desk.rest();
    expect(trace()).toEqual([expect.stringMatching(/\.2$/)]);
  });
});
