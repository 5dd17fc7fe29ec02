/** Channels open at once on one connection. Servers allow 10 sessions; others of the user's may need some. */
export const CHANNELS_PER_CONNECTION = 4;

/** So many at once; the rest wait in the order in which they came. */
export class Slots {
  readonly #waiting: { go: () => void; fail: (error: Error) => void }[] = [];
  #free: number;
  #closed: Error | undefined;

  constructor(limit: number) {
    this.#free = limit;
  }

  /** Waits for a slot and returns what gives it back; calling that twice does no harm. */
  async acquire(): Promise<() => void> {
    if (this.#closed) throw this.#closed;
    if (this.#free > 0) this.#free -= 1;
    else await new Promise<void>((go, fail) => this.#waiting.push({ go, fail }));
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      this.#giveBack();
    };
  }

  /** Turns away all who wait, and all who come. */
  close(error: Error): void {
    this.#closed ??= error;
    for (const waiter of this.#waiting.splice(0)) waiter.fail(this.#closed);
  }

  #giveBack(): void {
    const next = this.#waiting.shift();
    if (next) next.go();
    else this.#free += 1;
  }
}
