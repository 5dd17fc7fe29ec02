/**
 * A bare mirror of somebody's repository. Nothing is ever checked out, no hook of anybody's is there to run, no submodule is
 * followed; what is wanted is brought by its exact name.
 */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Commit, type Repository, RepositoryTrouble, type TreeEntry } from '../ports.js';
import { readAddress, type Scheme } from '../shell/address.js';
import { copyBlob, isAncestor, readBlobs } from './blobs.js';
import { gitIn } from './command.js';
import { gitEnvironment, QUIET_SSH } from './environment.js';
import { COMMIT_FORMAT, readCommit, readTree } from './tree.js';
import { troubleOf } from './words.js';

export interface MirrorOptions {
  readonly url: string;
  /** Absolute; made when it is first needed. */
  readonly folder: string;
  /** Of this process. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Absolute folder of another mirror whose objects may be used, so that only what is new is brought; it stays as it is. */
  readonly borrow?: string;
  /** Without a sign of life for so long, a host counts as unreachable. Milliseconds. */
  readonly patienceMs?: number;
  /** A fetch that takes longer is given up. Milliseconds. */
  readonly limitMs?: number;
}

const SCHEMES: readonly Scheme[] = ['https', 'http', 'ssh', 'file', 'scp'];
const FULL_HASH = /^([0-9a-f]{40}|[0-9a-f]{64})$/i;
const HASH = /^[0-9a-f]{7,64}$/i;

/** Our word on what the mirror is for: nothing of a repository's own is taken for a command. */
const CONFIG = `[core]
\trepositoryformatversion = 0
\tbare = true
\thooksPath = /dev/null
\tfsmonitor = false
\tlogAllRefUpdates = false
[fetch]
\tfsckObjects = true
\trecurseSubmodules = false
[gc]
\tauto = 0
[maintenance]
\tauto = false
`;

export class Mirror implements Repository {
  readonly name: string;
  readonly #options: MirrorOptions;
  readonly #environment: Record<string, string>;
  /** One at a time: they share their objects, and their refs. */
  #turn: Promise<unknown> = Promise.resolve();
  readonly #closing = new AbortController();

  /** @throws {TypeError} for an address that Git must not be given */
  constructor(options: MirrorOptions) {
    const address = readAddress(options.url, SCHEMES);
    this.name = address.url;
    this.#options = options;
    const own = address.scheme === 'scp' ? 'ssh' : address.scheme;
    this.#environment = gitEnvironment(options.environment, own === 'http' ? ['http', 'https'] : [own]);
  }

  fetch(reader: string, ref?: string): Promise<Commit> {
    const turn = this.#turn.then(() => this.#fetch(reader, ref));
    this.#turn = turn.catch(() => undefined);
    return turn;
  }

  /** Gives up what is under way. */
  close(): void {
    this.#closing.abort();
  }

  async last(reader: string): Promise<Commit | undefined> {
    const own = await this.#commitAt(lastRef(reader));
    const { borrow } = this.#options;
    if (own !== undefined || borrow === undefined || !isMirror(borrow)) return own;
    // Whoever borrows has read nothing yet, and what the other has read is what there is to compare with.
    const at = await this.#try(['--git-dir', borrow, 'rev-parse', '--verify', '--quiet', lastRef(reader)]);
    return at === undefined ? undefined : this.#commitAt(at.trim());
  }

  async keep(reader: string, { id }: Commit): Promise<void> {
    await this.#run(['update-ref', lastRef(reader), id]);
  }

  async descends({ id }: Commit, ancestor: Commit): Promise<boolean> {
    return (await this.#try(['merge-base', '--is-ancestor', ancestor.id, id])) !== undefined;
  }

  comesAfter(id: string, ancestor: string): boolean {
    return isAncestor(this.#mirrored(), ancestor, id);
  }

  async tree(commit: Commit): Promise<readonly TreeEntry[]> {
    const top = await this.#run(['rev-parse', '--verify', '--quiet', `${commit.id}^{tree}`]);
    const listed = await this.#run(['ls-tree', '-r', '-t', '-l', '-z', '--full-tree', commit.id]);
    const root = { path: '', kind: 'directory', executable: false, object: top.trim(), size: 0 } as const;
    return [root, ...readTree(this.name, commit, listed)];
  }

  read(objects: readonly string[]): ReadonlyMap<string, Uint8Array> {
    return readBlobs(this.#mirrored(), objects);
  }

  copy(object: string, file: number): void {
    copyBlob(this.#mirrored(), object, file);
  }

  #mirrored(): Parameters<typeof readBlobs>[0] {
    return { folder: this.#options.folder, environment: this.#environment, name: this.name };
  }

  async #fetch(reader: string, ref: string | undefined): Promise<Commit> {
    this.#make();
    if (ref !== undefined && FULL_HASH.test(ref)) {
      const here = await this.#commitAt(ref);
      if (here !== undefined) return here;
    }
    const environment = { ...this.#environment, ...(await this.#sshCommand()) };
    const wanted = await this.#look(environment, ref);
    const at = `refs/sluice/at/${reader}`;
    const before = await this.#try(['rev-parse', '--verify', '--quiet', at]);
    if (wanted.object === undefined || before?.trim() !== wanted.object)
      await this.#bring(environment, wanted, at, ref);
    const found = await this.#commitAt(wanted.isShort === true ? (ref ?? at) : at);
    if (found !== undefined) return found;
    const what = ref ?? 'HEAD';
    throw new RepositoryTrouble('refused', `${what} of ${this.name} names no commit`);
  }

  /** What the name stands for over there: one short question. A branch goes before a tag before a commit. */
  async #look(environment: Record<string, string>, ref: string | undefined): Promise<Wanted> {
    const names = ref === undefined ? ['HEAD'] : [`refs/heads/${ref}`, `refs/tags/${ref}`];
    const listed = await this.#remote(environment, ['ls-remote', '--', this.#options.url, ...names]);
    const found = new Map(
      listed.split('\n').map((line): [string, string] => {
        const [object = '', name = ''] = line.split('\t');
        return [name, object];
      }),
    );
    for (const name of names) {
      const object = found.get(name);
      if (object !== undefined) return { name, object };
    }
    if (ref === undefined)
      throw new RepositoryTrouble('refused', `${this.name} has no commit yet, or its HEAD names none`);
    if (FULL_HASH.test(ref)) return { name: ref };
    if (HASH.test(ref)) return { name: ref, isShort: true };
    throw this.#noSuch(ref);
  }

  async #bring(environment: Record<string, string>, wanted: Wanted, at: string, ref = ''): Promise<void> {
    const specs =
      wanted.isShort === true
        ? ['+refs/heads/*:refs/sluice/all/heads/*', '+refs/tags/*:refs/sluice/all/tags/*']
        : [`+${wanted.name}:${at}`];
    const flags = ['--no-tags', '--no-recurse-submodules', '--no-write-fetch-head', '--force', '--progress'];
    try {
      await this.#remote(environment, ['fetch', ...flags, '--', this.#options.url, ...specs]);
    } catch (error) {
      const isHash = wanted.object === undefined;
      if (isHash && error instanceof RepositoryTrouble && error.kind === 'refused')
        throw this.#noSuch(ref, error);
      throw error;
    }
    if (wanted.isShort === true && (await this.#commitAt(ref)) === undefined) throw this.#noSuch(ref);
  }

  #noSuch(ref: string, cause?: unknown): RepositoryTrouble {
    return new RepositoryTrouble('refused', `${this.name} has no branch, tag or commit ${ref}`, { cause });
  }

  async #commitAt(name: string): Promise<Commit | undefined> {
    if (!isMirror(this.#options.folder)) return undefined;
    const id = await this.#try(['rev-parse', '--verify', '--quiet', '--end-of-options', `${name}^{commit}`]);
    if (id === undefined || id.trim() === '') return undefined;
    const format = `--format=${COMMIT_FORMAT}`;
    const told = await this.#try(['log', '-1', '--no-show-signature', '--no-color', format, id.trim(), '--']);
    return told === undefined ? undefined : readCommit(told);
  }

  /** By hand, as `git init` would copy what the user's template holds. */
  #make(): void {
    const { folder, borrow } = this.#options;
    if (isMirror(folder)) return;
    for (const name of ['objects/info', 'objects/pack', 'refs'])
      mkdirSync(join(folder, name), { recursive: true, mode: 0o700 });
    if (borrow !== undefined && isMirror(borrow))
      writeFileSync(join(folder, 'objects/info/alternates'), `${join(borrow, 'objects')}\n`);
    writeFileSync(join(folder, 'config'), CONFIG);
    writeFileSync(join(folder, 'HEAD'), 'ref: refs/heads/none\n');
  }

  /** The user's own command is left alone. */
  async #sshCommand(): Promise<Record<string, string>> {
    if ('GIT_SSH_COMMAND' in this.#environment || 'GIT_SSH' in this.#environment) return {};
    const own = await this.#try(['config', '--get', 'core.sshCommand']);
    return own === undefined || own.trim() === '' ? { GIT_SSH_COMMAND: QUIET_SSH } : {};
  }

  async #remote(environment: Record<string, string>, words: readonly string[]): Promise<string> {
    const { patienceMs = 60_000, limitMs = 30 * 60_000 } = this.#options;
    const limit = AbortSignal.timeout(limitMs);
    const git = await gitIn(this.#options.folder, environment, {
      timeout: { block: patienceMs },
      abort: AbortSignal.any([limit, this.#closing.signal]),
    });
    try {
      return await git.raw([...words]);
    } catch (error) {
      if (!limit.aborted)
        throw troubleOf(this.name, error instanceof Error ? error.message : String(error), error);
      const why = `${this.name} takes longer than ${Math.ceil(limitMs / 60_000)} minutes, and was given up`;
      throw new RepositoryTrouble('unreachable', why, { cause: error });
    }
  }

  async #run(words: readonly string[]): Promise<string> {
    const { folder } = this.#options;
    try {
      return await (await gitIn(folder, this.#environment)).raw([...words]);
    } catch (error) {
      const why = error instanceof Error ? error.message.trim() : String(error);
      const advice = 'delete that folder, and it is made anew';
      throw new RepositoryTrouble(
        'unusable',
        `the copy of ${this.name} in ${folder} cannot be used (${why}); ${advice}`,
        { cause: error },
      );
    }
  }

  /** @returns undefined where Git says no */
  async #try(words: readonly string[]): Promise<string | undefined> {
    if (!isMirror(this.#options.folder)) return undefined;
    try {
      return await (await gitIn(this.#options.folder, this.#environment)).raw([...words]);
    } catch {
      return undefined;
    }
  }
}

interface Wanted {
  /** What is asked for over there. */
  readonly name: string;
  /** Undefined for a commit that no branch and no tag has to name. */
  readonly object?: string;
  readonly isShort?: true;
}

const lastRef = (reader: string): string => `refs/sluice/read/${reader}`;

function isMirror(folder: string): boolean {
  return existsSync(join(folder, 'HEAD'));
}
