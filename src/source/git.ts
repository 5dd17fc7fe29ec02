/**
 * What is wanted, from the commits of a Git repository. Its fetches go on beside the passes: a repository that cannot be
 * reached delays nobody for long, and what was read of it last stands until it answers.
 */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { Files } from '../documents/files.js';
import type { ReadContext } from '../manifest/draft.js';
import type { JobSource, Problem } from '../model/job.js';
import type { GitSourceSettings } from '../model/settings.js';
import { type Commit, type Repository, RepositoryTrouble } from '../ports.js';
import type { Store } from '../store/store.js';
import { type DirectorySource, type Elsewhere, readPart } from './directory.js';
import { GitFiles, type GitLimits } from './git-files.js';
import { type Part, unreadPart } from './part.js';
import { place, placeOf, tidyPlaced } from './placed.js';

export interface GitSourceOptions {
  readonly settings: GitSourceSettings;
  readonly repository: Repository;
  /** Absolute; job files are placed there. */
  readonly placedFolder: string;
  /** False: nothing is written here, neither job files nor what was read last. */
  readonly mayWrite: boolean;
  /** False: once it was fetched, the commit stays what it is for as long as this process lives. */
  readonly follows: boolean;
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly warn: (text: string) => void;
  /** From 0 to 1. */
  readonly random?: () => number;
  readonly limits?: GitLimits;
}

/** Fetches come between 0.9 and 1.1 intervals apart, so that many installations do not ask at once. */
const JITTER = 0.2;

/** A commit with what was read of its tree. */
interface Reading {
  readonly commit: Commit;
  readonly files: GitFiles;
}

export class GitSource {
  readonly #options: GitSourceOptions;
  /** Who reads, in the mirror: another ref or folder is another memory. */
  readonly #reader: string;
  /** Where the repository's top seems to be: another trust reads the same text differently, and so is another place. */
  readonly root: string;
  #due = -Infinity;
  #fetching: Promise<void> | undefined;
  #fetched = false;
  #commit: Commit | undefined;
  /** Why the last fetch came to nothing. */
  #trouble: string | undefined;
  #reading: Reading | undefined;
  /** What was read last, as the mirror has it; undefined: nothing, or nobody has looked yet. */
  #kept: Commit | undefined;
  #hasLooked = false;
  /** Of the mirror itself: without it there is nothing to read. */
  #unusable: string | undefined;
  #others: Files | undefined;
  /** What was read before, where the commit of today does not come after it. */
  #before: Commit | undefined;
  /** Which commits come after which. */
  readonly #known = new Map<string, boolean>();
  #keeping: Promise<void> | undefined;
  #tidied: string | undefined;
  /** Somebody waits for what the repository has now: a fetch that began before does not count. */
  #isAsked = false;
  #isStale = false;
  /** One that never answered was waited for once. */
  #hasWaited = false;
  #following: { readonly onNews: () => void; timer: NodeJS.Timeout | undefined } | undefined;

  constructor(options: GitSourceOptions) {
    this.#options = options;
    const { url, ref = '', path, trust } = options.settings;
    this.#reader = digest([ref, path]);
    this.root = `/git/${digest([url, ref, ...[...trust].sort()])}`;
  }

  /** Where a person finds the source. */
  get name(): string {
    return this.#options.repository.name;
  }

  /** Where the repository is, as the settings have it. */
  get url(): string {
    return this.#options.settings.url;
  }

  /** The next reading asks the repository, whatever the interval, and waits for it. */
  wake(): void {
    this.#due = -Infinity;
    this.#fetched = false;
    this.#isAsked = true;
    this.#isStale = this.#fetching !== undefined;
    this.#schedule();
  }

  /**
   * From now on the repository is asked in its interval, beside the passes, and none of them waits for it.
   * @param onNews there is something to read, or the repository is in trouble, or out of it
   */
  follow(onNews: () => void): void {
    this.#following = { onNews, timer: undefined };
    this.#schedule();
  }

  #schedule(): void {
    const following = this.#following;
    if (following === undefined || this.#fetching !== undefined) return;
    clearTimeout(following.timer);
    const pause = Math.max(0, this.#due - this.#options.now());
    following.timer = setTimeout(() => {
      this.#fetching ??= this.#fetch();
    }, pause);
  }

  /**
   * Asks the repository where it is time to, and waits for the answer as long as patience lasts.
   * @param others the files of this machine
   */
  async prepare(others: Files, patienceMs: number): Promise<void> {
    this.#others = others;
    const { now } = this.#options;
    if (this.#isStale && this.#fetching !== undefined) await within(this.#fetching, patienceMs);
    const isDue = now() >= this.#due && (this.#options.follows || !this.#fetched);
    if (isDue) this.#fetching ??= this.#fetch();
    const isFirst = this.#reading === undefined && !this.#hasWaited;
    const isNeeded = this.#following === undefined || this.#isAsked || isFirst;
    if (this.#fetching !== undefined && isNeeded) await within(this.#fetching, patienceMs);
    this.#hasWaited = true;
    this.#isAsked = false;
    await this.#open();
  }

  /** The files that {@link prepare} has made ready; undefined: none were ever read. */
  get files(): Files | undefined {
    return this.#reading?.files;
  }

  /** When what is remembered is on the disk, and nothing is under way. */
  async close(): Promise<void> {
    clearTimeout(this.#following?.timer);
    this.#following = undefined;
    await Promise.all([this.#keeping, this.#fetching]);
  }

  /** What is wanted at the commit that is known, after {@link prepare}. */
  read(source: Omit<DirectorySource, 'root' | 'elsewhere'>): Part {
    const late = this.#fetching === undefined ? {} : { late: this.#fetching };
    const reading = this.#reading;
    if (reading === undefined) return { ...unreadPart(this.name, this.#whyUnread()), ...late };
    this.#tidy(reading.commit, source.store);
    const part = this.#readAt(reading, source);
    const trouble = this.#troubleWith(reading.commit);
    return {
      ...part,
      ...late,
      problems: [...trouble, ...this.#rewritten(reading.commit), ...part.problems],
      complete: part.complete && trouble.length === 0,
      commit: reading.commit,
      history: {
        owns: ({ manifestFile }) => manifestFile.startsWith(`${this.name}//`),
        includes: (commit) => this.#includes(reading.commit, commit),
      },
      remember: () => {
        part.remember();
        this.#remember(reading.commit, source.store);
      },
    };
  }

  /** What a commit comes after never changes. */
  #includes({ id }: Commit, ancestor: string): boolean {
    if (id === ancestor) return true;
    const key = `${ancestor} ${id}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const is = this.#options.repository.comesAfter(id, ancestor);
    this.#known.set(key, is);
    return is;
  }

  async #fetch(): Promise<void> {
    const { repository, settings, now, random = Math.random } = this.#options;
    const before = [this.#commit?.id, this.#trouble];
    try {
      this.#commit = await repository.fetch(this.#reader, settings.ref);
      this.#trouble = undefined;
      this.#fetched = true;
    } catch (error) {
      this.#trouble = wordsOf(error);
    } finally {
      const share = 1 - JITTER / 2 + JITTER * random();
      this.#due = this.#isStale ? -Infinity : now() + settings.intervalSeconds * 1000 * share;
      this.#isStale = false;
      this.#fetching = undefined;
    }
    const isNews = this.#commit?.id !== before[0] || this.#trouble !== before[1];
    if (isNews) this.#following?.onNews();
    this.#schedule();
  }

  async #open(): Promise<void> {
    const { repository, limits } = this.#options;
    const others = this.#others;
    if (others === undefined) return;
    try {
      if (!this.#hasLooked) {
        this.#kept = await repository.last(this.#reader);
        this.#hasLooked = true;
      }
      const commit = this.#commit ?? this.#kept;
      if (commit === undefined) return;
      if (commit.id === this.#reading?.commit.id) {
        this.#unusable = undefined;
        return;
      }
      const entries = await repository.tree(commit);
      const isRewritten = this.#kept !== undefined && !(await repository.descends(commit, this.#kept));
      this.#before = isRewritten ? this.#kept : undefined;
      const files = new GitFiles({
        root: this.root,
        repository,
        entries,
        others,
        ...(limits === undefined ? {} : { limits }),
      });
      this.#reading = { commit, files };
      this.#unusable = undefined;
    } catch (error) {
      this.#unusable = wordsOf(error);
    }
  }

  #whyUnread(): string {
    const why = this.#unusable ?? this.#trouble;
    return why === undefined
      ? 'it is still being fetched for the first time'
      : `${why}; nothing was read of it yet`;
  }

  #troubleWith({ id }: Commit): readonly Problem[] {
    const isWaiting = this.#fetching !== undefined && this.#commit === undefined;
    const why =
      this.#unusable ?? this.#trouble ?? (isWaiting ? `${this.name} has not answered yet` : undefined);
    if (why === undefined) return [];
    const message = `${why}; what was read last goes on, commit ${short(id)}, and nothing counts as deleted`;
    return [{ severity: 'error', file: this.name, message }];
  }

  #rewritten(commit: Commit): readonly Problem[] {
    const before = this.#before;
    if (before === undefined) return [];
    const what = this.#options.settings.ref ?? 'HEAD';
    const message =
      `the history of ${what} was rewritten: commit ${short(commit.id)} by ${commit.author} does not come after ` +
      `${short(before.id)}, which was read before`;
    return [{ severity: 'warning', file: this.name, message }];
  }

  #readAt({ files }: Reading, source: Omit<DirectorySource, 'root' | 'elsewhere'>): Part {
    const { path } = this.#options.settings;
    const root = join(this.root, path);
    const listed = this.#list(files, root);
    if (typeof listed === 'string') return unreadPart(this.name, listed);
    const context: ReadContext = { ...source.context, files, fence: this.#fence(files) };
    const part = readPart({ ...source, root, context, elsewhere: this.#elsewhere(files, listed) });
    const links = listed.flatMap((each) => this.#leadingOut(files, each));
    return links.length === 0 ? part : { ...part, problems: [...links, ...part.problems] };
  }

  /** Manifests, by the same rule as in a directory: YAML, not hidden. A sentence where there is no such folder. */
  #list(files: GitFiles, root: string): readonly string[] | string {
    const folder = files.entry(root);
    const { path } = this.#options.settings;
    const outside = files.outside(root);
    if (folder?.kind !== 'directory')
      return `${path} ${outside ?? 'is no folder of it'}; the source's path says where its manifests are`;
    const from = folder.path === '' ? 0 : folder.path.length + 1;
    return files
      .under(folder)
      .filter((entry) => (entry.kind === 'file' || entry.kind === 'link') && /\.ya?ml$/i.test(entry.path))
      .map((entry) => entry.path.slice(from))
      .filter((way) => !`/${way}`.includes('/.'))
      .sort()
      .map((way) => join(root, way));
  }

  #leadingOut(files: GitFiles, path: string): readonly Problem[] {
    const why = files.outside(path);
    return why === undefined ? [] : [{ severity: 'error', file: this.#shown(path), message: `it ${why}` }];
  }

  #fence(files: GitFiles): NonNullable<ReadContext['fence']> {
    const allows = new Set(this.#options.settings.trust);
    return {
      allows,
      outside: (path) => {
        if (files.below(path) !== undefined) return files.outside(path);
        if (allows.has('outside_jobs')) return undefined;
        return 'leads out of the repository; name a file in it, or add "trust: [outside_jobs]" to the source in sluice.yaml';
      },
    };
  }

  #elsewhere(files: GitFiles, listed: readonly string[]): Elsewhere {
    return {
      list: () => listed,
      shown: (path) => this.#shown(path),
      told: (words) => words.replaceAll(`${this.root}/`, '').replaceAll(this.root, 'the repository'),
      placed: (job) => this.#placed(files, job),
    };
  }

  /** `URL//path`, as other tools have it too. */
  #shown(path: string): string {
    return path.startsWith(`${this.root}/`) ? `${this.name}//${path.slice(this.root.length + 1)}` : path;
  }

  #placed(files: GitFiles, job: JobSource): JobSource {
    if ((job.kind !== 'file' && job.kind !== 'directory') || files.below(job.path) === undefined) return job;
    const entry = files.entry(job.path);
    if (entry === undefined) return job;
    const { placedFolder, repository, mayWrite, warn } = this.#options;
    const placing = { folder: placedFolder, repository };
    const path = placeOf(placing, entry);
    try {
      if (mayWrite) place(placing, files, entry);
    } catch (error) {
      // The job alone comes to grief, when its files are to be sent.
      warn(`${this.#shown(job.path)} cannot be written to ${path}: ${wordsOf(error)}`);
    }
    return { ...job, path };
  }

  #remember(commit: Commit, store: Store): void {
    const { mayWrite, repository, warn } = this.#options;
    if (!mayWrite || this.#kept?.id === commit.id) return;
    const before = this.#kept;
    const rewritten = this.#before === undefined ? '' : '; its history was rewritten';
    const from = before === undefined ? '' : `, before it ${short(before.id)}`;
    const message = `${this.name}: commit ${short(commit.id)} by ${commit.author}${from}${rewritten}`;
    store.events.append({ kind: 'source', message, commit: commit.id, author: commit.author });
    this.#kept = commit;
    this.#before = undefined;
    this.#keeping = repository.keep(this.#reader, commit).catch((error: unknown) => {
      warn(wordsOf(error));
    });
  }

  /** Before anything of the new commit is placed: all that is of use by then belongs to a run that the state has. */
  #tidy({ id }: Commit, store: Store): void {
    const { mayWrite, placedFolder } = this.#options;
    if (!mayWrite || this.#tidied === id) return;
    this.#tidied = id;
    const live = store.records.live().map(({ run, attempts }) => JSON.stringify([run, attempts]));
    tidyPlaced(placedFolder, (object) => live.some((text) => text.includes(object)));
  }
}

function wordsOf(error: unknown): string {
  if (error instanceof RepositoryTrouble) return error.message;
  return error instanceof Error ? error.message : String(error);
}

function short(id: string): string {
  return id.slice(0, 12);
}

function digest(words: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(words)).digest('hex').slice(0, 16);
}

/** Settles with the work, or when the time is over. */
async function within(work: Promise<void>, ms: number): Promise<void> {
  if (ms === Infinity) return work;
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([work, over]);
  clearTimeout(timer);
}
