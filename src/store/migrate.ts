import { corrupt, StoreError } from './errors.js';
import type { Migration } from './migrations/index.js';
import type { Sql } from './sql.js';

/** Marks the file as ours: `SLUC` in ASCII, shown by file(1). */
export const APPLICATION_ID = 0x534c5543;

/**
 * The version of the schema; 0 for a database without tables. Only reads.
 * @throws {StoreError} `corrupt`, or `foreign` for a sound database that is not ours.
 */
export function schemaVersion(sql: Sql): number {
  // In this order: who makes the tables in another process just now marks the file as ours in the same transaction.
  const tables = sql.get(`SELECT count(*) AS n FROM sqlite_schema WHERE type = 'table'`)?.['n'];
  const owner = sql.pragma('application_id');
  if (owner === 0 && tables === 0) return 0;
  if (owner !== APPLICATION_ID)
    throw new StoreError(
      'foreign',
      `${sql.file} is a database of another program. It was left as it is. Move it away, or use another directory with -C.`,
    );
  const version = sql.get('SELECT max(number) AS version FROM migrations')?.['version'];
  if (typeof version !== 'number') throw corrupt(sql.file, 'it does not say its version');
  return version;
}

/** @throws {StoreError} `newer`, naming both versions. */
export function refuseNewer(sql: Sql, version: number, migrations: readonly Migration[]): void {
  if (version <= migrations.length) return;
  throw new StoreError(
    'newer',
    `${sql.file} was written by a newer Sluice: its schema is version ${version}, and this program knows ` +
      `versions up to ${migrations.length}. It was left as it is. Upgrade Sluice.`,
  );
}

/**
 * Brings the schema up to the last migration, all in one transaction: who opens a state that is being made in another
 * process sees it without tables, or whole, and a migration that fails leaves the state as it was.
 */
export function migrate(sql: Sql, migrations: readonly Migration[], now: number): void {
  sql.immediate(() => {
    // Another migrator may have been here while we waited for the transaction.
    const version = schemaVersion(sql);
    refuseNewer(sql, version, migrations);
    if (version === 0) startHistory(sql);
    for (const { number, name, sql: statements } of migrations.slice(version)) {
      sql.run('INSERT INTO migrations (number, name, at) VALUES (?, ?, ?)', number, name, now);
      sql.exec(statements);
    }
  });
}

function startHistory(sql: Sql): void {
  sql.pragma(`application_id = ${APPLICATION_ID}`);
  sql.exec(
    'CREATE TABLE migrations (number INTEGER PRIMARY KEY, name TEXT NOT NULL, at INTEGER NOT NULL) STRICT',
  );
}
