/** What is wanted from a commit: trust, hostile contents, limits, intervals, and what is not read twice. */
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { nodeFiles } from '../../src/documents/node-files.js';
import { Mirror } from '../../src/git/mirror.js';
import type { GitSourceSettings, Trust } from '../../src/model/settings.js';
import { type Repository, RepositoryTrouble } from '../../src/ports.js';
import { GitSource, type GitSourceOptions } from '../../src/source/git.js';
import { type Desired, together } from '../../src/source/part.js';
import { NO_SETTINGS, TestRepository } from '../git/repository.js';
import { leased } from '../store/fixtures/states.js';

const job = (more = ''): string => `destination_cluster: here\nexecution: "true"\n${more}`;

let repository: TestRepository;
let root: string;
let store: ReturnType<typeof leased>;
let now: number;
/** What the mirror was asked for. */
let asked: { fetches: number; blobs: number };
let warnings: string[];

beforeEach(() => {
  repository = new TestRepository();
  root = mkdtempSync(join(tmpdir(), 'sluice-git-source-'));
  mkdirSync(join(root, 'modules'));
  store = leased({}, join(root, '.sluice'));
  now = Date.now() + 10_000;
  asked = { fetches: 0, blobs: 0 };
  warnings = [];
});
afterEach(() => {
  store.close();
  repository.remove();
  rmSync(root, { recursive: true, force: true });
});

/** The real mirror, counted. */
function counted(): Repository {
  const environment = { PATH: process.env['PATH'], HOME: root, ...NO_SETTINGS };
  const mirror = new Mirror({ url: repository.url, folder: join(root, '.sluice/git/m.git'), environment });
  return {
    name: mirror.name,
    fetch: (reader, ref) => {
      asked.fetches += 1;
      return mirror.fetch(reader, ref);
    },
    last: (reader) => mirror.last(reader),
    keep: (reader, commit) => mirror.keep(reader, commit),
    descends: (commit, ancestor) => mirror.descends(commit, ancestor),
    comesAfter: (id, ancestor) => mirror.comesAfter(id, ancestor),
    tree: (commit) => mirror.tree(commit),
    read: (objects) => {
      asked.blobs += objects.length;
      return mirror.read(objects);
    },
    copy: (object, file) => mirror.copy(object, file),
  };
}

function source(settings: Partial<GitSourceSettings> = {}, more: Partial<GitSourceOptions> = {}): GitSource {
  return new GitSource({
    settings: {
      kind: 'git',
      url: repository.url,
      path: 'jobs.d',
      intervalSeconds: 60,
      trust: [],
      ...settings,
    },
    repository: counted(),
    placedFolder: join(root, '.sluice/git/files'),
    mayWrite: true,
    follows: true,
    now: () => now,
    warn: (text) => void warnings.push(text),
    random: () => 0.5,
    ...more,
  });
}

async function read(from: GitSource, patienceMs = Infinity): Promise<Desired> {
  await from.prepare(nodeFiles, patienceMs);
  const modulesDirectory = join(root, 'modules');
  const context = { files: nodeFiles, home: root, modulesDirectory, clusters: ['here', 'there'] };
  const part = from.read({ installation: 'test', modulesDirectory, context, store, now: () => now });
  return together([part], store);
}

async function keep(from: GitSource): Promise<Desired> {
  const desired = await read(from);
  desired.remember();
  await from.close();
  return desired;
}

const names = ({ wanted }: Desired): string[] => wanted.map(({ name }) => name).sort();
const said = ({ problems }: Desired): string[] =>
  problems.map(({ file, line, column, message }) => {
    const at = line === undefined ? '' : `:${line}:${column ?? 1}`;
    return `${file.replace(`${repository.url}//`, '')}${at}: ${message}`;
  });
const placedPath = (desired: Desired, name: string): string => {
  const found = desired.wanted.find((each) => each.name === name)?.spec().job;
  if (found?.kind !== 'file' && found?.kind !== 'directory')
    throw new Error(`${name} has no files: ${said(desired).join()}`);
  return found.path;
};

describe('manifests at a commit', () => {
  it('are those of the folder, in whatever place, and say where they stand', async () => {
    repository.commit({
      'jobs.d/a.yaml': job(),
      'jobs.d/deep/b.yml': job(),
      'jobs.d/.hidden/c.yaml': job(),
      'jobs.d/link.yaml': { linkTo: '../elsewhere/d.yaml' },
      'elsewhere/d.yaml': job(),
      'jobs.d/bad.yaml': 'execution: [',
      'jobs.d/wrong.yaml': job('job: nowhere\n'),
    });
    const desired = await read(source());
    expect(names(desired)).toEqual(['a', 'b', 'link']);
    expect(desired.wanted[0]?.manifestFile).toBe(`${repository.url}//jobs.d/a.yaml`);
    expect(desired.wanted[0]?.commit?.id).toBe(repository.head());
    expect(said(desired).filter((each) => each.startsWith('jobs.d/wrong'))).toEqual([
      'jobs.d/wrong.yaml:3:6: job: "nowhere" is not there (jobs.d/nowhere); a local path is relative to the manifest\'s file',
    ]);
    expect(said(desired).join('\n')).not.toContain('/git/');
  });

  it('may be all of the repository; a folder that is not there is said, and nothing counts as deleted', async () => {
    repository.commit({ 'a.yaml': job(), 'deep/b.yaml': job() });
    expect(names(await read(source({ path: '.' })))).toEqual(['a', 'b']);
    const desired = await read(source());
    expect(desired.complete).toBe(false);
    expect(said(desired)).toEqual([
      `${repository.url}: jobs.d is no folder of it; the source's path says where its manifests are`,
    ]);
  });

  it('are parsed when they changed, and not otherwise: also by another process, and at another commit', async () => {
    repository.commit({
      'jobs.d/a.yaml': job('job: data\n'),
      'jobs.d/data/x': 'x',
      'jobs.d/b.yaml': job(),
      'jobs.d/c.yaml': job(),
    });
    expect(await keep(source())).toMatchObject({ parsed: 3, problems: [], complete: true });
    asked.blobs = 0;
    repository.commit({ 'README.md': 'words' });
    expect(await keep(source())).toMatchObject({ parsed: 0, wanted: { length: 3 } });
    expect(asked.blobs).toBe(0);
    repository.commit({ 'jobs.d/b.yaml': job('labels: {a: b}\n') });
    expect((await keep(source())).parsed).toBe(1);
    repository.commit({ 'jobs.d/data/x': 'y' });
    expect((await keep(source())).parsed).toBe(1);
  });

  it('are read many at a time', async () => {
    const many = Array.from({ length: 200 }, (_, index) => [
      `jobs.d/j${index}.yaml`,
      job(`labels: {n: "${index}"}\n`),
    ]);
    repository.commit(Object.fromEntries(many) as Record<string, string>);
    let calls = 0;
    const mirror = counted();
    const from = source(
      {},
      { repository: { ...mirror, read: (objects) => ((calls += 1), mirror.read(objects)) } },
    );
    expect((await read(from)).parsed).toBe(200);
    expect([calls, asked.blobs]).toEqual([1, 200]);
  });

  it('with another trust are read anew', async () => {
    repository.commit({ 'jobs.d/a.yaml': job('username: eve\n') });
    expect((await keep(source({ trust: ['username'] }))).wanted).toHaveLength(1);
    expect((await keep(source())).wanted).toHaveLength(0);
  });
});

describe('job files', () => {
  it('are placed by what they are: with modes and links; equal ones stay where they are', async () => {
    repository.commit({
      'jobs.d/a.yaml': job('job: ../case\n'),
      'jobs.d/b.yaml': job('job: ../case/run\n'),
      'case/run': '#!/bin/sh\n',
      'case/deep/data': 'x',
      'case/link': { linkTo: 'deep/data' },
    });
    const desired = await keep(source());
    const path = placedPath(desired, 'a');
    expect(path.startsWith(join(root, '.sluice/git/files/'))).toBe(true);
    expect(readdirSync(path, { recursive: true }).sort()).toEqual(['deep', 'deep/data', 'link', 'run']);
    expect([lstatSync(join(path, 'run')).mode & 0o777, readlinkSync(join(path, 'link'))]).toEqual([
      0o755,
      'deep/data',
    ]);
    expect(readFileSync(placedPath(desired, 'b'), 'utf8')).toBe('#!/bin/sh\n');
    repository.commit({ 'other/x': 'x' });
    const next = await read(source());
    expect([placedPath(next, 'a'), next.wanted[0]?.hash]).toEqual([path, desired.wanted[0]?.hash]);
  });

  it('are written when somebody asks for them only, never by who may not write, and go when nobody names them', async () => {
    repository.commit({ 'jobs.d/a.yaml': job('job: data\n'), 'jobs.d/data': 'x' });
    const files = join(root, '.sluice/git/files');
    const desired = await keep(source());
    expect(existsSync(files)).toBe(false);
    const planned = placedPath(await read(source({}, { mayWrite: false })), 'a');
    expect(existsSync(files)).toBe(false);
    expect([placedPath(desired, 'a'), existsSync(planned)]).toEqual([planned, true]);
    repository.commit({ 'jobs.d/data': 'y' });
    await keep(source());
    expect(readdirSync(files)).toEqual([]);
  });

  it('may be the whole repository; a submodule in it is an empty folder', async () => {
    repository.commit({ 'jobs.d/a.yaml': job('job: ..\n') });
    repository.git('update-index', '--add', '--cacheinfo', `160000,${'1'.repeat(40)},vendor`);
    repository.git('commit', '-qm', 'x');
    const path = placedPath(await read(source()), 'a');
    expect(readdirSync(path).sort()).toEqual(['jobs.d', 'vendor']);
    expect(readdirSync(join(path, 'vendor'))).toEqual([]);
  });
});

describe('two refs of one repository', () => {
  it('are two histories: a run is stale only where neither has its commit', async () => {
    const first = repository.commit({ 'jobs.d/a.yaml': job(), 'd/b.yaml': job() });
    repository.git('branch', 'dev');
    repository.git('checkout', '-q', 'dev');
    const onDev = repository.commit({ 'd/b.yaml': job('labels: {a: b}\n') });
    const parts = [source({ ref: 'main' }), source({ ref: 'dev', path: 'd' })];
    const modulesDirectory = join(root, 'modules');
    const context = { files: nodeFiles, home: root, modulesDirectory, clusters: ['here', 'there'] };
    const read = parts.map(async (from) => {
      await from.prepare(nodeFiles, Infinity);
      return from.read({ installation: 'test', modulesDirectory, context, store, now: () => now });
    });
    const { isStale, wanted } = together(await Promise.all(read), store);
    expect(wanted.map(({ name }) => name).sort()).toEqual(['a', 'b']);
    const file = wanted.find(({ name }) => name === 'b')?.manifestFile ?? '';
    const stale = [first, onDev, 'f'.repeat(40)].map((commit) => isStale({ manifestFile: file, commit }));
    expect(stale).toEqual([false, false, true]);
  });
});

describe('files of equal content', () => {
  it('stand side by side under their own names, as do equal directories', async () => {
    repository.commit({
      'jobs.d/a.yaml': job('job: ../x/one.sh\n'),
      'jobs.d/b.yaml': job('job: ../y/two.sh\n'),
      'jobs.d/c.yaml': job('job: ../x\n'),
      'jobs.d/d.yaml': job('job: ../z\n'),
      'x/one.sh': 'the same\n',
      'y/two.sh': 'the same\n',
      'z/one.sh': 'the same\n',
    });
    const desired = await read(source());
    const paths = ['a', 'b', 'c', 'd'].map((name) => placedPath(desired, name));
    expect(new Set(paths).size).toBe(4);
    expect(paths.map((path) => existsSync(path))).toEqual([true, true, true, true]);
  });
});

describe('what leaves the repository is refused', () => {
  const ADVICE = 'name a file in it, or add "trust: [outside_jobs]" to the source in sluice.yaml';
  it.each<[string, string, Record<string, string | { linkTo: string }>, string]>([
    ['an absolute path', '/etc/passwd', {}, `leads out of the repository; ${ADVICE}`],
    ['a path upwards', '../../x', {}, `leads out of the repository; ${ADVICE}`],
    ['the home', '~/.ssh', {}, `leads out of the repository; ${ADVICE}`],
    [
      'a link out',
      'out',
      { 'jobs.d/out': { linkTo: '/etc' } },
      'leads over the link jobs.d/out to /etc, out of the repository',
    ],
    [
      'a link upwards',
      'out/x',
      { 'jobs.d/out': { linkTo: '../..' } },
      'leads over the link jobs.d/out to ../.., out of the repository',
    ],
    [
      'a link in a folder that is sent',
      'dir',
      { 'jobs.d/dir/l': { linkTo: '../../../../etc/passwd' } },
      'holds the link jobs.d/dir/l to ../../../../etc/passwd, which leads out of it; copy the file in',
    ],
    [
      'a link over another one',
      'dir',
      { 'jobs.d/dir/s/up': { linkTo: '..' }, 'jobs.d/dir/l': { linkTo: 's/up/..' }, 'jobs.d/x': 'x' },
      'holds the link jobs.d/dir/l to s/up/.., which leads out of it; copy the file in',
    ],
    [
      'a link in circles',
      'loop',
      { 'jobs.d/loop': { linkTo: 'loop' } },
      "is not there (jobs.d/loop); a local path is relative to the manifest's file",
    ],
  ])('%s', async (_, path, files, why) => {
    repository.commit({ 'jobs.d/a.yaml': job(`job: ${path}\n`), 'jobs.d/good.yaml': job(), ...files });
    const desired = await read(source());
    expect(said(desired)).toEqual([`jobs.d/a.yaml:3:6: job: ${JSON.stringify(path)} ${why}`]);
    expect(names(desired)).toEqual(['good']);
  });

  it('as a manifest, as a file of modules, and as a submodule', async () => {
    repository.commit({
      'jobs.d/a.yaml': { linkTo: '/etc/hostname' },
      'jobs.d/b.yaml': job('modules: ../../m.yaml\n'),
      'jobs.d/c.yaml': job('job: ../vendor/x\n'),
    });
    repository.git('update-index', '--add', '--cacheinfo', `160000,${'1'.repeat(40)},vendor`);
    repository.git('commit', '-qm', 'x');
    expect(said(await read(source())).sort()).toEqual([
      'jobs.d/a.yaml: it leads over the link jobs.d/a.yaml to /etc/hostname, out of the repository',
      `jobs.d/b.yaml:3:10: modules "../../m.yaml" leads out of the repository; ${ADVICE}`,
      'jobs.d/c.yaml:3:6: job: "../vendor/x" is in the submodule vendor, and submodules are not followed',
    ]);
  });

  it('unless the source is trusted with it; links out never', async () => {
    writeFileSync(join(root, 'mine'), 'x');
    repository.commit({
      'jobs.d/a.yaml': job('job: ~/mine\n'),
      'jobs.d/b.yaml': job('job: out\n'),
      'jobs.d/out': { linkTo: '/etc' },
    });
    const desired = await read(source({ trust: ['outside_jobs'] }));
    expect(placedPath(desired, 'a')).toBe(join(root, 'mine'));
    expect(said(desired)).toEqual([
      'jobs.d/b.yaml:3:6: job: "out" leads over the link jobs.d/out to /etc, out of the repository',
    ]);
  });
});

describe('what a source must be trusted with', () => {
  const NOT = 'and this source is not trusted with that; take it out, or add';
  const cases: [Trust, string, string][] = [
    ['username', 'username: eve\n', 'username says how this installation logs in'],
    ['private_key', 'private_key: ~/key\n', 'private_key says how this installation logs in'],
    ['passphrase', 'passphrase: {env: X}\n', 'passphrase says how this installation logs in'],
    [
      'outside_jobs',
      'job: https://example.org/x.git\n',
      'job "https://example.org/x.git" is none of the source\'s own files',
    ],
    [
      'outside_jobs',
      'job: file:///srv/x.git\n',
      'job "file:///srv/x.git" is none of the source\'s own files',
    ],
    [
      'staging_modules',
      'modules: {staging: [{module: m.sh, execution: sh m.sh}]}\n',
      'staging modules are commands that run on this machine',
    ],
    ['staging_modules', 'modules: stages.yml\n', 'staging modules are commands that run on this machine'],
  ];
  it.each(cases)('%s: %s', async (trust, text, what) => {
    writeFileSync(join(root, 'modules/m.sh'), 'cat\n');
    writeFileSync(join(root, 'key'), 'x');
    repository.commit({
      'jobs.d/a.yaml': job(text),
      'jobs.d/stages.yml': 'staging: [{module: m.sh, execution: sh m.sh}]\n',
      'jobs.d/good.yaml': job(),
    });
    const others = (desired: Desired): string[] =>
      said(desired).filter((each) => each.startsWith('jobs.d/a.yaml'));
    const desired = await read(source());
    expect(others(desired).map((each) => each.replace(/^.*?: /, ''))).toEqual([
      `${what}, ${NOT} "trust: [${trust}]" to the source in sluice.yaml`,
    ]);
    expect(names(desired)).toContain('good');
    const trusted = await read(source({ trust: [trust] }));
    expect(others(trusted)).toEqual([]);
    expect(names(trusted)).toContain('a');
  });
});

describe('large files', () => {
  it('are no manifests, and no job files', async () => {
    repository.commit({
      'jobs.d/huge.yaml': job(`# ${'x'.repeat(2000)}\n`),
      'jobs.d/a.yaml': job('job: data\n'),
      'jobs.d/data': 'x'.repeat(5000),
    });
    const desired = await read(source({}, { limits: { textBytes: 1000, fileBytes: 4000 } }));
    expect(said(desired).sort()).toEqual([
      "jobs.d/a.yaml:1:1: the job's files cannot be sent: jobs.d/data cannot be read: it has 5000 bytes, and a file from Git may have at most 4000",
      'jobs.d/huge.yaml: the file cannot be read: it has 2047 bytes, and from Git at most 1000 are read',
    ]);
  });

  it('go over the disk to their place', async () => {
    repository.commit({ 'jobs.d/a.yaml': job('job: data\n'), 'jobs.d/data': 'x'.repeat(33 * 1024 * 1024) });
    const desired = await read(source());
    expect(said(desired)).toEqual([]);
    expect(lstatSync(placedPath(desired, 'a')).size).toBe(33 * 1024 * 1024);
    expect(asked.blobs).toBe(1);
  });
});

describe('an interval', () => {
  it.each([
    [0, 54],
    [1, 66],
  ])('is at most so often, with jitter (%s: %s s)', async (random, seconds) => {
    repository.commit({ 'jobs.d/a.yaml': job() });
    const from = source({}, { random: () => random });
    await read(from);
    now += seconds * 1000 - 1;
    await read(from);
    expect(asked.fetches).toBe(1);
    now += 1;
    repository.commit({ 'jobs.d/b.yaml': job() });
    expect([names(await read(from)), asked.fetches]).toEqual([['a', 'b'], 2]);
    from.wake();
    await read(from);
    expect(asked.fetches).toBe(3);
  });

  it('is nothing to who asks once; what failed is asked again', async () => {
    repository.commit({ 'jobs.d/a.yaml': job() });
    const mirror = counted();
    let fails = true;
    const fetch: Repository['fetch'] = (reader, ref) => {
      if (!fails) return mirror.fetch(reader, ref);
      asked.fetches += 1;
      return Promise.reject(new RepositoryTrouble('unreachable', 'it does not answer'));
    };
    const from = source({}, { follows: false, repository: { ...mirror, fetch } });
    expect(said(await read(from))).toEqual([
      `${repository.url}: it does not answer; nothing was read of it yet`,
    ]);
    fails = false;
    now += 120_000;
    expect(names(await read(from))).toEqual(['a']);
    now += 120_000;
    await read(from);
    expect(asked.fetches).toBe(2);
  });

  it('is not waited for beyond patience: what was read last serves until the rest has come', async () => {
    const first = repository.commit({ 'jobs.d/a.yaml': job() });
    await keep(source());
    repository.commit({ 'jobs.d/b.yaml': job() });
    const mirror = counted();
    let go: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => (go = resolve));
    const from = source(
      {},
      { repository: { ...mirror, fetch: (...words) => gate.then(() => mirror.fetch(...words)) } },
    );
    const early = await read(from, 1);
    expect([names(early), early.complete]).toEqual([['a'], false]);
    expect(said(early)).toEqual([
      `${repository.url}: ${repository.url} has not answered yet; what was read last goes on, commit ${first.slice(0, 12)}, and nothing counts as deleted`,
    ]);
    go();
    await early.late;
    const late = await read(from, 1);
    expect([names(late), late.complete, late.late]).toEqual([['a', 'b'], true, undefined]);
  });
});
