import { assertDirectory, say, scopeOf, type Context } from './context.js';
import { EXIT } from './exit.js';
import { envelope, writeJson } from './output/json.js';
import { countProblems, hasError, writeProblems } from './output/problems.js';
import { count } from './output/time.js';

export interface ValidateFlags {
  readonly output?: 'json';
}

/** Files only: every problem at once. Exit 3 when anything is wrong; warnings alone are no error. */
export async function validate(at: Context, paths: readonly string[], flags: ValidateFlags): Promise<number> {
  assertDirectory(at);
  const { validateProject } = await import('../desired.js');
  const { problems, valid, invalid } = validateProject(at.directory, scopeOf(at, paths));
  if (flags.output === 'json') writeJson(at.out, envelope(problems, { valid, invalid }));
  else writeProblems(at.out, problems, at.directory);
  say(at, summary(countProblems(problems), valid, invalid));
  return hasError(problems) ? EXIT.manifestsInvalid : EXIT.done;
}

/** `3 jobs valid`, or `2 errors and 1 warning; 2 jobs valid, 1 invalid`. */
export function summary(problems: string | undefined, valid: number, invalid: number): string {
  const jobs = `${count(valid, 'job')} valid${invalid > 0 ? `, ${invalid} invalid` : ''}`;
  return problems === undefined ? jobs : `${problems}; ${jobs}`;
}
