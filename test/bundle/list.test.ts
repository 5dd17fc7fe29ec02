/** What of a job's directory is sent, and what cannot be. */
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BundleError, fileEntry, listDirectory, packEntries } from '../../src/bundle/pack.js';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'sluice-list-'));
  mkdirSync(join(root, 'job/sub/deep'), { recursive: true });
  writeFileSync(join(root, 'job/sub/b'), 'b');
  writeFileSync(join(root, 'job/a'), 'a');
  writeFileSync(join(root, 'outside'), 'o');
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const job = (...path: readonly string[]): string => join(root, 'job', ...path);
const listed = async (): Promise<string[]> =>
  (await listDirectory(job(), 't')).map(({ kind, path }) => `${kind} ${path}`);

describe('a directory', () => {
  it('is listed in an order of its own, empty directories and hidden files too', async () => {
    writeFileSync(job('.hidden'), '');
    writeFileSync(job('Z'), '');
    expect(await listed()).toEqual([
      'file t/.hidden',
      'file t/Z',
      'file t/a',
      'directory t/sub',
      'file t/sub/b',
      'directory t/sub/deep',
    ]);
  });

  it.each([
    ['beside', 'link', 'a'],
    ['below', 'link', 'sub/b'],
    ['above, and still inside', 'sub/deep/link', '../../a'],
    ['nothing that is there', 'link', 'not/yet'],
    ['a name that begins with dots', 'link', '..a'],
    ['a directory', 'link', 'sub'],
  ])('may have links to %s', async (_, path, target) => {
    symlinkSync(target, job(path));
    expect(await listDirectory(job(), 't')).toContainEqual({ kind: 'link', path: `t/${path}`, target });
  });

  it.each([
    ['absolute', 'link', '/etc/passwd'],
    ['absolute and inside', 'link', 'ROOT/job/a'],
    ['climbing', 'link', '../outside'],
    ['climbing from below', 'sub/deep/link', '../../../outside'],
    ['climbing in the middle', 'link', 'sub/../../outside'],
    ['to the directory above', 'link', '..'],
  ])('may have no link that leads out: %s', async (_, path, target) => {
    symlinkSync(target.replace('ROOT', root), job(path));
    const listing = listDirectory(job(), 't');
    await expect(listing).rejects.toThrow(BundleError);
    await expect(listing).rejects.toMatchObject({ file: job(path) });
    await expect(listing).rejects.toThrow(/outside the job directory; copy the file in/);
  });

  it('of 1,500 files is listed and packed', async () => {
    for (let i = 0; i < 1500; i += 1) writeFileSync(job('sub', `f${i}`), `${i}`);
    const entries = await listDirectory(job(), 't');
    expect(entries).toHaveLength(1504);
    let bytes = 0;
    for await (const part of packEntries(entries)) bytes += (part as Buffer).length;
    expect(bytes).toBeGreaterThan(5000);
  });

  it('that cannot be read is named before anything is sent, and so is a file', async () => {
    await expect(listDirectory(job('gone'), 't')).rejects.toMatchObject({ file: job('gone') });
    await expect(fileEntry('t/x', job('gone'))).rejects.toThrow(BundleError);
  });
});

describe('a file that does not rest', () => {
  /** Large, so that it is read piece by piece while it changes. */
  const SIZE = 8 * 1024 * 1024;
  const packWhile = async (change: () => void): Promise<void> => {
    writeFileSync(job('large'), Buffer.alloc(SIZE, 'x'));
    let changed = false;
    for await (const part of packEntries([{ kind: 'file', path: 'large', from: job('large') }])) {
      expect(part).toBeInstanceOf(Buffer);
      if (!changed) change();
      changed = true;
    }
  };
  it('and grows is named', async () => {
    await expect(packWhile(() => appendFileSync(job('large'), Buffer.alloc(SIZE)))).rejects.toThrow(
      /large: grew while it was being sent/,
    );
  });
  it('and shrinks is named', async () => {
    await expect(packWhile(() => truncateSync(job('large'), 100))).rejects.toThrow(
      /large: shrank while it was being sent/,
    );
  });
  it('and vanishes is sent as it was when it was opened', async () => {
    await expect(packWhile(() => rmSync(job('large')))).resolves.toBeUndefined();
  });
});
