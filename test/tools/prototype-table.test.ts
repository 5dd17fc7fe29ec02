/** docs/prototype.md says where each statement about the prototype is tested; here it is held to that. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '..');
const PAGE = readFileSync(join(ROOT, '../docs/prototype.md'), 'utf8');
const STATEMENTS = 77;
const BROKEN = 31;

interface Shown {
  readonly file: string;
  /** Of the test, without its numbers. */
  readonly name: string;
}

/** Cells of the rows of the table below a heading, without its head. */
function rowsBelow(heading: string): readonly (readonly string[])[] {
  const part = PAGE.split(/^## /m).find((each) => each.startsWith(`${heading}\n`)) ?? '';
  const lines = part.split('\n').filter((line) => line.startsWith('|'));
  return lines.slice(2).map((line) =>
    line
      .split(/(?<!\\)\|/)
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

function shownIn(cell = ''): readonly Shown[] {
  return cell.split('<br>').map((part) => {
    const [, file = '', name = ''] = /^`([^`]+)`: (.+)$/.exec(part) ?? [];
    return { file, name };
  });
}

/** Numbers in the names that begin so; `statements 4, 75`. */
function numbersOf({ file, name }: Shown): readonly number[] {
  const text = readFileSync(join(ROOT, file), 'utf8');
  return text
    .split(`${name} (statement`)
    .slice(1)
    .flatMap((rest) => {
      const list = /^s? ([\d, ]+)\)['`]/.exec(rest)?.[1] ?? '';
      return list.split(', ').map(Number);
    });
}

const statements = rowsBelow('What it did').map(([number, , , shown]) => ({
  number: Number(number),
  shown: shownIn(shown),
}));

describe('the table of the prototype’s statements', () => {
  it('has a row for each', () => {
    expect(statements.map(({ number }) => number)).toEqual(
      Array.from({ length: STATEMENTS }, (_, index) => index + 1),
    );
  });

  it.each(statements)('names tests that bear the number $number', ({ number, shown }) => {
    for (const each of shown) expect(numbersOf(each), `${each.file}: ${each.name}`).toContain(number);
  });
});

describe('the table of what broke in the prototype', () => {
  const rows = rowsBelow('What broke there').map(([what = '', , shown]) => ({ what, shown: shownIn(shown) }));

  it('has a row for each', () => {
    expect(rows).toHaveLength(BROKEN);
  });

  it.each(rows)('names tests that are there: $what', ({ shown }) => {
    for (const { file, name } of shown) {
      expect(name).not.toBe('');
      expect(readFileSync(join(ROOT, file), 'utf8'), file).toContain(name);
    }
  });
});
