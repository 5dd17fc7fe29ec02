/** A project in a Git working tree: what its commits are good for, and that it does without. */
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TestRepository } from '../git/repository.js';
import { removeFolder } from '../tools/remove.js';
import { AT_GATE, Desk, job, kinds, LEAVES_TRACE, recordOf, untilPhase } from './desk.js';

const ADA = 'Ada Lovelace <ada@example.org>';
const REPLACE = 'on_edit: replace\n';
const WAITS = 'suspend: true\n';

let desk: Desk;
let tree: TestRepository;
beforeEach(() => {
  desk = new Desk();
  desk.write({ '.gitignore': '.sluice/\noutputs/\n' });
  tree = new TestRepository(desk.directory);
});
afterEach(async () => {
  await desk.leave();
  tree.remove();
});

const reasons = async (): Promise<string[]> =>
  (await desk.pass()).plan.waiting.map(({ name, reason }) => `${name} ${reason}`);
const told = (): string[] =>
  desk.story.map(({ text }) => text).filter((text) => text.includes('Git cannot tell'));

describe('a manifest in a working tree', () => {
  it('names the commit and its author in its record, each event and its claim, where all is as committed', async () => {
    const commit = tree.commit(
      {
        'jobs.d/a.yaml': job('cat data', 'job: ../case/data\n'),
        'jobs.d/edited.yaml': job('true'),
        'jobs.d/sends.yaml': job('true', 'job: ../dirty\n'),
        ...{ 'case/data': 'x\n', 'dirty/data': 'x\n' },
      },
      ADA,
    );
    desk.write({
      'jobs.d/new.yaml': job('true # new'),
      'jobs.d/edited.yaml': job('true # edited'),
      'dirty/more': 'y\n',
    });
    await desk.settle();
    expect(await desk.run('a')).toMatchObject({ phase: 'Succeeded', commit, author: ADA });
    for (const name of ['new', 'edited', 'sends']) {
      const run = await desk.run(name);
      expect([name, run.phase, run.commit, run.author]).toEqual([name, 'Succeeded', undefined, undefined]);
    }
    const { uuid } = await desk.run('a');
    const events = await desk.session('read', (app) => Promise.resolve(app.store.events.after(0, 1000)));
    const own = events.filter(({ runUuid }) => runUuid === uuid);
    expect(own.length).toBeGreaterThan(4);
    expect(own.filter((event) => event.commit !== commit || event.author !== ADA)).toEqual([]);
    expect(desk.filesWith(`"commit":"${commit}"`).some((path) => path.includes('/claims/'))).toBe(true);
  });

  it('is told of the commit that its file is in by then, within one process', async () => {
    desk.write({ 'jobs.d/a.yaml': job(AT_GATE) });
    await desk.session('write', async (app) => {
      await app.pass([]);
      expect(recordOf(app, 'a').run.commit).toBeUndefined();
      const commit = tree.commit({ 'jobs.d/b.yaml': job(`${AT_GATE} # b`) });
      await app.pass([]);
      expect(recordOf(app, 'b').run.commit).toBe(commit);
      const later = tree.commit({ 'jobs.d/c.yaml': job(`${AT_GATE} # c`) });
      await app.pass([]);
      expect(recordOf(app, 'c').run.commit).toBe(later);
      expect(recordOf(app, 'b').run.commit).toBe(commit);
    });
  });

  it('is planned with and leaves nothing behind', async () => {
    tree.commit({ 'jobs.d/a.yaml': job('true', WAITS) });
    await desk.pass();
    const commit = tree.commit({ 'jobs.d/b.yaml': job('true # b') });
    const before = desk.everything();
    const { plan } = await desk.session('plan', (app) => app.plan([]));
    expect(desk.everything()).toEqual(before);
    expect(plan.actions.find(({ kind }) => kind === 'accept')).toMatchObject({ name: 'b', commit });
  });
});

describe('an earlier commit, checked out after a later one', () => {
  it('replaces nothing, ends nothing, and takes nothing away; the later one does', async () => {
    const before = tree.commit({
      'jobs.d/edited.yaml': job(`${LEAVES_TRACE} # first`, REPLACE),
      'jobs.d/gone.yaml': job(`${LEAVES_TRACE} # gone`),
    });
    const first = tree.commit({
      'jobs.d/new.yaml': job(AT_GATE, 'on_delete: cancel\n'),
      'jobs.d/edited.yaml': job(`${LEAVES_TRACE} # second`, REPLACE),
    });
    await desk.session('write', async (app) => {
      for (const done of ['gone', 'edited']) {
        do await app.pass([]);
        while (recordOf(app, done).run.phase !== 'Succeeded');
      }
    });
    tree.git('checkout', '-q', before);
    expect(await reasons()).toEqual(['edited StaleCommit', 'new StaleCommit']);
    expect(
      kinds((await desk.pass()).plan.actions).filter((kind) =>
        ['cancel', 'accept', 'manifest'].includes(kind),
      ),
    ).toEqual([]);
    expect((await desk.run('edited')).commit).toBe(first);
    // A third run of the same job, of a commit that comes after: it is replaced, and what is gone is ended.
    tree.git('checkout', '-q', 'main');
    tree.commit({
      'jobs.d/edited.yaml': job(`${LEAVES_TRACE} # third`, REPLACE),
      'jobs.d/new.yaml': null,
    });
    const { plan } = await desk.pass();
    expect(plan.waiting).toEqual([]);
    expect(
      plan.actions.flatMap(({ kind, name }) =>
        ['cancel', 'accept'].includes(kind) ? `${kind} ${name}` : [],
      ),
    ).toEqual(['accept edited', 'cancel new']);
  });

  it('counts where its owner has edited it since: that is newer than any commit', async () => {
    const before = tree.commit({ 'jobs.d/a.yaml': job('true # first', REPLACE + WAITS) });
    tree.commit({ 'jobs.d/a.yaml': job('true # second', REPLACE + WAITS) });
    await desk.pass();
    tree.git('checkout', '-q', before);
    expect(await reasons()).toEqual(['a StaleCommit']);
    desk.write({ 'jobs.d/a.yaml': job('true # by hand', REPLACE + WAITS) });
    expect(await reasons()).toEqual([]);
    const run = await desk.run('a');
    expect([run.specJson.includes('by hand'), run.commit]).toEqual([true, undefined]);
  });

  it('takes nothing away, nor does one of another checkout; its owner, who removes a manifest, does', async () => {
    const before = tree.commit({ 'jobs.d/other.yaml': job('true # other', WAITS) });
    tree.commit({ 'jobs.d/a.yaml': job(AT_GATE, 'on_delete: cancel\n') });
    await desk.pass();
    tree.git('checkout', '-q', before);
    expect(await reasons()).toEqual(['a StaleCommit']);
    // As a second runner has it, in another place: the state comes from a cache.
    const elsewhere = mkdtempSync(join(tmpdir(), 'sluice-elsewhere-'));
    const here = desk.directory;
    try {
      cpSync(here, elsewhere, { recursive: true });
      Object.defineProperty(desk, 'directory', { value: elsewhere });
      expect(await reasons()).toEqual(['a StaleCommit']);
    } finally {
      Object.defineProperty(desk, 'directory', { value: here });
      removeFolder(elsewhere);
    }
    tree.git('checkout', '-q', 'main');
    rmSync(join(desk.directory, 'jobs.d/a.yaml'));
    expect(kinds((await desk.pass()).plan.actions)).toContain('cancel');
  });

  it('is not told apart in a clone that lacks the later ones: then too it waits, and says what to fetch', async () => {
    tree.commit({ 'jobs.d/a.yaml': job('true # first', REPLACE + WAITS) });
    const second = tree.commit({ 'jobs.d/a.yaml': job('true # second', REPLACE + WAITS) });
    await desk.pass();
    const third = tree.commit({ 'jobs.d/a.yaml': job('true # third', REPLACE + WAITS) });
    expect((await desk.run('a')).commit).toBe(second);
    const clone = mkdtempSync(join(tmpdir(), 'sluice-clone-'));
    tree.git('clone', '-q', '--depth=1', tree.url, clone);
    for (const name of readdirSync(clone))
      if (name !== '.git') rmSync(join(clone, name), { recursive: true });
    rmSync(join(desk.directory, '.git'), { recursive: true });
    cpSync(join(clone, '.git'), join(desk.directory, '.git'), { recursive: true });
    removeFolder(clone);
    const { plan } = await desk.pass();
    expect(plan.waiting.map(({ reason }) => reason)).toEqual(['StaleCommit']);
    expect(plan.waiting[0]?.message).toContain('fetch-depth: 0');
    expect((await desk.run('a')).commit).toBe(second);
    expect(third).not.toBe(second);
  });
});

describe('a working tree that Git cannot read', () => {
  it('is a directory like any other; it is said once', async () => {
    tree.commit({ 'jobs.d/a.yaml': job(LEAVES_TRACE) });
    writeFileSync(join(desk.directory, '.git/HEAD'), 'nonsense\n');
    await desk.session('write', async (app) => {
      await app.pass([]);
      await app.pass([]);
    });
    expect(told()).toHaveLength(1);
    expect(told()[0]).toContain(`which commit ${join(desk.directory, 'jobs.d')} is at`);
    await desk.settle();
    expect([desk.ran(), (await desk.run('a')).commit]).toEqual([1, undefined]);
  });

  it.each<[string, () => void]>([
    ['its HEAD is nonsense', () => writeFileSync(join(desk.directory, '.git/HEAD'), 'nonsense\n')],
    ['its index is damaged', () => writeFileSync(join(desk.directory, '.git/index'), 'nonsense\n')],
  ])('ends and replaces nothing of a commit: %s', async (_, damage) => {
    tree.commit({
      'jobs.d/a.yaml': job(AT_GATE, `on_delete: cancel\n`),
      'jobs.d/b.yaml': job(`${AT_GATE} # b`, REPLACE),
    });
    await desk.session('write', (app) => untilPhase(app, 'a', 'Running'));
    await desk.session('write', (app) => untilPhase(app, 'b', 'Running'));
    desk.remove('jobs.d/a.yaml');
    desk.write({ 'jobs.d/b.yaml': job(`${AT_GATE} # edited`, REPLACE) });
    damage();
    expect((await reasons()).toSorted()).toEqual(['a StaleCommit', 'b StaleCommit']);
    expect([(await desk.run('a')).cancelRequested, (await desk.run('b')).cancelRequested]).toEqual([
      false,
      false,
    ]);
    expect(told()[0]).toMatch(/no run of a commit is replaced or ended .* until it can/);
    desk.openGate();
    await desk.settle();
  });

  it('is none where nothing is committed, and none without .git: nothing is said, and nothing made', async () => {
    desk.write({ 'jobs.d/a.yaml': job(LEAVES_TRACE) });
    await desk.pass();
    expect(told()).toEqual([]);
    rmSync(join(desk.directory, '.git'), { recursive: true });
    rmSync(join(desk.directory, '.sluice/git'), { recursive: true, force: true });
    mkdirSync(join(desk.directory, 'jobs.d/more'));
    await desk.pass();
    expect([told(), existsSync(join(desk.directory, '.sluice/git'))]).toEqual([[], false]);
  });
});
