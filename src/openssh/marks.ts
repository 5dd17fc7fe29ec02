/**
 * The marks that tell how a shell there stands: its process id when it runs, its exit code when it has ended. `ssh` alone
 * cannot: its 255 may be the shell's or its own, and while a background child holds stdout it says nothing at all. They come
 * in stderr, behind a word that nobody else knows.
 */
import { Transform, type TransformCallback } from 'node:stream';
import type { ChannelOptions } from '../ports.js';

export type Mark =
  { readonly kind: 'pid'; readonly value: number } | { readonly kind: 'exit'; readonly value: number };

const FORM = /^(pid|exit) (\d{1,10})$/;
/** A mark has no more bytes than this. */
const LONGEST = 16;
/** What a profile may print before the shell runs is kept until somebody reads, in bytes. */
const BUFFERED = 256 * 1024;

/**
 * The command to run there: constant but for the nonce, and the same in every login shell (sh, bash, zsh, tcsh, fish).
 * `exec`: its process id is then that of the session's group, by which all of it can be ended.
 */
export function farCommand(shell: ChannelOptions['shell'], nonce: string): string {
  const inner = shell === 'login' ? 'bash -ls' : '/bin/sh -s';
  return `exec /bin/sh -c '${say(nonce, 'pid $$')}; ${inner}; c=$?; ${say(nonce, 'exit $c')}; exit $c'`;
}

const say = (nonce: string, words: string): string => `echo ${wordOf(nonce)} ${words} >&2`;
const wordOf = (nonce: string): string => `sluice-${nonce}`;

/** Ends a group of processes there. */
export const endCommand = (pid: number): string => `exec /bin/sh -c 'kill -s TERM -- -${String(pid)}'`;

/** Takes the marks out of a stream, and passes on everything else. */
export class Marks extends Transform {
  readonly #word: Buffer;
  readonly #heard: (mark: Mark) => void;
  #held = Buffer.alloc(0);

  constructor(nonce: string, heard: (mark: Mark) => void) {
    super({ readableHighWaterMark: BUFFERED });
    this.#word = Buffer.from(`${wordOf(nonce)} `);
    this.#heard = heard;
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    this.#held = Buffer.concat([this.#held, chunk]);
    while (this.#step());
    done();
  }

  override _flush(done: TransformCallback): void {
    if (this.#held.length > 0) this.push(this.#held);
    done();
  }

  /** @returns whether there may be more in what is held */
  #step(): boolean {
    const at = this.#held.indexOf(this.#word);
    if (at < 0) {
      this.#pass(this.#held.length - this.#begun());
      return false;
    }
    this.#pass(at);
    const rest = this.#held.subarray(this.#word.length);
    const end = rest.indexOf('\n');
    if (end < 0 && rest.length <= LONGEST) return false;
    const mark = end < 0 ? undefined : readMark(rest.toString('latin1', 0, end));
    // Our own command, as `ps` shows it.
    if (mark === undefined) this.#pass(this.#word.length);
    else {
      this.#held = rest.subarray(end + 1);
      this.#heard(mark);
    }
    return true;
  }

  #pass(bytes: number): void {
    if (bytes > 0) this.push(this.#held.subarray(0, bytes));
    this.#held = this.#held.subarray(bytes);
  }

  /** How many of the last bytes may be the beginning of the word. */
  #begun(): number {
    const most = Math.min(this.#word.length - 1, this.#held.length);
    for (let length = most; length > 0; length -= 1) {
      const isBegun = this.#held.subarray(-length).equals(this.#word.subarray(0, length));
      if (isBegun) return length;
    }
    return 0;
  }
}

function readMark(words: string): Mark | undefined {
  const [, kind, value] = FORM.exec(words) ?? [];
  return kind === 'pid' || kind === 'exit' ? { kind, value: Number(value) } : undefined;
}
