/** What delivery needs of a mail server. `smtp.ts` is the one adapter. */

/** A mail on its way to those who have not got it yet. */
export interface Envelope {
  /** Without the angle brackets, as is `thread`. */
  readonly messageId: string;
  /** The mails of a run name it, so that mail programs show them together. */
  readonly thread: string;
  readonly date: Date;
  /** Everybody that it is written to. */
  readonly to: readonly string[];
  /** To whom it goes now. */
  readonly remaining: readonly string[];
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

/** One recipient whom the server did not take it for. */
export interface Refusal {
  readonly recipient: string;
  /** It would say the same for ever (5xx). */
  readonly permanent: boolean;
  /** The server's own. */
  readonly words: string;
}

export interface MailConnection {
  /**
   * @returns the recipients that were refused; all others' server has it
   * @throws {MailTrouble} when nothing can be told of the mail, and the connection is of no more use
   */
  send(envelope: Envelope): Promise<readonly Refusal[]>;
  close(): Promise<void>;
}

export interface Mailer {
  /** @throws {MailTrouble} when the server cannot be reached, trusted or logged in to */
  connect(signal: AbortSignal): Promise<MailConnection>;
}

/** The server, or the way to it, is at fault; no word of it concerns a mail. */
export class MailTrouble extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'MailTrouble';
  }
}
