import { existsSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { UsageError } from './failures.js';
import { terminal, type Sink, type Terminal } from './output/terminal.js';
import type { Keyboard } from './passphrase.js';

/** Options that every command has. */
export interface GlobalFlags {
  /** `-C DIR`. */
  readonly C?: string;
  readonly verbose?: boolean;
  readonly quiet?: boolean;
  /** False with `--no-color`. */
  readonly color?: boolean;
}

/** The process, as far as a command sees it. */
export interface Process {
  readonly stdout: Sink;
  readonly stderr: Sink;
  /** Standard input, where a person types there. */
  readonly keyboard?: () => Keyboard;
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  /** Aborted by the first SIGINT. */
  readonly signal: AbortSignal;
  /** From here on the first SIGINT only aborts the signal, and the command ends by itself. */
  readonly endsByItself: () => void;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** When the command was given. Epoch milliseconds. */
  readonly began: number;
}

/** What a command works with. Data goes to `out`, the story to `err`. */
export interface Context {
  /** Absolute path of the project. */
  readonly directory: string;
  readonly env: NodeJS.ProcessEnv;
  /** As a person would type it, without arguments: who comes second to the state is told it. */
  readonly command: string;
  readonly out: Terminal;
  readonly err: Terminal;
  /** Undefined where nobody is there to be asked. */
  readonly keyboard: (() => Keyboard) | undefined;
  readonly verbose: boolean;
  readonly quiet: boolean;
  readonly signal: AbortSignal;
  readonly endsByItself: () => void;
  readonly now: () => number;
  readonly began: number;
}

export function context(flags: GlobalFlags, from: Process, command: string): Context {
  const colour = flags.color !== false;
  return {
    directory: resolve(from.cwd, flags.C ?? '.'),
    env: from.env,
    command,
    out: terminal(from.stdout, from.env, colour),
    err: terminal(from.stderr, from.env, colour),
    keyboard: from.keyboard,
    verbose: flags.verbose === true,
    quiet: flags.quiet === true,
    signal: from.signal,
    endsByItself: from.endsByItself,
    now: from.now,
    began: from.began,
  };
}

/** One line of the story, unless `--quiet`. */
export function say({ err, quiet }: Context, text: string): void {
  if (!quiet) err.line(text);
}

/** Paths as typed, made absolute: relative to `-C DIR`, as git and make have it. @throws {UsageError} */
export function scopeOf({ directory }: Context, paths: readonly string[]): string[] {
  return paths.map((path) => {
    const file = resolve(directory, path);
    if (!existsSync(file)) throw new UsageError(`there is no file or directory ${file}`);
    return file;
  });
}

/** @throws {UsageError} where `-C` leads nowhere. */
export function assertDirectory({ directory }: Context): void {
  if (statSync(directory, { throwIfNoEntry: false })?.isDirectory() === true) return;
  throw new UsageError(`there is no directory ${directory}; to make a start there: sluice init ${directory}`);
}
