/** Choosing a cluster: the target first, then its alternates in order, strictly one at a time (SPEC §5). */
import type { Choice } from '../model/action.js';
import type { Inventory } from '../model/cluster.js';
import type { JobSpec } from '../model/job.js';
import type { Attempt } from '../model/run.js';
import type { ClusterFacts } from './facts.js';

/**
 * The clusters a job may go to, in order of preference. Fixed when the run is accepted.
 * `same_kind`: those that share a preferred job with the first, in the inventory's order.
 */
export function candidatesOf(spec: JobSpec, inventory: Inventory): readonly string[] {
  const named = spec.destination === 'auto' ? [...inventory.keys()] : spec.destination;
  const [first] = named;
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
  /** Whether its queue has room for one more job. */
  readonly room: (cluster: string) => boolean;
  /** Notes that the plan cannot be made without having asked it. */
  readonly ask: (cluster: string) => void;
}

/** What came of the choice; `cluster` undefined: none can take it now. */
export interface Choosing {
  readonly cluster: string | undefined;
  readonly choices: readonly Choice[];
  /** All that can be tried have refused for good: waiting helps nothing. */
  readonly exhausted: boolean;
}

export function choose(
  candidates: readonly string[],
  attempts: readonly Attempt[],
  view: SiteView,
): Choosing {
  const choices: Choice[] = [];
  let waiting = false;
  for (const name of candidates) {
    const against = objection(name, attempts, view);
    if (against === undefined) {
      choices.push({
        cluster: name,
        chosen: true,
        why: choices.length === 0 ? 'first choice' : 'next that can take it',
      });
      return { cluster: name, choices, exhausted: false };
    }
    choices.push({ cluster: name, chosen: false, why: against.why });
    waiting ||= against.passing;
    // A full queue is waited for: going elsewhere would only move the crowd.
    if (against.stay) return { cluster: undefined, choices, exhausted: false };
  }
  return { cluster: undefined, choices, exhausted: !waiting };
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
  /** It may clear by itself. */
  readonly passing: boolean;
  /** Do not look further. */
  readonly stay: boolean;
}

function objection(name: string, attempts: readonly Attempt[], view: SiteView): Objection | undefined {
  const refused = attempts.findLast((each) => each.cluster === name && refusedForGood(each));
  if (refused) return { why: `refused it: ${refused.message ?? 'no words'}`, passing: false, stay: false };
  const facts = view.site(name);
  if (!facts) return { why: 'is not in the inventory any more', passing: false, stay: false };
  if (facts.reach.kind === 'unreachable') return { why: facts.reach.why, passing: true, stay: false };
  if (facts.reach.kind === 'not-asked') {
    view.ask(name);
    return { why: 'was not asked yet', passing: true, stay: true };
  }
  if (facts.reach.observation.queue.kind === 'silent') {
    return {
      why: `its controller does not answer: ${facts.reach.observation.queue.why}`,
      passing: true,
      stay: false,
    };
  }
  if (!view.room(name))
    return { why: 'its limit of jobs in the queue is reached', passing: true, stay: true };
  return undefined;
}
