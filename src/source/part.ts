/** What one source wants, before its jobs are held against those of the others. */
import { checkCollection } from '../manifest/collection.js';
import type { JobSpec, Place, Problem } from '../model/job.js';
import type { Wanted } from '../plan/facts.js';
import type { Commit } from '../ports.js';
import type { Store } from '../store/store.js';

/** One job of a source: what is wanted, with what its rules look at. */
export interface PartJob extends Wanted {
  /** As it is shown: of a Git source not a path on this machine. */
  readonly place: Place;
  readonly previously?: string;
  readonly dependsOn: JobSpec['dependsOn'];
  /** Absolute paths that its work depends on, where the source was asked for them. */
  readonly sends?: readonly string[];
}

/** Where a run came from. */
export interface RunOrigin {
  readonly manifestFile: string;
  readonly name?: string;
}

/** Of a source with a commit: whether it is the one to ask of a run, and whether its commit comes after another one, or is it. */
export interface History {
  readonly owns: (run: RunOrigin) => boolean;
  readonly includes: (commit: string) => boolean;
}

export interface Part {
  readonly jobs: readonly PartJob[];
  /** Names of jobs that have an error, as far as they can be told. */
  readonly invalid: readonly string[];
  readonly problems: readonly Problem[];
  /** False when the source itself could not be read. */
  readonly complete: boolean;
  readonly parsed: number;
  readonly remember: () => void;
  /** That all of it was read at; of a directory each job has its own, or none. */
  readonly commit?: Commit;
  readonly history?: History;
  /** Settles when what was still on its way has come, or failed; never rejects. */
  readonly late?: Promise<void>;
}

export interface Desired {
  readonly wanted: readonly Wanted[];
  readonly problems: readonly Problem[];
  /** False when a source itself could not be read: then nothing may be taken as deleted. */
  readonly complete: boolean;
  /** Files that had to be parsed: what a test counts. */
  readonly parsed: number;
  /** Whether a manifest is read now from an earlier commit than a run's, or from one beside it. */
  readonly isStale: (of: RunOrigin & { readonly commit?: string }) => boolean;
  /** Keeps what was read for the next pass; needs the lease. */
  readonly remember: () => void;
  /** A source was not waited for any longer: another reading has more when this settles. Never rejects. */
  readonly late?: Promise<void>;
}

/** The sources side by side: names are unique among all of them, and depend on each other. */
export function together(parts: readonly Part[], store: Store): Desired {
  const jobs = parts.length === 1 && parts[0] ? jobsOf(parts[0]) : parts.flatMap(jobsOf);
  const { accepted, problems } = checkCollection(jobs, {
    fileOf: (name) => store.runs.byName(name)?.manifestFile,
    invalid: parts.flatMap((part) => part.invalid),
  });
  const late = parts.flatMap((part) => part.late ?? []);
  return {
    wanted: accepted,
    problems: [...parts.flatMap((part) => part.problems), ...problems],
    complete: parts.every((part) => part.complete),
    parsed: parts.reduce((sum, part) => sum + part.parsed, 0),
    isStale: (run) => {
      const { commit } = run;
      if (commit === undefined) return false;
      // Several refs of one repository may be read side by side.
      const histories = parts.flatMap(({ history }) => (history?.owns(run) ? [history] : []));
      return histories.length > 0 && !histories.some((each) => each.includes(commit));
    },
    remember: () => {
      for (const part of parts) part.remember();
    },
    ...(late.length === 0 ? {} : { late: Promise.all(late).then(() => undefined) }),
  };
}

/** A source that could not be read at all. */
export function unreadPart(file: string, message: string): Part {
  const problems: readonly Problem[] = [{ severity: 'error', file, message }];
  return { jobs: [], invalid: [], problems, complete: false, parsed: 0, remember: () => undefined };
}

function jobsOf({ jobs, commit }: Part): readonly PartJob[] {
  return commit === undefined ? jobs : jobs.map((job) => ({ ...job, commit }));
}
