/** What a person decides of jobs, word for word. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sandbox, sluice, start, until, type Sandbox } from './built.js';

const job = (execution: string, more = ''): string =>
  `destination_cluster: here\nexecution: ${JSON.stringify(execution)}\n${more}`;

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
      code: 64,
      stderr: expect.stringContaining(
        'this version does not run single tasks of an array again: leave --failed-tasks out',
      ) as string,
    });
    expect(at.tree().filter((path) => /^outputs\/a\/[^/]+$/.test(path))).toEqual([
      'outputs/a/1',
      'outputs/a/1.g1',
    ]);
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
