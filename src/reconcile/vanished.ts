/** Which manifests are known to be gone. What cannot be read is not gone. */
import { isEnded, type RunRecord } from '../model/run.js';
import type { Everything } from './named.js';

/** Names of jobs that a manifest asks for, or may ask for; undefined where that cannot be told of any. */
function namesThere({ wanted, problems, complete }: Everything): ReadonlySet<string> | undefined {
  const errors = problems.filter(({ severity }) => severity === 'error');
  // A document without a name may be any of them.
  if (!complete || errors.some(({ job }) => job === undefined)) return undefined;
  return new Set([...wanted.map(({ name }) => name), ...errors.flatMap(({ job }) => job ?? [])]);
}

/** Uuids of the runs that go on, and that no manifest names any more; another `run:` of the job is no deletion. */
export function vanishedRuns(
  everything: Everything,
  live: ReadonlyMap<string, RunRecord>,
): ReadonlySet<string> {
  if (live.size === 0) return new Set();
  const there = namesThere(everything);
  if (there === undefined) return new Set();
  const errors = new Set(
    everything.problems.flatMap(({ severity, file }) => (severity === 'error' ? [file] : [])),
  );
  const gone = [...live.values()].filter(
    ({ run }) => !isEnded(run.phase) && !there.has(run.name) && !errors.has(run.manifestFile),
  );
  return new Set(gone.map(({ run }) => run.uuid));
}
