import type { BigIntStats } from 'node:fs';

/** What `stat` says of a file's content without reading it. */
export interface FileStamp {
  readonly size: number;
  readonly mtimeNs: bigint;
  readonly ctimeNs: bigint;
  readonly ino: bigint;
}

/** From `statSync(path, { bigint: true })`. */
export function stampOf(stats: BigIntStats): FileStamp {
  return {
    size: Number(stats.size),
    mtimeNs: stats.mtimeNs,
    ctimeNs: stats.ctimeNs,
    // Some file systems use all 64 bits; SQLite's integers are signed.
    ino: BigInt.asIntN(64, stats.ino),
  };
}

export function sameStamp(a: FileStamp, b: FileStamp): boolean {
  return a.size === b.size && a.mtimeNs === b.mtimeNs && a.ctimeNs === b.ctimeNs && a.ino === b.ino;
}

/** All of a stamp in one word: equal where {@link sameStamp} says so. As {@link STAMP_COLUMNS} has it. */
export function stampText({ size, mtimeNs, ctimeNs, ino }: FileStamp): string {
  return `${size}:${mtimeNs}:${ctimeNs}:${ino}`;
}

/** {@link stampText} made by the database, where a hundred thousand rows would be four hundred thousand big integers. */
export const STAMP_COLUMNS = "size || ':' || mtime_ns || ':' || ctime_ns || ':' || ino";

const RACY_NS = 2_000_000_000n;

/**
 * A file that was changed within two seconds before it was read may change again without its times showing it
 * (file systems count in ticks, some in seconds): such a reading is never remembered.
 * @param readAt epoch milliseconds, taken before reading began.
 */
export function isRacy(stamp: FileStamp, readAt: number): boolean {
  const changed = stamp.mtimeNs > stamp.ctimeNs ? stamp.mtimeNs : stamp.ctimeNs;
  return changed + RACY_NS > BigInt(Math.trunc(readAt)) * 1_000_000n;
}

/** Columns `size, mtime_ns, ctime_ns, ino` read as bigint. */
export function stampFrom(
  size: unknown,
  mtimeNs: unknown,
  ctimeNs: unknown,
  ino: unknown,
): FileStamp | undefined {
  if (typeof size !== 'bigint' || typeof mtimeNs !== 'bigint') return undefined;
  if (typeof ctimeNs !== 'bigint' || typeof ino !== 'bigint') return undefined;
  return { size: Number(size), mtimeNs, ctimeNs, ino };
}
