/** All of a pass's facts but what the clusters show: what is wanted, and what the store knows. */
import { isAbsolute, relative } from 'node:path';
import type { Inventory } from '../model/cluster.js';
import { isEnded, type RunRecord } from '../model/run.js';
import { candidatesOf } from '../plan/choose.js';
import type { Facts, SettledRun, Wanted } from '../plan/facts.js';
import { isToBeReplaced } from '../plan/replace.js';
import { currentSpec } from '../plan/situation.js';
import type { LightRun } from '../store/records.js';
import type { Store } from '../store/store.js';
import type { Context } from './context.js';
import { generationsOf } from './generations.js';
import { standingHere } from './here.js';
import { dependedOn, type Everything, namedJobs } from './named.js';
import { renamedJobs } from './renamed.js';
import { Sites } from './sites.js';
import { NOTHING_VANISHED, presenceIn, vanishedRuns } from './vanished.js';

/** Limits a pass to some manifests; undefined: all. What is left out is not taken as deleted. */
export type Scope = ((manifestFile: string) => boolean) | undefined;

/** @param paths absolute files and directories, and manifests in a Git repository as they are shown; none: everything */
export function scopeOf(paths: readonly string[]): Scope {
  if (paths.length === 0) return undefined;
  const isBelow = (file: string, path: string): boolean =>
    isAbsolute(file) && isAbsolute(path) && !relative(path, file).startsWith('..');
  return (file) => paths.some((path) => file === path || isBelow(file, path));
}

/** Facts before any cluster was asked. */
export type Known = Omit<Facts, 'sites'>;

/** @param everything all that is wanted, whatever the pass is limited to */
export function gather(context: Context, everything: Everything, scope: Scope): Known {
  const { store } = context;
  const followed = store.records.live();
  const there = store.records.there();
  const left = leftOf(store, everything, there, followed);
  const light = [...left, ...there];
  const gone = new Set(left.map(({ uuid }) => uuid));
  const { meant, superseded } = generationsOf(light, presenceIn(everything));
  const wanted = withinScope(everything.wanted, scope).map(meant);
  const records = inScope(followed, wanted, scope);
  const live = new Map(records.map((record) => [record.run.uuid, record]));
  const settled = new Map<string, SettledRun>();
  const [edited, forgotten] = [store.records.edited(), store.records.forgotten()];
  for (const run of light) {
    const isForgotten = forgotten.has(run.uuid);
    if ((!isEnded(run.phase) && !isForgotten) || live.has(run.uuid)) continue;
    const { uuid, name, hash, generation } = run;
    const outOfSync = run.conditions.includes('OutOfSync');
    const isReplaced = run.phase === 'Cancelled' && edited.has(uuid);
    const isWaiting = run.conditions.includes('Blocked');
    const words = { outOfSync, isReplaced, isWaiting, isForgotten };
    settled.set(uuid, { uuid, name, run: run.run, hash, generation, ...words });
  }
  // A limited pass takes nothing as deleted, and while the state is rebuilt a manifest may be known by another name.
  const mayBeDeleted = scope === undefined && store.meta.recovery() === undefined;
  return {
    now: context.clock.now(),
    installation: context.installation,
    inventory: context.inventory,
    wanted,
    live,
    settled,
    superseded,
    renamed: renamedJobs(
      everything,
      wanted.filter(({ uuid }) => !settled.has(uuid) && mayBeAnother(live.get(uuid))),
      store.records,
      there,
    ),
    ...(mayBeDeleted ? vanishedRuns(everything, wanted, { live, there }) : NOTHING_VANISHED),
    gone,
    isStale: (uuid) => {
      const run = live.get(uuid)?.run ?? store.runs.byUuid(uuid);
      return run !== undefined && everything.isStale(run);
    },
    consent: { all: context.consent.all, digests: store.approvals.all() },
    named: namedJobs(
      store,
      dependedOn(wanted, live, (uuid) => settled.has(uuid)),
      everything,
      there,
    ),
    ...standingHere(context, live),
    underWay: context.lanes.underWay,
    cleanable: scope === undefined ? cleanableOf(context) : [],
  };
}

/**
 * Of what is known to be gone, what a pass may have to do with: the jobs that come anew or come back, what they were
 * called before or since, and what goes on.
 */
function leftOf(
  store: Store,
  { wanted }: Everything,
  there: readonly LightRun[],
  followed: readonly RunRecord[],
): readonly LightRun[] {
  const known = new Set(there.map(({ uuid }) => uuid));
  const fresh = wanted.filter(({ uuid }) => !known.has(uuid));
  const names = fresh.flatMap(({ name, previously }) =>
    previously === undefined ? [name] : [name, previously],
  );
  const going = followed.flatMap(({ run }) => (run.goneAt === undefined ? [] : [run.name]));
  const named = store.records.goneNamed([...names, ...going]);
  const found = new Set(named.map(({ uuid }) => uuid));
  const renamed = store.records.goneOf(fresh.flatMap(({ uuid }) => (found.has(uuid) ? [] : uuid)));
  return [...renamed, ...named];
}

/**
 * Nobody has seen it; or it was accepted while a lost state was not read back from its clusters, so that what it is called
 * was not known, and nothing of it was sent.
 */
function mayBeAnother(record: RunRecord | undefined): boolean {
  if (record === undefined) return true;
  const { run, attempts } = record;
  const isFromThen = run.reason === 'RecoveryIncomplete' || run.reason === 'LooksRenamed';
  return isFromThen && attempts.every(({ outcome }) => outcome === 'unsent');
}

function withinScope(wanted: readonly Wanted[], scope: Scope): readonly Wanted[] {
  return scope === undefined ? wanted : wanted.filter(({ manifestFile }) => scope(manifestFile));
}

function inScope(
  records: readonly RunRecord[],
  wanted: readonly Wanted[],
  scope: Scope,
): readonly RunRecord[] {
  if (scope === undefined) return records;
  const names = new Set(wanted.map((each) => each.uuid));
  return records.filter(({ run }) => names.has(run.uuid) || scope(run.manifestFile));
}

/** The sites that the runs of a pass may have to do with. */
export function sitesOf({ inventory, wanted, live, settled, cleanable }: Known): Sites {
  const sites = new Sites(inventory);
  const byUuid = new Map(live.size === 0 ? [] : wanted.map((each) => [each.uuid, each]));
  for (const [uuid, record] of live) {
    const clusters = record.attempts.map((attempt) => attempt.cluster);
    sites.add([...record.run.candidates, ...clusters], currentSpec(record, byUuid.get(uuid)).login);
  }
  for (const each of wanted) {
    const over = settled.get(each.uuid);
    if (over && !isToBeReplaced(over, each)) continue;
    // Of what was sent nowhere yet, and of what is replaced, the word of today decides where it goes.
    const sent = live.get(each.uuid)?.attempts.some((attempt) => attempt.outcome !== 'unsent');
    if (sent !== true || each.onEdit === 'replace') addCandidates(sites, inventory, each);
  }
  for (const record of cleanable) {
    const clusters = record.attempts.map((attempt) => attempt.cluster);
    sites.add(clusters, currentSpec(record, undefined).login);
  }
  return sites;
}

/**
 * The sites that may know of this installation's runs when the state does not: those of every manifest, whatever the
 * pass is limited to, and every cluster of the inventory, as a manifest may have named another one yesterday.
 */
export function sitesThatMayKnow(wanted: readonly Wanted[], known: Known): Sites {
  const sites = sitesInUse(wanted, known);
  sites.add(known.inventory.keys(), {});
  return sites;
}

/** Without the clusters that no manifest and no run names. */
export function sitesInUse(wanted: readonly Wanted[], known: Known): Sites {
  const sites = sitesOf(known);
  for (const each of wanted) addCandidates(sites, known.inventory, each);
  return sites;
}

function addCandidates(sites: Sites, inventory: Inventory, wanted: Wanted): void {
  const spec = wanted.spec();
  sites.add(candidatesOf(spec, inventory), spec.login);
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
