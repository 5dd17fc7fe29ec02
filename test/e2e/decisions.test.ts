/** What a person decides of jobs, word for word. */
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sandbox, sluice, start, until, type Sandbox } from './built.js';

const job = (execution: string, more = ''): string =>
  `destination_cluster: here\nexecution: ${JSON.stringify(execution)}\n${more}`;

interface Shown {
  readonly items: readonly unknown[];
}

const DELETABLE = job('true', 'suspend: true\non_delete: cancel\n');

describe('a decision', { timeout: 120_000 }, () => {
  let at: Sandbox;
  beforeEach(() => {
    at = sandbox({
      'sluice.yaml': 'installation: e2e-decisions\n',
      'clusters.yaml': 'clusters:\n  here: {transport: local, workload_manager: direct}\n',
    });
  });
  afterEach(() => {
    at.remove();
  });
  const said = async (...argv: string[]): Promise<string> => (await sluice(at, ...argv)).stdout;

  it('to suspend holds back what was not begun, until resume', async () => {
    at.write({ 'jobs.d/a.yaml': job('true', 'depends_on: b\n') });
    await sluice(at, 'reconcile', '--once');
    expect(await said('suspend', 'a', '--reason', 'not yet')).toBe(
      'a: suspended; to let it go: sluice resume a\n',
    );
    at.write({ 'jobs.d/b.yaml': job('true') });
    expect(await sluice(at, 'reconcile', '--once', '--wait')).toMatchObject({ code: 0 });
    expect(await said('get', '-o', 'name', '--phase', 'Suspended')).toBe('a\n');
    expect(await said('describe', 'a')).toMatch(/^Suspend: +requested$/m);
    expect(await said('resume', 'a')).toMatch(/^a: goes on: (Staging|Queued|Running|Fetching|Succeeded) /);
    expect(await sluice(at, 'reconcile', '--once', '--wait')).toMatchObject({ code: 0 });
    expect(await said('resume', 'a')).toBe('a: had ended already: Succeeded (Done)\n');
  });

  it('says what the manifest holds, and what was not held', async () => {
    at.write({ 'jobs.d/a.yaml': job('true', 'suspend: true\n'), 'jobs.d/b.yaml': job('sleep 100') });
    await until(async () => {
      await sluice(at, 'reconcile', '--once');
      return (await said('get', '--phase', 'Running', '-o', 'name')) === 'b\n';
    });
    await sluice(at, 'suspend', 'a');
    expect(await said('resume', 'a')).toBe(
      'a: its manifest says suspend: true; take that out to let it go\n',
    );
    expect(await said('resume', 'b')).toMatch(
      /^b: was not suspended: Running \(Executing\): job 1 runs on here$/m,
    );
    expect(await said('suspend', 'b')).toBe(
      'b: gets no new attempt until "sluice resume b"; what was begun is left alone: Running (Executing): job 1 runs on here\n',
    );
    await sluice(at, 'cancel', 'b');
    expect(await said('suspend', 'b')).toBe('b: had ended already: Cancelled (CancelledByUser)\n');
  });

  it('to rerun makes the next generation of what has ended, and of nothing else', async () => {
    at.write({ 'jobs.d/a.yaml': job('true'), 'jobs.d/b.yaml': job('true', 'suspend: true\n') });
    await sluice(at, 'reconcile', '--once', '--wait');
    expect(await said('rerun', 'a', '--reason', 'the library was mended')).toMatch(
      /^a: runs again as generation 1: (Staging|Queued|Running|Fetching|Succeeded) /,
    );
    await sluice(at, 'reconcile', '--once', '--wait');
    expect(await said('describe', 'a')).toMatch(/^Run: +1, generation 1$/m);
    expect(await sluice(at, 'rerun', 'a', 'b')).toMatchObject({
      code: 1,
      stdout: '',
      stderr: 'sluice: b: no rerun: it has not ended: it stands as Suspended; nothing was done\n',
    });
    expect(await sluice(at, 'rerun', 'a', '--failed-tasks')).toMatchObject({
      code: 1,
      stderr: 'sluice: a: no rerun: it is no array; to run all of it: sluice rerun a; nothing was done\n',
    });
    expect(at.tree().filter((path) => /^outputs\/a\/[^/]+$/.test(path))).toEqual([
      'outputs/a/1',
      'outputs/a/1.g1',
    ]);
  });

  it('to rerun the failed tasks of an array runs those alone', async () => {
    const item =
      'echo x >>"$HOME/ran.$SLURM_ARRAY_TASK_ID"; [ "$SLURM_ARRAY_TASK_ID" != 2 ] || [ -e "$HOME/mended" ]';
    at.write({ 'jobs.d/many.yaml': job(item, 'resources: {nbr_jobs_in_array: 3}\n') });
    await sluice(at, 'reconcile', '--once', '--wait');
    const [before] = (JSON.parse((await sluice(at, 'get', 'many', '-o', 'json')).stdout) as Shown).items;
    expect(before).toMatchObject({
      phase: 'Failed',
      state: ['COMPLETED', 'FAILED', 'COMPLETED'],
      part: null,
    });
    writeFileSync(join(at.home, 'mended'), '');
    expect(await said('rerun', 'many', '--failed-tasks')).toMatch(
      /^many: task 2 runs again as generation 1: (Staging|Queued|Running|Fetching|Succeeded) /,
    );
    await sluice(at, 'reconcile', '--once', '--wait');
    const [after] = (JSON.parse((await sluice(at, 'get', 'many', '-o', 'json')).stdout) as Shown).items;
    expect(after).toMatchObject({
      ...{ phase: 'Succeeded', generation: 1, part: { tasks: [2], generation: 0 } },
      ...{ state: ['COMPLETED', 'COMPLETED', 'COMPLETED'], attempts: [{ tasks: [2] }] },
    });
    const ran = [1, 2, 3].map(
      (task) =>
        readFileSync(join(at.home, `ran.${task}`), 'utf8')
          .trim()
          .split('\n').length,
    );
    expect(ran).toEqual([1, 2, 1]);
    expect(await said('describe', 'many')).toMatch(/^Part: +task 2 of 3, for the results of generation 0$/m);
    expect(at.tree().filter((path) => /^outputs\/many\/[^/]+$/.test(path))).toEqual(['outputs/many/1']);
  });

  it('is needed for many deletions at once', async () => {
    const names = Array.from({ length: 12 }, (_, index) => `j${String(index).padStart(2, '0')}`);
    const files = names.map((name): [string, string] => [`jobs.d/${name}.yaml`, DELETABLE]);
    at.write({ ...Object.fromEntries(files), 'jobs.d/other.yaml': job('true', 'suspend: true\n') });
    await sluice(at, 'reconcile', '--once');
    for (const name of names) rmSync(join(at.directory, `jobs.d/${name}.yaml`));
    const held =
      /^waits: 12 runs would be ended, as their manifests are gone: j00, j01, .*, j09 and 2 more; if that is meant: sluice approve ([0-9a-f]{12})$/m;
    const planned = await sluice(at, 'plan');
    expect(planned.code).toBe(7);
    expect(planned.stdout).toMatch(held);
    const reconciled = await sluice(at, 'reconcile', '--once');
    expect(reconciled.code).toBe(7);
    expect(reconciled.stderr).toMatch(held);
    const digest = held.exec(reconciled.stderr)?.[1] ?? '';
    expect(JSON.parse((await sluice(at, 'plan', '-o', 'json')).stdout)).toMatchObject({
      waiting: [{ name: '', reason: 'ManyAtOnce', digest }],
    });
    expect(await sluice(at, 'approve', 'yes')).toMatchObject({
      code: 64,
      stderr: expect.stringContaining(
        '"yes" is no digest: it has twelve digits, as "sluice plan" shows it',
      ) as string,
    });
    expect(await said('approve', digest, '--reason', 'they are done')).toBe(
      `approved ${digest}; to do it: sluice reconcile --once\n`,
    );
    expect(await sluice(at, 'reconcile', '--once')).toMatchObject({ code: 0 });
    expect((await said('get', '-o', 'name', '--phase', 'Cancelled')).trim().split('\n')).toEqual(names);
  });

  it('may be given with the pass: --yes', async () => {
    const names = Array.from({ length: 6 }, (_, index) => `j${index}`);
    const files = names.map((name): [string, string] => [`jobs.d/${name}.yaml`, DELETABLE]);
    at.write({ ...Object.fromEntries(files), 'jobs.d/other.yaml': job('true', 'suspend: true\n') });
    await sluice(at, 'reconcile', '--once');
    for (const name of names) rmSync(join(at.directory, `jobs.d/${name}.yaml`));
    expect(await sluice(at, 'reconcile', '--once', '--yes')).toMatchObject({ code: 0 });
    expect(await said('get', '-o', 'name', '--phase', 'Suspended')).toBe('other\n');
  });

  it('is needed for a job that looks like one with a new name', async () => {
    at.write({ 'jobs.d/a.yaml': job('true') });
    await sluice(at, 'reconcile', '--once', '--wait');
    rmSync(join(at.directory, 'jobs.d/a.yaml'));
    at.write({ 'jobs.d/b.yaml': job('true') });
    const held =
      /^waits: b: it looks like a with a new name: it asks for the same work, and the manifest of a is gone; if it is the same job, add "previously: a"; to run it all the same, give it another run:, or: sluice approve ([0-9a-f]{12})$/m;
    const { code, stderr } = await sluice(at, 'reconcile', '--once', '--yes');
    expect(code).toBe(7);
    expect(stderr).toMatch(held);
    expect(await sluice(at, 'get')).toMatchObject({ code: 0, stderr: expect.stringMatching(held) as string });
    expect(await sluice(at, 'describe', 'b')).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^sluice: b is not taken up: it looks like a with a new name/) as string,
    });
    await sluice(at, 'approve', held.exec(stderr)?.[1] ?? '');
    expect(await sluice(at, 'reconcile', '--once', '--wait')).toMatchObject({ code: 0 });
    expect(await said('get', '-o', 'name')).toBe('a\nb\n');
  });

  it('to forget leaves a job alone, until somebody follows it again', async () => {
    at.write({ 'jobs.d/a.yaml': job('until [ -e ../../../../../go ]; do sleep 0.05; done') });
    await until(async () => {
      await sluice(at, 'reconcile', '--once');
      return (await said('get', '--phase', 'Running', '-o', 'name')) === 'a\n';
    });
    expect(await said('forget', 'a', '--reason', 'somebody else looks after it')).toBe(
      'a: followed no more, and never begun again by itself; what is on its cluster is left alone. It stood as Running ' +
        '(Executing): job 1 runs on here. To follow it again: sluice resume a\n',
    );
    expect(await sluice(at, 'reconcile', '--once', '--wait')).toMatchObject({ code: 0 });
    expect(await said('describe', 'a')).toMatch(/^Followed: +no more, since /m);
    expect(JSON.parse(await said('get', 'a', '-o', 'json'))).toMatchObject({
      items: [{ phase: 'Running', forgotten_at: expect.stringMatching(/^20/) as string }],
    });
    expect(await sluice(at, 'rerun', 'a')).toMatchObject({ code: 1 });
    expect(await sluice(at, 'cancel', 'a')).toMatchObject({
      code: 1,
      stderr:
        'sluice: a: no cancel: it is followed no more, so that nobody would see its end; first: sluice resume a; nothing was done\n',
    });
    expect(await said('resume', 'a')).toMatch(/^a: goes on: Running /);
    await sluice(at, 'cancel', 'a');
    expect(await said('forget', 'a')).toBe('a: is over, and nothing of it is followed\n');
  });

  it('to resolve is of a submission in question alone, and says which words it takes', async () => {
    at.write({ 'jobs.d/a.yaml': job('true') });
    await sluice(at, 'reconcile', '--once', '--wait');
    expect(await sluice(at, 'resolve', 'a', '--not-submitted')).toMatchObject({
      code: 1,
      stderr:
        'sluice: a: no resolve: its submission is not in question: it stands as Succeeded (Done); nothing was done\n',
    });
    for (const words of [[], ['--adopt', '7', '--not-submitted']])
      expect(await sluice(at, 'resolve', 'a', ...words)).toMatchObject({
        code: 64,
        stderr: expect.stringContaining('say what you found: --adopt ID') as string,
      });
    expect(await sluice(at, 'resolve', 'a', '--adopt', 'x y')).toMatchObject({
      code: 64,
      stderr: expect.stringContaining('"x y" is no job id') as string,
    });
  });

  it('is asked of the writer where there is one', async () => {
    at.write({ 'jobs.d/a.yaml': job('sleep 100') });
    const running = start(at, ['reconcile', '--once', '--wait']);
    await until(() => existsSync(join(at.directory, '.sluice/holder.json')));
    await until(async () => (await said('get', '--phase', 'Running', '-o', 'name')) === 'a\n');
    expect(await said('suspend', 'a', '--reason', 'later')).toBe(
      'a: gets no new attempt until "sluice resume a"; what was begun is left alone: Running (Executing): job 1 runs on here\n',
    );
    await sluice(at, 'cancel', 'a');
    expect((await running.ended).stderr).toMatch(/a: asked to suspend it: later/);
  });
});
