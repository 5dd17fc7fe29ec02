import { statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ReadFile } from '../../src/store/manifests.js';
import { isRacy, sameStamp, stampOf, stampText, type FileStamp } from '../../src/store/stamp.js';
import { leased } from './fixtures/states.js';

const SECOND = 1_000_000_000n;
const stamp = (seconds: bigint, more: Partial<FileStamp> = {}): FileStamp => {
  return {
    size: 3,
    mtimeNs: seconds * SECOND + 1n,
    ctimeNs: seconds * SECOND,
    ino: 9_007_199_254_740_993n,
    ...more,
  };
};

describe('stamps', () => {
  it('hold nanoseconds and 64-bit inodes exactly', () => {
    const store = leased();
    const file = {
      path: '/f',
      stamp: stamp(1_700_000_000n, { ino: -1n }),
      sha256: 'aa',
      readAt: 1_800_000_000_000,
    };
    store.digests.put([file]);
    expect(store.digests.under('/').get('/f')?.stamp).toEqual(file.stamp);
    store.manifests.save('1', [{ ...file, digest: '', problems: [], documents: [] }]);
    expect(store.manifests.load('1').get('/f')?.stamp).toBe(stampText(file.stamp));
    store.close();
  });

  it('change with any change of the file', () => {
    const directory = leased().directory;
    const file = join(directory, 'input');
    writeFileSync(file, 'one');
    const first = stampOf(statSync(file, { bigint: true }));
    utimesSync(file, 1, 1);
    expect(sameStamp(first, stampOf(statSync(file, { bigint: true })))).toBe(false);
  });

  it.each([
    [stamp(100n), 101_000, true],
    [stamp(100n), 102_000, true],
    [stamp(100n), 102_001, false],
    [stamp(100n, { ctimeNs: 500n * SECOND }), 200_000, true],
    [stamp(999n), 100_000, true],
  ])('%o read at %d ms is racy: %s', (one, readAt, racy) => {
    expect(isRacy(one, readAt)).toBe(racy);
  });
});

describe('digests', () => {
  it('are known for an unchanged file only, and never from a racy reading', () => {
    const store = leased();
    const known = { path: '/in/a', stamp: stamp(100n), sha256: 'aa', readAt: 200_000 };
    store.digests.put([known, { ...known, path: '/in/b', readAt: 101_000 }, { ...known, path: '/in0' }]);
    expect(store.digests.lookup('/in/a', stamp(100n))).toBe('aa');
    expect(store.digests.lookup('/in/a', stamp(100n, { ctimeNs: 1n }))).toBeUndefined();
    expect(store.digests.lookup('/in/b', stamp(100n))).toBeUndefined();
    expect([...store.digests.under('/in').keys()]).toEqual(['/in/a']);
    store.digests.put([{ ...known, readAt: 100_500, sha256: 'bb' }]);
    expect(store.digests.lookup('/in/a', stamp(100n))).toBeUndefined();
    store.digests.remove(['/in0']);
    expect(store.digests.under('/').size).toBe(0);
    store.close();
  });
});

describe('manifests', () => {
  const problem = { severity: 'warning', file: '/jobs.d/a.yaml', message: 'a literal passphrase' } as const;
  const file = (path: string, more: Partial<ReadFile> = {}): ReadFile => ({
    ...{ path, stamp: stamp(100n), digest: 'dd', readAt: 200_000, problems: [] },
    documents: [
      {
        ...{ document: 0, line: 1, column: 1, name: 'a', run: '1', uuid: 'u' },
        ...{ hash: '1:h', inputs: '[]' },
      },
      { document: 1, line: 9, column: 1, problems: [problem] },
    ].map((one) => ({ problems: [], specJson: '{"name":"a"}', ...one })),
    ...more,
  });

  it('come back without specs, which come when asked for', () => {
    const asked: string[] = [];
    const store = leased({ trace: (sql) => asked.push(sql) });
    store.manifests.save('1', [file('/jobs.d/a.yaml'), file('/jobs.d/b.yaml', { problems: [problem] })]);
    asked.length = 0;
    const known = store.manifests.load('1');
    expect(asked).toHaveLength(2);
    expect(known.get('/jobs.d/b.yaml')?.problems).toEqual([problem]);
    expect(known.get('/jobs.d/a.yaml')).toEqual({
      ...{ path: '/jobs.d/a.yaml', stamp: stampText(stamp(100n)), problems: [] },
      documents: file('').documents.map((one) => ({ ...one, specJson: undefined })),
    });
    expect(store.manifests.specJson('/jobs.d/a.yaml', 0)).toBe('{"name":"a"}');
    expect(store.manifests.specJson('/jobs.d/a.yaml', 7)).toBeUndefined();
    store.close();
  });

  it('are replaced, dropped when gone or racy, and dropped with another reader', () => {
    const store = leased();
    const save = (paths: string[], more: Partial<ReadFile> = {}, gone: string[] = []): string[] => {
      store.manifests.save(
        '1',
        paths.map((path) => file(path, more)),
        gone,
      );
      return [...store.manifests.load('1').keys()];
    };
    expect(save(['/a', '/b', '/c'])).toEqual(['/a', '/b', '/c']);
    expect(save(['/a'], { documents: [] })).toHaveLength(3);
    expect(store.manifests.load('1').get('/a')?.documents).toEqual([]);
    expect(save(['/b'], { readAt: 100_001 }, ['/c'])).toEqual(['/a']);
    expect(store.manifests.load('2').size).toBe(0);
    store.manifests.save('2', []);
    expect([store.manifests.load('1').size, store.manifests.load('2').size]).toEqual([0, 0]);
    store.close();
  });
});

describe('clusters', () => {
  it('remember what was said, failed and reported', () => {
    const store = leased();
    expect(store.clusters.get('north')).toEqual({ name: 'north', accounting: 'unknown' });
    const hello = {
      wrapperVersion: '1',
      host: 'login1',
      clock: 5,
      home: '/h',
      claimsDir: '/c',
      workDir: '/w',
      mark: 3,
    };
    store.clusters.patch('north', { hello, wrapperDigest: 'aa', mark: 3, reachedAt: 1, accounting: 'off' });
    store.clusters.patch('north', {
      failure: { at: 2, reason: 'LoginNeeded', message: 'no key' },
      recalledAt: 9,
    });
    store.clusters.patch('south', { reported: { at: 3, status: { up: true } } });
    expect(store.clusters.get('north')).toEqual({
      ...{
        name: 'north',
        hello,
        wrapperDigest: 'aa',
        mark: 3,
        reachedAt: 1,
        accounting: 'off',
        recalledAt: 9,
      },
      failure: { at: 2, reason: 'LoginNeeded', message: 'no key' },
    });
    expect(store.clusters.all().get('south')?.reported).toEqual({ at: 3, status: { up: true } });
    store.close();
  });
});

describe('the status of a cluster', () => {
  it('is kept with its time; a failure leaves it, and is over with the next', () => {
    let now = 10;
    const store = leased({ now: () => now });
    const status = { takenAt: 9, nodes: [] };
    expect([store.clusters.status('north'), store.clusters.statusTriedAt('north')]).toEqual([{}, undefined]);
    store.clusters.failStatus('north', 'no controller');
    expect(store.clusters.status('north')).toEqual({ failure: { at: 10, message: 'no controller' } });
    now = 20;
    store.clusters.takeStatus('north', status);
    expect(store.clusters.status('north')).toEqual({ taken: { at: 20, status } });
    now = 30;
    store.clusters.failStatus('north', 'rubbish');
    expect(store.clusters.status('north')).toEqual({
      taken: { at: 20, status },
      failure: { at: 30, message: 'rubbish' },
    });
    expect(store.clusters.statusTriedAt('north')).toBe(30);
    expect(store.clusters.get('north')).toEqual({ name: 'north', accounting: 'unknown' });
    store.close();
  });
});

describe('events', () => {
  it('are paged', () => {
    const store = leased();
    const ids = [1, 2, 3].map((n) =>
      store.events.append({ kind: 'cluster', cluster: 'north', message: `m${n}` }),
    );
    expect(store.events.after(ids[0] ?? 0, 1).map((event) => event.message)).toEqual(['m2']);
    expect(store.events.latest(2).map((event) => event.message)).toEqual(['m3', 'm2']);
    store.close();
  });
});
