/**
 * The channel of every transport: deadline, back-pressure, the capped stderr, the count of round trips, and what
 * its end means. An adapter brings the streams and tells how the far side ended.
 */
import { Readable, Writable } from 'node:stream';
import type { Channel, ChannelEnd } from '../ports.js';
import type { Meter } from './meter.js';
import { Tail } from './tail.js';

/** Bytes of stderr that are kept. */
export const STDERR_KEPT = 64 * 1024;
const BUFFERED = 256 * 1024;

/** What an adapter brings: one running shell. Its streams may fail; the adapter tells of that by `gone`. */
export interface FarSide {
  readonly output: Readable;
  readonly errors: Readable;
  /** `done` is called when more may be written; never, when the far side takes no more. */
  write(chunk: Buffer, done: () => void): void;
  endInput(): void;
  /** TERM to what runs there, then close. */
  terminate(): void;
  /** It has ended: let go of it. */
  release(): void;
}

export interface PipeOptions {
  /** From now to the end, in milliseconds. */
  readonly deadlineMs: number;
  /** A background child may hold stdout open: so long is it heard after the shell itself has ended, in milliseconds. */
  readonly drainGraceMs: number;
}

type Exit = { readonly code: number } | { readonly signal: string };

export class PipedChannel implements Channel {
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly end: Promise<ChannelEnd>;
  readonly #far: FarSide;
  readonly #meter: Meter;
  readonly #graceMs: number;
  readonly #stderr = new Tail(STDERR_KEPT);
  readonly #deadline: NodeJS.Timeout;
  #resolve: (end: ChannelEnd) => void = () => undefined;
  #settled = false;
  #finishing: ChannelEnd | undefined;
  #exit: Exit | undefined;
  #outputEnded = false;
  #errorsEnded = false;
  #discard = false;
  #grace: NodeJS.Timeout | undefined;
  #spoken = false;
  #heard = false;

  constructor(far: FarSide, meter: Meter, options: PipeOptions) {
    this.#far = far;
    this.#meter = meter;
    this.#graceMs = options.drainGraceMs;
    this.end = new Promise((resolve) => (this.#resolve = resolve));
    this.stdin = this.#input();
    this.stdout = this.#output();
    this.#deadline = setTimeout(() => this.#late(options.deadlineMs), options.deadlineMs);
    this.#listen();
    meter.roundTrip();
  }

  /** The adapter: the shell there has ended. */
  exited(exit: Exit): void {
    this.#exit ??= exit;
    this.#finishIfWhole();
    this.#armGrace();
  }

  /** The adapter: nothing more will come. Without an exit before, what ran there is unknown. */
  gone(why: string): void {
    // The last of stderr may be a turn behind.
    if (this.#exit && this.#outputEnded) setImmediate(() => this.#finish());
    else if (this.#exit) this.#settle(this.#lost(`${why}, while its output was still coming`));
    else this.#settle(this.#lost(why));
  }

  abort(why: string): void {
    if (this.#settled) return;
    this.#throwAwayOutput();
    this.#far.terminate();
    this.#settle(this.#lost(why));
  }

  #input(): Writable {
    const stdin = new Writable({
      highWaterMark: BUFFERED,
      write: (chunk: Buffer, _encoding, done) => {
        this.#countWrite(chunk.length);
        this.#far.write(chunk, () => done());
      },
      final: (done) => {
        this.#far.endInput();
        done();
      },
    });
    // Whoever writes learns of a loss by `end`; an unheard error event would end the process.
    stdin.on('error', () => undefined);
    return stdin;
  }

  #output(): Readable {
    return new Readable({
      highWaterMark: BUFFERED,
      read: () => {
        this.#far.output.resume();
        this.#armGrace();
      },
      destroy: (error, done) => {
        // A reader that walked away must not leave the far side stuck in a write.
        this.#discard = true;
        this.#far.output.resume();
        done(error);
      },
    });
  }

  #listen(): void {
    const { output, errors } = this.#far;
    output.on('data', (chunk: Buffer) => this.#take(chunk));
    errors.on('data', (chunk: Buffer) => {
      this.#meter.down(chunk.length);
      this.#stderr.push(chunk);
    });
    for (const event of ['end', 'close']) {
      output.on(event, () => this.#outputOver());
      errors.on(event, () => {
        this.#errorsEnded = true;
        this.#finishIfWhole();
      });
    }
    output.on('error', () => undefined);
    errors.on('error', () => undefined);
  }

  #take(chunk: Buffer): void {
    this.#meter.down(chunk.length);
    this.#heard = this.#spoken;
    if (this.#discard) return;
    if (!this.stdout.push(chunk)) this.#far.output.pause();
    this.#armGrace();
  }

  #countWrite(bytes: number): void {
    this.#meter.up(bytes);
    if (this.#heard) this.#meter.roundTrip();
    this.#heard = false;
    this.#spoken = true;
  }

  #outputOver(): void {
    if (!this.#outputEnded && !this.#discard) this.stdout.push(null);
    this.#outputEnded = true;
    this.#finishIfWhole();
  }

  #finishIfWhole(): void {
    if (this.#exit && this.#outputEnded && this.#errorsEnded) this.#finish();
  }

  /** The time runs only while we listen: a slow reader here must not cut what is still in the pipe. */
  #armGrace(): void {
    clearTimeout(this.#grace);
    if (!this.#exit || this.#settled || this.#finishing) return;
    if (!this.#outputEnded && this.#far.output.isPaused()) return;
    this.#grace = setTimeout(() => this.#finish(), this.#graceMs);
  }

  /** The far side is over; the reader here may still have some of it to read. */
  #finish(): void {
    if (this.#settled || this.#finishing || !this.#exit) return;
    clearTimeout(this.#grace);
    const end = this.#meaning(this.#exit);
    this.#finishing = end;
    if (!this.#outputEnded && !this.#discard) this.stdout.push(null);
    this.#discard = true;
    this.#far.release();
    const { stdout } = this;
    const unread = stdout.readableFlowing === null && stdout.listenerCount('readable') === 0;
    if (unread || stdout.readableLength === 0 || stdout.destroyed) this.#settle(end);
    else for (const event of ['end', 'close']) stdout.once(event, () => this.#settle(end));
  }

  #meaning(exit: Exit): ChannelEnd {
    if ('code' in exit) return { kind: 'exited', code: exit.code, stderr: this.#stderr.text() };
    return this.#lost(`the shell there was ended by signal ${exit.signal}`);
  }

  #lost(why: string): ChannelEnd {
    return { kind: 'lost', why, stderr: this.#stderr.text() };
  }

  #late(deadlineMs: number): void {
    if (this.#finishing) this.#settle(this.#finishing);
    else this.abort(`no end within ${(deadlineMs / 1000).toString()} s`);
  }

  #throwAwayOutput(): void {
    if (!this.#discard && !this.#outputEnded) this.stdout.push(null);
    this.#discard = true;
    this.#far.output.resume();
  }

  #settle(end: ChannelEnd): void {
    if (this.#settled) return;
    this.#settled = true;
    clearTimeout(this.#deadline);
    clearTimeout(this.#grace);
    this.#resolve(end);
    // A payload that nobody takes any more must not wait for ever.
    this.stdin.destroy();
  }
}
