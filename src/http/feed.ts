/** Events as they come, in the form that browsers read (server-sent events). */
import { Readable } from 'node:stream';
import { type EventView, toEvent } from '../views/event.js';
import type { World } from './ports.js';

const BATCH = 200;
const HEARTBEAT_MS = 15_000;
/** News that nobody announced, as of another process that writes. */
const LOOK_MS = 1_000;

/** An event, and the name of its job. */
export interface FedEvent extends EventView {
  readonly name: string | null;
}

export class EventFeed extends Readable {
  readonly #world: World;
  readonly #ends: (() => void)[] = [];
  #last: number;
  #wanted = false;

  /** @param after id of the last event that the reader has */
  constructor(world: World, after: number) {
    super({ highWaterMark: 64 * 1024 });
    this.#world = world;
    this.#last = after;
    const heartbeat = setInterval(() => {
      if (this.#wanted) this.push(':\n\n');
    }, HEARTBEAT_MS);
    const look = setInterval(() => this.#pump(), LOOK_MS);
    this.#ends.push(
      () => clearInterval(heartbeat),
      () => clearInterval(look),
      world.onNews(() => this.#pump()),
    );
    // At once, so that the reader knows that it is connected.
    this.push('retry: 2000\n\n');
  }

  override _read(): void {
    this.#wanted = true;
    this.#pump();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    for (const end of this.#ends.splice(0)) end();
    done(error);
  }

  /** As much as the reader takes: a slow one holds nothing up but itself. */
  #pump(): void {
    if (this.destroyed) return;
    try {
      this.#pushAll();
    } catch (error) {
      // A reader comes again by itself, and asks from where it was.
      this.destroy(error instanceof Error ? error : new Error(String(error)));
    }
  }

  #pushAll(): void {
    while (this.#wanted) {
      const events = this.#world.store.events.after(this.#last, BATCH);
      for (const event of events) {
        this.#last = event.id;
        const name =
          event.runUuid === undefined ? undefined : this.#world.store.runs.byUuid(event.runUuid)?.name;
        if (!this.push(frameOf({ ...toEvent(event), name: name ?? null }))) this.#wanted = false;
      }
      if (events.length < BATCH) return;
    }
  }
}

function frameOf(event: FedEvent): string {
  // Without a name of its own, so that a reader need not know every kind beforehand.
  return `id: ${event.id}\ndata: ${JSON.stringify(event)}\n\n`;
}
