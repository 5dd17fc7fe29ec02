import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { nodeFiles } from '../../src/documents/node-files.js';
import type { FileStat } from '../../src/documents/files.js';
import {
  completeManifest,
  digestPath,
  NO_CACHE,
  type DigestCache,
  type DigestContext,
} from '../../src/manifest/inputs.js';
import { readManifestFile } from '../../src/manifest/read.js';

let directory = '';
let context: DigestContext;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'sluice-inputs-'));
  context = {
    files: nodeFiles,
    cache: NO_CACHE,
    modulesDirectory: join(directory, 'modules'),
    now: Date.now() + 60_000,
  };
});
afterEach(() => {
  rmSync(directory, { recursive: true });
});

function put(path: string, content: string, mode = 0o644): string {
  const full = join(directory, path);
  mkdirSync(join(full, '..'), { recursive: true });
  writeFileSync(full, content);
  chmodSync(full, mode);
  return full;
}

function digest(path: string, except: readonly string[] = []): string {
  const digested = digestPath(join(directory, path), context, except);
  return digested.ok ? digested.digest : digested.why;
}

describe('the digest of a directory', () => {
  beforeEach(() => {
    put('a/x', 'one');
    put('a/sub/y', 'two');
  });

  it('is of its content, not of its name, place or times', () => {
    put('elsewhere/b/sub/y', 'two');
    utimesSync(put('elsewhere/b/x', 'one'), 1, 1);
    expect(digest('elsewhere/b')).toBe(digest('a'));
  });

  it.each<[string, () => void]>([
    ['a content', () => put('a/x', 'three')],
    ['a name', () => put('a/z', 'one')],
    ['an execute bit', () => put('a/x', 'one', 0o755)],
    ['an empty directory', () => mkdirSync(join(directory, 'a/empty'))],
    ['a link', () => symlinkSync('x', join(directory, 'a/link'))],
  ])('changes with %s', (_, change) => {
    const before = digest('a');
    change();
    expect(digest('a')).not.toBe(before);
  });

  it('leaves out what does not count', () => {
    const before = digest('a');
    const manifest = put('a/job.yaml', 'execution: a');
    expect(digest('a', [manifest])).toBe(before);
  });

  it('says what cannot be sent', () => {
    expect(digest('none')).toBe(`${join(directory, 'none')} is not there`);
  });

  it.each(['/etc/passwd', '../../x', '..'])(
    'says that a link to %s leads outside, before anything is sent',
    (target) => {
      symlinkSync(target, join(directory, 'a/link'));
      expect(digest('a')).toBe(
        `${join(directory, 'a/link')} is a link to ${target}, outside the job directory; copy the file in, or name a path inside`,
      );
    },
  );
});

it('the digest of a file covers its name and its execute bit', () => {
  put('run.sh', 'a');
  put('other.sh', 'a');
  const plain = digest('run.sh');
  expect(digest('other.sh')).not.toBe(plain);
  chmodSync(join(directory, 'run.sh'), 0o755);
  expect(digest('run.sh')).not.toBe(plain);
});

it('unchanged files are not read again, and fresh ones are not trusted', () => {
  put('a/x', 'one');
  let reads = 0;
  const kept = new Map<string, string>();
  const key = (path: string, stat: FileStat): string =>
    [path, stat.size, stat.mtimeNs, stat.ctimeNs, stat.ino].join();
  const cache: DigestCache = {
    get: (path, stat) => kept.get(key(path, stat)),
    set: (path, stat, sha256) => kept.set(key(path, stat), sha256),
  };
  const sha256 = (path: string): string => {
    reads++;
    return nodeFiles.sha256(path);
  };
  const files = { ...nodeFiles, sha256 };
  const at = (now: number): unknown => digestPath(join(directory, 'a'), { ...context, files, cache, now });
  at(Date.now());
  at(Date.now());
  expect(reads).toBe(2);
  const first = at(Date.now() + 60_000);
  expect(at(Date.now() + 60_000)).toEqual(first);
  expect(reads).toBe(3);
  put('a/x', 'two');
  expect(at(Date.now() + 60_000)).not.toEqual(first);
  expect(reads).toBe(4);
});

describe('a manifest is completed', () => {
  const reader = (): ReturnType<typeof readManifestFile> =>
    readManifestFile(join(directory, 'jobs.d/j.yaml'), {
      files: nodeFiles,
      home: directory,
      modulesDirectory: join(directory, 'modules'),
      clusters: ['here'],
    });

  it('with a hash that covers job and modules', () => {
    put('modules/m.py', 'a');
    put('data/x', 'one');
    put(
      'jobs.d/j.yaml',
      'execution: ./run\njob: ../data\nmodules: {staging: [{module: m.py, execution: a}]}\n',
    );
    const hash = (): string | undefined =>
      reader().manifests.map((read) => completeManifest(read, context).manifest?.hash)[0];
    const before = hash();
    expect(before).toMatch(/^v1:[0-9a-f]{64}$/);
    expect(hash()).toBe(before);
    put('data/x', 'two');
    const afterJob = hash();
    expect(afterJob).not.toBe(before);
    put('modules/m.py', 'b');
    expect(hash()).not.toBe(afterJob);
  });

  it('or says which file cannot be sent', () => {
    put('data/x', 'one');
    put('jobs.d/j.yaml', 'execution: ./run\njob: ../data\n');
    const [read] = reader().manifests;
    rmSync(join(directory, 'data'), { recursive: true });
    const completed = read === undefined ? undefined : completeManifest(read, context);
    expect(completed?.manifest).toBeUndefined();
    expect(completed?.problems[0]?.message).toBe(
      `the job's files cannot be sent: ${join(directory, 'data')} is not there`,
    );
  });
});
