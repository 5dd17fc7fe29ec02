import { isRacy, sameStamp, stampFrom, type FileStamp } from './stamp.js';
import type { Connection } from './connection.js';

/** A digest of a file's content, as read at `readAt` (epoch milliseconds, taken before reading began). */
export interface KnownDigest {
  /** Absolute. */
  readonly path: string;
  readonly stamp: FileStamp;
  readonly sha256: string;
  readonly readAt: number;
}

const PUT = `INSERT INTO digests (path, size, mtime_ns, ctime_ns, ino, sha256) VALUES (?, ?, ?, ?, ?, ?)
  ON CONFLICT (path) DO UPDATE SET size = excluded.size, mtime_ns = excluded.mtime_ns,
  ctime_ns = excluded.ctime_ns, ino = excluded.ino, sha256 = excluded.sha256`;
const REMOVE = 'DELETE FROM digests WHERE path = ?';
const COLUMNS = 'path, size, mtime_ns, ctime_ns, ino, sha256';
export const DIGEST_OF = `SELECT ${COLUMNS} FROM digests WHERE path = ?`;
export const DIGESTS_UNDER = `SELECT ${COLUMNS} FROM digests WHERE path >= ? AND path < ?`;

/** Cache: what the files that jobs send contain, so that unchanged ones are not read again. */
export class DigestsCache {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** The digest, when the file still is what was read. */
  lookup(path: string, stamp: FileStamp): string | undefined {
    const [row] = this.#connection.sql.exact(DIGEST_OF, path);
    const known = row === undefined ? undefined : digestOf(row);
    return known !== undefined && sameStamp(known.stamp, stamp) ? known.sha256 : undefined;
  }

  /** All below a directory, by path, to be compared with `sameStamp`. */
  under(directory: string): Map<string, { readonly stamp: FileStamp; readonly sha256: string }> {
    const base = directory.endsWith('/') ? directory.slice(0, -1) : directory;
    // `0` is the character after `/`.
    const rows = this.#connection.sql.exact(DIGESTS_UNDER, `${base}/`, `${base}0`);
    return new Map(rows.map(digestOf).flatMap((known) => (known === undefined ? [] : [[known.path, known]])));
  }

  /** In one transaction. A reading that came too soon after a change is not kept. */
  put(digests: readonly KnownDigest[]): void {
    if (digests.length === 0) return;
    const { sql, transaction } = this.#connection;
    transaction(() => {
      for (const { path, stamp, sha256, readAt } of digests)
        if (isRacy(stamp, readAt)) sql.run(REMOVE, path);
        else sql.run(PUT, path, stamp.size, stamp.mtimeNs, stamp.ctimeNs, stamp.ino, sha256);
    });
  }

  remove(paths: readonly string[]): void {
    const { sql, transaction } = this.#connection;
    transaction(() => {
      for (const path of paths) sql.run(REMOVE, path);
    });
  }
}

function digestOf(row: readonly unknown[]): Omit<KnownDigest, 'readAt'> | undefined {
  const [path, size, mtimeNs, ctimeNs, ino, sha256] = row;
  const stamp = stampFrom(size, mtimeNs, ctimeNs, ino);
  if (typeof path !== 'string' || typeof sha256 !== 'string' || stamp === undefined) return undefined;
  return { path, stamp, sha256 };
}
