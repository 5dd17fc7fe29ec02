/** A ControlMaster as a connection: the user's own, or one that we opened and close. */
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ChannelOptions, TransportFailure } from '../ports.js';
import { ChannelRefused, type Connection, ConnectionLost, type Shell } from '../transport/lane.js';
import { isRunning, type MasterProcess, runSsh } from './program.js';
import { FarShell, type NotStarted } from './shell.js';
import type { Held } from './socket.js';
import { endCommand } from './marks.js';
import { overWords } from './words.js';

export interface MasterRequest {
  readonly address: string;
  /** Absolute path. */
  readonly socket: string;
  readonly held: Held;
  readonly env: NodeJS.ProcessEnv;
  /** Where we opened it, and close it. */
  readonly ours?: MasterProcess;
}

/** For what is asked of a master at its end, in milliseconds. */
const FAREWELL_MS = 3_000;
/** For what it says at its own, in milliseconds. */
const LAST_WORDS_MS = 100;

export class Master implements Connection {
  readonly address: string;
  readonly #request: MasterRequest;
  readonly #shells = new Set<FarShell>();
  readonly #farewells = new Set<Promise<unknown>>();
  readonly #listeners = new Set<(why: string) => void>();
  #why = 'the connection was lost';
  #gone = false;

  constructor(request: MasterRequest) {
    this.#request = request;
    this.address = request.address;
    request.held.onGone(() => void this.#fall());
  }

  async open(kind: ChannelOptions['shell'], timeoutMs: number): Promise<Shell> {
    if (this.#gone) throw new ConnectionLost(this.#why);
    const { socket, env } = this.#request;
    const shell = await FarShell.start({ socket, kind, env, endThere: (pid) => this.#endThere(pid) });
    this.#shells.add(shell);
    shell.child.once('exit', () => this.#shells.delete(shell));
    const begun = await this.#begun(shell, timeoutMs);
    if (begun === 'runs') return shell;
    shell.drop();
    throw begun;
  }

  onLost(listener: (why: string) => void): () => void {
    if (this.#gone) queueMicrotask(() => listener(this.#why));
    else this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Ends what runs over it here, and the master where it is ours. */
  async close(why = 'the connection was closed'): Promise<void> {
    const { held, ours } = this.#request;
    this.#why = why;
    const ending = [...this.#shells].map(({ child }) => child).filter(isRunning);
    const ended = Promise.allSettled(ending.map((child) => once(child, 'exit')));
    await Promise.all(this.#farewells);
    this.#lose();
    await Promise.all([ours?.end(), Promise.race([ended, sleep(FAREWELL_MS, undefined, { ref: false })])]);
    held.letGo();
  }

  async #begun(shell: FarShell, timeoutMs: number): Promise<'runs' | Error> {
    const stop = new AbortController();
    let forget = (): unknown => undefined;
    const lost = new Promise<Error>((resolve) => {
      forget = this.onLost((why) => resolve(new ConnectionLost(why)));
    });
    const late = sleep(timeoutMs, undefined, { signal: stop.signal }).then(
      () => this.#giveUp(`no answer within ${timeoutMs / 1000} s`),
      () => new Error('in time'),
    );
    try {
      const begun = await Promise.race([shell.begun(), lost, late]);
      return begun === 'runs' || begun instanceof Error ? begun : this.#readRefusal(begun);
    } finally {
      forget();
      stop.abort();
    }
  }

  #readRefusal({ code, stderr }: NotStarted): Error {
    const words = stderr.trim().split('\n').slice(-3).join(' / ');
    if (/session request failed|open refused|open failed/i.test(stderr)) return new ChannelRefused(words);
    // The way that leads nowhere was taken: there is no master any more.
    if (this.#gone || code === 255) return this.#giveUp(words === '' ? this.#why : words);
    return new TransportFailure(
      'unreachable',
      `${this.address} gave no shell: what the account runs instead ended with code ${code}${words === '' ? '' : ` (${words})`}`,
    );
  }

  /** Nothing on it answers. */
  #giveUp(why: string): ConnectionLost {
    this.#why = why;
    this.#lose();
    this.#request.held.letGo();
    if (this.#request.ours) void this.#later(this.#request.ours.end());
    return new ConnectionLost(why);
  }

  /** It went by itself: what it said last tells why. */
  async #fall(): Promise<void> {
    const { ours } = this.#request;
    if (ours && !this.#gone) await Promise.race([ours.end(), sleep(LAST_WORDS_MS)]);
    const last = ours?.said().trim().split('\n').at(-1) ?? '';
    if (!this.#gone && last !== '') this.#why = `${this.#why}: ${last}`;
    this.#lose();
  }

  #lose(): void {
    if (this.#gone) return;
    this.#gone = true;
    for (const listener of this.#listeners) listener(this.#why);
    this.#listeners.clear();
    // Those of a master that hangs would wait for it.
    for (const shell of this.#shells) shell.drop();
  }

  async #endThere(pid: number): Promise<void> {
    const { socket, env } = this.#request;
    await this.#later(runSsh(overWords(socket, endCommand(pid)), env, FAREWELL_MS));
  }

  /** Waited for when it is closed. */
  async #later(work: Promise<unknown>): Promise<void> {
    const farewell = work.catch(() => undefined);
    this.#farewells.add(farewell);
    await farewell;
    this.#farewells.delete(farewell);
  }
}
