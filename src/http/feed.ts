/** Events as they come, in the form that browsers read (server-sent events). */
import { Readable } from 'node:stream';
import { type EventView, toEvent } from '../views/event.js';
import type { World } from './ports.js';

/** Events that are sent in one piece; between two pieces the others are answered. */
const BATCH = 200;
const HEARTBEAT_MS = 15_000;
/** News that nobody announced, as of another process that writes. */
const LOOK_MS = 1_000;
/** Pieces that are kept: those who follow are rarely further apart. */
const KEPT = 4;

/** An event, and the name of its job. */
export interface FedEvent extends EventView {
  readonly name: string | null;
}

/** Some events, as they are sent. */
interface Piece {
  /** Id of the event before its first. */
  readonly after: number;
  /** Id of its last. */
  readonly last: number;
  readonly text: string;
  /** There may be more behind it. */
  readonly isFull: boolean;
}

/** What all who follow are sent: made once, however many they are. */
export class Pieces {
  readonly #world: Pick<World, 'store' | 'listing'>;
  readonly #kept: Piece[] = [];

  constructor(world: Pick<World, 'store' | 'listing'>) {
    this.#world = world;
  }

  /** @returns undefined where nothing has come behind that event */
  after(id: number): Piece | undefined {
    const { listing, store } = this.#world;
    const newest = listing.lastEvent();
    if (newest <= id) return undefined;
    const known = this.#kept.find(({ after, last, isFull }) => after === id && (isFull || last === newest));
    if (known !== undefined) return known;
    const found = store.events.named(id, BATCH);
    const last = found.at(-1)?.id;
    if (last === undefined) return undefined;
    const text = found.map((event) => frameOf({ ...toEvent(event), name: event.name ?? null })).join('');
    const piece = { after: id, last, text, isFull: found.length === BATCH };
    this.#kept.unshift(piece);
    this.#kept.splice(KEPT);
    return piece;
  }
}

export class EventFeed extends Readable {
  readonly #pieces: Pieces;
  readonly #ends: (() => void)[] = [];
  #last: number;
  #wanted = false;
  #next: NodeJS.Immediate | undefined;

  /** @param after id of the last event that the reader has */
  constructor(world: Pick<World, 'onNews'>, pieces: Pieces, after: number) {
    super({ highWaterMark: 64 * 1024 });
    this.#pieces = pieces;
    this.#last = after;
    const heartbeat = setInterval(() => {
      if (this.#wanted) this.push(':\n\n');
    }, HEARTBEAT_MS);
    const look = setInterval(() => this.#soon(), LOOK_MS);
    this.#ends.push(
      () => clearInterval(heartbeat),
      () => clearInterval(look),
      () => clearImmediate(this.#next),
      world.onNews(() => this.#soon()),
    );
    // At once, so that the reader knows that it is connected.
    this.push('retry: 2000\n\n');
  }

  override _read(): void {
    this.#wanted = true;
    this.#soon();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    for (const end of this.#ends.splice(0)) end();
    done(error);
  }

  /** A reader that takes all at once would else have the thread to itself. */
  #soon(): void {
    this.#next ??= setImmediate(() => {
      this.#next = undefined;
      this.#pump();
    });
  }

  /** As much as the reader takes: a slow one holds nothing up but itself. */
  #pump(): void {
    if (this.destroyed || !this.#wanted) return;
    try {
      const piece = this.#pieces.after(this.#last);
      if (piece === undefined) return;
      this.#last = piece.last;
      this.#wanted = this.push(piece.text);
      if (piece.isFull) this.#soon();
    } catch (error) {
      // A reader comes again by itself, and asks from where it was.
      this.destroy(error instanceof Error ? error : new Error(String(error)));
    }
  }
}

function frameOf(event: FedEvent): string {
  // Without a name of its own, so that a reader need not know every kind beforehand.
  return `id: ${event.id}\ndata: ${JSON.stringify(event)}\n\n`;
}
