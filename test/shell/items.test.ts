import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { renderEnvironment } from '../../src/shell/items.js';
import { JobDirectory, runScript } from './bash.js';

let job: JobDirectory;
beforeEach(async () => {
  job = await JobDirectory.make();
});
afterEach(() => job.remove());

const SHARED: readonly (readonly [string, readonly string[], string])[] = [
  ['cd persists', ['mkdir -p a/b', 'cd a/b', 'basename "$PWD"'], 'b\n'],
  ['variables persist, unexported too', ['x=1', 'echo $((x + 1))'], '2\n'],
  ['functions persist', ['greet() { echo "hello $1"; }', 'greet you'], 'hello you\n'],
  ['pipes', ['printf "b\\na\\n" | sort'], 'a\nb\n'],
  ['here-document', ['cat <<EOF\none $((1 + 1))\nEOF'], 'one 2\n'],
  ['quoted here-document', ["cat <<'EOF'\n$x 'y'\nEOF"], "$x 'y'\n"],
  ['comment at the end', ['echo a # b'], 'a\n'],
  ['several lines', ['for i in 1 2\ndo\n  echo $i\ndone'], '1\n2\n'],
  ['lines with CRLF', ['echo a\r\necho b\r\n'], 'a\nb\n'],
  ['non-ASCII', ["echo 'é 漢'"], 'é 漢\n'],
  [
    'a failing command that the item itself handles',
    ['false || true', 'if false; then :; fi', 'echo ok'],
    'ok\n',
  ],
  ['exit 0 ends the rest', ['echo a', 'exit 0', 'echo b'], 'a\n'],
  ["the user's EXIT trap runs", ["trap 'echo bye $?' EXIT", 'echo hi'], 'hi\nbye 0\n'],
  ["the user's EXIT trap can be taken back", ["trap 'echo bye' EXIT", 'trap - EXIT', 'echo hi'], 'hi\n'],
  ["a subshell's EXIT trap is its own", ["(trap 'echo in' EXIT; :)", 'echo out'], 'in\nout\n'],
  ["the user's set -u does no harm", ['set -u', 'echo ok'], 'ok\n'],
  ['trap with several signals', ["trap 'echo got' USR1 EXIT", 'kill -USR1 $$'], 'got\ngot\n'],
];

describe.each(['batch', 'step'] as const)('items in one shell (%s)', (kind) => {
  it.each(SHARED)('%s', async (_, items, stdout) => {
    const ended = await runScript(await job[kind](items));
    expect(ended).toMatchObject({ code: 0, stdout });
    expect(await job.mark('failed')).toBeUndefined();
    if (kind === 'batch') expect((await job.mark('exit.0'))?.slice(0, 2)).toEqual(['0', '0']);
  });
});

interface Failing {
  readonly name: string;
  readonly items: readonly string[];
  readonly setup?: readonly string[];
  readonly item: string;
  readonly code: string;
  readonly stdout?: string;
}

const FAILING: readonly Failing[] = [
  { name: 'a command', items: ['true', 'false', 'echo no'], item: '2', code: '1' },
  { name: 'its code is kept', items: ['(exit 42)'], item: '1', code: '42' },
  { name: 'exit inside', items: ['true', 'exit 3', 'echo no'], item: '2', code: '3' },
  { name: 'set -e', items: ['set -e; false; echo no'], item: '1', code: '1' },
  {
    name: 'set -e stays for the next',
    items: ['set -e', 'echo a; false; echo no'],
    item: '2',
    code: '1',
    stdout: 'a\n',
  },
  {
    name: 'without set -e the last counts',
    items: ['false; echo a', 'false'],
    item: '2',
    code: '1',
    stdout: 'a\n',
  },
  { name: 'set -u', items: ['set -u', 'echo "$nope"', 'echo no'], item: '2', code: '1' },
  { name: 'pipefail', items: ['set -o pipefail', 'false | cat'], item: '2', code: '1' },
  { name: 'no such command', items: ['no-such-command-here'], item: '1', code: '127' },
  { name: 'a syntax error', items: ['echo a', 'if true; do'], item: '2', code: '2', stdout: 'a\n' },
  { name: 'an open quote', items: ["echo 'a"], item: '1', code: '2' },
  { name: 'setup', setup: ['true', '(exit 5)'], items: ['echo no'], item: '-1', code: '5' },
  {
    name: 'own EXIT trap',
    items: ["trap 'echo bye $?' EXIT; set -e; (exit 7)"],
    item: '1',
    code: '7',
    stdout: 'bye 7\n',
  },
  { name: 'own TERM trap', items: ["trap 'exit 9' TERM; kill $$; sleep 5"], item: '1', code: '9' },
  { name: 'a signal to the shell', items: ['true', 'kill $$; sleep 5'], item: '2', code: '143' },
];

describe('the item that failed is named', () => {
  it.each(FAILING)('$name', async ({ items, setup = [], item, code, stdout = '' }) => {
    const step = await runScript(await job.step(items, { setup }));
    expect(step).toMatchObject({ code: Number(code), stdout });
    expect(await job.mark('failed')).toEqual([item, code]);

    const batch = await runScript(await job.batch(items, { setup }), { environment: { SLURM_JOB_ID: '7' } });
    expect(batch).toMatchObject({ code: Number(code), stdout });
    const [exitCode, exitItem, epoch, jobId, restart] = (await job.mark('exit.0')) ?? [];
    expect([exitCode, exitItem, jobId, restart]).toEqual([code, item, '7', '0']);
    expect(Math.abs(Number(epoch) - Date.now() / 1000)).toBeLessThan(600);
  });

  it('ends within an item on TERM from outside', async () => {
    const ended = await runScript(
      await job.batch(['true', 'echo up; for i in {1..300}; do sleep 0.1; done']),
      {
        meanwhile: (kill) => setTimeout(() => kill('SIGTERM'), 1500),
      },
    );
    expect(ended.code).toBe(143);
    expect((await job.mark('exit.0'))?.slice(0, 2)).toEqual(['143', '2']);
  });

  it('says so on stderr', async () => {
    const ended = await runScript(await job.step(['true', 'echo because >&2; false']));
    expect(ended.stderr).toContain('because\nsluice: requirements ended with code 1, item 2');
  });
});

describe('what surrounds the items', () => {
  it('environment is taken literally, the later beats the threads', async () => {
    const environment = { A: "$HOME `id` 'x'\ny", OMP_NUM_THREADS: '9' };
    const script = await job.batch(['printf "%s|" "$A" "$OMP_NUM_THREADS" "$MKL_NUM_THREADS"'], {
      environment,
      variables: { OMP_NUM_THREADS: '4', MKL_NUM_THREADS: '4' },
    });
    expect((await runScript(script)).stdout).toBe("$HOME `id` 'x'\ny|9|4|");
  });

  it('refuses a name that is no variable', () => {
    expect(() => renderEnvironment({ 'A;id': 'x' })).toThrow(/A;id/);
  });

  it('a step whose working directory is gone is a failure of setup', async () => {
    const script = await job.step(['echo no'], { workingDirectory: `${job.path}/nowhere` });
    expect(await runScript(script)).toMatchObject({ code: 1, stdout: '' });
    expect(await job.mark('failed')).toEqual(['-1', '1']);
  });

  it('survives what a login profile may leave', async () => {
    const script = await job.batch(['echo "$#-$IFS-"']);
    const hostile = 'set -u; set -C; IFS=x; trap "echo stray" EXIT; echo noise; export BASH_ENV=/nowhere';
    const { writeFile } = await import('node:fs/promises');
    await writeFile(`${job.path}/.bash_profile`, hostile);
    const ended = await runScript(script, { environment: { HOME: job.path } });
    expect(ended).toMatchObject({ code: 0, stdout: 'noise\n0- \t\n-\n' });
    expect(await job.mark('exit.0')).toBeDefined();
  });
});
