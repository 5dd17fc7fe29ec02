import { isatty } from 'node:tty';
import { CommanderError } from 'commander';
import type { Process } from './context.js';
import { EXIT } from './exit.js';
import { exitCodeOf, writeFailure } from './failures.js';
import { createProgram } from './program.js';
import { terminal } from './output/terminal.js';
import { listenForSignals } from './signals.js';

/** Runs one command line in this process. @returns the exit code; never rejects. */
export async function main(argv: readonly string[]): Promise<number> {
  const { signal, endsByItself } = listenForSignals();
  return run(argv, {
    stdout: process.stdout,
    stderr: process.stderr,
    ...(isatty(0) ? { keyboard: () => process.stdin } : {}),
    env: process.env,
    cwd: process.cwd(),
    signal,
    endsByItself,
    now: Date.now,
    began: performance.timeOrigin,
  });
}

/** The same on any streams, for tests. */
export async function run(argv: readonly string[], from: Process): Promise<number> {
  const { program, flags, code } = createProgram(from);
  try {
    if (argv.length === 0) {
      program.outputHelp({ error: true });
      return EXIT.usage;
    }
    await program.parseAsync(argv, { from: 'user' });
    return from.signal.aborted ? EXIT.interrupted : code();
  } catch (error) {
    // Commander has said what is wrong; help and version that were asked for are no errors.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
    if (from.signal.aborted) return EXIT.interrupted;
    const { verbose, color, C: directory } = flags();
    const err = terminal(from.stderr, from.env, color !== false);
    writeFailure(err, error, directory ?? from.cwd, verbose === true);
    return exitCodeOf(error);
  }
}
