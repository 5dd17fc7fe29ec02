/** What comes back from a cluster: whole or not at all, and never outside its folder. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { Header } from 'tar';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type BundleEntry, packEntries } from '../../src/bundle/pack.js';
import {
  Incoming,
  parseSums,
  type Received,
  TransferError,
  type VerifiedFile,
} from '../../src/bundle/unpack.js';

let root: string;
let folder: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'sluice-unpack-'));
  folder = join(root, 'in', 'coming');
});
afterEach(() => clear(root));

// Of a broken stream a last write may still be under way.
const clear = (path = folder): Promise<void> =>
  rm(path, { recursive: true, force: true, maxRetries: 20, retryDelay: 20 });
const sha256 = (text: string | Buffer): string => createHash('sha256').update(text).digest('hex');
const sumsOf = (files: Readonly<Record<string, string>>): string =>
  Object.entries(files).map(([path, text]) => `${sha256(text)}  ${path}\n`).join(''); // prettier-ignore

async function packed(entries: readonly BundleEntry[]): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of packEntries(entries)) parts.push(part as Buffer);
  return Buffer.concat(parts);
}

const text = (path: string, words: string): BundleEntry => ({
  kind: 'text',
  path,
  text: words,
  executable: false,
});

/** As the wrapper streams it: the digests, then the files. */
function streamOf(files: Readonly<Record<string, string>>, sums = sumsOf(files)): Promise<Buffer> {
  return packed([text('sums', sums), ...Object.entries(files).map(([path, words]) => text(path, words))]);
}

async function take(stream: Buffer, pieces = 64 * 1024): Promise<Received> {
  const incoming = await Incoming.into(folder);
  try {
    for (let at = 0; at < stream.length; at += pieces) await incoming.write(stream.subarray(at, at + pieces));
    return await incoming.finish();
  } finally {
    await incoming.close();
  }
}

/** A stream that is as it was announced, every file of it. */
async function receive(stream: Buffer, pieces?: number): Promise<readonly VerifiedFile[]> {
  const { files, faults } = await take(stream, pieces);
  if (faults.length > 0) throw new TransferError(faults.map(({ why }) => why).join('; '));
  return files;
}

/** Everything below the root that is not the folder. */
const outside = (): string[] =>
  readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((path) => !path.startsWith('in'));

const FILES = {
  'a.1/work/result': '42\n',
  'a.1/logs/stdout': 'said\n',
  'a.1/work/deep/er/x y': 'ä',
  'b.1/work/empty': '',
};

describe('a whole stream', () => {
  it.each([1, 7, 512, 1 << 20])('is verified and told, file by file (%i bytes at a time)', async (pieces) => {
    const files = await receive(await streamOf(FILES), pieces);
    expect(files.map(({ path }) => path).sort()).toEqual(Object.keys(FILES).sort());
    for (const [path, words] of Object.entries(FILES)) {
      expect(readFileSync(join(folder, path), 'utf8')).toBe(words);
      expect(files).toContainEqual({ path, size: Buffer.byteLength(words), sha256: sha256(words) });
    }
  });

  it('of nothing at all is none, and no error', async () => {
    expect(await receive(await streamOf({}))).toEqual([]);
  });

  it('of 1,500 files comes whole', async () => {
    const many = Object.fromEntries(
      Array.from({ length: 1500 }, (_, index) => [`t.1/work/${index}`, `${index}`.repeat(index % 50)]),
    );
    expect(await receive(await streamOf(many))).toHaveLength(1500);
  });

  it('of a large file comes whole, and holds the sender up meanwhile', async () => {
    const large = 'line of text\n'.repeat(1_000_000);
    const [file] = await receive(await streamOf({ 'a.1/work/large': large }), 1000);
    expect(file).toMatchObject({ size: large.length, sha256: sha256(large) });
  });

  it('is readable by its owner alone, and nothing in it is more than a plain file', async () => {
    await receive(
      await packed([
        text('sums', sumsOf({ x: 'x' })),
        { kind: 'text', path: 'x', text: 'x', executable: true },
      ]),
    );
    expect(statSync(folder).mode & 0o077).toBe(0);
    expect(lstatSync(join(folder, 'x')).mode & 0o7000).toBe(0);
  });

  it('keeps names with newlines and backslashes, as sha256sum writes them', async () => {
    const name = 'a.1/work/two\nlines \\ and';
    const files = await receive(
      await streamOf({ [name]: 'x' }, `\\${sha256('x')}  a.1/work/two\\nlines \\\\ and\n`),
    );
    expect(files.map(({ path }) => path)).toEqual([name]);
  });

  it('may come from GNU tar, with the digests of sha256sum', async () => {
    const there = join(root, 'there');
    for (const [path, words] of Object.entries(FILES)) {
      mkdirSync(dirname(join(there, path)), { recursive: true });
      writeFileSync(join(there, path), words);
    }
    const stream = execFileSync(
      'sh',
      ['-c', 'find * -type f -exec sha256sum {} + >sums; tar -czf - sums *.1'],
      { cwd: there },
    );
    expect(await receive(stream)).toHaveLength(4);
  });
});

describe('a second path to a file', () => {
  const files = { 'a.1/work/res.1': 'a\n', 'a.1/work/latest': 'a\n' };
  const sums: Crafted = { path: 'sums', type: 'File', text: sumsOf(files) };
  const first: Crafted = { path: 'a.1/work/res.1', type: 'File', text: 'a\n' };

  it('comes as a link to what came before it, and is a file of its own here', async () => {
    const stream = raw(sums, first, { path: 'a.1/work/latest', type: 'Link', linkpath: 'a.1/work/res.1' });
    expect((await receive(stream)).map(({ path }) => path)).toEqual(['a.1/work/latest', 'a.1/work/res.1']);
    writeFileSync(join(folder, 'a.1/work/latest'), 'changed');
    expect(readFileSync(join(folder, 'a.1/work/res.1'), 'utf8')).toBe('a\n');
  });

  it('that comes again is a fault', async () => {
    const { faults } = await take(raw(sums, first, { ...first, text: 'b\n' }));
    expect(faults.map(({ why }) => why)).toContain('a.1/work/res.1 came twice');
  });

  it('that is announced twice is a fault', async () => {
    const text = `${sumsOf(files)}${sumsOf({ 'a.1/work/res.1': 'b\n' })}`;
    const { faults } = await take(raw({ ...sums, text }, first));
    expect(faults.map(({ why }) => why)).toContain('a.1/work/res.1 was announced twice');
  });
});

describe('a name that is no UTF-8', () => {
  it('is told, its bytes spelt out, and none is taken for another', async () => {
    const there = join(root, 'there');
    mkdirSync(join(there, 'a.1'), { recursive: true });
    const named = (byte: number): Buffer =>
      Buffer.concat([Buffer.from(join(there, 'a.1/r')), Buffer.of(byte)]);
    writeFileSync(named(0o351), 'one');
    writeFileSync(named(0o350), 'two');
    writeFileSync(join(there, 'a.1/r\ufffd!'), 'a name as good as any');
    const odd = Buffer.concat([Buffer.from(join(there, 'a.1/d')), Buffer.of(0o351)]);
    mkdirSync(odd);
    writeFileSync(Buffer.concat([odd, Buffer.from('/x')]), 'in it');
    const list = 'find * -type f -exec sha256sum {} + >sums; tar -czf - sums *.1';
    const { files, faults, unnamable } = await take(execFileSync('sh', ['-c', list], { cwd: there }));
    expect(files.map(({ path }) => path)).toEqual(['a.1/r\ufffd!']);
    expect(faults).toEqual([]);
    expect([...unnamable].sort()).toEqual(['a.1/d\\351/x', 'a.1/r\\350', 'a.1/r\\351']);
    expect(readdirSync(join(folder, 'a.1'))).toEqual(['r\ufffd!']);
  });
});

describe('a broken stream', () => {
  it('cut anywhere is an error, and nothing counts', async () => {
    const whole = await streamOf(FILES);
    await fc.assert(
      fc.asyncProperty(fc.nat(whole.length - 1), async (length) => {
        await clear();
        await expect(receive(whole.subarray(0, length))).rejects.toThrow(TransferError);
      }),
      { numRuns: 60 },
    );
  });

  it('that never began is an error', async () => {
    await expect(receive(Buffer.alloc(0))).rejects.toThrow(TransferError);
  });

  it('that is no gzip, or no tar, is an error', async () => {
    await expect(receive(Buffer.from('bash: tar: command not found\n'))).rejects.toThrow(TransferError);
    await clear();
    await expect(receive(gzipSync('not a tar at all'.repeat(100)))).rejects.toThrow(TransferError);
  });

  it('with any byte changed is an error, or tells only what was announced', async () => {
    const whole = await streamOf(FILES);
    await fc.assert(
      fc.asyncProperty(fc.nat(whole.length - 1), fc.integer({ min: 1, max: 255 }), async (at, mask) => {
        await clear();
        const changed = Buffer.from(whole);
        changed[at] = (changed[at] ?? 0) ^ mask;
        const files = await receive(changed).catch((error: unknown) => error);
        if (error(files)) return;
        expect(files).toHaveLength(4);
      }),
      { numRuns: 120 },
    );
  });

  it('with any byte changed inside the tar never passes with another content', async () => {
    const tar = gunzipSync(await streamOf(FILES));
    await fc.assert(
      fc.asyncProperty(fc.nat(tar.length - 1), fc.integer({ min: 1, max: 255 }), async (at, mask) => {
        await clear();
        const changed = Buffer.from(tar);
        changed[at] = (changed[at] ?? 0) ^ mask;
        const files = await receive(gzipSync(changed)).catch((problem: unknown) => problem);
        if (error(files)) return;
        for (const file of files as readonly VerifiedFile[])
          expect(Object.entries(FILES)).toContainEqual([
            file.path,
            readFileSync(join(folder, file.path), 'utf8'),
          ]);
      }),
      { numRuns: 120 },
    );
    expect(outside()).toEqual([]);
  });

  it.each<[string, Record<string, string>, string, RegExp]>([
    ['a file more', FILES, sumsOf({ 'a.1/work/result': '42\n' }), /without having been announced/],
    ['a file less', { 'a.1/logs/stdout': 'said\n' }, sumsOf(FILES), /announced and did not come/],
    ['another content', FILES, sumsOf({ ...FILES, 'a.1/work/result': '43\n' }), /a\.1\/work\/result differs/],
    ['no digests', FILES, '', /without having been announced/],
    ['digests that are none', FILES, 'sha256sum: a: Permission denied\n', /without having been announced/],
  ])('with %s names it', async (_, files, sums, words) => {
    await expect(receive(await streamOf(files, sums))).rejects.toThrow(words);
  });
});

describe('a file that differs', () => {
  it('is told, and the others count', async () => {
    const { files, faults } = await take(
      await streamOf(FILES, sumsOf({ ...FILES, 'a.1/work/result': '43\n', 'c.1/x': '' })),
    );
    expect(files.map(({ path }) => path).sort()).toEqual([
      'a.1/logs/stdout',
      'a.1/work/deep/er/x y',
      'b.1/work/empty',
    ]);
    expect(faults.map(({ path }) => path)).toEqual(['a.1/work/result', 'c.1/x']);
  });
});

function error(value: unknown): boolean {
  if (value instanceof Error) expect(value).toBeInstanceOf(TransferError);
  return value instanceof Error;
}

/** An entry as no honest tar makes it. */
interface Crafted {
  readonly path: string;
  readonly type: 'File' | 'SymbolicLink' | 'Link' | 'CharacterDevice' | 'FIFO' | 'Directory';
  readonly linkpath?: string;
  readonly text?: string;
  readonly mode?: number;
}

function raw(...entries: readonly Crafted[]): Buffer {
  const blocks = entries.flatMap(({ path, type, linkpath, text: words = '', mode = 0o644 }) => {
    const data = Buffer.from(words);
    const block = Buffer.alloc(512);
    new Header({
      path,
      type,
      size: data.length,
      mode,
      mtime: new Date(0),
      ...(linkpath === undefined ? {} : { linkpath }),
    }).encode(block);
    return [block, data, Buffer.alloc((512 - (data.length % 512)) % 512)];
  });
  return gzipSync(Buffer.concat([...blocks, Buffer.alloc(1024)]));
}

describe('a hostile stream', () => {
  const evil = 'evil\n';
  it.each<[string, readonly Crafted[]]>([
    ['climbs', [{ path: '../evil', type: 'File', text: evil }]],
    ['climbs from below', [{ path: 'a/../../../evil', type: 'File', text: evil }]],
    ['names an absolute path', [{ path: '/tmp/sluice-evil-probe', type: 'File', text: evil }]],
    ['sends a link', [{ path: 'link', type: 'SymbolicLink', linkpath: '/etc/passwd' }]],
    [
      'sends a link and writes through it',
      [
        { path: 'd', type: 'SymbolicLink', linkpath: '../..' },
        { path: 'd/evil', type: 'File', text: evil },
      ],
    ],
    ['sends a hard link', [{ path: 'link', type: 'Link', linkpath: '/etc/passwd' }]],
    ['sends a device', [{ path: 'zero', type: 'CharacterDevice' }]],
    ['sends a pipe', [{ path: 'pipe', type: 'FIFO' }]],
    ['makes a directory that climbs', [{ path: '../made', type: 'Directory' }]],
  ])('that %s is refused, and nothing is made outside the folder', async (_, entries) => {
    const sums: Crafted = {
      path: 'sums',
      type: 'File',
      text: sumsOf({ '../evil': evil, 'd/evil': evil, '/tmp/sluice-evil-probe': evil }),
    };
    await expect(receive(raw(sums, ...entries))).rejects.toThrow(TransferError);
    expect(outside()).toEqual([]);
    expect(existsSync('/tmp/sluice-evil-probe')).toBe(false);
    expect(readdirSync(join(root, 'in'))).toEqual(['coming']);
    for (const name of readdirSync(folder))
      expect(lstatSync(join(folder, name)).isSymbolicLink()).toBe(false);
  });

  it('that is refused in part brings the rest, and tells whose the rest is not', async () => {
    const files = { 'a.1/work/x': 'x', 'b.1/work/y': 'y' };
    const { files: came, faults } = await take(
      raw(
        { path: 'sums', type: 'File', text: sumsOf(files) },
        { path: 'a.1/work/device', type: 'CharacterDevice' },
        { path: 'a.1/work/x', type: 'File', text: 'x' },
        { path: 'a.1/work/link', type: 'Link', linkpath: '/etc/passwd' },
        { path: 'a.1/work/other', type: 'Link', linkpath: 'b.1/work/y' },
        { path: `a.1/work/${'long'.repeat(70)}`, type: 'File', text: 'with text' },
        { path: 'b.1/work/y', type: 'File', text: 'y' },
      ),
    );
    expect(came.map(({ path }) => path)).toEqual(['a.1/work/x', 'b.1/work/y']);
    expect(faults.map(({ path }) => path).filter((path) => !path.startsWith('a.1/'))).toEqual([]);
    expect(faults).toHaveLength(4);
  });

  it('that is a file where a directory must be is a fault of its own, and no crash', async () => {
    const stream = raw(
      { path: 'sums', type: 'File', text: sumsOf({ a: 'x', 'a/b': 'y' }) },
      { path: 'a', type: 'File', text: 'x' },
      { path: 'a/b', type: 'File', text: 'y' },
    );
    await expect(receive(stream)).rejects.toThrow(TransferError);
  });

  it('that sets the bits of another user sets none', async () => {
    await receive(
      raw(
        { path: 'sums', type: 'File', text: sumsOf({ x: 'x' }) },
        { path: 'x', type: 'File', text: 'x', mode: 0o6777 },
      ),
    );
    expect(lstatSync(join(folder, 'x')).mode & 0o6000).toBe(0);
  });
});

describe('digests', () => {
  it.each<[string, string, [string, string] | undefined]>([
    ['plain', `${'a'.repeat(64)}  x y`, ['x y', 'a'.repeat(64)]],
    ['binary mode, and of openssl', `${'a'.repeat(64)} *x`, ['x', 'a'.repeat(64)]],
    ['below the folder', `${'a'.repeat(64)}  ./x`, ['x', 'a'.repeat(64)]],
    ['escaped', `\\${'a'.repeat(64)}  x\\ny\\\\z`, ['x\ny\\z', 'a'.repeat(64)]],
    ['a backslash that was not escaped', `${'a'.repeat(64)}  x\\ny`, ['x\\ny', 'a'.repeat(64)]],
    ['too short', `${'a'.repeat(63)}  x`, undefined],
    ['noise', 'sha256sum: x: No such file or directory', undefined],
  ])('%s', (_, line, expected) => {
    expect([...parseSums(Buffer.from(`${line}\n`)).sums]).toEqual(expected ? [expected] : []);
  });
});
