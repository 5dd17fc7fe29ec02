/** Results on their way home: put in their places whole, one attempt's trouble its own, no link followed. */
import { execFileSync } from 'node:child_process';
import fs, {
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { direct } from '../../src/direct/manager.js';
import { createLocalTransport } from '../../src/local/transport.js';
import type { OutputSpec } from '../../src/model/job.js';
import { ClusterAgent } from '../../src/protocol/agent.js';
import { wrapperParts, wrapperProgram } from '../../src/protocol/script.js';
import { type Fetched, fetchResults } from '../../src/reconcile/apply/fetch.js';
import { clusterOf } from '../plan/scene.js';

const part = (name: string): string =>
  readFileSync(new URL(`../../wrapper/${name}`, import.meta.url), 'utf8');
const program = wrapperProgram(wrapperParts('direct.sh').map(part));

let root: string;
let agent: ClusterAgent;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'sluice-fetch-'));
  mkdirSync(join(root, 'home'));
  agent = agentOn(process.env['PATH'] ?? '');
});

function agentOn(path: string, wrapperDigest?: string): ClusterAgent {
  return new ClusterAgent({
    cluster: clusterOf('here', { transport: 'local', manager: 'direct', hosts: [] }),
    transport: createLocalTransport({ env: { ...process.env, HOME: join(root, 'home'), PATH: path } }),
    manager: direct,
    program,
    installation: 'inst',
    memory: { wrapperDigest, accounting: 'unknown' },
    mayWrite: true,
  });
}

afterEach(async () => {
  await agent.close();
  rmSync(root, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
});

const outputs = (...path: readonly string[]): string => join(root, 'outputs', ...path);

const there = (...path: readonly string[]): string => join(root, 'home/.sluice/work', ...path);

/** What an attempt left on the cluster, below its job directory. */
function left(token: string, files: Readonly<Record<string, string>>): void {
  for (const folder of ['.sluice', 'logs', 'work']) mkdirSync(there(token, folder), { recursive: true });
  for (const [path, text] of Object.entries({ ...files, '.sluice/script': '' })) {
    const file = there(token, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
}

function fetch(
  tokens: readonly string[],
  wanted: readonly (string | OutputSpec)[] = ['*'],
  target?: string,
): Promise<readonly Fetched[]> {
  const specs = wanted.map((each) => (typeof each === 'string' ? { path: each, optional: false } : each));
  const items = tokens.map((token) => ({ token, outputs: specs, target: target ?? outputs(token) }));
  return fetchResults(agent, items, outputs(), 30_000);
}

describe('results', () => {
  it('of many attempts come in one stream, each to its own place, and nothing else stays', async () => {
    const tokens = Array.from({ length: 40 }, (_, index) => `j${index}.u.1`);
    for (const token of tokens)
      left(token, { 'work/result': token, 'logs/stdout': 'said\n', 'work/other/deep': '' });
    const fetched = await fetch(tokens, ['result']);
    expect(agent.counts.roundTrips).toBe(1);
    for (const token of tokens) expect(readFileSync(outputs(token, 'result'), 'utf8')).toBe(token);
    expect(readdirSync(outputs('j0.u.1')).sort()).toEqual(['logs', 'result']);
    expect(readdirSync(outputs()).sort()).toEqual([...tokens].sort());
    expect(fetched[0]?.files.map(({ path }) => path)).toEqual(['logs/stdout', 'result']);
  });

  it('that are missing are named, unless they were optional', async () => {
    left('a', { 'work/x1': '', 'logs/stdout': '' });
    const [fetched] = await fetch(
      ['a'],
      ['x*', 'no', { path: 'maybe', optional: true }, 'y*', '../../../../etc/passwd'],
    );
    expect(fetched?.missing).toEqual(['no', 'y*', '../../../../etc/passwd']);
    expect(fetched?.found).toEqual(['x*']);
  });

  it('of what was never placed are none', async () => {
    expect(await fetch(['a'], ['x'])).toEqual([
      { token: 'a', files: [], found: [], missing: ['x'], unread: [], gone: there('a') },
    ]);
  });

  it('say that their directory is gone where only a part of it is there', async () => {
    left('a', { 'work/x': '' });
    rmSync(there('a', 'logs'), { recursive: true });
    expect(await fetch(['a'], ['x'])).toMatchObject([{ files: [{ path: 'x' }], gone: there('a') }]);
  });

  it('come home where one is a link to another, and where one has two paths', async () => {
    left('a', { 'work/res.1': 'a\n' });
    left('b', { 'work/res.1': 'b\n' });
    symlinkSync('res.1', there('a', 'work/latest'));
    linkSync(there('a', 'work/res.1'), there('a', 'work/twin'));
    const fetched = await fetch(['a', 'b'], ['res.1', 'latest', 'twin']);
    expect(fetched).toMatchObject([{ missing: [] }, { missing: ['latest', 'twin'] }]);
    for (const name of ['res.1', 'latest', 'twin'])
      expect(readFileSync(outputs('a', name), 'utf8')).toBe('a\n');
  });

  it('that are no files, and links to nothing, are named, with whether they were optional', async () => {
    left('a', { 'work/dir/x': '' });
    for (const pipe of ['work/pipe', 'work/dir/pipe', 'work/maybe'])
      execFileSync('sh', ['-c', 'mkfifo "$0"', there('a', pipe)]);
    symlinkSync('nothing', there('a', 'work/broken'));
    const wanted = ['dir', 'pipe', 'broken', { path: 'maybe', optional: true }];
    const [fetched] = await fetch(['a'], wanted);
    expect(fetched?.missing).toEqual([]);
    expect(fetched?.unread).toEqual([
      { path: 'broken', optional: false, loss: 'dangling' },
      { path: 'dir/pipe', optional: false, loss: 'special' },
      { path: 'pipe', optional: false, loss: 'special' },
      { path: 'maybe', optional: true, loss: 'special' },
    ]);
    expect(readdirSync(outputs('a'))).toEqual(['dir']);
  });

  it('that are directories come with all that is in them, were it nothing', async () => {
    left('a', { 'work/odd/new\nline': '1', 'work/odd/-it\'s a "test"': '2', 'work/odd/ back\\slash ': '3' });
    mkdirSync(join(root, 'home/.sluice/work/a/work/empty/deep'), { recursive: true });
    const [fetched] = await fetch(['a'], ['empty', 'odd']);
    expect(fetched).toMatchObject({ missing: [], unread: [] });
    expect(readdirSync(outputs('a'), { recursive: true }).sort()).toEqual(
      ['empty', 'empty/deep', 'odd', 'odd/ back\\slash ', 'odd/-it\'s a "test"', 'odd/new\nline'].sort(),
    );
    expect(fetched?.files.map(({ path }) => readFileSync(outputs('a', path), 'utf8')).sort()).toEqual([
      '1',
      '2',
      '3',
    ]);
  });

  it('whose names are no UTF-8 are named, and none is taken for another', async () => {
    left('a', { 'work/odd/plain': '' });
    for (const byte of [0o350, 0o351])
      writeFileSync(Buffer.concat([Buffer.from(there('a', 'work/odd/r')), Buffer.of(byte)]), 'of bytes');
    const [fetched] = await fetch(['a'], ['odd']);
    expect(fetched?.failed).toBeUndefined();
    expect(fetched?.unread).toEqual([
      { path: 'odd/r\\350', optional: false, loss: 'unnamable' },
      { path: 'odd/r\\351', optional: false, loss: 'unnamable' },
    ]);
    expect(readdirSync(outputs('a/odd'))).toEqual(['plain']);
    const [allowed] = await fetch(['a'], [{ path: 'odd', optional: true }]);
    expect(allowed?.unread.map(({ optional }) => optional)).toEqual([true, true]);
  });

  it('that cannot be read there are named, with whether they were optional, and the others come', async () => {
    left('a', { 'work/good': 'g', 'work/bad': '', 'work/worse': '' });
    // A disk that fails on two of them.
    const bin = join(root, 'bin');
    mkdirSync(bin);
    const tool = `exec /usr/bin/env -u PATH /bin/sh -c 'PATH=/usr/bin:/bin; for f; do case $f in */bad | */worse) ;; *) sha256sum "$f" ;; esac; done' x "$@"`;
    writeFileSync(join(bin, 'sha256sum'), `#!/bin/sh\n${tool}\n`, { mode: 0o755 });
    const path = `${bin}:${process.env['PATH'] ?? ''}`;
    const wanted = [
      { path: 'good', optional: false },
      { path: 'bad', optional: true },
      { path: 'wor*', optional: false },
      { path: 'worse', optional: true },
    ];
    const failing = agentOn(path, program.digest);
    await agent.observe(30_000);
    const [fetched] = await fetchResults(
      failing,
      [{ token: 'a', outputs: wanted, target: outputs('a') }],
      outputs(),
      30_000,
    );
    await failing.close();
    expect(fetched).toMatchObject({ missing: [], files: [{ path: 'good' }] });
    expect(fetched?.unread).toEqual([
      { path: 'bad', optional: true, loss: 'unread' },
      { path: 'worse', optional: false, loss: 'unread' },
    ]);
    expect(readdirSync(outputs('a'))).toEqual(['good']);
  });

  it('come over those that are there, and what the user put beside them stays', async () => {
    left('a', { 'work/sub/result': 'new', 'work/sub/more': '', 'logs/stdout': '' });
    mkdirSync(outputs('a/sub'), { recursive: true });
    writeFileSync(outputs('a/sub/result'), 'old');
    writeFileSync(outputs('a/sub/notes'), 'mine');
    await fetch(['a'], ['sub']);
    expect(readFileSync(outputs('a/sub/result'), 'utf8')).toBe('new');
    expect(readFileSync(outputs('a/sub/notes'), 'utf8')).toBe('mine');
  });

  it('never take the place of a directory as a file, nor of a file as a directory; nothing is moved then', async () => {
    left('a', { 'work/one/x': 'x', 'work/two': 'y', 'work/another': '' });
    mkdirSync(outputs('a/two/deep'), { recursive: true });
    writeFileSync(outputs('a/two/deep/mine'), 'mine');
    writeFileSync(outputs('a/one'), 'mine too');
    const [fetched] = await fetch(['a'], ['one', 'two', 'another']);
    expect(fetched?.failed).toEqual({
      reason: 'OutputsNotWritable',
      why:
        `nothing was placed: ${outputs('a/one')} is a file, where a directory comes, ` +
        `${outputs('a/two')} is a directory, where a file comes; move them away`,
    });
    expect(readFileSync(outputs('a/two/deep/mine'), 'utf8')).toBe('mine');
    expect(readFileSync(outputs('a/one'), 'utf8')).toBe('mine too');
    expect(readdirSync(outputs('a')).sort()).toEqual(['one', 'two']);
  });

  it.each([
    [
      'a directory',
      { 'work/logs/stdout': 'of the job', 'work/logs/own': 'own' },
      ['logs/own', 'logs/stdout'],
    ],
    ['a file', { 'work/logs': 'of the job' }, ['logs', 'logs/stdout']],
  ])("named logs, %s, do not take the place of the job's own logs", async (_, files, paths) => {
    left('a', { ...files, 'logs/stdout': 'ours' });
    const [fetched] = await fetch(['a'], ['logs']);
    expect(fetched?.failed).toBeUndefined();
    expect(readFileSync(outputs('a/logs/stdout'), 'utf8')).toBe('ours');
    expect(
      fetched?.files.map(({ path }) => path).filter((path) => paths.includes(path)).length,
    ).toBeGreaterThan(0);
    const stdout = fetched?.files.find(({ path }) => path === 'logs/stdout');
    expect(stdout?.size).toBe(4);
  });
});

describe('a link in the outputs folder', () => {
  it('is replaced, not followed', async () => {
    left('a', { 'work/sub/result': 'new' });
    mkdirSync(join(root, 'elsewhere'));
    mkdirSync(outputs('a'), { recursive: true });
    symlinkSync(join(root, 'elsewhere'), outputs('a/sub'));
    await fetch(['a'], ['sub']);
    expect(readdirSync(join(root, 'elsewhere'))).toEqual([]);
    expect(lstatSync(outputs('a/sub')).isDirectory()).toBe(true);
    expect(readFileSync(outputs('a/sub/result'), 'utf8')).toBe('new');
  });

  it("that is the attempt's folder itself was put there by its owner, and stays", async () => {
    left('a', { 'work/result': 'new' });
    mkdirSync(join(root, 'elsewhere'));
    mkdirSync(outputs(), { recursive: true });
    symlinkSync(join(root, 'elsewhere'), outputs('a'));
    await fetch(['a'], ['result']);
    expect(lstatSync(outputs('a')).isSymbolicLink()).toBe(true);
    expect(readFileSync(join(root, 'elsewhere/result'), 'utf8')).toBe('new');
  });
});

describe("one attempt's trouble", () => {
  it('is its own: a place that cannot be taken keeps no other from home', async () => {
    left('a', { 'work/result': 'a' });
    left('b', { 'work/result': 'b' });
    mkdirSync(outputs(), { recursive: true });
    writeFileSync(outputs('a'), 'a file of the user');
    const fetched = await fetch(['a', 'b'], ['result']);
    expect(fetched).toMatchObject([
      {
        token: 'a',
        files: [],
        failed: { reason: 'OutputsNotWritable', why: expect.stringContaining('a file of that name') },
      },
      { token: 'b' },
    ]);
    expect(readFileSync(outputs('b/result'), 'utf8')).toBe('b');
    expect(readFileSync(outputs('a'), 'utf8')).toBe('a file of the user');
    expect(existsSync(outputs('.incoming'))).toBe(false);
  });

  it('is its own: a file that still changes fails its attempt alone', async () => {
    left('a', { 'work/result': 'a' });
    left('b', { 'work/result': 'b' });
    // A digest tool that saw another content than tar does a moment later.
    const bin = join(root, 'bin');
    mkdirSync(bin);
    writeFileSync(
      join(bin, 'sha256sum'),
      '#!/bin/sh\n/usr/bin/env -u PATH /bin/sh -c \'PATH=/usr/bin:/bin exec sha256sum "$@"\' x "$@" | sed "/a.work/s/^..../0000/"\n',
      { mode: 0o755 },
    );
    await agent.observe(30_000);
    const changing = agentOn(`${bin}:${process.env['PATH'] ?? ''}`, program.digest);
    const items = ['a', 'b'].map((token) => ({
      token,
      outputs: [{ path: 'result', optional: false }],
      target: outputs(token),
    }));
    const fetched = await fetchResults(changing, items, outputs(), 30_000);
    await changing.close();
    expect(fetched).toMatchObject([
      { token: 'a', failed: { why: expect.stringContaining('a/work/result differs') } },
      { token: 'b' },
    ]);
    expect(existsSync(outputs('a'))).toBe(false);
    expect(readFileSync(outputs('b/result'), 'utf8')).toBe('b');
  });
});

describe('an outputs folder', () => {
  const to = (folder: string): Promise<readonly Fetched[]> =>
    fetchResults(agent, [{ token: 'a', outputs: [], target: folder, isUsers: true }], folder, 30_000);

  it('of the user keeps what differs, by name, and takes the rest only with it', async () => {
    left('a', { 'work/same': 'same', 'work/other': 'new', 'work/more': '' });
    mkdirSync(outputs('mine'), { recursive: true });
    writeFileSync(outputs('mine/same'), 'same');
    writeFileSync(outputs('mine/other'), 'old');
    const item = { token: 'a', outputs: [{ path: '*', optional: false }], target: outputs('mine') };
    const [fetched] = await fetchResults(agent, [{ ...item, isUsers: true }], outputs('mine'), 30_000);
    expect(fetched?.failed?.why).toBe(
      `nothing was placed: ${outputs('mine/other')} is there already and differs; name another folder, or move them away`,
    );
    expect(readFileSync(outputs('mine/other'), 'utf8')).toBe('old');
    expect(readdirSync(outputs('mine')).sort()).toEqual(['other', 'same']);
    rmSync(outputs('mine/other'));
    const [again] = await fetchResults(agent, [{ ...item, isUsers: true }], outputs('mine'), 30_000);
    expect(again?.failed).toBeUndefined();
  });

  it('that is a file is said to be one', async () => {
    left('a', {});
    writeFileSync(join(root, 'afile'), '');
    await expect(to(join(root, 'afile'))).rejects.toThrow(`${join(root, 'afile')} is a file`);
    await expect(to(join(root, 'afile/below'))).rejects.toThrow(`${join(root, 'afile')} is a file`);
  });

  it('that the system makes for nobody ends it at once', async () => {
    await expect(to('/proc/nope')).rejects.toThrow(/^\/proc\/nope cannot be written: ENOENT/);
  });

  it('without room is named', async () => {
    left('a', { 'work/big': 'x'.repeat(100_000) });
    const full = Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
    const write = vi.spyOn(fs, 'write').mockImplementation((...all: readonly unknown[]) => {
      (all.at(-1) as (error: Error) => void)(full);
    });
    try {
      await expect(fetch(['a'], ['big'])).rejects.toThrow(`no space left in ${outputs()}`);
    } finally {
      write.mockRestore();
    }
    expect(readdirSync(outputs())).toEqual([]);
  });
});
