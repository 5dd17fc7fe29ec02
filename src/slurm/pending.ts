/**
 * What is to be expected of a job by the reason for which it is pending.
 * Source: https://slurm.schedmd.com/job_reason_codes.html, and trials on Slurm 22.05.
 *
 * The rule: a reason is hopeless when the request itself breaks a limit of one job, or names what does not exist or is
 * closed to this user. Limits that other jobs fill (Grp…, …PerUser, …PerAccount, JobsLimit) clear as those end, so they
 * are a wait, and the word does not tell whether this job exceeds the limit alone. So are holds: a person set them on
 * purpose, and a person lifts them. A partition that is down or inactive is closed: somebody closed it, for an hour or for
 * good. PartitionConfig was seen of a request that the partition can never meet, and is said of some that it cannot now.
 */
import type { Prospect } from '../evidence/vocabulary.js';

const HOPELESS = new Set([
  'AccountNotAllowed',
  'BadConstraints',
  'DeadLine',
  'DependencyNeverSatisfied',
  'InvalidAccount',
  'InvalidQOS',
  'JobHoldMaxRequeue',
  'MaxMemPerLimit',
  'PartitionMaxNodes',
  'PartitionMinNodes',
  'PartitionNodeLimit',
  'PartitionTimeLimit',
  'QOSNotAllowed',
  'QOSTimeLimit',
  'AssociationTimeLimit',
  'ReservationDeleted',
]);
/** `AssocMaxCpuPerJobLimit`, `QOSMaxGRESPerNode`, `AssocMaxWallDurationPerJobLimit`, `QOSMinCpuNotSatisfied`. */
const LIMIT_OF_ONE_JOB = /^(Assoc|QOS)Max\w*Per(Job|Node)(Limit)?$|^QOSMin\w+$/;

const CLOSED = new Set(['PartitionDown', 'PartitionInactive', 'PartitionConfig']);
/** `AssocGrpCpuLimit`, `QOSMaxCpuPerUserLimit`, `MaxCpuPerAccount`, `AssocMaxJobsLimit`. */
const LIMIT_OF_MANY =
  /^((Assoc|QOS)Grp\w+|\w*Max\w*Per(User|Account)(Limit)?|\w*JobsLimit|Association\w*Limit|QOS\w*Limit)$/;

const WORDS: Readonly<Record<string, string>> = {
  JobHeldUser: 'it is held by its user; to let it go, there: scontrol release JOBID',
  JobHeldAdmin: 'it is held by the administrators of the cluster: ask them',
  PartitionDown: 'its partition starts no jobs until somebody opens it again',
  PartitionInactive: 'its partition starts no jobs until somebody opens it again',
  PartitionConfig: 'its partition does not have what it asks for',
  ReqNodeNotAvail: 'nodes that it needs are down, drained or reserved',
};

/** @param reason as squeue's `%r` prints it; words may follow the first: `ReqNodeNotAvail, UnavailableNodes:n1` */
export function prospectOf(reason: string): Prospect {
  const word = /^[A-Za-z]+/.exec(reason.trim())?.[0] ?? '';
  if (HOPELESS.has(word) || LIMIT_OF_ONE_JOB.test(word)) return { kind: 'never' };
  const words = WORDS[word] ?? (LIMIT_OF_MANY.test(word) ? SHARED_LIMIT : undefined);
  return { kind: CLOSED.has(word) ? 'closed' : 'waits', ...(words === undefined ? {} : { words }) };
}

const SHARED_LIMIT = 'a limit that other jobs fill, or that it exceeds alone';
