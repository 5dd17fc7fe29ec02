/** Sends what is due from the outbox, one connection at a time, beside whatever else is done. */
import type { Delivery, StoredMail } from '../store/outbox.js';
import type { Store } from '../store/store.js';
import { type MailConnection, type Mailer, MailTrouble, type Refusal } from './mailer.js';

const BATCH = 100;
/** Then no further mail is begun: who waits for the end of a delivery has other things to do. */
const BUDGET_MS = 30_000;
const MINUTE = 60_000;
/** A refused mail is tried again after one minute, two, four, … */
const RETRY_FIRST_MS = MINUTE;
const RETRY_LONGEST_MS = 60 * MINUTE;
/** A living server that does not take a mail for so long never will. */
const PATIENCE_MS = 5 * 24 * 60 * MINUTE;
/** A dead server is asked again after 15 s, 30 s, …; by another process at once. */
const SERVER_FIRST_MS = 15_000;
const SERVER_LONGEST_MS = 10 * MINUTE;

export interface PostmanOptions {
  readonly store: Store;
  readonly mailer: Mailer;
  readonly now: () => number;
  readonly warn: (text: string) => void;
}

/** What of a batch did not go, and why, for one line. */
interface Held {
  words?: string | undefined;
}

export class Postman {
  readonly #options: PostmanOptions;
  readonly #closing = new AbortController();
  #running: Promise<void> | undefined;
  #serverFailures = 0;
  #notBefore = -Infinity;
  #said: string | undefined;

  constructor(options: PostmanOptions) {
    this.#options = options;
  }

  /**
   * Returns when what was due is sent, or known not to go now; one that is under way already is joined. A server that is
   * away costs a connection's time-out and one warning, never a mail.
   * @throws {StoreError}
   */
  deliver(): Promise<void> {
    this.#running ??= this.#deliver().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  /** What is on its way is broken off; without a word that it arrived it is sent again, under the same Message-ID. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#running?.catch(() => undefined);
  }

  async #deliver(): Promise<void> {
    const { store, mailer, now } = this.#options;
    if (this.#closing.signal.aborted || now() < this.#notBefore) return;
    if (store.outbox.due(now(), 1).length === 0) return;
    const held: Held = {};
    let connection: MailConnection | undefined;
    try {
      connection = await mailer.connect(this.#closing.signal);
      await this.#sendAll(connection, held);
      this.#serverFailures = 0;
    } catch (error) {
      if (!(error instanceof MailTrouble)) throw error;
      this.#postpone();
      held.words ??= error.message;
    } finally {
      await connection?.close();
    }
    this.#tell(held);
  }

  async #sendAll(connection: MailConnection, held: Held): Promise<void> {
    const { store, now } = this.#options;
    const end = performance.now() + BUDGET_MS;
    for (;;) {
      const due = store.outbox.due(now(), BATCH);
      for (const mail of due) {
        if (performance.now() > end) return;
        await this.#send(connection, mail, held);
      }
      if (due.length < BATCH) return;
    }
  }

  async #send(connection: MailConnection, mail: StoredMail, held: Held): Promise<void> {
    const { store, now } = this.#options;
    try {
      const refusals = await connection.send(envelopeOf(mail));
      const delivery = deliveryAfter(mail, refusals, now());
      if (delivery.sentAt === undefined && delivery.givenUpAt === undefined)
        held.words ??= delivery.lastError;
      await store.transactionWhenFree(() => {
        store.outbox.record(mail.id, delivery);
        for (const refusal of lostFor(mail, refusals, delivery)) this.#recordLoss(mail, refusal);
      });
    } catch (error) {
      // The mail may be what breaks the connection: the others go before it is tried again.
      if (error instanceof MailTrouble && !this.#closing.signal.aborted) {
        const delivery = { ...retried(mail, now()), lastError: error.message };
        await store.transactionWhenFree(() => store.outbox.record(mail.id, delivery));
      }
      throw error;
    }
  }

  #recordLoss(mail: StoredMail, { recipient, words }: Refusal): void {
    const message = `mail to ${recipient} ("${mail.subject}") cannot be delivered: ${words}`;
    this.#options.store.events.append({ kind: 'mail', runUuid: mail.runUuid, message });
    this.#options.warn(message);
  }

  #postpone(): void {
    this.#serverFailures += 1;
    const pause = Math.min(SERVER_FIRST_MS * 2 ** (this.#serverFailures - 1), SERVER_LONGEST_MS);
    this.#notBefore = this.#options.now() + pause;
  }

  /** Once as long as it stays the same. */
  #tell({ words }: Held): void {
    if (words !== undefined && words !== this.#said && !this.#closing.signal.aborted) {
      const count = this.#options.store.outbox.waiting();
      const mails = count === 1 ? '1 mail waits' : `${count} mails wait`;
      this.#options.warn(`${mails} in the outbox and will be sent later: ${words}`);
    }
    this.#said = words;
  }
}

function envelopeOf(mail: StoredMail): Parameters<MailConnection['send']>[0] {
  const { messageId, runUuid, recipients, remaining, subject, text, html } = mail;
  const thread = `${runUuid}@${messageId.slice(messageId.lastIndexOf('@') + 1)}`;
  return {
    messageId,
    thread,
    to: recipients,
    remaining,
    subject,
    text,
    html,
    date: new Date(mail.createdAt),
  };
}

/** How far a mail has come when the server has spoken. */
export function deliveryAfter(mail: StoredMail, refusals: readonly Refusal[], now: number): Delivery {
  const said = refusals[0] === undefined ? {} : { lastError: refusals.map(({ words }) => words).join('; ') };
  const later = refusals.filter(({ permanent }) => !permanent).map(({ recipient }) => recipient);
  const isLate = now - mail.createdAt >= PATIENCE_MS;
  const tried = { ...retried(mail, now), ...said };
  if (later.length > 0 && !isLate) return { ...tried, remaining: later };
  const nobody =
    mail.recipients.length === mail.remaining.length && refusals.length === mail.remaining.length;
  return { ...tried, remaining: [], ...(nobody ? { givenUpAt: now } : { sentAt: now }) };
}

function retried(mail: StoredMail, now: number): Delivery {
  const pause = Math.min(RETRY_FIRST_MS * 2 ** mail.attempts, RETRY_LONGEST_MS);
  return { remaining: mail.remaining, attempts: mail.attempts + 1, nextAt: now + pause };
}

/** Those who will never get it. */
function lostFor(
  mail: StoredMail,
  refusals: readonly Refusal[],
  { remaining }: Delivery,
): readonly Refusal[] {
  return refusals.filter(
    ({ recipient }) => mail.remaining.includes(recipient) && !remaining.includes(recipient),
  );
}
