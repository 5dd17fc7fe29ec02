/**
 * Takes in what a cluster sends back. A hostile or broken stream can at worst fail: entries are plain files and
 * directories below the target, and count only when their digest is the announced one. An entry that is anything else
 * is passed over and told: it is a fault of the attempt whose it is, never of the stream.
 */
import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { copyFile, mkdir, readFile, readdir, rm, rmdir } from 'node:fs/promises';
import { dirname, join, posix } from 'node:path';
import { type ReadEntry, Unpack } from 'tar';

/** A stream that is not what it says. The transfer is repeated; nothing of it was placed. */
export class TransferError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'TransferError';
  }
}

/** The folder here that receives it has no room for it, or its owner's quota is spent. */
export class NoRoomHere extends TransferError {
  constructor(folder: string, options?: ErrorOptions) {
    super(`no space left in ${folder}`, options);
    this.name = 'NoRoomHere';
  }
}

export function isNoRoom(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'ENOSPC' || code === 'EDQUOT' || error instanceof NoRoomHere;
}

export interface VerifiedFile {
  /** Relative to the unpack folder, with `/`. */
  readonly path: string;
  readonly size: number;
  readonly sha256: string;
}

/** A file that is missing, extra or different. */
export interface Fault {
  readonly path: string;
  /** A sentence that names it. */
  readonly why: string;
}

export interface Received {
  /** Those that are as they were announced. */
  readonly files: readonly VerifiedFile[];
  /** Empty when all of it is. */
  readonly faults: readonly Fault[];
  /** What is there and has a name that is no UTF-8, so that it has no place here; such bytes spelt `\\351`. */
  readonly unnamable: readonly string[];
}

/** A second path to a file that came before it: tar sends it as a link. */
interface Twin {
  readonly path: string;
  readonly of: string;
}

/** Name of the first entry: `HEX  PATH` a line, of every file that follows; `-  PATH` of a directory, which may be empty. */
export const SUMS = 'sums';
const FOLDER = '-';

/** Receives one stream into an empty folder of its own. */
export class Incoming {
  /** Why nothing more can be taken in. */
  failure: TransferError | undefined;
  readonly #folder: string;
  readonly #unpack: Unpack;
  readonly #closed: Promise<void>;
  readonly #refused: Fault[] = [];
  readonly #twins: Twin[] = [];
  /** What was taken in so far; directories are those that files lie in, too. */
  readonly #files = new Set<string>();
  readonly #folders = new Set<string>();

  private constructor(folder: string) {
    this.#folder = folder;
    this.#unpack = new Unpack({
      cwd: folder,
      strict: true,
      preserveOwner: false,
      dmode: 0o755,
      fmode: 0o644,
      filter: (path, entry) => 'type' in entry && this.#accept(path, entry),
    });
    this.#closed = new Promise((resolve, reject) => {
      this.#unpack.on('close', resolve);
      this.#unpack.on('error', reject);
    });
    this.#closed.catch((error: unknown) => (this.failure = notWhole(error, this.#folder))); // told by finish(), too
  }

  /** Makes the folder (owner only). */
  static async into(folder: string): Promise<Incoming> {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    return new Incoming(folder);
  }

  /** A returned promise holds the sender up. @throws {TransferError} when what came so far is broken */
  write(chunk: Buffer): void | Promise<void> {
    try {
      if (this.#unpack.write(chunk)) return;
    } catch (error) {
      throw notWhole(error, this.#folder);
    }
    return new Promise((resolve, reject) => {
      this.#unpack.once('drain', resolve);
      this.#closed.catch((error: unknown) => {
        reject(notWhole(error, this.#folder));
      });
    });
  }

  /**
   * Ends the stream and checks every file against the announced digests.
   * @throws {TransferError} when it was cut, or is no sound tar
   */
  async finish(): Promise<Received> {
    this.#unpack.end();
    try {
      await this.#closed;
    } catch (error) {
      throw notWhole(error, this.#folder);
    }
    for (const twin of this.#twins) await this.#copy(twin);
    return this.#verify();
  }

  /** Ends an interrupted reception: afterwards nothing is written into the folder any more. */
  async close(): Promise<void> {
    this.#unpack.end();
    await this.#closed.catch(() => undefined);
  }

  async #verify(): Promise<Received> {
    const said = await readFile(join(this.#folder, SUMS)).catch(() => Buffer.alloc(0));
    const { sums: announced, twice, unnamable } = parseSums(said);
    const names = new Set(unnamable.values());
    const files: VerifiedFile[] = [];
    const faults = this.#refused.filter(({ path }) => !names.has(path));
    for (const path of twice) faults.push({ path, why: `${path} was announced twice` });
    for (const path of await filesBelow(this.#folder)) {
      if (path === SUMS) continue;
      const expected = announced.get(path);
      announced.delete(path);
      // Several names may have become this one: whose content it is, nobody knows.
      if (names.has(path)) {
        await rm(join(this.#folder, path), { force: true });
        if (expected !== undefined)
          faults.push({ path, why: `${path} has a name that another is taken for` });
        continue;
      }
      const { sha256, size } = await digestFile(join(this.#folder, path));
      if (expected === undefined) faults.push({ path, why: `${path} came without having been announced` });
      else if (sha256 !== expected)
        faults.push({ path, why: `${path} differs from what the cluster announced; does it still change?` });
      else files.push({ path, size, sha256 });
    }
    for (const name of names) await this.#leaveEmpty(name);
    for (const [path, sum] of announced) {
      if (sum === FOLDER && (await this.#makeFolder(path))) continue;
      faults.push({ path, why: `${path} was announced and did not come` });
    }
    return { files, faults, unnamable: [...unnamable.keys()] };
  }

  /** Directories that nothing is left in, as it has no name here. */
  async #leaveEmpty(name: string): Promise<void> {
    for (let path = name; isBelow(path) && path !== '.'; path = posix.dirname(path)) {
      const isLeft = await rmdir(join(this.#folder, path)).then(
        () => false,
        (error: unknown) => !(error instanceof Error && 'code' in error && error.code === 'ENOENT'),
      );
      if (isLeft) return;
    }
  }

  /** Links are refused on arrival, so that nothing below the folder leads out of it. */
  async #makeFolder(path: string): Promise<boolean> {
    if (!isBelow(path)) return false;
    return mkdir(join(this.#folder, path), { recursive: true, mode: 0o755 }).then(
      () => true,
      () => false,
    );
  }

  #accept(sent: string, entry: ReadEntry): boolean {
    const { type } = entry;
    // Whatever it asks for: readable and writable by its owner, by nobody else writable, and no other user's rights.
    entry.mode = ((entry.mode ?? 0) & 0o755) | (type === 'Directory' ? 0o700 : 0o600);
    const path = posix.normalize(sent).replace(/\/$/, '');
    const why = this.#whyNot(path, sent, entry);
    if (why !== undefined) {
      this.#refused.push({ path, why });
      return false;
    }
    for (let above = posix.dirname(path); above !== '.'; above = posix.dirname(above))
      this.#folders.add(above);
    if (type === 'Directory') this.#folders.add(path);
    else this.#files.add(path);
    if (type !== 'Link') return true;
    this.#twins.push({ path, of: posix.normalize(entry.linkpath ?? '') });
    return false;
  }

  /** Why an entry has no place here; the rest of the stream has all the same. */
  #whyNot(path: string, sent: string, { type, linkpath = '' }: ReadEntry): string | undefined {
    const refused = `the cluster sent ${JSON.stringify(sent)} as ${type}, which is refused`;
    if (!isBelow(sent)) return refused;
    if (type === 'Link') {
      const of = posix.normalize(linkpath);
      if (!this.#files.has(of) || of === SUMS || tokenOf(of) !== tokenOf(path)) return refused;
    } else if (!PLAIN.includes(type)) return refused;
    if (path.split('/').some((part) => Buffer.byteLength(part) > LONGEST_NAME))
      return `${path} has a name that is too long here`;
    if (type === 'Directory')
      return this.#files.has(path) ? `${path} came as a file and as a directory` : undefined;
    if (this.#files.has(path)) return `${path} came twice`;
    if (this.#folders.has(path)) return `${path} came as a file and as a directory`;
    for (let above = posix.dirname(path); above !== '.'; above = posix.dirname(above))
      if (this.#files.has(above)) return `${above} came as a file and as a directory`;
    return undefined;
  }

  async #copy({ path, of }: Twin): Promise<void> {
    const to = join(this.#folder, path);
    try {
      await mkdir(dirname(to), { recursive: true, mode: 0o755 });
      await copyFile(join(this.#folder, of), to);
    } catch (error) {
      throw notWhole(error, this.#folder);
    }
  }
}

const PLAIN: readonly string[] = ['File', 'OldFile', 'ContiguousFile', 'Directory'];
/** Bytes: what the file systems here take. */
const LONGEST_NAME = 255;

function tokenOf(path: string): string {
  return path.split('/', 1)[0] ?? '';
}

function isBelow(path: string): boolean {
  return !path.startsWith('/') && !path.split('/').includes('..');
}

function notWhole(cause: unknown, folder: string): TransferError {
  if (isNoRoom(cause)) return new NoRoomHere(folder, { cause });
  const code = cause instanceof Error && 'code' in cause ? ` (${String(cause.code)})` : '';
  return new TransferError(`the stream of results is not whole${code}`, { cause });
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', '\\': '\\' };

export interface Sums {
  readonly sums: Map<string, string>;
  readonly twice: readonly string[];
  /** Names that are no UTF-8, with those bytes spelt out, and what decoding makes of each. */
  readonly unnamable: ReadonlyMap<string, string>;
}

/** GNU's format: a leading backslash means that `\n`, `\r` and `\\` stand for a line's end and a backslash. */
export function parseSums(data: Buffer): Sums {
  const sums = new Map<string, string>();
  const twice: string[] = [];
  const unnamable = new Map<string, string>();
  for (const bytes of data.toString('latin1').split('\n')) {
    const [, escaped, sum, spelt] = /^(\\?)([0-9a-f]{64}|-) [ *](.+)$/s.exec(bytes) ?? [];
    if (sum === undefined || spelt === undefined) continue;
    const raw = escaped ? spelt.replace(/\\([nr\\])/g, (_, c: string) => ESCAPES[c] ?? c) : spelt;
    const name = Buffer.from(posix.normalize(raw), 'latin1');
    const path = name.toString('utf8');
    if (!isUtf8(name)) unnamable.set(inOctal(name), path);
    else if (sums.has(path)) twice.push(path);
    else sums.set(path, sum);
  }
  return { sums, twice, unnamable };
}

function inOctal(name: Buffer): string {
  return name.toString('latin1').replace(/[\x80-\xff]/g, (byte) => `\\${byte.charCodeAt(0).toString(8)}`);
}

export async function digestFile(path: string): Promise<{ sha256: string; size: number }> {
  const hash = createHash('sha256');
  let size = 0;
  for await (const chunk of createReadStream(path)) {
    const data = chunk as Buffer;
    hash.update(data);
    size += data.length;
  }
  return { sha256: hash.digest('hex'), size };
}

async function filesBelow(root: string): Promise<string[]> {
  const entries = await readdir(root, { withFileTypes: true, recursive: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
    .sort();
}
