/** One pass: what is wanted, what is known, what the clusters show; a plan; what the plan says. */
import type { Plan } from '../model/action.js';
import type { JobSpec, Problem } from '../model/job.js';
import { isEnded, type Run, type RunRecord } from '../model/run.js';
import { candidatesOf } from '../plan/choose.js';
import { type ClusterFacts, type Facts, type SettledRun, siteKey, type Wanted } from '../plan/facts.js';
import { planPass } from '../plan/plan.js';
import { currentSpec } from '../plan/situation.js';
import { classifyMemory } from '../store/lineage.js';
import { apply } from './apply/index.js';
import type { Context, Site } from './context.js';
import { notAsked, observeSite } from './observe.js';
import { recall } from './recover.js';
import type { ClusterStanding, RunStanding } from './report.js';

/** Limits a pass to some manifests; undefined: all. What is left out is not taken as deleted. */
export type Scope = ((manifestFile: string) => boolean) | undefined;

export interface Prepared {
  readonly plan: Plan;
  readonly facts: Facts;
  readonly problems: readonly Problem[];
  readonly remember: () => void;
  readonly complete: boolean;
}

export interface Passed extends Prepared {
  readonly standings: readonly RunStanding[];
  readonly failed: readonly string[];
  readonly again: boolean;
}

/** Observes and plans; changes nothing, here or on a cluster, but for what is remembered of them. */
export async function prepare(context: Context, scope: Scope): Promise<Prepared> {
  const desired = context.desired();
  const wanted = scope ? desired.wanted.filter((each) => scope(each.manifestFile)) : desired.wanted;
  const sites = new Map<string, Site>();
  let facts = gather(context, wanted, scope, sites);
  let recovering = isBehind(context, facts);
  const observed = new Map<string, ClusterFacts>();
  await ask(context, firstSites(context, facts, sites), observed, recovering);
  if (!recovering && isBehind(context, { ...facts, sites: observed })) {
    // A cluster knows more of this installation than the state does: everybody is asked for all they know.
    recovering = true;
    beginRecovery(context);
    const known = [...observed.keys()].flatMap((key) => sites.get(key) ?? []);
    await ask(context, known, observed, true);
  }
  const overtaken = !recovering && (await readBack(context, overtakenSites(facts, wanted, observed), sites));
  if (recovering || overtaken) facts = gather(context, wanted, scope, sites);
  for (;;) {
    const seen = allSites(context, sites, observed, recovering);
    facts = { ...facts, sites: seen };
    const plan = planPass(facts);
    if (plan.asks.length === 0) {
      if (recovering) endRecovery(context, seen);
      return {
        plan,
        facts,
        problems: scope ? desired.problems.filter((problem) => scope(problem.file)) : desired.problems,
        remember: desired.remember,
        complete: desired.complete,
      };
    }
    await ask(
      context,
      plan.asks.flatMap((key) => sites.get(key) ?? []),
      observed,
      recovering,
    );
    if (recovering) facts = gather(context, wanted, scope, sites);
  }
}

export async function runPass(context: Context, scope: Scope): Promise<Passed> {
  const prepared = await prepare(context, scope);
  prepared.remember();
  const { facts, plan } = prepared;
  const before = new Map([...facts.live].map(([uuid, { run }]) => [uuid, run]));
  const { again } = await apply(context, plan, facts.sites, specFinder(context, facts));
  const standings = standingsOf(context, plan, before);
  const failed = standings.filter(
    (each) => each.phase === 'Failed' && before.get(each.uuid)?.phase !== 'Failed',
  );
  return { ...prepared, standings, failed: failed.map((each) => each.name), again };
}

/** What the store knows and what is wanted; the sites that their logins make. */
function gather(context: Context, wanted: readonly Wanted[], scope: Scope, sites: Map<string, Site>): Facts {
  const { store, inventory } = context;
  const names = new Map(wanted.map((each) => [each.uuid, each]));
  const inScope = (record: RunRecord): boolean =>
    scope === undefined || names.has(record.run.uuid) || scope(record.run.manifestFile);
  const live = new Map(
    store.records
      .live()
      .filter(inScope)
      .map((record) => [record.run.uuid, record]),
  );
  const settled = new Map<string, SettledRun>();
  for (const run of store.records.light()) {
    if (!isEnded(run.phase) || live.has(run.uuid)) continue;
    const { uuid, name, hash } = run;
    settled.set(uuid, { uuid, name, run: run.run, hash, outOfSync: run.conditions.includes('OutOfSync') });
  }
  const addSites = (clusters: Iterable<string>, login: JobSpec['login']): void => {
    for (const cluster of clusters) {
      const key = siteKey(cluster, login);
      if (inventory.has(cluster)) sites.set(key, { key, cluster, login });
    }
  };
  for (const [uuid, record] of live) {
    const { login } = currentSpec(record, names.get(uuid));
    addSites([...record.run.candidates, ...record.attempts.map((attempt) => attempt.cluster)], login);
  }
  for (const each of wanted) {
    if (settled.has(each.uuid)) continue;
    // Of what was sent nowhere yet, the word of today decides where it goes.
    const sent = live.get(each.uuid)?.attempts.some((attempt) => attempt.outcome !== 'unsent');
    if (sent === true) continue;
    const spec = each.spec();
    addSites(candidatesOf(spec, inventory), spec.login);
  }
  const cleanable = scope === undefined ? cleanableOf(context) : [];
  for (const record of cleanable) {
    addSites(
      record.attempts.map((attempt) => attempt.cluster),
      currentSpec(record, undefined).login,
    );
  }
  return {
    now: context.clock.now(),
    installation: context.installation,
    inventory,
    wanted,
    live,
    settled,
    cleanable,
    sites: new Map(),
  };
}

/** Directories that go in one pass: a backlog is worked off in several. */
const CLEAN_AT_ONCE = 500;

function cleanableOf({ store, clock, retention }: Context): readonly RunRecord[] {
  const now = clock.now();
  const before = {
    succeeded: now - retention.succeededMs,
    otherwise: now - retention.otherwiseMs,
    limit: CLEAN_AT_ONCE,
  };
  return store.records.cleanable(before).flatMap((attempt) => {
    const run = store.runs.byUuid(attempt.runUuid);
    return run ? [{ run, attempts: [attempt] }] : [];
  });
}

/**
 * Whom to ask before planning at all: every cluster that holds a live attempt. Before the first submission ever, and in
 * recovery, all that could know something: a first use must not be a forgotten one.
 */
function firstSites(context: Context, facts: Facts, sites: ReadonlyMap<string, Site>): readonly Site[] {
  const first = context.store.meta.number() === 0 || context.store.meta.recovery() !== undefined;
  if (first) return [...sites.values()];
  const wanted = new Map(facts.wanted.map((each) => [each.uuid, each]));
  const keys = new Set<string>();
  for (const [uuid, record] of facts.live) {
    const { login } = currentSpec(record, wanted.get(uuid));
    for (const attempt of record.attempts) {
      if (attempt.settledAt === undefined && attempt.outcome !== 'unsent')
        keys.add(siteKey(attempt.cluster, login));
    }
  }
  return [...keys].flatMap((key) => sites.get(key) ?? []);
}

/**
 * Sites that list no claim for an attempt that we hold for live: it was never sent, or another state of the
 * installation has settled it, and then the ledger says how it ended.
 */
function overtakenSites(
  facts: Facts,
  wanted: readonly Wanted[],
  observed: ReadonlyMap<string, ClusterFacts>,
): ReadonlySet<string> {
  const byUuid = new Map(wanted.map((each) => [each.uuid, each]));
  const keys = new Set<string>();
  for (const [uuid, record] of facts.live) {
    const attempt = record.attempts.at(-1);
    if (!attempt || attempt.state === 'ended' || record.run.phase === 'Blocked') continue;
    const key = siteKey(attempt.cluster, currentSpec(record, byUuid.get(uuid)).login);
    const reach = observed.get(key)?.reach;
    if (reach?.kind === 'reached' && !reach.observation.claims.has(attempt.token)) keys.add(key);
  }
  return keys;
}

/** @returns whether anything was read back */
async function readBack(
  context: Context,
  keys: ReadonlySet<string>,
  sites: ReadonlyMap<string, Site>,
): Promise<boolean> {
  const found = [...keys].flatMap((key) => sites.get(key) ?? []);
  const read = await Promise.all(found.map((site) => recall(context, context.agent(site))));
  return read.includes(true);
}

async function ask(
  context: Context,
  sites: readonly Site[],
  observed: Map<string, ClusterFacts>,
  recovering: boolean,
): Promise<void> {
  const answers = await Promise.all(
    sites.map(async (site) => [site.key, await observeSite(context, site, recovering)] as const),
  );
  for (const [key, facts] of answers) observed.set(key, facts);
}

function allSites(
  context: Context,
  sites: ReadonlyMap<string, Site>,
  observed: ReadonlyMap<string, ClusterFacts>,
  recovering: boolean,
): ReadonlyMap<string, ClusterFacts> {
  const all = [...sites.values()].map(
    (site) => [site.key, observed.get(site.key) ?? notAsked(context, site, recovering)] as const,
  );
  return new Map(all);
}

function isBehind(context: Context, facts: Facts): boolean {
  const { store } = context;
  if (store.meta.recovery() !== undefined) return true;
  const marks = new Map(
    [...facts.sites].map(([key, { reach }]) => [
      key,
      reach.kind === 'reached' ? reach.observation.hello.mark : undefined,
    ]),
  );
  const memory = classifyMemory({ number: store.meta.number(), lineage: context.lineage(), marks });
  if (memory.kind !== 'behind') return false;
  const text = `the state knows number ${memory.number} of this installation, ${memory.witness} knows ${memory.highest}: it is rebuilt from the clusters`;
  context.story({ level: 'warning', text });
  beginRecovery(context, text);
  return true;
}

function beginRecovery(context: Context, why = 'a cluster knows more than the state'): void {
  if (context.store.fence !== undefined && context.store.meta.recovery() === undefined)
    context.store.meta.beginRecovery(why);
}

/** Over when every cluster of the inventory was asked: until then a run may stand on one that was away. */
function endRecovery(context: Context, sites: ReadonlyMap<string, ClusterFacts>): void {
  if (context.store.fence === undefined) return;
  const asked = new Set([...sites.values()].filter((site) => site.recalled).map((site) => site.cluster.name));
  for (const name of asked)
    context.story({ level: 'detail', cluster: name, text: 'its claims are known again' });
  if (![...context.inventory.keys()].every((name) => asked.has(name) || !isUsed(sites, name))) return;
  const marks = [...sites.values()].map(({ reach }) =>
    reach.kind === 'reached' ? (reach.observation.hello.mark ?? 0) : 0,
  );
  context.store.meta.raiseNumber(Math.max(context.lineage() ?? 0, ...marks));
  context.store.meta.endRecovery();
}

/** A cluster that no manifest and no run names holds nothing that a pass could repeat. */
function isUsed(sites: ReadonlyMap<string, ClusterFacts>, cluster: string): boolean {
  return [...sites.values()].some((site) => site.cluster.name === cluster);
}

function specFinder(context: Context, facts: Facts): (uuid: string) => JobSpec {
  const wanted = new Map(facts.wanted.map((each) => [each.uuid, each]));
  const found = new Map<string, JobSpec>();
  return (uuid) => {
    const known = found.get(uuid);
    if (known) return known;
    const record = context.store.records.byUuid(uuid);
    if (!record) throw new Error(`run ${uuid} is in the plan and not in the state`);
    const spec = currentSpec(record, wanted.get(uuid));
    found.set(uuid, spec);
    return spec;
  };
}

/** Runs that the plan touched or that were live before, as they stand now. */
function standingsOf(context: Context, plan: Plan, before: ReadonlyMap<string, Run>): readonly RunStanding[] {
  const uuids = new Set([...before.keys(), ...plan.actions.map((action) => action.uuid)]);
  return [...uuids].flatMap((uuid) => {
    const run = context.store.runs.byUuid(uuid);
    if (!run) return [];
    const { name, phase, reason, message } = run;
    const changed = before.get(uuid)?.updatedAt !== run.updatedAt;
    return [{ uuid, name, run: run.run, phase, reason, message, changed }];
  });
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
