/** Rows of a queue or of accounting by the name of their job: of ten thousand, nobody goes through all for each of them. */
import type { JobRow } from '../model/observation.js';

type Index = ReadonlyMap<string, readonly JobRow[]>;

const NONE: readonly JobRow[] = [];
/** An answer never changes. */
const indexes = new WeakMap<readonly JobRow[], Index>();

/** Those of one name, in their order. */
export function rowsNamed(rows: readonly JobRow[], name: string): readonly JobRow[] {
  let index = indexes.get(rows);
  if (index === undefined) indexes.set(rows, (index = indexOf(rows)));
  return index.get(name) ?? NONE;
}

function indexOf(rows: readonly JobRow[]): Index {
  const index = new Map<string, JobRow[]>();
  for (const row of rows) {
    const same = index.get(row.name);
    if (same) same.push(row);
    else index.set(row.name, [row]);
  }
  return index;
}
