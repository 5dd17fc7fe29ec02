/** All of a pass's facts but what the clusters show: what is wanted, and what the store knows. */
import { isAbsolute, relative } from 'node:path';
import type { Inventory } from '../model/cluster.js';
import { isEnded, type RunRecord } from '../model/run.js';
import { candidatesOf } from '../plan/choose.js';
import type { Facts, SettledRun, Wanted } from '../plan/facts.js';
import { currentSpec } from '../plan/situation.js';
import type { Context } from './context.js';
import { standingHere } from './here.js';
import { Sites } from './sites.js';

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

/** @param wanted those in scope */
export function gather(context: Context, wanted: readonly Wanted[], scope: Scope): Known {
  const { store } = context;
  const names = new Set(wanted.map((each) => each.uuid));
  const inScope = (record: RunRecord): boolean =>
    scope === undefined || names.has(record.run.uuid) || scope(record.run.manifestFile);
  const records = store.records.live().filter(inScope);
  const live = new Map(records.map((record) => [record.run.uuid, record]));
  const settled = new Map<string, SettledRun>();
  for (const run of store.records.light()) {
    if (!isEnded(run.phase) || live.has(run.uuid)) continue;
    const { uuid, name, hash } = run;
    settled.set(uuid, { uuid, name, run: run.run, hash, outOfSync: run.conditions.includes('OutOfSync') });
  }
  return {
    now: context.clock.now(),
    installation: context.installation,
    inventory: context.inventory,
    wanted,
    live,
    settled,
    ...standingHere(context, live),
    cleanable: scope === undefined ? cleanableOf(context) : [],
  };
}

/** The sites that the runs of a pass may have to do with. */
export function sitesOf({ inventory, wanted, live, settled, cleanable }: Known): Sites {
  const sites = new Sites(inventory);
  const byUuid = new Map(wanted.map((each) => [each.uuid, each]));
  for (const [uuid, record] of live) {
    const clusters = record.attempts.map((attempt) => attempt.cluster);
    sites.add([...record.run.candidates, ...clusters], currentSpec(record, byUuid.get(uuid)).login);
  }
  for (const each of wanted) {
    if (settled.has(each.uuid)) continue;
    // Of what was sent nowhere yet, the word of today decides where it goes.
    const sent = live.get(each.uuid)?.attempts.some((attempt) => attempt.outcome !== 'unsent');
    if (sent !== true) addCandidates(sites, inventory, each);
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
