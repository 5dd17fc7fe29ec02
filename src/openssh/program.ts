/** The system's `ssh`, started with a list of words: no shell, no terminal, nobody to ask. */
import { type ChildProcess, type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { TransportFailure } from '../ports.js';
import { Tail } from '../transport/tail.js';

/** What it said, without a shell's output. */
export type Said =
  | { readonly kind: 'ended'; readonly code: number; readonly stderr: string }
  | { readonly kind: 'late'; readonly stderr: string };

export interface RunOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly timeoutMs: number;
  /** Gives it up. */
  readonly signal?: AbortSignal;
}

/** Bytes of stderr that are read of a failure. */
const STDERR_READ = 16 * 1024;
/** From TERM to KILL, in milliseconds. */
const KILL_AFTER_MS = 1_000;
/** The last of stderr may come behind the end; and a master that goes on in the background may hold it open. */
const LAST_WORDS_MS = 200;

/**
 * Runs it to its end. It is ended, with what it started, when the time is over.
 * @throws {TransportFailure} misconfigured: there is no such program
 */
export async function runSsh(words: readonly string[], options: RunOptions): Promise<Said> {
  const child = await startSsh(words, options.env);
  child.stdin.end();
  child.stdout.resume();
  const tail = new Tail(STDERR_READ);
  child.stderr.on('data', (chunk: Buffer) => tail.push(chunk));
  return new Promise((resolve) => {
    let isLate = false;
    const giveUp = (): void => {
      isLate = true;
      endChild(child);
    };
    const timer = setTimeout(giveUp, options.timeoutMs);
    options.signal?.addEventListener('abort', giveUp);
    const settle = (code: number): void => {
      clearTimeout(timer);
      options.signal?.removeEventListener('abort', giveUp);
      letGo(child);
      const stderr = tail.text();
      resolve(isLate ? { kind: 'late', stderr } : { kind: 'ended', code, stderr });
    };
    child.once('exit', (code) => {
      const last = setTimeout(() => settle(code ?? 255), LAST_WORDS_MS);
      child.once('close', () => {
        clearTimeout(last);
        settle(code ?? 255);
      });
    });
    if (options.signal?.aborted) giveUp();
  });
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

/** TERM to it and what it started, KILL to what has not gone by then. */
export function endChild(child: ChildProcess): void {
  if (!isRunning(child)) return;
  signalGroup(child, 'SIGTERM');
  const kill = setTimeout(() => signalGroup(child, 'SIGKILL'), KILL_AFTER_MS);
  child.once('exit', () => clearTimeout(kill));
}

export function isRunning(child: ChildProcess): boolean {
  return child.exitCode === null && child.signalCode === null;
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

/** Only while it lives itself: afterwards the number may belong to others. */
function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined || !isRunning(child)) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    // Gone in this very moment.
  }
}

function cannotStart(error: Error): TransportFailure {
  const why = 'code' in error && error.code === 'ENOENT' ? 'there is none in the PATH' : error.message;
  return new TransportFailure(
    'misconfigured',
    `transport: openssh needs the ssh program here: ${why}. Install openssh-client, or use transport: ssh2.`,
    { cause: error },
  );
}
