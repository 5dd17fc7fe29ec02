/** The system's `ssh`, started with a list of words: no shell, no terminal, nobody to ask. */
import { type ChildProcess, type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { TransportFailure } from '../ports.js';
import { Tail } from '../transport/tail.js';

/** Bytes of stderr that are kept of a master. */
const STDERR_READ = 16 * 1024;
/** From TERM to KILL, in milliseconds. */
const KILL_AFTER_MS = 1_000;
/** The last of stderr may come behind the end; what a host is reached through may hold it open. */
const LAST_WORDS_MS = 200;

/** Runs it to its end, whatever that is; it is ended, with what it started, when the time is over. */
export async function runSsh(
  words: readonly string[],
  env: NodeJS.ProcessEnv,
  timeoutMs: number,
): Promise<void> {
  const child = await startSsh(words, env);
  child.stdin.end();
  child.stdout.resume();
  child.stderr.resume();
  const timer = setTimeout(() => endChild(child), timeoutMs);
  await new Promise((resolve) => child.once('exit', resolve));
  clearTimeout(timer);
  letGo(child);
}

/**
 * In a session of its own: there it has no terminal to ask at, it can be ended with what it started, and Ctrl-C here
 * does not reach it.
 * @throws {TransportFailure} misconfigured: there is no such program
 */
export async function startSsh(
  words: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<ChildProcessWithoutNullStreams> {
  const child = spawn('ssh', [...words], {
    detached: true,
    env: mute(env),
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  for (const stream of [child.stdin, child.stdout, child.stderr]) stream.on('error', () => undefined);
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.on('error', (error) => reject(cannotStart(error)));
  });
  return child;
}

/** A master of our own: the child is `ssh` itself. */
export interface MasterProcess {
  readonly child: ChildProcess;
  /** The last that it said. */
  said(): string;
  /** Ends it and waits until it has ended. */
  end(): Promise<void>;
}

/**
 * The child becomes ssh; beside it a shell waits until our end of the pipe is closed, which is when we die, and then ends it
 * and takes our folder away: a master that nobody closes would stay for ever.
 */
const GUARD =
  '(exec >/dev/null 2>&1; read -r line <&3; kill -s TERM "$$"; rm -rf -- "$0") & exec 3<&-; exec ssh "$@"';

/**
 * Starts a master; it is ready when its socket is there.
 * @param folder absolute, of this process alone; it goes where this process dies before the master has ended
 */
export function startMaster(
  words: readonly string[],
  { env, folder }: { readonly env: NodeJS.ProcessEnv; readonly folder: string },
): MasterProcess {
  const child = spawn('/bin/sh', ['-c', GUARD, folder, ...words], {
    detached: true,
    env: mute(env),
    // The guard's is not stdin: Node closes that one when ssh has ended, and the guard would act.
    stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
  });
  const { stderr } = child;
  const leash = child.stdio[3];
  const tail = new Tail(STDERR_READ);
  stderr?.on('data', (chunk: Buffer) => tail.push(chunk));
  for (const stream of [leash, stderr]) stream?.on('error', () => undefined);
  child.on('error', (error) => tail.push(Buffer.from(error.message)));
  const ended = new Promise<void>((resolve) => {
    child.once('error', () => resolve());
    child.once('exit', () => {
      // The group goes on as long as the guard does, so that its number is nobody else's.
      signalGroup(child.pid, 'SIGKILL');
      leash?.destroy();
      setTimeout(() => stderr?.destroy(), LAST_WORDS_MS).unref();
      resolve();
    });
  });
  return {
    child,
    said: () => tail.text(),
    end: () => {
      endChild(child);
      return ended;
    },
  };
}

/** TERM to it and what it started, KILL to what has not gone by then. */
export function endChild(child: ChildProcess): void {
  if (!isRunning(child)) return;
  signalGroup(child.pid, 'SIGTERM');
  const kill = setTimeout(() => signalGroup(child.pid, 'SIGKILL'), KILL_AFTER_MS);
  child.once('exit', () => clearTimeout(kill));
}

/** Only while it runs does its number belong to it. */
export function isRunning(child: ChildProcess): boolean {
  return child.pid !== undefined && child.exitCode === null && child.signalCode === null;
}

/** What holds the other ends of its pipes must not keep this process alive. */
export function letGo(child: ChildProcessWithoutNullStreams): void {
  child.stdin.destroy();
  child.stdout.destroy();
  child.stderr.destroy();
}

/** Nothing may open a window or ask at a terminal: a person opens a way beforehand, or is told to. */
function mute(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const muted: NodeJS.ProcessEnv = { ...env, SSH_ASKPASS_REQUIRE: 'never' };
  delete muted['SSH_ASKPASS'];
  return muted;
}

function signalGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  try {
    if (pid !== undefined) process.kill(-pid, signal);
  } catch {
    // Gone in this very moment.
  }
}

/** @param error of `ssh` that was to be started */
export function cannotStart(error: Error): TransportFailure {
  const why = 'code' in error && error.code === 'ENOENT' ? 'there is none in the PATH' : error.message;
  return new TransportFailure(
    'misconfigured',
    `transport: openssh needs the ssh program here: ${why}. Install openssh-client, or use transport: ssh2.`,
    { cause: error },
  );
}
