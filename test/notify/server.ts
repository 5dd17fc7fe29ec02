/** A real SMTP server on this machine, with certificate, login, and every mood that a delivery may meet. */
import { readFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';

const fixture = (name: string): string => readFileSync(join(import.meta.dirname, 'fixtures', name), 'utf8');
export const CERTIFICATE = fixture('localhost.cert.pem');
export const LOGIN = { user: 'sluice', pass: 'planted-secret' };

export interface Received {
  readonly from: string;
  readonly to: readonly string[];
  /** Headers, unfolded, in lower case. */
  readonly headers: ReadonlyMap<string, string>;
  readonly raw: string;
  readonly secure: boolean;
  readonly user: string | undefined;
}

export class MailServer {
  readonly received: Received[] = [];
  /** By recipient: the words that it is refused with, such as `550 5.1.1 no such user`. */
  readonly refuses = new Map<string, string>();
  /** Words that a whole mail is refused with after its data. */
  refusesData: string | undefined;
  /** Its connection is cut in the middle of the mails' data, so often. */
  cuts = 0;
  connections = 0;
  #server: SMTPServer | undefined;
  readonly #options: SMTPServerOptions;
  readonly #sockets = new Set<Socket>();
  port = 0;

  constructor(options: SMTPServerOptions = {}) {
    this.#options = options;
  }

  async start(): Promise<this> {
    const server = new SMTPServer({
      key: fixture('localhost.key.pem'),
      cert: CERTIFICATE,
      authOptional: true,
      disableReverseLookup: true,
      onConnect: (_, done) => {
        this.connections += 1;
        done();
      },
      onAuth: ({ username, password }, _, done) =>
        username === LOGIN.user && password === LOGIN.pass
          ? done(null, { user: username })
          : done(new Error('no such login')),
      onRcptTo: ({ address }, _, done) => done(refusal(this.refuses.get(address))),
      onData: (stream, session, done) => {
        if (this.cuts > 0) {
          this.cuts -= 1;
          for (const socket of this.#sockets) socket.destroy();
          return;
        }
        let raw = '';
        stream.on('data', (chunk: Buffer) => (raw += chunk.toString('utf8')));
        stream.on('end', () => {
          if (this.refusesData !== undefined) {
            done(refusal(this.refusesData));
            return;
          }
          const { mailFrom, rcptTo } = session.envelope;
          this.received.push({
            from: mailFrom === false ? '' : mailFrom.address,
            to: rcptTo.map(({ address }) => address),
            headers: headersOf(raw),
            raw,
            secure: session.secure,
            user: typeof session.user === 'string' ? session.user : undefined,
          });
          done();
        });
      },
      ...this.#options,
    });
    // A client that goes away in the middle is what some tests want.
    server.on('error', () => undefined);
    server.server.on('connection', (socket: Socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
    });
    await new Promise<void>((resolve) => server.listen(this.port, '127.0.0.1', resolve));
    this.port = (server.server.address() as AddressInfo).port;
    this.#server = server;
    return this;
  }

  /** Its port stays the same when it is started again. */
  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    for (const socket of this.#sockets) socket.destroy();
    if (server) await new Promise<void>((resolve) => server.close(() => resolve()));
  }

  subjects(): string[] {
    return this.received.map(({ headers }) => headers.get('subject') ?? '');
  }
}

function refusal(words: string | undefined): Error | null {
  if (words === undefined) return null;
  const [code = '', ...rest] = words.split(' ');
  return Object.assign(new Error(rest.join(' ')), { responseCode: Number(code) });
}

function headersOf(raw: string): Map<string, string> {
  const head = (raw.split('\r\n\r\n')[0] ?? '').replaceAll(/\r\n[ \t]+/g, ' ');
  return new Map(
    head.split('\r\n').map((line): [string, string] => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
    }),
  );
}

/** The text part of a mail, decoded. */
export function textOf({ raw }: Received): string {
  const part = /content-type: text\/plain[^]*?\r\n\r\n([^]*?)\r\n--/i.exec(raw);
  const encoding = /content-type: text\/plain[^]*?content-transfer-encoding: (\S+)/i.exec(raw)?.[1];
  const body = part?.[1] ?? '';
  if (encoding === 'base64') return Buffer.from(body, 'base64').toString('utf8');
  if (encoding !== 'quoted-printable') return body.replaceAll('\r\n', '\n');
  const bytes = body
    .replaceAll(/=\r\n/g, '')
    .replaceAll(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
  return Buffer.from(bytes, 'latin1').toString('utf8').replaceAll('\r\n', '\n');
}

/** Takes connections and never says a word. */
export async function silentServer(): Promise<{ port: number; stop: () => Promise<void> }> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => void sockets.add(socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const stop = async (): Promise<void> => {
    for (const socket of sockets) socket.destroy();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  };
  return { port: (server.address() as AddressInfo).port, stop };
}
