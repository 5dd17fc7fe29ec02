/** A repository that tests write to and sources read from. */
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { removeFolder } from '../tools/remove.js';

export type Files = Readonly<Record<string, string | { readonly linkTo: string } | null>>;

/** Nobody's settings, so that tests are the same everywhere. */
export const NO_SETTINGS = { GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' };

export class TestRepository {
  readonly #root = mkdtempSync(join(tmpdir(), 'sluice-repository-'));
  readonly folder: string;

  /** @param folder one that is there already, and stays; otherwise one of its own */
  constructor(folder?: string) {
    this.folder = folder ?? join(this.#root, 'runs.git');
    mkdirSync(this.folder, { recursive: true });
    this.git('init', '-q');
    this.git('config', 'uploadpack.allowAnySHA1InWant', 'true');
  }

  get url(): string {
    return pathToFileURL(this.folder).href;
  }

  /** @param files null takes one away; executable where it begins with `#!`. @returns the commit's full hash */
  commit(files: Files, author = 'Ada Lovelace <ada@example.org>'): string {
    for (const [name, content] of Object.entries(files)) {
      const path = join(this.folder, name);
      rmSync(path, { recursive: true, force: true });
      if (content === null) continue;
      mkdirSync(dirname(path), { recursive: true });
      if (typeof content !== 'string') symlinkSync(content.linkTo, path);
      else writeFileSync(path, content);
      if (typeof content === 'string' && content.startsWith('#!')) chmodSync(path, 0o755);
    }
    this.git('add', '-A');
    this.git('commit', '-q', '--allow-empty', '--author', author, '-m', 'x');
    return this.head();
  }

  head(): string {
    return this.git('rev-parse', 'HEAD');
  }

  git(...words: readonly string[]): string {
    const env = {
      ...process.env,
      ...NO_SETTINGS,
      ...{
        GIT_AUTHOR_NAME: 'a',
        GIT_AUTHOR_EMAIL: 'a@b',
        GIT_COMMITTER_NAME: 'a',
        GIT_COMMITTER_EMAIL: 'a@b',
      },
    };
    const all = ['-c', 'protocol.file.allow=always', '-c', 'init.defaultBranch=main', ...words];
    return execFileSync('git', all, {
      ...{ cwd: this.folder, env, encoding: 'utf8' },
      stdio: ['ignore', 'pipe', 'pipe'],
    }).trim();
  }

  /** Writes an object by hand, as no Git would. @returns its name */
  object(kind: 'blob' | 'tree' | 'commit', content: Buffer): string {
    const words = ['hash-object', '-t', kind, '-w', '--literally', '--stdin'];
    return execFileSync('git', words, { cwd: this.folder, input: content, encoding: 'utf8' }).trim();
  }

  remove(): void {
    removeFolder(this.#root);
  }
}
