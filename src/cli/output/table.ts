import Table from 'cli-table3';
import { PLAIN, safeLine } from './safe.js';
import type { Terminal } from './terminal.js';

const GAP = 2;
const NARROWEST = 16;
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
  return [head, ...safe].map((row, index) => lineOf(row, colWidths, index === 0 ? asItIs : paint)).join('');
}

type Paint = (cell: string, column: number) => string;

const asItIs: Paint = (cell) => cell;

/** Most rows are plain, and then a thousand of them are drawn here while the library draws one. */
function lineOf(row: readonly string[], colWidths: readonly number[], paint: Paint): string {
  const drawn = row.every((cell) => PLAIN.test(cell))
    ? plainly(row, colWidths, paint)
    : draw(row, colWidths, paint);
  return `${drawn.trimEnd()}\n`;
}

function plainly(row: readonly string[], colWidths: readonly number[], paint: Paint): string {
  const cells = row.map((cell, column) => {
    const width = colWidths[column] ?? 0;
    const room = width - GAP;
    const fits = cell.length > room ? `${cell.slice(0, room - 1)}…` : cell;
    return paint(fits, column) + ' '.repeat(width - fits.length);
  });
  return cells.join('');
}

/** It knows how wide all other characters are. */
function draw(row: readonly string[], colWidths: readonly number[], paint: Paint): string {
  const drawn = new Table({
    chars: NO_LINES,
    colWidths: [...colWidths],
    style: { 'padding-left': 0, 'padding-right': GAP, head: [], border: [], compact: true },
  });
  drawn.push(row.map((cell, column) => paint(cell, column)));
  return drawn.toString();
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
