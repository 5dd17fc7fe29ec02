/** A cheap sign that a file or a directory tree is what it was, from its stats alone. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { Files, FileStat } from '../documents/files.js';

/** Equals no fingerprint. */
export const UNSETTLED = 'unsettled';

export function fingerprint(files: Files, path: string): string {
  const stat = files.stat(path);
  if (stat === undefined) return 'absent';
  if (stat.kind !== 'directory') return stamp(stat);
  const hash = createHash('sha256');
  visit(files, path, '', (line) => hash.update(line));
  return hash.digest('hex');
}

function visit(files: Files, directory: string, below: string, tell: (line: string) => void): void {
  for (const name of [...files.list(directory)].sort()) {
    const path = join(directory, name);
    const stat = files.lstat(path);
    if (stat === undefined) continue;
    tell(`${below}${name}\0${stat.kind}\0${stamp(stat)}\n`);
    if (stat.kind === 'directory') visit(files, path, `${below}${name}/`, tell);
  }
}

function stamp(stat: FileStat): string {
  return [stat.size, stat.mtimeNs, stat.ctimeNs, stat.ino, stat.executable ? 'x' : '-'].join(':');
}
