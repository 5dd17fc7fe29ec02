import Database from 'better-sqlite3';
import { translateError } from './errors.js';

export type Row = Readonly<Record<string, unknown>>;
export type SqlValue = string | number | bigint | null;
export type SqlParameters = readonly SqlValue[] | readonly [Readonly<Record<string, SqlValue>>];

/**
 * A wait for another writer blocks the event loop, so each wait ends after this long (milliseconds)
 * and the caller decides whether to ask again.
 */
export const BUSY_TIMEOUT_MS = 200;

interface Prepared {
  run(...parameters: readonly unknown[]): Database.RunResult;
  all(...parameters: readonly unknown[]): unknown[];
  iterate(...parameters: readonly unknown[]): IterableIterator<unknown>;
  raw(on: boolean): unknown;
  columns(): readonly { readonly name: string }[];
  safeIntegers(on: boolean): unknown;
}

/**
 * One connection: statements are prepared on first use and kept; errors come out as
 * {@link import('./errors.js').StoreError}. Knows nothing of tables.
 */
export class Sql {
  readonly file: string;
  readonly #db: Database.Database;
  readonly #statements = new Map<string, Prepared>();
  /** What failed within the transaction that is open: all of it is undone. */
  readonly #failures: unknown[] = [];

  /** @param from path, `:memory:`, or the {@link image} of another. `trace` is told every statement as it runs. */
  constructor(
    from: string | Buffer,
    options: { readonly mustExist: boolean; readonly trace?: (sql: string) => void },
  ) {
    this.file = typeof from === 'string' ? from : ':memory:';
    const { trace } = options;
    this.#db = this.#guard(
      () =>
        new Database(from, {
          fileMustExist: options.mustExist,
          timeout: BUSY_TIMEOUT_MS,
          ...(trace === undefined ? {} : { verbose: (sql: unknown) => trace(String(sql)) }),
        }),
    );
  }

  get inTransaction(): boolean {
    return this.#db.inTransaction;
  }

  all(sql: string, ...parameters: SqlParameters): Row[] {
    return this.#guard(() => {
      const statement = this.#prepared(sql, 'arrays');
      const rows = statement.all(...parameters) as (readonly unknown[])[];
      if (rows.length === 0) return [];
      // Named here: for ten thousand rows half as dear as having the library name them.
      const names = statement.columns().map(({ name }) => name);
      return rows.map((values) => named(names, values));
    });
  }

  get(sql: string, ...parameters: SqlParameters): Row | undefined {
    return this.all(sql, ...parameters)[0];
  }

  /** Rows as arrays with integers as bigint: for nanoseconds, which no double holds. */
  exact(sql: string, ...parameters: SqlParameters): (readonly unknown[])[] {
    return this.#guard(() => this.#prepared(sql, 'exact').all(...parameters)) as (readonly unknown[])[];
  }

  /**
   * Tells of thousands of rows one by one, as arrays: cheaper than all of them at once, which the collector of garbage
   * would carry from place to place. `take` asks nothing of this connection.
   */
  each(sql: string, take: (row: readonly unknown[]) => void, ...parameters: SqlParameters): void {
    this.#guard(() => {
      for (const row of this.#prepared(sql, 'arrays').iterate(...parameters)) take(row as readonly unknown[]);
    });
  }

  /** @returns the number of rows changed. */
  run(sql: string, ...parameters: SqlParameters): number {
    return this.#guard(() => this.#prepared(sql, 'rows').run(...parameters).changes);
  }

  /** Several statements without parameters. */
  exec(sql: string): void {
    this.#guard(() => this.#db.exec(sql));
  }

  /** The first column of the pragma's first row. */
  pragma(pragma: string): unknown {
    return this.#guard(() => this.#db.pragma(pragma, { simple: true }));
  }

  /**
   * BEGIN IMMEDIATE … COMMIT. Within another it is part of that one, which fails with it, whoever catches the error: a
   * savepoint for each record costs more the more there are before it, so that ten thousand would take minutes.
   * `work` is synchronous.
   */
  immediate<T>(work: () => T): T {
    if (this.#db.inTransaction) return this.#within(work);
    return this.#guard(() => {
      // Prepared once: a pass has thousands of them, and better-sqlite3's own wrapper is made anew for each.
      this.#prepared('BEGIN IMMEDIATE', 'rows').run();
      this.#failures.length = 0;
      try {
        const result = work();
        if (this.#failures.length > 0) throw this.#failures[0];
        this.#prepared('COMMIT', 'rows').run();
        return result;
      } catch (error) {
        // A failed COMMIT, or a full disk, may have ended the transaction already.
        if (this.#db.inTransaction) this.#prepared('ROLLBACK', 'rows').run();
        throw error;
      }
    });
  }

  #within<T>(work: () => T): T {
    try {
      return this.#guard(work);
    } catch (error) {
      this.#failures.push(error);
      throw error;
    }
  }

  /** All of it, as a database in memory takes it. */
  image(): Buffer {
    const image = this.#guard(() => this.#db.serialize());
    // Bytes 18 and 19 of the header say that there is a log beside it, which memory cannot have.
    image.set([1, 1], 18);
    return image;
  }

  close(): void {
    this.#statements.clear();
    this.#db.close();
  }

  #prepared(sql: string, mode: 'rows' | 'arrays' | 'exact'): Prepared {
    const key = `${mode} ${sql}`;
    const known = this.#statements.get(key);
    if (known !== undefined) return known;
    const statement: Prepared = this.#db.prepare(sql);
    if (mode !== 'rows') statement.raw(true);
    if (mode === 'exact') statement.safeIntegers(true);
    this.#statements.set(key, statement);
    return statement;
  }

  #guard<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw translateError(error, this.file);
    }
  }
}

function named(names: readonly string[], values: readonly unknown[]): Row {
  const row: Record<string, unknown> = {};
  for (let index = 0; index < names.length; index += 1) row[names[index] ?? ''] = values[index];
  return row;
}
