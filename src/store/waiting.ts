import type { Waiting } from '../model/action.js';
import type { Connection } from './connection.js';
import { integer, optionalText, text, withoutUndefined, word } from './rows.js';

const WAITING: readonly Waiting['reason'][] = ['ManyAtOnce', 'LooksRenamed', 'SpecChanged', 'StaleCommit'];

export interface StoredWaiting extends Waiting {
  /** Epoch milliseconds. */
  readonly since: number;
}

/** What the last full pass left undone, so that whoever reads the state can see it. */
export class WaitingTable {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** By name. */
  all(): readonly StoredWaiting[] {
    return this.#connection.sql.all('SELECT * FROM waiting ORDER BY name, reason, message').map((row) =>
      withoutUndefined<StoredWaiting>({
        name: text(row, 'name'),
        reason: word<Waiting['reason']>(WAITING, row, 'reason'),
        message: text(row, 'message'),
        digest: optionalText(row, 'digest'),
        since: integer(row, 'since'),
      }),
    );
  }

  /** All that waits now; what waited before keeps its time. @returns what waits since now */
  replace(waiting: readonly Waiting[]): readonly Waiting[] {
    const before = new Map(this.all().map((each) => [keyOf(each), each]));
    const news = waiting.filter((each) => !before.has(keyOf(each)));
    if (news.length === 0 && before.size === waiting.length) return [];
    const { sql, now, transaction } = this.#connection;
    transaction(() => {
      sql.run('DELETE FROM waiting');
      for (const each of waiting) {
        const since = before.get(keyOf(each))?.since ?? now();
        const insert =
          'INSERT OR IGNORE INTO waiting (name, reason, message, digest, since) VALUES (?, ?, ?, ?, ?)';
        sql.run(insert, each.name, each.reason, each.message, each.digest ?? null, since);
      }
    });
    return news;
  }
}

function keyOf({ name, reason, message }: Waiting): string {
  return JSON.stringify([name, reason, message]);
}
