/** Files of the state directory: owner-only, and written so that a crash leaves the old or the new one. */
import { chmodSync, closeSync, fsyncSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { renameSync, rmSync, statSync, writeSync } from 'node:fs';
import { randomUUID } from 'node:crypto';
import { dirname } from 'node:path';

/** Makes the directory 0700, also where it stood with a wider mode. */
export function ensurePrivateDirectory(directory: string): void {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  if ((statSync(directory).mode & 0o077) !== 0) chmodSync(directory, 0o700);
}

/**
 * Makes an empty file 0600 where there is none. SQLite gives -wal, -shm and -journal the mode of the database,
 * so this covers them all; a umask would not do, because a worker thread cannot set one.
 * An existing file is never opened: closing it would drop SQLite's locks on it in this process.
 */
export function ensurePrivateFile(file: string): 'made' | 'stood' {
  try {
    closeSync(openSync(file, 'wx', 0o600));
    return 'made';
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error;
  }
  if ((statSync(file).mode & 0o077) !== 0) chmodSync(file, 0o600);
  return 'stood';
}

/** Size in bytes; undefined where there is no such file. */
export function sizeOf(file: string): number | undefined {
  return statSync(file, { throwIfNoEntry: false })?.size;
}

/** The file's text; undefined where there is no such file. */
export function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

/** Replaces the file: written beside, synced, renamed, and the directory synced. Mode 0600. */
export function writeAtomically(file: string, content: string): void {
  const beside = writeBeside(file, content);
  try {
    renameSync(beside, file);
  } catch (error) {
    rmSync(beside, { force: true });
    throw error;
  }
  sync(dirname(file));
}

/** Flushes a file or a directory to the disk. */
export function sync(path: string): void {
  const descriptor = openSync(path, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function writeBeside(file: string, content: string): string {
  const beside = `${file}.${randomUUID()}.tmp`;
  const descriptor = openSync(beside, 'wx', 0o600);
  try {
    writeSync(descriptor, content);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
  return beside;
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
