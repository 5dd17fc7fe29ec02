import { expect, it } from 'vitest';
import { checkCollection, type CollectionContext } from '../../src/manifest/collection.js';
import { readManifestText } from '../../src/manifest/read.js';
import type { JobSpec, Place } from '../../src/model/job.js';
import { contextOf } from './support.js';

function jobs(files: Readonly<Record<string, string>>): (JobSpec & { readonly place: Place })[] {
  return Object.entries(files).flatMap(([file, text]) => {
    const { manifests } = readManifestText(
      `/p/${file}`,
      `destination_cluster: hercules\nexecution: a\n${text}\n`,
      contextOf(),
    );
    return manifests.map(({ place, spec }) => ({ place, ...spec }));
  });
}

function check(files: Readonly<Record<string, string>>, context?: CollectionContext): [string[], string[]] {
  const { accepted, problems } = checkCollection(jobs(files), context);
  return [
    accepted.map(({ place }) => place.file.slice(3)),
    problems.map(({ file, message }) => `${file.slice(3)}: ${message}`),
  ];
}

it('a duplicate name is an error in the later file', () => {
  expect(check({ 'b.yaml': 'name: x', 'a.yaml': 'name: x', 'c.yaml': '' })).toEqual([
    ['a.yaml', 'c.yaml'],
    ['b.yaml: the name "x" is taken by /p/a.yaml:1; give this job another'],
  ]);
});

it('or in the newcomer, where the name is known already', () => {
  const known = { fileOf: (name: string) => (name === 'x' ? '/p/b.yaml' : undefined) };
  expect(check({ 'b.yaml': 'name: x', 'a.yaml': 'name: x' }, known)[1]).toEqual([
    'a.yaml: the name "x" is taken by /p/b.yaml:1; give this job another',
  ]);
});

it('a dependency that is not there is told, and keeps no job from being taken up', () => {
  const files = { 'prepare.yaml': '', 'run.yaml': 'depends_on: [prepare, prepar, old, bad]' };
  const fileOf = (name: string): string | undefined => (name === 'old' ? '/p/old.yaml' : undefined);
  expect(check(files, { fileOf, invalid: ['bad'] })).toEqual([
    ['prepare.yaml', 'run.yaml'],
    [
      'run.yaml: depends_on names "prepar", and there is no such job: it is waited for; did you mean "prepare"?',
    ],
  ]);
  expect(checkCollection(jobs(files), { fileOf, invalid: ['bad'] }).problems).toMatchObject([
    { severity: 'warning', line: 1 },
  ]);
});

it('a circle of dependencies is an error in each of its jobs, and in no other', () => {
  const files = {
    'a.yaml': 'depends_on: b',
    'b.yaml': 'depends_on: c',
    'c.yaml': 'depends_on: a',
    'd.yaml': 'depends_on: a',
    'e.yaml': '',
  };
  expect(check(files)).toEqual([
    ['d.yaml', 'e.yaml'],
    [
      'a.yaml: depends_on goes round in a circle: a → b → c → a; take one of them out',
      'b.yaml: depends_on goes round in a circle: b → c → a → b; take one of them out',
      'c.yaml: depends_on goes round in a circle: c → a → b → c; take one of them out',
    ],
  ]);
});

it('many jobs in a chain are no circle, and no stack is too small', () => {
  const files = Object.fromEntries(
    Array.from({ length: 3000 }, (_, index) => [
      `j${index}.yaml`,
      index === 0 ? '' : `depends_on: j${index - 1}`,
    ]),
  );
  expect(check(files)[1]).toEqual([]);
});

it('an earlier name is gone, and has one successor', () => {
  expect(
    check({ 'a.yaml': 'previously: b', 'b.yaml': '', 'c.yaml': 'previously: x', 'd.yaml': 'previously: x' }),
  ).toEqual([
    ['b.yaml', 'c.yaml'],
    [
      'a.yaml: previously names "b", which is still there; a job has one name',
      'd.yaml: previously names "x", as /p/c.yaml does; only one can be its successor',
    ],
  ]);
});
