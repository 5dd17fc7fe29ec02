import { execFileSync } from 'node:child_process';
import {
  mkdtempSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { BundleError, type BundleEntry, packEntries } from '../../src/bundle/pack.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-pack-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

async function packed(entries: readonly BundleEntry[]): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of packEntries(entries)) parts.push(part as Buffer);
  return Buffer.concat(parts);
}

/** As a cluster unpacks it. */
async function unpacked(entries: readonly BundleEntry[]): Promise<(path: string) => string> {
  execFileSync('tar', ['-xzof', '-', '-C', folder], { input: await packed(entries) });
  return (path) => join(folder, path);
}

const text = (path: string, words: string, executable = false): BundleEntry => ({
  kind: 'text',
  path,
  text: words,
  executable,
});

describe('packEntries', () => {
  const long = `${'deep/'.repeat(60)}${'n'.repeat(200)}`;
  test.each(['plain', 'with blank and "quotes"', 'näme-日本', long, '-dash', 'line\nbreak'])(
    'carries the name %j',
    async (name) => {
      const at = await unpacked([text(`t/${name}`, 'words')]);
      expect(readFileSync(at(`t/${name}`), 'utf8')).toBe('words');
    },
  );

  test.each([0, 1, 511, 512, 513, 65_535, 65_536, 65_537, 3_000_000])(
    'carries a file of %i bytes',
    async (size) => {
      const from = join(folder, 'from');
      const content = Buffer.alloc(size, 'ab\0');
      writeFileSync(from, content, { mode: 0o750 });
      const at = await unpacked([{ kind: 'file', path: 'to', from }, text('after', 'x')]);
      expect(readFileSync(at('to')).equals(content)).toBe(true);
      expect(statSync(at('to')).mode & 0o777).toBe(0o750);
      expect(readFileSync(at('after'), 'utf8')).toBe('x');
    },
  );

  test('keeps directories, links and modes, and nothing of times and owners', async () => {
    const at = await unpacked([
      { kind: 'directory', path: 'd' },
      text('d/run', '#!/bin/sh\n', true),
      text('d/data', 'ä', false),
      { kind: 'link', path: 'd/link', target: `../${'x'.repeat(150)}` },
    ]);
    expect(statSync(at('d')).isDirectory()).toBe(true);
    expect(statSync(at('d/run')).mode & 0o777).toBe(0o755);
    expect(statSync(at('d/data')).mode & 0o777).toBe(0o644);
    expect(statSync(at('d/data')).mtimeMs).toBe(0);
    expect(readlinkSync(at('d/link'))).toBe(`../${'x'.repeat(150)}`);
  });

  test('follows a link that is itself the file to send', async () => {
    writeFileSync(join(folder, 'real'), 'words');
    symlinkSync('real', join(folder, 'link'));
    const at = await unpacked([{ kind: 'file', path: 'to', from: join(folder, 'link') }]);
    expect(readFileSync(at('to'), 'utf8')).toBe('words');
  });

  test('gives the same bytes for the same input', async () => {
    const entries = Array.from({ length: 2000 }, (_, index) => text(`t/${index}`, 'w'.repeat(index)));
    expect((await packed(entries)).equals(await packed(entries))).toBe(true);
  });

  test.each(['gone', '.'])('names a file that cannot be read (%s)', async (name) => {
    const from = join(folder, name);
    const entries: BundleEntry[] = [text('before', 'x'), { kind: 'file', path: 'to', from }];
    await expect(packed(entries)).rejects.toThrow(BundleError);
    await expect(packed(entries)).rejects.toThrow(from);
  });
});
