/** One ssh2 client: connected, checked, kept alive, and known to be gone when it is. */
import type { AuthenticationType, AnyAuthMethod, Client, ClientChannel, ConnectConfig } from 'ssh2';
import { type ChannelOptions, TransportFailure } from '../ports.js';
import { ChannelRefused, type Connection as Line, ConnectionLost, type Shell } from '../transport/lane.js';
import { classify, field } from './failure.js';
import { asShell } from './far-side.js';
import type { Identities, Identity } from './identity.js';
import {
  type HostKeyVerdict,
  hostKeyFailure,
  judgeHostKey,
  type KnownKeys,
  offeredAlgorithms,
} from './known-hosts.js';
import type { Ssh2 } from './ssh2.js';
import type { Target } from './target.js';

export interface ConnectRequest {
  readonly ssh2: Ssh2;
  readonly target: Target;
  readonly known: KnownKeys;
  readonly identities: Identities;
  /** The connection before this one, where the host is reached through another. */
  readonly through?: Connection;
  /** Milliseconds for the whole of connecting and logging in. */
  readonly timeoutMs: number;
  /** Milliseconds between keep-alives; three unanswered ones end the connection. */
  readonly keepaliveMs: number;
  /** Gives up the attempt. */
  readonly signal: AbortSignal;
}

export class Connection implements Line {
  readonly target: Target;
  readonly #client: Client;
  readonly #through: Connection | undefined;
  readonly #listeners = new Set<(why: string) => void>();
  #why = 'the connection was lost';
  #gone = false;

  /** Takes a client that is ready. */
  constructor(client: Client, request: ConnectRequest) {
    this.#client = client;
    this.#through = request.through;
    this.target = request.target;
    client.on('error', (error: Error) => (this.#why = `the connection was lost: ${error.message}`));
    client.on('close', () => this.#lose());
  }

  get address(): string {
    const { user, hostname, port } = this.target;
    return `${user}@${hostname}:${String(port)}`;
  }

  /** Calls back once when the connection is gone; returns what takes that back. */
  onLost(listener: (why: string) => void): () => void {
    if (this.#gone) queueMicrotask(() => listener(this.#why));
    else this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * Starts a constant command.
   * @throws {ChannelRefused} @throws {ConnectionLost}
   */
  async open(shell: ChannelOptions['shell'], timeoutMs: number): Promise<Shell> {
    const command = shell === 'login' ? 'bash -ls' : '/bin/sh -s';
    return asShell(await this.#ask(timeoutMs, (done) => this.#client.exec(command, done)));
  }

  /** Opens a stream from the far side to another host. @throws {ChannelRefused} @throws {ConnectionLost} */
  forward(host: string, port: number, timeoutMs: number): Promise<ClientChannel> {
    return this.#ask(timeoutMs, (done) => this.#client.forwardOut('127.0.0.1', 0, host, port, done));
  }

  /** Ends it, and the hops before it; waits until the socket is closed, a second at most. */
  async close(why = 'the connection was closed'): Promise<void> {
    this.#why = why;
    if (!this.#gone) {
      await new Promise<void>((resolve) => {
        const force = setTimeout(() => this.destroy(why), 1_000);
        this.onLost(() => {
          clearTimeout(force);
          resolve();
        });
        this.#client.end();
      });
    }
    await this.#through?.close(why);
  }

  /** Cuts it at once: nothing on it answers any more. */
  destroy(why: string): void {
    this.#why = why;
    this.#client.destroy();
    // The socket of a hop may never report its end.
    this.#lose();
  }

  #lose(): void {
    if (this.#gone) return;
    this.#gone = true;
    for (const listener of this.#listeners) listener(this.#why);
    this.#listeners.clear();
    void this.#through?.close(this.#why);
  }

  #ask(
    timeoutMs: number,
    start: (done: (error: Error | undefined, stream: ClientChannel) => void) => void,
  ): Promise<ClientChannel> {
    return new Promise((resolve, reject) => {
      let over = false;
      const settle = (act: () => void): void => {
        if (over) return;
        over = true;
        clearTimeout(timer);
        forget();
        act();
      };
      const lost = (why: string): void => settle(() => reject(new ConnectionLost(why)));
      const timer = setTimeout(() => {
        const why = `no answer within ${String(timeoutMs / 1000)} s`;
        lost(why);
        this.destroy(why);
      }, timeoutMs);
      const forget = this.onLost(lost);
      try {
        start((error, stream) => {
          // ssh2 calls back with "refused" for requests that its own end cut short; a loss is told right after.
          if (error && field(error, 'reason') === undefined)
            setImmediate(() => settle(() => reject(refusal(error))));
          else if (error) settle(() => reject(refusal(error)));
          else if (over) stream.close();
          else settle(() => resolve(stream));
        });
      } catch (error) {
        const why = error instanceof Error ? error.message : String(error);
        lost(why);
        this.destroy(why);
      }
    });
  }
}

function refusal(error: Error): Error {
  return /no response from server|not open/i.test(error.message)
    ? new ConnectionLost(error.message)
    : new ChannelRefused(error.message);
}

/**
 * Connects and logs in.
 * @throws {TransportFailure}
 */
export async function connect(request: ConnectRequest): Promise<Connection> {
  const sock = request.through && (await forwarded(request.through, request));
  const client = new request.ssh2.Client();
  return new Promise((resolve, reject) => {
    const notes = [...request.identities.notes];
    const stillWanted: string[] = [];
    let refused: TransportFailure | undefined;
    let over = false;
    const fail = (error?: Error): void => {
      if (over) return;
      over = true;
      request.signal.removeEventListener('abort', giveUp);
      reject(
        refused ??
          hostKeyTrouble(request, error) ??
          classify({ target: request.target, notes, stillWanted, ...(error ? { error } : {}) }),
      );
      client.destroy();
    };
    const giveUp = (): void => fail(new Error('given up'));
    request.signal.addEventListener('abort', giveUp);
    client.on('error', (error: Error) => {
      // These two are followed by the next key; the last word is said when all have been tried.
      if (field(error, 'level') === 'agent' || /^Error (while )?signing/.test(error.message)) {
        notes.push(error.message);
      } else fail(error);
    });
    client.on('close', () => fail());
    // Small packets wait for no acknowledgement: Nagle's algorithm cost 40 ms on every exchange.
    if (!sock) client.on('connect', () => client.setNoDelay(true));
    client.on('ready', () => {
      if (over) return;
      over = true;
      request.signal.removeEventListener('abort', giveUp);
      resolve(new Connection(client, request));
    });
    try {
      client.connect({
        ...settings(request),
        ...(sock ? { sock } : {}),
        hostVerifier: (key: Buffer) => {
          const verdict = judgeHostKey(request.known, key);
          if (verdict !== 'accepted') refused = refuse(request, verdict, key);
          return verdict === 'accepted';
        },
        authHandler: authHandler(request, stillWanted),
      });
    } catch (error) {
      fail(error instanceof Error ? error : new Error(String(error)));
    }
  });
}

function settings({ target, known, timeoutMs, keepaliveMs }: ConnectRequest): ConnectConfig {
  return {
    host: target.hostname,
    port: target.port,
    username: target.user,
    readyTimeout: timeoutMs,
    keepaliveInterval: keepaliveMs,
    keepaliveCountMax: 3,
    // ssh2's own lists, without what its defaults still have of SHA-1.
    algorithms: {
      serverHostKey: offeredAlgorithms(known, target.hostKeyAlgorithms),
      hmac: [
        'hmac-sha2-256-etm@openssh.com',
        'hmac-sha2-512-etm@openssh.com',
        'hmac-sha2-256',
        'hmac-sha2-512',
      ],
      compress: ['none'],
    },
  };
}

type NextMethod = (method: AnyAuthMethod) => void;

function authHandler(request: ConnectRequest, stillWanted: string[]) {
  const methods = request.identities.identities.map((identity) => method(identity, request.target.user));
  return (
    left: AuthenticationType[] | null,
    partial: boolean | null,
    next: NextMethod,
  ): false | undefined => {
    if (partial === true) stillWanted.splice(0, stillWanted.length, ...(left ?? []));
    const hopeless = stillWanted.length > 0 && !stillWanted.includes('publickey');
    const following = hopeless ? undefined : methods.shift();
    if (following === undefined) return false;
    next(following);
    return undefined;
  };
}

function method(identity: Identity, username: string): AnyAuthMethod {
  return identity.kind === 'agent'
    ? { type: 'agent', username, agent: identity.agent }
    : { type: 'publickey', username, key: identity.key };
}

function refuse(
  request: ConnectRequest,
  verdict: Exclude<HostKeyVerdict, 'accepted'>,
  key: Buffer,
): TransportFailure {
  return hostKeyFailure(request.target, request.known, verdict, key, request.through?.target.name);
}

function hostKeyTrouble(request: ConnectRequest, error: Error | undefined): TransportFailure | undefined {
  if (!error?.message.includes('no matching host key format')) return undefined;
  return hostKeyFailure(
    request.target,
    request.known,
    'no-common-type',
    undefined,
    request.through?.target.name,
  );
}

async function forwarded(hop: Connection, { target, timeoutMs }: ConnectRequest): Promise<ClientChannel> {
  try {
    return await hop.forward(target.hostname, target.port, timeoutMs);
  } catch (error) {
    const words = error instanceof Error ? error.message : String(error);
    const forbidden = /administratively prohibited/i.test(words);
    throw new TransportFailure(
      forbidden ? 'misconfigured' : 'unreachable',
      `${target.hostname}:${String(target.port)} cannot be reached through ${hop.target.name}: ${words}` +
        (forbidden ? ' (the host does not allow forwarding; another proxy_jump is needed)' : ''),
      { cause: error },
    );
  }
}
