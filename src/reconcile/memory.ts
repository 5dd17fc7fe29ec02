/**
 * Memory outside the database (SPEC §7): whether the state knows all that this installation ever did, as far as the
 * lineage beside it and the clusters' marks can tell; and what of it was read back since it was found wanting.
 */
import type { ClusterFacts } from '../plan/facts.js';
import { classifyMemory } from '../store/lineage.js';
import type { Context } from './context.js';
import type { Observed } from './observe.js';

type SiteReaches = ReadonlyMap<string, Pick<Observed, 'reach'>>;

/** The state never submitted anything: then every cluster is asked whether it knows better. */
export function isFirstUse({ store }: Context): boolean {
  return store.meta.number() === 0;
}

/** It lasts, over passes and restarts, until every site that may hold a run was asked. */
export function isRecovering({ store }: Context): boolean {
  return store.meta.recovery() !== undefined;
}

/** @returns why the state cannot be trusted, for a person; undefined when nobody knows more than it does */
export function whyBehind(context: Context, sites: SiteReaches): string | undefined {
  if (context.forgetful && knowsNothing(context))
    return 'no state is kept here (state: none): the clusters are asked for what they hold';
  const marks = new Map([...sites].map(([key, { reach }]) => [key, markOf(reach)]));
  const memory = classifyMemory({ number: context.store.meta.number(), lineage: context.lineage(), marks });
  if (memory.kind !== 'behind') return undefined;
  return `the state knows number ${memory.number} of this installation, ${memory.witness} knows ${memory.highest}: it is rebuilt from the clusters`;
}

/** Neither submitted anything nor read any cluster back. */
function knowsNothing({ store }: Context): boolean {
  return store.meta.number() === 0 && [...store.clusters.all().values()].every((each) => !each.recalledAt);
}

/** From here on nothing counts as read back. */
export function beginRecovery({ store, story, forgetful }: Context, why: string): void {
  story({ level: forgetful ? 'detail' : 'warning', text: why });
  store.transaction(() => {
    store.meta.beginRecovery(why);
    store.clusters.forgetRecalls();
    store.news.findLive();
  });
}

export function isRecalled(context: Context, key: string): boolean {
  return !isRecovering(context) || context.store.clusters.get(key).recalledAt !== undefined;
}

/**
 * Over when every site that a manifest or a run names was read back: until then a run may stand on one that was away.
 * @param inUse keys of those sites
 */
export function endRecovery(
  context: Context,
  sites: ReadonlyMap<string, ClusterFacts>,
  inUse: readonly string[],
): void {
  const { store, story, forgetful } = context;
  if (!inUse.every((key) => sites.get(key)?.recalled === true)) return;
  const marks = [...sites.values()].map(({ reach }) => markOf(reach) ?? 0);
  store.transaction(() => {
    store.meta.raiseNumber(Math.max(context.lineage() ?? 0, ...marks));
    store.meta.endRecovery();
  });
  // Where nothing is kept, that is how every process begins.
  const level = forgetful ? 'detail' : 'info';
  story({ level, text: 'the state is whole again: every cluster in use was read back' });
}

export function markOf(reach: Observed['reach']): number | undefined {
  return reach.kind === 'reached' ? reach.observation.hello.mark : undefined;
}
