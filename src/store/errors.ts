/** What went wrong with the state, named for what a person or the loop does next. */
export type StoreErrorKind =
  /** Another connection is writing just now: ask again later. */
  | 'busy'
  /** The file is damaged or is no SQLite database. It was not touched. */
  | 'corrupt'
  /** A sound SQLite database that is not Sluice's. */
  | 'foreign'
  /** Written by a newer Sluice. */
  | 'newer'
  /** Written by an older Sluice, and opened for reading only. */
  | 'older'
  /** A write without the lease. */
  | 'no-lease'
  /** Another process took the lease after us: we may not write any more. */
  | 'fenced'
  /** A rule of the schema forbids it: a terminal attempt stays terminal, events are append-only. */
  | 'refused'
  /** The database file was replaced or deleted under us. */
  | 'replaced'
  /** The state belongs to another installation. */
  | 'installation'
  /** Disk full, no permission, I/O error. */
  | 'io';

export class StoreError extends Error {
  readonly kind: StoreErrorKind;
  constructor(kind: StoreErrorKind, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'StoreError';
    this.kind = kind;
  }
}

/** Errors of SQLite in our words; what is not SQLite's comes back as it was. `file` is the database. */
export function translateError(error: unknown, file: string): unknown {
  const code = sqliteCode(error);
  if (code === undefined || !(error instanceof Error)) return error;
  const cause = { cause: error };
  if (/^SQLITE_(BUSY|LOCKED)/.test(code))
    return new StoreError('busy', `${file} is being written by another process; try again`, cause);
  if (/^SQLITE_(CORRUPT|NOTADB)/.test(code)) return corrupt(file, error.message, error);
  if (code.startsWith('SQLITE_CONSTRAINT'))
    return new StoreError('refused', `${file}: ${error.message}`, cause);
  return new StoreError('io', `${file}: ${error.message} (${code})`, cause);
}

export function corrupt(file: string, what: string, cause?: unknown): StoreError {
  return new StoreError(
    'corrupt',
    `${file} is damaged or not a Sluice database (${what}). It was left as it is. ` +
      `Put a backup in its place, or move it away: the next pass then rebuilds the state from the clusters.`,
    { cause },
  );
}

function sqliteCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' && error.code.startsWith('SQLITE_') ? error.code : undefined;
}
