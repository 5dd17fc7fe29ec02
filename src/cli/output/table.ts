import Table from 'cli-table3';
import { safeLine } from './safe.js';
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
  const colWidths = options.width === undefined ? [] : widths(head, safe, options.width);
  const drawn = new Table({
    head: [...head],
    chars: NO_LINES,
    colWidths,
    style: { 'padding-left': 0, 'padding-right': GAP, head: [], border: [], compact: true },
  });
  const { paint = (cell) => cell } = options;
  drawn.push(...safe.map((row) => row.map((cell, column) => paint(cell, column))));
  const lines = drawn.toString().split('\n');
  return lines.map((line) => `${line.trimEnd()}\n`).join('');
}

/** All columns as wide as they need to be, but the last one, which gets the rest. */
function widths(head: readonly string[], rows: readonly (readonly string[])[], width: number): number[] {
  const needed = head.map((title, column) =>
    rows.reduce((widest, row) => Math.max(widest, row[column]?.length ?? 0), title.length),
  );
  const before = needed.slice(0, -1).map((each) => each + GAP);
  const left = width - before.reduce((sum, each) => sum + each, 0);
  return [...before, Math.min((needed.at(-1) ?? 0) + GAP, Math.max(left + GAP, NARROWEST))];
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
