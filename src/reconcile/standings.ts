/** Where runs and clusters stand after a pass. */
import type { Action, Plan } from '../model/action.js';
import type { Run } from '../model/run.js';
import type { Facts } from '../plan/facts.js';
import type { Context } from './context.js';
import type { ClusterStanding, RunStanding } from './report.js';

/**
 * Runs that the plan touched or that were live before, as they stand now. That a manifest is gone touches no run that is
 * over, and there may be thousands.
 */
export function standingsOf(
  context: Context,
  plan: Plan,
  before: ReadonlyMap<string, Run>,
): readonly RunStanding[] {
  const uuids = new Set([
    ...before.keys(),
    ...plan.actions.flatMap((action) => (isGone(action) ? [] : action.uuid)),
  ]);
  return context.store.records.outlinesOf([...uuids]).map((run) => {
    const { uuid, name, phase, reason, message } = run;
    const changed = before.get(uuid)?.updatedAt !== run.updatedAt;
    return { uuid, name, run: run.run, phase, reason, message, changed };
  });
}

function isGone(action: Action): boolean {
  return action.kind === 'manifest' && !action.isThere;
}

/** Every cluster that this process spoke with, or tried to, with how it answered in this pass. */
export function clusterStandings(context: Context, facts: Facts): readonly ClusterStanding[] {
  const unreachable = new Map<string, string>();
  for (const { cluster, reach } of facts.sites.values()) {
    if (reach.kind === 'unreachable') unreachable.set(cluster.name, reach.why);
  }
  return context.agents().map((agent) => {
    const { name } = agent.cluster;
    const why = unreachable.get(name);
    const reach = why !== undefined ? 'unreachable' : agent.counts.roundTrips > 0 ? 'reached' : 'not-asked';
    return {
      cluster: name,
      address: agent.address,
      reach,
      counts: agent.counts,
      ...(why === undefined ? {} : { why }),
    };
  });
}
