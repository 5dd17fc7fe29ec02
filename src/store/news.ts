import { optionalText, text } from './rows.js';
import type { Connection } from './connection.js';

/** Only runs that changed since their owner was last thought of; read from one partial index. */
export const NEWS = 'SELECT uuid FROM runs WHERE news = 1 ORDER BY id';
const TOLD = 'SELECT told FROM runs WHERE uuid = ?';
const TELL = 'UPDATE runs SET told = ?, news = 0 WHERE uuid = ?';
const FOUND_LIVE = `UPDATE runs SET told = 'found' WHERE phase NOT IN ('Succeeded', 'Failed', 'Cancelled')`;

/** What the owner of a run was last told, in the words of `src/notify/told.ts`. Columns of the runs. */
export class NewsTable {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** Runs of which something may be to be told, in the order of creation. */
  pending(): string[] {
    return this.#connection.sql.all(NEWS).map((row) => text(row, 'uuid'));
  }

  told(uuid: string): string | undefined {
    const row = this.#connection.sql.get(TOLD, uuid);
    return row === undefined ? undefined : optionalText(row, 'told');
  }

  /** It was looked at, and this is what its owner knows now. */
  tell(uuid: string, told: string | undefined): void {
    this.#connection.transaction(() => this.#connection.sql.run(TELL, told ?? null, uuid));
  }

  /** The state is rebuilt: of every live run, its owner knows already how it is found to stand. */
  findLive(): void {
    this.#connection.transaction(() => this.#connection.sql.run(FOUND_LIVE));
  }
}
