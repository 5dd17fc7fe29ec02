import Table from 'cli-table3';
import { safeLine } from './safe.js';
import type { Terminal } from './terminal.js';

const GAP = 2;
const NARROWEST = 16;
/** The time that a table takes to draw grows with the square of its rows. */
const ROWS_AT_ONCE = 50;
const NO_LINES = {
  ...{ top: '', 'top-mid': '', 'top-left': '', 'top-right': '' },
  ...{ bottom: '', 'bottom-mid': '', 'bottom-left': '', 'bottom-right': '' },
  ...{ left: '', 'left-mid': '', mid: '', 'mid-mid': '', right: '', 'right-mid': '', middle: '' },
};

export interface TableOptions {
  /** Columns of the terminal: the last column is cut to fit. Undefined: nothing is cut. */
  readonly width?: number | undefined;
  /** Paints a cell after it was made harmless. */
  readonly paint?: (cell: string, column: number) => string;
}

/** Columns without lines, as `kubectl` and `squeue` have them. Cells are made harmless here. */
export function table(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  options: TableOptions = {},
): string {
  const safe = rows.map((row) => row.map(safeLine));
  const colWidths = widths(head, safe, options.width ?? Infinity);
  const { paint = (cell: string): string => cell } = options;
  const parts: string[] = [];
  for (let from = 0; from === 0 || from < safe.length; from += ROWS_AT_ONCE) {
    const drawn = new Table({
      head: from === 0 ? [...head] : [],
      chars: NO_LINES,
      colWidths,
      style: { 'padding-left': 0, 'padding-right': GAP, head: [], border: [], compact: true },
    });
    const some = safe.slice(from, from + ROWS_AT_ONCE);
    drawn.push(...some.map((row) => row.map((cell, column) => paint(cell, column))));
    parts.push(drawn.toString());
  }
  const lines = parts.join('\n').split('\n');
  return lines.map((line) => `${line.trimEnd()}\n`).join('');
}

/** All columns as wide as they need to be, but the last one, which gets the rest. */
function widths(head: readonly string[], rows: readonly (readonly string[])[], width: number): number[] {
  const needed = head.map((title, column) =>
    rows.reduce((widest, row) => Math.max(widest, columnsOf(row[column] ?? '')), columnsOf(title)),
  );
  const before = needed.slice(0, -1).map((each) => each + GAP);
  const left = width - before.reduce((sum, each) => sum + each, 0);
  return [...before, Math.min((needed.at(-1) ?? 0) + GAP, Math.max(left + GAP, NARROWEST))];
}

const PLAIN = /^[\x20-\x7e]*$/;
const WIDE =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}|\p{Extended_Pictographic}/u;

/** Columns of a terminal that a text takes, at least: Chinese characters and pictures take two. */
function columnsOf(text: string): number {
  if (PLAIN.test(text)) return text.length;
  return Array.from(text).reduce((sum, character) => sum + (WIDE.test(character) ? 2 : 1), 0);
}

/** Phases in colour: never by colour alone, the word stands there. */
export function phasePaint({ paint }: Terminal, column: number): (cell: string, column: number) => string {
  const colours: Readonly<Record<string, (text: string) => string>> = {
    Succeeded: paint.green,
    Failed: paint.red,
    Blocked: paint.red,
    Running: paint.cyan,
    Cancelled: paint.yellow,
    Suspended: paint.yellow,
  };
  return (cell, at) => (at === column ? (colours[cell]?.(cell) ?? cell) : cell);
}
