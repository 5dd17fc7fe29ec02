/**
 * The claim: an attempt's record on the cluster, made before anything else there. It holds all that is needed
 * to rebuild the run when the database is lost, and no secret. The cluster's half reads only its first two lines.
 */
import type { JobSpec } from '../model/job.js';
import { type Attempt, isOwed, type Part } from '../model/run.js';

/** An earlier attempt that a lost cluster may hold still: a state that is rebuilt asks there first thing. */
export type Debt = Pick<Attempt, 'number' | 'cluster' | 'token' | 'hash' | 'createdAt'> &
  Required<Pick<Attempt, 'owedSince'>> &
  Partial<Pick<Attempt, 'jobId' | 'jobDirectory' | 'workingDirectory' | 'tasks'>>;

export interface Claim {
  readonly nonce: string;
  readonly token: string;
  readonly installation: string;
  readonly uuid: string;
  readonly name: string;
  readonly run: string;
  readonly generation: number;
  readonly attempt: number;
  readonly cluster: string;
  readonly hash: string;
  /** Clusters in order of preference, so that recovery knows whom to ask. */
  readonly candidates: readonly string[];
  readonly manifestFile: string;
  /** Empty where the manifest comes from a directory. */
  readonly commit: string;
  readonly author?: string;
  readonly jobDirectory: string;
  readonly workingDirectory: string;
  /** Epoch milliseconds of the machine that made it. */
  readonly createdAt: number;
  /** JSON of {@link withoutSecrets}. */
  readonly specJson: string;
  /** Its files at an address are sent with it. */
  readonly fromHere?: true;
  /** Array indexes that it submits; absent: all of the array, or it is none. */
  readonly tasks?: readonly number[];
  /** Set where the run is about some tasks of its array alone. */
  readonly part?: Part;
  /** The same as the staging modules left it, where there are any. */
  readonly stagedJson?: string;
  /** Absent where there are none: the attempt is no failover. */
  readonly debts?: readonly Debt[];
}

/** What is owed of a run's attempts, as it is kept on the cluster that the run went on to. */
export function debtsOf(attempts: readonly Attempt[]): { readonly debts?: readonly Debt[] } {
  const debts = attempts.filter(isOwed).map((attempt): Debt => {
    const { number, cluster, token, hash, createdAt, owedSince = createdAt } = attempt;
    const { jobId, jobDirectory, workingDirectory, tasks } = attempt;
    const directories =
      jobDirectory === undefined || workingDirectory === undefined ? {} : { jobDirectory, workingDirectory };
    const known = {
      ...(jobId === undefined ? {} : { jobId }),
      ...(tasks === undefined ? {} : { tasks }),
      ...directories,
    };
    return { number, cluster, token, hash, createdAt, owedSince, ...known };
  });
  return debts.length === 0 ? {} : { debts };
}

/** The manifest as it may leave this machine: of the login only the name, which the cluster knows anyway. */
export function withoutSecrets(spec: JobSpec): JobSpec {
  const { username } = spec.login;
  return { ...spec, login: username === undefined ? {} : { username } };
}

/** One value a line; values are single-line by construction (JSON where they could not be). */
export function renderClaim(claim: Claim): string {
  const { nonce, specJson, ...facts } = claim;
  return [
    `sluice-claim 1 ${nonce}`,
    `directory ${claim.jobDirectory}`,
    `facts ${JSON.stringify(facts)}`,
    `manifest ${specJson}`,
    'end',
    '',
  ].join('\n');
}

/** @returns undefined for text that is no whole claim, for instance one cut by a full disk. */
export function parseClaim(lines: readonly string[]): Claim | undefined {
  const nonce = /^sluice-claim 1 (\S+)$/.exec(lines[0] ?? '')?.[1];
  const facts = lines.find((line) => line.startsWith('facts '))?.slice('facts '.length);
  const specJson = lines.find((line) => line.startsWith('manifest '))?.slice('manifest '.length);
  if (nonce === undefined || facts === undefined || specJson === undefined || !lines.includes('end'))
    return undefined;
  try {
    // Our own writing, whole by the `end` line: the shape is what renderClaim wrote.
    return { ...(JSON.parse(facts) as Omit<Claim, 'nonce' | 'specJson'>), nonce, specJson };
  } catch {
    return undefined;
  }
}
