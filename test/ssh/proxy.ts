/** A TCP proxy before an sshd: a line that can be slow, narrow, cut, half-open or deaf. */
import { createConnection, createServer, type Socket } from 'node:net';
import { Transform, type TransformCallback } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';

/** `up`: to the cluster; `down`: back from it. */
export type Direction = 'up' | 'down';

export interface Proxy {
  readonly port: number;
  /** Connections accepted so far. */
  accepted(): number;
  /** Resets every connection. */
  cut(): void;
  /** Half-open: nothing passes in either direction, nothing is closed. New connections pass. */
  freeze(): void;
  /** From now on what comes back on the connections that there are is lost; what goes there arrives. */
  deafen(): void;
  /** Resets the connection over which so many more bytes have gone that way; once. */
  cutAfter(direction: Direction, bytes: number): void;
  /** Milliseconds that each piece is held, either way; 0 again for none. */
  delay(ms: number): void;
  /** Bytes a second that pass, either way, on each connection. */
  throttle(bytesPerSecond: number): void;
  /** New connections are reset as soon as they are there, until it is told otherwise. */
  refuse(doRefuse: boolean): void;
  close(): Promise<void>;
}

/** What is wrong with the line just now. */
class Trouble {
  delayMs = 0;
  bytesPerSecond = Infinity;
  refuses = false;
  readonly budget: Partial<Record<Direction, number>> = {};

  /** @returns how much of a piece may still pass; undefined: all of it */
  allowance(direction: Direction, length: number): number | undefined {
    const left = this.budget[direction];
    if (left === undefined) return undefined;
    this.budget[direction] = left - length;
    if (left > length) return undefined;
    // eslint-disable-next-line @typescript-eslint/no-dynamic-delete
    delete this.budget[direction];
    return left;
  }
}

/** One direction of one connection. */
class Pipe extends Transform {
  deaf = false;
  readonly #direction: Direction;
  readonly #trouble: Trouble;
  readonly #cut: () => void;

  constructor(direction: Direction, trouble: Trouble, cut: () => void) {
    super();
    this.#direction = direction;
    this.#trouble = trouble;
    this.#cut = cut;
  }

  override _transform(piece: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    const allowed = this.#trouble.allowance(this.#direction, piece.length);
    const { delayMs, bytesPerSecond } = this.#trouble;
    const ms = delayMs + (piece.length / bytesPerSecond) * 1000;
    if (ms === 0) this.#pass(piece, allowed, done);
    else void pause(ms).then(() => this.#pass(piece, allowed, done));
  }

  #pass(piece: Buffer, allowed: number | undefined, done: TransformCallback): void {
    if (!this.deaf) this.push(piece.subarray(0, allowed));
    done();
    // Behind what has passed, so that it arrives.
    if (allowed !== undefined) setImmediate(this.#cut);
  }
}

export async function startProxy(target: number, host = '127.0.0.1'): Promise<Proxy> {
  const sockets = new Set<Socket>();
  const replies = new Set<Pipe>();
  const trouble = new Trouble();
  let accepted = 0;
  const server = createServer((near) => {
    accepted += 1;
    if (trouble.refuses) {
      near.on('error', () => undefined);
      near.resetAndDestroy();
      return;
    }
    const far = createConnection({ port: target, host });
    const cut = (): void => [near, far].forEach((socket) => socket.resetAndDestroy());
    for (const [direction, from, to] of [
      ['up', near, far],
      ['down', far, near],
    ] as const) {
      const pipe = new Pipe(direction, trouble, cut);
      sockets.add(from);
      if (direction === 'down') replies.add(pipe);
      from.pipe(pipe).pipe(to);
      from.on('error', () => to.destroy());
      from.on('close', () => {
        sockets.delete(from);
        replies.delete(pipe);
        to.destroy();
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return {
    port: typeof address === 'object' && address ? address.port : 0,
    accepted: () => accepted,
    cut: () => sockets.forEach((socket) => socket.resetAndDestroy()),
    freeze: () =>
      sockets.forEach((socket) => {
        socket.unpipe();
        socket.pause();
      }),
    deafen: () => replies.forEach((pipe) => (pipe.deaf = true)),
    cutAfter: (direction, bytes) => (trouble.budget[direction] = bytes),
    delay: (ms) => (trouble.delayMs = ms),
    throttle: (bytesPerSecond) => (trouble.bytesPerSecond = bytesPerSecond),
    refuse: (doRefuse) => (trouble.refuses = doRefuse),
    close: async () => {
      sockets.forEach((socket) => socket.destroy());
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
