/**
 * What is done on this machine beside the passes: staging modules run, a repository is cloned. Each takes its time and holds
 * up nobody; what it came to is taken up at the beginning of a pass, so that nothing changes under one.
 */

/** Works at once: they are the user's programs and downloads, on a machine that has other things to do. */
const AT_ONCE = 8;

export interface Work<T> {
  /** The run. */
  readonly uuid: string;
  /** What it works on: of another make the work is begun anew. */
  readonly make: string;
  /** Does not reject for what the user's programs do. */
  readonly run: (signal: AbortSignal) => Promise<T>;
}

interface Piece<T> extends Work<T> {
  readonly stop: AbortController;
}

/** What a work came to. `error` is a defect, or a disk that cannot be written. */
export type Finished<T> = Pick<Work<T>, 'uuid' | 'make'> &
  ({ readonly ok: true; readonly result: T } | { readonly ok: false; readonly error: unknown });

export class Workshop<T> {
  /** By uuid, in the order in which they came: what is under way or in line, of each run one. */
  readonly #wanted = new Map<string, Piece<T>>();
  /** Those that are carried out, given up or not, until they have stopped. */
  readonly #running = new Map<Piece<T>, Promise<void>>();
  readonly #finished = new Map<string, Finished<T>>();

  /** Begins it, or puts it in line. What was begun for the same run before is given up. */
  begin(work: Work<T>): void {
    this.stop(work.uuid);
    this.#wanted.set(work.uuid, { ...work, stop: new AbortController() });
    this.#next();
  }

  /** Uuids of the runs that have something under way or in line. */
  get busy(): ReadonlySet<string> {
    return new Set(this.#wanted.keys());
  }

  makeOf(uuid: string): string | undefined {
    return this.#wanted.get(uuid)?.make;
  }

  /** Gives up what is done for a run; nothing of it is told. */
  stop(uuid: string): void {
    this.#wanted.get(uuid)?.stop.abort();
    this.#wanted.delete(uuid);
    this.#finished.delete(uuid);
  }

  /** Something of it is under way, in line, or given up and not stopped yet. */
  holds(uuid: string): boolean {
    return this.#wanted.has(uuid) || [...this.#running.keys()].some((piece) => piece.uuid === uuid);
  }

  get isIdle(): boolean {
    return this.#wanted.size === 0;
  }

  get hasNews(): boolean {
    return this.#finished.size > 0;
  }

  /** What has come to its end since it was asked last. */
  take(): readonly Finished<T>[] {
    const taken = [...this.#finished.values()];
    this.#finished.clear();
    return taken;
  }

  /** Until nothing is under way or in line. */
  async idle(): Promise<void> {
    while (!this.isIdle) await Promise.race(this.#running.values());
  }

  /** Gives all up, and waits until it has stopped. */
  async close(): Promise<void> {
    for (const uuid of this.busy) this.stop(uuid);
    await Promise.all(this.#running.values());
  }

  #next(): void {
    for (const piece of this.#wanted.values()) {
      if (this.#running.size >= AT_ONCE) return;
      if (!this.#running.has(piece)) this.#running.set(piece, this.#carryOut(piece));
    }
  }

  async #carryOut(piece: Piece<T>): Promise<void> {
    const { uuid, make, run, stop } = piece;
    // Not before it stands among those that run.
    await Promise.resolve();
    const end = await run(stop.signal).then(
      (result): Finished<T> => ({ uuid, make, ok: true, result }),
      (error: unknown): Finished<T> => ({ uuid, make, ok: false, error }),
    );
    this.#running.delete(piece);
    if (!stop.signal.aborted) {
      this.#wanted.delete(uuid);
      this.#finished.set(uuid, end);
    }
    this.#next();
  }
}
