import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseDocuments } from '../../src/documents/parse.js';
import { formatProblem } from '../../src/documents/problem.js';

const FILE = '/p/a.yaml';

describe('positions', () => {
  const text = '# head\na: 1\nb:\n  - x\n  - c: &n y\n    d: *n\n---\ne: "f"\n';
  const { documents } = parseDocuments(FILE, text);

  it.each<[number, string[], 'key' | 'value', string]>([
    [0, [], 'value', '2:1'],
    [0, ['a'], 'value', '2:4'],
    [0, ['a'], 'key', '2:1'],
    [0, ['b', '0'], 'value', '4:5'],
    [0, ['b', '1', 'c'], 'value', '5:11'],
    [0, ['b', '1', 'd'], 'key', '6:5'],
    [0, ['b', '7'], 'value', '4:3'],
    [0, ['absent'], 'value', '2:1'],
    [1, ['e'], 'value', '8:4'],
  ])('document %i, %j, %s: %s', (index, path, what, expected) => {
    const { line, column } = documents[index]?.position(path, what) ?? { line: 0, column: 0 };
    expect(`${line}:${column}`).toBe(expected);
  });
});

it('keeps what was written', () => {
  const [document] = parseDocuments(FILE, 'a: 010\nb: 1e3\nc: True\nd: "1"\ne: [1]\nf: ~\n').documents;
  expect(['a', 'b', 'c', 'd', 'e', 'f', 'g'].map((key) => document?.literal([key]))).toEqual([
    '010', '1e3', 'True', '1', undefined, '~', undefined,
  ]); // prettier-ignore
});

it('reads YAML 1.2: yes is a word', () => {
  expect(parseDocuments(FILE, 'a: yes\nb: on\n').documents[0]?.value).toEqual({ a: 'yes', b: 'on' });
});

it('takes keys as text and never as a prototype', () => {
  const [document] = parseDocuments(FILE, '1: a\n__proto__: {polluted: true}\n').documents;
  expect(Object.keys(document?.value ?? {})).toEqual(['1', '__proto__']);
  expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
});

it('never throws, and every problem has a place', () => {
  const soup = fc.array(
    fc.constantFrom(
      'a',
      ': ',
      '- ',
      '[',
      ']',
      '{',
      '}',
      '\n',
      '  ',
      '"',
      "'",
      '&x ',
      '*x',
      '!t ',
      '|',
      '>',
      '#',
      '%',
      '\t',
      '---\n',
      '...\n',
      '? ',
      '\r\n',
      '1',
      ',',
    ),
    { maxLength: 40 },
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        soup.map((parts) => parts.join('')),
      ),
      (text) => {
        for (const problem of parseDocuments(FILE, text).problems) {
          expect(problem.line).toBeGreaterThan(0);
          expect(problem.column).toBeGreaterThan(0);
          expect(formatProblem(problem, '/p')).toMatch(/^a\.yaml:\d+:\d+: error: /);
        }
      },
    ),
    { numRuns: 500 },
  );
});
