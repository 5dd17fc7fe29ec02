/** What the runs of a pass have in common: the room in the queues, and the clusters that are still to be heard. Pure. */
import { rowsNamed } from '../evidence/by-name.js';
import type { ClusterObservation } from '../model/observation.js';
import type { RunRecord } from '../model/run.js';
import { type Facts, siteKey } from './facts.js';
import { currentSpec, jobsOf, type Planning } from './situation.js';

/** What the runs of a pass share: room in the queues, whom the plan still has to ask, and whom it waits for. */
export function sharing(
  facts: Facts,
  asks: Set<string>,
  awaits: Set<string>,
): Pick<Planning, 'view' | 'take'> {
  const taken = new Map<string, number>();
  const take = (site: string, jobs: number): void => void taken.set(site, (taken.get(site) ?? 0) + jobs);
  for (const [site, { reach, cluster }] of facts.sites) {
    if (reach.kind === 'reached' && cluster.maxJobs !== undefined) take(site, jobsInQueue(reach.observation));
  }
  if (taken.size > 0) for (const record of facts.live.values()) takeOnItsWay(facts, record, take);
  const room = (site: string): number =>
    (facts.sites.get(site)?.cluster.maxJobs ?? Infinity) - (taken.get(site) ?? 0);
  return {
    view: (login) => ({
      site: (name) => facts.sites.get(siteKey(facts.inventory, name, login)),
      room: (name) => room(siteKey(facts.inventory, name, login)),
      ask: (name) => void asks.add(siteKey(facts.inventory, name, login)),
      await: (name) => void awaits.add(siteKey(facts.inventory, name, login)),
    }),
    take,
  };
}

/** What is being prepared has its room in the queue already: when its steps are done it is not asked again. */
function takeOnItsWay(facts: Facts, { run, attempts }: RunRecord, take: Planning['take']): void {
  const last = attempts.at(-1);
  if (!last || last.state === 'ended' || last.jobId !== undefined) return;
  const spec = currentSpec({ run, attempts }, undefined);
  const site = siteKey(facts.inventory, last.cluster, spec.login);
  const reach = facts.sites.get(site)?.reach;
  const queue = reach?.kind === 'reached' ? reach.observation.queue : undefined;
  const isShown = queue?.kind === 'answered' && rowsNamed(queue.value, last.token).length > 0;
  if (!isShown) take(site, jobsOf(spec, last));
}

/** The cap counts the user's other jobs too. */
function jobsInQueue(observation: ClusterObservation): number {
  if (observation.queue.kind !== 'answered') return 0;
  const live = observation.queue.value.filter((row) => !row.ended);
  return live.reduce((sum, row) => sum + Math.max(1, row.tasks.length), 0);
}
