/** A cheap sign that a file or a directory tree is what it was, from its stats alone. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { Files, FileStat } from '../documents/files.js';
import { isRacy, stampText } from '../store/stamp.js';

/** Equals no fingerprint. */
const UNSETTLED = 'unsettled';

/**
 * @param readAt epoch milliseconds, to make one that is kept: what changed just before may change again unseen, so
 *   that its fingerprint must never match. Without it, to compare with a kept one.
 */
export function fingerprint(files: Files, path: string, readAt = Infinity): string {
  const stat = files.stat(path);
  if (stat === undefined) return 'absent';
  let settled = !isNew(stat, readAt);
  if (stat.kind !== 'directory') return settled ? stamp(stat) : UNSETTLED;
  const hash = createHash('sha256');
  visit(files, path, '', (line, each) => {
    hash.update(line);
    settled &&= !isNew(each, readAt);
  });
  return settled ? hash.digest('hex') : UNSETTLED;
}

function isNew(stat: FileStat, readAt: number): boolean {
  return readAt !== Infinity && isRacy(stat, readAt);
}

function visit(
  files: Files,
  directory: string,
  below: string,
  tell: (line: string, stat: FileStat) => void,
): void {
  for (const name of [...files.list(directory)].sort()) {
    const path = join(directory, name);
    const stat = files.lstat(path);
    if (stat === undefined) continue;
    tell(`${below}${name}\0${stat.kind}\0${stamp(stat)}\n`, stat);
    if (stat.kind === 'directory') visit(files, path, `${below}${name}/`, tell);
  }
}

function stamp(stat: FileStat): string {
  return `${stampText(stat)}:${stat.executable ? 'x' : '-'}`;
}
