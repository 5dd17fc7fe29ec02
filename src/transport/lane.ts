/** One connection that is opened when it is needed and again when it was lost, and the channels on it. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Channel, type ChannelOptions, TransportFailure } from '../ports.js';
import { type FarSide, PipedChannel } from './channel.js';
import type { Meter } from './meter.js';
import { CHANNELS_PER_CONNECTION, Slots } from './slots.js';

/** The server gave no channel just now. */
export class ChannelRefused extends Error {
  override readonly name = 'ChannelRefused';
}

/** The connection went before the channel was there. */
export class ConnectionLost extends Error {
  override readonly name = 'ConnectionLost';
}

/** A shell that runs on the far side, as an adapter has it. Nothing was sent to it yet. */
export interface Shell {
  /** @param free called when the server does not count it any more */
  farSide(free: () => void): FarSide;
  /** From now on the channel is told how the shell ends. */
  follow(channel: PipedChannel): void;
}

/** A connection that is logged in. */
export interface Connection {
  /** For people: `alice@login1:22`. */
  readonly address: string;
  /** @throws {ChannelRefused} @throws {ConnectionLost} @throws {TransportFailure} */
  open(shell: ChannelOptions['shell'], timeoutMs: number): Promise<Shell>;
  /** Calls back once when the connection is gone; returns what takes that back. */
  onLost(listener: (why: string) => void): () => void;
  close(why?: string): Promise<void>;
}

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
      const { shell, connection } = await this.#shell(options.shell);
      return this.#channel(shell, connection, options, release);
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
  async #shell(kind: ChannelOptions['shell']): Promise<{ shell: Shell; connection: Connection }> {
    const waits = [...this.#options.busyWaitsMs];
    let replaced = false;
    for (;;) {
      const reused = this.#connecting !== undefined;
      const connection = await this.#connection();
      try {
        return { shell: await connection.open(kind, this.#options.openTimeoutMs), connection };
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
    shell: Shell,
    connection: Connection,
    { deadlineMs }: ChannelOptions,
    release: () => void,
  ): Channel {
    const { meter, drainGraceMs } = this.#options;
    let forget = (): unknown => undefined;
    const far = shell.farSide(() => {
      forget();
      release();
    });
    const channel = new PipedChannel(far, meter, { deadlineMs, drainGraceMs });
    this.#channels += 1;
    void channel.end.then(() => (this.#channels -= 1));
    forget = connection.onLost((why) => {
      release();
      channel.gone(why);
    });
    shell.follow(channel);
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

function failure(error: unknown, { address }: Connection): unknown {
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
      { cause: error },
    );
  }
  return error;
}

function closed(): TransportFailure {
  return new TransportFailure('unreachable', 'this transport has been closed');
}
