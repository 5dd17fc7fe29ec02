/**
 * Mail by SMTP: TLS unless the settings say otherwise, a login, time-outs. The only door to nodemailer, which is loaded
 * when there is something to send: most commands have nothing.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { NodemailerError } from 'nodemailer';
import type SMTPConnection from 'nodemailer/lib/smtp-connection';
import type { SmtpSettings } from '../model/settings.js';
import { type Envelope, type MailConnection, type Mailer, MailTrouble, type Refusal } from './mailer.js';

/** For each of: looking the name up, connecting, the greeting, and every silence after. */
const TIMEOUT_MS = 10_000;
/** For a mail in all: a server that answers a byte at a time is as good as dead. */
const MAIL_DEADLINE_MS = 30_000;
const GOODBYE_MS = 1_000;
const TLS_PORT = 465;
/** They ask for a login, whatever recipient they were said of. */
const LOGIN_CODES = [530, 534, 535, 538];

export interface SmtpOptions {
  readonly settings: Pick<SmtpSettings, 'host' | 'port' | 'from' | 'username' | 'tls'>;
  /** Looked up for each connection. @throws with the place where it was to be found */
  readonly password?: () => string;
  /** Certificates to trust in place of the usual ones, PEM. */
  readonly trusted?: string;
  readonly timeoutMs?: number;
  /** Where TLS is spoken from the start, without STARTTLS; 465 unless a test cannot have that. */
  readonly tlsPort?: number;
}

export class SmtpMailer implements Mailer {
  readonly #options: SmtpOptions;

  constructor(options: SmtpOptions) {
    this.#options = options;
  }

  async connect(signal: AbortSignal): Promise<MailConnection> {
    const { settings, timeoutMs = TIMEOUT_MS } = this.#options;
    const port = settings.port ?? (settings.tls === 'required' ? 587 : 25);
    const where = `${settings.host}:${port}`;
    const connection = await this.#connectionTo(port, timeoutMs);
    const talk = { connection, signal };
    // Where nobody listens, an error would end the process.
    connection.on('error', () => undefined);
    try {
      const auth = this.#auth();
      await within(4 * timeoutMs, talk, (done, failed) => {
        connection.connect((error) => (error ? failed(error) : done()));
      });
      if (auth)
        await within(MAIL_DEADLINE_MS, talk, (done, failed) => {
          connection.login(auth, (error) => (error ? failed(error) : done()));
        });
      return new SmtpSession(talk, settings.from, where);
    } catch (error) {
      connection.close();
      throw new MailTrouble(`${where}: ${wordsOf(error)}${adviceOn(error)}`, { cause: error });
    }
  }

  async #connectionTo(port: number, timeoutMs: number): Promise<SMTPConnection> {
    const { default: Connection } = await import('nodemailer/lib/smtp-connection');
    const { settings, trusted, tlsPort = TLS_PORT } = this.#options;
    const secure = settings.tls === 'required';
    return new Connection({
      host: settings.host,
      port,
      secure: secure && port === tlsPort,
      requireTLS: secure,
      ignoreTLS: !secure,
      connectionTimeout: timeoutMs,
      greetingTimeout: timeoutMs,
      socketTimeout: timeoutMs,
      dnsTimeout: timeoutMs,
      socketCloseTimeout: 0,
      logger: false,
      ...(trusted === undefined ? {} : { tls: { ca: trusted } }),
    });
  }

  #auth(): { user: string; pass: string } | undefined {
    const { settings, password } = this.#options;
    return settings.username === undefined || password === undefined
      ? undefined
      : { user: settings.username, pass: password() };
  }
}

class SmtpSession implements MailConnection {
  readonly #talk: Talk;
  readonly #from: string;
  readonly #where: string;

  constructor(talk: Talk, from: string, where: string) {
    this.#talk = talk;
    this.#from = from;
    this.#where = where;
  }

  async send(envelope: Envelope): Promise<readonly Refusal[]> {
    const message = await compose(this.#from, envelope);
    const to = [...envelope.remaining];
    try {
      return await within(MAIL_DEADLINE_MS, this.#talk, (done, failed) => {
        this.#talk.connection.send({ from: this.#from, to, size: message.length }, message, (error, info) => {
          if (error) failed(error);
          else done((info.rejectedErrors ?? []).map(refusalOf));
        });
      });
    } catch (error) {
      const refusals = refusalsIn(error, envelope.remaining);
      if (refusals === undefined) throw this.#trouble(error);
      await this.#reset();
      return refusals;
    }
  }

  async close(): Promise<void> {
    const { connection } = this.#talk;
    if (connection.destroyed) return;
    // A server that says no goodbye is not waited for: it has spoken of each mail.
    const gone = new Promise((resolve) => connection.once('end', resolve));
    connection.quit();
    await Promise.race([gone, pause(GOODBYE_MS, undefined, { ref: false })]);
    connection.close();
  }

  /** Else the next mail would go on where the refused one stopped. */
  async #reset(): Promise<void> {
    try {
      await within(MAIL_DEADLINE_MS, this.#talk, (done, failed) => {
        this.#talk.connection.reset((error) => (error ? failed(error) : done()));
      });
    } catch {
      // The next one meets the same, and says so.
    }
  }

  #trouble(error: unknown): MailTrouble {
    return new MailTrouble(`${this.#where}: ${wordsOf(error)}`, { cause: error });
  }
}

async function compose(from: string, envelope: Envelope): Promise<Buffer> {
  const { default: MailComposer } = await import('nodemailer/lib/mail-composer');
  const address = (each: string): { name: string; address: string } => ({ name: '', address: each });
  return new MailComposer({
    from: { name: 'Sluice', address: from },
    to: envelope.to.map(address),
    subject: envelope.subject,
    messageId: `<${envelope.messageId}>`,
    references: `<${envelope.thread}>`,
    date: envelope.date,
    text: envelope.text,
    html: envelope.html,
    // So that nobody's holiday notice answers.
    headers: { 'Auto-Submitted': 'auto-generated' },
    xMailer: false,
    disableFileAccess: true,
    disableUrlAccess: true,
  })
    .compile()
    .build();
}

/**
 * @returns undefined where the words are about us or the connection, not about this mail: the sender that is not taken,
 *   a login that is wanted, a connection that broke
 */
function refusalsIn(error: unknown, recipients: readonly string[]): readonly Refusal[] | undefined {
  if (!isFailure(error)) return undefined;
  const { code, command, responseCode, rejectedErrors = [] } = error;
  if (LOGIN_CODES.includes(responseCode ?? 0)) return undefined;
  if (rejectedErrors.length > 0) return rejectedErrors.map(refusalOf);
  const ofMail = code === 'EMESSAGE' || (code === 'EENVELOPE' && command !== 'MAIL FROM');
  if (!ofMail) return undefined;
  const permanent = (responseCode ?? 500) >= 500;
  return recipients.map((recipient) => ({ recipient, permanent, words: refusingWords(error) }));
}

function refusalOf(error: NodemailerError): Refusal {
  const { recipient = '', responseCode = 0 } = error;
  return { recipient, permanent: responseCode >= 500, words: refusingWords(error) };
}

/** Answers of the server, or of this machine: they hold nothing that we sent. */
function wordsOf(error: unknown): string {
  return shortened(isFailure(error) ? error.message : String(error));
}

/** What a person can do where no connection came about; nothing where only the server's people can. */
function adviceOn(error: unknown): string {
  if (!isFailure(error)) return '';
  const { code, message } = error;
  if (/certificate/i.test(message))
    return '; to trust it, name its file in the environment variable NODE_EXTRA_CA_CERTS';
  if (code === 'ETLS') return '; mail is sent encrypted only, unless smtp.tls in sluice.yaml says otherwise';
  if (code === 'EAUTH') return '; see smtp.username and smtp.password in sluice.yaml';
  return /ECONNREFUSED|ENOTFOUND/.test(message) ? '; see smtp.host and smtp.port in sluice.yaml' : '';
}

/** The server's own where it had some. */
function refusingWords(error: NodemailerError): string {
  return shortened(error.response ?? error.message);
}

function shortened(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim().slice(0, 500);
}

function isFailure(error: unknown): error is NodemailerError {
  return error instanceof Error;
}

interface Talk {
  readonly connection: SMTPConnection;
  readonly signal: AbortSignal;
}

/** nodemailer forgets its callbacks when a connection is closed under it: nobody waits for them longer than this. */
function within<T = void>(
  ms: number,
  { connection, signal }: Talk,
  work: (done: (value: T) => void, failed: (error: Error) => void) => void,
): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', stop);
      connection.off('error', failed);
    };
    const failed = (error: Error): void => {
      end();
      reject(error);
    };
    const stop = (): void => failed(new Error('interrupted'));
    const timer = setTimeout(() => failed(new Error(`no end of it after ${ms / 1000} s`)), ms);
    signal.addEventListener('abort', stop, { once: true });
    connection.on('error', failed);
    if (signal.aborted) stop();
    else
      work((value) => {
        end();
        resolve(value);
      }, failed);
  });
}
