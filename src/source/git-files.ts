/**
 * The files of one commit, as if they lay below a folder that is nowhere. What says that a file is what it was is the name of
 * its object, so that another commit with the same content reads nothing anew.
 */
import { createHash } from 'node:crypto';
import { closeSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, isAbsolute, join, normalize, relative } from 'node:path';
import type { Files, FileStat } from '../documents/files.js';
import type { Repository, TreeEntry } from '../ports.js';

export interface GitLimits {
  /** Of a manifest, a file of modules, or whatever else is read as text. Bytes. */
  readonly textBytes: number;
  /** Of one file that a job sends. Bytes. */
  readonly fileBytes: number;
}

export const GIT_LIMITS: GitLimits = { textBytes: 1024 * 1024, fileBytes: 1024 * 1024 * 1024 };

export interface GitFilesOptions {
  /** Absolute; where the repository's top seems to be. */
  readonly root: string;
  readonly repository: Pick<Repository, 'read' | 'copy'>;
  readonly entries: readonly TreeEntry[];
  /** Everything that is not below the root. */
  readonly others: Files;
  readonly limits?: GitLimits;
}

/** As many links may follow each other. */
const MAX_LINKS = 40;
/** What is read ahead in one go: as long as it is small, it costs less than another process. */
const AHEAD_BYTES = 8 * 1024 * 1024;
const AHEAD_FILES = 1000;
/** Larger ones go over the disk. */
const IN_MEMORY_BYTES = 32 * 1024 * 1024;

type Found =
  | { readonly kind: 'found'; readonly entry: TreeEntry }
  | { readonly kind: 'absent' }
  /** On the way there is a link out of the repository, or a submodule. */
  | { readonly kind: 'leaves'; readonly why: string };

export class GitFiles implements Files {
  readonly #options: GitFilesOptions;
  readonly #entries: ReadonlyMap<string, TreeEntry>;
  readonly #children = new Map<string, TreeEntry[]>();
  /** Read ahead, by object; each is taken once. */
  readonly #ahead = new Map<string, Uint8Array>();
  readonly #digests = new Map<string, string>();

  constructor(options: GitFilesOptions) {
    this.#options = options;
    this.#entries = new Map(options.entries.map((entry) => [entry.path, entry]));
    for (const entry of options.entries) {
      if (entry.path === '') continue;
      const above = parentOf(entry.path);
      const siblings = this.#children.get(above);
      if (siblings) siblings.push(entry);
      else this.#children.set(above, [entry]);
    }
  }

  /** Relative to the top, the top itself as the empty string; undefined: not below the root. */
  below(path: string): string | undefined {
    const way = relative(this.#options.root, path);
    return way === '..' || way.startsWith('../') || isAbsolute(way) ? undefined : way;
  }

  /** What a path below the root leads to, links followed; undefined where nothing is there. */
  entry(path: string): TreeEntry | undefined {
    const found = this.#find(path);
    return found.kind === 'found' ? found.entry : undefined;
  }

  /**
   * Why a path below the root is none of the repository's files, or a directory holds a link out of itself, as the end of a
   * sentence. Undefined where all is well, and where nothing is there.
   */
  outside(path: string): string | undefined {
    const found = this.#find(path);
    if (found.kind === 'leaves') return found.why;
    if (found.kind === 'absent' || found.entry.kind !== 'directory') return undefined;
    const { entry } = found;
    const isIn = (to: string): boolean => entry.path === '' || `${to}/`.startsWith(`${entry.path}/`);
    for (const link of this.under(entry)) {
      if (link.kind !== 'link') continue;
      const to = this.#follow(link.path);
      if (to.kind === 'absent' || (to.kind === 'found' && isIn(to.entry.path))) continue;
      return `holds the link ${link.path} to ${this.#target(link)}, which leads out of it; copy the file in`;
    }
    return undefined;
  }

  stat(path: string): FileStat | undefined {
    if (this.below(path) === undefined) return this.#options.others.stat(path);
    const entry = this.entry(path);
    return entry && statOf(entry);
  }

  lstat(path: string): FileStat | undefined {
    const way = this.below(path);
    if (way === undefined) return this.#options.others.lstat(path);
    const above = way === '' ? undefined : this.entry(dirname(path));
    const entry = this.#entries.get(above === undefined ? way : below(above.path, nameOf(way)));
    return entry && statOf(entry);
  }

  read(path: string, limit = Infinity): Uint8Array {
    if (this.below(path) === undefined) return this.#options.others.read(path, limit);
    const entry = this.#file(path);
    const { textBytes } = this.#options.limits ?? GIT_LIMITS;
    if (entry.size > textBytes)
      throw new Error(`it has ${entry.size} bytes, and from Git at most ${textBytes} are read`);
    return this.#contents(entry, (each) => /\.ya?ml$/i.test(each.path)).subarray(0, limit);
  }

  list(path: string): readonly string[] {
    const way = this.below(path);
    if (way === undefined) return this.#options.others.list(path);
    // In a folder that is sent it is there, and nothing is in it.
    if (this.#entries.get(way)?.kind === 'module') return [];
    const entry = this.entry(path);
    if (entry === undefined) throw new Error('nothing is there');
    return (this.#children.get(entry.path) ?? []).map((each) => nameOf(each.path));
  }

  readLink(path: string): string {
    const way = this.below(path);
    if (way === undefined) return this.#options.others.readLink(path);
    const above = this.entry(dirname(path));
    const entry = this.#entries.get(above === undefined ? way : below(above.path, nameOf(way)));
    if (entry?.kind !== 'link') throw new Error('it is no link');
    return this.#target(entry);
  }

  sha256(path: string): string {
    if (this.below(path) === undefined) return this.#options.others.sha256(path);
    const entry = this.#file(path);
    const known = this.#digests.get(entry.object);
    if (known !== undefined) return known;
    const { fileBytes } = this.#options.limits ?? GIT_LIMITS;
    if (entry.size > fileBytes)
      throw new Error(`it has ${entry.size} bytes, and a file from Git may have at most ${fileBytes}`);
    const digest =
      entry.size > IN_MEMORY_BYTES
        ? this.#overDisk(entry)
        : createHash('sha256')
            .update(this.#contents(entry, () => true))
            .digest('hex');
    this.#digests.set(entry.object, digest);
    return digest;
  }

  /** All below a directory that was found, itself not; in no order. */
  under(directory: TreeEntry): readonly TreeEntry[] {
    const children = this.#children.get(directory.path) ?? [];
    return children.flatMap((each) => (each.kind === 'directory' ? [each, ...this.under(each)] : [each]));
  }

  #file(path: string): TreeEntry {
    const found = this.#find(path);
    if (found.kind === 'leaves') throw new Error(`it ${found.why}`);
    if (found.kind === 'absent' || found.entry.kind !== 'file') throw new Error('it is no file');
    return found.entry;
  }

  /** Reads what lies beside it too, where it is of the kind that will be asked for next. */
  #contents(entry: TreeEntry, isNext: (entry: TreeEntry) => boolean): Uint8Array {
    const { object } = entry;
    const ahead = this.#ahead.get(object);
    if (ahead !== undefined) {
      this.#ahead.delete(object);
      return ahead;
    }
    const { textBytes } = this.#options.limits ?? GIT_LIMITS;
    const wanted = new Set([object]);
    let bytes = entry.size;
    const siblings = this.#children.get(parentOf(entry.path)) ?? [];
    for (const each of siblings.slice(Math.max(0, siblings.indexOf(entry)))) {
      if (wanted.size >= AHEAD_FILES || bytes + each.size > AHEAD_BYTES) break;
      if (each.kind !== 'file' || each.size > textBytes || !isNext(each) || this.#digests.has(each.object))
        continue;
      if (wanted.has(each.object) || this.#ahead.has(each.object)) continue;
      wanted.add(each.object);
      bytes += each.size;
    }
    this.#ahead.clear();
    for (const [name, content] of this.#options.repository.read([...wanted])) this.#ahead.set(name, content);
    const content = this.#ahead.get(object);
    if (content === undefined) throw new Error('it did not come');
    this.#ahead.delete(object);
    return content;
  }

  #overDisk({ object }: TreeEntry): string {
    const folder = mkdtempSync(join(tmpdir(), 'sluice-blob-'));
    try {
      const path = join(folder, 'blob');
      const file = openSync(path, 'wx', 0o600);
      try {
        this.#options.repository.copy(object, file);
      } finally {
        closeSync(file);
      }
      return this.#options.others.sha256(path);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }

  #find(path: string): Found {
    const way = this.below(path);
    return way === undefined ? { kind: 'absent' } : this.#follow(way);
  }

  /** As a system does it: what `..` behind a link means is decided where the link leads. */
  #follow(way: string): Found {
    let entry = this.#entries.get('');
    let ahead = namesOf(way);
    for (let links = 0; entry !== undefined && ahead.length > 0;) {
      if (entry.kind !== 'directory') return { kind: 'absent' };
      const [name = '', ...rest] = ahead;
      ahead = rest;
      if (name === '..' && entry.path === '') return { kind: 'leaves', why: 'leads out of the repository' };
      const next = this.#entries.get(name === '..' ? parentOf(entry.path) : below(entry.path, name));
      if (next?.kind === 'module')
        return { kind: 'leaves', why: `is in the submodule ${next.path}, and submodules are not followed` };
      if (next?.kind !== 'link') {
        entry = next;
        continue;
      }
      links += 1;
      const target = this.#target(next);
      if (links > MAX_LINKS) return { kind: 'absent' };
      if (isAbsolute(target) || this.#leaves(entry, target))
        return {
          kind: 'leaves',
          why: `leads over the link ${next.path} to ${target}, out of the repository`,
        };
      ahead = [...namesOf(target), ...ahead];
    }
    return entry === undefined ? { kind: 'absent' } : { kind: 'found', entry };
  }

  /** For its words only: the way itself is gone name by name. */
  #leaves({ path }: TreeEntry, target: string): boolean {
    const to = normalize(join(path, target));
    return to === '..' || to.startsWith('../');
  }

  #target(entry: TreeEntry): string {
    if (entry.size > 4096) throw new Error(`the link ${entry.path} has more than 4096 bytes`);
    return Buffer.from(this.#contents(entry, () => false)).toString('utf8');
  }
}

/** A submodule is an empty directory, as after a clone that does not follow it. */
function statOf({ kind, size, executable, object }: TreeEntry): FileStat {
  const digits = (from: number, to: number): bigint => BigInt(`0x${object.slice(from, to)}`);
  const isFile = kind === 'file' || kind === 'link';
  return {
    kind: kind === 'module' ? 'directory' : kind,
    size,
    // Times that are long past, whatever the clock says; together they are the object's name.
    mtimeNs: isFile ? digits(0, 10) : 0n,
    ctimeNs: isFile ? digits(10, 20) : 0n,
    ino: isFile ? digits(20, 35) : 0n,
    executable,
  };
}

function parentOf(path: string): string {
  const above = dirname(path);
  return above === '.' ? '' : above;
}

function below(above: string, name: string): string {
  return above === '' ? name : `${above}/${name}`;
}

function namesOf(way: string): readonly string[] {
  return way.split('/').filter((name) => name !== '' && name !== '.');
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
