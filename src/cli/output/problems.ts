import { isAbsolute, relative, sep } from 'node:path';
import type { Problem } from '../../model/job.js';
import { count } from './time.js';
import { safeLine } from './safe.js';
import type { Terminal } from './terminal.js';

/** A path as a person would type it: relative where it lies below `root`. What is in a Git repository stays as it is. */
export function shownPath(file: string, root: string): string {
  if (!isAbsolute(file)) return file;
  const below = relative(root, file);
  return below === '' || below === '..' || below.startsWith(`..${sep}`) ? file : below;
}

/** `jobs.d/a.yaml:3:5: error: message (value)`, which editors and CI systems know how to follow. */
export function problemLine(problem: Problem, root: string): string {
  const line = problem.line === undefined ? '' : `:${problem.line}:${problem.column ?? 1}`;
  const value = problem.value;
  const bare = value?.replace(/^"(.*)"$/, '$1');
  const shown =
    value === undefined || bare === undefined || problem.message.includes(bare) ? '' : ` (${value})`;
  return safeLine(`${shownPath(problem.file, root)}${line}: ${problem.severity}: ${problem.message}${shown}`);
}

/** Problems, one a line. */
export function writeProblems(out: Terminal, problems: readonly Problem[], root: string): void {
  const { paint } = out;
  for (const problem of problems) {
    const line = problemLine(problem, root);
    const word = `${problem.severity}:`;
    const painted = problem.severity === 'error' ? paint.red(word) : paint.yellow(word);
    out.line(line.replace(` ${word} `, () => ` ${painted} `));
  }
}

/** `2 errors and 1 warning`, or undefined where there is nothing. */
export function countProblems(problems: readonly Problem[]): string | undefined {
  const errors = problems.filter((problem) => problem.severity === 'error').length;
  const warnings = problems.length - errors;
  const parts = [errors > 0 ? count(errors, 'error') : '', warnings > 0 ? count(warnings, 'warning') : ''];
  const said = parts.filter((part) => part !== '');
  return said.length === 0 ? undefined : said.join(' and ');
}

export function hasError(problems: readonly Problem[]): boolean {
  return problems.some((problem) => problem.severity === 'error');
}
