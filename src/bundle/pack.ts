/**
 * Packs what is sent: a gzip tar with fixed order, owners and times, so that the same input gives the same bytes.
 */
import { createReadStream, type Stats } from 'node:fs';
import { lstat, readdir, readlink } from 'node:fs/promises';
import { dirname, join, normalize, relative, isAbsolute } from 'node:path';
import { PassThrough, type Readable } from 'node:stream';
import { Header, Pack, ReadEntry } from 'tar';

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

/** Streams the entries in the order given. Errors (a file that vanished) destroy the stream. */
export function packEntries(entries: readonly BundleEntry[]): Readable {
  const pack = new Pack({ gzip: { level: 1 }, portable: true });
  const out = new PassThrough();
  pack.on('data', (chunk: Buffer) => {
    if (!out.write(chunk)) {
      pack.pause();
      out.once('drain', () => {
        pack.resume();
      });
    }
  });
  pack.on('end', () => out.end());
  pack.on('error', (error: unknown) =>
    out.destroy(error instanceof Error ? error : new Error(String(error))),
  );
  addAll(pack, entries).then(
    () => pack.end(),
    (error: unknown) => out.destroy(error instanceof Error ? error : new Error(String(error))),
  );
  return out;
}

async function addAll(pack: Pack, entries: readonly BundleEntry[]): Promise<void> {
  for (const entry of entries) {
    if (entry.kind === 'file') await addFile(pack, entry.path, entry.from);
    else addMade(pack, entry);
  }
}

function addMade(pack: Pack, entry: Exclude<BundleEntry, { kind: 'file' }>): void {
  switch (entry.kind) {
    case 'text': {
      const data = Buffer.from(entry.text, 'utf8');
      const made = readEntry({
        path: entry.path,
        size: data.length,
        mode: entry.executable ? 0o755 : 0o644,
        type: 'File',
      });
      pack.add(made);
      if (data.length > 0) made.write(data);
      made.end();
      return;
    }
    case 'directory': {
      const made = readEntry({ path: `${entry.path}/`, size: 0, mode: 0o755, type: 'Directory' });
      pack.add(made);
      made.end();
      return;
    }
    case 'link': {
      const made = readEntry({
        path: entry.path,
        size: 0,
        mode: 0o777,
        type: 'SymbolicLink',
        linkpath: entry.target,
      });
      pack.add(made);
      made.end();
    }
  }
}

async function addFile(pack: Pack, path: string, from: string): Promise<void> {
  const stats = await statOf(from);
  const made = readEntry({ path, size: stats.size, mode: stats.mode & 0o111 ? 0o755 : 0o644, type: 'File' });
  pack.add(made);
  let sent = 0;
  for await (const chunk of createReadStream(from)) {
    const data = chunk as Buffer;
    sent += data.length;
    if (sent > stats.size)
      throw new BundleError(from, 'grew while it was being sent; try again when it rests');
    if (!made.write(data)) await new Promise<void>((resolve) => made.once('drain', resolve));
  }
  if (sent !== stats.size)
    throw new BundleError(from, 'shrank while it was being sent; try again when it rests');
  made.end();
}

function readEntry(header: {
  path: string;
  size: number;
  mode: number;
  type: 'File' | 'Directory' | 'SymbolicLink';
  linkpath?: string;
}): ReadEntry {
  const made = new Header({ ...header, mtime: FIXED_TIME });
  made.encode(Buffer.alloc(512));
  return new ReadEntry(made);
}

async function statOf(path: string): Promise<Stats> {
  try {
    return await lstat(path);
  } catch (error) {
    throw new BundleError(path, 'cannot be read; was it moved?', { cause: error });
  }
}

/**
 * Lists a directory as bundle entries under `prefix`, sorted by name. Links stay links when they point inside the
 * directory; others are refused, because what they point to would not be there.
 * @throws {BundleError}
 */
export async function listDirectory(root: string, prefix: string): Promise<BundleEntry[]> {
  const entries: BundleEntry[] = [];
  const visit = async (folder: string): Promise<void> => {
    const names = await readdir(folder, { withFileTypes: true });
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
        entries.push({ kind: 'file', path, from });
      } else {
        throw new BundleError(
          from,
          'is neither a file, a directory nor a link; take it out of the job directory',
        );
      }
    }
  };
  await visit(root);
  return entries;
}

async function insideTarget(root: string, link: string): Promise<string> {
  const target = await readlink(link);
  const reached = normalize(join(dirname(link), target));
  const inside = relative(root, reached);
  if (isAbsolute(target) || inside.startsWith('..')) {
    throw new BundleError(
      link,
      `is a link to ${target}, outside the job directory; copy the file in, or name a path inside`,
    );
  }
  return target;
}
