/**
 * Takes in what a cluster sends back. A hostile or broken stream can at worst fail: entries are plain files and
 * directories below the target, and count only when their digest is the announced one.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, readFile, readdir } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { type ReadEntry, Unpack } from 'tar';

/** A stream that is not what it says. The transfer is repeated; nothing of it was placed. */
export class TransferError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'TransferError';
  }
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
}

/** Name of the first entry: `HEX  PATH` a line, of every file that follows; `-  PATH` of a directory, which may be empty. */
export const SUMS = 'sums';
const FOLDER = '-';

/** Receives one stream into an empty folder of its own. */
export class Incoming {
  readonly #folder: string;
  readonly #unpack: Unpack;
  readonly #closed: Promise<void>;
  #refused: string | undefined;

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
    this.#closed.catch(() => undefined); // told by finish()
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
      throw notWhole(error);
    }
    return new Promise((resolve, reject) => {
      this.#unpack.once('drain', resolve);
      this.#closed.catch((error: unknown) => {
        reject(notWhole(error));
      });
    });
  }

  /**
   * Ends the stream and checks every file against the announced digests.
   * @throws {TransferError} when it was cut, or held what is no plain file below its folder
   */
  async finish(): Promise<Received> {
    this.#unpack.end();
    try {
      await this.#closed;
    } catch (error) {
      throw notWhole(error);
    }
    if (this.#refused !== undefined) throw new TransferError(this.#refused);
    return this.#verify();
  }

  /** Ends an interrupted reception: afterwards nothing is written into the folder any more. */
  async close(): Promise<void> {
    this.#unpack.end();
    await this.#closed.catch(() => undefined);
  }

  async #verify(): Promise<Received> {
    const announced = parseSums(await readFile(join(this.#folder, SUMS), 'utf8').catch(() => ''));
    const files: VerifiedFile[] = [];
    const faults: Fault[] = [];
    for (const path of await filesBelow(this.#folder)) {
      if (path === SUMS) continue;
      const expected = announced.get(path);
      announced.delete(path);
      const { sha256, size } = await digestFile(join(this.#folder, path));
      if (expected === undefined) faults.push({ path, why: `${path} came without having been announced` });
      else if (sha256 !== expected)
        faults.push({ path, why: `${path} differs from what the cluster announced; does it still change?` });
      else files.push({ path, size, sha256 });
    }
    for (const [path, sum] of announced) {
      if (sum === FOLDER && (await this.#makeFolder(path))) continue;
      faults.push({ path, why: `${path} was announced and did not come` });
    }
    return { files, faults };
  }

  /** Links are refused on arrival, so that nothing below the folder leads out of it. */
  async #makeFolder(path: string): Promise<boolean> {
    if (!isBelow(path)) return false;
    return mkdir(join(this.#folder, path), { recursive: true, mode: 0o755 }).then(
      () => true,
      () => false,
    );
  }

  #accept(path: string, entry: ReadEntry): boolean {
    const { type } = entry;
    // Whatever it asks for: readable and writable by its owner, by nobody else writable, and no other user's rights.
    entry.mode = ((entry.mode ?? 0) & 0o755) | (type === 'Directory' ? 0o700 : 0o600);
    const plain = type === 'File' || type === 'OldFile' || type === 'Directory' || type === 'ContiguousFile';
    if (plain && isBelow(path)) return true;
    this.#refused ??= `the cluster sent ${JSON.stringify(path)} as ${type}, which is refused`;
    return false;
  }
}

function isBelow(path: string): boolean {
  return !path.startsWith('/') && !path.split('/').includes('..');
}

function notWhole(cause: unknown): TransferError {
  return new TransferError('the stream of results is not whole', { cause });
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', '\\': '\\' };

/** GNU's format: a leading backslash means that `\n`, `\r` and `\\` stand for a line's end and a backslash. */
export function parseSums(text: string): Map<string, string> {
  const sums = new Map<string, string>();
  for (const line of text.split('\n')) {
    const [, escaped, sum, path] = /^(\\?)([0-9a-f]{64}|-) [ *](.+)$/.exec(line) ?? [];
    if (sum === undefined || path === undefined) continue;
    const name = escaped ? path.replace(/\\([nr\\])/g, (_, c: string) => ESCAPES[c] ?? c) : path;
    sums.set(posix.normalize(name), sum);
  }
  return sums;
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
