/** The sources of a project, side by side: made once, read by each pass. The one place that makes mirrors. */
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Project } from './config/project.js';
import { readingOf } from './desired.js';
import type { Files } from './documents/files.js';
import { nodeFiles } from './documents/node-files.js';
import { Mirror } from './git/mirror.js';
import type { GitSourceSettings } from './model/settings.js';
import { readPart } from './source/directory.js';
import { GitSource } from './source/git.js';
import { type Desired, together } from './source/part.js';
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

export class Sources {
  readonly #options: SourcesOptions;
  readonly #git: ReadonlyMap<GitSourceSettings, GitSource>;
  readonly #mirrors = new Map<string, Mirror>();
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
      if (settings.kind === 'directory') return readPart({ ...common, root: settings.path });
      return this.#of(settings).read(common);
    });
    return together(parts, store);
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
