/** docs/faults.md says which test shows what becomes of each fault; here it is held to that. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '..');
const PAGE = readFileSync(join(ROOT, '../docs/faults.md'), 'utf8');
const FAULTS = 44;

interface Row {
  readonly number: string;
  readonly cells: readonly string[];
  readonly shown: readonly { readonly file: string; readonly name: string }[];
}

const rows: readonly Row[] = PAGE.split('\n')
  .filter((line) => /^\| F\d+ \|/.test(line))
  .map((line) => {
    const [number = '', ...cells] = line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim());
    const shown = (cells.at(-1) ?? '').split('<br>').map((part) => {
      const [, file = '', name = ''] = /^`([^`]+)`: (.+)$/.exec(part) ?? [];
      return { file, name };
    });
    return { number, cells, shown };
  });

/** Numbers that names of tests on the lab bear: `F21, F22: a whole life …`. */
function numbersIn(file: string): readonly string[] {
  const names = readFileSync(join(ROOT, file), 'utf8').matchAll(/['"`]((?:F\d+, )*F\d+): /g);
  return [...names].flatMap(([, numbers = '']) => numbers.split(', '));
}

describe('the table of faults', () => {
  it('has a row for each', () => {
    expect(rows.map(({ number }) => number)).toEqual(
      Array.from({ length: FAULTS }, (_, index) => `F${index + 1}`),
    );
  });

  it.each(rows)(
    'names tests that are there, and leaves no cell empty: $number',
    ({ number, cells, shown }) => {
      expect(cells.filter((cell) => cell === '')).toEqual([]);
      for (const { file, name } of shown) {
        expect(name, number).not.toBe('');
        expect(existsSync(join(ROOT, file)), file).toBe(true);
        expect(readFileSync(join(ROOT, file), 'utf8'), file).toContain(name);
      }
    },
  );

  it.each(['faults/rows.lab.test.ts', 'faults/daemons.ts', 'faults/queue.lab.test.ts'])(
    'has a place for each that %s tries',
    (file) => {
      const named = rows.flatMap((row) =>
        row.shown.filter((each) => each.file === file).map(() => row.number),
      );
      expect(named).toEqual(expect.arrayContaining([...new Set(numbersIn(file))]));
    },
  );
});
