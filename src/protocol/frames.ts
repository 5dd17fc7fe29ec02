/**
 * Reading what the wrapper says. Frames are lines that begin with `@NONCE `; everything else is noise
 * (banners, profiles, another program's output) and is skipped. See `wrapper/README.md`.
 */
import { StringDecoder } from 'node:string_decoder';

/** One frame with the text lines that followed it. */
export interface Frame {
  readonly kind: string;
  /** Everything after the kind, unsplit. */
  readonly rest: string;
  /** Lines that came as `|` (standard output of what was run there). */
  readonly lines: readonly string[];
  /** Lines that came as `!` (standard error of what was run there). */
  readonly errors: readonly string[];
}

interface OpenFrame extends Frame {
  readonly lines: string[];
  readonly errors: string[];
}

export interface FrameListener {
  /** The wrapper waits for its payload. */
  onReady?(): void;
  /** Bytes after the `stream` frame; a returned promise holds further reading up. */
  onStream?(chunk: Buffer): void | Promise<void>;
}

/** Longest line that is kept: a runaway line from a broken site must not fill the memory. */
const MAX_LINE_BYTES = 4 * 1024 * 1024;
/** Of noise, enough to recognise it. */
const MAX_NOISE = 3;
const MAX_NOISE_LENGTH = 200;

/**
 * A push parser: feed it chunks, then ask for the frames.
 * After the frame `stream` all further bytes go to {@link FrameListener.onStream} untouched.
 */
export class FrameReader {
  readonly #prefix: string;
  readonly #listener: FrameListener;
  readonly #decoder = new StringDecoder('utf8');
  readonly #frames: OpenFrame[] = [];
  #pending: Buffer[] = [];
  #pendingBytes = 0;
  #streaming = false;
  #cut = false;
  readonly #noise: string[] = [];

  constructor(nonce: string, listener: FrameListener = {}) {
    this.#prefix = `@${nonce} `;
    this.#listener = listener;
  }

  /** Frames so far; the last one may still be growing. */
  get frames(): readonly Frame[] {
    return this.#frames;
  }

  /** The first lines that were none of ours: what the login shell prints by itself. */
  get noise(): readonly string[] {
    return this.#noise;
  }

  /** The reply is whole: `bye` was said, or the bulk stream began, which ends it; and no line of it was too long to keep. */
  get complete(): boolean {
    const last = this.#frames.at(-1)?.kind;
    return !this.#cut && (last === 'bye' || this.#streaming);
  }

  async push(chunk: Buffer): Promise<void> {
    let rest = chunk;
    while (!this.#streaming) {
      const end = rest.indexOf(0x0a);
      if (end < 0) {
        this.#keep(rest);
        return;
      }
      this.#keep(rest.subarray(0, end));
      rest = rest.subarray(end + 1);
      this.#line(this.#takeLine());
    }
    if (rest.length > 0) await this.#listener.onStream?.(rest);
  }

  #keep(part: Buffer): void {
    this.#pendingBytes += part.length;
    if (part.length === 0 || this.#pendingBytes > MAX_LINE_BYTES) return;
    this.#pending.push(part);
  }

  #takeLine(): string {
    const [only] = this.#pending;
    const whole = this.#pending.length === 1 && only ? only : Buffer.concat(this.#pending);
    const tooLong = this.#pendingBytes > MAX_LINE_BYTES;
    this.#pending = [];
    this.#pendingBytes = 0;
    if (tooLong) {
      // Of its beginning alone nothing may be read; where that is ours, the reply is not whole.
      this.#cut ||= whole.length === 0 || whole.toString('latin1').startsWith(this.#prefix);
      return '';
    }
    return this.#decoder.write(whole) + this.#decoder.end();
  }

  #line(line: string): void {
    if (!line.startsWith(this.#prefix)) {
      if (this.#noise.length < MAX_NOISE && line.trim() !== '')
        this.#noise.push(line.slice(0, MAX_NOISE_LENGTH));
      return;
    }
    const body = line.slice(this.#prefix.length);
    const current = this.#frames.at(-1);
    if (body.startsWith('| ') || body === '|') current?.lines.push(body.slice(2));
    else if (body.startsWith('! ') || body === '!') current?.errors.push(body.slice(2));
    else this.#open(body);
  }

  #open(body: string): void {
    const space = body.indexOf(' ');
    const kind = space < 0 ? body : body.slice(0, space);
    this.#frames.push({ kind, rest: space < 0 ? '' : body.slice(space + 1), lines: [], errors: [] });
    if (kind === 'ready') this.#listener.onReady?.();
    if (kind === 'stream') this.#streaming = true;
  }
}

/** The first `count` words of a frame; the last one runs to the end of the line. */
export function words(rest: string, count: number): string[] {
  const found: string[] = [];
  let from = 0;
  while (found.length < count - 1) {
    const space = rest.indexOf(' ', from);
    if (space < 0) break;
    found.push(rest.slice(from, space));
    from = space + 1;
  }
  found.push(rest.slice(from));
  return found;
}
