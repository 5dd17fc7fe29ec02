/** The sources of a project, side by side: made once, read by each pass. The one place that makes mirrors and checkouts. */
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Project } from './config/project.js';
import { readingOf } from './desired.js';
import type { Files } from './documents/files.js';
import { nodeFiles } from './documents/node-files.js';
import { Checkout, topOf } from './git/checkout.js';
import { Mirror } from './git/mirror.js';
import type { GitSourceSettings } from './model/settings.js';
import { placesOf, withCommit, withoutAnswer } from './source/checkout.js';
import { type DirectorySource, readPart } from './source/directory.js';
import { GitSource } from './source/git.js';
import { type Desired, type Part, together } from './source/part.js';
import type { Store } from './store/store.js';

export interface SourcesOptions {
  readonly project: Project;
  readonly store: Store;
  readonly installation: string;
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly env: NodeJS.ProcessEnv;
  /** False: the state's folder stays as it is; what must be brought goes to a folder that does not outlive this process. */
  readonly mayWrite: boolean;
  /** Git sources are asked again, each in its interval. Otherwise once for this process. */
  readonly follows: boolean;
  readonly warn: (text: string) => void;
}

const SHARE = 10;

export class Sources {
  readonly #options: SourcesOptions;
  readonly #git: ReadonlyMap<GitSourceSettings, GitSource>;
  readonly #mirrors = new Map<string, Mirror>();
  /** Of the working trees that directories lie in, by directory. */
  readonly #checkouts = new Map<string, Checkout>();
  /** By directory: why it names no commit, and when Git is asked again. */
  readonly #silent = new Map<string, { readonly why: string; readonly until: number }>();
  #temporary: string | undefined;

  constructor(options: SourcesOptions) {
    this.#options = options;
    const git = options.project.settings.sources.filter((source) => source.kind === 'git');
    this.#git = new Map(git.map((settings) => [settings, this.#source(settings)]));
  }

  /** Git sources are asked in their intervals from now on, beside the passes. @param onNews another reading has more */
  follow(onNews: () => void): void {
    for (const source of this.#git.values()) source.follow(onNews);
  }

  /** The next reading asks the repositories. @param isMeant by their URLs */
  wake(isMeant: (url: string) => boolean = () => true): void {
    for (const source of this.#git.values()) if (isMeant(source.url)) source.wake();
  }

  /** @param patienceMs how long to wait for repositories that are asked */
  async read(patienceMs: number): Promise<Desired> {
    const { project, store, installation, now } = this.#options;
    await Promise.all([...this.#git.values()].map((source) => source.prepare(nodeFiles, patienceMs)));
    const context = readingOf(project);
    const common = { installation, modulesDirectory: project.paths.modules, store, now, context };
    const parts = project.settings.sources.map((settings) => {
      if (settings.kind === 'directory') return this.#directory({ ...common, root: settings.path });
      return Promise.resolve(this.#of(settings).read(common));
    });
    return together(await Promise.all(parts), store);
  }

  /** Without Git, or an answer of it, it is read all the same, and names no commit. */
  async #directory(source: DirectorySource): Promise<Part> {
    const { root } = source;
    const checkout = this.#checkout(root);
    if (checkout === undefined) return readPart(source);
    const part = readPart({ ...source, tellsSent: true });
    const { sources } = this.#options.project.settings;
    const roots = sources.flatMap((each) => (each.kind === 'directory' ? [each.path] : []));
    const silent = this.#silent.get(root);
    const began = performance.now();
    if (silent !== undefined && began < silent.until) return withoutAnswer(part, root, roots);
    try {
      const state = await checkout.look(placesOf(root, checkout.top, part.jobs));
      this.#silent.delete(root);
      if (state === undefined) return part;
      return withCommit(part, { root, roots, tree: checkout, state });
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      // Said once; and one that is slow to fail takes a tenth of the time at most.
      const until = performance.now() + SHARE * (performance.now() - began);
      this.#silent.set(root, { why, until });
      if (silent?.why !== why)
        this.#options.warn(
          `Git cannot tell which commit ${root} is at (${why}); its manifests name none, and no run of a commit is ` +
            'replaced or ended for an edit or a deletion until it can',
        );
      return withoutAnswer(part, root, roots);
    }
  }

  #checkout(directory: string): Checkout | undefined {
    const top = topOf(directory);
    const known = this.#checkouts.get(directory);
    if (top === undefined || known?.top === top) return top === undefined ? undefined : known;
    const { project, mayWrite, env } = this.#options;
    const { state } = project.paths;
    const place = mayWrite && state !== undefined ? join(state, 'git') : this.#folder();
    const folder = join(place, `${placeOf(directory)}.look`);
    const checkout = new Checkout({ top, directory, folder, environment: env });
    this.#checkouts.set(directory, checkout);
    return checkout;
  }

  /** Everything that a manifest may be read from again: this machine's files, and those of the commits that were read. */
  get files(): Files {
    const of = (path: string): Files => {
      const source = [...this.#git.values()].find(({ root }) => path.startsWith(`${root}/`));
      return source?.files ?? nodeFiles;
    };
    return {
      stat: (path) => of(path).stat(path),
      lstat: (path) => of(path).lstat(path),
      read: (path, limit) => of(path).read(path, limit),
      list: (path) => of(path).list(path),
      readLink: (path) => of(path).readLink(path),
      sha256: (path) => of(path).sha256(path),
    };
  }

  async close(): Promise<void> {
    for (const mirror of this.#mirrors.values()) mirror.close();
    await Promise.all([...this.#git.values()].map((source) => source.close()));
    if (this.#temporary !== undefined) rmSync(this.#temporary, { recursive: true, force: true });
  }

  #of(settings: GitSourceSettings): GitSource {
    const source = this.#git.get(settings);
    if (source === undefined) throw new Error(`${settings.url} is no source of this project`);
    return source;
  }

  #source(settings: GitSourceSettings): GitSource {
    const { project, mayWrite, follows, now, warn } = this.#options;
    const { state } = project.paths;
    const place = placeOf(settings.url);
    return new GitSource({
      ...{ settings, mayWrite, follows, now, warn },
      repository: this.#mirror(settings.url),
      // Where the writer places them; a plan says so too.
      placedFolder: join(state === undefined ? this.#folder() : join(state, 'git'), `${place}.files`),
    });
  }

  /** Shared by the sources of one address. */
  #mirror(url: string): Mirror {
    const known = this.#mirrors.get(url);
    if (known !== undefined) return known;
    const { project, mayWrite, env } = this.#options;
    const { state } = project.paths;
    const name = `${placeOf(url)}.git`;
    const kept = state === undefined ? undefined : join(state, 'git', name);
    const mirror = new Mirror({
      url,
      environment: env,
      folder: mayWrite && kept !== undefined ? kept : join(this.#folder(), name),
      ...(mayWrite || kept === undefined ? {} : { borrow: kept }),
    });
    this.#mirrors.set(url, mirror);
    return mirror;
  }

  #folder(): string {
    this.#temporary ??= mkdtempSync(join(tmpdir(), 'sluice-git-'));
    return this.#temporary;
  }
}

/** Its name in a folder. */
function placeOf(url: string): string {
  return createHash('sha256').update(url).digest('hex').slice(0, 24);
}
