/** This machine as a cluster's login node: the same scripts, the same channel, no SSH. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { homedir, hostname, userInfo } from 'node:os';
import {
  type Channel,
  type ChannelOptions,
  type Transport,
  type TransportCounts,
  TransportFailure,
} from '../ports.js';
import { type FarSide, PipedChannel } from '../transport/channel.js';
import { Meter } from '../transport/meter.js';
import { CHANNELS_PER_CONNECTION, Slots } from '../transport/slots.js';

export interface LocalTransportOptions {
  /** Stands for `/bin/sh -s`, so that the tests can run under other shells. */
  readonly shell?: readonly [program: string, ...words: string[]];
  /** Environment of the shells; default: this process's. */
  readonly env?: NodeJS.ProcessEnv;
  /** Milliseconds from TERM to KILL. */
  readonly killAfterMs?: number;
  /** Milliseconds that a background child is heard after its shell. */
  readonly drainGraceMs?: number;
}

/** A transport that spawns shells on this machine. At most four at once, as over SSH. */
export function createLocalTransport(options: LocalTransportOptions = {}): Transport {
  return new LocalTransport(options);
}

class LocalTransport implements Transport {
  readonly address = `${userInfo().username}@${hostname()} (this machine)`;
  readonly #options: LocalTransportOptions;
  readonly #meter = new Meter();
  readonly #slots = new Slots(CHANNELS_PER_CONNECTION);
  readonly #open = new Set<PipedChannel>();
  #closed = false;

  constructor(options: LocalTransportOptions) {
    this.#options = options;
  }

  get counts(): TransportCounts {
    return this.#meter.read();
  }

  async open(options: ChannelOptions): Promise<Channel> {
    const release = await this.#slots.acquire();
    try {
      const child = await this.#spawn(options.shell);
      return this.#channel(child, options, release);
    } catch (error) {
      release();
      throw error;
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#slots.close(new TransportFailure('unreachable', 'this transport has been closed'));
    const open = [...this.#open];
    for (const channel of open) channel.abort('this transport was closed');
    await Promise.all(open.map((channel) => channel.end));
  }

  #channel(child: ChildProcessWithoutNullStreams, options: ChannelOptions, release: () => void): Channel {
    const far = farSide(child, this.#options.killAfterMs ?? 2_000);
    const channel = new PipedChannel(far, this.#meter, {
      deadlineMs: options.deadlineMs,
      drainGraceMs: this.#options.drainGraceMs ?? 500,
    });
    this.#open.add(channel);
    void channel.end.then(() => {
      this.#open.delete(channel);
      release();
    });
    child.on('exit', (code, signal) => {
      channel.exited(code === null ? { signal: signal ?? 'unknown' } : { code });
    });
    return channel;
  }

  async #spawn(shell: ChannelOptions['shell']): Promise<ChildProcessWithoutNullStreams> {
    if (this.#closed) throw new TransportFailure('unreachable', 'this transport has been closed');
    const [program, ...words] =
      shell === 'login' ? ['bash', '-ls'] : (this.#options.shell ?? ['/bin/sh', '-s']);
    // A session of its own, as sshd gives one: it can be ended as a whole, and Ctrl-C here does not reach it.
    const child = spawn(program, words, {
      detached: true,
      cwd: homedir(),
      env: this.#options.env ?? process.env,
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    child.stdin.on('error', () => undefined);
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve);
      child.on('error', (error) => reject(cannotStart(program, error)));
    });
    return child;
  }
}

function cannotStart(program: string, error: Error): TransportFailure {
  return new TransportFailure('misconfigured', `${program} could not be started here: ${error.message}`, {
    cause: error,
  });
}

function farSide(child: ChildProcessWithoutNullStreams, killAfterMs: number): FarSide {
  return {
    output: child.stdout,
    errors: child.stderr,
    // A shell that ended takes no more; its exit tells, not the broken pipe.
    write: (chunk, done) => void child.stdin.write(chunk, (error) => (error ? undefined : done())),
    endInput: () => void child.stdin.end(),
    terminate: () => endGroup(child, killAfterMs),
    release: () => letGo(child),
  };
}

/** TERM to the shell and what it started, KILL to what has not gone by then. */
function endGroup(child: ChildProcessWithoutNullStreams, killAfterMs: number): void {
  signalGroup(child, 'SIGTERM');
  const kill = setTimeout(() => signalGroup(child, 'SIGKILL'), killAfterMs);
  child.once('exit', () => {
    clearTimeout(kill);
    letGo(child);
  });
  if (!running(child)) letGo(child);
}

/** Only while the shell itself lives: afterwards the number may belong to others. */
function signalGroup(child: ChildProcessWithoutNullStreams, signal: NodeJS.Signals): void {
  if (child.pid === undefined || !running(child)) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    // Gone in this very moment.
  }
}

function running(child: ChildProcessWithoutNullStreams): boolean {
  return child.exitCode === null && child.signalCode === null;
}

/** A background child that holds the pipes must not keep this process alive. */
function letGo(child: ChildProcessWithoutNullStreams): void {
  child.stdin.destroy();
  child.stdout.destroy();
  child.stderr.destroy();
}
