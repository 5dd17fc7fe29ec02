import type { Terminal } from './terminal.js';

/** The versioned envelope of every `-o json`. Keys are only ever added within a version. */
export interface Envelope {
  readonly version: 1;
  readonly items: readonly unknown[];
  readonly [extra: string]: unknown;
}

export function envelope(items: readonly unknown[], extra: Readonly<Record<string, unknown>> = {}): Envelope {
  return { version: 1, items, ...extra };
}

/** Past all tables and colours. `lines`: one document a line, for streams of them. */
export function writeJson(out: Terminal, value: Envelope, lines = false): void {
  out.write(`${JSON.stringify(value, null, lines ? 0 : 2)}\n`);
}
