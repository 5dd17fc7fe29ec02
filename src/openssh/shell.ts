/** One shell on the far side of a ControlMaster, as a client of it here. */
import { randomBytes } from 'node:crypto';
import { constants } from 'node:os';
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ChannelOptions } from '../ports.js';
import type { FarSide, PipedChannel } from '../transport/channel.js';
import type { Shell } from '../transport/lane.js';
import { Tail } from '../transport/tail.js';
import { type Mark, Marks } from './marks.js';
import { endChild, isRunning, letGo, startSsh } from './program.js';
import { shellWords } from './words.js';

/** How the client ended before the shell ran there. Nothing was sent. */
export interface NotStarted {
  readonly code: number;
  readonly stderr: string;
}

export interface ShellRequest {
  readonly socket: string;
  readonly kind: ChannelOptions['shell'];
  readonly env: NodeJS.ProcessEnv;
  /** Ends a group of processes there; never rejects. */
  readonly endThere: (pid: number) => Promise<void>;
}

const STDERR_READ = 4 * 1024;
/** A master that hangs holds the pipes of a client that has ended. */
const CLOSE_MS = 1_000;

export class FarShell implements Shell {
  readonly child: ChildProcessWithoutNullStreams;
  readonly #endThere: ShellRequest['endThere'];
  readonly #errors: Marks;
  readonly #pid: Promise<number>;
  #heardPid: (pid: number) => void = () => undefined;
  #heardExit: (code: number) => void = () => undefined;
  #exit: number | undefined;

  /** @throws {TransportFailure} misconfigured: there is no ssh here */
  static async start(request: ShellRequest): Promise<FarShell> {
    const nonce = randomBytes(12).toString('hex');
    const child = await startSsh(shellWords(request.socket, request.kind, nonce), request.env);
    return new FarShell(child, nonce, request.endThere);
  }

  private constructor(
    child: ChildProcessWithoutNullStreams,
    nonce: string,
    endThere: ShellRequest['endThere'],
  ) {
    this.child = child;
    this.#endThere = endThere;
    this.#pid = new Promise((resolve) => (this.#heardPid = resolve));
    this.#errors = child.stderr.pipe(new Marks(nonce, (mark) => this.#hear(mark)));
  }

  /** Waits until it runs there. @returns how the client ended instead */
  begun(): Promise<'runs' | NotStarted> {
    const { child } = this;
    const said = new Tail(STDERR_READ);
    const listen = (chunk: Buffer): void => said.push(chunk);
    child.stderr.on('data', listen);
    return new Promise((resolve) => {
      void this.#pid.then(() => {
        child.stderr.off('data', listen);
        resolve('runs');
      });
      // Behind the mark, where both come at once.
      whenOver(child, () =>
        setImmediate(() => resolve({ code: child.exitCode ?? 255, stderr: said.text() })),
      );
    });
  }

  farSide(free: () => void): FarSide {
    const { child } = this;
    whenOver(child, free);
    return {
      output: child.stdout,
      errors: this.#errors,
      // A shell that ended takes no more; its exit tells, not the broken pipe.
      write: (chunk, done) => void child.stdin.write(chunk, (error) => (error ? undefined : done())),
      endInput: () => void child.stdin.end(),
      terminate: () => void this.#terminate(),
      release: () => this.drop(),
    };
  }

  follow(channel: PipedChannel): void {
    this.#heardExit = (code) => channel.exited(meaning(code));
    if (this.#exit !== undefined) this.#heardExit(this.#exit);
    whenOver(this.child, () => channel.gone('the shell there ended without an exit code'));
  }

  /** The client here: its end closes the channel, and no more. */
  drop(): void {
    endChild(this.child);
    letGo(this.child);
  }

  #hear(mark: Mark): void {
    if (mark.kind === 'pid') this.#heardPid(mark.value);
    else {
      this.#exit ??= mark.value;
      this.#heardExit(this.#exit);
    }
  }

  async #terminate(): Promise<void> {
    if (this.#exit === undefined && isRunning(this.child)) await this.#endThere(await this.#pid);
    this.drop();
  }
}

/** Once its pipes are closed, or a while after its end where a master still holds them. */
function whenOver(child: ChildProcessWithoutNullStreams, act: () => void): void {
  const late = (): void => {
    void sleep(CLOSE_MS, undefined, { ref: false }).then(act);
  };
  if (isRunning(child)) child.once('exit', late);
  else late();
  child.once('close', act);
}

/** The shell that watches over ours sees a signal as a code above 128, and so does a script that ends with one itself. */
function meaning(code: number): { readonly code: number } | { readonly signal: string } {
  const name = Object.entries(constants.signals).find(([, number]) => number === code - 128)?.[0];
  return name === undefined ? { code } : { signal: name.replace(/^SIG/, '') };
}
