import { randomBytes } from 'node:crypto';
import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { say, type Context } from './context.js';
import { EXIT } from './exit.js';
import { UsageError } from './failures.js';
import { schemaTexts } from './scaffold/schemas.js';
import { IGNORED, scaffold } from './scaffold/templates.js';

/** Writes what is not there yet, and never over anything. */
export function init(at: Context, directory = '.'): Promise<number> {
  const root = resolve(at.directory, directory);
  for (const { path, content } of scaffold(randomId(), schemaTexts())) {
    const made = writeNew(join(root, path), content);
    at.out.line(`${made ? 'wrote' : 'kept '} ${path}`);
  }
  const added = ignore(join(root, '.gitignore'));
  at.out.line(added.length > 0 ? `wrote .gitignore (${added.join(' ')})` : 'kept  .gitignore');
  const there = relative(at.directory, root);
  const go = there === '' ? '' : ` -C ${/^[\w./-]+$/.test(there) ? there : JSON.stringify(there)}`;
  say(at, `Next: sluice${go} validate; sluice${go} plan; sluice${go} reconcile --once --wait`);
  return Promise.resolve(EXIT.done);
}

/** @returns false where something stands there already, whatever it is. */
function writeNew(file: string, content: string): boolean {
  try {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content, { flag: 'wx', mode: file.endsWith('.sh') ? 0o755 : 0o644 });
    return true;
  } catch (cause) {
    if (codeOf(cause) === 'EEXIST' && existsSync(file)) return false;
    if (codeOf(cause) === 'EEXIST' || codeOf(cause) === 'ENOTDIR')
      throw new UsageError(`${file} cannot be written: a file stands where its folder should be`, { cause });
    throw new Error(`${file} cannot be written; nothing that was there has changed`, { cause });
  }
}

/** Adds the lines that are missing. @returns them */
function ignore(file: string): readonly string[] {
  const before = existsSync(file) ? readFileSync(file, 'utf8') : '';
  const has = new Set(before.split('\n').map((line) => line.trim().replace(/^\/|\/$/g, '')));
  const missing = IGNORED.filter((line) => !has.has(line.replace(/\/$/, '')));
  if (missing.length > 0)
    appendFileSync(file, `${before === '' || before.endsWith('\n') ? '' : '\n'}${missing.join('\n')}\n`);
  return missing;
}

/** Ten letters and digits that nobody takes for another: about 50 bits. */
function randomId(): string {
  const alphabet = 'abcdefghijkmnpqrstuvwxyz23456789';
  return [...randomBytes(10)].map((byte) => alphabet[byte % alphabet.length] ?? '').join('');
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
