/** Plain data that stands in no YAML file, such as a module's JSON, read as a document. */
import type { Place } from '../model/job.js';
import type { SourceDocument } from './parse.js';
import type { Path } from './problem.js';
import { MAX_DEPTH, textFlaw } from './tree.js';

/** @param place where the file stands that it came from; all that is found wrong is put there */
export function valueDocument(value: unknown, place: Place): SourceDocument {
  const { line, column } = place;
  return {
    file: place.file,
    index: place.document,
    value,
    flawed: false,
    position: () => ({ line, column }),
    literal: (path) => {
      const found = at(value, path);
      if (typeof found === 'string') return found;
      return typeof found === 'number' || typeof found === 'boolean' ? String(found) : undefined;
    },
  };
}

function at(value: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (inner, key) =>
      typeof inner === 'object' && inner !== null && Object.hasOwn(inner, key)
        ? (inner as Readonly<Record<string, unknown>>)[key]
        : undefined,
    value,
  );
}

export interface Flaw {
  readonly path: Path;
  /** Without the key's name. */
  readonly why: string;
}

/** What JSON allows and a job may not hold: the first of control characters, broken text, endless nesting. */
export function findFlaw(value: unknown, path: Path = []): Flaw | undefined {
  if (typeof value === 'string') return flawOfText(value, path);
  if (typeof value !== 'object' || value === null) return undefined;
  if (path.length >= MAX_DEPTH)
    return {
      path: path.slice(0, 1),
      why: `lists or maps are nested too deeply; at most ${MAX_DEPTH} levels are read`,
    };
  for (const [key, inner] of Object.entries(value)) {
    const flaw = flawOfText(key, path) ?? findFlaw(inner, [...path, key]);
    if (flaw !== undefined) return flaw;
  }
  return undefined;
}

function flawOfText(text: string, path: Path): Flaw | undefined {
  const why = textFlaw(text);
  return why === undefined ? undefined : { path, why };
}
