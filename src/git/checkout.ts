/**
 * A working tree of this machine, looked at from beside: Git is given an empty folder of ours as its own, which borrows the
 * tree's objects and its index. So nothing of what the tree's own settings, hooks, attributes or replacements say is there to
 * be carried out, nothing is fetched, and nothing is written to it.
 */
import { existsSync, lstatSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { type Commit, RepositoryTrouble, type Standing, type TreeState, type WorkingTree } from '../ports.js';
import { isAncestor } from './blobs.js';
import { gitIn } from './command.js';
import { gitEnvironment } from './environment.js';
import { COMMIT_FORMAT, readCommit } from './tree.js';

/** Bytes: a clone that was cut off names each commit that it begins at, forty letters a line. */
const MOST_SHALLOW = 1024 * 1024;

export interface CheckoutOptions {
  /** Absolute: the folder that has `.git`. */
  readonly top: string;
  /** Absolute: the manifests' own, whose owner's word counts. */
  readonly directory: string;
  /** Absolute, ours; made when it is first needed. */
  readonly folder: string;
  /** Of this process. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Without a sign of life for so long, a look is given up. Milliseconds. */
  readonly patienceMs?: number;
}

/** Where a directory lies in a working tree: the nearest folder upwards that has `.git`. */
export function topOf(directory: string): string | undefined {
  for (let at = directory; ; at = dirname(at)) {
    if (existsSync(join(at, '.git'))) return at;
    if (dirname(at) === at) return undefined;
  }
}

/** What is asked of the tree's own folder: names alone, so that none of its settings matters. */
const WHERE = ['--git-path', 'objects', '--git-path', 'index', '--git-path', 'shallow'];
const HASH = /^([0-9a-f]{40}|[0-9a-f]{64})$/;

/** What Git must be given of a tree. Paths are absolute. */
interface Parts {
  readonly objects: string;
  readonly index: string;
  readonly shallow: string;
  readonly head: string;
}

export class Checkout implements WorkingTree {
  readonly top: string;
  readonly #options: CheckoutOptions;
  readonly #environment: Readonly<Record<string, string>>;
  #commit: Commit | undefined;
  /** What a commit has at some paths: it never changes. */
  #tracked: { readonly of: string; readonly paths: ReadonlySet<string> } | undefined;
  /** What our folder was made of last. */
  #made = '';

  constructor(options: CheckoutOptions) {
    this.top = options.top;
    this.#options = options;
    this.#environment = {
      ...gitEnvironment(options.environment, []),
      GIT_NO_LAZY_FETCH: '1',
      GIT_LITERAL_PATHSPECS: '1',
    };
  }

  async look(paths: readonly string[]): Promise<TreeState | undefined> {
    const parts = await this.#parts();
    if (parts === undefined) return undefined;
    this.#make(parts);
    const below = [...new Set(paths.map((path) => relative(this.top, path)))].sort();
    const at = below.includes('') ? [] : below;
    const commit = this.#commit?.id === parts.head ? this.#commit : await this.#read(parts.head);
    const tracked = await this.#trackedAt(parts.head, at);
    const changed = await this.#changed(parts, at);
    this.#commit = commit;
    return { commit, standing: (path) => standingOf(relative(this.top, path), tracked, changed) };
  }

  comesAfter(id: string, ancestor: string): boolean {
    const { folder, top } = this.#options;
    if (id === ancestor) return true;
    return (
      HASH.test(ancestor) && isAncestor({ folder, environment: this.#environment, name: top }, ancestor, id)
    );
  }

  /** @returns undefined where nothing was committed yet */
  async #parts(): Promise<Parts | undefined> {
    const own = this.#ownFolder();
    let said: string;
    try {
      said = await this.#run(own, ['rev-parse', ...WHERE, 'HEAD']);
    } catch (error) {
      if (String(error).includes("ambiguous argument 'HEAD'")) return undefined;
      throw error;
    }
    const lines = said.replace(/\n$/, '').split('\n');
    const [objects = '', index = '', shallow = ''] = lines.map((line) => resolve(this.top, line));
    const head = lines[3] ?? '';
    if (lines.length !== 4 || !HASH.test(head)) throw this.#trouble(`Git says of its HEAD: ${head || said}`);
    return { objects, index, shallow, head };
  }

  /** `.git`, or what it points to, as in a worktree of another one. A stranger's says nothing of our owner's manifests. */
  #ownFolder(): string {
    const place = join(this.top, '.git');
    try {
      const pointer = lstatSync(place).isFile()
        ? /^gitdir: (.+)\n?$/.exec(readFileSync(place, 'utf8'))
        : null;
      const own = pointer?.[1] === undefined ? place : resolve(this.top, pointer[1]);
      const trusted = [process.getuid?.(), statSync(this.#options.directory).uid];
      const stranger = [place, own].find((each) => !trusted.includes(statSync(each).uid));
      if (stranger === undefined || process.getuid === undefined) return own;
      throw this.#trouble(`${stranger} belongs neither to you nor to the owner of the manifests`);
    } catch (error) {
      if (error instanceof RepositoryTrouble) throw error;
      throw this.#trouble(error instanceof Error ? error.message : String(error), error);
    }
  }

  /** By hand, as the mirror is: with none of the settings that `git init` would copy. */
  #make({ objects, shallow, head }: Parts): void {
    const { folder } = this.#options;
    const cut = isPlainFile(shallow) ? readFileSync(shallow, 'utf8') : '';
    const made = JSON.stringify([objects, head, cut]);
    if (this.#made === made && existsSync(folder)) return;
    const write = (name: string, text: string): void => writeFileSync(join(folder, name), text);
    for (const name of ['objects/info', 'objects/pack', 'refs'])
      mkdirSync(join(folder, name), { recursive: true, mode: 0o700 });
    write('objects/info/alternates', `${objects}\n`);
    write('config', configFor(head));
    write('HEAD', `${head}\n`);
    if (cut === '') rmSync(join(folder, 'shallow'), { force: true });
    else write('shallow', cut);
    this.#made = made;
  }

  async #read(head: string): Promise<Commit> {
    const format = `--format=${COMMIT_FORMAT}`;
    const words = ['log', '-1', '--no-show-signature', '--no-color', format, head, '--'];
    return readCommit(await this.#run(this.#options.folder, words));
  }

  /** Files and the folders that they are in, relative to the top; neither links nor submodules, which lead elsewhere. */
  async #trackedAt(head: string, at: readonly string[]): Promise<ReadonlySet<string>> {
    const of = JSON.stringify([head, at]);
    if (this.#tracked?.of === of) return this.#tracked.paths;
    const listed = await this.#run(this.#options.folder, [
      'ls-tree',
      '-r',
      '-z',
      '--full-tree',
      head,
      '--',
      ...at,
    ]);
    const files = entriesOf(listed).flatMap((entry) => {
      const tab = entry.indexOf('\t');
      return entry.startsWith('100') && tab > 0 ? [entry.slice(tab + 1)] : [];
    });
    this.#tracked = { of, paths: withFolders(files) };
    return this.#tracked.paths;
  }

  /** What differs from the commit, in the index or beside it, and the folders that it is in. */
  async #changed({ index }: Parts, at: readonly string[]): Promise<ReadonlySet<string>> {
    const flags = [
      '--porcelain',
      '-z',
      '--no-renames',
      '--untracked-files=normal',
      '--ignore-submodules=all',
    ];
    const listed = await this.#run(this.#options.folder, ['status', ...flags, '--', ...at], {
      GIT_INDEX_FILE: index,
      GIT_WORK_TREE: this.top,
    });
    return withFolders(entriesOf(listed).map((entry) => entry.slice(3).replace(/\/$/, '')));
  }

  async #run(
    folder: string,
    words: readonly string[],
    more: Readonly<Record<string, string>> = {},
  ): Promise<string> {
    const { patienceMs = 10_000 } = this.#options;
    try {
      const environment = { ...this.#environment, ...more };
      const options = { baseDir: this.top, timeout: { block: patienceMs } };
      return await (await gitIn(folder, environment, options)).raw([...words]);
    } catch (error) {
      throw this.#trouble(error instanceof Error ? error.message.trim() : String(error), error);
    }
  }

  #trouble(why: string, cause?: unknown): RepositoryTrouble {
    const said = why.replaceAll(/\s+/g, ' ').slice(0, 400);
    return new RepositoryTrouble('unusable', said, { cause });
  }
}

function configFor(head: string): string {
  const isLong = head.length > 40;
  const format = isLong ? '[extensions]\n\tobjectFormat = sha256\n' : '';
  return `[core]
\trepositoryformatversion = ${isLong ? 1 : 0}
\tbare = false
\thooksPath = /dev/null
\tfsmonitor = false
\tlogAllRefUpdates = false
${format}`;
}

function entriesOf(text: string): string[] {
  return text.split('\0').filter((entry) => entry !== '');
}

function withFolders(paths: readonly string[]): ReadonlySet<string> {
  const all = new Set(paths);
  for (const path of paths) {
    for (let at = dirname(path); at !== '.' && !all.has(at); at = dirname(at)) all.add(at);
  }
  return all;
}

function standingOf(path: string, tracked: ReadonlySet<string>, changed: ReadonlySet<string>): Standing {
  if (path === '..' || path.startsWith('../')) return 'outside';
  if (changed.has(path)) return 'changed';
  return tracked.has(path) ? 'committed' : 'unknown';
}

/** Of a repository that somebody packed, it may be anything; a pipe would be waited for without end. */
function isPlainFile(path: string): boolean {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats !== undefined && stats.isFile() && stats.size <= MOST_SHALLOW;
}
