/** Choosing a cluster: the target first, then its alternates in order, strictly one at a time (SPEC §5). */
import type { Choice } from '../model/action.js';
import type { Inventory } from '../model/cluster.js';
import type { JobSpec } from '../model/job.js';
import { type Attempt, isOwed, type Reason } from '../model/run.js';
import type { ClusterFacts } from './facts.js';
import { couldNotFetch } from './steps.js';

/**
 * The clusters a job may go to, in order of preference. Fixed when the run is accepted.
 * `same_kind`: those that share a preferred job with the first, in the inventory's order.
 */
export function candidatesOf(spec: JobSpec, inventory: Inventory): readonly string[] {
  const named = spec.destination === 'auto' ? [...inventory.keys()] : spec.destination;
  const first = named.at(0);
  if (first === undefined) return [];
  return [...new Set([...named, ...alternatesOf(spec, first, inventory)])].filter((name) =>
    inventory.has(name),
  );
}

function alternatesOf(spec: JobSpec, first: string, inventory: Inventory): readonly string[] {
  if (spec.alternates === 'none') return [];
  if (spec.alternates !== 'same_kind') return spec.alternates;
  const kinds = new Set(inventory.get(first)?.preferredJobs ?? []);
  return [...inventory.values()]
    .filter((cluster) => cluster.preferredJobs.some((kind) => kinds.has(kind)))
    .map((cluster) => cluster.name);
}

/** The clusters as one run's login sees them. */
export interface SiteView {
  readonly site: (cluster: string) => ClusterFacts | undefined;
  /** How many more jobs its queue may take; Infinity where there is no cap. */
  readonly room: (cluster: string) => number;
  /** Notes that the plan cannot be made without having asked it. */
  readonly ask: (cluster: string) => void;
  /** Notes that it is waited for until it is asked again by itself. */
  readonly await: (cluster: string) => void;
}

/** What came of the choice; `cluster` undefined: none can take it now. */
export interface Choosing {
  readonly cluster: string | undefined;
  readonly choices: readonly Choice[];
  /** What is waited for; undefined when all that can be tried have refused for good, so that waiting helps nothing. */
  readonly waitFor: Reason | undefined;
  /** A cluster that comes first could not be asked yet: nothing is known, so that the run stays as it is. */
  readonly isOpen?: true;
}

export interface Wish {
  readonly candidates: readonly string[];
  readonly attempts: readonly Attempt[];
  /** How many jobs of a queue it takes on a cluster: the tasks of its array. */
  readonly jobsOn: (cluster: string) => number;
  /** Why a cluster does not fit for good. */
  readonly unfit?: (cluster: string) => string | undefined;
  /** It was in the way when the clusters were asked before, and may well be still. */
  readonly hasWaited: boolean;
}

export function choose(wish: Wish, view: SiteView, now: number): Choosing {
  const { candidates, attempts } = wish;
  const choices: Choice[] = [];
  let waitFor: Reason | undefined;
  for (const name of candidates) {
    const against = objection(name, wish, view, now) ?? disk(name, attempts, now);
    if (against?.isOpen === true) return { cluster: undefined, choices, waitFor: undefined, isOpen: true };
    if (against === undefined) {
      const why = choices.length === 0 ? 'first choice' : 'next that can take it';
      choices.push({ cluster: name, chosen: true, why });
      return { cluster: name, choices, waitFor: undefined };
    }
    choices.push({ cluster: name, chosen: false, why: against.why });
    if (against.stay) return { cluster: undefined, choices, waitFor: against.waitFor };
    waitFor ??= against.waitFor;
  }
  return { cluster: undefined, choices, waitFor };
}

/** A refusal that another try would only repeat. A full queue or a busy controller is none. */
export function refusedForGood(attempt: Attempt): boolean {
  return attempt.outcome === 'refused' && !refusedForNow(attempt);
}

export function refusedForNow(attempt: Attempt): boolean {
  const passing = attempt.reason === 'QueueLimit' || attempt.reason === 'ControllerUnavailable';
  return attempt.outcome === 'refused' && passing;
}

interface Objection {
  readonly why: string;
  /** Set when it may clear by itself. */
  readonly waitFor?: Reason;
  /** Do not look further. */
  readonly stay?: boolean;
  /** See {@link Choosing}. */
  readonly isOpen?: true;
}

/** An answer that is late is no news for so long. */
const QUIET_MS = 10_000;

function objection(
  name: string,
  { attempts, jobsOn, unfit, hasWaited }: Wish,
  view: SiteView,
  now: number,
): Objection | undefined {
  const jobs = jobsOn(name);
  if (attempts.some((each) => each.cluster === name && isOwed(each)))
    return { why: 'may hold an earlier attempt of it still', waitFor: 'ClusterUnreachable' };
  const refused = attempts.findLast(
    (each) => each.cluster === name && refusedForGood(each) && !couldNotFetch(each),
  );
  if (refused) return { why: `refused it: ${refused.message ?? 'no words'}` };
  const facts = view.site(name);
  if (!facts) return { why: 'is not in the inventory any more' };
  const why = unfit?.(name);
  if (why !== undefined) return { why };
  const { reach, cluster } = facts;
  if (reach.kind === 'unreachable') return { why: reach.why, waitFor: reach.reason };
  if (reach.kind === 'busy') {
    // Could not ask yet: no reason to go elsewhere.
    const late = { why: reach.why, waitFor: 'AwaitingCluster', stay: true } as const;
    return now - reach.since < QUIET_MS ? { ...late, isOpen: true } : late;
  }
  if (reach.kind === 'not-asked') {
    if (hasWaited && reach.lately === true) {
      view.await(name);
      return { why: 'was asked a short while ago', stay: true, isOpen: true };
    }
    view.ask(name);
    return { why: 'was not asked yet', waitFor: 'ClusterUnreachable', stay: true };
  }
  const { queue } = reach.observation;
  if (queue.kind === 'silent') {
    return { why: `its controller does not answer: ${queue.why}`, waitFor: 'ControllerUnavailable' };
  }
  return jobs <= view.room(name) ? undefined : queueFull(jobs, cluster.maxJobs);
}

/** Its disk or the user's quota was full: asked again after a pause, and meanwhile the next may take it. */
function disk(name: string, attempts: readonly Attempt[], now: number): Objection | undefined {
  const full = attempts.filter(
    ({ cluster, outcome, reason }) => cluster === name && outcome === 'unsent' && reason === 'NoRoom',
  );
  const last = full.at(-1);
  if (!last || isPast(last.endedAt ?? now, pauseAfter(full.length), now)) return undefined;
  return { why: last.message ?? 'has no room', waitFor: 'NoRoom' };
}

const PAUSE_FIRST_MS = 15_000;
const PAUSE_LONGEST_MS = 10 * 60_000;
/** A clock that is only put right goes back by less. */
const CLOCK_GRAIN_MS = 60_000;

/** What passes by itself is tried again at no cost, with growing pauses. */
export function pauseAfter(times: number): number {
  return Math.min(PAUSE_FIRST_MS * 2 ** (times - 1), PAUSE_LONGEST_MS);
}

/** Whether what began then and takes so long is over. It is, too, where the clock was set back to before it began. */
export function isPast(since: number, lengthMs: number, now: number): boolean {
  return now >= since + lengthMs || now < since - CLOCK_GRAIN_MS;
}

function queueFull(jobs: number, maxJobs = Infinity): Objection {
  if (jobs > maxJobs) {
    const why = `takes ${maxJobs} jobs at most, and this array has ${jobs} tasks; raise its max_jobs`;
    return { why, waitFor: 'QueueLimit' };
  }
  // A full queue is waited for: going elsewhere would only move the crowd.
  return { why: 'its limit of jobs in the queue is reached', waitFor: 'QueueLimit', stay: true };
}
