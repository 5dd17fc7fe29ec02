import { relative } from 'node:path';
import type { Problem } from '../model/job.js';

/** Keys from the top of a document down to a value. */
export type Path = readonly string[];

const SECRET_KEYS = new Set(['passphrase', 'password', 'password_hash', 'token_hash', 'webhook_secret']);

/** Whether what stands there must never be shown. */
export function isSecret(path: Path): boolean {
  return path.some((key) => SECRET_KEYS.has(key));
}

/**
 * `resources.duration`, `output[2].path`: items of lists count from 1 for people. Ends at a secret's key, as a
 * secret that begins with a brace is read as a map whose keys are the secret.
 */
export function label(path: Path): string {
  let text = '';
  const secret = path.findIndex((key) => SECRET_KEYS.has(key));
  for (const key of secret < 0 ? path : path.slice(0, secret + 1)) {
    if (/^\d+$/.test(key) && text !== '') text += `[${Number(key) + 1}]`;
    else text += text === '' ? key : `.${key}`;
  }
  return text;
}

/** A value in a message: short, quoted, on one line. */
export function show(value: unknown): string {
  if (typeof value === 'string') return quoted(value);
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object' && value !== null) return 'a map';
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : 'nothing';
}

function quoted(text: string): string {
  const short = text.length > 60 ? `${text.slice(0, 57)}…` : text;
  return JSON.stringify(short).replaceAll(/[\u007f-\u00a0\u200b-\u200f\u2028\u2029\ufeff]/g, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}

/** `jobs.d/a.yaml:3:5: error: …`, the file relative to `root` where it lies below. */
export function formatProblem(problem: Problem, root?: string): string {
  const below = root === undefined ? problem.file : relative(root, problem.file);
  const file = below === '' || below.startsWith('..') ? problem.file : below;
  const line = problem.line === undefined ? '' : `:${problem.line}:${problem.column ?? 1}`;
  return `${file}${line}: ${problem.severity}: ${problem.message}`;
}

/** In the order of the files' text, each once. */
export function sortProblems(problems: readonly Problem[]): Problem[] {
  const seen = new Set<string>();
  const once = problems.filter((problem) => {
    const key = JSON.stringify([problem.file, problem.line, problem.column, problem.message]);
    return !seen.has(key) && seen.add(key);
  });
  return once.sort(
    (a, b) => compare(a.file, b.file) || (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0),
  );
}

/** By code units: the same on every machine, whatever its locale. */
export function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

export function hasErrors(problems: readonly Problem[]): boolean {
  return problems.some((problem) => problem.severity === 'error');
}
