/**
 * Packs what is sent: a gzip tar with fixed order, owners and times, so that the same input gives the same bytes.
 */
import { closeSync, fstatSync, openSync, read, readFileSync } from 'node:fs';
import { access, constants, lstat, readdir, readlink } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { pipeline, Readable } from 'node:stream';
import { promisify } from 'node:util';
import { createGzip } from 'node:zlib';
import { Header, Pax } from 'tar';
import { linkOutside } from '../model/inside.js';

/** One entry of a bundle. `path` is relative, with `/`. */
export type BundleEntry =
  | { readonly kind: 'text'; readonly path: string; readonly text: string; readonly executable: boolean }
  | { readonly kind: 'file'; readonly path: string; readonly from: string }
  | { readonly kind: 'directory'; readonly path: string }
  | { readonly kind: 'link'; readonly path: string; readonly target: string };

/** A file of the user's that cannot be sent, with what to do. */
export class BundleError extends Error {
  readonly file: string;
  constructor(file: string, message: string, options?: ErrorOptions) {
    super(`${file}: ${message}`, options);
    this.name = 'BundleError';
    this.file = file;
  }
}

/** Epoch of all entries: times say nothing and would change the bytes. */
const FIXED_TIME = new Date(0);
const BLOCK = 512;
/** Thousands of headers and small files go on in pieces of this size: each piece has its price in a stream. */
const PIECE = 64 * 1024;

/** Streams the entries in the order given. Errors (a file that vanished) destroy the stream. */
export function packEntries(entries: readonly BundleEntry[]): Readable {
  const packed = createGzip({ level: 1 });
  // Who reads learns of an error by the stream's own event.
  pipeline(Readable.from(pieces(entries), { objectMode: false }), packed, () => undefined);
  return packed;
}

/** The tar's bytes, gathered into pieces. */
async function* pieces(entries: readonly BundleEntry[]): AsyncGenerator<Buffer> {
  let gathered: Buffer[] = [];
  let size = 0;
  for await (const part of parts(entries)) {
    gathered.push(part);
    size += part.length;
    if (size < PIECE) continue;
    yield Buffer.concat(gathered);
    gathered = [];
    size = 0;
  }
  yield Buffer.concat([...gathered, Buffer.alloc(2 * BLOCK)]);
}

async function* parts(entries: readonly BundleEntry[]): AsyncGenerator<Buffer> {
  for (const entry of entries) {
    const { path } = entry;
    switch (entry.kind) {
      case 'text': {
        const data = Buffer.from(entry.text, 'utf8');
        yield header({ path, size: data.length, mode: entry.executable ? 0o755 : 0o644, type: 'File' });
        yield data;
        yield padding(data.length);
        break;
      }
      case 'directory':
        yield header({ path: `${path}/`, size: 0, mode: 0o755, type: 'Directory' });
        break;
      case 'link':
        yield header({ path, size: 0, mode: 0o777, type: 'SymbolicLink', linkpath: entry.target });
        break;
      case 'file':
        yield* fileParts(path, entry.from);
    }
  }
}

async function* fileParts(path: string, from: string): AsyncGenerator<Buffer> {
  const file = openToSend(from);
  try {
    const stat = fstatSync(file);
    if (!stat.isFile()) throw new BundleError(from, 'is no file any more; try again when it rests');
    const { size, mode } = stat;
    // As it is here, but that its owner must be able to read it there.
    yield header({ path, size, mode: (mode & 0o777) | 0o400, type: 'File' });
    let sent = 0;
    for await (const data of contents(file, from, size)) {
      sent += data.length;
      if (sent > size) throw new BundleError(from, 'grew while it was being sent; try again when it rests');
      yield data;
    }
    if (sent !== size) throw new BundleError(from, 'shrank while it was being sent; try again when it rests');
    yield padding(size);
  } finally {
    closeSync(file);
  }
}

/** A small file is read at once, a large one piece by piece and without holding up anything else. */
async function* contents(file: number, from: string, size: number): AsyncGenerator<Buffer> {
  try {
    if (size <= PIECE) {
      yield readFileSync(file);
      return;
    }
    for (;;) {
      const { buffer, bytesRead } = await readPiece(file, Buffer.allocUnsafe(4 * PIECE), 0, 4 * PIECE, null);
      if (bytesRead === 0) return;
      yield buffer.subarray(0, bytesRead);
    }
  } catch (error) {
    throw new BundleError(from, 'cannot be read', { cause: error });
  }
}

const readPiece = promisify(read);

function openToSend(from: string): number {
  try {
    // A pipe that took its place would hold us until somebody writes into it.
    return openSync(from, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    throw unreadable(from, error);
  }
}

function unreadable(from: string, cause: unknown): BundleError {
  return new BundleError(from, 'cannot be read; was it moved?', { cause });
}

/**
 * A file that can be read now: one that cannot is its own job's trouble, and would break the stream of all later.
 * @throws {BundleError}
 */
export async function fileEntry(path: string, from: string): Promise<BundleEntry> {
  await access(from, constants.R_OK).catch((cause: unknown) => {
    throw unreadable(from, cause);
  });
  return { kind: 'file', path, from };
}

interface HeaderFacts {
  readonly path: string;
  readonly size: number;
  readonly mode: number;
  readonly type: 'File' | 'Directory' | 'SymbolicLink';
  readonly linkpath?: string;
}

/** One block; before it an extended header, where a name is too long or a size too big for the plain one. */
function header(facts: HeaderFacts): Buffer {
  const block = Buffer.alloc(BLOCK);
  const plain = new Header({ ...facts, mtime: FIXED_TIME });
  if (!plain.encode(block)) return block;
  const { path, size, linkpath } = facts;
  const extended = new Pax({
    path,
    size,
    mtime: FIXED_TIME,
    ...(linkpath === undefined ? {} : { linkpath }),
  });
  return Buffer.concat([extended.encode(), block]);
}

function padding(size: number): Buffer {
  return Buffer.alloc((BLOCK - (size % BLOCK)) % BLOCK);
}

/**
 * One thing below `root` that is no directory, as {@link listDirectory} gives it. @param path relative to both
 * @throws {BundleError}
 */
export async function entryBelow(root: string, path: string, prefix: string): Promise<BundleEntry> {
  const from = join(root, path);
  const stat = await lstat(from).catch((cause: unknown) => {
    throw unreadable(from, cause);
  });
  const to = `${prefix}/${path}`;
  if (stat.isSymbolicLink()) return { kind: 'link', path: to, target: await insideTarget(root, from) };
  if (stat.isFile()) return fileEntry(to, from);
  throw new BundleError(from, ODD);
}

const ODD = 'is neither a file, a directory nor a link; take it out of the job directory';

/**
 * Lists a directory as bundle entries under `prefix`, sorted by name. Links stay links when they point inside the
 * directory; others are refused, because what they point to would not be there.
 * @throws {BundleError}
 */
export async function listDirectory(root: string, prefix: string): Promise<BundleEntry[]> {
  const entries: BundleEntry[] = [];
  const visit = async (folder: string): Promise<void> => {
    const names = await readdir(folder, { withFileTypes: true }).catch((cause: unknown) => {
      throw unreadable(folder, cause);
    });
    names.sort((a, b) => (a.name < b.name ? -1 : 1));
    for (const name of names) {
      const from = join(folder, name.name);
      const path = `${prefix}/${relative(root, from)}`;
      if (name.isDirectory()) {
        entries.push({ kind: 'directory', path });
        await visit(from);
      } else if (name.isSymbolicLink()) {
        entries.push({ kind: 'link', path, target: await insideTarget(root, from) });
      } else if (name.isFile()) {
        entries.push(await fileEntry(path, from));
      } else {
        throw new BundleError(from, ODD);
      }
    }
  };
  await visit(root);
  return entries;
}

async function insideTarget(root: string, link: string): Promise<string> {
  const target = await readlink(link);
  const why = linkOutside(root, link, target);
  if (why !== undefined) throw new BundleError(link, why);
  return target;
}
