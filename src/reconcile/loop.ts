/** Passes for ever: soon after something changed or was asked, and otherwise as often as good manners allow. */
import { isSettled } from '../model/run.js';
import { StoreError } from '../store/errors.js';
import { messageOf } from './context.js';
import type { PassReport } from './report.js';
import type { Session } from './session.js';

export interface LoopOptions {
  readonly session: Pick<Session, 'look' | 'hear'>;
  /** All is looked at again at least this often. */
  readonly resyncMs: number;
  /** Between two looks at what goes on, where no cluster says otherwise. */
  readonly pollMs: number;
  /** Aborted: what is under way is finished, and nothing more is begun. */
  readonly signal: AbortSignal;
  readonly onPass: (report: PassReport, tookMs: number) => void;
  /** A pass failed as a whole; it is tried again. */
  readonly onTrouble: (why: string) => void;
}

/** Somebody at the door is heard this soon even where the knock was lost; mail that waits is tried again. */
const HEAR_MS = 2_000;
const TROUBLE_FIRST_MS = 5_000;
const TROUBLE_LONGEST_MS = 5 * 60_000;

export class PassLoop {
  readonly #options: LoopOptions;
  #wanted = true;
  #knocked = false;
  #nextLook = 0;
  #troubles = 0;
  #lookingSince: number | undefined;
  #rise: () => void = () => undefined;

  constructor(options: LoopOptions) {
    this.#options = options;
  }

  /** Something may have changed. Many calls are one pass; one that comes during a pass is another pass. */
  wake(): void {
    this.#wanted = true;
    this.#rise();
  }

  /** Somebody is at the door. */
  knock(): void {
    this.#knocked = true;
    this.#rise();
  }

  /** How long the pass that is under way has taken so far, in milliseconds; 0 between two. */
  get lookingMs(): number {
    return this.#lookingSince === undefined ? 0 : performance.now() - this.#lookingSince;
  }

  /** Until the signal aborts. @throws {StoreError} where the state is not ours to write any more */
  async run(): Promise<void> {
    const { signal, session } = this.#options;
    signal.addEventListener('abort', () => this.#rise(), { once: true });
    const isOver = (): boolean => signal.aborted;
    while (!isOver()) {
      if (this.#wanted || performance.now() >= this.#nextLook) await this.#look();
      else {
        this.#knocked = false;
        this.#hear(session);
      }
      if (!isOver()) await this.#rest();
    }
  }

  /** What cannot be heard now does not end us: the pass that follows meets it too, and pauses by its own rule. */
  #hear(session: LoopOptions['session']): void {
    try {
      // A pass that failed is tried again when its pause is over, whoever asks for it.
      if (session.hear() && this.#troubles === 0) this.#wanted = true;
    } catch (error) {
      if (isFatal(error)) throw error;
      this.#options.onTrouble(messageOf(error));
    }
  }

  async #look(): Promise<void> {
    const { session, onPass, onTrouble } = this.#options;
    const began = performance.now();
    this.#lookingSince = began;
    this.#wanted = false;
    try {
      const report = await session.look();
      this.#troubles = 0;
      this.#nextLook = performance.now() + withJitter(this.#pauseAfter(report));
      onPass(report, performance.now() - began);
    } catch (error) {
      if (isFatal(error)) throw error;
      this.#troubles += 1;
      const pause = Math.min(TROUBLE_FIRST_MS * 2 ** (this.#troubles - 1), TROUBLE_LONGEST_MS);
      this.#nextLook = performance.now() + withJitter(pause);
      onTrouble(messageOf(error));
    } finally {
      this.#lookingSince = undefined;
    }
  }

  #pauseAfter({ again, standings, clusters, nextLookMs }: PassReport): number {
    const { resyncMs, pollMs } = this.#options;
    if (!again && standings.every(({ phase }) => isSettled(phase))) return resyncMs;
    const spoke = again || clusters.some(({ reach }) => reach !== 'not-asked');
    return Math.min(resyncMs, spoke ? nextLookMs : pollMs);
  }

  #rest(): Promise<void> {
    const pause = Math.min(this.#nextLook - performance.now(), HEAR_MS);
    if (this.#wanted || this.#knocked || pause <= 0) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.#rise(), pause);
      this.#rise = () => {
        clearTimeout(timer);
        this.#rise = () => undefined;
        resolve();
      };
    });
  }
}

/** So that many daemons do not ask one cluster at the same moment. */
function withJitter(ms: number): number {
  return ms * (1 + Math.random() * 0.1);
}

function isFatal(error: unknown): boolean {
  if (error instanceof AggregateError) return error.errors.some(isFatal);
  return error instanceof StoreError && error.kind !== 'busy' && error.kind !== 'refused';
}
