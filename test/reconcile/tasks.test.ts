/** Single tasks of an array on this machine: tried again by `retry`, or by a person's word; their results join the others'. */
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { App } from '../../src/app.js';
import { isChange } from '../../src/model/action.js';
import { standingsOf } from '../../src/model/tasks.js';
import { outputsOf, viewOf } from '../../src/cli/targets.js';
import { cancel, Desk, job, kinds, recordOf, settle, until } from './desk.js';

let desk: Desk;
beforeEach(() => {
  desk = new Desk();
});
afterEach(() => desk.leave());

/** Each task leaves a trace; the even ones fail at first, which a file beside the clusters remembers. */
const EVEN_FAIL = [
  'i=$SLURM_ARRAY_TASK_ID; echo "$i" >>"$HOME/trace"; echo "task $i of $SLURM_ARRAY_TASK_COUNT says $SLURM_JOB_NAME"',
  'if [ $((i % 2)) = 0 ] && [ ! -e "$HOME/mended.$i" ]; then touch "$HOME/mended.$i"; echo half >"half.$i"; exit 75; fi',
  'echo "$SLURM_JOB_NAME" >"out.$i"',
].join('\n');
const array = (more = '', size = 4): string =>
  job(EVEN_FAIL, `resources: {nbr_jobs_in_array: ${size}}\n${more || "output: ['out.*']\n"}`);

/** How often each task ran. */
function traces(): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const task of desk.readHome('trace').trim().split('\n')) counts[task] = (counts[task] ?? 0) + 1;
  return counts;
}

const states = (app: App): string[] => standingsOf(recordOf(app, 'a')).map(({ state }) => state);
const outs = (folder: string): string[] =>
  readdirSync(join(desk.directory, folder))
    .filter((name) => name.startsWith('out.'))
    .sort();
const rerunFailed = (app: App): void => {
  const run = recordOf(app, 'a').run.uuid;
  app.decide({ kind: 'rerun', run, failedTasks: true, reason: 'mended', actor: 'me', at: 5 });
};
const said = async (app: App, task: number): Promise<string> => {
  let text = '';
  const options = { stream: 'stdout', task, follow: false, signal: new AbortController().signal } as const;
  for await (const chunk of app.tail('a', options)) text += chunk;
  return text;
};
const changes = async (): Promise<string[]> => kinds((await desk.pass()).plan.actions.filter(isChange));

describe('retry of an array', () => {
  it('repeats its failed tasks only, and has the results of all', { timeout: 60_000 }, async () => {
    desk.write({ 'jobs.d/a.yaml': array("output: ['out.*']\nretry: {attempts: 2, on: ['exit:75']}\n") });
    await desk.session('write', async (app) => {
      await settle(app);
      const { run, attempts } = recordOf(app, 'a');
      expect(run).toMatchObject({ phase: 'Succeeded' });
      expect(attempts).toMatchObject([
        { outcome: 'failed', taskStates: ['COMPLETED', 'FAILED', 'COMPLETED', 'FAILED'] },
        { outcome: 'completed', tasks: [2, 4], taskStates: ['COMPLETED', 'COMPLETED'] },
      ]);
      expect(states(app)).toEqual(Array(4).fill('COMPLETED'));
      expect(traces()).toEqual({ 1: 1, 2: 2, 3: 1, 4: 2 });
      expect(outs('outputs/a/1')).toEqual(['out.1', 'out.2', 'out.3', 'out.4']);
      const [first, second] = attempts.map(({ token }) => `${token}\n`);
      expect([desk.read('outputs/a/1/out.1'), desk.read('outputs/a/1/out.2')]).toEqual([first, second]);
      // Each says what it said last, and counts the whole array.
      expect(await said(app, 1)).toBe(`task 1 of 4 says ${first ?? ''}`);
      expect(await said(app, 2)).toBe(`task 2 of 4 says ${second ?? ''}`);
      const paths = outputsOf(app, recordOf(app, 'a')).map(({ path }) => path);
      expect(paths.filter((path) => path.startsWith('out.') || path.startsWith('logs/stdout'))).toEqual([
        ...[1, 2, 3, 4].map((task) => `logs/stdout.${task}`),
        ...[1, 2, 3, 4].map((task) => `out.${task}`),
      ]);
      expect(viewOf(app, recordOf(app, 'a')).job_status['State']).toEqual(Array(4).fill('COMPLETED'));
      const again = await app.retrieve('a', join(desk.directory, 'copy'));
      expect(again).toMatchObject({ missing: [], unread: [] });
      expect(desk.read('copy/out.2')).toBe(second);
      expect(outs('copy')).toEqual(outs('outputs/a/1'));
    });
    expect(await changes()).toEqual([]);
  });

  it('fails a run of which a promised output came with no attempt', { timeout: 60_000 }, async () => {
    const outputs = "output: ['out.1', 'out.2', 'half.4', 'never', {path: 'none', optional: true}]\n";
    desk.write({ 'jobs.d/a.yaml': array(`${outputs}retry: {attempts: 1}\n`) });
    await desk.session('write', async (app) => {
      await until(app, () => recordOf(app, 'a').run.phase === 'Fetching');
      // What is missing is looked for again, as shared directories can be late.
      expect(recordOf(app, 'a')).toMatchObject({
        run: { reason: 'FetchPending' },
        attempts: [{ outcome: 'failed' }],
      });
      desk.ahead = 25_000;
      await until(app, () => recordOf(app, 'a').attempts.length === 2);
      desk.ahead = 0;
      await until(app, () => recordOf(app, 'a').attempts.at(-1)?.outcome === 'completed');
      desk.ahead = 100_000;
      await settle(app);
      expect(recordOf(app, 'a').run).toMatchObject({ phase: 'Failed', reason: 'OutputMissing' });
      expect(recordOf(app, 'a').run.message).toContain('left no "never"; correct');
      expect(desk.has('outputs/a/1/half.4')).toBe(true);
    });
  });

  it('ends where what had completed is lost before it came home', { timeout: 60_000 }, async () => {
    desk.write({ 'jobs.d/a.yaml': array("output: ['out.*']\nretry: {attempts: 1}\n") });
    await desk.session('write', async (app) => {
      // Nothing is fetched while the outputs folder cannot be written.
      writeFileSync(join(desk.directory, 'outputs'), '');
      await until(app, () => recordOf(app, 'a').run.reason === 'OutputsNotWritable');
      const { jobDirectory = '' } = recordOf(app, 'a').attempts[0] ?? {};
      rmSync(jobDirectory, { recursive: true });
      rmSync(join(desk.directory, 'outputs'));
      await settle(app);
      const { run, attempts } = recordOf(app, 'a');
      expect(run).toMatchObject({ phase: 'Failed', reason: 'ResultsGone' });
      expect(run.message).toMatch(/was removed on here before the results of tasks 1,3 were fetched/);
      expect(attempts).toHaveLength(1);
      // All that is not here runs again, where a person wants it.
      rerunFailed(app);
      expect(recordOf(app, 'a').run.part?.tasks).toEqual([1, 2, 3, 4]);
    });
    expect(traces()).toEqual({ 1: 1, 2: 1, 3: 1, 4: 1 });
  });

  it('knows after a loss of the database what is left to do', { timeout: 60_000 }, async () => {
    desk.write({ 'jobs.d/a.yaml': array("output: ['out.*']\nretry: {attempts: 1, backoff: 1h}\n") });
    await desk.session('write', (app) =>
      until(app, () => recordOf(app, 'a').attempts[0]?.settledAt !== undefined),
    );
    loseDatabase();
    await desk.session('write', async (app) => {
      await until(app, () => recordOf(app, 'a').run.reason === 'RetryPending');
      expect(recordOf(app, 'a').attempts).toMatchObject([{ results: { found: ['out.*'] } }]);
      desk.ahead = 2 * 3_600_000;
      await until(app, () => recordOf(app, 'a').attempts[1]?.state === 'submitted');
    });
    loseDatabase();
    await desk.settle();
    const { run, attempts } = await desk.record('a');
    expect(run).toMatchObject({ phase: 'Succeeded' });
    expect(attempts.map(({ tasks }) => tasks)).toEqual([undefined, [2, 4]]);
    expect(traces()).toEqual({ 1: 1, 2: 2, 3: 1, 4: 2 });
    expect(outs('outputs/a/1')).toEqual(['out.1', 'out.2', 'out.3', 'out.4']);
  });
});

describe('retry that is called off', () => {
  it('is not taken up again by a state that was lost', { timeout: 60_000 }, async () => {
    desk.write({ 'jobs.d/a.yaml': array("output: ['out.*']\nretry: {attempts: 1, backoff: 1h}\n") });
    await desk.session('write', async (app) => {
      await until(app, () => recordOf(app, 'a').run.message.includes('begins 1h after that'));
      cancel(app, 'a', 'it will not do');
      await settle(app);
      expect(recordOf(app, 'a').run).toMatchObject({ phase: 'Failed', reason: 'ExecutionFailed' });
    });
    loseDatabase();
    desk.ahead = 2 * 3_600_000;
    await desk.settle();
    expect(await desk.record('a')).toMatchObject({
      run: { phase: 'Failed' },
      attempts: [{ outcome: 'failed' }],
    });
    expect(traces()).toEqual({ 1: 1, 2: 1, 3: 1, 4: 1 });
  });
});

function loseDatabase(): void {
  const folder = join(desk.directory, '.sluice');
  for (const name of readdirSync(folder)) if (name.startsWith('state.db')) rmSync(join(folder, name));
}

describe('rerun of failed tasks', () => {
  it('runs those alone, and their results join the others', { timeout: 60_000 }, async () => {
    desk.write({ 'jobs.d/a.yaml': array() });
    await desk.session('write', async (app) => {
      await settle(app);
      expect(recordOf(app, 'a').run).toMatchObject({ phase: 'Failed', reason: 'ExecutionFailed' });
      const record = recordOf(app, 'a');
      expect(await app.whyNotAgain(record, true)).toBeUndefined();
      rerunFailed(app);
      expect(recordOf(app, 'a').run).toMatchObject({
        ...{ generation: 1, part: { tasks: [2, 4], of: 0, size: 4 }, phase: 'Pending' },
        message: 'tasks 2,4 alone: runs again as generation 1: mended',
      });
      expect(states(app)).toEqual(['COMPLETED', 'NOT_SUBMITTED', 'COMPLETED', 'NOT_SUBMITTED']);
      await until(app, () => recordOf(app, 'a').attempts[0]?.state === 'submitted');
    });
    // Its claim tells which tasks it is about.
    loseDatabase();
    await desk.session('write', async (app) => {
      await settle(app);
      const record = recordOf(app, 'a');
      expect(record).toMatchObject({
        run: { phase: 'Succeeded', generation: 1, part: { tasks: [2, 4], of: 0, size: 4 } },
        attempts: [{ tasks: [2, 4] }],
      });
      expect(traces()).toEqual({ 1: 1, 2: 2, 3: 1, 4: 2 });
      expect(outs('outputs/a/1')).toEqual(['out.1', 'out.2', 'out.3', 'out.4']);
      expect(desk.has('outputs/a/1.g1')).toBe(false);
      expect(await said(app, 1)).toMatch(/^task 1 of 4 says a\./);
      expect(await app.whyNotAgain(record, true)).toBe(
        'all of its 4 tasks have completed; to run all of it: sluice rerun a',
      );
      const again = await app.retrieve('a', join(desk.directory, 'copy'));
      expect(again.missing).toEqual([]);
      expect(outs('copy')).toEqual(outs('outputs/a/1'));
    });
    expect(await changes()).toEqual([]);
  });

  it('is refused in plain words where there is nothing of the kind', { timeout: 60_000 }, async () => {
    desk.write({ 'jobs.d/a.yaml': array(), 'jobs.d/b.yaml': job('false') });
    await desk.session('write', async (app) => {
      await settle(app);
      const why = (name: string) => app.whyNotAgain(recordOf(app, name), true);
      expect(await why('b')).toBe('it is no array; to run all of it: sluice rerun b');
      desk.write({ 'jobs.d/a.yaml': array('', 6) });
      expect(await why('a')).toBe(
        'its manifest asks for an array of 6 now, and it had 4 tasks; to run all of it: sluice rerun a',
      );
    });
    desk.write({ 'jobs.d/c.yaml': array('requirements: [exit 3]\n') });
    await desk.session('write', async (app) => {
      await settle(app);
      expect(await app.whyNotAgain(recordOf(app, 'c'), true)).toMatch(/^none of its tasks has begun; /);
    });
  });

  it(
    'takes what the manifest says by then, and is about the same folder the next time',
    { timeout: 60_000 },
    async () => {
      const worse = (item: string): string =>
        job(item, "resources: {nbr_jobs_in_array: 3}\noutput: ['out.*']\n");
      desk.write({ 'jobs.d/a.yaml': worse('[ $SLURM_ARRAY_TASK_ID = 1 ] && touch out.1') });
      await desk.session('write', async (app) => {
        await settle(app);
        desk.write({ 'jobs.d/a.yaml': worse('[ $SLURM_ARRAY_TASK_ID = 2 ] && touch out.2') });
        rerunFailed(app);
        await settle(app);
        expect(recordOf(app, 'a')).toMatchObject({ run: { phase: 'Failed', part: { tasks: [2, 3] } } });
        desk.write({ 'jobs.d/a.yaml': worse('touch out.$SLURM_ARRAY_TASK_ID') });
        rerunFailed(app);
        expect(recordOf(app, 'a').run.part).toEqual({ tasks: [3], of: 0, size: 3 });
        await settle(app);
        expect(recordOf(app, 'a').run).toMatchObject({ phase: 'Succeeded', generation: 2 });
        expect(outs('outputs/a/1')).toEqual(['out.1', 'out.2', 'out.3']);
        expect(outputsOf(app, recordOf(app, 'a')).filter(({ path }) => path.startsWith('out.'))).toHaveLength(
          3,
        );
      });
    },
  );
});
