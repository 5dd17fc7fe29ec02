/**
 * Which reasons for pending can never clear by themselves.
 * Source: https://slurm.schedmd.com/job_reason_codes.html, and trials on Slurm 22.05.
 *
 * The rule: a reason is hopeless when the request itself breaks a limit of one job, names what does not exist or is
 * closed to this user, or asks for a partition that takes no jobs. Limits that other jobs fill (Grp…, …PerUser,
 * …PerAccount, JobsLimit) clear as those end, so they are a wait. So are holds: a person set them on purpose, and a
 * person lifts them.
 */
const HOPELESS = new Set([
  'AccountNotAllowed',
  'BadConstraints',
  'DeadLine',
  'DependencyNeverSatisfied',
  'InvalidAccount',
  'InvalidQOS',
  'JobHoldMaxRequeue',
  'MaxMemPerLimit',
  'PartitionDown',
  'PartitionInactive',
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

/** @param reason as squeue's `%r` prints it; words may follow the first: `ReqNodeNotAvail, UnavailableNodes:n1` */
export function isHopelessReason(reason: string): boolean {
  const word = /^[A-Za-z]+/.exec(reason.trim())?.[0] ?? '';
  return HOPELESS.has(word) || LIMIT_OF_ONE_JOB.test(word);
}
