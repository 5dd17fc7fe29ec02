/** Which manifests are known to be gone. What cannot be read is not gone. */
import { isEnded, type RunRecord } from '../model/run.js';
import type { Facts, Wanted } from '../plan/facts.js';
import type { LightRun } from '../store/records.js';
import type { Presence } from './generations.js';
import type { Everything } from './named.js';

/** Names of jobs that a manifest asks for, or may ask for; undefined where that cannot be told of any. */
function namesThere({ wanted, problems, complete }: Everything): ReadonlySet<string> | undefined {
  const errors = problems.filter(({ severity }) => severity === 'error');
  // A document without a name may be any of them.
  if (!complete || errors.some(({ job }) => job === undefined)) return undefined;
  return new Set([...wanted.map(({ name }) => name), ...errors.flatMap(({ job }) => job ?? [])]);
}

/** A manifest with an error may be what its name says, or may not. */
export function presenceIn(everything: Everything): (name: string) => Presence {
  let wanted: ReadonlySet<string> | undefined;
  let there: ReadonlySet<string> | undefined;
  return (name) => {
    wanted ??= new Set(everything.wanted.map((each) => each.name));
    if (wanted.has(name)) return 'there';
    there ??= namesThere(everything);
    return there === undefined || there.has(name) ? 'unclear' : 'gone';
  };
}

type Vanished = Pick<Facts, 'vanished' | 'leaving'>;
export const NOTHING_VANISHED: Vanished = { vanished: new Set(), leaving: new Map() };

/**
 * Runs that no manifest names any more; another `run:` of the job is no deletion, nor is another name for it.
 * @param meant the manifests, each with the run that it means
 */
export function vanishedRuns(
  everything: Everything,
  meant: readonly Wanted[],
  state: {
    readonly live: ReadonlyMap<string, RunRecord>;
    /** Runs whose manifests are not known to be gone. */
    readonly there: readonly LightRun[];
  },
): Vanished {
  const there = namesThere(everything);
  if (there === undefined) return NOTHING_VANISHED;
  const renamed = new Set(meant.flatMap(({ previously }) => previously ?? []));
  const isGone = ({ name }: { readonly name: string }): boolean => !there.has(name) && !renamed.has(name);
  const errors = new Set(
    everything.problems.flatMap(({ severity, file }) => (severity === 'error' ? [file] : [])),
  );
  const vanished = [...state.live.values()].filter(
    ({ run }) => !isEnded(run.phase) && isGone(run) && !errors.has(run.manifestFile),
  );
  const leaving = state.there.filter(isGone);
  return {
    vanished: new Set(vanished.map(({ run }) => run.uuid)),
    leaving: new Map(leaving.map(({ uuid, name, run }) => [uuid, { name, run }])),
  };
}
