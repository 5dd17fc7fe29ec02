/** Digests of the files that a job sends, so that a changed file is a changed job. */
import { createHash } from 'node:crypto';
import { basename, join, resolve } from 'node:path';
import type { Files, FileStat } from '../documents/files.js';
import { compare } from '../documents/problem.js';
import { linkOutside } from '../model/inside.js';
import type { JobSpec, Manifest, Problem } from '../model/job.js';
import { specHash, type InputDigests } from './hash.js';
import type { ReadManifest } from './read.js';

/** Remembers contents by path and stamp (size, mtime, ctime, inode), so that unchanged files are not read again. */
export interface DigestCache {
  get(path: string, stat: FileStat): string | undefined;
  set(path: string, stat: FileStat, sha256: string): void;
}

export const NO_CACHE: DigestCache = { get: () => undefined, set: () => undefined };

export interface DigestContext {
  readonly files: Files;
  readonly cache: DigestCache;
  readonly modulesDirectory: string;
  /** Epoch milliseconds; a file that changed just now is not remembered. */
  readonly now: number;
}

export type Digested =
  | {
      readonly ok: true;
      readonly kind: 'file' | 'directory';
      /** Lower-case hexadecimal SHA-256 over names, kinds, execute bits and contents. */
      readonly digest: string;
      readonly files: number;
      readonly bytes: number;
    }
  | { readonly ok: false; readonly why: string };

/** What a directory may hold; more is a slip such as `job: /`. */
const MAX_ENTRIES = 100_000;
/** A file may change twice within one tick of the file system's clock (a second or two on NFS). */
const SETTLED_MS = 3000;

class InputError extends Error {}

/**
 * A file: its name, its execute bit, its content. A directory: the same for all that is in it by relative
 * path, links by their target; its own name and place do not count.
 * @param except absolute paths that do not count, such as the manifest itself
 */
export function digestPath(path: string, context: DigestContext, except: readonly string[] = []): Digested {
  try {
    const stat = context.files.stat(path);
    if (stat === undefined) return { ok: false, why: `${path} is not there` };
    if (stat.kind === 'file')
      return digestLines('file', [fileLine(basename(path), path, stat, context)], stat.size);
    if (stat.kind !== 'directory') return { ok: false, why: `${path} is neither a file nor a directory` };
    const tree: Tree = { root: path, lines: [], bytes: 0, except: new Set(except), context };
    walk(path, '', tree);
    return digestLines('directory', tree.lines, tree.bytes);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    return { ok: false, why: cause instanceof InputError ? why : `${path} cannot be read: ${why}` };
  }
}

interface Tree {
  readonly root: string;
  readonly lines: string[];
  bytes: number;
  readonly except: ReadonlySet<string>;
  readonly context: DigestContext;
}

function walk(directory: string, below: string, tree: Tree): void {
  const { files } = tree.context;
  for (const name of [...files.list(directory)].sort(compare)) {
    const path = join(directory, name);
    const relative = below === '' ? name : `${below}/${name}`;
    const stat = files.lstat(path);
    if (stat === undefined || tree.except.has(path)) continue;
    if (tree.lines.length >= MAX_ENTRIES)
      throw new InputError(
        `${directory} and what is beside it are more than ${MAX_ENTRIES} files; name a smaller directory`,
      );
    if (stat.kind === 'other')
      throw new InputError(
        `${path} is neither a file nor a directory (a pipe, a socket or a device); take it out`,
      );
    if (stat.kind === 'file') {
      tree.lines.push(fileLine(relative, path, stat, tree.context));
      tree.bytes += stat.size;
    } else if (stat.kind === 'link') {
      const target = files.readLink(path);
      const why = linkOutside(tree.root, path, target);
      if (why !== undefined) throw new InputError(`${path} ${why}`);
      tree.lines.push(JSON.stringify(['link', relative, target]));
    } else {
      tree.lines.push(JSON.stringify(['directory', relative]));
      walk(path, relative, tree);
    }
  }
}

function fileLine(name: string, path: string, stat: FileStat, context: DigestContext): string {
  return JSON.stringify(['file', name, stat.executable ? 'x' : '-', content(path, stat, context)]);
}

function content(path: string, stat: FileStat, { files, cache, now }: DigestContext): string {
  const known = cache.get(path, stat);
  if (known !== undefined) return known;
  const sha256 = files.sha256(path);
  const changed = Number(stat.ctimeNs / 1_000_000n);
  if (now - changed > SETTLED_MS) cache.set(path, stat, sha256);
  return sha256;
}

function digestLines(kind: 'file' | 'directory', lines: readonly string[], bytes: number): Digested {
  const digest = createHash('sha256')
    .update(`${kind}\n${lines.join('\n')}`)
    .digest('hex');
  return { ok: true, kind, digest, files: lines.length, bytes };
}

export interface Completed {
  readonly manifest?: Manifest;
  readonly problems: readonly Problem[];
}

/** Digests all that a manifest sends, and so completes it with its hash. */
export function completeManifest(read: ReadManifest, context: DigestContext): Completed {
  const { spec, place } = read;
  const local = spec.job.kind === 'file' || spec.job.kind === 'directory' ? spec.job : undefined;
  const job = local === undefined ? undefined : digestPath(local.path, context, [place.file]);
  const modules = moduleNames(spec).map(
    (name) => [name, digestPath(resolve(context.modulesDirectory, name), context)] as const,
  );
  const failures = [job, ...modules.map(([, digested]) => digested)].flatMap((each) =>
    each?.ok === false ? [each.why] : [],
  );
  if (failures.length > 0) return { problems: failures.map((why) => inputProblem(read, why)) };
  const digests: InputDigests = {
    ...(job?.ok === true ? { job: job.digest } : {}),
    ...(modules.length === 0
      ? {}
      : {
          modules: Object.fromEntries(
            modules.flatMap(([name, each]) => (each.ok ? [[name, each.digest]] : [])),
          ),
        }),
  };
  // A file may have become a directory since the manifest was read.
  const source = local !== undefined && job?.ok === true ? { kind: job.kind, path: local.path } : spec.job;
  return {
    manifest: { place, spec: { ...spec, job: source }, hash: specHash(read.execution, digests) },
    problems: [],
  };
}

function moduleNames({ modules }: JobSpec): string[] {
  const all =
    modules === undefined ? [] : [...modules.staging, ...modules.preprocessing, ...modules.postprocessing];
  return [...new Set(all.map(({ module }) => module))].sort(compare);
}

function inputProblem({ place, spec }: ReadManifest, why: string): Problem {
  const { file, line, column } = place;
  return {
    severity: 'error',
    file,
    line,
    column,
    job: spec.name,
    message: `the job's files cannot be sent: ${why}`,
  };
}
