/**
 * A hint that files may have changed. The truth is what a full look at them finds: a hint too many costs a pass that
 * does nothing, a hint too few is made good by the next resync.
 */
import { statSync } from 'node:fs';
import { basename } from 'node:path';
import { type FSWatcher, watch as chokidar } from 'chokidar';

export interface WatchOptions {
  /** Absolute files and directories; they may be absent, come, go, and be swapped. */
  readonly paths: readonly string[];
  /** Something may have changed. Called once for a burst of changes. */
  readonly onHint: () => void;
  /** The watching itself does not work, as where the system's watches are used up; the resync goes on. */
  readonly onTrouble: (why: string) => void;
}

export interface Watch {
  close(): Promise<void>;
}

/** A burst is over when nothing came for this long; it is not waited for longer than the most. */
const QUIET_MS = 60;
const MOST_MS = 400;
/** How often the watched folders are asked whether they are still the same ones. */
const IDENTITY_MS = 500;

export function watch({ paths, onHint, onTrouble }: WatchOptions): Watch {
  const hint = debounced(onHint);
  const roots = paths.map((path) => new Root(path, hint.call, onTrouble));
  const timer = setInterval(() => {
    for (const root of roots) root.checkIdentity();
  }, IDENTITY_MS);
  return {
    close: async () => {
      clearInterval(timer);
      hint.cancel();
      await Promise.all(roots.map((root) => root.close()));
    },
  };
}

/** chokidar is blind when what it watches is deleted and comes again, or is a link that is swapped. */
class Root {
  readonly #path: string;
  readonly #onHint: () => void;
  readonly #onTrouble: (why: string) => void;
  #identity: string | undefined;
  #watcher: FSWatcher | undefined;

  constructor(path: string, onHint: () => void, onTrouble: (why: string) => void) {
    this.#path = path;
    this.#onHint = onHint;
    this.#onTrouble = onTrouble;
    this.#identity = identityOf(path);
    this.#begin();
  }

  checkIdentity(): void {
    const now = identityOf(this.#path);
    if (now === this.#identity) return;
    this.#identity = now;
    void this.#watcher?.close();
    this.#begin();
    this.#onHint();
  }

  async close(): Promise<void> {
    await this.#watcher?.close();
    this.#watcher = undefined;
  }

  #begin(): void {
    this.#watcher = undefined;
    // A plain file is known by its identity alone.
    if (this.#identity?.startsWith('folder') !== true) return;
    const watcher = chokidar(this.#path, {
      ignoreInitial: true,
      ignorePermissionErrors: true,
      ignored: (path) => path !== this.#path && isIgnored(path),
    });
    watcher.on('all', () => this.#onHint());
    watcher.on('error', (error) => this.#onTrouble(`${this.#path} is not watched: ${wordsOf(error)}`));
    // What changed while the watcher came up.
    watcher.on('ready', () => this.#onHint());
    this.#watcher = watcher;
  }
}

/** Files that editors and we ourselves keep beside what is meant; a source reads none of them. */
function isIgnored(path: string): boolean {
  const name = basename(path);
  return name.startsWith('.') || name.endsWith('~') || name.endsWith('.tmp') || name.endsWith('.swp');
}

/** Follows links, so that a swapped link is another one. */
function identityOf(path: string): string | undefined {
  try {
    const stat = statSync(path, { throwIfNoEntry: false });
    if (stat === undefined) return undefined;
    return stat.isDirectory()
      ? `folder ${stat.dev}:${stat.ino}`
      : `file ${stat.dev}:${stat.ino}:${stat.size}:${stat.mtimeMs}`;
  } catch {
    return undefined; // a folder above it cannot be entered: as good as gone
  }
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function debounced(call: () => void): { readonly call: () => void; readonly cancel: () => void } {
  let timer: NodeJS.Timeout | undefined;
  let first = 0;
  const fire = (): void => {
    timer = undefined;
    call();
  };
  return {
    call: () => {
      const now = performance.now();
      if (timer === undefined) first = now;
      clearTimeout(timer);
      timer = setTimeout(fire, Math.max(0, Math.min(QUIET_MS, first + MOST_MS - now)));
    },
    cancel: () => {
      clearTimeout(timer);
      timer = undefined;
    },
  };
}
