/** What a mail says of a phase and of a reason. A reason that stands here is worded as soon as anything gives it. */
import { isEnded, type Phase, type Reason, type Run } from '../model/run.js';

/** `@` is where the cluster is named, once there is one. */
const PHASE_WORDS: Readonly<Record<Phase, string>> = {
  Pending: 'waits to be sent',
  Staging: 'is on its way to its cluster',
  Preparing: 'is being prepared@',
  Queued: 'waits in the queue@',
  Running: 'runs@',
  Postprocessing: 'has run@ and is being postprocessed',
  Fetching: 'has ended@, and its results are being fetched',
  Succeeded: 'has succeeded@',
  Failed: 'has failed@',
  Cancelled: 'was cancelled@',
  Suspended: 'is suspended',
  Blocked: 'waits for your decision',
};

/** What went wrong, where something did. The message beside it has the command and its words. */
const REASON_WORDS: Partial<Readonly<Record<Reason, string>>> = {
  ClusterUnreachable: 'the cluster cannot be reached',
  LoginNeeded: 'the cluster refuses the login',
  HostKeyRefused: 'the host key of the cluster is unknown, or has changed',
  ControllerUnavailable: 'the workload manager does not answer, so the state of the job is not known',
  NoCluster: 'no cluster takes it',
  Refused: 'the workload manager refused the job',
  HopelessRequest: 'the job would never start there',
  StagingFailed: 'its files could not be sent',
  CloneFailed: 'its repository could not be cloned',
  DownloadFailed: 'its job could not be downloaded',
  UnpackFailed: 'its files could not be unpacked',
  StepFailed: 'a command of its requirements or compilation failed',
  PreprocessingFailed: 'a preprocessing module failed',
  PostprocessingFailed: 'a postprocessing module failed',
  ModuleFailed: 'a module failed',
  ExecutionFailed: 'a command of its execution failed',
  TimeLimit: 'it reached its time limit',
  OutOfMemory: 'it used more memory than it asked for',
  NodeFailure: 'it lost a node',
  BootFailure: 'its nodes did not boot',
  Preempted: 'it had to make room for another job',
  Deadline: 'it could not end before its deadline',
  Superseded: 'the run went on at another cluster',
  CancelledByUser: 'somebody asked Sluice for its end',
  Replaced: 'its manifest was edited, and another generation takes its place',
  ManifestDeleted: 'its manifest was deleted',
  CancelledOutside: 'it was cancelled on the cluster',
  OutputsNotWritable: 'its results find no place in the outputs folder',
  NoRoomHere: 'its results find no room in the outputs folder',
  OutputMissing: 'it left no such output',
  ResultsGone: 'its results were removed on the cluster before they were fetched',
  WorkDirNotOnNodes: 'its directory cannot be used on the compute nodes',
  SubmissionUnknown: 'whether it was submitted is not known',
  OutcomeUnknown: 'how it ended is not known',
  DependencyFailed: 'a job that it depends on did not end as it should',
  ManifestInvalid: 'its manifest is not valid',
  NotSupportedYet: 'it asks for what this version does not do yet',
};

/** Where the cluster does not answer, a phase is what was so when it last did. */
const UNHEARD: readonly Reason[] = [
  'ClusterUnreachable',
  'ControllerUnavailable',
  'LoginNeeded',
  'HostKeyRefused',
];

export function phaseWords(
  { phase, reason }: Pick<Run, 'phase' | 'reason'>,
  cluster: string | undefined,
): string {
  const words = PHASE_WORDS[phase].replace('@', () => (cluster === undefined ? '' : ` on ${cluster}`));
  const isHearsay = UNHEARD.includes(reason) && PHASE_WORDS[phase].includes('@') && !isEnded(phase);
  return isHearsay ? `${words}, as far as is known` : words;
}

export function reasonWords(reason: Reason): string | undefined {
  return REASON_WORDS[reason];
}

/** What helps before it runs again, where the reason tells. */
const MENDING: Partial<Readonly<Record<Reason, string>>> = {
  TimeLimit: 'give it a longer duration in its resources',
  OutOfMemory: 'give it more memory_per_thread in its resources',
  HopelessRequest: 'ask for what its cluster has, or name other clusters in alternates',
  Preempted: 'let Slurm queue it again (requeue: true in sbatch_options), or take another partition',
};

/** What to type next. */
export function adviceFor(run: Pick<Run, 'name' | 'phase' | 'reason'>, cluster: string | undefined): string {
  const { name, phase, reason } = run;
  const mending = phase === 'Failed' ? MENDING[reason] : undefined;
  if (mending !== undefined)
    return `${mending}, then: sluice rerun ${name}; what happened: sluice describe ${name}`;
  if (phase === 'Failed') {
    return `see "sluice logs ${name}" and "sluice describe ${name}"; when it is mended: sluice rerun ${name}`;
  }
  if (phase === 'Succeeded') return `another copy of the results: sluice retrieve ${name} --to DIR`;
  if (phase === 'Cancelled') return `to run it after all: sluice rerun ${name}`;
  if (phase === 'Suspended' && reason === 'SuspendedByUser') return `to let it go: sluice resume ${name}`;
  if (phase === 'Suspended') return 'to let it go, take suspend: out of its manifest';
  if (phase === 'Blocked') return `see "sluice describe ${name}"; to give it up: sluice cancel ${name}`;
  if (reason === 'LoginNeeded' || reason === 'HostKeyRefused')
    return `it goes on by itself once the login works: sluice clusters check ${cluster ?? ''}`.trimEnd();
  if (reason === 'ClusterUnreachable' || reason === 'ControllerUnavailable')
    return `nothing has to be done, it is asked again: sluice describe ${name}`;
  return phase === 'Running'
    ? `its output so far: sluice logs ${name}`
    : `why it stands so: sluice describe ${name}`;
}
