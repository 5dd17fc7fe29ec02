import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { attempt, exchange, pack, type Said, SHELLS, Site } from './site.js';
import { installStubs } from './slurm-stubs.js';

let site: Site;
afterEach(() => {
  site.remove();
});

const ODD = [
  "it's",
  'two words',
  '-dash',
  '*star',
  'back\\slash',
  'new\\nline',
  'two\\\\',
  'dollar $HOME',
  '"quoted"',
  'ümlaut',
  '[a]',
  'percent%s',
  'new\nline',
  '\n',
  'back\\nslash\nand newline\n',
  'carriage\rreturn',
  'tab\tand ends in blank ',
];

const TAR = spawnSync('sh', ['-c', 'command -v tar']).stdout.toString().trim();

async function placed(shell: (typeof SHELLS)[number]): Promise<void> {
  site = new Site(shell);
  installStubs(site);
  const files = Object.fromEntries(ODD.map((name) => [`work/odd/${name}`, `of ${name}`]));
  const more = {
    ...files,
    'work/a.dat': 'A',
    'work/b.dat': 'B',
    'work/with space.txt': 'S',
    'logs/stdout': 'out\n',
  };
  const all = exchange().call('claim', 'a.1', site.claim('a.1')).call('claims').call('place');
  const reply = await site.say(all, { payload: pack(attempt('a.1', '#!/bin/sh\n', more)) });
  expect(reply.all('placed')).toEqual(['a.1']);
}

/** Name below `<token>/` to text, after the digests in the stream were compared with what came. */
function unpack(reply: Said): Record<string, string> {
  const directory = mkdtempSync(join(site.root, 'got-'));
  const tar = spawnSync('tar', ['-xzf', '-', '-C', directory], { input: reply.stream });
  expect(tar.stderr.toString()).toBe('');
  const names = readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .filter((name) => name !== 'sums' && statSync(join(directory, name)).isFile())
    .sort();
  const digests = names.map((name) =>
    createHash('sha256')
      .update(readFileSync(join(directory, name)))
      .digest('hex'),
  );
  const sums = readFileSync(join(directory, 'sums'), 'utf8').split('\n').filter(Boolean);
  const announced = sums.filter((line) => !/^\\?- /.test(line));
  expect(announced.map((line) => line.replace(/^\\/, '').slice(0, 64)).sort()).toEqual([...digests].sort());
  const got = Object.fromEntries(names.map((name) => [name, readFileSync(join(directory, name), 'utf8')]));
  rmSync(directory, { recursive: true });
  return got;
}

describe.each(SHELLS)('results under $name', (shell) => {
  it('come as paths, globs and directories, with the logs, and say how much each pattern matched', async () => {
    await placed(shell);
    const all = exchange().call(
      'collect',
      'a.1',
      '*.dat',
      'with space.txt',
      'odd',
      'missing.*',
      '../../../etc/passwd',
      'a.dat',
    );
    const reply = await site.say(all.call('stream'), { bulk: true });
    expect(reply.errors).toBe('');
    expect(reply.all('match')).toEqual(['a.1 1 2', 'a.1 2 1', 'a.1 3 1', 'a.1 4 0', 'a.1 5 0', 'a.1 6 1']);
    const got = unpack(reply);
    expect(got).toEqual({
      'a.1/logs/.keep': '',
      'a.1/logs/stdout': 'out\n',
      'a.1/work/a.dat': 'A',
      'a.1/work/b.dat': 'B',
      'a.1/work/with space.txt': 'S',
      ...Object.fromEntries(ODD.map((name) => [`a.1/work/odd/${name}`, `of ${name}`])),
    });
    expect(readdirSync(site.inst('tmp'))).toEqual([]);
  });

  it.each(ODD)('takes odd/%j by name', async (pattern) => {
    await placed(shell);
    const reply = await site.say(exchange().call('collect', 'a.1', `odd/${pattern}`).call('stream'), {
      bulk: true,
    });
    expect(reply.all('match')).toEqual(['a.1 1 1']);
    expect(Object.keys(unpack(reply))).toHaveLength(3);
  });

  it('come even where there are none, and through links as the files that they name', async () => {
    await placed(shell);
    mkdirSync(join(site.root, 'scratch'));
    writeFileSync(join(site.root, 'scratch/big'), 'far away');
    symlinkSync(join(site.root, 'scratch'), site.job('a.1', 'work/linked'));
    symlinkSync('/nowhere', site.job('a.1', 'work/broken'));
    const reply = await site.say(
      exchange().call('collect', 'a.1', 'linked', 'broken').call('collect', 'gone.1', 'x').call('stream'),
      { bulk: true },
    );
    expect(reply.all('match')).toEqual(['a.1 1 1', 'a.1 2 1', 'gone.1 1 0']);
    expect(reply.all('dangling')).toEqual(['a.1 2 work/broken']);
    expect(reply.all('gone')).toEqual([`gone.1 ${site.job('gone.1')}`]);
    expect(unpack(reply)['a.1/work/linked/big']).toBe('far away');
    const empty = await site.say(exchange().call('stream'), { bulk: true });
    expect(unpack(empty)).toEqual({});
  });

  it.each([true, false])(
    'come as files even where one has several paths (tar that makes files of hard links: %s)',
    async (knows) => {
      await placed(shell);
      writeFileSync(site.job('a.1', 'work/res.1'), 'a\n');
      symlinkSync('res.1', site.job('a.1', 'work/latest'));
      linkSync(site.job('a.1', 'work/res.1'), site.job('a.1', 'work/twin'));
      if (!knows) site.command('tar', `case "$*" in *--hard-dereference*) exit 2 ;; esac; exec ${TAR} "$@"`);
      const reply = await site.say(
        exchange().call('collect', 'a.1', 'res.1', 'latest', 'twin').call('stream'),
        { bulk: true },
      );
      expect(unpack(reply)).toMatchObject({
        'a.1/work/res.1': 'a\n',
        'a.1/work/latest': 'a\n',
        'a.1/work/twin': 'a\n',
      });
      const listed = spawnSync(TAR, ['-tvzf', '-'], { input: reply.stream }).stdout.toString();
      expect(/^h/m.test(listed)).toBe(!knows);
    },
  );

  it('name what is neither a file nor a directory, and links to nothing', async () => {
    await placed(shell);
    mkdirSync(site.job('a.1', 'work/dir'));
    for (const name of ['pipe', 'dir/pipe', 'dir/new\nline'])
      spawnSync('sh', ['-c', 'mkfifo "$0"', site.job('a.1', `work/${name}`)]);
    symlinkSync('/nowhere', site.job('a.1', 'work/dir/broken'));
    symlinkSync('round', site.job('a.1', 'work/round'));
    symlinkSync('.', site.job('a.1', 'work/dir/self'));
    const reply = await site.say(
      exchange().call('collect', 'a.1', 'pipe', 'dir', 'round', '*pipe').call('stream'),
      { bulk: true },
    );
    expect(reply.all('match')).toEqual(['a.1 1 1', 'a.1 2 1', 'a.1 3 1', 'a.1 4 1']);
    expect(reply.all('special')).toEqual([
      'a.1 1 work/pipe',
      'a.1 2 work/dir/new\\nline',
      'a.1 2 work/dir/pipe',
      'a.1 4 work/pipe',
    ]);
    expect(reply.all('dangling')).toEqual(['a.1 2 work/dir/broken', 'a.1 3 work/round']);
    expect(reply.all('unread')).toEqual([]);
    expect(Object.keys(unpack(reply))).toEqual(['a.1/logs/.keep', 'a.1/logs/stdout']);
  });

  it('that two patterns name are announced once, whatever their names', async () => {
    await placed(shell);
    const reply = await site.say(
      exchange().call('collect', 'a.1', 'odd', 'odd/new*', 'odd/*').call('stream'),
      { bulk: true },
    );
    expect(Object.keys(unpack(reply))).toHaveLength(ODD.length + 2);
    const tar = spawnSync(TAR, ['-tzf', '-'], { input: reply.stream }).stdout.toString();
    expect(tar.trimEnd().split('\n')).toHaveLength(ODD.length + 3);
  });

  it('say that the directory is gone where a purge took its files alone, and not where it is shut', async () => {
    await placed(shell);
    const collect = exchange().call('collect', 'a.1', 'no').call('stream');
    site.asUser();
    chmodSync(site.job('a.1', 'logs'), 0);
    const shut = await site.say(collect, { bulk: true, user: true });
    chmodSync(site.job('a.1', 'logs'), 0o755);
    expect([shut.all('gone'), shut.all('unread')]).toEqual([[], ['a.1 0 logs']]);
    rmSync(site.job('a.1', '.sluice/script'));
    const reply = await site.say(collect, { bulk: true, user: true });
    expect(reply.all('gone')).toEqual([`a.1 ${site.job('a.1')}`]);
  });

  it('say that the directory is gone where a purge took it, or its logs', async () => {
    await placed(shell);
    rmSync(site.job('a.1', 'logs'), { recursive: true });
    const reply = await site.say(exchange().call('collect', 'a.1', 'a.dat').call('stream'), { bulk: true });
    expect(reply.all('gone')).toEqual([`a.1 ${site.job('a.1')}`]);
    expect(Object.keys(unpack(reply))).toEqual(['a.1/work/a.dat']);
  });

  it('say which directories there are, as they may have nothing in them', async () => {
    await placed(shell);
    mkdirSync(site.job('a.1', 'work/empty/deep er/-x'), { recursive: true });
    mkdirSync(site.job('a.1', 'work/empty/new\nline'));
    const reply = await site.say(exchange().call('collect', 'a.1', 'odd', 'empty').call('stream'), {
      bulk: true,
    });
    expect([reply.errors, reply.all('unread')]).toEqual(['', []]);
    expect(foldersOf(reply)).toEqual([
      '-  a.1/work/empty',
      '-  a.1/work/empty/deep er',
      '-  a.1/work/empty/deep er/-x',
      '-  a.1/work/odd',
      '\\-  a.1/work/empty/new\\nline',
    ]);
  });

  it('name what cannot be read, and bring the rest', async () => {
    await placed(shell);
    mkdirSync(site.job('a.1', 'work/shut'));
    writeFileSync(site.job('a.1', 'work/shut/x'), '');
    writeFileSync(site.job('a.1', 'work/new\nline.dat'), '');
    site.asUser();
    for (const path of ['work/a.dat', "work/odd/it's", 'work/shut', 'work/new\nline.dat', 'logs/stdout'])
      chmodSync(site.job('a.1', path), 0);
    const all = exchange().call('collect', 'a.1', 'a.dat', '*.dat', 'odd', 'shut').call('stream');
    const reply = await site.say(all, { bulk: true, user: true });
    chmodSync(site.job('a.1', 'work/shut'), 0o755);
    expect(reply.all('unread').sort()).toEqual([
      'a.1 - work/new\\nline.dat',
      'a.1 0 logs/stdout',
      'a.1 1 work/a.dat',
      'a.1 2 work/a.dat',
      "a.1 3 work/odd/it's",
      'a.1 4 work/shut',
    ]);
    const got = unpack(reply);
    expect(Object.keys(got)).toHaveLength(ODD.length - 1 + 2);
    expect(got['a.1/work/b.dat']).toBe('B');
  });

  it('are not sent from lists that a full disk cut short', async () => {
    await placed(shell);
    // What sort writes is what cannot be written.
    site.command('sort', 'echo "sort: write failed: No space left on device" >&2; exit 2');
    const reply = await site.say(exchange().call('collect', 'a.1', 'odd').call('stream'), { bulk: true });
    expect(reply.complete).toBe(false);
    expect(reply.all('fault')).toEqual([expect.stringContaining('is there room?')]);
  });
});

/** The directories that a stream announces. */
function foldersOf(reply: Said): string[] {
  const sums = spawnSync('tar', ['-xzOf', '-', 'sums'], { input: reply.stream }).stdout.toString();
  return sums.split('\n').filter((line) => /^\\?- /.test(line)).sort(); // prettier-ignore
}
