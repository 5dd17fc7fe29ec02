/** The writer as the answering thread sees it: it is told things, and tells how it goes. */
import { Worker } from 'node:worker_threads';
import type { LogsQuery, PassSummary } from '../http/ports.js';
import type { StoryLine } from '../reconcile/report.js';
import { type FromWorker, heardError, type ToWorker, type WorkerStart } from './messages.js';

export interface WriterOptions extends WorkerStart {
  readonly story: (line: StoryLine) => void;
  /** It was asked, and makes progress. */
  readonly onAlive: () => void;
}

/** A writer in the middle of reading thousands of manifests is not waited for. */
const SCRIPT_MS = 1_000;

/** A pass makes a lot that the next one does not need: looked through often, it never becomes much. */
const YOUNG_MB = 8;

interface Pull {
  readonly piece: (text: string | undefined) => void;
  readonly fail: (error: Error) => void;
}

export class Writer {
  readonly #worker: Worker;
  readonly #story: (line: StoryLine) => void;
  readonly #onAlive: () => void;
  readonly #listeners = new Set<() => void>();
  readonly #pulls = new Map<number, Pull>();
  #lastPass: PassSummary | undefined;
  #nextId = 1;
  /** Settles when the thread has ended; rejects with what ended it. */
  readonly ended: Promise<void>;
  /** Settles when the state is open and ours. */
  readonly ready: Promise<void>;

  constructor({ story, onAlive, ...start }: WriterOptions) {
    this.#story = story;
    this.#onAlive = onAlive;
    this.#worker = new Worker(new URL('./worker.js', import.meta.url), {
      workerData: start,
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB },
    });
    let isReady: () => void = () => undefined;
    const ready = new Promise<void>((resolve) => (isReady = resolve));
    this.ended = new Promise((resolve, reject) => {
      let failure: Error | undefined;
      this.#worker.on('message', (message: FromWorker) => {
        if (message.kind === 'failed') failure = heardError(message.error);
        else if (message.kind === 'ready') isReady();
        else this.#hear(message);
      });
      this.#worker.on('error', (error) => (failure ??= error));
      this.#worker.on('exit', (code) => {
        for (const { fail } of this.#pulls.values()) fail(new Error('the writer has ended'));
        failure ??= code === 0 ? undefined : new Error(`the writer ended with code ${code}`);
        if (failure === undefined) resolve();
        else reject(failure);
      });
    });
    // Who waits for `ready` alone hears of a failure there.
    this.ended.catch(() => undefined);
    this.ready = Promise.race([
      ready,
      this.ended.then(() => {
        throw new Error('the writer ended before it began');
      }),
    ]);
    this.ready.catch(() => undefined);
  }

  get lastPass(): PassSummary | undefined {
    return this.#lastPass;
  }

  tell(kind: 'wake' | 'knock' | 'reload' | 'afresh' | 'ask' | 'stop'): void {
    this.#send({ kind });
  }

  wakeSources(urls: readonly string[]): void {
    this.#send({ kind: 'sources', urls });
  }

  onNews(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Ends it without waiting for what is under way: whatever that was is found again. */
  async kill(): Promise<void> {
    await this.#worker.terminate();
  }

  logs(uuid: string, { signal, ...query }: LogsQuery): AsyncGenerator<string> {
    return this.#read({ kind: 'logs', id: this.#nextId++, uuid, query }, signal);
  }

  async script(uuid: string): Promise<string | undefined> {
    const signal = AbortSignal.timeout(SCRIPT_MS);
    try {
      for await (const script of this.#read({ kind: 'script', id: this.#nextId++, uuid }, signal))
        return script;
    } catch {
      // A page is whole without it.
    }
    return undefined;
  }

  async *#read(
    asked: Extract<ToWorker, { kind: 'logs' | 'script' }>,
    signal: AbortSignal,
  ): AsyncGenerator<string> {
    const { id } = asked;
    this.#send(asked);
    try {
      for (;;) {
        const text = await this.#pull(id, signal);
        if (text === undefined) return;
        yield text;
      }
    } finally {
      this.#pulls.delete(id);
      this.#send({ kind: 'enough', id });
    }
  }

  #pull(id: number, signal: AbortSignal): Promise<string | undefined> {
    return new Promise((resolve, reject) => {
      const gone = (): void => resolve(undefined);
      if (signal.aborted) {
        gone();
        return;
      }
      signal.addEventListener('abort', gone, { once: true });
      const settle = (): void => {
        signal.removeEventListener('abort', gone);
        this.#pulls.delete(id);
      };
      this.#pulls.set(id, {
        piece: (text) => {
          settle();
          resolve(text);
        },
        fail: (error) => {
          settle();
          reject(error);
        },
      });
      this.#send({ kind: 'more', id });
    });
  }

  #hear(message: Exclude<FromWorker, { kind: 'failed' | 'ready' }>): void {
    switch (message.kind) {
      case 'story':
        this.#story(message.line);
        break;
      case 'alive':
        this.#onAlive();
        break;
      case 'pass':
        this.#lastPass = message.summary;
        for (const listener of this.#listeners) {
          try {
            listener();
          } catch (error) {
            const why = error instanceof Error ? error.message : String(error);
            this.#story({ level: 'warning', text: `news could not be passed on: ${why}` });
          }
        }
        break;
      case 'piece':
        this.#pulls.get(message.id)?.piece(message.text);
        break;
      case 'end': {
        const pull = this.#pulls.get(message.id);
        if (message.trouble === undefined) pull?.piece(undefined);
        else pull?.fail(new Error(message.trouble));
      }
    }
  }

  #send(message: ToWorker): void {
    this.#worker.postMessage(message);
  }
}
