/**
 * systemd, where it has started us (`Type=notify`): it is told when we serve, read the settings again, stop, and that the
 * writer makes progress. Node has no datagram sockets of Unix, so that its own program says it: `systemd-notify`.
 */
import { spawn } from 'node:child_process';

const PROGRAM = 'systemd-notify';
/** It talks to a socket of this machine. */
const DEADLINE_MS = 10_000;

export class Supervisor {
  readonly #env: NodeJS.ProcessEnv;
  readonly #warn: (text: string) => void;
  /** One after the other, in the order in which they were said. */
  #said: Promise<void> = Promise.resolve();
  #hasWarned = false;
  #status = '';

  /** @param env of this process: without NOTIFY_SOCKET nobody is told anything */
  constructor(env: NodeJS.ProcessEnv, warn: (text: string) => void) {
    this.#env = env;
    this.#warn = warn;
  }

  ready(): void {
    this.#say('READY=1');
  }

  /** Followed by {@link ready}. */
  reloading(): void {
    this.#say('RELOADING=1', `MONOTONIC_USEC=${(process.hrtime.bigint() / 1000n).toString()}`);
  }

  stopping(): void {
    this.#say('STOPPING=1');
  }

  /** One line for `systemctl status`; the same is said once. */
  status(text: string): void {
    if (text === this.#status) return;
    this.#status = text;
    this.#say(`STATUS=${text}`);
  }

  alive(): void {
    this.#say('WATCHDOG=1');
  }

  /** How often we are to say that we live, in milliseconds: half of what is granted; undefined: nobody asks. */
  get aliveEveryMs(): number | undefined {
    const { NOTIFY_SOCKET: socket, WATCHDOG_USEC: granted, WATCHDOG_PID: pid } = this.#env;
    const microseconds = Number(granted);
    if (!socket || !(microseconds > 0) || (pid && Number(pid) !== process.pid)) return undefined;
    return Math.max(1, Math.floor(microseconds / 2000));
  }

  /** Until all is said. */
  async close(): Promise<void> {
    await this.#said;
  }

  #say(...assignments: readonly string[]): void {
    if (!this.#env['NOTIFY_SOCKET']) return;
    this.#said = this.#said.then(() => this.#run(assignments));
  }

  #run(assignments: readonly string[]): Promise<void> {
    return new Promise((resolve) => {
      const { NOTIFY_SOCKET, PATH } = this.#env;
      const child = spawn(PROGRAM, assignments, {
        env: { NOTIFY_SOCKET, PATH },
        stdio: 'ignore',
        timeout: DEADLINE_MS,
      });
      child.on('error', (error) => this.#fail(error.message, resolve));
      child.on('close', (code) => {
        if (code === 0) resolve();
        else this.#fail(`it ended with code ${code ?? 'none'}`, resolve);
      });
    });
  }

  #fail(why: string, done: () => void): void {
    if (!this.#hasWarned)
      this.#warn(
        `systemd cannot be told how it goes, as ${PROGRAM} does not work (${why}); install it, or set Type=exec ` +
          'without WatchdogSec in the unit',
      );
    this.#hasWarned = true;
    done();
  }
}

/**
 * Says that we live as long as somebody else does: he is asked each time, and what he has not answered is not said.
 * @param ask answered by a call of what is returned as `heard`
 */
export function keepAlive(
  supervisor: Pick<Supervisor, 'aliveEveryMs' | 'alive'>,
  ask: () => void,
): { readonly heard: () => void; readonly stop: () => void } {
  const everyMs = supervisor.aliveEveryMs;
  if (everyMs === undefined) return { heard: () => undefined, stop: () => undefined };
  ask();
  const timer = setInterval(ask, everyMs);
  return { heard: () => supervisor.alive(), stop: () => clearInterval(timer) };
}
