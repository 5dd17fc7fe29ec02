import type { Problem } from '../model/job.js';
import { EXIT } from './exit.js';
import { writeProblems } from './output/problems.js';
import { safeText } from './output/safe.js';
import type { Terminal } from './output/terminal.js';

/** The person asked for something that cannot be meant: exit 64, without a stack. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** What an error means for the one who waits for the exit code. Errors are known by their names. */
export function exitCodeOf(error: unknown): number {
  if (!(error instanceof Error)) return EXIT.error;
  const codes: Readonly<Record<string, number>> = {
    UsageError: EXIT.usage,
    LeaseBusy: EXIT.busy,
    AbortError: EXIT.interrupted,
  };
  return codes[error.name] ?? EXIT.error;
}

/** Says what went wrong: the message, what it came from, and with `--verbose` where. */
export function writeFailure(err: Terminal, error: unknown, root: string, verbose: boolean): void {
  const problems = problemsOf(error);
  writeProblems(err, problems, root);
  err.line(`${err.paint.red('sluice:')} ${safeText(messageOf(error))}`);
  for (const cause of causes(error)) err.line(`  because: ${safeText(cause)}`);
  if (verbose && error instanceof Error && error.stack !== undefined) err.line(safeText(error.stack));
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.message === '' ? error.name : error.message;
}

/** Messages of the causes that the message before them does not tell already. */
function causes(error: unknown): string[] {
  const told: string[] = [];
  let said = messageOf(error);
  for (let at = causeOf(error); at !== undefined; at = causeOf(at)) {
    const message = messageOf(at);
    if (!said.includes(message)) told.push(message);
    said += message;
  }
  return told;
}

function causeOf(error: unknown): unknown {
  return error instanceof Error ? error.cause : undefined;
}

function problemsOf(error: unknown): readonly Problem[] {
  if (!(error instanceof Error) || !('problems' in error) || !Array.isArray(error.problems)) return [];
  return error.problems.filter(isProblem);
}

function isProblem(value: unknown): value is Problem {
  return (
    typeof value === 'object' &&
    value !== null &&
    'file' in value &&
    'message' in value &&
    'severity' in value
  );
}
