import { createHash } from 'node:crypto';
import { closeSync, lstatSync, openSync, readdirSync, readlinkSync, readSync, statSync } from 'node:fs';
import type { BigIntStats } from 'node:fs';
import type { Files, FileStat } from './files.js';

/**
 * The real file system. Synchronous, because a pass stats ten thousand small files, where promises cost
 * several times the system calls.
 */
export const nodeFiles: Files = {
  stat: (path) => attempt(() => statSync(path, { bigint: true, throwIfNoEntry: false })),
  lstat: (path) => attempt(() => lstatSync(path, { bigint: true, throwIfNoEntry: false })),
  read: (path, limit) => readPieces(path, limit),
  list: (path) => readdirSync(path),
  readLink: (path) => readlinkSync(path),
  sha256: (path) => {
    const hash = createHash('sha256');
    eachPiece(path, (piece) => {
      hash.update(piece);
      return true;
    });
    return hash.digest('hex');
  },
};

function attempt(stat: () => BigIntStats | undefined): FileStat | undefined {
  try {
    const found = stat();
    return found === undefined ? undefined : toFileStat(found);
  } catch {
    // ENOTDIR, EACCES, ELOOP: for a reader nothing is there; reading it would say why.
    return undefined;
  }
}

function toFileStat(stats: BigIntStats): FileStat {
  return {
    kind: kindOf(stats),
    size: Number(stats.size),
    mtimeNs: stats.mtimeNs,
    ctimeNs: stats.ctimeNs,
    ino: stats.ino,
    executable: (stats.mode & 0o100n) !== 0n,
  };
}

function kindOf(stats: BigIntStats): FileStat['kind'] {
  if (stats.isFile()) return 'file';
  if (stats.isDirectory()) return 'directory';
  return stats.isSymbolicLink() ? 'link' : 'other';
}

function readPieces(path: string, limit = Number.POSITIVE_INFINITY): Uint8Array {
  const pieces: Uint8Array[] = [];
  let total = 0;
  eachPiece(path, (piece) => {
    pieces.push(Uint8Array.from(piece));
    total += piece.length;
    return total < limit;
  });
  const whole = Buffer.concat(pieces);
  return whole.length > limit ? whole.subarray(0, limit) : whole;
}

/** Calls `take` with each piece, which is only lent; it says whether to go on. */
function eachPiece(path: string, take: (piece: Uint8Array) => boolean): void {
  const handle = openSync(path, 'r');
  try {
    const buffer = Buffer.allocUnsafe(sizeOfPiece(path));
    for (;;) {
      const count = readSync(handle, buffer, 0, buffer.length, null);
      if (count === 0 || !take(buffer.subarray(0, count))) return;
    }
  } finally {
    closeSync(handle);
  }
}

/** Small files get a small buffer: most inputs are a few kilobytes. */
function sizeOfPiece(path: string): number {
  const size = statSync(path).size;
  return Math.min(Math.max(size + 1, 512), 1024 * 1024);
}
