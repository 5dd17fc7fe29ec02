/** A bash of a module's, in a process group of its own, with files for what it prints. No process is left behind. */
import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync, statSync } from 'node:fs';
import { constants } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';

export interface BashRequest {
  /** Absolute path of the script. */
  readonly script: string;
  readonly words: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** Gets what it says on standard output and error, what is in there stays. */
  readonly log: string;
  /** Files that may not grow above so many bytes. */
  readonly bounds: readonly { readonly file: string; readonly bytes: number }[];
  readonly limitMs: number;
  /** From TERM to KILL. */
  readonly killAfterMs: number;
  readonly signal?: AbortSignal;
}

export type BashEnd =
  | { readonly kind: 'exited'; readonly code: number }
  | { readonly kind: 'late' }
  | { readonly kind: 'cancelled' }
  | { readonly kind: 'too-much'; readonly file: string }
  | { readonly kind: 'no-start'; readonly why: string };

/** Process groups that run: none outlives this process, as far as it has a say in its own end. */
const groups = new Set<number>();
process.on('exit', () => {
  for (const group of groups) signal(group, 'SIGKILL');
});

const LOOK_MS = 100;
/** A timer's longest; beyond it, it would fire at once. */
const LONGEST_MS = 2 ** 31 - 1;

export async function runBash(request: BashRequest): Promise<BashEnd> {
  if (request.signal?.aborted === true) return { kind: 'cancelled' };
  const log = openSync(request.log, 'a', 0o600);
  try {
    // Files and no pipes: they can be opened by name (/dev/stderr), and a child that holds them holds nobody up.
    const child = spawn('bash', ['-l', request.script, ...request.words], {
      detached: true,
      env: request.environment,
      stdio: ['ignore', log, log],
    });
    return await follow(child, request);
  } catch (cause) {
    // Arguments and variables that are too long together are refused at once.
    return { kind: 'no-start', why: cause instanceof Error ? cause.message : String(cause) };
  } finally {
    closeSync(log);
  }
}

async function follow(child: ChildProcess, request: BashRequest): Promise<BashEnd> {
  const exit = exitOf(child);
  const { pid } = child;
  if (pid === undefined) return exit;
  groups.add(pid);
  let stopped: BashEnd | undefined;
  let ending: Promise<void> | undefined;
  const stop = (why: BashEnd): void => {
    stopped ??= why;
    ending ??= endGroup(pid, request.killAfterMs);
  };
  const abort = (): void => stop({ kind: 'cancelled' });
  const timer = setTimeout(() => stop({ kind: 'late' }), Math.min(request.limitMs, LONGEST_MS));
  const look = setInterval(() => {
    const file = tooLarge(request);
    if (file !== undefined) stop({ kind: 'too-much', file });
  }, LOOK_MS);
  request.signal?.addEventListener('abort', abort, { once: true });
  const end = await exit;
  clearTimeout(timer);
  clearInterval(look);
  request.signal?.removeEventListener('abort', abort);
  // What it left running; the number is not given to others while a process of the group lives.
  await (ending ?? endGroup(pid, request.killAfterMs));
  groups.delete(pid);
  const file = tooLarge(request);
  return stopped ?? (file === undefined ? end : { kind: 'too-much', file });
}

function exitOf(child: ChildProcess): Promise<BashEnd> {
  return new Promise((resolve) => {
    child.once('error', (error) => resolve({ kind: 'no-start', why: error.message }));
    child.once('exit', (code, signal) => {
      resolve({ kind: 'exited', code: code ?? 128 + (signal === null ? 0 : constants.signals[signal]) });
    });
  });
}

function tooLarge({ bounds }: BashRequest): string | undefined {
  return bounds.find(({ file, bytes }) => (statSync(file, { throwIfNoEntry: false })?.size ?? 0) > bytes)
    ?.file;
}

/** How long the system may take to take away what was killed. */
const GOING_MS = 2_000;

/** TERM to the whole group, KILL to what has not gone by then. */
async function endGroup(group: number, killAfterMs: number): Promise<void> {
  if (!signal(group, 'SIGTERM') || (await isGone(group, killAfterMs))) return;
  signal(group, 'SIGKILL');
  await isGone(group, GOING_MS);
}

async function isGone(group: number, withinMs: number): Promise<boolean> {
  const until = performance.now() + withinMs;
  while (performance.now() < until) {
    await sleep(20);
    if (!signal(group, 0)) return true;
  }
  return false;
}

/** @returns false when nobody is there any more */
function signal(group: number, name: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(-group, name);
  } catch {
    return false;
  }
}
