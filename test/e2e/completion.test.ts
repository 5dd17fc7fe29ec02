/** The completion scripts in the shells that they are for, as far as this machine has them. */
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MAIN, sandbox, sluice, type Sandbox } from './built.js';

let at: Sandbox;
beforeAll(() => {
  at = sandbox({
    'clusters.yaml': 'clusters:\n  lemaitre3: {}\n  hercules: {}\n',
    'jobs.d/a.yaml': '',
    'jobs.d/with blank.yaml': '',
  });
  const bin = join(at.home, 'bin');
  mkdirSync(bin);
  writeFileSync(join(bin, 'sluice'), `#!/bin/sh\nexec '${process.execPath}' '${MAIN}' "$@"\n`);
  chmodSync(join(bin, 'sluice'), 0o755);
  at.env['PATH'] = `${bin}:${process.env['PATH'] ?? ''}`;
});
afterAll(() => {
  at.remove();
});

function shell(
  program: string,
  ...argv: readonly string[]
): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(program, argv, { cwd: at.directory, env: at.env, encoding: 'utf8' });
}
function has(program: string): boolean {
  return spawnSync(program, ['--version']).status === 0;
}

describe('in bash', () => {
  /** The words as bash splits the line, the last one being typed. */
  function completed(...words: readonly string[]): string[] {
    const quoted = words.map((word) => `'${word}'`).join(' ');
    const script = `source <(sluice completion bash)
      COMP_WORDS=(sluice ${quoted}); COMP_CWORD=${words.length}; COMPREPLY=()
      _sluice sluice; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const { stdout, stderr } = shell('bash', '--norc', '-c', script);
    expect(stderr).toBe('');
    return stdout.split('\n').filter((line) => line !== '');
  }
  it.each<[readonly string[], readonly string[]]>([
    [['rec'], ['reconcile']],
    [
      ['clusters', 'check', ''],
      ['lemaitre3', 'hercules'],
    ],
    [['get', '-o', 'j'], ['json']],
    [['get', '--output', '=', 'y'], ['yaml']],
    [
      ['get', '--output', '='],
      ['table', 'wide', 'json', 'yaml', 'name'],
    ],
    [['plan', 'jobs.d/a'], ['jobs.d/a.yaml']],
    [['plan', 'jobs.d/w'], ['jobs.d/with\\ blank.yaml']],
    [['plan', '--scr'], ['--script']],
    [['describe', ''], []],
  ])('%j', (words, expected) => {
    expect(completed(...words)).toEqual(expected);
  });
  it('is registered for the command', () => {
    expect(shell('bash', '--norc', '-c', 'source <(sluice completion bash); complete -p sluice').stdout).toBe(
      'complete -F _sluice sluice\n',
    );
  });
});

it.skipIf(!has('zsh'))('zsh (skipped where it is not installed) can read its script', async () => {
  writeFileSync(join(at.home, '_sluice'), (await sluice(at, 'completion', 'zsh')).stdout);
  expect(shell('zsh', '-n', join(at.home, '_sluice'))).toMatchObject({ status: 0, stderr: '' });
  const load = 'autoload -Uz compinit; compinit -D; source <(sluice completion zsh); print $_comps[sluice]';
  expect(shell('zsh', '-f', '-c', load)).toMatchObject({ stdout: '_sluice\n', stderr: '' });
});

it.skipIf(!has('fish'))('fish (skipped where it is not installed) completes', () => {
  const ask = (line: string): string =>
    shell('fish', '--no-config', '-c', `sluice completion fish | source; complete -C ${JSON.stringify(line)}`)
      .stdout;
  expect(ask('sluice rec')).toBe('reconcile\tmake the clusters match the manifests\n');
  expect(ask('sluice clusters check ')).toBe('hercules\nlemaitre3\n');
});

it('refuses a shell that it does not know', async () => {
  expect(await sluice(at, 'completion', 'csh')).toMatchObject({
    code: 64,
    stderr: expect.stringMatching(/'csh' is invalid.*bash, zsh, fish/),
  });
});
