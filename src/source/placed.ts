/** A job's files from a commit, written to where they can be sent from: by their object's name, so that they stay what they are. */
import {
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { linkOutside } from '../model/inside.js';
import type { Repository, TreeEntry } from '../ports.js';
import type { GitFiles } from './git-files.js';

/** Files that are written in one go. */
const AT_ONCE_BYTES = 16 * 1024 * 1024;
const MAKING = '.making-';

export interface Placing {
  /** Absolute; made when something is placed. */
  readonly folder: string;
  readonly repository: Pick<Repository, 'read' | 'copy'>;
}

/** Where an entry is, or would be, once it is placed. */
export function placeOf(
  { folder }: Pick<Placing, 'folder'>,
  { object, path, executable }: TreeEntry,
): string {
  return join(folder, executable ? `${object}-x` : object, path === '' ? 'repository' : basename(path));
}

/**
 * Writes a file or a directory, unless it is there.
 * @returns its path. @throws when the disk refuses, or a link leads out of the directory
 */
export function place(placing: Placing, files: GitFiles, entry: TreeEntry): string {
  const target = placeOf(placing, entry);
  if (existsSync(target)) return target;
  mkdirSync(placing.folder, { recursive: true, mode: 0o700 });
  const making = mkdtempSync(join(placing.folder, MAKING));
  try {
    const own = join(making, basename(target));
    if (entry.kind === 'directory') writeDirectory(placing, files, entry, own);
    else writeFiles(placing, [{ entry, path: own }]);
    // Beside what has the same content under another name.
    mkdirSync(dirname(target), { recursive: true, mode: 0o700 });
    renameSync(own, target);
  } catch (error) {
    if (!existsSync(target)) throw error;
  } finally {
    rmSync(making, { recursive: true, force: true });
  }
  return target;
}

/** What nobody names any more goes. @param isNamed by the text of an object's name */
export function tidyPlaced(folder: string, isNamed: (object: string) => boolean): void {
  if (!existsSync(folder)) return;
  for (const name of readdirSync(folder)) {
    if (!name.startsWith(MAKING) && isNamed(name.replace(/-x$/, ''))) continue;
    rmSync(join(folder, name), { recursive: true, force: true });
  }
}

interface Written {
  readonly entry: TreeEntry;
  /** Absolute. */
  readonly path: string;
}

function writeDirectory(placing: Placing, files: GitFiles, directory: TreeEntry, root: string): void {
  mkdirSync(root);
  const from = directory.path === '' ? 0 : directory.path.length + 1;
  const all = files.under(directory).map((entry) => ({ entry, path: join(root, entry.path.slice(from)) }));
  const is = (...kinds: readonly TreeEntry['kind'][]): Written[] =>
    all.filter(({ entry }) => kinds.includes(entry.kind));
  for (const { path } of is('directory', 'module')) mkdirSync(path, { recursive: true });
  writeFiles(placing, is('file'));
  // Last of all, so that nothing is written through one.
  for (const { entry, path } of is('link')) writeLink(placing, root, entry, path);
}

function writeFiles({ repository }: Placing, written: readonly Written[]): void {
  let batch: Written[] = [];
  let bytes = 0;
  const flush = (): void => {
    const contents = repository.read([...new Set(batch.map(({ entry }) => entry.object))]);
    for (const { entry, path } of batch)
      writeFileSync(path, contents.get(entry.object) ?? '', { flag: 'wx', mode: modeOf(entry) });
    batch = [];
    bytes = 0;
  };
  for (const each of written) {
    if (each.entry.size > AT_ONCE_BYTES) {
      copyLarge(repository, each);
      continue;
    }
    batch.push(each);
    bytes += each.entry.size;
    if (bytes > AT_ONCE_BYTES) flush();
  }
  flush();
}

function copyLarge(repository: Placing['repository'], { entry, path }: Written): void {
  const file = openSync(path, 'wx', modeOf(entry));
  try {
    repository.copy(entry.object, file);
  } finally {
    closeSync(file);
  }
}

function writeLink({ repository }: Placing, root: string, { object }: TreeEntry, path: string): void {
  const target = Buffer.from(repository.read([object]).get(object) ?? '').toString('utf8');
  const why = linkOutside(root, path, target);
  if (why !== undefined) throw new Error(`${path} ${why}`);
  symlinkSync(target, path);
}

const modeOf = ({ executable }: TreeEntry): number => (executable ? 0o755 : 0o644);
