/** A document against its schema: every complaint at once, and what remains usable without the bad parts. */
import type { Problem } from '../model/job.js';
import { explain, type Explained, type Hint } from './explain.js';
import type { SourceDocument } from './parse.js';
import { label, type Path } from './problem.js';
import { validator, type ValidatorName } from './validators.js';

export interface Validated {
  /**
   * The document where it is valid; otherwise a copy without what is wrong, so that further rules can
   * find further problems in the same go; undefined where nothing is left.
   */
  readonly value: unknown;
  readonly problems: readonly Problem[];
  /** Top-level keys that were written, but are missing in `value` or in part of it. */
  readonly cut: ReadonlySet<string>;
  /** Paths below which something was bad. */
  readonly bad: readonly Path[];
}

/** A person mends this many at a time; a file with more is probably no such file at all. */
const MOST = 50;

function andMore({ file, position }: SourceDocument, count: number): Problem {
  return {
    severity: 'error',
    file,
    ...position([]),
    message: `${count} more keys or values are wrong here; is this the right file?`,
  };
}

const NO_HINT: Hint = () => undefined;

export function validate(document: SourceDocument, name: ValidatorName, hint: Hint = NO_HINT): Validated {
  const check = validator(name);
  if (check(document.value)) return { value: document.value, problems: [], cut: new Set(), bad: [] };
  const errors = check.errors ?? [];
  const found = errors.slice(0, MOST).flatMap((error) => explain(error, hint) ?? []);
  const problems = found.map((each) => toProblem(document, each));
  const bad = found.map((each) => each.bad);
  const tooMany = errors.length > MOST;
  if (tooMany) problems.push(andMore(document, errors.length - MOST));
  const value = tooMany ? undefined : prune(document.value, bad);
  const cut = new Set(bad.flatMap((path) => path[0] ?? []));
  return { value: value !== undefined && check(value) ? value : undefined, problems, cut, bad };
}

function toProblem(document: SourceDocument, { path, what, message, value }: Explained): Problem {
  return {
    severity: 'error',
    file: document.file,
    ...document.position(path, what),
    ...(path.length === 0 ? {} : { key: label(path) }),
    ...(value === undefined ? {} : { value }),
    message,
  };
}

/** A copy without what stands at those paths; a list loses all its items when one is bad. */
function prune(value: unknown, paths: readonly Path[]): unknown {
  if (paths.some((path) => path.length === 0)) return undefined;
  if (Array.isArray(value)) return paths.length === 0 ? value : undefined;
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).flatMap(([key, inner]): [string, unknown][] => {
    const below = paths.filter((path) => path[0] === key).map((path) => path.slice(1));
    const kept: unknown = below.length === 0 ? inner : prune(inner, below);
    return kept === undefined ? [] : [[key, kept]];
  });
  return Object.fromEntries(entries);
}
