/** The folder in which modules work here: their files, and what they leave beside themselves. */
import { cp, lstat, mkdir, readdir } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { compare } from '../documents/problem.js';

/** Relative path → a stamp that changes with the content. */
export type Snapshot = ReadonlyMap<string, string>;

/** Puts a module's file or directory at the same path in the folder, with its mode; a link is followed. */
export async function placeModule(module: string, modulesDirectory: string, folder: string): Promise<void> {
  const target = join(folder, module);
  await mkdir(dirname(target), { recursive: true });
  await cp(resolve(modulesDirectory, module), target, { recursive: true, dereference: true });
}

/** All files and links below the folder. */
export async function snapshot(folder: string, below = ''): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (const entry of await readdir(join(folder, below), { withFileTypes: true })) {
    const path = below === '' ? entry.name : `${below}/${entry.name}`;
    if (entry.isDirectory()) for (const [each, stamp] of await snapshot(folder, path)) found.set(each, stamp);
    else {
      const { size, mtimeNs, ino } = await lstat(join(folder, path), { bigint: true });
      found.set(path, `${size} ${mtimeNs} ${ino}`);
    }
  }
  return found;
}

/** What is new or changed since, sorted. */
export function written(before: Snapshot, after: Snapshot): string[] {
  return [...after].flatMap(([path, stamp]) => (before.get(path) === stamp ? [] : [path])).sort(compare);
}

/** The first of them that is neither a file nor a link, and could not be sent. */
export async function firstOdd(folder: string, paths: readonly string[]): Promise<string | undefined> {
  for (const path of paths) {
    const stat = await lstat(join(folder, path)).catch(() => undefined);
    if (stat !== undefined && !stat.isFile() && !stat.isSymbolicLink()) return path;
  }
  return undefined;
}
