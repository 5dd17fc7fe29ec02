/** The step `source` of a Git job, in real bash with real repositories. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { renderSource, type SourceRequest } from '../../src/shell/source.js';
import { startSshd, type Sshd } from '../ssh/sshd.js';
import { removeFolder } from '../tools/remove.js';
import { type Ended, JobDirectory, runScript } from './bash.js';

let job: JobDirectory;
/** Repositories: `lib.git` is the submodule `vendor/lib` of `main.git`. */
let repositories: Repositories;
beforeAll(async () => {
  repositories = await makeRepositories();
});
afterAll(() => removeFolder(repositories.path));
beforeEach(async () => {
  job = await JobDirectory.make();
});
afterEach(() => job.remove());

interface Repositories {
  readonly path: string;
  /** By what it is: full hashes of commits of `main.git`. */
  readonly first: string;
  readonly branch: string;
  readonly last: string;
  /** On no branch and under no tag. */
  readonly hidden: string;
}

function git(cwd: string, ...words: readonly string[]): string {
  const env = {
    ...process.env,
    ...{ GIT_AUTHOR_NAME: 'a', GIT_AUTHOR_EMAIL: 'a@b', GIT_COMMITTER_NAME: 'a', GIT_COMMITTER_EMAIL: 'a@b' },
    ...{ GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' },
  };
  const all = ['-c', 'protocol.file.allow=always', '-c', 'init.defaultBranch=main', ...words];
  return execFileSync('git', all, { cwd, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim();
}

function commit(cwd: string, files: Readonly<Record<string, string>>): string {
  for (const [name, text] of Object.entries(files)) writeFileSync(join(cwd, name), text);
  git(cwd, 'add', '-A');
  git(cwd, 'commit', '-qm', 'x');
  return git(cwd, 'rev-parse', 'HEAD');
}

async function makeRepositories(): Promise<Repositories> {
  const { path } = await JobDirectory.make();
  for (const name of ['lib', 'main', 'empty']) git(path, 'init', '-q', name);
  const [lib, main] = [join(path, 'lib'), join(path, 'main')];
  commit(lib, { 'lib.txt': 'lib\n' });
  git(path, 'clone', '-q', '--bare', 'lib', 'lib.git');
  git(path, 'clone', '-q', '--bare', 'empty', 'empty.git');
  const first = commit(main, { run: '#!/bin/sh\n', '.hidden': 'dot\n' });
  execFileSync('chmod', ['755', join(main, 'run')]);
  git(main, 'tag', '-a', '-m', 'x', 'v1.0');
  git(main, 'checkout', '-qb', 'topic/one');
  const branch = commit(main, { topic: 'topic\n' });
  git(main, 'checkout', '-q', '--detach');
  const hidden = commit(main, { secret: 'on no branch\n' });
  git(main, 'update-ref', 'refs/pull/1/head', hidden);
  git(main, 'checkout', '-q', 'main');
  git(main, 'submodule', '--quiet', 'add', pathToFileURL(join(path, 'lib.git')).href, 'vendor/lib');
  const last = commit(main, { last: 'last\n' });
  git(path, 'clone', '-q', '--mirror', 'main', 'main.git');
  git(join(path, 'main.git'), 'config', 'uploadpack.allowAnySHA1InWant', 'true');
  return { path, first, branch, last, hidden };
}

const url = (name: string): string => pathToFileURL(join(repositories.path, name)).href;

/** Runs it as the wrapper does. The test's own Git settings are nobody's. */
async function fetched(
  source: { readonly url: string; readonly ref?: string },
  more: Partial<SourceRequest> = {},
): Promise<Ended> {
  const script = join(job.path, '.sluice/steps/source');
  const text = renderSource({
    token: 'fit.1f9e.1',
    jobDirectory: job.path,
    workingDirectory: join(job.path, 'work'),
    environment: {},
    setup: [],
    source: { kind: 'git', ...source },
    ...more,
  });
  writeFileSync(script, text, { mode: 0o755 });
  return runScript(script, { environment: { GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' } });
}

const work = (...names: readonly string[]): string => join(job.path, 'work', ...names);
const told = (name: string): string => readFileSync(join(job.path, '.sluice/told', name), 'utf8');
/** Names of what is being made and of locks. */
const leftovers = (): string[] =>
  readdirSync(job.path, { recursive: true, encoding: 'utf8' }).filter((name) =>
    /\.lock$|gc\.pid$|^\.sluice\/source|\/\.[a-z]+$(?<=told\/\.\w+)/.test(name),
  );

describe('a clone', () => {
  it('is whole: hidden files, modes, submodules; its commit and URL are told', async () => {
    const ended = await fetched({ url: url('main.git') });
    expect([ended.stderr, ended.code]).toEqual([expect.any(String), 0]);
    expect(readdirSync(work()).sort()).toEqual(['.git', '.gitmodules', '.hidden', 'last', 'run', 'vendor']);
    expect(readFileSync(work('vendor/lib/lib.txt'), 'utf8')).toBe('lib\n');
    expect(told('commit')).toBe(`${repositories.last}\n`);
    expect(told('url')).toBe(`${url('main.git')}\n`);
    expect(leftovers()).toEqual([]);
    expect(git(work(), 'status', '--porcelain')).toBe('');
    expect(git(work('vendor/lib'), 'status', '--porcelain')).toBe('');
    expect(git(work(), 'symbolic-ref', '--short', 'HEAD')).toBe('main');
    expect(await job.mark('failed')).toBeUndefined();
  });

  it.each([
    ['a branch', 'topic/one', 'branch'],
    ['a tag', 'v1.0', 'first'],
  ] as const)('honours %s', async (_, ref, which) => {
    const ended = await fetched({ url: url('main.git'), ref });
    expect([ended.code, told('commit')]).toEqual([0, `${repositories[which]}\n`]);
    expect(git(work(), 'rev-parse', 'HEAD')).toBe(repositories[which]);
    expect(existsSync(work('topic'))).toBe(which === 'branch');
    expect(existsSync(work('vendor'))).toBe(false);
    expect(git(work(), 'status', '--porcelain')).toBe('');
    if (which === 'branch') expect(git(work(), 'symbolic-ref', '--short', 'HEAD')).toBe('topic/one');
  });

  it.each([40, 8])('honours a commit by %d of its digits', async (digits) => {
    const ended = await fetched({ url: url('main.git'), ref: repositories.branch.slice(0, digits) });
    expect([ended.code, told('commit')]).toEqual([0, `${repositories.branch}\n`]);
    expect(existsSync(work('topic'))).toBe(true);
  });

  it.each([
    ['its hash', () => repositories.hidden],
    ['its full name', () => 'refs/pull/1/head'],
  ])('asks for a commit that is on no branch by %s', async (_, ref) => {
    const ended = await fetched({ url: url('main.git'), ref: ref() });
    expect([ended.code, told('commit')]).toEqual([0, `${repositories.hidden}\n`]);
    expect(existsSync(work('secret'))).toBe(true);
  });

  it('comes between what was sent with the job, and overwrites nothing', async () => {
    mkdirSync(work('vendor'));
    writeFileSync(work('vendor/module.py'), 'module\n');
    writeFileSync(work('check.sh'), 'check\n');
    expect((await fetched({ url: url('main.git') })).code).toBe(0);
    expect(readFileSync(work('vendor/module.py'), 'utf8')).toBe('module\n');
    expect(existsSync(work('vendor/lib/lib.txt'))).toBe(true);
    expect(existsSync(work('check.sh'))).toBe(true);
  });

  it('says which file is in its way, and moves none', async () => {
    writeFileSync(work('run'), 'sent\n');
    const ended = await fetched({ url: url('main.git') });
    expect([ended.code, ended.stderr]).toEqual([
      94,
      expect.stringContaining('work/run stands there already'),
    ]);
    expect(readdirSync(work())).toEqual(['run']);
    expect(readFileSync(work('run'), 'utf8')).toBe('sent\n');
    expect(existsSync(join(job.path, '.sluice/told/commit'))).toBe(false);
  });

  it('goes on where it was killed: from the beginning, or while its files took their places', async () => {
    mkdirSync(join(job.path, '.sluice/source/.git'), { recursive: true });
    writeFileSync(join(job.path, '.sluice/source/.git/index.lock'), '');
    expect((await fetched({ url: url('main.git') })).code).toBe(0);
    mkdirSync(join(job.path, '.sluice/source'));
    execFileSync('mv', [work('vendor'), work('last'), join(job.path, '.sluice/source')]);
    expect((await fetched({ url: url('gone.git') })).code).toBe(0);
    expect(existsSync(work('vendor/lib/lib.txt'))).toBe(true);
    expect(git(work(), 'status', '--porcelain')).toBe('');
    expect(leftovers()).toEqual([]);
  });

  it('runs behind setup, which counts as setup when it fails', async () => {
    const ok = await fetched({ url: url('main.git') }, { setup: ['set -eux; IFS=x; cd /; alias git=false'] });
    expect(ok.code).toBe(0);
    await job.remove();
    job = await JobDirectory.make();
    const ended = await fetched({ url: url('main.git') }, { setup: ['exit 91'] });
    expect(ended.code).toBe(91);
    expect(await job.mark('failed')).toEqual(['-1', '91']);
  });
});

describe('a clone that fails', () => {
  it.each([
    ['no repository', 'gone.git', undefined, /does not exist, or is refused/],
    ['no such ref', 'main.git', 'nowhere', /has no branch, tag or commit nowhere/],
    [
      'no such commit',
      'main.git',
      'deadbeefdeadbeefdeadbeefdeadbeefdeadbeef',
      /has no branch, tag or commit dead/,
    ],
    ['an empty repository', 'empty.git', undefined, /has no commit/],
    ['a ref like an option', 'main.git', '--upload-pack=touch x', /has no branch, tag or commit --upload/],
  ])('%s: 92', async (_, name, ref, words) => {
    const ended = await fetched({ url: url(name), ...(ref === undefined ? {} : { ref }) });
    expect([ended.code, ended.stderr]).toEqual([92, expect.stringMatching(words)]);
    expect(await job.mark('failed')).toEqual(['0', '92']);
    expect(readdirSync(work())).toEqual([]);
  });

  it('a host that has no name: 91', async () => {
    const ended = await fetched({ url: 'https://nowhere.invalid/x.git' });
    expect([ended.code, ended.stderr]).toEqual([91, expect.stringContaining('cannot be reached')]);
  });

  it.each([
    ['a port that nobody listens on', () => 'http://127.0.0.1:9/x.git'],
    ['ssh to a port that nobody listens on', () => 'ssh://git@127.0.0.1:9/x.git'],
  ])('%s: 91', async (_, address) => {
    expect((await fetched({ url: address() })).code).toBe(91);
  });

  it('a host that takes the connection and says nothing: 91, within its time', async () => {
    const silent = createTcpServer((socket) => socket.on('error', () => undefined));
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const { port } = silent.address() as AddressInfo;
    const started = Date.now();
    const ended = await fetched({ url: `http://127.0.0.1:${port}/x.git` }, { patienceSeconds: 2 });
    expect([ended.code, Date.now() - started < 15_000]).toEqual([91, true]);
    silent.close();
  });

  it('no git on this machine: 90', async () => {
    const setup = [
      'mkdir -p ../bin; for tool in mkdir rm cat grep mv; do ln -s "$(command -v $tool)" ../bin/; done; PATH=$PWD/../bin',
    ];
    const ended = await fetched({ url: url('main.git') }, { setup });
    expect([ended.code, ended.stderr]).toEqual([90, expect.stringContaining('there is no git on')]);
  });

  it.each([
    'ext::sh -c touch% /tmp/x',
    '--upload-pack=touch x',
    '-x:y.git',
    'ssh://-oProxyCommand=touch/x.git',
    'ssh://-l@host/x.git',
    'https:///x.git',
    'ftp://host/x.git',
    '/a/path',
    'https://host/a\nb.git',
    'host::x.git',
  ])('%j is not given to Git', (address) => {
    const request = {
      jobDirectory: '/j',
      workingDirectory: '/j/work',
      environment: {},
      setup: [],
      token: 't',
    };
    expect(() => renderSource({ ...request, source: { kind: 'git', url: address } })).toThrow(TypeError);
  });

  it('a submodule that names files of this machine, in a repository from elsewhere: 92', async () => {
    const server = await serve();
    const ended = await fetched({ url: `${server.url}/main.git` });
    expect([ended.code, ended.stderr]).toEqual([92, expect.stringMatching(/'file' not allowed/)]);
    server.close();
  });
});

interface Serving {
  readonly url: string;
  /** Values of the header `Authorization` that came. */
  readonly credentials: Set<string>;
  close(): void;
}

/** The repositories by http, as plain files; asks for a login where it is given one. */
async function serve(login?: string, status = 404): Promise<Serving> {
  for (const name of ['main.git', 'lib.git']) git(join(repositories.path, name), 'update-server-info');
  const credentials = new Set<string>();
  const server: Server = createServer((request, response) => {
    const given = request.headers.authorization;
    if (given !== undefined) credentials.add(given);
    const wanted = login === undefined ? undefined : `Basic ${Buffer.from(login).toString('base64')}`;
    if (given !== wanted) {
      response.writeHead(401, { 'WWW-Authenticate': 'Basic realm="x"' }).end();
      return;
    }
    const path = join(repositories.path, new URL(request.url ?? '/', 'http://x').pathname);
    if (!existsSync(path) || !statSync(path).isFile()) response.writeHead(status).end();
    else response.end(readFileSync(path));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    credentials,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

describe('a clone by http', () => {
  const everything = (): string =>
    readdirSync(job.path, { recursive: true, encoding: 'utf8' })
      .filter((name) => name !== '.sluice/steps/source' && statSync(join(job.path, name)).isFile())
      .map((name) => readFileSync(join(job.path, name), 'latin1'))
      .join('\n');

  it.each([
    ['a login and a password', 'me:s3cr%40t', 'me:s3cr@t', 's3cr'],
    ['a token', 't0ken', 't0ken:', 't0ken'],
  ])('gives %s to its host and to nobody else', async (_, written, meant, secret) => {
    const server = await serve(meant);
    const address = `${server.url.replace('://', `://${written}@`)}/main.git`;
    const ended = await fetched({ url: address, ref: 'topic/one' });
    expect([ended.code, ended.stderr]).toEqual([0, expect.any(String)]);
    expect([...server.credentials]).toEqual([`Basic ${Buffer.from(meant).toString('base64')}`]);
    expect(told('url')).toBe(`${server.url}/main.git\n`);
    expect(ended.stdout + ended.stderr + everything()).not.toContain(secret);
    server.close();
  });

  it('that is refused: 92, and the password is not shown', async () => {
    const server = await serve('me:other');
    const ended = await fetched({ url: `${server.url.replace('://', '://me:s3cret@')}/main.git` });
    expect(ended.code).toBe(92);
    expect(ended.stdout + ended.stderr).not.toContain('s3cret');
    server.close();
  });

  it.each([
    [404, 92],
    [503, 91],
  ])('that is answered with %d: %d', async (status, code) => {
    const server = await serve(undefined, status);
    expect((await fetched({ url: `${server.url}/gone.git` })).code).toBe(code);
    server.close();
  });
});

describe('a clone by ssh', () => {
  let sshd: Sshd;
  beforeAll(async () => {
    sshd = await startSshd();
    const copy = join(sshd.home, 'lib.git');
    execFileSync('cp', ['-r', join(repositories.path, 'lib.git'), copy]);
    const { uid, gid } = statSync(sshd.home);
    execFileSync('chown', ['-R', `${uid}:${gid}`, copy]);
  });
  afterAll(() => sshd.stop());

  const options = (knownHosts: string): string[] => [
    `export GIT_SSH_COMMAND='ssh -F /dev/null -o BatchMode=yes -o UserKnownHostsFile="${knownHosts}" -i "${sshd.key}" -p ${sshd.port}'`,
  ];

  it.each([
    ['a URL', () => `ssh://${sshd.user}@127.0.0.1:${sshd.port}${sshd.home}/lib.git`],
    ['user@host:path', () => `${sshd.user}@127.0.0.1:${sshd.home}/lib.git`],
  ])('as %s', async (_, address) => {
    const ended = await fetched({ url: address() }, { setup: options(sshd.knownHosts) });
    expect([ended.code, ended.stderr]).toEqual([0, expect.any(String)]);
    expect(readFileSync(work('lib.txt'), 'utf8')).toBe('lib\n');
    expect(told('url')).toBe(`${address()}\n`);
  });

  it.each([
    ['that is not there', 'gone.git', () => sshd.knownHosts],
    ['on a host that is not known', 'lib.git', () => '/dev/null'],
  ])('%s: 92', async (_, name, knownHosts) => {
    const address = `ssh://${sshd.user}@127.0.0.1:${sshd.port}${sshd.home}/${name}`;
    expect((await fetched({ url: address }, { setup: options(knownHosts()) })).code).toBe(92);
  });

  it('with a key that is not let in: 92, without a question', async () => {
    const setup = [
      'export GIT_SSH_COMMAND="ssh -F /dev/null -o BatchMode=yes -o IdentityAgent=none -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null"',
    ];
    const address = `ssh://${sshd.user}@127.0.0.1:${sshd.port}${sshd.home}/lib.git`;
    expect((await fetched({ url: address }, { setup })).code).toBe(92);
  });
});
