/**
 * What the results of a run come to together: of an array whose tasks were tried again each attempt brings a part, and so
 * does the generation whose failed tasks another one makes good. Pure.
 */
import type { Attempt, ResultsKnown } from '../../model/run.js';

/** The last attempt's word about its own results. */
interface Last {
  readonly missing: readonly string[];
  readonly lost: ResultsKnown['lost'];
}

/** What of all results is not here. */
export interface Shortfall {
  /** Patterns of `output` that are not optional and that no attempt brought anything for. */
  readonly missing: readonly string[];
  /** What was there, and came with no attempt. */
  readonly lost: ResultsKnown['lost'];
}

/**
 * @param before attempts that brought results to the same folder, whichever run they are of
 * @param isHere whether a path has come with an attempt behind one of those
 */
export function together(
  last: Last,
  before: readonly Pick<Attempt, 'results'>[],
  isHere: (path: string) => boolean,
): Shortfall {
  const known = before.flatMap(({ results }) => results ?? []);
  const found = new Set(known.flatMap((each) => each.found));
  const earlier = known.flatMap((each) => each.lost).filter(({ path }) => !isHere(path));
  const lost = new Map([...earlier, ...last.lost].map((each) => [each.path, each]));
  return { missing: last.missing.filter((pattern) => !found.has(pattern)), lost: [...lost.values()] };
}
