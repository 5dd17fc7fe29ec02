import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { quote } from '../../src/shell/quote.js';

const SHELLS: readonly (readonly [string, readonly string[]])[] = [
  ['dash', ['-s']],
  ['bash', ['-s']],
  ['busybox', ['sh', '-s']],
];

/** What the shell makes of the words; the script comes over stdin, as it does on a cluster. */
function readBack(shell: string, args: readonly string[], words: readonly string[]): string[] {
  const input = `printf '%s\\000' ${words.map(quote).join(' ')}\n`;
  const output = execFileSync(shell, [...args], {
    input,
    encoding: 'utf8',
    env: { PATH: process.env['PATH'] },
  });
  return output.split('\0').slice(0, -1);
}

const NASTY = [
  '',
  ' ',
  "'",
  "''",
  `it's "quoted"`,
  'a\nb\n',
  '\r\n',
  '$HOME `id` $(id) ${x}',
  '\\',
  '\\\\n',
  '!!',
  '~',
  '-n',
  '--',
  '*?[a]',
  'é 漢字 🎉',
  '\x01\x7f\x1b[0m',
  '#x',
  'a=b',
  'if',
  "'; rm -rf /; '",
];

describe.each(SHELLS)('quote, read back by %s', (shell, args) => {
  it.each(NASTY)('%j', (word) => {
    expect(readBack(shell, args, [word])).toEqual([word]);
  });

  it('any text without NUL', () => {
    const text = fc.string({ unit: 'binary' }).map((value) => value.replaceAll('\0', ''));
    fc.assert(
      fc.property(fc.array(text, { minLength: 1, maxLength: 40 }), (words) => {
        expect(readBack(shell, args, words)).toEqual(words);
      }),
      { numRuns: 40 },
    );
  });
});

it('refuses a NUL, which no shell can carry', () => {
  expect(() => quote('a\0b')).toThrow(/NUL/);
});
