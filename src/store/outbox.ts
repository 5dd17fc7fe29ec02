import { integer, optionalInteger, optionalText, text, textsOf, withoutUndefined } from './rows.js';
import type { Row } from './sql.js';
import type { Connection } from './connection.js';

/** A mail as it was written; it never changes. */
export interface NewMail {
  readonly runUuid: string;
  readonly recipients: readonly string[];
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  /** Without the angle brackets; unique. */
  readonly messageId: string;
  /** A trouble that many runs share; see {@link OutboxTable.wasSaid}. */
  readonly topic?: string;
}

/** A mail with how far its delivery has come. Times are epoch milliseconds. */
export interface StoredMail extends NewMail {
  readonly id: number;
  readonly createdAt: number;
  /** Who has not got it yet. */
  readonly remaining: readonly string[];
  readonly attempts: number;
  readonly nextAt: number;
  readonly sentAt?: number;
  /** Nobody could be reached, for good. */
  readonly givenUpAt?: number;
  readonly lastError?: string;
}

export type Delivery = Pick<StoredMail, 'remaining' | 'attempts' | 'nextAt'> &
  Partial<Pick<StoredMail, 'sentAt' | 'givenUpAt' | 'lastError'>>;

const INSERT = `INSERT INTO outbox
  (run_uuid, topic, recipients, subject, text, html, message_id, created_at, remaining, next_at)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`;
const DELIVERY = `UPDATE outbox SET remaining = ?, attempts = ?, next_at = ?, sent_at = ?, given_up_at = ?,
  last_error = ? WHERE id = ?`;
const UNSENT = 'sent_at IS NULL AND given_up_at IS NULL';
export const MAILS_DUE = `SELECT * FROM outbox WHERE ${UNSENT} AND next_at <= ? ORDER BY next_at, id LIMIT ?`;
export const MAILS_WAITING = `SELECT count(*) AS n FROM outbox WHERE ${UNSENT}`;
export const MAILS_OF_RUN = 'SELECT * FROM outbox WHERE run_uuid = ? ORDER BY id';
export const MAILS_COUNTED = 'SELECT count(*) AS n FROM outbox WHERE run_uuid = ?';
export const MAIL_ON_TOPIC =
  'SELECT 1 FROM outbox WHERE topic = ? AND created_at > ? AND recipients = ? LIMIT 1';

/** Mails, from when they were written on. None is deleted, so that none is written twice. */
export class OutboxTable {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** @throws {StoreError} `refused` for a Message-ID that is there already */
  put(mail: NewMail): void {
    const { sql, now, transaction } = this.#connection;
    const at = now();
    const recipients = JSON.stringify(mail.recipients);
    transaction(() =>
      sql.run(
        INSERT,
        ...[mail.runUuid, mail.topic ?? null, recipients, mail.subject, mail.text, mail.html],
        ...[mail.messageId, at, recipients, at],
      ),
    );
  }

  /** Whether these recipients got a mail on this topic since. */
  wasSaid(topic: string, recipients: readonly string[], since: number): boolean {
    return this.#connection.sql.get(MAIL_ON_TOPIC, topic, since, JSON.stringify(recipients)) !== undefined;
  }

  /** What is to be tried now, the longest due first. */
  due(at: number, limit: number): StoredMail[] {
    return this.#connection.sql.all(MAILS_DUE, at, limit).map(mailOf);
  }

  /** How many are neither sent nor given up. */
  waiting(): number {
    return integer(this.#connection.sql.get(MAILS_WAITING) ?? {}, 'n');
  }

  countOf(runUuid: string): number {
    return integer(this.#connection.sql.get(MAILS_COUNTED, runUuid) ?? {}, 'n');
  }

  /** Oldest first. */
  ofRun(runUuid: string): StoredMail[] {
    return this.#connection.sql.all(MAILS_OF_RUN, runUuid).map(mailOf);
  }

  record(id: number, delivery: Delivery): void {
    const { sql, transaction } = this.#connection;
    const { remaining, attempts, nextAt, sentAt, givenUpAt, lastError } = delivery;
    transaction(() =>
      sql.run(
        DELIVERY,
        ...[JSON.stringify(remaining), attempts, nextAt],
        ...[sentAt ?? null, givenUpAt ?? null, lastError ?? null, id],
      ),
    );
  }
}

function mailOf(row: Row): StoredMail {
  return withoutUndefined<StoredMail>({
    id: integer(row, 'id'),
    runUuid: text(row, 'run_uuid'),
    topic: optionalText(row, 'topic'),
    recipients: textsOf(row, 'recipients'),
    subject: text(row, 'subject'),
    text: text(row, 'text'),
    html: text(row, 'html'),
    messageId: text(row, 'message_id'),
    createdAt: integer(row, 'created_at'),
    remaining: textsOf(row, 'remaining'),
    attempts: integer(row, 'attempts'),
    nextAt: integer(row, 'next_at'),
    sentAt: optionalInteger(row, 'sent_at'),
    givenUpAt: optionalInteger(row, 'given_up_at'),
    lastError: optionalText(row, 'last_error'),
  });
}
