import type { Cause } from './events.js';
import type { Connection } from './connection.js';
import { text } from './rows.js';

/** What a person has said yes to, by the digest of what was held. */
export class ApprovalsTable {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** Twice is once. */
  add(digest: string, reason: string, { actor }: Cause): void {
    const { sql, now, transaction } = this.#connection;
    transaction(() => {
      const insert =
        'INSERT INTO approvals (digest, at, actor, reason) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING';
      sql.run(insert, digest, now(), actor ?? null, reason);
    });
  }

  /** What it was about is over. */
  remove(digest: string): void {
    const { sql, transaction } = this.#connection;
    transaction(() => sql.run('DELETE FROM approvals WHERE digest = ?', digest));
  }

  all(): ReadonlySet<string> {
    return new Set(
      this.#connection.sql.all('SELECT digest FROM approvals').map((row) => text(row, 'digest')),
    );
  }
}
