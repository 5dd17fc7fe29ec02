/** Keeps the last bytes of a stream that nobody bounds. */
export class Tail {
  readonly #limit: number;
  #chunks: Buffer[] = [];
  #length = 0;

  /** @param limit bytes kept */
  constructor(limit: number) {
    this.#limit = limit;
  }

  push(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#length += chunk.length;
    if (this.#length > 2 * this.#limit) this.#trim();
  }

  /** What was kept, as text; a character that the cut split shows as U+FFFD. */
  text(): string {
    this.#trim();
    return Buffer.concat(this.#chunks).toString('utf8');
  }

  #trim(): void {
    if (this.#length <= this.#limit) return;
    // A copy, so that the kept part does not hold the whole memory of what it was cut from.
    this.#chunks = [Buffer.from(Buffer.concat(this.#chunks).subarray(-this.#limit))];
    this.#length = this.#limit;
  }
}
