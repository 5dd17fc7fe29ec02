/** How often something may be done, by whom: a bucket that fills again slowly. */

export interface Limit {
  /** At once. */
  readonly burst: number;
  /** In the long run. */
  readonly perMinute: number;
}

/** So many at once, and no more. */
export class Places {
  readonly #most: number;
  #taken = 0;

  constructor(most: number) {
    this.#most = most;
  }

  /** @returns what gives the place back, to be called once; undefined where there is none */
  take(): (() => void) | undefined {
    if (this.#taken >= this.#most) return undefined;
    this.#taken += 1;
    return () => {
      this.#taken -= 1;
    };
  }
}

/**
 * So many at once, and a newcomer is never turned away: he gets the seat of whoever has had his the longest, of the address
 * that has most. So who sits still keeps nobody out.
 */
export class Seats {
  readonly #most: number;
  /** Longest first. */
  readonly #taken = new Map<AbortController, string>();

  constructor(most: number) {
    this.#most = most;
  }

  /** @returns when the seat is lost, and what gives it back */
  take(address: string): { readonly lost: AbortSignal; readonly leave: () => void } {
    if (this.#taken.size >= this.#most) this.#clearOne();
    const seat = new AbortController();
    this.#taken.set(seat, address);
    return { lost: seat.signal, leave: () => void this.#taken.delete(seat) };
  }

  #clearOne(): void {
    const counts = new Map<string, number>();
    for (const address of this.#taken.values()) counts.set(address, (counts.get(address) ?? 0) + 1);
    const most = Math.max(...counts.values());
    const seat = [...this.#taken].find(([, address]) => counts.get(address) === most)?.[0];
    if (seat === undefined) return;
    this.#taken.delete(seat);
    seat.abort();
  }
}

interface Bucket {
  left: number;
  at: number;
}

/** Buckets that are full again are forgotten first; beyond this many the oldest. */
const MOST_BUCKETS = 10_000;

export class Limiter {
  readonly #limit: Limit;
  readonly #now: () => number;
  readonly #buckets = new Map<string, Bucket>();

  /** @param now milliseconds that only rise */
  constructor(limit: Limit, now: () => number) {
    this.#limit = limit;
    this.#now = now;
  }

  /** Takes one. @returns undefined where there was one; otherwise in how many seconds there is */
  take(who: string): number | undefined {
    const bucket = this.#bucketOf(who);
    if (bucket.left < 1) return this.#secondsUntilOne(bucket);
    bucket.left -= 1;
    return undefined;
  }

  /** Looks, and takes none. @returns as {@link take} */
  wait(who: string): number | undefined {
    const bucket = this.#bucketOf(who);
    return bucket.left < 1 ? this.#secondsUntilOne(bucket) : undefined;
  }

  #secondsUntilOne({ left }: Bucket): number {
    return Math.ceil(((1 - left) * 60) / this.#limit.perMinute);
  }

  #bucketOf(who: string): Bucket {
    const { burst, perMinute } = this.#limit;
    const at = this.#now();
    const known = this.#buckets.get(who);
    const gained = known === undefined ? 0 : ((at - known.at) / 60_000) * perMinute;
    const bucket = { left: known === undefined ? burst : Math.min(burst, known.left + gained), at };
    this.#buckets.delete(who);
    this.#buckets.set(who, bucket);
    if (this.#buckets.size > MOST_BUCKETS) {
      const [oldest] = this.#buckets.keys();
      if (oldest !== undefined) this.#buckets.delete(oldest);
    }
    return bucket;
  }
}
