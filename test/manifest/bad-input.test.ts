import { describe, expect, it } from 'vitest';
import { hasErrors } from '../../src/documents/problem.js';
import { readManifestFile, readManifestText } from '../../src/manifest/read.js';
import { BAD_INPUTS } from './cases/bad-manifests.js';
import { contextOf, FILE } from './support.js';

const said = (text: string): string[] =>
  readManifestText(FILE, text, contextOf()).problems.map(
    ({ line, column, severity, message }) => `${line}:${column} ${severity}: ${message}`,
  );

describe('bad input is answered with its place, its value and what to write', () => {
  it.each(BAD_INPUTS)('$what', ({ given, said: expected }) => {
    expect(said(given)).toEqual(expected);
    expect(expected.length).toBeGreaterThan(0);
  });

  it('gives no manifest where there is an error', () => {
    for (const { given } of BAD_INPUTS) {
      const { manifests, problems } = readManifestText(FILE, given, contextOf());
      const broken = problems.filter((problem) => problem.severity === 'error').map((problem) => problem.job);
      expect(manifests.filter(({ spec }) => broken.includes(spec.name))).toEqual([]);
      if (!hasErrors(problems)) expect(manifests).toHaveLength(1);
    }
  });

  it('says the same of a file with CRLF line ends and a byte order mark', () => {
    for (const { given, said: expected } of BAD_INPUTS) {
      if (!given.includes('\r') && !given.includes('\0')) {
        expect(said(`\uFEFF${given.replaceAll('\n', '\r\n')}`)).toEqual(expected);
      }
    }
  });
});

describe('files that are no text', () => {
  const read = (bytes: Uint8Array): string[] => {
    const context = contextOf();
    const files = { ...context.files, read: () => bytes };
    return readManifestFile(FILE, { ...context, files }).problems.map(({ message }) => message);
  };

  it.each([
    ['UTF-16', Buffer.from('\uFEFFname: a\n', 'utf16le'), 'the file is UTF-16 text; save it as UTF-8'],
    [
      'Latin-1',
      Buffer.from('name: caf\xe9\n', 'latin1'),
      'the file is not UTF-8 text (binary, or another encoding); save it as UTF-8',
    ],
    [
      'binary junk',
      Uint8Array.from([0x7f, 0x45, 0x4c, 0x46, 0, 1, 2]),
      'the file contains a NUL byte, so it is no text file',
    ],
    [
      'a file beyond the limit',
      Buffer.alloc(1024 * 1024 + 1, 0x20),
      'the file is 1048577 bytes long; at most 1048576 (1 MiB) are read, so it is probably no such file',
    ],
  ])('%s', (_, bytes, message) => {
    expect(read(bytes)).toEqual([message]);
  });

  it('a file that cannot be read', () => {
    const { problems } = readManifestFile('/project/jobs.d/none.yaml', contextOf());
    expect(problems.map(({ message }) => message)).toEqual([
      'the file cannot be read: ENOENT: /project/jobs.d/none.yaml',
    ]);
  });
});

describe('a secret is never shown', () => {
  it.each([
    'passphrase: s3cret-word',
    'passphrase: [s3cret-word]',
    'passphrase: {s3cret-word: a}',
    'passphrase: {env: s3cret-word}',
    'passphrase: {file: [s3cret-word]}',
    'passphrase: *s3cret-word',
    'passphrase: !s3cret-word a',
    'passphrase: "s3cret-word',
    'passphrase: a: s3cret-word',
    'passphrase: "s3cret-word" s3cret-word',
    'passphrase: @s3cret-word',
    'passphrase: "s3cret-word\\x00"',
    'passphrase: s3cret-word\npassphrase: s3cret-word',
    'pasphrase: s3cret-word',
    'job: https://jane:s3cret-word@example.org/a.git',
  ])('%s', (line) => {
    const result = readManifestText(
      FILE,
      `${line}\ndestination_cluster: hercules\nexecution: a\n`,
      contextOf(),
    );
    expect(result.problems).not.toEqual([]);
    expect(JSON.stringify(result)).not.toContain('s3cret-word');
  });
});

describe('one bad job never delays another', () => {
  it('in the same file', () => {
    const text =
      'name: good\ndestination_cluster: hercules\nexecution: a\n---\nname: bad\nexecution: b\ncolour: c\n';
    const { manifests, problems } = readManifestText(FILE, text, contextOf());
    expect(manifests.map(({ spec }) => spec.name)).toEqual(['good']);
    expect(new Set(problems.map(({ job }) => job))).toEqual(new Set(['bad']));
  });

  it('and what is huge or hostile is refused soon', () => {
    const many = Array.from({ length: 20_000 }, (_, index) => `key${index}: 1`).join('\n');
    const bomb = `kwargs:\n  a: &a [x, x, x, x, x, x, x, x, x]\n${'bcdefgh'
      .split('')
      .map(
        (key, index) =>
          `  ${key}: &${key} [${Array(9)
            .fill(`*${'abcdefgh'[index] ?? ''}`)
            .join(', ')}]`,
      )
      .join('\n')}\n`;
    for (const text of [many, bomb, '[ '.repeat(500_000), '- '.repeat(500_000)]) {
      const { manifests, problems } = readManifestText(FILE, text, contextOf());
      expect(manifests).toEqual([]);
      expect(problems.length).toBeLessThanOrEqual(60);
    }
  });
});
