/** One connection that is opened when it is needed and again when it was lost, and the channels on it. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { ClientChannel } from 'ssh2';
import { type Channel, type ChannelOptions, TransportFailure } from '../ports.js';
import { PipedChannel } from '../transport/channel.js';
import type { Meter } from '../transport/meter.js';
import { CHANNELS_PER_CONNECTION, Slots } from '../transport/slots.js';
import { ChannelRefused, type Connection, ConnectionLost } from './connection.js';
import { farSide } from './far-side.js';

export interface LaneOptions {
  /** @throws {TransportFailure} */
  readonly connect: (signal: AbortSignal) => Promise<Connection>;
  readonly meter: Meter;
  /** Milliseconds that a background child is heard after its shell. */
  readonly drainGraceMs: number;
  /** Milliseconds for a channel to be granted. */
  readonly openTimeoutMs: number;
  /** Milliseconds before each further try after the server refused a channel. */
  readonly busyWaitsMs: readonly number[];
}

export class Lane {
  readonly #options: LaneOptions;
  readonly #slots = new Slots(CHANNELS_PER_CONNECTION);
  readonly #ending = new AbortController();
  #connecting: Promise<Connection> | undefined;
  #channels = 0;

  constructor(options: LaneOptions) {
    this.#options = options;
  }

  /** @throws {TransportFailure} */
  async open(options: ChannelOptions): Promise<Channel> {
    const release = await this.#slots.acquire();
    try {
      const { stream, connection } = await this.#stream(options.shell);
      return this.#channel(stream, connection, options, release);
    } catch (error) {
      release();
      throw error;
    }
  }

  async close(): Promise<void> {
    this.#ending.abort();
    this.#slots.close(closed());
    const connection = await this.#connecting?.catch(() => undefined);
    await connection?.close('this transport was closed');
  }

  /** A connection that had gone stale unnoticed is replaced once: nothing was sent on it yet. */
  async #stream(shell: ChannelOptions['shell']): Promise<{ stream: ClientChannel; connection: Connection }> {
    const command = shell === 'login' ? 'bash -ls' : '/bin/sh -s';
    const waits = [...this.#options.busyWaitsMs];
    let replaced = false;
    for (;;) {
      const reused = this.#connecting !== undefined;
      const connection = await this.#connection();
      try {
        return { stream: await connection.exec(command, this.#options.openTimeoutMs), connection };
      } catch (error) {
        const wait = error instanceof ChannelRefused ? waits.shift() : undefined;
        if (wait !== undefined) await this.#pause(wait);
        else if (error instanceof ConnectionLost && reused && !replaced) replaced = true;
        else {
          // ssh2 leaves a session behind whose exec was refused; a new connection starts without.
          if (error instanceof ChannelRefused && this.#channels === 0) await connection.close();
          throw failure(error, connection);
        }
      }
    }
  }

  #connection(): Promise<Connection> {
    if (this.#ending.signal.aborted) throw closed();
    this.#connecting ??= this.#connect();
    return this.#connecting;
  }

  async #connect(): Promise<Connection> {
    try {
      const connection = await this.#options.connect(this.#ending.signal);
      if (this.#ending.signal.aborted) {
        await connection.close();
        throw closed();
      }
      connection.onLost(() => (this.#connecting = undefined));
      return connection;
    } catch (error) {
      this.#connecting = undefined;
      throw error;
    }
  }

  #channel(
    stream: ClientChannel,
    connection: Connection,
    options: ChannelOptions,
    release: () => void,
  ): Channel {
    const { meter, drainGraceMs } = this.#options;
    const channel = new PipedChannel(farSide(stream, release), meter, {
      deadlineMs: options.deadlineMs,
      drainGraceMs,
    });
    this.#channels += 1;
    void channel.end.then(() => (this.#channels -= 1));
    stream.on('exit', (code: number | null, signal?: string) => {
      channel.exited(code === null ? { signal: signal ?? 'unknown' } : { code });
    });
    const forget = connection.onLost((why) => {
      release();
      channel.gone(why);
    });
    stream.on('close', () => {
      forget();
      channel.gone('the channel was closed without an exit code');
    });
    return channel;
  }

  /** Jitter, so that several who were refused do not come back together. */
  async #pause(ms: number): Promise<void> {
    try {
      await sleep(ms * (0.75 + Math.random() / 2), undefined, { signal: this.#ending.signal });
    } catch {
      throw closed();
    }
  }
}

function failure(error: unknown, connection: Connection): unknown {
  const { user, hostname, port } = connection.target;
  const address = `${user}@${hostname}:${String(port)}`;
  if (error instanceof ChannelRefused) {
    return new TransportFailure(
      'busy',
      `${address} gives no further channel just now (${error.message}): its MaxSessions, or a limit on processes`,
      { cause: error },
    );
  }
  if (error instanceof ConnectionLost) {
    return new TransportFailure(
      'unreachable',
      `${address} went away before anything was sent: ${error.message}`,
      {
        cause: error,
      },
    );
  }
  return error;
}

function closed(): TransportFailure {
  return new TransportFailure('unreachable', 'this transport has been closed');
}
