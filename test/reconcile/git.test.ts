/** From a commit to a result: the whole of Sluice on Git sources, with jobs that run on this machine. */
import { readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { validateProject } from '../../src/desired.js';
import { isChange } from '../../src/model/action.js';
import { TestRepository } from '../git/repository.js';
import { AT_GATE, Desk, job, kinds, LEAVES_TRACE, settle } from './desk.js';

let desk: Desk;
let repository: TestRepository;
beforeEach(() => {
  repository = new TestRepository();
  desk = new Desk();
  use(`{git: "${repository.url}"}`);
});
afterEach(async () => {
  await desk.leave();
  repository.remove();
});

function use(...sources: readonly string[]): void {
  useWith('', ...sources);
}

function useWith(more: string, ...sources: readonly string[]): void {
  const listed = sources.map((each) => `  - ${each}\n`).join('');
  desk.write({ 'sluice.yaml': `installation: desk\n${more}sources:\n${listed}` });
}

const said = async (): Promise<string[]> =>
  (await desk.pass()).problems.map(({ severity, file, message }) => `${severity} ${file}: ${message}`);
const shown = (path: string): string => `${repository.url}//${path}`;

describe('a commit', () => {
  it('is taken to its results, and the record, each event and the claim name it and its author', async () => {
    const commit = repository.commit({
      'jobs.d/tree.yaml': job('cp -r in out && ./run >said', 'job: ../case\noutput: [out, said]\n'),
      'jobs.d/one.yaml': job('cat data.txt >copy', 'job: data.txt\noutput: copy\n'),
      'jobs.d/data.txt': 'one file\n',
      'case/in/deep/a': 'from the commit\n',
      'case/in/b': { linkTo: 'deep/a' },
      'case/run': '#!/bin/sh\necho it runs\n',
    });
    const report = await desk.settle();
    expect(report.problems).toEqual([]);
    expect(desk.read('outputs/tree/1/out/deep/a')).toBe('from the commit\n');
    expect(desk.read('outputs/tree/1/said')).toBe('it runs\n');
    expect(desk.read('outputs/one/1/copy')).toBe('one file\n');
    const author = 'Ada Lovelace <ada@example.org>';
    const run = await desk.run('tree');
    expect(run).toMatchObject({
      phase: 'Succeeded',
      commit,
      author,
      manifestFile: shown('jobs.d/tree.yaml'),
    });
    const events = await desk.session('read', (app) => Promise.resolve(app.store.events.after(0, 1000)));
    const ofRuns = events.filter(({ runUuid }) => runUuid !== undefined);
    expect(ofRuns.length).toBeGreaterThan(6);
    expect(ofRuns.filter((event) => event.commit !== commit || event.author !== author)).toEqual([]);
    expect(events.find(({ kind }) => kind === 'source')).toMatchObject({
      ...{ commit, author },
      message: `${repository.url}: commit ${commit.slice(0, 12)} by ${author}`,
    });
    expect(desk.filesWith(`"commit":"${commit}"`).some((path) => path.startsWith('home/here/claims/'))).toBe(
      true,
    );
  });

  it('that comes later starts exactly the new jobs; one that is known parses nothing', async () => {
    repository.commit({ 'jobs.d/a.yaml': job(LEAVES_TRACE), 'jobs.d/b.yaml': job(LEAVES_TRACE) });
    await desk.settle();
    expect(desk.ran()).toBe(2);
    repository.commit({ 'jobs.d/c.yaml': job(LEAVES_TRACE), 'README.md': 'words\n' });
    const plan = await desk.session('plan', (app) => app.plan([]));
    expect(plan.plan.actions.filter(({ kind }) => kind === 'accept').map(({ name }) => name)).toEqual(['c']);
    await desk.settle();
    expect(desk.ran()).toBe(3);
    const last = await desk.pass();
    expect(kinds(last.plan.actions)).toEqual([]);
    expect(last.plan.unchanged).toBe(3);
  });

  it('is asked for once by a process that waits, and again by the next', async () => {
    repository.commit({ 'jobs.d/a.yaml': job(AT_GATE) });
    await desk.session('write', async (app) => {
      await app.pass([]);
      repository.commit({ 'jobs.d/b.yaml': job('true') });
      await app.pass([]);
      expect(app.store.records.find('b')).toBeUndefined();
      desk.openGate();
      await settle(app);
    });
    await desk.settle();
    expect(await desk.run('b')).toMatchObject({ phase: 'Succeeded' });
  });

  it('that takes a job away leaves its run alone', async () => {
    repository.commit({ 'jobs.d/a.yaml': job('true'), 'jobs.d/b.yaml': job('true') });
    await desk.settle();
    repository.commit({ 'jobs.d/a.yaml': null });
    expect(kinds((await desk.pass()).plan.actions)).toEqual(['manifest']);
    expect(kinds((await desk.pass()).plan.actions)).toEqual([]);
  });
});

describe('a plan', () => {
  it('says what a pass would do, from the commit of now, and writes nothing', async () => {
    repository.commit({ 'jobs.d/a.yaml': job('true', 'job: data\n'), 'jobs.d/data': 'x' });
    await desk.settle();
    repository.commit({ 'jobs.d/b.yaml': job('true', 'job: data\n') });
    const before = desk.everything();
    const plan = await desk.session('plan', (app) => app.plan([]));
    expect(desk.everything()).toEqual(before);
    const pass = await desk.pass();
    expect(kinds(pass.plan.actions)).toEqual(kinds(plan.plan.actions));
    const accepted = plan.plan.actions.find(({ kind }) => kind === 'accept');
    const { specJson } = await desk.run('b');
    expect(accepted?.kind === 'accept' && JSON.parse(JSON.stringify(accepted.spec))).toEqual(
      JSON.parse(specJson),
    );
  });
});

describe('a repository that is not there', () => {
  it('says so, and the jobs of the others run', async () => {
    desk.write({ 'jobs.d/mine.yaml': job(LEAVES_TRACE) });
    use('{directory: jobs.d}', '{git: "file:///nowhere/runs.git"}');
    expect(await said()).toEqual([
      "error file:///nowhere/runs.git: file:///nowhere/runs.git does not exist, or is refused to you: '/nowhere/runs.git' " +
        'does not appear to be a git repository; nothing was read of it yet',
    ]);
    await desk.settle();
    expect(desk.ran()).toBe(1);
  });

  it('any more leaves what was read last, and nothing counts as deleted', async () => {
    const commit = repository.commit({
      'jobs.d/a.yaml': job(AT_GATE),
      'jobs.d/b.yaml': job('true', 'suspend: true\n'),
    });
    await desk.pass();
    renameSync(repository.folder, `${repository.folder}.away`);
    expect(await said()).toEqual([
      `error ${repository.url}: ${repository.url} does not exist, or is refused to you: '${repository.folder}' does not ` +
        `appear to be a git repository; what was read last goes on, commit ${commit.slice(0, 12)}, and nothing counts as deleted`,
    ]);
    const plan = await desk.session('plan', (app) => app.plan([]));
    expect(plan.plan.actions.filter(isChange)).toEqual([]);
    renameSync(`${repository.folder}.away`, repository.folder);
    expect(await said()).toEqual([]);
  });

  it('whose copy here is gone too is copied anew when it is back', async () => {
    repository.commit({ 'jobs.d/a.yaml': job(LEAVES_TRACE, 'job: data\n'), 'jobs.d/data': 'x' });
    await desk.settle();
    rmSync(join(desk.directory, '.sluice/git'), { recursive: true });
    repository.commit({ 'jobs.d/b.yaml': job(LEAVES_TRACE, 'job: data\n') });
    await desk.settle();
    expect(desk.ran()).toBe(2);
  });
});

describe('a rewritten history', () => {
  it('is told once, in the pass and among the events', async () => {
    repository.commit({ 'jobs.d/a.yaml': job('true') });
    const before = repository.commit({ 'jobs.d/b.yaml': job('true') });
    await desk.settle();
    repository.git('reset', '-q', '--hard', 'HEAD~1');
    const after = repository.commit({ 'jobs.d/c.yaml': job('true') }, 'Eve <eve@example.org>');
    expect(await said()).toEqual([
      `warning ${repository.url}: the history of HEAD was rewritten: commit ${after.slice(0, 12)} by ` +
        `Eve <eve@example.org> does not come after ${before.slice(0, 12)}, which was read before`,
    ]);
    expect(await said()).toEqual([]);
    const events = await desk.session('read', (app) => Promise.resolve(app.store.events.after(0, 1000)));
    expect(events.filter(({ kind }) => kind === 'source').at(-1)?.message).toBe(
      `${repository.url}: commit ${after.slice(0, 12)} by Eve <eve@example.org>, before it ${before.slice(0, 12)}; ` +
        'its history was rewritten',
    );
  });
});

describe('several sources', () => {
  it('stand side by side; a name that two of them use is an error in the newcomer', async () => {
    repository.commit({ 'jobs.d/same.yaml': job(LEAVES_TRACE), 'more/other.yaml': job(LEAVES_TRACE) });
    desk.write({ 'jobs.d/mine.yaml': job(LEAVES_TRACE) });
    const git = `{git: "${repository.url}", path: jobs.d}`;
    use('{directory: jobs.d}', git, `{git: "${repository.url}", path: more}`);
    await desk.settle();
    expect(desk.ran()).toBe(3);
    expect(
      readdirSync(join(desk.directory, '.sluice/git')).filter((name) => name.endsWith('.git')),
    ).toHaveLength(1);
    desk.write({ 'jobs.d/same.yaml': job(LEAVES_TRACE) });
    const problems = await said();
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(`error ${join(desk.directory, 'jobs.d/same.yaml')}: `);
    expect(desk.ran()).toBe(3);
  });
});

describe('a repository that is slow', () => {
  it('delays no other: their jobs have run before it answers, and its own come then', async () => {
    repository.commit({ 'jobs.d/theirs.yaml': job(LEAVES_TRACE) });
    repository.git('update-server-info');
    desk.write({ 'jobs.d/mine.yaml': job(LEAVES_TRACE) });
    let ranBefore = -1;
    const server = createServer((request, response) => {
      const path = join(repository.folder, '.git', new URL(request.url ?? '/', 'http://x').pathname);
      const answer = (): void => {
        if (ranBefore < 0) ranBefore = desk.ran();
        if (statSync(path, { throwIfNoEntry: false })?.isFile() === true) response.end(readFileSync(path));
        else response.writeHead(404).end();
      };
      void desk.until(() => desk.ran() > 0).then(answer);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      use('{directory: jobs.d}', `{git: "http://127.0.0.1:${(server.address() as AddressInfo).port}"}`);
      await desk.session('write', (app) => app.pass([]));
      expect(ranBefore).toBe(1);
      expect((await desk.run('theirs')).commit).toBe(repository.head());
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });
});

describe('validate', () => {
  it('asks nobody, and says what it leaves out', () => {
    const { problems } = validateProject(desk.directory, []);
    expect(problems.map(({ severity, message }) => [severity, message])).toEqual([
      [
        'warning',
        `the Git source ${repository.url} is not looked at, as this asks nobody; "sluice plan" reads it`,
      ],
    ]);
  });
});

describe('without a state', () => {
  it('runs each job once, process after process, and leaves no copy behind', async () => {
    repository.commit({
      'jobs.d/a.yaml': job(`${LEAVES_TRACE}; cat data >out`, 'job: data\noutput: out\n'),
      'jobs.d/data': 'x\n',
    });
    useWith('state: none\n', `{git: "${repository.url}"}`);
    await desk.settle();
    await desk.settle();
    expect([desk.ran(), desk.read('outputs/a/1/out')]).toEqual([1, 'x\n']);
    expect(desk.has('.sluice')).toBe(false);
  });
});
