import { json, integer, optionalInteger, optionalText, text, withoutUndefined } from './rows.js';
import type { Row } from './sql.js';
import type { Connection } from './connection.js';

/** Something that happened, told once and never changed. */
export interface NewEvent {
  /** One word: `created`, `phase`, `condition`, `attempt`, `cancel`, `manifest`, `cluster`, … */
  readonly kind: string;
  /** A sentence for a person. */
  readonly message: string;
  readonly reason?: string;
  readonly runUuid?: string;
  readonly attempt?: number;
  readonly cluster?: string;
  /** The person or program that asked for it. */
  readonly actor?: string;
  /** Absent: that of the run which it is about, where it has one. */
  readonly commit?: string;
  /** Of the commit. */
  readonly author?: string;
  /** JSON, never secret. */
  readonly detail?: unknown;
}

export interface StoredEvent extends NewEvent {
  /** Rises with each event. */
  readonly id: number;
  /** Epoch milliseconds. */
  readonly at: number;
}

/** Who and what stands behind a change, for its event. */
export interface Cause {
  readonly actor?: string;
  readonly commit?: string;
  readonly detail?: unknown;
}

const INSERT = `INSERT INTO events (at, run_uuid, attempt, cluster, kind, reason, message, actor, detail, commit_id, author)
  SELECT ?, ?, ?, ?, ?, ?, ?, ?, ?, coalesce(given.commit_id, runs.commit_id),
    CASE WHEN given.commit_id IS NULL THEN runs.author ELSE given.author END
  FROM (SELECT ? AS commit_id, ? AS author) AS given LEFT JOIN runs ON runs.uuid = ?
  RETURNING id`;
export const EVENTS_OF_RUN = 'SELECT * FROM events WHERE run_uuid = ? AND id > ? ORDER BY id LIMIT ?';
const PHASE_SINCE =
  "SELECT at FROM events WHERE run_uuid = ? AND kind IN ('phase', 'created') ORDER BY id DESC LIMIT 1";
export const EVENTS_AFTER = 'SELECT * FROM events WHERE id > ? ORDER BY id LIMIT ?';

export const EVENTS_NAMED = `SELECT events.*, runs.name FROM events LEFT JOIN runs ON runs.uuid = events.run_uuid
  WHERE events.id > ? ORDER BY events.id LIMIT ?`;

export class EventsTable {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** @returns the event's id. */
  append(event: NewEvent): number {
    const { sql, now, transaction } = this.#connection;
    const row = transaction(() =>
      sql.get(
        INSERT,
        now(),
        event.runUuid ?? null,
        event.attempt ?? null,
        event.cluster ?? null,
        event.kind,
        event.reason ?? null,
        event.message,
        event.actor ?? null,
        event.detail === undefined ? null : JSON.stringify(event.detail),
        event.commit ?? null,
        event.author ?? null,
        event.runUuid ?? null,
      ),
    );
    return integer(row ?? {}, 'id');
  }

  /** Oldest first; `after` is the id of the last one seen. */
  ofRun(runUuid: string, page: { readonly after?: number; readonly limit?: number } = {}): StoredEvent[] {
    return this.#connection.sql.all(EVENTS_OF_RUN, runUuid, page.after ?? 0, page.limit ?? 1000).map(eventOf);
  }

  /** When the run came into its phase; undefined for one without events. Epoch milliseconds. */
  phaseSince(runUuid: string): number | undefined {
    const row = this.#connection.sql.get(PHASE_SINCE, runUuid);
    return row === undefined ? undefined : integer(row, 'at');
  }

  /** Of everything, oldest first. */
  after(id: number, limit: number): StoredEvent[] {
    return this.#connection.sql.all(EVENTS_AFTER, id, limit).map(eventOf);
  }

  /** As {@link after}, each with the name of the job that it is about, where it is about one. */
  named(id: number, limit: number): (StoredEvent & { readonly name?: string })[] {
    return this.#connection.sql.all(EVENTS_NAMED, id, limit).map((row) => {
      const name = optionalText(row, 'name');
      return { ...eventOf(row), ...(name === undefined ? {} : { name }) };
    });
  }

  /** The newest, newest first. */
  latest(limit: number): StoredEvent[] {
    return this.#connection.sql.all('SELECT * FROM events ORDER BY id DESC LIMIT ?', limit).map(eventOf);
  }
}

function eventOf(row: Row): StoredEvent {
  const detail = optionalText(row, 'detail');
  return withoutUndefined<StoredEvent>({
    id: integer(row, 'id'),
    at: integer(row, 'at'),
    kind: text(row, 'kind'),
    message: text(row, 'message'),
    reason: optionalText(row, 'reason'),
    runUuid: optionalText(row, 'run_uuid'),
    attempt: optionalInteger(row, 'attempt'),
    cluster: optionalText(row, 'cluster'),
    actor: optionalText(row, 'actor'),
    commit: optionalText(row, 'commit_id'),
    author: optionalText(row, 'author'),
    detail: detail === undefined ? undefined : json(detail, 'detail'),
  });
}
