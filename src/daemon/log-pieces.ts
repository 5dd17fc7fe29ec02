/** Logs and scripts for the thread that answers: read over the writer's own connections, a piece when one is asked for. */
import { Readable } from 'node:stream';
import type { App } from '../app.js';
import type { FromWorker, ToWorker } from './messages.js';

interface Reading {
  readonly pieces: AsyncIterator<string>;
  readonly leave: AbortController;
}

export class LogPieces {
  readonly #app: Pick<App, 'tail' | 'scriptOf' | 'store'>;
  readonly #say: (message: FromWorker) => void;
  readonly #readings = new Map<number, Reading>();

  constructor(app: Pick<App, 'tail' | 'scriptOf' | 'store'>, say: (message: FromWorker) => void) {
    this.#app = app;
    this.#say = say;
  }

  begin(asked: Extract<ToWorker, { kind: 'logs' | 'script' }>): void {
    const { id } = asked;
    const leave = new AbortController();
    try {
      const pieces = this.#piecesOf(asked, leave.signal)[Symbol.asyncIterator]();
      this.#readings.set(id, { pieces, leave });
    } catch (error) {
      this.#end(id, error);
    }
  }

  #piecesOf(
    asked: Extract<ToWorker, { kind: 'logs' | 'script' }>,
    signal: AbortSignal,
  ): AsyncIterable<string> {
    if (asked.kind === 'logs') return this.#app.tail(asked.uuid, { ...asked.query, signal });
    const record = this.#app.store.records.byUuid(asked.uuid);
    const script = record && this.#app.scriptOf(record);
    return Readable.from(script === undefined ? [] : [script]);
  }

  more(id: number): void {
    const reading = this.#readings.get(id);
    if (reading === undefined) {
      this.#say({ kind: 'end', id, trouble: 'it is not read any more; ask again' });
      return;
    }
    reading.pieces.next().then(
      ({ done, value }) => {
        if (done === true) this.#end(id);
        else this.#say({ kind: 'piece', id, text: value });
      },
      (error: unknown) => this.#end(id, error),
    );
  }

  enough(id: number): void {
    this.#readings.get(id)?.leave.abort();
    this.#readings.delete(id);
  }

  close(): void {
    for (const [id, { leave }] of this.#readings) {
      leave.abort();
      this.#say({ kind: 'end', id, trouble: 'the writer begins anew; ask again' });
    }
    this.#readings.clear();
  }

  #end(id: number, error?: unknown): void {
    this.#readings.delete(id);
    const trouble = error === undefined ? {} : { trouble: wordsOf(error) };
    this.#say({ kind: 'end', id, ...trouble });
  }
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : 'it cannot be read';
}
