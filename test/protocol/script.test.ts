/** The script of an exchange: what is said survives the shell, and half a script does nothing. */
import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Delivery, Exchange, wrapperProgram } from '../../src/protocol/script.js';

/** Prints each word that it is given between its length and a NUL, so that nothing is lost in reading. */
const STUB = wrapperProgram([
  `sluice_begin() { sluice_say "$@"; }
sluice_install() { cat >/dev/null; }
sluice_bye() { echo bye; }
sluice_say() { for word; do printf '%s\\000' "$word"; done; }
sluice_no() { return 3; }`,
]);
const HEAD = { nonce: 'n1', installation: 'inst', claimsDir: '~/.sluice', workDir: '$WORK/it' };

function run(
  script: string,
  shell = 'dash',
  env: Record<string, string> = {},
): { stdout: string; code: number | null } {
  const { stdout, status } = spawnSync(shell, ['-s'], {
    input: script,
    env: { HOME: '/nowhere', ...env },
    encoding: 'utf8',
  });
  return { stdout, code: status };
}

const said = (stdout: string): string[] => stdout.split('\0').slice(4, -1);

describe('the words of a verb', () => {
  const nasty = [
    `it's`, `''`, `"double"`, '$HOME', '`id`', '$(id)', 'a\nb', '\n', '', ' ', '\\', '\\n', '-n', '!x', '*', '~', '#', ';', '&', '|', 'a=b', 'if', '%s', '\t', 'ä→🎉', "'\\''", 'EOF', 'SLUICE_WRAPPER_n1',
  ]; // prettier-ignore
  it.each(['dash', 'bash'])('come through %s as they were', (shell) => {
    const script = new Exchange().call('say', ...nasty).render(HEAD, STUB, 'inline');
    expect(said(run(script, shell).stdout)).toEqual(nasty);
  });

  it('come through whatever they hold', () => {
    const word = fc.string({ unit: 'grapheme', maxLength: 60 }).map((text) => text.replaceAll('\0', ''));
    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 8 }), (words) => {
        const script = new Exchange().call('say', ...words).render(HEAD, STUB, 'inline');
        expect(said(run(script).stdout)).toEqual(words);
      }),
      { numRuns: 60 },
    );
  });

  it('with a NUL are refused before anything is sent', () => {
    expect(() => new Exchange().call('say', 'a\0b')).toThrow(TypeError);
  });
});

describe('an exchange', () => {
  it('hands over its head unexpanded: the far side knows its home', () => {
    const { stdout } = run(new Exchange().render(HEAD, STUB, 'inline'));
    expect(stdout.split('\0').slice(0, 4)).toEqual(['n1', 'inst', '~/.sluice', '$WORK/it']);
  });

  it('says bye at its end, but not after a stream', () => {
    expect(run(new Exchange().call('say').render(HEAD, STUB, 'inline')).stdout).toMatch(/bye\n$/);
    expect(run(new Exchange().call('say').render(HEAD, STUB, 'inline', true)).stdout).not.toContain('bye');
  });

  it('ends at the first verb that fails, and says so by its code', () => {
    const { stdout, code } = run(new Exchange().call('no').call('say', 'x').render(HEAD, STUB, 'inline'));
    expect(said(stdout)).toEqual([]);
    expect(stdout).not.toContain('bye');
    expect(code).toBe(1);
  });

  it('that is cut anywhere does nothing at all', () => {
    const script = new Exchange().call('say', 'x').render(HEAD, STUB, 'install');
    const last = script.indexOf('sluice_exchange; exit');
    for (const cut of [10, 100, last - 20, last - 2, last, last + 8])
      expect(run(script.slice(0, cut)).stdout).toBe('');
  });

  it('does nothing after its exit: what follows on standard input is no script', () => {
    expect(run(`${new Exchange().render(HEAD, STUB, 'inline')}echo more\n`).stdout).not.toContain('more');
  });
});

describe('the wrapper', () => {
  it('is one text of its parts, known by its digest', () => {
    const one = wrapperProgram(['a() { :; }\n\n', 'b() { :; }']);
    expect(one.text).toBe('a() { :; }\n\nb() { :; }\n');
    expect(one.digest).toMatch(/^[0-9a-f]{64}$/);
    expect(wrapperProgram(['a() { :; }', 'b() { :; }\n']).digest).toBe(one.digest);
  });

  it.each<[string, string]>([
    ['~', '/home/al ice/wrapper'],
    ['~/x y', '/home/al ice/x y/wrapper'],
    ['$WORK', '/scratch/it/wrapper'],
    ["$WORK/it's", "/scratch/it/it's/wrapper"],
    ['/abs/$WORK', '/abs/$WORK/wrapper'],
  ])('is looked for where claims_dir %s leads, before there is a wrapper to tell', (claimsDir, expected) => {
    const script = (delivery: Delivery): string =>
      new Exchange().render({ ...HEAD, claimsDir }, STUB, delivery);
    const shown = script('present').replace(
      'if [ ! -r ',
      `printf '<%s>' "$sluice_claims_root/wrapper"; if [ ! -r `,
    );
    const { stdout, code } = run(shown, 'dash', { HOME: '/home/al ice', WORK: '/scratch/it' });
    expect(stdout).toContain(`<${expected}>`);
    expect(stdout).toContain('@n1 missing');
    expect(code).toBe(0);
  });
});
