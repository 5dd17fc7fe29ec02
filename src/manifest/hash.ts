import { createHash } from 'node:crypto';
import type { ExecutionPart } from './execution-part.js';

/** A new version re-baselines every hash and acts on nothing. */
export const HASH_VERSION = 'v1';

/** Digests of the files that a job sends, see inputs.ts. */
export interface InputDigests {
  /** Of a local `job:`. */
  readonly job?: string;
  /** By module, as the manifest names it. */
  readonly modules?: Readonly<Record<string, string>>;
}

/**
 * `v1:<sha256>` over the execution part and the digests. Equal jobs have equal hashes, whatever the order
 * of their keys, their comments, or the file that they stand in.
 */
export function specHash(part: ExecutionPart, digests: InputDigests): string {
  const text = canonicalJson({ part, digests });
  return `${HASH_VERSION}:${createHash('sha256').update(text).digest('hex')}`;
}

/** JSON with sorted keys and nothing between; keys that are undefined are left out. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const entries = Object.entries(value)
    .filter(([, inner]) => inner !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    .map(([key, inner]) => `${JSON.stringify(key)}:${canonicalJson(inner)}`);
  return `{${entries.join(',')}}`;
}
