/** The life of a run, from its manifest to its results, through everything that is ours; the cluster is this machine. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isChange } from '../../src/model/action.js';
import { AT_GATE, Desk, job, kinds, LEAVES_TRACE, recordOf, settle, untilPhase, cancel } from './desk.js';

let desk: Desk;
beforeEach(() => {
  desk = new Desk();
});
afterEach(() => desk.leave());

describe('a job', () => {
  it('without files runs once, and its result is fetched', async () => {
    desk.write({ 'jobs.d/plain.yaml': job(`${LEAVES_TRACE}; echo 42 >answer`, 'output: answer\n') });
    const report = await desk.settle();
    expect(report.problems).toEqual([]);
    const { run, attempts } = await desk.record('plain');
    expect(run).toMatchObject({ phase: 'Succeeded', reason: 'Done', conditions: [], candidates: ['here'] });
    expect(attempts).toMatchObject([
      { number: 1, cluster: 'here', state: 'ended', outcome: 'completed', taskStates: ['COMPLETED'] },
    ]);
    expect(attempts[0]?.jobStatus['JobState'] ?? attempts[0]?.jobStatus['State']).toEqual(['COMPLETED']);
    expect(desk.read('outputs/plain/1/answer')).toBe('42\n');
    expect(desk.has('outputs/plain/1/logs/stdout')).toBe(true);
    expect(desk.ran()).toBe(1);
  });

  it('finds its file in its working directory, executable as it was', async () => {
    desk.write({
      'jobs.d/one.yaml': job('sh count.sh >n', 'job: count.sh\noutput: n\n'),
      'jobs.d/count.sh': 'wc -l <count.sh\n',
    });
    await desk.settle();
    expect(desk.read('outputs/one/1/n').trim()).toBe('1');
  });

  it('finds its directory as its working directory, and sends whole directories and globs home', async () => {
    desk.write({
      'jobs.d/tree.yaml': job(
        'mkdir -p out/deep && cp -r in out/deep && cp in/a x.dat && cp in/a y.dat',
        'job: ../case\noutput: [out, "*.dat"]\n',
      ),
      'case/in/a': 'first\n',
      'case/in/b/c': 'second\n',
    });
    await desk.settle();
    expect(desk.read('outputs/tree/1/out/deep/in/b/c')).toBe('second\n');
    expect(desk.read('outputs/tree/1/y.dat')).toBe('first\n');
    const files = await desk.session('read', async (app) => {
      const { run } = recordOf(app, 'tree');
      return Promise.resolve(app.store.outputs.of(run.uuid, 1));
    });
    expect(files.map(({ path }) => path).sort()).toEqual([
      'logs/stderr',
      'logs/stdout',
      'out/deep/in/a',
      'out/deep/in/b/c',
      'x.dat',
      'y.dat',
    ]);
    for (const { file, size } of files) expect(readFileSync(file)).toHaveLength(size);
  });

  it('has its setup, its environment and its steps before it', async () => {
    desk.write({
      'jobs.d/steps.yaml': job(
        'sh program "$GREETING" >said',
        'setup: export WHO=world\nenvironment: {GREETING: "hello, $WHO"}\nrequirements: ["cd /", "cd -"]\n' +
          'compilation: ["echo \'echo $1 and\' >program", "echo echo $WHO >>program"]\noutput: said\n',
      ),
    });
    await desk.settle();
    expect(desk.read('outputs/steps/1/said')).toBe('hello, $WHO and\nworld\n');
    expect((await desk.run('steps')).phase).toBe('Succeeded');
  });

  it('fails with its logs at home, and what it left', async () => {
    desk.write({
      'jobs.d/fails.yaml': job('echo partly >partial; echo why >&2; exit 3', 'output: [partial, missing]\n'),
    });
    const report = await desk.settle();
    expect(report.failed).toEqual(['fails']);
    const { run, attempts } = await desk.record('fails');
    expect(run).toMatchObject({ phase: 'Failed', reason: 'ExecutionFailed' });
    expect(run.message).toContain('exit code 3');
    expect(attempts).toMatchObject([{ outcome: 'failed', taskStates: ['FAILED'] }]);
    expect(desk.read('outputs/fails/1/logs/stderr')).toContain('why\n');
    expect(desk.read('outputs/fails/1/partial')).toBe('partly\n');
  });

  it('is told from a word of its manifest: all that it leaves changes nothing of it', async () => {
    desk.write({ 'jobs.d/a.yaml': job('true') });
    await desk.settle();
    const again = await desk.pass();
    expect(again.plan).toEqual({ actions: [], unchanged: 1, asks: [], waiting: [] });
    expect(desk.trips()).toBe(0);
  });
});

describe('a step that fails', () => {
  it.each(['requirements', 'compilation'] as const)('of %s ends the run, and is named', async (step) => {
    const items = '["echo begun", "echo no such module >&2; (exit 7)", "echo not reached"]';
    desk.write({ 'jobs.d/a.yaml': job(LEAVES_TRACE, `${step}: ${items}\n`) });
    const report = await desk.settle();
    expect(report.failed).toEqual(['a']);
    const { run, attempts } = await desk.record('a');
    expect(run).toMatchObject({ phase: 'Failed', reason: 'StepFailed' });
    expect(run.message).toMatch(
      new RegExp(`^${step} "echo no such module >&2; \\(exit 7\\)" ended with exit code 7 on here:\n`),
    );
    expect(run.message).toContain('no such module');
    expect(attempts).toMatchObject([{ outcome: 'step-failed' }]);
    const log = desk.read(`outputs/a/1/logs/${step}`);
    expect(log).toContain('begun\nno such module\n');
    expect(log).not.toContain('not reached');
    expect(desk.ran()).toBe(0);
  });
});

describe('a step that is killed again and again', () => {
  it('fails the run, in words, after its third runner', async () => {
    desk.write({ 'jobs.d/a.yaml': job('true', 'requirements: "echo begun; kill -9 $PPID"\n') });
    await desk.settle();
    const { phase, reason, message } = await desk.run('a');
    expect([phase, reason]).toEqual(['Failed', 'StepFailed']);
    expect(message).toContain('were killed 3 times on here before they ended');
    expect(desk.read('outputs/a/1/logs/requirements')).toBe('begun\nbegun\nbegun\n');
  });
});

describe('output', () => {
  it('that is missing fails the run, and is named', async () => {
    desk.write({ 'jobs.d/a.yaml': job('echo 1 >there', 'output: [there, gone.txt, "*.none"]\n') });
    await desk.session('write', async (app) => {
      await untilPhase(app, 'a', 'Fetching');
      desk.ahead += 60_000;
      await settle(app);
    });
    const { phase, reason, message } = await desk.run('a');
    expect([phase, reason]).toEqual(['Failed', 'OutputMissing']);
    expect(message).toContain('left no "gone.txt", "*.none";');
    expect(desk.read('outputs/a/1/there')).toBe('1\n');
  });

  it('that comes late is waited for, and comes home', async () => {
    desk.write({ 'jobs.d/a.yaml': job('pwd >"$HOME/where"', 'output: late/file\n') });
    await desk.session('write', async (app) => {
      await untilPhase(app, 'a', 'Fetching');
      await app.pass([]);
      const { phase, reason, message } = recordOf(app, 'a').run;
      expect([phase, reason]).toEqual(['Fetching', 'FetchPending']);
      expect(message).toContain('there is no "late/file" on here yet');
      const where = join(desk.readHome('where').trim(), 'late');
      mkdirSync(where);
      writeFileSync(join(where, 'file'), 'late');
      await settle(app);
      expect(recordOf(app, 'a').run.phase).toBe('Succeeded');
    });
    expect(desk.read('outputs/a/1/late/file')).toBe('late');
  });

  it('that is optional may be missing', async () => {
    const output = 'output: [there, {path: "core.*", optional: true}]\n';
    desk.write({ 'jobs.d/a.yaml': job('echo 1 >there', output) });
    await desk.settle();
    expect(await desk.run('a')).toMatchObject({ phase: 'Succeeded', reason: 'Done' });
  });
});

describe('an array', () => {
  it('has a state and a log for each task, and fails as a whole when one does', async () => {
    const more = 'resources: {nbr_jobs_in_array: 3}\noutput: "out.*"\n';
    desk.write({
      'jobs.d/a.yaml': job(
        'echo task $SLURM_ARRAY_TASK_ID; echo x >out.$SLURM_ARRAY_TASK_ID; [ $SLURM_ARRAY_TASK_ID != 2 ]',
        more,
      ),
    });
    await desk.settle();
    const { run, attempts } = await desk.record('a');
    expect(run).toMatchObject({ phase: 'Failed', reason: 'ExecutionFailed' });
    expect(attempts[0]?.taskStates).toEqual(['COMPLETED', 'FAILED', 'COMPLETED']);
    expect(desk.read('outputs/a/1/logs/stdout.3')).toBe('task 3\n');
    expect(desk.has('outputs/a/1/out.2')).toBe(true);
  });

  it('succeeds when all do', async () => {
    desk.write({ 'jobs.d/a.yaml': job('true', 'resources: {nbr_jobs_in_array: 2}\n') });
    await desk.settle();
    const { run, attempts } = await desk.record('a');
    expect(run.phase).toBe('Succeeded');
    expect(attempts[0]?.taskStates).toEqual(['COMPLETED', 'COMPLETED']);
  });
});

describe('cancelling', () => {
  it('before submission ends the run here, and nothing is ever sent', async () => {
    desk.write({ 'jobs.d/a.yaml': job(LEAVES_TRACE) });
    desk.away.add('here');
    await desk.session('write', async (app) => {
      await app.pass([]);
      cancel(app, 'a', 'a typo');
      await app.pass([]);
    });
    desk.away.clear();
    await desk.settle();
    const { run, attempts } = await desk.record('a');
    expect(run).toMatchObject({ phase: 'Cancelled', reason: 'CancelledByUser' });
    expect([attempts, desk.ran()]).toEqual([[], 0]);
  });

  it('while it runs ends the job there, and brings home what there is', async () => {
    desk.write({
      'jobs.d/a.yaml': job(
        `echo begun; echo 1 >early; ${AT_GATE}; ${LEAVES_TRACE}`,
        'output: [early, late]\n',
      ),
    });
    await desk.session('write', async (app) => {
      await untilPhase(app, 'a', 'Running');
      cancel(app, 'a', 'enough');
      await settle(app);
    });
    const { run, attempts } = await desk.record('a');
    expect(run).toMatchObject({ phase: 'Cancelled', reason: 'CancelledByUser' });
    expect(attempts).toMatchObject([{ state: 'ended', outcome: 'cancelled' }]);
    expect(desk.read('outputs/a/1/logs/stdout')).toBe('begun\n');
    expect(desk.read('outputs/a/1/early')).toBe('1\n');
    desk.openGate();
    expect(kinds((await desk.pass()).plan.actions)).toEqual([]);
    expect(desk.ran()).toBe(0);
  });
});

describe('a clock that is set back while the end is waited for', () => {
  it('is no reason to wait until it has caught up', async () => {
    desk.write({ 'jobs.d/a.yaml': job(AT_GATE) });
    await desk.session('write', async (app) => {
      const { signal } = new AbortController();
      let passes = 0;
      const onPass = (): void => {
        passes += 1;
        // Set while it rests behind a pass.
        if (passes === 2) setTimeout(() => (desk.ahead = -24 * 3_600_000), 200);
        if (passes === 3) desk.openGate();
      };
      expect((await app.waitUntilSettled([], { signal, onPass })).settled).toBe(true);
      expect(recordOf(app, 'a').run.phase).toBe('Succeeded');
    });
  });
});

describe('a second pass', () => {
  it('changes nothing while the job runs', async () => {
    desk.write({ 'jobs.d/a.yaml': job(AT_GATE) });
    await desk.session('write', (app) => untilPhase(app, 'a', 'Running'));
    const again = await desk.pass();
    expect(again.plan.actions.filter(isChange)).toEqual([]);
    expect(again).toMatchObject({ again: false, failed: [] });
    expect(again.standings).toMatchObject([{ name: 'a', phase: 'Running' }]);
  });
});

describe('logs', () => {
  const textOf = async (
    name: string,
    stream: 'stdout' | 'stderr',
    follow = false,
    task?: number,
  ): Promise<string> =>
    desk.session('read', async (app) => {
      let text = '';
      const signal = AbortSignal.timeout(10_000);
      const options = { stream, follow, signal, ...(task === undefined ? {} : { task }) };
      for await (const part of app.tail(name, options)) text += part;
      return text;
    });

  it('of a job that runs come from the cluster, of one that has ended from here', async () => {
    desk.write({ 'jobs.d/a.yaml': job(`echo begun; echo beside >&2; ${AT_GATE}; echo end`) });
    await desk.session('write', (app) => untilPhase(app, 'a', 'Running'));
    await expect.poll(() => textOf('a', 'stdout'), { timeout: 20_000 }).toBe('begun\n');
    await expect.poll(() => textOf('a', 'stderr'), { timeout: 20_000 }).toContain('beside\n');
    desk.openGate();
    await desk.settle();
    desk.away.add('here');
    expect(await textOf('a', 'stdout', true)).toBe('begun\nend\n');
    expect(await textOf('a', 'stderr')).toContain('beside\n');
  });

  it('are told for each task of an array', async () => {
    desk.write({ 'jobs.d/a.yaml': job('echo $SLURM_ARRAY_TASK_ID', 'resources: {nbr_jobs_in_array: 2}\n') });
    await desk.settle();
    expect(await textOf('a', 'stdout', false, 2)).toBe('2\n');
  });
});

describe('retrieving', () => {
  it('brings results again, or to another folder', async () => {
    desk.write({ 'jobs.d/a.yaml': job('echo 42 >answer', 'output: answer\n') });
    await desk.settle();
    desk.remove('outputs');
    const elsewhere = join(desk.directory, 'elsewhere');
    await desk.session('read', async (app) => {
      const first = await app.retrieve('a', elsewhere);
      expect(first.missing).toEqual([]);
      expect(first.files.map(({ file }) => file)).toContain(join(elsewhere, 'answer'));
      await app.retrieve('a');
    });
    expect(desk.read('elsewhere/answer')).toBe('42\n');
    expect(desk.read('outputs/a/1/answer')).toBe('42\n');
    expect(desk.has('elsewhere/.incoming')).toBe(false);
  });

  it('brings nothing of a run that has not ended', async () => {
    desk.write({ 'jobs.d/a.yaml': job(AT_GATE) });
    await desk.pass();
    const got = await desk.session('read', (app) => app.retrieve('a'));
    expect(got.files).toEqual([]);
    await expect(desk.session('read', (app) => app.retrieve('nobody'))).rejects.toThrow(
      'there is no job "nobody"',
    );
  });
});
