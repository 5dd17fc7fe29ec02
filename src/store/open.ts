import { ensurePrivateDirectory, ensurePrivateFile, sizeOf, sync } from './files.js';
import { corrupt, StoreError } from './errors.js';
import { describeHolder, readHolder } from './holder.js';
import { holdLock } from './lock.js';
import { migrate, refuseNewer, schemaVersion } from './migrate.js';
import { MIGRATIONS, type Migration } from './migrations/index.js';
import { stateFiles } from './paths.js';
import { Sql } from './sql.js';
import { Store, type StoreOrigin } from './store.js';

export interface OpenOptions {
  /** No write is possible, no file is made; a database that is not there reads as an empty one. */
  readonly readonly?: boolean;
  /** Epoch milliseconds; the machine's clock when absent. */
  readonly now?: () => number;
  /** Told every statement as it runs. */
  readonly trace?: (sql: string) => void;
  /** Only for tests of migrating. */
  readonly migrations?: readonly Migration[];
}

/** Times that a collision with another opener is waited out, each at most the busy time-out. */
const COLLISIONS = 10;

/**
 * Opens the state. `directory` is the state directory (`<dir>/.sluice`), or `:memory:` for `state: none`.
 * Writing needs the lease as well: see `acquireLease`.
 * @throws {StoreError} `corrupt`, `foreign`, `newer`, `older` (readonly only), `busy`, `io`. Whatever is
 *   refused is left byte for byte as it was.
 */
export function openStore(directory: string, options: OpenOptions = {}): Store {
  const migrations = options.migrations ?? MIGRATIONS;
  const now = options.now ?? Date.now;
  if (directory === ':memory:') return openEmpty(undefined, 'memory', options, migrations, now);
  const opened = options.readonly === true ? openToRead(directory, options, migrations) : undefined;
  if (opened !== undefined) return new Store(opened, { directory, origin: 'found', readonly: true, now });
  if (options.readonly === true) return openEmpty(directory, 'absent', options, migrations, now);
  return openToWrite(directory, options, migrations, now);
}

function openEmpty(
  directory: string | undefined,
  origin: StoreOrigin,
  options: OpenOptions,
  migrations: readonly Migration[],
  now: () => number,
): Store {
  const sql = connect(':memory:', options, false);
  migrate(sql, migrations, now());
  const readonly = options.readonly === true;
  if (readonly) sql.pragma('query_only = ON');
  return new Store(sql, { directory, origin, readonly, now });
}

/** @returns undefined where there is no state to read. */
function openToRead(
  directory: string,
  options: OpenOptions,
  migrations: readonly Migration[],
): Sql | undefined {
  const file = stateFiles.database(directory);
  refuseRemains(file);
  if ((sizeOf(file) ?? 0) === 0) return undefined;
  // Not SQLite's own read-only mode: that leaves -wal and -shm behind where a reader came last.
  const sql = connect(file, options, true);
  return closeOnError(sql, () => {
    sql.pragma('query_only = ON');
    const version = schemaVersion(sql);
    refuseNewer(sql, version, migrations);
    if (version === 0) {
      sql.close();
      return undefined;
    }
    if (version < migrations.length) throw older(file, version, migrations.length);
    return sql;
  });
}

function openToWrite(
  directory: string,
  options: OpenOptions,
  migrations: readonly Migration[],
  now: () => number,
): Store {
  const file = stateFiles.database(directory);
  refuseRemains(file);
  ensurePrivateDirectory(directory);
  ensurePrivateFile(file);
  for (const suffix of ['-wal', '-shm'])
    if (sizeOf(file + suffix) !== undefined) ensurePrivateFile(file + suffix);
  const { sql, found } = patiently(() => makeReady(file, options, migrations, now()));
  return closeOnError(sql, () => {
    if (found < migrations.length && found > 0) migrateOlder(sql, directory, found, migrations, now());
    return new Store(sql, { directory, origin: found === 0 ? 'created' : 'found', readonly: false, now });
  });
}

/** Connects, and makes the tables where there are none. `found` is the version that stood there. */
function makeReady(
  file: string,
  options: OpenOptions,
  migrations: readonly Migration[],
  now: number,
): { readonly sql: Sql; readonly found: number } {
  const sql = connect(file, options, true);
  return closeOnError(sql, () => {
    const found = schemaVersion(sql);
    refuseNewer(sql, found, migrations);
    sql.pragma('journal_mode = WAL');
    // An intent must survive a loss of power; in WAL mode SQLite would otherwise sync at checkpoints only.
    sql.pragma('synchronous = FULL');
    if (found === 0) migrate(sql, migrations, now);
    return { sql, found };
  });
}

/** The tables of an older program are not changed under it, and a copy is kept. */
function migrateOlder(
  sql: Sql,
  directory: string,
  version: number,
  migrations: readonly Migration[],
  now: number,
): void {
  const lock = holdLock(stateFiles.lock(directory));
  if (lock === undefined)
    throw new StoreError(
      'busy',
      `${sql.file} has to be migrated, and ${describeHolder(readHolder(directory), now)} is using it. Stop that first.`,
    );
  try {
    const verdict = sql.pragma('quick_check');
    if (verdict !== 'ok') throw corrupt(sql.file, String(verdict));
    const copy = stateFiles.beforeMigration(directory, version, now);
    ensurePrivateFile(copy);
    sql.run('VACUUM INTO ?', copy);
    sync(copy);
    migrate(sql, migrations, now);
  } finally {
    lock.release();
  }
}

function connect(file: string, options: OpenOptions, mustExist: boolean): Sql {
  const sql = new Sql(file, { mustExist, ...(options.trace === undefined ? {} : { trace: options.trace }) });
  return closeOnError(sql, () => {
    sql.pragma('foreign_keys = ON');
    // Else INSERT OR REPLACE would delete past the triggers that forbid it.
    sql.pragma('recursive_triggers = ON');
    sql.pragma('trusted_schema = OFF');
    sql.pragma('temp_store = MEMORY');
    return sql;
  });
}

/** The least page of SQLite (bytes); no database is smaller. */
const LEAST_DATABASE = 512;

/**
 * SQLite takes an emptied file, and one of a single byte, for a new database, and would throw away the log
 * beside it; they are damaged ones.
 */
function refuseRemains(file: string): void {
  const size = sizeOf(file);
  if (size === undefined || size >= LEAST_DATABASE) return;
  if (size > 0) throw corrupt(file, `it is ${size} bytes long`);
  if ((sizeOf(`${file}-wal`) ?? 0) > 0) throw corrupt(file, 'it is empty, with a log of changes beside it');
}

function older(file: string, version: number, known: number): StoreError {
  return new StoreError(
    'older',
    `${file} was written by an older Sluice: its schema is version ${version}, and this program reads ` +
      `version ${known}. Run "sluice reconcile --once": it migrates the state and keeps a copy.`,
  );
}

function closeOnError<T>(sql: Sql, work: () => T): T {
  try {
    return work();
  } catch (error) {
    sql.close();
    throw error;
  }
}

/** Two that create the same database collide; the second finds it made. */
function patiently<T>(work: () => T): T {
  for (let collision = 1; ; collision++) {
    try {
      return work();
    } catch (error) {
      const again =
        error instanceof StoreError && error.kind === 'busy' && !error.message.includes('migrated');
      if (!again || collision === COLLISIONS) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10 * collision);
    }
  }
}
