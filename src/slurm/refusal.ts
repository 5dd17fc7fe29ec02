/**
 * What sbatch's words mean. Sources: slurm_errno.c of 22.05 (the strings), and the trackers of other submitters
 * (socket timed out and the job exists: nextflow #970, aiida-core #3404, toil #5459).
 */
import type { Refusal } from '../ports.js';

/**
 * The exchange with the controller broke off, so the job may exist: this is no refusal. The attempt stands as
 * submitted with an unknown answer, until the queue shows its token or the fence holds it. The wrapper has the same words.
 */
export const UNANSWERED = new RegExp(
  [
    'timed out|zero bytes were transmitted|message (receive|send) failure',
    'unable to contact slurm controller \\((send|receive|shutdown) failure\\)',
    'communication (shutdown|connection) failure|connection reset|broken pipe|transport endpoint',
    'insane message length|unexpected message received|header lengths are longer',
    'unspecified error|slurm_persist|send/recv',
  ].join('|'),
  'i',
);

/** Too much in the queue just now, the user's or everybody's: wait. */
const QUEUE_FULL =
  /\b(?:QOS|Assoc)\w*(?:Submit)?Jobs?\w*Limit\b|MaxSubmitJobs?\w*|Job submit limit exceeded|MaxJobCount|Slurm temporarily unable to accept job|Unable to create job record, try again|Resource temporarily unavailable/i;

/** A limit of one job: the same request is refused for ever. Looked for before the word that covers both. */
const LIMIT_OF_ONE_JOB =
  /\b(?:QOS|Assoc)Max\w*(?:PerJob|PerNode|WallDuration)\w*|\bQOSMin\w+|MaxMemPerLimit|PartitionTimeLimit|PartitionNodeLimit|Requested time limit is invalid/i;
const POLICY = /Job violates accounting\/QOS policy/i;

/** The controller is there and busy, or is not there; nothing was accepted. */
const BUSY =
  /Unable to contact slurm controller|Connection refused|in standby mode|Rate limit exceeded|Munge (?:encode|decode) failed|(?:Protocol|Invalid) authentication|authentication (?:error|credential)|try again later|Could not establish a configuration source|failed to fetch config|Slurm is busy|controller is (?:in maintenance|shutting down)|scheduling is disabled|Job credential expired|currently disabled|not accepting/i;

/** Killed by a signal before it answered. The wrapper has the same number. */
export const KILLED_FROM = 128;

export function readRefusal(exitCode: number, text: string): Refusal {
  const words = ownWords(text);
  const said = words === '' ? `sbatch ended with code ${exitCode} and said nothing` : `sbatch: ${words}`;
  if (exitCode === 127 || exitCode === 126) {
    return permanent(
      `${said}; no sbatch there: set login_shell: true for this cluster if its PATH comes from the profile`,
    );
  }
  if (exitCode >= KILLED_FROM || UNANSWERED.test(text)) {
    return {
      transient: true,
      reason: 'SubmissionUnknown',
      message: `${said}; whether the job exists must be looked up`,
    };
  }
  if (LIMIT_OF_ONE_JOB.test(text)) return permanent(said);
  if (QUEUE_FULL.test(text) || POLICY.test(text))
    return { transient: true, reason: 'QueueLimit', message: said };
  if (BUSY.test(text)) return { transient: true, reason: 'ControllerUnavailable', message: said };
  return permanent(said);
}

function permanent(message: string): Refusal {
  return { transient: false, reason: 'Refused', message };
}

/** Without `sbatch: error:` before each line, and without what only says that it failed. */
function ownWords(text: string): string {
  const lines = text
    .split('\n')
    .map((line) =>
      line
        .trim()
        .replace(/^sbatch: (?:error: |fatal: )?/, '')
        .replace(/^Batch job submission failed: /, ''),
    )
    .filter((line) => line !== '' && !line.startsWith('Try "sbatch --help"'));
  return [...new Set(lines)].slice(-3).join('; ');
}
