import { chmod, rm } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { JobDirectory, runScript } from './bash.js';

let job: JobDirectory;
beforeEach(async () => {
  job = await JobDirectory.make();
});
afterEach(() => job.remove());

function slurm(id: number, task?: number, restart = 0): { environment: Record<string, string> } {
  return {
    environment: {
      SLURM_JOB_ID: String(id + (task ?? 0)),
      ...(task === undefined ? {} : { SLURM_ARRAY_JOB_ID: String(id), SLURM_ARRAY_TASK_ID: String(task) }),
      ...(restart === 0 ? {} : { SLURM_RESTART_COUNT: String(restart) }),
    },
  };
}

describe('owner mark', () => {
  it('is made before the first item, with id, restart count and nonce', async () => {
    const ended = await runScript(await job.batch(['cat ../.sluice/owner']), slurm(41));
    expect(ended.code).toBe(0);
    expect(ended.stdout).toMatch(/^job 41 0 [0-9a-f-]{36}\n$/);
    expect(await job.marks()).toEqual(['exit.0', 'owner']);
  });

  it('twenty at once: exactly one runs', async () => {
    const script = await job.batch(['echo ran; sleep 0.2']);
    const all = await Promise.all(
      Array.from({ length: 20 }, (_, index) => runScript(script, slurm(100 + index))),
    );
    expect(all.filter((each) => each.stdout === 'ran\n').map((each) => each.code)).toEqual([0]);
    expect(all.filter((each) => each.stdout === '').map((each) => each.code)).toEqual(Array(19).fill(121));
    const owner = await job.mark('owner');
    const winner = 100 + all.findIndex((each) => each.code === 0);
    expect(owner?.slice(0, 3)).toEqual(['job', String(winner), '0']);
    expect((await job.mark('exit.0'))?.[3]).toBe(String(winner));
  });

  it('the same job twenty times over (a launch that Slurm repeated): exactly one runs', async () => {
    const script = await job.batch(['echo ran']);
    const all = await Promise.all(Array.from({ length: 20 }, () => runScript(script, slurm(7))));
    expect(all.filter((each) => each.stdout === 'ran\n')).toHaveLength(1);
    expect(all.filter((each) => each.code === 121)).toHaveLength(19);
  });

  it('the fence first: 121, one line on stderr, nothing run, no exit mark', async () => {
    await job.put('owner', 'fence 00ff\n');
    const ended = await runScript(await job.batch(['echo no']), slurm(7));
    expect(ended).toMatchObject({ code: 121, stdout: '' });
    expect(ended.stderr.trim().split('\n')).toEqual([
      'sluice: job 7 is not the owner, which is: fence 00ff; nothing of fit.1f9e.1 was run',
    ]);
    expect(await job.marks()).toEqual(['owner']);
  });

  it('an array is owned by its id, and each task once by itself', async () => {
    const script = await job.batch(['echo task $SLURM_ARRAY_TASK_ID']);
    const tasks = await Promise.all([1, 2, 3].map((task) => runScript(script, slurm(50, task))));
    expect(tasks.map((each) => [each.code, each.stdout])).toEqual(
      [1, 2, 3].map((task) => [0, `task ${task}\n`]),
    );
    expect((await runScript(script, slurm(50, 2))).code).toBe(121);
    expect((await runScript(script, slurm(60, 2))).code).toBe(121);
    expect(await job.marks()).toEqual(['exit.1', 'exit.2', 'exit.3', 'owner', 'task.1', 'task.2', 'task.3']);
    expect((await job.mark('exit.2'))?.slice(3)).toEqual(['50', '0']);
  });

  it('a restart that was not allowed runs nothing and leaves the first exit mark alone', async () => {
    const script = await job.batch(['exit 4']);
    await runScript(script, slurm(7));
    const again = await runScript(script, slurm(7, undefined, 1));
    expect(again).toMatchObject({ code: 121, stdout: '' });
    expect(again.stderr).toContain('was not allowed');
    expect((await job.mark('exit.0'))?.slice(0, 1)).toEqual(['4']);
  });

  it('a restart that was allowed goes on, once for each count', async () => {
    const script = await job.batch(['echo ran'], { requeue: true });
    const first = await runScript(script, slurm(7));
    const second = await Promise.all([1, 1, 1].map((count) => runScript(script, slurm(7, undefined, count))));
    const late = await runScript(script, slurm(7));
    expect(first.stdout).toBe('ran\n');
    expect(second.filter((each) => each.stdout === 'ran\n')).toHaveLength(1);
    expect(late.code).toBe(121);
    expect((await job.mark('owner'))?.slice(0, 3)).toEqual(['job', '7', '1']);
    expect((await runScript(script, slurm(8, undefined, 5))).code).toBe(121);
  });

  it("a task's restart that was allowed replaces its own mark, not the array's", async () => {
    const script = await job.batch(['echo ran'], { requeue: true });
    await runScript(script, slurm(50, 1));
    expect((await runScript(script, slurm(50, 1, 1))).stdout).toBe('ran\n');
    expect((await job.mark('owner'))?.slice(0, 3)).toEqual(['job', '50', '0']);
    expect((await job.mark('task.1'))?.slice(0, 3)).toEqual(['job', '50', '1']);
  });
});

describe('a mark that cannot be made: 122, nothing run', () => {
  it.each(['no directory', 'an empty owner', 'no working directory'])('%s', async (trouble) => {
    const script = await job.batch(['echo no']);
    if (trouble === 'an empty owner') await job.put('owner', '');
    if (trouble === 'no working directory') await rm(`${job.path}/work`, { recursive: true });
    if (trouble === 'no directory') {
      const elsewhere = await job.batch(['echo no'], { jobDirectory: `${job.path}/nowhere` });
      expect(await runScript(elsewhere, slurm(7))).toMatchObject({ code: 122, stdout: '' });
      return;
    }
    const ended = await runScript(script, slurm(7));
    expect(ended).toMatchObject({ code: 122, stdout: '' });
    expect(ended.stderr.trim().split('\n').at(-1)).toMatch(/^sluice: .*nothing of fit\.1f9e\.1 was run$/);
    expect(await job.mark('exit.0')).toBeUndefined();
  });

  it('a directory that may not be written', async () => {
    const script = await job.batch(['echo no']);
    await chmod(`${job.path}/.sluice`, 0o555);
    const ended = await runScript(script, slurm(7));
    await chmod(`${job.path}/.sluice`, 0o755);
    // root may write everywhere
    expect(ended.code).toBe(process.getuid?.() === 0 ? 0 : 122);
  });
});
