/**
 * When a site that does not answer is asked again: after growing pauses, one probe at a time, and not at all by itself
 * where it refuses us. Pure: the clock and the chance are given.
 */
import type { Reach } from '../model/observation.js';

export type Unreachable = Extract<Reach, { readonly kind: 'unreachable' }>;

/** Undefined stands for a closed one: the site answered when it was asked last, or was never asked. */
export interface Breaker {
  /** `open`: asked again at `nextAt`. `locked`: a login or a host key was refused, so that a person must mend something. */
  readonly state: 'open' | 'locked';
  /** Epoch milliseconds of the first failure. */
  readonly since: number;
  /** How often it has failed since. */
  readonly failures: number;
  /** Epoch milliseconds; absent where it is locked. */
  readonly nextAt?: number;
  /** The latest answer; it stands for the site until it is asked again. */
  readonly reach: Unreachable;
  /** Of the files that open the site, as they were when it refused us. */
  readonly keys: string;
}

const FIRST_MS = 5_000;
const LONGEST_MS = 5 * 60_000;
/** Part of the pause that chance adds, so that many sites that failed together are not asked together. */
const JITTER = 0.25;

export interface Circumstances {
  /** Epoch milliseconds. */
  readonly now: number;
  /** From 0 to 1. */
  readonly chance: number;
  readonly keys: string;
}

/** One failure more. */
export function trip(before: Breaker | undefined, reach: Unreachable, at: Circumstances): Breaker {
  const { now, chance, keys } = at;
  const failures = (before?.failures ?? 0) + 1;
  const known = { since: before?.since ?? now, failures, reach, keys };
  if (reach.reason !== 'ClusterUnreachable') return { state: 'locked', ...known };
  const pause = Math.min(FIRST_MS * 2 ** (failures - 1), LONGEST_MS);
  return { state: 'open', ...known, nextAt: Math.round(now + pause * (1 + JITTER * chance)) };
}

/** Whether it may be asked by itself. @param keys of the files that open the site, as they are now */
export function mayProbe(
  { state, nextAt = Infinity, keys: before }: Breaker,
  now: number,
  keys: string,
): boolean {
  if (state === 'locked') return before !== keys;
  // So far ahead lies only what was reckoned before the clock was set back.
  return now >= nextAt || nextAt - now > LONGEST_MS * (1 + JITTER);
}
