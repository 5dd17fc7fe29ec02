/** Manifests that programs write: whole or not at all, over nothing, and only where they are ours. */
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { nodeFiles } from '../../src/documents/node-files.js';
import type { Trust } from '../../src/model/settings.js';
import { createManifest, type EditContext, type Edited, mergeManifest } from '../../src/source/edit.js';

let root: string;
let jobs: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'sluice-edit-'));
  jobs = join(root, 'jobs.d');
  mkdirSync(jobs);
});
afterEach(() => rmSync(root, { recursive: true }));

const edit = (trust: readonly Trust[] = []): EditContext => ({
  roots: [jobs],
  trust,
  context: { files: nodeFiles, home: homedir(), modulesDirectory: join(root, 'modules'), clusters: ['here'] },
});
const JOB = { destination_cluster: 'here', execution: 'exit 0' };
const faultsOf = (edited: Edited): string =>
  edited.kind === 'refused'
    ? edited.faults.map(({ key, message }) => `${key ?? ''} ${message}`).join('\n')
    : edited.kind;

describe('a new manifest', () => {
  it('writes over nothing, whatever stands there', () => {
    expect(createManifest(edit(), 'a', JOB, 'me')).toMatchObject({
      kind: 'written',
      file: join(jobs, 'a.yaml'),
    });
    expect(createManifest(edit(), 'a', JOB, 'me').kind).toBe('exists');
    symlinkSync('/nowhere', join(jobs, 'b.yaml'));
    expect(createManifest(edit(), 'b', JOB, 'me').kind).toBe('exists');
    mkdirSync(join(jobs, 'c.yaml'));
    expect(createManifest(edit(), 'c', JOB, 'me').kind).toBe('exists');
    expect(readdirSync(jobs).sort()).toEqual(['a.yaml', 'b.yaml', 'c.yaml']);
    expect(createManifest({ ...edit(), roots: [] }, 'd', JOB, 'me').kind).toBe('not-ours');
  });

  it('sends what lies among the manifests, and nothing beside, links followed', () => {
    writeFileSync(join(jobs, 'input.txt'), 'x');
    writeFileSync(join(root, 'secret.txt'), 'x');
    symlinkSync('../secret.txt', join(jobs, 'link.txt'));
    expect(createManifest(edit(), 'in', { ...JOB, job: 'input.txt' }, 'me').kind).toBe('written');
    for (const job of ['../secret.txt', 'link.txt', join(root, 'secret.txt'), '.'])
      expect(faultsOf(createManifest(edit(), 'out', { ...JOB, job }, 'me')), job).toMatch(
        /^job .*trust: \[outside_jobs\]/,
      );
    expect(createManifest(edit(['outside_jobs']), 'out', { ...JOB, job: '../secret.txt' }, 'me').kind).toBe(
      'written',
    );
  });

  it('takes a login where the settings trust it, and a secret never', () => {
    const login = { username: 'u', private_key: join(root, 'key'), passphrase: { env: 'NAME' } };
    writeFileSync(join(root, 'key'), 'x');
    expect(faultsOf(createManifest(edit(), 'a', { ...JOB, ...login }, 'me')).split('\n')).toHaveLength(3);
    const trusting = edit(['username', 'private_key', 'passphrase']);
    expect(createManifest(trusting, 'a', { ...JOB, ...login }, 'me').kind).toBe('written');
    expect(faultsOf(createManifest(trusting, 'b', { ...JOB, passphrase: 'planted' }, 'me'))).toBe(
      'passphrase a secret is never sent here; name where it is, as {"env": "NAME"}',
    );
  });

  it('means what was sent, whatever text it is', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string({ minLength: 1 }), fc.string(), { maxKeys: 4 }), (kwargs) => {
        const edited = createManifest(edit(), 'k', { ...JOB, kwargs }, 'me');
        if (edited.kind === 'written') expect(edited.spec.kwargs).toEqual(kwargs);
        else expect(edited.kind).toBe('refused');
        rmSync(join(jobs, 'k.yaml'), { force: true });
      }),
    );
  });
});

describe('an edit of one', () => {
  const TWO = `# about both\nname: a # first\ndestination_cluster: here\nexecution: exit 0\n# between\n---\nname: b\ndestination_cluster: here\nexecution: exit 1 # second\n`;
  const file = (): string => join(jobs, 'two.yaml');

  it('leaves comments, the other documents and the mode as they are', () => {
    writeFileSync(file(), TWO);
    chmodSync(file(), 0o640);
    fc.assert(
      fc.property(
        fc.constantFrom('a', 'b'),
        fc.dictionary(fc.stringMatching(/^[a-z]{1,8}$/), fc.stringMatching(/^[\\w :#-]{0,12}$/), {
          maxKeys: 3,
        }),
        (name, labels) => {
          const edited = mergeManifest(edit(), file(), name, { labels });
          expect(['written', 'unchanged']).toContain(edited.kind);
          const text = readFileSync(file(), 'utf8');
          for (const comment of ['# about both', '# first', '# between', '# second'])
            expect(text).toContain(comment);
          const values = parseAllDocuments(text).map((each) => each.toJS() as Record<string, unknown>);
          expect(values.map((each) => [each['name'], each['execution']])).toEqual([
            ['a', 'exit 0'],
            ['b', 'exit 1'],
          ]);
          expect(values[name === 'a' ? 0 : 1]?.['labels']).toEqual(labels);
        },
      ),
      { numRuns: 50 },
    );
    expect(statSync(file()).mode & 0o777).toBe(0o640);
    expect(mergeManifest(edit(), file(), 'a', { labels: null }).kind).toBe('written');
    expect(mergeManifest(edit(), file(), 'b', { labels: null }).kind).toBe('written');
    // An empty line may come before a comment that ends a document.
    expect(readFileSync(file(), 'utf8').replaceAll('\n\n', '\n')).toBe(TWO);
    expect(mergeManifest(edit(), file(), 'b', { execution: 'exit 1' }).kind).toBe('unchanged');
    expect(readdirSync(jobs)).toEqual(['two.yaml']);
  });

  it('goes on beside a document of somebody else that is not valid, and not with its own', () => {
    writeFileSync(file(), `${TWO}---\nname: c\nexecuton: x\n`);
    expect(mergeManifest(edit(), file(), 'a', { run: '2' }).kind).toBe('written');
    expect(faultsOf(mergeManifest(edit(), file(), 'c', { run: '2' }))).toMatch(/executon/);
    expect(faultsOf(mergeManifest(edit(), file(), 'a', { execution: null }))).toMatch(/execution is missing/);
    writeFileSync(join(jobs, 'alone.yaml'), 'destination_cluster: here\nexecution: exit 0\n');
    expect(mergeManifest(edit(), join(jobs, 'alone.yaml'), 'alone', { run: '2' }).kind).toBe('written');
  });

  it('is refused where the file is not ours, is a link, or is another job by now', () => {
    writeFileSync(join(root, 'two.yaml'), TWO);
    symlinkSync('../two.yaml', join(jobs, 'link.yaml'));
    writeFileSync(file(), TWO);
    for (const [path, name] of [
      [join(root, 'two.yaml'), 'a'],
      [join(jobs, 'link.yaml'), 'a'],
      [join(jobs, 'gone.yaml'), 'a'],
      [file(), 'other'],
    ] as const)
      expect(mergeManifest(edit(), path, name, { run: '2' }).kind, path).toBe('not-ours');
    expect(readFileSync(join(root, 'two.yaml'), 'utf8')).toBe(TWO);
    const link = join(root, 'other');
    mkdirSync(link);
    writeFileSync(join(link, 'x.yaml'), TWO);
    symlinkSync(link, join(jobs, 'folder'));
    expect(mergeManifest(edit(), join(jobs, 'folder/x.yaml'), 'a', { run: '2' }).kind).toBe('not-ours');
  });
});
