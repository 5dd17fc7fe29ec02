/** Jobs whose files are at an address, with the real app, the real wrapper and real Git. */
import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ServedRepository } from '../lab/repository.js';
import { Desk, inventory, job } from './desk.js';

let desk: Desk;
let repository: ServedRepository;
let commit: string;
beforeEach(() => {
  desk = new Desk();
  repository = new ServedRepository();
  commit = repository.commit({ run: '#!/bin/sh\ncat lib/lib.txt\n' });
});
afterEach(async () => {
  await desk.leave();
  await repository.stop();
});

const path = (): string => join(repository.folder, 'test.git');

/** The login nodes' own Git cannot get at anything; ours can. */
function cutOffTheCluster(): void {
  const bin = join(desk.home, 'bin');
  mkdirSync(bin);
  writeFileSync(
    join(bin, 'git'),
    '#!/bin/sh\necho "fatal: unable to access: Could not resolve host: example" >&2\nexit 128\n',
  );
  writeFileSync(join(bin, 'curl'), '#!/bin/sh\necho "curl: (6) Could not resolve host" >&2\nexit 6\n');
  for (const name of ['git', 'curl']) chmodSync(join(bin, name), 0o755);
  desk.write({ 'clusters.yaml': inventory(', setup: "PATH=$HOME/bin:$PATH"') });
}

describe('a Git repository as job', () => {
  it('is cloned on the cluster, recursively, at its ref, and the commit is in the record', async () => {
    desk.write({
      'jobs.d/a.yaml': job(
        './run > result; git rev-parse HEAD >> result',
        `job: file://${path()}#v1\noutput: result\n`,
      ),
    });
    await desk.settle();
    const { run, attempts } = await desk.record('a');
    expect([run.phase, run.message]).toEqual(['Succeeded', 'completed on here; its results were fetched']);
    expect(desk.read('outputs/a/1/result')).toBe(`of the submodule\n${commit}\n`);
    expect(attempts.map(({ source }) => source)).toEqual([{ kind: 'git', commit, url: `file://${path()}` }]);
  });

  it('is cloned here and sent where the login node cannot, whole', async () => {
    cutOffTheCluster();
    desk.write({
      'jobs.d/a.yaml': job('./run > result; ls -d .git >> result', `job: file://${path()}\noutput: result\n`),
    });
    await desk.settle();
    const { run, attempts } = await desk.record('a');
    expect([run.phase, run.message]).toEqual(['Succeeded', 'completed on here; its results were fetched']);
    expect(desk.read('outputs/a/1/result')).toBe('of the submodule\n.git\n');
    expect(attempts.map(({ outcome, reason }) => [outcome, reason])).toEqual([
      ['refused', 'CloneFailed'],
      ['completed', 'Completed'],
    ]);
    expect(attempts[0]?.message).toMatch(
      /^the fetching of file:\/\/\S+ ended with exit code 91 on here:\nfatal: unable to access: Could not resolve host: example\n/,
    );
    expect(attempts[1]?.source).toEqual({ kind: 'git', commit, url: `file://${path()}` });
    await desk.pass();
    expect(desk.filesWith('').filter((file) => file.includes('.sluice/here/'))).toEqual([]);
  });

  it('is cloned here at once where the manifest says so, or the cluster', async () => {
    cutOffTheCluster();
    desk.write({
      'clusters.yaml': inventory(', fetch_on: here, setup: "PATH=$HOME/bin:$PATH"'),
      'jobs.d/a.yaml': job('./run > result', `job: file://${path()}\noutput: result\n`),
      'jobs.d/b.yaml':
        `destination_cluster: there\nalternates: none\nexecution: ./run > result\njob: file://${path()}\n` +
        'output: result\nfetch_on: here\n',
    });
    await desk.settle();
    for (const name of ['a', 'b']) {
      const { run, attempts } = await desk.record(name);
      expect([run.phase, attempts.length]).toEqual(['Succeeded', 1]);
      expect(attempts[0]?.source).toMatchObject({ commit });
    }
  });

  it('fails where it may not be sent from here, with the words of Git', async () => {
    cutOffTheCluster();
    desk.write({ 'jobs.d/a.yaml': job('./run', `job: file://${path()}\nfetch_on: login\n`) });
    await desk.settle();
    const run = await desk.run('a');
    expect([run.phase, run.reason]).toEqual(['Failed', 'CloneFailed']);
    expect(run.message).toMatch(
      /^the fetching of file:\S+test\.git ended with exit code 91 on here:\nfatal: unable to access: Could not resolve host: example\nsluice: file:\S+ cannot be reached from \S+, or does not answer/,
    );
  });

  it('fails where neither has it, with the words of both', async () => {
    desk.write({ 'jobs.d/a.yaml': job('./run', `job: file://${repository.folder}/none.git\n`) });
    await desk.settle();
    const run = await desk.run('a');
    expect([run.phase, run.reason]).toEqual(['Failed', 'CloneFailed']);
    expect(run.message).toMatch(
      /^the fetching of file:\S+none\.git to this machine ended with code 92:\n[^]*does not exist, or is refused to you on [^]*; and on here: the fetching of file:\S+none\.git ended with exit code 92 on here:\n/,
    );
    expect(desk.ran()).toBe(0);
  });

  it('fails at a ref that is not there', async () => {
    desk.write({ 'jobs.d/a.yaml': job('./run', `job: file://${path()}#v2\nfetch_on: login\n`) });
    await desk.settle();
    expect((await desk.run('a')).message).toMatch(/sluice: file:\S+ has no branch, tag or commit v2\n/);
  });

  it('goes on from where it was when its state is lost, and the commit is known again', async () => {
    desk.write({ 'jobs.d/a.yaml': job('./run > result', `job: file://${path()}\noutput: result\n`) });
    await desk.settle();
    desk.remove('.sluice');
    await desk.pass();
    const { run, attempts } = await desk.record('a');
    expect([run.phase, attempts[0]?.source]).toEqual([
      'Succeeded',
      { kind: 'git', commit, url: `file://${path()}` },
    ]);
  });

  it('is shown in the plan as what it is', async () => {
    desk.write({
      'jobs.d/a.yaml': job('true', `job: file://${path()}\n`),
      'jobs.d/b.yaml': job('true', `job: file://${path()}\nfetch_on: here\n`),
    });
    const { plan } = await desk.session('plan', (app) => app.plan([]));
    expect(plan.actions.map(({ name, kind, why }) => [name, kind, why])).toEqual([
      ['a', 'accept', 'its manifest is new'],
      ['a', 'stage', 'here is the first choice'],
      ['a', 'steps', 'the fetching of its files comes first'],
      ['b', 'accept', 'its manifest is new'],
      ['b', 'bring', `file://${path()} is fetched to this machine and sent to here from here`],
    ]);
  });
});

describe('a download as job', () => {
  const CONTENT = 'x'.repeat(3000);
  let server: Server;
  let asked: number;
  beforeEach(async () => {
    asked = 0;
    server = createServer((request, response) => {
      asked += 1;
      if (request.url?.startsWith('/data.txt') === true) response.end(CONTENT);
      else if (request.url?.startsWith('/large.txt') === true) response.end('x'.repeat(2 ** 20 + 1));
      else response.writeHead(404).end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterEach(() => new Promise((resolve) => server.close(resolve)));
  const url = (name: string): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}/${name}`;
  const source = {
    kind: 'url',
    sha256: createHash('sha256').update(CONTENT).digest('hex'),
    size: 3000,
    file: 'data.txt',
  };

  it('is downloaded on the cluster, and its digest is in the record', async () => {
    desk.write({
      'jobs.d/a.yaml': job('wc -c < data.txt > result', `job: ${url('data.txt?key=7')}\noutput: result\n`),
    });
    await desk.settle();
    const { run, attempts } = await desk.record('a');
    expect([run.phase, attempts.map((each) => each.source)]).toEqual(['Succeeded', [source]]);
    expect(desk.read('outputs/a/1/result').trim()).toBe('3000');
    expect(asked).toBe(1);
  });

  it('is downloaded here and sent where the login node cannot', async () => {
    cutOffTheCluster();
    desk.write({
      'jobs.d/a.yaml': job('wc -c < data.txt > result', `job: ${url('data.txt')}\noutput: result\n`),
    });
    await desk.settle();
    const { run, attempts } = await desk.record('a');
    expect([run.phase, attempts.map(({ outcome, reason }) => [outcome, reason])]).toEqual([
      'Succeeded',
      [
        ['refused', 'DownloadFailed'],
        ['completed', 'Completed'],
      ],
    ]);
    expect(attempts[1]?.source).toEqual(source);
  });

  it('fails beyond its limit, and where there is none, in these words', async () => {
    desk.write({
      'clusters.yaml': inventory(', max_download: 1M'),
      'jobs.d/a.yaml': job('true', `job: ${url('large.txt?key=7')}\n`),
      'jobs.d/b.yaml': job('true', `job: ${url('none.txt')}\n`),
    });
    await desk.settle();
    const [a, b] = [await desk.run('a'), await desk.run('b')];
    expect([a.phase, a.reason, b.phase, b.reason]).toEqual([
      'Failed',
      'DownloadFailed',
      'Failed',
      'DownloadFailed',
    ]);
    expect(a.message).toMatch(
      /ended with exit code 93 on here:\n[^]*large\.txt is larger than 1048576 bytes, which is the limit/,
    );
    expect(a.message).not.toContain('key=7');
    expect(b.message).toMatch(
      /ended with exit code 92 on here:\n[^]*none\.txt does not exist, or is refused \(HTTP status 404\)/,
    );
  });
});
