/** What a mirror's objects hold, and how commits follow each other. Synchronous: reading manifests is, and starts one process for many. */
import { spawnSync } from 'node:child_process';
import { RepositoryTrouble } from '../ports.js';

interface Mirrored {
  /** Absolute. */
  readonly folder: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly name: string;
}

/** @throws {RepositoryTrouble} */
export function readBlobs(mirror: Mirrored, objects: readonly string[]): ReadonlyMap<string, Uint8Array> {
  if (objects.length === 0) return new Map();
  const found = spawnSync('git', ['--git-dir', mirror.folder, 'cat-file', '--batch'], {
    input: objects.map((object) => `${object}\n`).join(''),
    env: mirror.environment,
    maxBuffer: Infinity,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  if (found.error !== undefined || found.status !== 0) throw unreadable(mirror, found.stderr, found.error);
  return takeApart(mirror, found.stdout, objects);
}

function takeApart(
  mirror: Mirrored,
  output: Buffer,
  objects: readonly string[],
): ReadonlyMap<string, Uint8Array> {
  const contents = new Map<string, Uint8Array>();
  let at = 0;
  for (const object of objects) {
    const end = output.indexOf(10, at);
    const head = output.toString('latin1', at, Math.max(at, end));
    const [, kind, size] = /^[0-9a-f]+ (\w+) (\d+)$/.exec(head) ?? [];
    if (kind !== 'blob') throw unreadable(mirror, Buffer.from(head));
    const from = end + 1;
    at = from + Number(size) + 1;
    contents.set(object, output.subarray(from, at - 1));
  }
  return contents;
}

/** @param file open for writing. @throws {RepositoryTrouble} */
export function copyBlob(mirror: Mirrored, object: string, file: number): void {
  const done = spawnSync('git', ['--git-dir', mirror.folder, 'cat-file', 'blob', object], {
    env: mirror.environment,
    stdio: ['ignore', file, 'pipe'],
  });
  if (done.error !== undefined || done.status !== 0) throw unreadable(mirror, done.stderr, done.error);
}

/** False also where one of them is not there. */
export function isAncestor(mirror: Mirrored, ancestor: string, id: string): boolean {
  const words = ['--git-dir', mirror.folder, 'merge-base', '--is-ancestor', ancestor, id];
  return spawnSync('git', words, { env: mirror.environment, stdio: 'ignore' }).status === 0;
}

function unreadable({ name, folder }: Mirrored, said: Buffer | null, cause?: Error): RepositoryTrouble {
  const words = said?.toString('utf8').trim() ?? '';
  const why = cause?.message ?? words;
  return new RepositoryTrouble(
    'unusable',
    `the copy of ${name} in ${folder} cannot be read (${why}); delete that folder, and it is made anew`,
    { cause },
  );
}
