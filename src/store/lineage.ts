import { StoreError } from './errors.js';
import { readIfThere, writeAtomically } from './files.js';
import { stateFiles } from './paths.js';
import { isObject } from './rows.js';
import type { Store } from './store.js';

/** The memory beside the database: how far this installation has come. */
export interface Lineage {
  readonly installation: string;
  /** Raised by each pass that submits. */
  readonly number: number;
}

/** @returns undefined where there is none. @throws {StoreError} `corrupt`, never guessing. */
export function readLineage(directory: string): Lineage | undefined {
  const file = stateFiles.lineage(directory);
  const content = readIfThere(file);
  if (content === undefined) return undefined;
  const lineage = parseLineage(content);
  if (lineage !== undefined) return lineage;
  throw new StoreError(
    'corrupt',
    `${file} is unreadable. Write {"installation": "…", "number": N} into it, N at least the highest number of ` +
      `the clusters' marks; the state is then rebuilt from the clusters.`,
  );
}

/** @returns undefined for anything but a whole lineage. */
export function parseLineage(content: string): Lineage | undefined {
  let value: unknown;
  try {
    value = JSON.parse(content);
  } catch {
    return undefined;
  }
  if (!isObject(value)) return undefined;
  const { installation, number } = value;
  if (typeof installation !== 'string' || installation === '') return undefined;
  if (typeof number !== 'number' || !Number.isSafeInteger(number) || number < 0) return undefined;
  return { installation, number };
}

/**
 * The next number, in the database and then in the file, both on the disk when this returns: called before the
 * first claim of a pass. The database goes first: killed between the two, it is ahead, which means nothing.
 * @param atLeast a number seen on a cluster; the new one is higher.
 * @throws {StoreError} `replaced` when the database was taken away under us.
 */
export function raiseLineage(store: Store, installation: string, atLeast = 0): number {
  store.assertInPlace();
  const written = store.directory === undefined ? undefined : readLineage(store.directory);
  if (written !== undefined) refuseOther(written, installation, store);
  const number = Math.max(store.meta.number(), written?.number ?? 0, atLeast) + 1;
  store.meta.raiseNumber(number);
  if (store.directory !== undefined)
    writeAtomically(stateFiles.lineage(store.directory), `${JSON.stringify({ installation, number })}\n`);
  return number;
}

function refuseOther(lineage: Lineage, installation: string, store: Store): void {
  if (lineage.installation === installation) return;
  throw new StoreError(
    'installation',
    `${store.directory} belongs to installation ${lineage.installation}, not to ${installation}. Put ` +
      `"installation: ${lineage.installation}" into sluice.yaml, or move the state directory away.`,
  );
}

/** What the state can be trusted with. Numbers for the message. */
export type Memory =
  /** Nobody knows this installation: nothing can have been submitted. */
  | { readonly kind: 'first-use' }
  | { readonly kind: 'continuing'; readonly number: number }
  /** The database is missing or older than what stands elsewhere: rebuild it before anything is submitted. */
  | { readonly kind: 'behind'; readonly number: number; readonly highest: number; readonly witness: string };

export interface MemoryFacts {
  /** `store.meta.number()`: 0 for a new database. */
  readonly number: number;
  /** Of the lineage file; undefined where there is none. */
  readonly lineage: number | undefined;
  /** The installation's number on each cluster that was reached; undefined where it is unknown there. */
  readonly marks: ReadonlyMap<string, number | undefined>;
}

/**
 * Whether the database knows all that was ever submitted. Pure. A cluster that was not reached says nothing, so
 * `first-use` means: as far as those that were reached can tell.
 */
export function classifyMemory(facts: MemoryFacts): Memory {
  const witnesses: [string, number | undefined][] = [['the lineage file', facts.lineage], ...facts.marks];
  let highest = facts.number;
  let witness: string | undefined;
  for (const [name, number] of witnesses)
    if (number !== undefined && number > highest) [highest, witness] = [number, name];
  if (witness !== undefined) return { kind: 'behind', number: facts.number, highest, witness };
  return facts.number === 0 && !witnesses.some(([, number]) => number !== undefined)
    ? { kind: 'first-use' }
    : { kind: 'continuing', number: facts.number };
}
