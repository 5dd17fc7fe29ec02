/** One document while it becomes a job: valid by its schema, not yet by the rules between its keys. */
import type { Files } from '../documents/files.js';
import type { SourceDocument } from '../documents/parse.js';
import { isSecret, label, show, type Path } from '../documents/problem.js';
import type { Problem } from '../model/job.js';
import type { Trust } from '../model/settings.js';
import type { ManifestFile } from './manifest.generated.js';

/** What reading a manifest may know of the world. */
export interface ReadContext {
  readonly files: Files;
  /** What `~` stands for. */
  readonly home: string;
  /** Folder of the external modules, absolute. */
  readonly modulesDirectory: string;
  /** Names of the inventory, in its order; absent: cluster names are not checked. */
  readonly clusters?: readonly string[];
  /** Those of them that are reached by the user's own ssh, to which no passphrase can be given. */
  readonly ownSsh?: readonly string[];
  /** Directories that no job may contain: the state and the results. */
  readonly ownDirectories?: readonly string[];
  /** The manifests are other people's; absent: they are their owner's, who may do everything. */
  readonly fence?: Fence;
}

/** Limits of manifests that come from elsewhere. */
export interface Fence {
  readonly allows: ReadonlySet<Trust>;
  /** Why an absolute path may not be named, as the end of a sentence; undefined: it may, whether it is there or not. */
  readonly outside: (path: string) => string | undefined;
}

export interface Draft {
  readonly document: SourceDocument;
  /** Absolute path of the manifest's file. */
  readonly file: string;
  readonly raw: ManifestFile;
  /** Keys that were written, but are bad, so that `raw` misses them or a part of them. */
  readonly cut: ReadonlySet<string>;
  readonly context: ReadContext;
  readonly name: string;
  /** Documents in the file that are not empty. */
  readonly siblings: number;
}

export type Rule = (draft: Draft) => readonly Problem[];

/** Shape of {@link problem}'s last argument. */
export interface ProblemOptions {
  readonly severity?: 'error' | 'warning';
  readonly what?: 'key' | 'value';
}

/** A problem at a key path of the draft. */
export function problem(draft: Draft, path: Path, message: string, options: ProblemOptions = {}): Problem {
  const literal = path.length === 0 || isSecret(path) ? undefined : draft.document.literal(path);
  return {
    severity: options.severity ?? 'error',
    file: draft.file,
    ...draft.document.position(path, options.what ?? 'value'),
    ...(path.length === 0 ? {} : { key: label(path) }),
    ...(literal === undefined ? {} : { value: show(literal) }),
    message,
    job: draft.name,
  };
}

/** A scalar or list as a list; nothing as the empty list. */
export function asList<T>(value: T | readonly T[] | null | undefined): readonly T[] {
  if (value === null || value === undefined) return [];
  return isList(value) ? value : [value];
}

function isList<T>(value: T | readonly T[]): value is readonly T[] {
  return Array.isArray(value);
}

/** Path of the n-th item where a list was written; of the key itself where a scalar was. */
export function itemPath(value: unknown, path: Path, index: number): Path {
  return Array.isArray(value) ? [...path, String(index)] : path;
}
