/**
 * What is under way between here and the clusters: of each site one exchange at a time, in a lane of its own, so that
 * none waits for another one's. A pass that does not wait for a lane goes on without it; what the lane brings is there for
 * the next. Beside it stands when a site was asked last, and when good manners let it be asked again.
 */
import type { Cluster } from '../model/cluster.js';
import type { Clock } from '../ports.js';
import { type Breaker, mayProbe, trip } from './breaker.js';
import type { Observed } from './observe.js';

/** What was done at a site. */
export interface Worked {
  /** Another look there would find something to do. */
  readonly again: boolean;
  /** Something has come of it: a look that finds the same again is in no hurry. */
  readonly progress: boolean;
  /** A submission, or steps, were begun: what becomes of them is looked at more often for a while. */
  readonly begins: boolean;
}

interface Exchange {
  /** Runs whose records it may write: nobody else plans for them until it is over. */
  readonly uuids: ReadonlySet<string>;
  /** For people: `its answer is awaited`. */
  readonly words: string;
  /** Epoch milliseconds. */
  readonly since: number;
  /** It may write; otherwise it only asks. */
  readonly writes: boolean;
  /** Never rejects. */
  readonly end: Promise<void>;
  /** A pass waits for it, and goes on when it is over. */
  isAwaited: boolean;
}

interface Lane {
  exchange?: Exchange;
  /** What was heard and not taken yet. */
  heard?: { readonly observed: Observed; readonly at: number };
  /** Epoch milliseconds of the end of the last observation. */
  askedAt?: number;
  /** The same of the last beginning of something there. */
  begunAt?: number;
  worked?: Worked;
  /** Times in a row that another look was asked for and nothing had come of the last. */
  vain: number;
  breaker?: Breaker;
  isReadBack?: true;
}

/** An answer that nobody took for so long is asked for anew. */
const STALE_MS = 60_000;
/** For so long after a beginning a site is looked at often. */
const FRESH_MS = 60_000;
const OFTEN_MS = 5_000;
const SELDOM_MS = 60_000;
/** This machine itself, which has no queue. */
const HERE_MS = 500;
/** However much there is to do. */
const LEAST_MS = 1_000;
const LEAST_HERE_MS = 100;

export class Lanes {
  readonly #clock: Clock;
  readonly #chance: () => number;
  readonly #lanes = new Map<string, Lane>();
  readonly #failures: unknown[] = [];
  #writes = 0;
  #news = 0;
  #rise: (() => void)[] = [];
  #onNews: () => void = () => undefined;

  /** @param chance from 0 to 1 */
  constructor(clock: Clock, chance: () => number = Math.random) {
    this.#clock = clock;
    this.#chance = chance;
  }

  /** @param onNews an exchange that no pass waited for has ended */
  follow(onNews: () => void): void {
    this.#onNews = onNews;
  }

  /** How many exchanges have ended that no pass waited for. */
  get news(): number {
    return this.#news;
  }

  /** What is under way at a site; undefined: nothing, something may be begun. */
  busy(key: string): Pick<Exchange, 'words' | 'since'> | undefined {
    return this.#lanes.get(key)?.exchange;
  }

  /** Runs whose records an exchange may write just now. */
  get underWay(): ReadonlySet<string> {
    return new Set([...this.#lanes.values()].flatMap(({ exchange }) => [...(exchange?.uuids ?? [])]));
  }

  /** Another number when an exchange has written, undefined as long as one may: what was read before is old then. */
  get written(): number | undefined {
    return this.isWriting ? undefined : this.#writes;
  }

  /** Something is being carried out. */
  get isWriting(): boolean {
    return [...this.#lanes.values()].some(({ exchange }) => exchange?.writes === true);
  }

  get isIdle(): boolean {
    return [...this.#lanes.values()].every(({ exchange }) => exchange === undefined);
  }

  /**
   * Asks a site, in the background. Not while it is busy.
   * @param keys of the files that open it; see {@link mayProbe}
   * @param tell how it stands now
   */
  ask(
    key: string,
    keys: string,
    observe: () => Promise<Observed>,
    tell: (breaker: Breaker | undefined) => void = () => undefined,
  ): void {
    const work = async (lane: Lane): Promise<void> => {
      const observed = await observe();
      const now = this.#clock.now();
      lane.askedAt = now;
      lane.heard = { observed, at: now };
      if (lane.worked?.again === true) lane.worked = { ...lane.worked, again: false };
      const { reach } = observed;
      if (reach.kind !== 'unreachable') delete lane.breaker;
      else lane.breaker = trip(lane.breaker, reach, { now, keys, chance: this.#chance() });
      tell(lane.breaker);
    };
    this.#begin(key, { uuids: new Set(), words: 'its answer is awaited', writes: false }, work);
  }

  /** Carries something out at a site, in the background. Not while it is busy. */
  work(key: string, words: string, uuids: ReadonlySet<string>, work: () => Promise<Worked>): void {
    this.#begin(key, { uuids, words, writes: true }, async (lane) => {
      const worked = await work();
      lane.worked = worked;
      if (worked.begins) lane.begunAt = this.#clock.now();
      lane.vain = worked.again && !worked.progress ? lane.vain + 1 : 0;
    });
  }

  /** Exchanges what concerns our memory and the site's, and none of its jobs; otherwise the same. */
  remember(key: string, words: string, work: () => Promise<void>): void {
    this.#begin(key, { uuids: new Set(), words, writes: true }, work);
  }

  /** What a site has answered since it was asked, once. */
  take(key: string): Observed | undefined {
    const lane = this.#lanes.get(key);
    const { heard } = lane ?? {};
    if (!lane || !heard || lane.exchange) return undefined;
    delete lane.heard;
    const age = this.#clock.now() - heard.at;
    return age >= 0 && age < STALE_MS ? heard.observed : undefined;
  }

  /** Whether the last thing that was carried out there asks for another look. */
  wantsMore(key: string): boolean {
    return this.#lanes.get(key)?.worked?.again === true;
  }

  /**
   * Until nothing is under way at any of these sites, or the patience is over.
   * @throws what an exchange could not deal with, also of an earlier pass
   */
  async settled(keys: Iterable<string>, patienceMs: number): Promise<void> {
    const exchanges = [...keys].flatMap((key) => this.#lanes.get(key)?.exchange ?? []);
    if (exchanges.length > 0) {
      for (const exchange of exchanges) exchange.isAwaited = true;
      await this.#within(Promise.all(exchanges.map(({ end }) => end)), patienceMs);
      for (const exchange of exchanges) exchange.isAwaited = false;
    }
    this.throwFailure();
  }

  /**
   * @throws what an exchange could not deal with: told once, to the pass that comes next; of several, all as one
   * `AggregateError`
   */
  throwFailure(): void {
    const failures = this.#failures.splice(0);
    if (failures.length > 1) throw new AggregateError(failures, failures.map(wordsOf).join('; '));
    if (failures.length === 1) throw failures[0];
  }

  /** What is under way there reads back what the site remembers, and the pass that wanted it does not wait. */
  noteReadBack(key: string): void {
    const lane = this.#lanes.get(key);
    if (!lane?.exchange) return;
    lane.isReadBack = true;
    // What it was asked for is still to be looked at.
    delete lane.askedAt;
  }

  /** Whether it was read back so since it was asked, once. */
  takeReadBack(key: string): boolean {
    const lane = this.#lanes.get(key);
    if (lane?.isReadBack !== true || lane.exchange) return false;
    delete lane.isReadBack;
    return true;
  }

  /** When an exchange that is under way has ended; undefined where there is none. */
  next(): Promise<void> | undefined {
    return this.isIdle ? undefined : new Promise((resolve) => this.#rise.push(resolve));
  }

  /** Until nothing is under way at all, or the patience is over. */
  async idle(patienceMs: number): Promise<void> {
    await this.#within(
      (async () => {
        while (!this.isIdle) await this.next();
      })(),
      patienceMs,
    );
  }

  breakerOf(key: string): Breaker | undefined {
    return this.#lanes.get(key)?.breaker;
  }

  /** Whether a site that did not answer is to be left alone. @param keys see {@link mayProbe} */
  isClosedTo(key: string, keys: () => string): boolean {
    const breaker = this.breakerOf(key);
    return breaker !== undefined && !mayProbe(breaker, this.#clock.now(), keys());
  }

  /** A person says that it is to be tried: all that failed counts for nothing, and all may be asked. */
  forgive(): void {
    for (const lane of this.#lanes.values()) {
      delete lane.breaker;
      delete lane.askedAt;
    }
  }

  /** Epoch milliseconds from which a site is asked again by itself. */
  dueAt(key: string, cluster: Cluster): number {
    const lane = this.#lanes.get(key);
    if (lane?.breaker) return lane.breaker.nextAt ?? Infinity;
    if (lane?.askedAt === undefined) return -Infinity;
    const now = this.#clock.now();
    // A clock that was set back must not silence us.
    if (lane.askedAt > now) return -Infinity;
    const interval = intervalOf(cluster, now - (lane.begunAt ?? -Infinity) < FRESH_MS);
    if (lane.worked?.again !== true) return lane.askedAt + interval;
    return lane.askedAt + Math.min(leastOf(cluster) * 2 ** lane.vain, Math.max(interval, leastOf(cluster)));
  }

  /** The same where there is something new to do there. */
  allowedAt(key: string, cluster: Cluster): number {
    const { askedAt } = this.#lanes.get(key) ?? {};
    return askedAt === undefined || askedAt > this.#clock.now() ? -Infinity : askedAt + leastOf(cluster);
  }

  #begin(
    key: string,
    what: Pick<Exchange, 'uuids' | 'words' | 'writes'>,
    work: (lane: Lane) => Promise<void>,
  ): void {
    const lane = this.#lanes.get(key) ?? { vain: 0 };
    this.#lanes.set(key, lane);
    if (lane.exchange) throw new Error(`a second exchange with ${key} was to be begun beside one`);
    delete lane.heard;
    const end = work(lane)
      .catch((error: unknown) => void this.#failures.push(error))
      .then(() => {
        const isAwaited = lane.exchange?.isAwaited === true;
        delete lane.exchange;
        if (what.writes) this.#writes += 1;
        for (const rise of this.#rise.splice(0)) rise();
        if (isAwaited) return;
        this.#news += 1;
        this.#onNews();
      });
    lane.exchange = { ...what, since: this.#clock.now(), end, isAwaited: false };
  }

  async #within(work: Promise<unknown>, patienceMs: number): Promise<void> {
    if (patienceMs === Infinity) {
      await work;
      return;
    }
    const enough = new AbortController();
    const patience = this.#clock.sleep(patienceMs, enough.signal).catch(() => undefined);
    await Promise.race([work, patience]);
    enough.abort();
  }
}

function wordsOf(failure: unknown): string {
  return failure instanceof Error ? failure.message : String(failure);
}

function isHere({ transport, manager }: Cluster): boolean {
  return transport === 'local' && manager === 'direct';
}

/** Manners: five seconds for a minute after something was begun, then a minute, unless the inventory says otherwise. */
function intervalOf(cluster: Cluster, isFresh: boolean): number {
  if (cluster.pollIntervalSeconds !== undefined) return cluster.pollIntervalSeconds * 1000;
  if (isHere(cluster)) return HERE_MS;
  return isFresh ? OFTEN_MS : SELDOM_MS;
}

function leastOf(cluster: Cluster): number {
  return isHere(cluster) ? LEAST_HERE_MS : LEAST_MS;
}
