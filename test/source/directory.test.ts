/** Manifests from a real directory, with a real state behind the cache. */
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { nodeFiles } from '../../src/documents/node-files.js';
import { jobUuid } from '../../src/manifest/identity.js';
import { type DirectorySource, readDirectory } from '../../src/source/directory.js';
import type { Desired } from '../../src/source/part.js';
import { sampleRun } from '../store/fixtures/samples.js';
import { leased } from '../store/fixtures/states.js';

const SETTLED_MS = 10_000;
const SETTLED_NS = 10_000_000_000n;
const job = (more = ''): string => `destination_cluster: here\nexecution: "true"\n${more}`;

let root: string;
let jobs: string;
let store: ReturnType<typeof leased>;
/** How far our clock is ahead: what was written just now is then long settled. */
let ahead: number;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'sluice-source-'));
  jobs = join(root, 'jobs.d');
  mkdirSync(jobs);
  store = leased({}, join(root, '.sluice'));
  ahead = SETTLED_MS;
});
afterEach(() => {
  store.close();
  rmSync(root, { recursive: true, force: true });
});

function write(files: Readonly<Record<string, string>>): void {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  }
}

function read(clusters: readonly string[] = ['here', 'there'], more: Partial<DirectorySource> = {}): Desired {
  const modulesDirectory = join(root, 'modules');
  return readDirectory({
    root: jobs,
    installation: 'test',
    modulesDirectory,
    store,
    now: () => Date.now() + ahead,
    context: { files: nodeFiles, home: root, modulesDirectory, clusters },
    ...more,
  });
}

/** A reading that is kept, as a pass of the writer does. */
function keep(...words: Parameters<typeof read>): Desired {
  const desired = read(...words);
  desired.remember();
  return desired;
}

const names = (desired: Desired): string[] => desired.wanted.map(({ name }) => name).sort();
const said = (desired: Desired): string[] => desired.problems.map(({ message }) => message);
function hashOf(desired: Desired, name: string): string {
  const found = desired.wanted.find((each) => each.name === name);
  if (!found) throw new Error(`${name} is not wanted; the problems are: ${said(desired).join('; ')}`);
  return found.hash;
}

describe('what is a manifest', () => {
  it('is every YAML file below the directory, in either spelling, with one job a document', () => {
    write({
      'jobs.d/a.yaml': job(),
      'jobs.d/deep/er/b.yml': job(),
      'jobs.d/c.YAML': job(),
      'jobs.d/many.yaml': `${job('name: first\n')}---\n${job('name: second\n')}`,
    });
    const desired = read();
    expect(names(desired)).toEqual(['a', 'b', 'c', 'first', 'second']);
    expect(desired).toMatchObject({ complete: true, problems: [], parsed: 4 });
    expect(desired.wanted[0]).toMatchObject({
      uuid: jobUuid('test', 'a', '1'),
      run: '1',
      suspend: false,
      manifestFile: join(jobs, 'a.yaml'),
    });
    expect(desired.wanted[0]?.spec()).toMatchObject({ name: 'a', destination: ['here'] });
  });

  it.each([
    ['a hidden file', '.job.yaml'],
    ['a file in a hidden directory', '.git/job.yaml'],
    ["Emacs' lock", '.#job.yaml'],
    ["Emacs' autosave", '#job.yaml#'],
    ["an editor's backup", 'job.yaml~'],
    ["Vim's swap file", '.job.yaml.swp'],
    ['a file set aside', 'job.yaml.orig'],
    ['something else', 'README.md'],
  ])('is not %s', (_, name) => {
    write({ 'jobs.d/a.yaml': job(), [`jobs.d/${name}`]: 'this: [is no manifest' });
    expect(read()).toMatchObject({ parsed: 1, problems: [], wanted: [{ name: 'a' }] });
  });

  it('is not a directory that is named like one, nor a link to nothing', () => {
    mkdirSync(join(jobs, 'odd.yaml'));
    symlinkSync('nowhere', join(jobs, 'gone.yaml'));
    write({ 'jobs.d/a.yaml': job(), 'elsewhere/b.yaml': job() });
    symlinkSync(join(root, 'elsewhere/b.yaml'), join(jobs, 'b.yaml'));
    expect(names(read())).toEqual(['a', 'b']);
  });

  it('is not the YAML of a directory that a job sends, nor a YAML file that is sent', () => {
    write({
      'jobs.d/a.yaml': job('job: case\n'),
      'jobs.d/case/config.yaml': 'solver: multigrid\n',
      'jobs.d/case/deep/mesh.yml': '[',
      'jobs.d/b.yaml': job('job: parameters.yaml\n'),
      'jobs.d/parameters.yaml': 'lattice: 32\n',
    });
    expect(keep()).toMatchObject({ problems: [], wanted: [{ name: 'a' }, { name: 'b' }] });
    expect(read()).toMatchObject({ problems: [], wanted: [{ name: 'a' }, { name: 'b' }] });
  });

  it('is still the file that asks for its own directory', () => {
    write({ 'jobs.d/case/job.yaml': job('job: .\n'), 'jobs.d/case/main.c': 'int main;' });
    expect(names(read())).toEqual(['job']);
  });
});

describe('a directory that cannot be read', () => {
  it('is incomplete, and says what to do', () => {
    rmSync(jobs, { recursive: true });
    const desired = read();
    expect(desired).toMatchObject({ complete: false, wanted: [], parsed: 0 });
    expect(desired.problems).toMatchObject([
      { severity: 'error', file: jobs, message: expect.stringMatching(/no such directory.*sluice init/) },
    ]);
    expect(() => desired.remember()).not.toThrow();
  });

  it('is told from an empty one', () => {
    expect(read()).toMatchObject({ complete: true, wanted: [], problems: [] });
  });

  it('may be a file', () => {
    rmSync(jobs, { recursive: true });
    writeFileSync(jobs, '');
    expect(read()).toMatchObject({ complete: false, problems: [{ message: /cannot be read/ }] });
  });
});

describe('an unchanged file', () => {
  it('is not parsed, and says the same as when it was', () => {
    write({
      'jobs.d/a.yaml': job('suspend: true\n'),
      'jobs.d/b.yaml': job('job: run.sh\n'),
      'jobs.d/run.sh': '',
    });
    const first = keep();
    const second = read();
    expect([first.parsed, second.parsed]).toEqual([2, 0]);
    const told = ({ wanted }: Desired): unknown =>
      wanted.map(({ spec, ...rest }) => ({ ...rest, spec: spec() }));
    expect(told(second)).toEqual(told(first));
    expect(second.wanted[0]?.suspend).toBe(true);
  });

  it('is parsed every time while nothing is remembered', () => {
    write({ 'jobs.d/a.yaml': job() });
    expect(read().parsed).toBe(1);
    expect(read().parsed).toBe(1);
  });

  it('is parsed again as long as it is so new that a change could go unseen', () => {
    write({ 'jobs.d/a.yaml': job() });
    ahead = 0;
    expect(keep().parsed).toBe(1);
    expect(keep().parsed).toBe(1);
    ahead = SETTLED_MS;
    expect(keep().parsed).toBe(1);
    expect(keep().parsed).toBe(0);
  });

  it('keeps its warnings', () => {
    write({ 'jobs.d/a.yaml': job('job: https://github.com/group/code\n') });
    const first = keep();
    expect(first.problems).toMatchObject([{ severity: 'warning', message: expect.stringMatching(/\.git$/) }]);
    const second = read();
    expect(second.parsed).toBe(0);
    expect(second.problems).toEqual(first.problems);
  });

  it('is read again for another inventory, another installation, and where modules lie elsewhere', () => {
    write({ 'jobs.d/a.yaml': job() });
    keep();
    expect(read().parsed).toBe(0);
    expect(read(['here']).parsed).toBe(1);
    expect(read(undefined, { installation: 'other' }).parsed).toBe(1);
    expect(read(undefined, { modulesDirectory: join(root, 'other') }).parsed).toBe(1);
    const gone = keep(['there']);
    expect(gone.wanted).toEqual([]);
    expect(said(gone)).toEqual([expect.stringContaining('"here"')]);
    expect(keep().wanted).toHaveLength(1);
  });
});

describe('a change', () => {
  it('of a manifest is read, and of no other', () => {
    write({ 'jobs.d/a.yaml': job(), 'jobs.d/b.yaml': job() });
    const before = keep();
    write({ 'jobs.d/a.yaml': job('resources: {nbr_processes: 2}\n') });
    const after = keep();
    expect(after.parsed).toBe(1);
    expect(hashOf(after, 'a')).not.toBe(hashOf(before, 'a'));
    expect(hashOf(after, 'b')).toBe(hashOf(before, 'b'));
  });

  it('of a comment is read and means nothing', () => {
    write({ 'jobs.d/a.yaml': job() });
    const before = keep();
    write({ 'jobs.d/a.yaml': `# for the paper\n${job()}` });
    const after = keep();
    expect(after.parsed).toBe(1);
    expect(hashOf(after, 'a')).toBe(hashOf(before, 'a'));
  });

  it('of size and time alike is seen by the file itself: an editor writes beside and renames', () => {
    write({ 'jobs.d/a.yaml': job('run: one\n') });
    keep();
    write({ 'other.txt': job('run: two\n') });
    renameSync(join(root, 'other.txt'), join(jobs, 'a.yaml'));
    expect(keep().wanted[0]?.run).toBe('two');
  });

  it.each<[what: string, change: () => void]>([
    ['content', () => write({ 'jobs.d/input.dat': 'other' })],
    ['content of the same length', () => write({ 'jobs.d/input.dat': 'datA' })],
  ])('of the %s of a file that is sent is one of the job', (_, change) => {
    write({ 'jobs.d/a.yaml': job('job: input.dat\n'), 'jobs.d/b.yaml': job(), 'jobs.d/input.dat': 'data' });
    const before = keep();
    expect(read().parsed).toBe(0);
    change();
    const after = keep();
    expect(after.parsed).toBe(1);
    expect(hashOf(after, 'a')).not.toBe(hashOf(before, 'a'));
    expect(keep().parsed).toBe(0);
  });

  it.each<[what: string, change: (directory: string) => void]>([
    ['a changed file', (at) => appendFileSync(join(at, 'deep/b.c'), 'x')],
    ['a new file', (at) => writeFileSync(join(at, 'deep/new.c'), '')],
    ['a file less', (at) => unlinkSync(join(at, 'a.c'))],
    ['another name', (at) => renameSync(join(at, 'a.c'), join(at, 'z.c'))],
  ])('of a directory that is sent, %s, is one of the job', (_, change) => {
    write({ 'jobs.d/a.yaml': job('job: ../case\n'), 'case/a.c': 'a', 'case/deep/b.c': 'b' });
    const before = keep();
    expect(read().parsed).toBe(0);
    change(join(root, 'case'));
    const after = keep();
    expect(after.parsed).toBe(1);
    expect(hashOf(after, 'a')).not.toBe(hashOf(before, 'a'));
  });

  it('of a file deep in a directory that is sent may still come while it is new', () => {
    write({ 'jobs.d/a.yaml': job('job: ../case\n'), 'case/deep/b.c': 'b' });
    let isNew = true;
    // Of all that is looked at, only that one file is new.
    const old = (path: string, stat = nodeFiles.lstat(path)): typeof stat => {
      if (!stat || (isNew && path.endsWith('b.c'))) return stat;
      return { ...stat, mtimeNs: stat.mtimeNs - SETTLED_NS, ctimeNs: stat.ctimeNs - SETTLED_NS };
    };
    const files = { ...nodeFiles, stat: (path: string) => old(path, nodeFiles.stat(path)), lstat: old };
    const context = { files, home: root, modulesDirectory: join(root, 'modules') };
    const again = (): number => keep([], { context, now: Date.now }).parsed;
    expect([again(), again()]).toEqual([1, 1]);
    isNew = false;
    expect([again(), again()]).toEqual([1, 0]);
  });

  it('of a module is one of the job', () => {
    write({
      'jobs.d/a.yaml': job('modules: {staging: [{module: m.py, execution: python3 m.py}]}\n'),
      'modules/m.py': 'print()',
    });
    const before = keep();
    write({ 'modules/m.py': 'print(1)' });
    const after = keep();
    expect(after.parsed).toBe(1);
    expect(hashOf(after, 'a')).not.toBe(hashOf(before, 'a'));
  });

  it('of place is none, and a file that went is forgotten', () => {
    write({ 'jobs.d/a.yaml': job('name: x\n'), 'jobs.d/b.yaml': job() });
    const before = keep();
    renameSync(join(jobs, 'a.yaml'), join(jobs, 'moved.yaml'));
    const after = keep();
    expect(names(after)).toEqual(['b', 'x']);
    expect(hashOf(after, 'x')).toBe(hashOf(before, 'x'));
    unlinkSync(join(jobs, 'b.yaml'));
    expect(names(keep())).toEqual(['x']);
    expect(read()).toMatchObject({ parsed: 0, complete: true });
  });
});

describe('what is wrong', () => {
  it('is told with its place and hides no other', () => {
    write({
      'jobs.d/bad.yaml': 'exection: x\n',
      'jobs.d/worse.yaml': 'a: [\n',
      'jobs.d/half.yaml': `${job('name: good\n')}---\nname: no\nexecution: x\nresources: {duration: 5}\n`,
      'jobs.d/fine.yaml': job(),
    });
    const desired = keep();
    expect(names(desired)).toEqual(['fine', 'good']);
    expect(desired.complete).toBe(true);
    const files = new Set(
      desired.problems.map(({ file, line }) => `${file.slice(jobs.length + 1)} ${line !== undefined}`),
    );
    expect([...files].sort()).toEqual(['bad.yaml true', 'half.yaml true', 'worse.yaml true']);
    expect(said(read()).sort()).toEqual(said(desired).sort());
  });

  it('is over when the file that was missing is there', () => {
    write({ 'jobs.d/a.yaml': job('job: run.sh\n'), 'jobs.d/b.yaml': job('modules: ../stages.yaml\n') });
    expect(said(keep())).toHaveLength(2);
    write({ 'jobs.d/run.sh': '', 'stages.yaml': 'staging: []\n' });
    const mended = keep();
    expect(said(mended)).toEqual([]);
    expect(names(mended)).toEqual(['a', 'b']);
  });

  it('is told when a file that is sent goes, and is over when it is back', () => {
    write({ 'jobs.d/a.yaml': job('job: run.sh\n'), 'jobs.d/run.sh': 'x' });
    const before = keep();
    unlinkSync(join(jobs, 'run.sh'));
    expect(said(keep())).toEqual([expect.stringContaining('"run.sh" is not there')]);
    write({ 'jobs.d/run.sh': 'x' });
    expect(hashOf(keep(), 'a')).toBe(hashOf(before, 'a'));
  });
});

describe('one name in two files', () => {
  const uuid = jobUuid('test', 'x', '1');
  const known = (file: string): void => {
    store.runs.create(sampleRun(1, { uuid, name: 'x', manifestFile: join(jobs, file) }));
  };

  it.each([
    ['the known one is first', 'a.yaml'],
    ['the known one is last', 'b.yaml'],
  ])('is wrong in the newcomer, where %s', (_, file) => {
    write({ 'jobs.d/a.yaml': job('name: x\n'), 'jobs.d/b.yaml': job('name: x\n') });
    known(file);
    for (const desired of [keep(), keep()]) {
      expect(desired.wanted).toMatchObject([{ name: 'x', manifestFile: join(jobs, file) }]);
      expect(desired.problems).toMatchObject([{ severity: 'error', job: 'x' }]);
      expect(desired.problems[0]?.file).not.toBe(join(jobs, file));
      expect(said(desired)[0]).toContain(`is taken by ${join(jobs, file)}:1`);
    }
  });

  it('is wrong in the later by path where neither is known', () => {
    write({ 'jobs.d/b.yaml': job('name: x\n'), 'jobs.d/a.yaml': job('name: x\n') });
    expect(read().wanted).toMatchObject([{ manifestFile: join(jobs, 'a.yaml') }]);
  });

  it('comes right when the other goes', () => {
    write({ 'jobs.d/a.yaml': job('name: x\n'), 'jobs.d/b.yaml': job('name: x\n') });
    known('b.yaml');
    keep();
    unlinkSync(join(jobs, 'b.yaml'));
    expect(keep()).toMatchObject({ problems: [], wanted: [{ manifestFile: join(jobs, 'a.yaml') }] });
  });
});
