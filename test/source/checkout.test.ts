/** Which commit the manifests of a directory are of, and what is looked at for it. */
import { describe, expect, it } from 'vitest';
import type { Standing } from '../../src/ports.js';
import { placesOf, withCommit } from '../../src/source/checkout.js';
import type { Part, PartJob } from '../../src/source/part.js';

const ROOT = '/w/group/jobs.d';

function job(name: string, sends: readonly string[] = [], file = `${ROOT}/${name}.yaml`): PartJob {
  return {
    ...{ place: { file, document: 0, line: 1, column: 1 }, manifestFile: file, name, run: '1', uuid: name },
    ...{ hash: '', generation: 0, suspend: false, onEdit: 'keep', onDelete: 'finish', dependsOn: [], sends },
    spec: () => {
      throw new Error('nobody needs it');
    },
  };
}

function part(...jobs: readonly PartJob[]): Part {
  return { jobs, invalid: [], problems: [], complete: true, parsed: 0, remember: () => undefined };
}

describe('what is looked at', () => {
  const places = (...paths: readonly string[]): readonly string[] => placesOf(ROOT, '/w', [job('a', paths)]);

  it('is the folder of manifests, and the nearest folders beside it that have what is sent', () => {
    expect(places()).toEqual([ROOT]);
    expect(places(`${ROOT}/data/x`, '/elsewhere/x')).toEqual([ROOT]);
    expect(places('/w/group/case/in/a', '/w/group/case/b', '/w/shared/deep/c', '/w/group/one')).toEqual([
      ...[ROOT, '/w/group/case', '/w/shared', '/w/group/one'],
    ]);
    expect(places('/w/group')).toEqual([ROOT, '/w/group']);
    expect(placesOf('/w', '/w', [job('a', ['/w/case/x'])])).toEqual(['/w']);
  });

  it('is the folder above where there are many of them', () => {
    const many = Array.from({ length: 1000 }, (_, number) => job(`j${number}`, [`/w/group/${number}.txt`]));
    expect(placesOf(ROOT, '/w', many)).toEqual([ROOT, '/w/group']);
  });
});

describe('a part with a commit', () => {
  const known: Readonly<Record<string, Standing>> = {
    [`${ROOT}/a.yaml`]: 'committed',
    [`${ROOT}/b.yaml`]: 'committed',
    [`${ROOT}/c.yaml`]: 'changed',
    [`${ROOT}/taken.yaml`]: 'changed',
    '/w/case': 'committed',
    '/w/dirty': 'changed',
    '/elsewhere/x': 'outside',
  };
  const commit = { id: 'c2', author: 'Ada' };
  const found = withCommit(
    part(
      job('a', ['/w/case', '/elsewhere/x']),
      job('b', ['/w/dirty']),
      job('b2', [], `${ROOT}/b.yaml`),
      job('c'),
    ),
    {
      root: ROOT,
      roots: [ROOT, '/mine'],
      tree: { comesAfter: (id, ancestor) => id === 'c2' && ancestor === 'c1' },
      state: { commit, standing: (path) => known[path] ?? 'unknown' },
    },
  );

  it('gives it to the jobs that are as committed, with all that they send', () => {
    expect(found.jobs.map((each) => [each.name, each.commit?.id])).toEqual([
      ['a', 'c2'],
      ['b', undefined],
      ['b2', 'c2'],
      ['c', undefined],
    ]);
  });

  it('is asked of those, wherever they were before, and of what is gone and was not taken away by hand', () => {
    const owns = (manifestFile: string, name: string): boolean =>
      found.history?.owns({ manifestFile, name }) ?? false;
    expect(['a', 'b', 'b2', 'c'].map((name) => owns(`${ROOT}/b.yaml`, name))).toEqual([
      true,
      false,
      true,
      false,
    ]);
    expect(owns('/another/place/a.yaml', 'a')).toBe(true);
    expect(owns(`${ROOT}/never.yaml`, 'never')).toBe(true);
    expect(owns(`${ROOT}/taken.yaml`, 'taken')).toBe(false);
    expect(owns('/another/place/never.yaml', 'never')).toBe(true);
    expect(owns('/mine/never.yaml', 'never')).toBe(false);
    expect(owns('https://example.org/x.git//jobs.d/never.yaml', 'never')).toBe(false);
  });
});
