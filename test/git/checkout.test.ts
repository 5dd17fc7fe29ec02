/** A working tree looked at from beside: what differs from its last commit, and what a hostile one cannot do. */
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Checkout, type CheckoutOptions, topOf } from '../../src/git/checkout.js';
import type { Standing } from '../../src/ports.js';
import { removeFolder } from '../tools/remove.js';
import { NO_SETTINGS, TestRepository } from './repository.js';

const ADA = 'Ada Lovelace <ada@example.org>';

let repository: TestRepository;
let folder: string;
beforeEach(() => {
  repository = new TestRepository();
  folder = mkdtempSync(join(tmpdir(), 'sluice-checkout-'));
});
afterEach(() => {
  vi.restoreAllMocks();
  repository.remove();
  removeFolder(folder);
});

const at = (path: string): string => join(repository.folder, path);
const write = (path: string, text: string): void => writeFileSync(at(path), text);

function checkout(more: Partial<CheckoutOptions> = {}): Checkout {
  const environment = { PATH: process.env['PATH'], HOME: folder, ...NO_SETTINGS };
  const top = more.top ?? repository.folder;
  return new Checkout({ top, directory: top, folder: join(folder, 'look'), environment, ...more });
}

async function standings(paths: readonly string[], looked = ['']): Promise<readonly Standing[]> {
  const state = await checkout().look(looked.map(at));
  return paths.map((path) => state?.standing(at(path)) ?? 'unknown');
}

async function trouble(of: Checkout): Promise<string> {
  const error = await of.look([of.top]).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  return error instanceof Error ? error.message : 'none';
}

/** Each file of a repository's own folder, with its time. */
function inside(path: string): string[] {
  const names = readdirSync(path, { recursive: true, encoding: 'utf8' }).sort();
  return names.map((name) => `${name} ${statSync(join(path, name)).mtimeMs}`);
}

describe('what a working tree says', () => {
  it('is its commit with the author, and of each path how it stands to that', async () => {
    const id = repository.commit(
      {
        ...{
          '.gitignore': '*.o\n',
          'jobs.d/same.yaml': '1',
          'jobs.d/edited.yaml': '1',
          'jobs.d/gone.yaml': '1',
        },
        ...{ 'jobs.d/staged.yaml': '1', 'jobs.d/link.yaml': { linkTo: 'same.yaml' }, 'case/in/a': '1' },
        ...{ 'built/a.c': '1', 'dirty/a': '1', 'jobs.d/kept.yaml': '1' },
      },
      ADA,
    );
    write('jobs.d/edited.yaml', 'two');
    write('jobs.d/new.yaml', '1');
    write('jobs.d/hidden.o', '1');
    mkdirSync(at('jobs.d/deep'));
    write('jobs.d/deep/new.yaml', '1');
    write('built/a.o', '1');
    write('dirty/b', '1');
    rmSync(at('jobs.d/gone.yaml'));
    write('jobs.d/staged.yaml', 'two');
    repository.git('add', 'jobs.d/staged.yaml');
    repository.git('rm', '-q', '--cached', 'jobs.d/kept.yaml');
    const state = await checkout().look([repository.folder]);
    expect(state?.commit).toEqual({ id, author: ADA });
    const expected = {
      ...{
        'jobs.d/same.yaml': 'committed',
        'case/in/a': 'committed',
        case: 'committed',
        'case/in': 'committed',
      },
      ...{ 'jobs.d/edited.yaml': 'changed', 'jobs.d/staged.yaml': 'changed', 'jobs.d/gone.yaml': 'changed' },
      ...{
        'jobs.d/new.yaml': 'changed',
        'jobs.d/kept.yaml': 'changed',
        dirty: 'changed',
        'jobs.d': 'changed',
      },
      // What Git does not look at makes no difference to a folder, and is not as committed itself.
      ...{ built: 'committed', 'jobs.d/hidden.o': 'unknown', 'jobs.d/deep/new.yaml': 'unknown' },
      ...{ 'jobs.d/link.yaml': 'unknown', 'jobs.d/never.yaml': 'unknown', '../beside': 'outside' },
    };
    const told = Object.keys(expected).map((path) => [path, state?.standing(at(path))]);
    expect(Object.fromEntries(told)).toEqual(expected);
  });

  it('is of the paths that it was asked for, taken as they are', async () => {
    repository.commit({ 'jobs.d/a.yaml': '1', 'other/b': '1', ':(top)*/x.yaml': '1' });
    expect(await standings(['jobs.d/a.yaml', 'other/b'], ['jobs.d'])).toEqual(['committed', 'unknown']);
    expect(await standings(['jobs.d/a.yaml', ':(top)*/x.yaml'], [':(top)*'])).toEqual([
      'unknown',
      'committed',
    ]);
  });

  it('follows HEAD, and asks two things of Git where nothing is new', async () => {
    const calls = join(folder, 'calls');
    const git = execFileSync('sh', ['-c', 'command -v git'], { encoding: 'utf8' }).trim();
    mkdirSync(join(folder, 'bin'));
    writeFileSync(join(folder, 'bin/git'), `#!/bin/sh\necho "$1" >>"${calls}"\nexec "${git}" "$@"\n`);
    chmodSync(join(folder, 'bin/git'), 0o755);
    const called = (): string[] => {
      const words = readFileSync(calls, 'utf8').trimEnd().split('\n');
      rmSync(calls);
      return words;
    };
    const first = repository.commit({ 'jobs.d/a.yaml': '1' });
    const environment = {
      PATH: `${join(folder, 'bin')}:${process.env['PATH'] ?? ''}`,
      HOME: folder,
      ...NO_SETTINGS,
    };
    const found = checkout({ environment });
    expect((await found.look([at('jobs.d')]))?.commit.id).toBe(first);
    expect(called()).toEqual(['rev-parse', 'log', 'ls-tree', 'status']);
    expect((await found.look([at('jobs.d')]))?.commit.id).toBe(first);
    expect(called()).toEqual(['rev-parse', 'status']);
    write('jobs.d/b.yaml', '1');
    expect((await found.look([at('jobs.d')]))?.standing(at('jobs.d/b.yaml'))).toBe('changed');
    const second = repository.commit({}, 'Eve <eve@example.org>');
    const later = await found.look([at('jobs.d')]);
    expect(later?.commit).toEqual({ id: second, author: 'Eve <eve@example.org>' });
    expect(later?.standing(at('jobs.d/b.yaml'))).toBe('committed');
  });

  it('is nothing before the first commit', async () => {
    expect(await checkout().look([repository.folder])).toBeUndefined();
  });

  it('is the same in a worktree of it, and in a folder below', async () => {
    repository.commit({ 'sub/jobs.d/a.yaml': '1' });
    const other = join(folder, 'other');
    repository.git('worktree', 'add', '-q', '-b', 'topic', other);
    writeFileSync(join(other, 'sub/jobs.d/b.yaml'), '1');
    expect(topOf(join(other, 'sub/jobs.d'))).toBe(other);
    expect(topOf(at('sub/jobs.d'))).toBe(repository.folder);
    const state = await checkout({ top: other }).look([join(other, 'sub/jobs.d')]);
    const standing = ['a', 'b'].map((name) => state?.standing(join(other, `sub/jobs.d/${name}.yaml`)));
    expect([state?.commit.id, ...standing]).toEqual([repository.head(), 'committed', 'changed']);
  });
});

describe('which commit comes after which', () => {
  it('is told from the history that is here', async () => {
    const first = repository.commit({ a: '1' });
    const second = repository.commit({ a: '2' });
    repository.git('checkout', '-q', '-b', 'side', first);
    const side = repository.commit({ a: '3' });
    const found = checkout();
    await found.look([repository.folder]);
    const after = [first, side, second, 'f'.repeat(40), '--help'].map((each) => found.comesAfter(side, each));
    expect(after).toEqual([true, true, false, false, false]);
  });

  it('is told of what a clone without the rest of the history has, and of no more', async () => {
    const [first, second, third] = ['1', '2', '3'].map((text) => repository.commit({ a: text })) as [
      string,
      string,
      string,
    ];
    const top = join(folder, 'clone');
    repository.git('clone', '-q', '--depth=2', repository.url, top);
    const found = checkout({ top });
    expect((await found.look([top]))?.standing(join(top, 'a'))).toBe('committed');
    expect([first, second, third].map((each) => found.comesAfter(third, each))).toEqual([false, true, true]);
  });
});

describe('a hostile working tree', () => {
  it('has nothing of its own carried out, and is not written to', async () => {
    const id = repository.commit(
      { 'jobs.d/a.yaml': 'true\n', '.gitattributes': '* filter=evil diff=evil\n' },
      ADA,
    );
    const trace = join(folder, 'trace');
    const evil = join(folder, 'evil');
    writeFileSync(evil, `#!/bin/sh\necho "$0 $*" >>"${trace}"\ncat\n`);
    chmodSync(evil, 0o755);
    for (const hook of ['post-index-change', 'fsmonitor-watchman', 'reference-transaction']) {
      writeFileSync(at(`.git/hooks/${hook}`), `#!/bin/sh\necho ${hook} >>"${trace}"\n`);
      chmodSync(at(`.git/hooks/${hook}`), 0o755);
    }
    writeFileSync(at('.git/info/attributes'), '* filter=evil\n');
    const settings = {
      ...{
        'core.fsmonitor': evil,
        'filter.evil.clean': evil,
        'filter.evil.smudge': evil,
        'core.pager': evil,
      },
      ...{
        'filter.evil.required': 'true',
        'log.showSignature': 'true',
        'gpg.program': evil,
        'core.sshCommand': evil,
      },
      ...{
        'diff.evil.textconv': evil,
        'alias.status': `!${evil}`,
        'core.editor': evil,
        'diff.external': evil,
      },
      ...{
        'remote.origin.url': `ext::${evil}`,
        'remote.origin.promisor': 'true',
        'core.hooksPath': '.git/hooks',
      },
    };
    for (const [key, value] of Object.entries(settings)) repository.git('config', key, value);
    // An index that must look into the files.
    utimesSync(at('jobs.d/a.yaml'), 1, 1);
    const before = inside(at('.git'));
    const state = await checkout().look([repository.folder]);
    expect(state?.commit).toEqual({ id, author: ADA });
    expect(state?.standing(at('jobs.d/a.yaml'))).toBe('committed');
    expect(existsSync(trace)).toBe(false);
    expect(inside(at('.git'))).toEqual(before);
  });

  it('cannot put another commit, or another history, in the place of the real one', async () => {
    const first = repository.commit({ a: '1' });
    const second = repository.commit({ a: '2' }, ADA);
    const made = repository.git('commit-tree', '-m', 'x', `${first}^{tree}`);
    repository.git('replace', second, made);
    const found = checkout();
    const state = await found.look([repository.folder]);
    expect(state?.commit).toEqual({ id: second, author: ADA });
    expect(state?.standing(at('a'))).toBe('committed');
    expect(found.comesAfter(second, first)).toBe(true);
  });

  it('of a stranger is not asked; of the owner of the manifests it is', async () => {
    repository.commit({ a: '1' });
    const isRoot = process.getuid?.() === 0;
    if (isRoot) chownSync(at('.git'), 4243, 4243);
    else vi.spyOn(process, 'getuid').mockReturnValue(4242);
    const words = `${at('.git')} belongs neither to you nor to the owner of the manifests`;
    expect(await trouble(checkout({ directory: '/' }))).toBe(words);
    if (isRoot) chownSync(repository.folder, 4243, 4243);
    expect(await trouble(checkout())).toBe('none');
  });
});

describe('a Git that cannot say', () => {
  it('says why: no program, a repository that is broken', async () => {
    repository.commit({ a: '1' });
    expect(await trouble(checkout({ environment: { PATH: folder } }))).toContain('spawn git ENOENT');
    writeFileSync(at('.git/config'), '[core\n');
    expect(await trouble(checkout())).toContain('bad config line 1');
    writeFileSync(at('.git/config'), '');
    rmSync(at('.git/objects'), { recursive: true });
    expect(await trouble(checkout())).not.toBe('none');
    rmSync(at('.git'), { recursive: true });
    writeFileSync(at('.git'), 'gitdir: /nowhere/at/all\n');
    expect(await trouble(checkout())).toContain('/nowhere/at/all');
    writeFileSync(at('.git'), 'nonsense');
    expect(await trouble(checkout())).not.toBe('none');
  });

  it('is not waited for without end', async () => {
    repository.commit({ a: '1' });
    mkdirSync(join(folder, 'bin'));
    writeFileSync(join(folder, 'bin/git'), '#!/bin/sh\nexec sleep 60\n');
    chmodSync(join(folder, 'bin/git'), 0o755);
    const environment = { PATH: `${join(folder, 'bin')}:${process.env['PATH'] ?? ''}`, HOME: folder };
    expect(await trouble(checkout({ environment, patienceMs: 100 }))).toContain('block timeout');
  });
});

it('a pipe in the place of a list of commits is not waited for', async () => {
  repository.commit({ 'a.yaml': 'x\n' }, ADA);
  execFileSync('sh', ['-c', 'mkfifo "$1"', 'sh', at('.git/shallow')]);
  expect(await standings(['a.yaml'])).toEqual(['committed']);
});
