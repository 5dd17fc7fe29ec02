/** A small file system in memory: readers must need nothing else than the port. */
import { createHash } from 'node:crypto';
import { dirname } from 'node:path';
import type { FileStat, Files } from '../../src/documents/files.js';
import type { ReadContext } from '../../src/manifest/draft.js';

export const FILE = '/project/jobs.d/job.yaml';

export interface MemoryFile {
  readonly content: string;
  readonly executable?: boolean;
}

/** Paths are absolute; parents of a file are directories. `reads` counts the contents that were asked for. */
export function memoryFiles(
  entries: Readonly<Record<string, string | MemoryFile>>,
): Files & { reads: number } {
  const files = new Map(
    Object.entries(entries).map(([path, entry]) => [
      path,
      typeof entry === 'string' ? { content: entry } : entry,
    ]),
  );
  const directories = new Set<string>(['/']);
  for (const path of files.keys()) {
    for (let up = dirname(path); up !== '/'; up = dirname(up)) directories.add(up);
  }
  const content = (path: string): Buffer => {
    const file = files.get(path);
    if (file === undefined) throw new Error(`ENOENT: ${path}`);
    port.reads++;
    return Buffer.from(file.content);
  };
  const stat = (path: string): FileStat | undefined => {
    const file: MemoryFile | undefined = files.get(path);
    if (file === undefined && !directories.has(path)) return undefined;
    const kind = file === undefined ? 'directory' : 'file';
    const size = file?.content.length ?? 0;
    return { kind, size, mtimeNs: 1n, ctimeNs: 1n, ino: 1n, executable: file?.executable ?? false };
  };
  const port = {
    reads: 0,
    stat,
    lstat: stat,
    read: (path: string) => content(path),
    list: (path: string) =>
      [...files.keys(), ...directories]
        .filter((each) => each !== path && dirname(each) === path)
        .map((each) => each.slice(path === '/' ? 1 : path.length + 1)),
    readLink: () => '',
    sha256: (path: string) => createHash('sha256').update(content(path)).digest('hex'),
  };
  return port;
}

/** Two clusters, one module, and what the caller puts in. */
export function contextOf(entries: Readonly<Record<string, string | MemoryFile>> = {}): ReadContext {
  return {
    files: memoryFiles({ '/project/modules/m.py': 'print()', '/project/outputs/a/1/b': '', ...entries }),
    home: '/home/jane',
    modulesDirectory: '/project/modules',
    clusters: ['lemaitre3', 'hercules'],
    ownDirectories: ['/project/.sluice', '/project/outputs'],
  };
}
