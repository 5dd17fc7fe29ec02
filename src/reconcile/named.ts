/** The jobs that others depend on, whatever a pass is limited to. */
import type { Desired } from '../source/part.js';
import type { Named, Wanted } from '../plan/facts.js';
import { mayDepend } from '../plan/depends.js';
import { specForNext } from '../plan/situation.js';
import type { RunRecord } from '../model/run.js';
import type { LightRun } from '../store/records.js';
import type { Store } from '../store/store.js';

/** All that is wanted, with what is wrong with it. */
export type Everything = Pick<Desired, 'wanted' | 'problems' | 'complete' | 'isStale'>;

/** Names that are depended on by what may begin; those of jobs that began long ago cost nothing. */
export function dependedOn(
  wanted: readonly Wanted[],
  live: ReadonlyMap<string, RunRecord>,
  isOver: (uuid: string) => boolean,
): ReadonlySet<string> {
  const waiting = [...live].filter(([, record]) => mayDepend(record));
  const byUuid = new Map(waiting.length === 0 ? [] : wanted.map((each) => [each.uuid, each]));
  const fresh = wanted.filter(({ uuid }) => !live.has(uuid) && !isOver(uuid));
  const specs = [
    ...waiting.map(([uuid, record]) => specForNext(record, byUuid.get(uuid))),
    ...fresh.map((each) => each.spec()),
  ];
  return new Set(specs.flatMap(({ dependsOn }) => dependsOn.map(({ name }) => name)));
}

/** How each of those jobs stands: the run that its manifest means, or where there is no manifest, its latest. */
export function namedJobs(
  store: Store,
  names: ReadonlySet<string>,
  everything: Everything,
  there: readonly LightRun[],
): ReadonlyMap<string, Named> {
  if (names.size === 0) return new Map();
  const wanted = new Map(everything.wanted.map((each) => [each.name, each]));
  const latest = new Map<string, LightRun>();
  // What is there is later than what is gone, and the latest of a name comes last, but for generations that were read back from the clusters.
  for (const each of [...store.records.goneNamed(names), ...there]) {
    const run = wanted.get(each.name)?.run;
    const before = latest.get(each.name);
    const isLater = before?.run !== each.run || before.generation < each.generation;
    if (names.has(each.name) && isLater && (run === undefined || run === each.run))
      latest.set(each.name, each);
  }
  return new Map(
    [...names].map((name) => [name, namedJob(store, name, everything, wanted.has(name), latest.get(name))]),
  );
}

function namedJob(
  store: Store,
  name: string,
  { problems, complete }: Everything,
  isWanted: boolean,
  latest: LightRun | undefined,
): Named {
  if (!isWanted) {
    // Which run a manifest means that cannot be read, is not known.
    if (!complete) return { kind: 'unclear' };
    const errors = problems.filter(({ severity }) => severity === 'error');
    const file = store.runs.byName(name)?.manifestFile;
    if (errors.some((each) => each.job === name || each.file === file)) return { kind: 'unclear' };
    if (latest === undefined) return { kind: 'unknown' };
  }
  return latest === undefined ? { kind: 'new' } : { kind: 'run', phase: latest.phase };
}
