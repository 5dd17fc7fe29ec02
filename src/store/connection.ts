import type { Sql } from './sql.js';

/** What the tables need of the connection: statements, the clock, and a transaction under the fence. */
export interface Connection {
  readonly sql: Sql;
  readonly now: () => number;
  readonly transaction: <T>(work: () => T) => T;
}
