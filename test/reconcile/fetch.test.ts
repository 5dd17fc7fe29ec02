/** Results on their way home: put in their places whole, one attempt's trouble its own, no link followed. */
import {
  existsSync,
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
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { direct } from '../../src/direct/manager.js';
import { createLocalTransport } from '../../src/local/transport.js';
import type { OutputSpec } from '../../src/model/job.js';
import { ClusterAgent } from '../../src/protocol/agent.js';
import { wrapperProgram } from '../../src/protocol/script.js';
import { type Fetched, fetchResults } from '../../src/reconcile/apply/fetch.js';
import { clusterOf } from '../plan/scene.js';

const part = (name: string): string =>
  readFileSync(new URL(`../../wrapper/${name}`, import.meta.url), 'utf8');
const program = wrapperProgram(['core.sh', 'steps.sh', 'doctor.sh', 'direct.sh'].map(part));

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

/** What an attempt left on the cluster, below its job directory. */
function left(token: string, files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    const file = join(root, 'home/.sluice/work', token, path);
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
  });

  it('of what was never placed are none', async () => {
    expect(await fetch(['a'], ['x'])).toEqual([{ token: 'a', files: [], missing: ['x'], unread: [] }]);
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

  it('have names of any bytes; those that are no UTF-8 are spelt with a replacement here', async () => {
    left('a', { 'work/odd/plain': '' });
    const there = Buffer.from(join(root, 'home/.sluice/work/a/work/odd/f_g'));
    there[there.length - 2] = 0xff;
    writeFileSync(there, 'of bytes');
    const [fetched] = await fetch(['a'], ['odd']);
    expect(fetched?.failed).toBeUndefined();
    expect(readFileSync(outputs('a/odd/f\ufffdg'), 'utf8')).toBe('of bytes');
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
      { path: 'bad', optional: true },
      { path: 'worse', optional: false },
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

  it('may be a directory where a file was, and a file where a directory was', async () => {
    left('a', { 'work/one/x': 'x', 'work/two': 'y' });
    mkdirSync(outputs('a/two/deep'), { recursive: true });
    writeFileSync(outputs('a/one'), '');
    await fetch(['a'], ['one', 'two']);
    expect([readFileSync(outputs('a/one/x'), 'utf8'), readFileSync(outputs('a/two'), 'utf8')]).toEqual([
      'x',
      'y',
    ]);
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
      { token: 'a', files: [], failed: expect.stringContaining('a file of that name') },
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
      { token: 'a', failed: expect.stringContaining('a/work/result differs') },
      { token: 'b' },
    ]);
    expect(existsSync(outputs('a'))).toBe(false);
    expect(readFileSync(outputs('b/result'), 'utf8')).toBe('b');
  });
});
