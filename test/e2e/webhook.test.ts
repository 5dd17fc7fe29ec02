/** The whole way of a push: a real repository that is asked once an hour, a daemon, and a signed call. */
import { createHmac } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestRepository } from '../git/repository.js';
import { sandbox, until, type Sandbox } from './built.js';
import { type Daemon, serve, stop } from './daemon.js';

const SECRET = 'planted-secret-of-the-forge';
const JOB = 'destination_cluster: here\nexecution: echo done >result.txt\noutput: result.txt\n';

describe('a push', { timeout: 60_000 }, () => {
  const repository = new TestRepository();
  const other = new TestRepository();
  let at: Sandbox;
  let daemon: Daemon;
  beforeAll(async () => {
    repository.commit({ 'jobs.d/first.yaml': JOB });
    other.commit({ 'jobs.d/second.yaml': JOB });
    at = sandbox({
      'sluice.yaml': `installation: e2e-hook
http: {webhook_secret: {file: forge.secret}}
sources:
  - {git: "${repository.url}", interval: 1h}
  - {git: "${other.url}", interval: 1h}
`,
      'forge.secret': `${SECRET}\n`,
      'clusters.yaml': 'clusters:\n  here: {transport: local, workload_manager: direct}\n',
    });
    countGit(at);
    daemon = await serve(at);
    await comesTo('first', 'Succeeded');
    await comesTo('second', 'Succeeded');
  });
  afterAll(async () => {
    await stop(daemon);
    at.remove();
    repository.remove();
    other.remove();
  });

  /** Each question to a repository is a line. */
  const asked = (which: TestRepository): number => {
    const log = join(at.home, 'git.log');
    const lines = existsSync(log) ? readFileSync(log, 'utf8').split('\n') : [];
    return lines.filter((line) => line.includes('ls-remote') && line.includes(which.url)).length;
  };

  const comesTo = (name: string, phase: string): Promise<void> =>
    until(async () => {
      const answer = await daemon.get(`/jobs/${name}`);
      return answer.ok && ((await answer.json()) as { phase: string }).phase === phase;
    });

  const call = async (secret: string): Promise<number> => {
    const body = JSON.stringify({ repository: { clone_url: repository.url } });
    const digest = createHmac('sha256', secret).update(body).digest('hex');
    const headers = { 'x-hub-signature-256': `sha256=${digest}`, 'content-type': 'application/json' };
    return (await daemon.get('/hooks/git', { method: 'POST', headers, body })).status;
  };

  const passes = async (): Promise<number> => {
    const text = await (await daemon.get('/metrics')).text();
    return Number(/^sluice_pass_seconds_count (\d+)$/m.exec(text)?.[1]);
  };

  it('wakes nothing without the secret, and with it comes to its result long before the hour is over', async () => {
    const before = [asked(repository), asked(other)];
    expect(before).toEqual([1, 1]);
    repository.commit({ 'jobs.d/pushed.yaml': JOB });
    for (let each = 0; each < 5; each++) expect(await call(`${SECRET}${each}`)).toBe(401);
    // A pass that somebody asks for otherwise: it asks nobody.
    const began = await passes();
    daemon.child.kill('SIGHUP');
    await until(async () => (await passes()) > began);
    expect([asked(repository), asked(other)]).toEqual(before);
    expect((await daemon.get('/jobs/pushed')).status).toBe(404);

    expect(await call(SECRET)).toBe(202);
    await comesTo('pushed', 'Succeeded');
    expect(readFileSync(join(at.directory, 'outputs/pushed/1/result.txt'), 'utf8')).toBe('done\n');
    // One question to the repository that was named, and none to the other one.
    expect([asked(repository), asked(other)]).toEqual([2, 1]);
    expect(daemon.log()).not.toContain(SECRET);
    expect(execFileSync('grep', ['-rlF', SECRET, at.directory], { encoding: 'utf8' }).trim()).toBe(
      join(at.directory, 'forge.secret'),
    );
  });
});

/** A `git` before the real one that keeps what it was called with. */
function countGit({ home, env }: Sandbox): void {
  const folder = join(home, 'bin');
  mkdirSync(folder);
  const real = execFileSync('sh', ['-c', 'command -v git'], { encoding: 'utf8' }).trim();
  const shim = `#!/bin/sh\nprintf '%s\\n' "$*" >>'${join(home, 'git.log')}'\nexec ${real} "$@"\n`;
  writeFileSync(join(folder, 'git'), shim);
  chmodSync(join(folder, 'git'), 0o755);
  env['PATH'] = `${folder}:${env['PATH'] ?? ''}`;
}
