import Database from 'better-sqlite3';
import { ensurePrivateFile } from './files.js';
import { StoreError, translateError } from './errors.js';

/** How long two that ask at the same moment are waited for (milliseconds, blocking). */
const CONTENTION_MS = 100;

export interface HeldLock {
  release(): void;
}

/**
 * Takes SQLite's exclusive lock on a file of its own and keeps it by keeping the connection open: the kernel
 * frees it at once when the holder dies, however it dies. Nothing is ever written into the file.
 * Nobody may open the file in another way: closing any descriptor of it would free the lock in this process.
 * Keep what is returned: a connection that nobody refers to is collected as garbage, and its lock with it.
 * @returns undefined when someone else holds it.
 */
export function holdLock(file: string): HeldLock | undefined {
  ensurePrivateFile(file);
  const connection = new Database(file, { timeout: CONTENTION_MS });
  try {
    // Without this a journal would stand beside the lock, though nothing is written.
    connection.pragma('journal_mode = MEMORY');
    connection.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    connection.close();
    const known = translateError(error, file);
    if (known instanceof StoreError && known.kind === 'busy') return undefined;
    throw known;
  }
  return { release: () => connection.close() };
}
