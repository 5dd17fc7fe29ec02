/**
 * A site that is lost while it holds a job, on real Slurm: the job goes on at another one (`on_cluster_lost: failover`), and
 * what the lost one holds is ended when it returns. By the marks of the jobs, the sites' books, and their ledgers.
 */
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { labAbsent, type Site, slurm, truth } from '../lab/lab.js';
import { buildChild } from './build.js';
import { Fleet, type FleetJob } from './fleet.js';
import { type Child, CHILD_VARIABLE, type ChildEnd, FOLDER } from './project.js';
import { lags, type Stub } from './stubs.js';
import { until } from './trial.js';

const LOST: Site = 'lemaitre3';
const OTHER: Site = 'hercules';
/** At the site that is lost, whatever sleeps does so until it is ended. */
const SLEEPS_THERE = `setup: 'sleep() { command sleep 300; }'`;

describe.skipIf(labAbsent())('a site that is lost', { timeout: 300_000 }, () => {
  let fleet: Fleet;
  let job: FleetJob;
  let child: Child | undefined;

  beforeAll(() => {
    process.env[CHILD_VARIABLE] = buildChild();
  });
  afterAll(() => {
    rmSync(process.env[CHILD_VARIABLE] ?? '', { recursive: true, force: true });
  });
  beforeEach(() => {
    child = undefined;
  });
  afterEach(async () => {
    child?.kill();
    await fleet.close();
    fleet.remove();
  });

  /** @param there of the manifest, for the site that is lost. @param more of the manifest, for both */
  async function begin(plan: Partial<FleetJob>, there = '', stubs: readonly Stub[] = []): Promise<void> {
    const lines = [
      `on_cluster_lost: failover`,
      ...(there === '' ? [] : [`per_cluster: {${LOST}: {${there}}}`]),
    ];
    job = { name: 'moved', sites: [LOST, OTHER], ...plan, more: [...lines, plan.more ?? ''].join('\n') };
    fleet = await Fleet.make([job], stubs);
    const file = join(fleet.directory, 'clusters.yaml');
    writeFileSync(
      file,
      readFileSync(file, 'utf8').replaceAll('poll_interval: 1s', 'poll_interval: 1s\n    failover_after: 4s'),
    );
    fleet.save([job]);
    child = fleet.start();
  }
  const at = (site: Site): string[] => fleet.ran(job).filter((line) => line.startsWith(`${site} `));
  function lose(): void {
    fleet.at(LOST).line.refuse(true);
    fleet.at(LOST).line.cut();
  }
  /** Passes until nothing of it is owed any more. */
  async function comeBack(): Promise<ChildEnd> {
    fleet.at(LOST).line.refuse(false);
    for (let round = 0; round < 60; round += 1) {
      const end = await fleet.start().end;
      if (claims(LOST).length === 0) return end;
      await pause(500);
    }
    throw new Error(`it is never settled there:\n${fleet.story}`);
  }
  const below = (site: Site, folder: string): string =>
    join(fleet.at(site).cluster.home, `.${FOLDER}`, fleet.installation, folder);
  function claims(site: Site): string[] {
    return existsSync(below(site, 'claims')) ? readdirSync(below(site, 'claims')) : [];
  }
  /** What the site's ledger says of the attempt, and of the run with it. */
  function ledger(
    site: Site,
  ): { readonly outcome: string; readonly runPhase?: string; readonly message: string }[] {
    const files = readdirSync(below(site, 'ledger')).map((name) =>
      readFileSync(join(below(site, 'ledger'), name), 'utf8'),
    );
    return files
      .flatMap((text) => text.split('\n').filter(Boolean))
      .map((line) => JSON.parse(line.slice(2)) as never);
  }
  /** It went on at the other, whose results are here; the lost one is owed nothing, and nothing goes on anywhere. */
  async function isOver(): Promise<void> {
    const tasks = job.array ?? 1;
    expect(at(OTHER), fleet.story).toHaveLength(tasks);
    expect(fleet.results(job)).toBe(tasks);
    expect(ledger(OTHER)).toMatchObject([{ outcome: 'completed', runPhase: 'Succeeded' }]);
    expect(ledger(LOST)).toMatchObject([{ outcome: 'superseded' }]);
    expect(ledger(LOST)[0]).not.toHaveProperty('runPhase');
    expect(await fleet.living()).toEqual([]);
  }
  async function succeeds(running = child): Promise<void> {
    const end = await running?.end;
    expect(end?.outcome?.runs, fleet.story).toMatchObject([{ phase: 'Succeeded', attempts: 2 }]);
  }

  it('before the submission: nothing is ever submitted there', async () => {
    await begin({ more: "requirements: 'sleep 0'" }, SLEEPS_THERE);
    await until(() => fleet.story.includes('Preparing: requirements run'));
    lose();
    await succeeds();
    await comeBack();
    await isOver();
    expect(at(LOST)).toEqual([]);
    expect(await truth(LOST, fleet.nameOf(job))).toEqual([]);
  });

  it('during it: what comes of that is ended', async () => {
    await begin({ seconds: 1 }, SLEEPS_THERE, [lags('sbatch', 6)]);
    await until(() => fleet.at(LOST).stubs.calls('sbatch') > 0);
    lose();
    await succeeds();
    await comeBack();
    await isOver();
    expect(at(LOST).length).toBeLessThanOrEqual(1);
    const jobs = await truth(LOST, fleet.nameOf(job));
    expect(jobs).toMatchObject([{ state: 'CANCELLED' }]);
  });

  it('during it, and is back before it is over: an array that comes behind the fence runs nothing', async () => {
    const text = 'case $(hostname) in lm3*) sleep 40 ;; esac; real "$@"';
    await begin({ array: 3 }, SLEEPS_THERE, [{ command: 'sbatch', text, times: 1 }]);
    await until(() => fleet.at(LOST).stubs.calls('sbatch') > 0);
    lose();
    await succeeds();
    expect(await truth(LOST, fleet.nameOf(job))).toEqual([]);
    await comeBack();
    await isOver();
    expect(at(LOST)).toEqual([]);
    const jobs = await truth(LOST, fleet.nameOf(job));
    expect(jobs.length).toBeGreaterThan(0);
    for (const { state, exitCode } of jobs)
      expect([state, exitCode]).toEqual([
        expect.stringMatching(/CANCELLED|FAILED/),
        expect.stringMatching(/^(0:0|0:15|121:0)$/),
      ]);
  });

  it('while it runs: that job is cancelled', async () => {
    await begin({ seconds: 1 }, SLEEPS_THERE);
    await until(() => at(LOST).length > 0);
    lose();
    await succeeds();
    expect(await truth(LOST, fleet.nameOf(job))).toMatchObject([{ state: 'RUNNING' }]);
    await comeBack();
    await isOver();
    expect(at(LOST)).toHaveLength(1);
    expect(await truth(LOST, fleet.nameOf(job))).toMatchObject([{ state: 'CANCELLED' }]);
  });

  it('and the database after it: the other one tells what is owed', async () => {
    await begin({ seconds: 1 }, SLEEPS_THERE);
    await until(() => at(LOST).length > 0);
    lose();
    await succeeds();
    for (const end of ['', '-wal', '-shm'])
      rmSync(join(fleet.directory, '.sluice', `state.db${end}`), { force: true });
    await succeeds(fleet.start());
    await comeBack();
    await isOver();
    expect(await truth(LOST, fleet.nameOf(job))).toMatchObject([{ state: 'CANCELLED' }]);
  });

  it('and has completed it meanwhile: that decides nothing', async () => {
    await begin({ seconds: 2 });
    await until(() => at(LOST).length > 0);
    lose();
    await succeeds();
    await comeBack();
    await isOver();
    expect(at(LOST)).toHaveLength(1);
    expect(ledger(LOST)[0]?.message).toContain('had completed, and its results stay there');
  });

  it('with an array: its tasks that had not begun never do', async () => {
    const options = '{exclusive: true, nodelist: lemaitre3-w002}';
    await begin({ array: 3, seconds: 1 }, `${SLEEPS_THERE}, resources: {sbatch_options: ${options}}`);
    await until(() => at(LOST).length > 0);
    lose();
    await succeeds();
    await comeBack();
    await isOver();
    expect(at(LOST)).toHaveLength(1);
  });

  it('with a job that Slurm may begin again: its own mark of before keeps it from nothing, and it is cancelled', async () => {
    await begin({ seconds: 1, requeue: true }, SLEEPS_THERE);
    await until(() => at(LOST).length > 0);
    lose();
    const [, id = ''] = at(LOST)[0]?.split(' ') ?? [];
    await slurm(LOST, 'scontrol', ['requeue', id]);
    await slurm(LOST, 'scontrol', ['update', `jobid=${id}`, 'StartTime=now']);
    await succeeds();
    await comeBack();
    await isOver();
    expect(at(LOST).every((line) => line.startsWith(`${LOST} ${id} `))).toBe(true);
  });
});
