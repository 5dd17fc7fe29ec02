/** New names for work that the state knows under another name, whose manifest is gone: perhaps a job was renamed. */
import type { Facts, Wanted } from '../plan/facts.js';
import type { LightRun, Records } from '../store/records.js';
import type { Everything } from './named.js';

/**
 * By the uuid that would begin: the earlier name. Where not everything could be read, what is not seen counts as gone:
 * then a new job waits, and nothing is lost.
 */
export function renamedJobs(
  { wanted, problems }: Everything,
  fresh: readonly Wanted[],
  records: Pick<Records, 'goneOfWork'>,
  known: readonly LightRun[],
): Facts['renamed'] {
  if (fresh.length === 0) return new Map();
  const gone = records.goneOfWork(fresh.map(({ hash }) => hash));
  const there = new Set([...wanted.map(({ name }) => name), ...problems.flatMap(({ job }) => job ?? [])]);
  const earlier = new Map<string, string>();
  for (const each of [...gone, ...known]) if (!there.has(each.name)) earlier.set(workOf(each), each.name);
  return new Map(
    fresh.flatMap((each) => {
      const name = earlier.get(workOf(each));
      return name === undefined ? [] : [[each.uuid, name]];
    }),
  );
}

/** Another `run:` asks for a run of its own, whatever the name was. */
function workOf({ hash, run }: Pick<Wanted, 'hash' | 'run'>): string {
  return `${hash} ${run}`;
}
