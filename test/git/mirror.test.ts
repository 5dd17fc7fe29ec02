/** The mirror with real repositories: from folders, by HTTP and by ssh; what it brings, and each failure in its words. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Mirror, type MirrorOptions } from '../../src/git/mirror.js';
import type { Commit } from '../../src/ports.js';
import { startSshd } from '../ssh/sshd.js';
import { removeFolder } from '../tools/remove.js';
import { NO_SETTINGS, TestRepository } from './repository.js';

let repository: TestRepository;
let folder: string;
beforeEach(() => {
  repository = new TestRepository();
  folder = mkdtempSync(join(tmpdir(), 'sluice-mirror-'));
});
afterEach(() => {
  repository.remove();
  removeFolder(folder);
});

const home = (): NodeJS.ProcessEnv => ({ PATH: process.env['PATH'], HOME: folder, ...NO_SETTINGS });

function mirror(more: Partial<MirrorOptions> = {}): Mirror {
  return new Mirror({ url: repository.url, folder: join(folder, 'm.git'), environment: home(), ...more });
}

async function words(ref?: string, more: Partial<MirrorOptions> = {}): Promise<[string, string]> {
  const error = await mirror(more)
    .fetch('r', ref)
    .then(() => undefined)
    .catch((thrown: unknown) => thrown);
  if (!(error instanceof Error) || !('kind' in error)) throw new Error(`no trouble: ${String(error)}`);
  return [String(error.kind), error.message];
}

const text = (found: Mirror, object: string): string =>
  Buffer.from(found.read([object]).get(object) ?? '').toString('utf8');

async function content(found: Mirror, commit: Commit, path: string): Promise<string> {
  const entry = (await found.tree(commit)).find((each) => each.path === path);
  return entry === undefined ? 'absent' : text(found, entry.object);
}

describe('a name', () => {
  it('is a branch before a tag before a commit; nothing is what the repository gives by itself', async () => {
    const first = repository.commit({ a: 'first' });
    repository.git('tag', '-a', '-m', 'x', 'v1');
    repository.git('tag', 'both');
    repository.git('checkout', '-qb', 'topic/one');
    const topic = repository.commit({ a: 'topic' });
    repository.git('checkout', '-q', 'main');
    const last = repository.commit({ a: 'last' }, 'Ada\tLovelace <ada@example.org>');
    repository.git('branch', 'both');
    const found = mirror();
    const ids = async (...refs: readonly (string | undefined)[]): Promise<string[]> => {
      const commits: string[] = [];
      for (const ref of refs) commits.push((await found.fetch(`r${ref ?? ''}`, ref)).id);
      return commits;
    };
    expect(await ids(undefined, 'main', 'topic/one', 'v1', 'both')).toEqual([last, last, topic, first, last]);
    expect(await ids(first, topic.slice(0, 9))).toEqual([first, topic]);
    expect(await found.fetch('r')).toEqual({ id: last, author: 'Ada Lovelace <ada@example.org>' });
    expect(await content(found, { id: topic, author: '' }, 'a')).toBe('topic');
  });

  it('may be a commit that no branch has, by its whole hash', async () => {
    repository.commit({ a: '1' });
    const hidden = repository.commit({ a: '2' });
    repository.git('reset', '-q', '--hard', 'HEAD~1');
    repository.git('update-ref', 'refs/pull/1/head', hidden);
    expect((await mirror().fetch('r', hidden)).id).toBe(hidden);
  });

  it.each([
    ['a branch', 'nonesuch'],
    ['a part of a hash', '0123456'],
    ['a hash', '0123456789012345678901234567890123456789'],
  ])('that is none is said: %s', async (_, ref) => {
    repository.commit({ a: '1' });
    expect(await words(ref)).toEqual(['refused', `${repository.url} has no branch, tag or commit ${ref}`]);
  });

  it('of something else than a commit is said', async () => {
    repository.commit({ a: '1' });
    repository.git('tag', 'odd', repository.git('rev-parse', 'HEAD^{tree}'));
    expect(await words('odd')).toEqual(['refused', `odd of ${repository.url} names no commit`]);
  });

  it('is never an option, nor a pattern', async () => {
    repository.commit({ a: '1' });
    const trap = join(folder, 'trap');
    const [kind] = await words(`--upload-pack=touch ${trap}`);
    expect([kind, existsSync(trap)]).toEqual(['refused', false]);
    expect(await words('ma*')).toEqual(['refused', `${repository.url} has no branch, tag or commit ma*`]);
  });
});

describe('what is here', () => {
  it('is not brought again: a short question is all', async () => {
    const first = repository.commit({ a: '1' });
    await mirror().fetch('r');
    const before = readdirSync(join(folder, 'm.git'), { recursive: true }).sort();
    expect((await mirror().fetch('r')).id).toBe(first);
    expect(readdirSync(join(folder, 'm.git'), { recursive: true }).sort()).toEqual(before);
  });

  it('serves without any repository, when a whole hash is asked for', async () => {
    const first = repository.commit({ a: '1' });
    await mirror().fetch('r');
    repository.remove();
    expect((await mirror().fetch('r', first)).id).toBe(first);
  });

  it('is remembered for each reader, whatever becomes of the branch', async () => {
    const first = repository.commit({ a: '1' });
    const found = mirror();
    expect(await found.last('r')).toBeUndefined();
    await found.keep('r', await found.fetch('r'));
    repository.commit({ a: '2' });
    const second = await found.fetch('r');
    expect([(await found.last('r'))?.id, await found.last('other')]).toEqual([first, undefined]);
    expect(await found.descends(second, { id: first, author: '' })).toBe(true);
    expect(await found.descends({ id: first, author: '' }, second)).toBe(false);
    expect(await found.descends(second, { id: '1'.repeat(40), author: '' })).toBe(false);
  });

  it('may be borrowed: only what is new is brought, and the lender stays as it is', async () => {
    const first = repository.commit({ a: '1' });
    const lender = mirror();
    await lender.keep('r', await lender.fetch('r'));
    repository.commit({ a: '2' });
    const before = readdirSync(join(folder, 'm.git'), { recursive: true }).sort();
    const borrower = mirror({ folder: join(folder, 'b.git'), borrow: join(folder, 'm.git') });
    const second = await borrower.fetch('r');
    expect(await content(borrower, second, 'a')).toBe('2');
    expect((await borrower.last('r'))?.id).toBe(first);
    expect(readdirSync(join(folder, 'm.git'), { recursive: true }).sort()).toEqual(before);
    const counted = execFileSync('git', ['--git-dir', join(folder, 'b.git'), 'count-objects', '-v'], {
      encoding: 'utf8',
    });
    const [loose, packed] = ['count', 'in-pack'].map((name) =>
      Number(new RegExp(`^${name}: (.*)$`, 'm').exec(counted)?.[1]),
    );
    expect((loose ?? 0) + (packed ?? 0)).toBe(3);
  });
});

describe('a hostile repository', () => {
  it('has hooks and settings that never run, and submodules that nobody follows', async () => {
    const trap = join(folder, 'trap');
    writeFileSync(join(repository.folder, '.git/hooks/post-checkout'), `#!/bin/sh\ntouch ${trap}\n`, {
      mode: 0o755,
    });
    repository.git('update-index', '--add', '--cacheinfo', `160000,${'1'.repeat(40)},vendor`);
    repository.commit({
      '.gitmodules': `[submodule "v"]\n\tpath = vendor\n\turl = ext::sh -c "touch ${trap}"\n`,
    });
    const found = mirror();
    const tree = await found.tree(await found.fetch('r'));
    expect(existsSync(trap)).toBe(false);
    expect(readdirSync(join(folder, 'm.git')).sort()).toEqual(['HEAD', 'config', 'objects', 'refs']);
    expect(tree.map(({ path }) => path)).not.toContain('.git');
  });

  it.each([
    ['..', '40000', 'hasDotdot'],
    ['.git', '40000', 'hasDotgit'],
    ['a/b', '100644', 'fullPathname'],
  ])('whose tree has an entry %j is refused', async (name, mode, why) => {
    const blob = repository.object('blob', Buffer.from('x'));
    const inner = repository.object('tree', entry('100644', 'x', blob));
    const tree = repository.object('tree', entry(mode, name, mode === '40000' ? inner : blob));
    const commit = `tree ${tree}\nauthor a <a@b> 1 +0000\ncommitter a <a@b> 1 +0000\n\nx\n`;
    repository.git('update-ref', 'refs/heads/main', repository.object('commit', Buffer.from(commit)));
    const [kind, message] = await words();
    expect(kind).toBe('unusable');
    expect(message).toContain(`${repository.url} holds what Git's own check refuses: `);
    expect(message).toContain(why);
  });

  it.each([
    'ext::sh -c "touch x"',
    'ext::sh',
    '--upload-pack=x',
    'git://example.org/x.git',
    'ssh://-oProxyCommand=x/y',
  ])('has no such address: %s', (url) => {
    expect(() => mirror({ url })).toThrow(TypeError);
  });

  it('that is empty is said', async () => {
    expect(await words()).toEqual(['refused', `${repository.url} has no commit yet, or its HEAD names none`]);
  });
});

function entry(mode: string, name: string, object: string): Buffer {
  return Buffer.concat([Buffer.from(`${mode} ${name}\0`), Buffer.from(object, 'hex')]);
}

describe('by HTTP', () => {
  let server: Server;
  let login: string | undefined;
  let port: number;
  beforeEach(async () => {
    login = undefined;
    server = createServer((request, response) => {
      const wanted = login === undefined ? undefined : `Basic ${Buffer.from(login).toString('base64')}`;
      if (wanted !== undefined && request.headers.authorization !== wanted) {
        response.writeHead(401, { 'WWW-Authenticate': 'Basic realm="x"' }).end();
        return;
      }
      const path = join(
        repository.folder,
        '.git',
        new URL(request.url ?? '/', 'http://x').pathname.slice('/runs.git'.length),
      );
      if (statSync(path, { throwIfNoEntry: false })?.isFile() === true) response.end(readFileSync(path));
      else response.writeHead(404).end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    ({ port } = server.address() as AddressInfo);
  });
  afterEach(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const url = (): string => `http://127.0.0.1:${port}/runs.git`;

  it('logs in as a credential helper of the user says, and asks nobody', async () => {
    login = 'me:secret word';
    const commit = repository.commit({ a: '1' });
    repository.git('update-server-info');
    const [kind, message] = await words(undefined, { url: url() });
    expect(kind).toBe('refused');
    expect(message).toMatch(
      /^http:\/\/127\.0\.0\.1:\d+\/runs\.git does not exist, or is refused to you: .*terminal prompts disabled/,
    );
    const helper = join(folder, 'helper');
    writeFileSync(helper, '#!/bin/sh\n[ "$1" != get ] || printf "username=me\\npassword=secret word\\n"\n', {
      mode: 0o755,
    });
    const settings = join(folder, 'gitconfig');
    writeFileSync(settings, `[credential]\n\thelper = ${helper}\n`);
    const environment = { ...home(), GIT_CONFIG_GLOBAL: settings };
    expect((await mirror({ url: url(), environment }).fetch('r')).id).toBe(commit);
  });

  it('says what is not there, and which host does not answer at all', async () => {
    const [kind, message] = await words(undefined, { url: `http://127.0.0.1:${port}/runs.git/none` });
    expect([kind, message.includes('does not exist, or is refused to you')]).toEqual(['refused', true]);
    await new Promise((resolve) => server.close(resolve));
    const [gone, told] = await words(undefined, { url: url() });
    expect([gone, told.startsWith(`${url()} cannot be reached: `)]).toEqual(['unreachable', true]);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });

  it('gives up a host that takes the call and says nothing', async () => {
    const sockets: Socket[] = [];
    const silent = createTcpServer((socket) => void sockets.push(socket));
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const address = `http://127.0.0.1:${(silent.address() as AddressInfo).port}/runs.git`;
    try {
      expect(await words(undefined, { url: address, patienceMs: 300 })).toEqual([
        'unreachable',
        `${address} does not answer`,
      ]);
      expect(await words(undefined, { url: address, limitMs: 300 })).toEqual([
        'unreachable',
        `${address} takes longer than 1 minutes, and was given up`,
      ]);
    } finally {
      for (const socket of sockets) socket.destroy();
      silent.close();
    }
  });
});

it('by ssh: the user’s own settings decide; an unknown host is told with what to do', async () => {
  const commit = repository.commit({ a: '1' });
  const sshd = await startSshd();
  try {
    execFileSync('git', ['clone', '-q', '--bare', repository.folder, join(sshd.home, 'runs.git')]);
    const { uid, gid } = statSync(sshd.home);
    execFileSync('chown', ['-R', `${uid}:${gid}`, join(sshd.home, 'runs.git')]);
    const url = `ssh://${sshd.user}@127.0.0.1:${sshd.port}${sshd.home}/runs.git`;
    const ssh = (known: string): NodeJS.ProcessEnv => ({
      ...home(),
      GIT_SSH_COMMAND: `ssh -F /dev/null -o BatchMode=yes -o UserKnownHostsFile=${known} -i ${sshd.key}`,
    });
    expect((await mirror({ url, environment: ssh(sshd.knownHosts) }).fetch('r')).id).toBe(commit);
    const other = join(folder, 'other.git');
    expect(await words(undefined, { url, folder: other, environment: ssh('/dev/null') })).toEqual([
      'refused',
      `${url}: the host's key is not known, or has changed; look at it with ssh-keyscan, and add it to ~/.ssh/known_hosts`,
    ]);
  } finally {
    await sshd.stop();
  }
});
