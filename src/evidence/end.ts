/** What the end of one job or task means, in the words that workload managers share. */
import type { EndedTask, Verdict } from './vocabulary.js';

/** Exit codes of the head of our own batch script; in both no code of the user's has run. */
const NOT_OWNER = 121;
const NO_MARK = 122;

const BY_STATE: Readonly<Record<string, Omit<Verdict, 'message'> & { readonly words: string }>> = {
  COMPLETED: { outcome: 'completed', reason: 'Completed', words: 'completed' },
  TIMEOUT: { outcome: 'failed', reason: 'TimeLimit', words: 'reached its time limit' },
  OUT_OF_MEMORY: { outcome: 'failed', reason: 'OutOfMemory', words: 'used more memory than it asked for' },
  NODE_FAIL: { outcome: 'failed', reason: 'NodeFailure', words: 'lost a node' },
  BOOT_FAIL: { outcome: 'failed', reason: 'BootFailure', words: 'its nodes did not boot' },
  PREEMPTED: { outcome: 'failed', reason: 'Preempted', words: 'had to make room for another job' },
  DEADLINE: { outcome: 'failed', reason: 'Deadline', words: 'could not end before its deadline' },
};

/**
 * @param launchFailed whether the manager says that it could not even begin the job's script
 * @returns undefined when the job was not the attempt's owner, so that its end says nothing about the attempt
 */
export function verdictOfEnd(task: EndedTask, launchFailed: boolean): Verdict | undefined {
  const plain = BY_STATE[task.state];
  if (plain)
    return { outcome: plain.outcome, reason: plain.reason, message: `${plain.words} (${task.state})` };
  if (task.state === 'CANCELLED') {
    const by = / by (\S+)/.exec(task.printed)?.[1];
    return {
      outcome: 'cancelled',
      reason: 'CancelledOutside',
      message: by ? `cancelled by user ${by}` : 'cancelled',
    };
  }
  return verdictOfFailure(task, launchFailed);
}

function verdictOfFailure(task: EndedTask, launchFailed: boolean): Verdict | undefined {
  const [code, signal] = task.exitCode.split(':').map(Number);
  // A code that the job's own exit mark confirms is the user's, whatever the number.
  const ofHead = task.mark?.exitCode === code ? undefined : code;
  if (ofHead === NOT_OWNER) return verdictOfNotOwner(task);
  if (ofHead === NO_MARK) {
    return failed(
      'WorkDirNotOnNodes',
      'its directory cannot be written on the compute node: work_dir must be shared',
    );
  }
  if (launchFailed && task.mark === undefined && task.owner.kind !== 'job') {
    return failed(
      'WorkDirNotOnNodes',
      'the compute node could not open its log files: work_dir must be shared with the compute nodes',
    );
  }
  return failed('ExecutionFailed', describeFailure(task, code ?? NaN, signal ?? 0));
}

function verdictOfNotOwner(task: EndedTask): Verdict | undefined {
  switch (task.owner.kind) {
    case 'fence':
      return {
        outcome: 'cancelled',
        reason: 'CancelledOutside',
        message: 'fenced before it began; nothing of it ran',
      };
    case 'job': // itself: the judged job is the owner; nobody granted that the user's code begins once more
      return failed(
        'CancelledOutside',
        'it was stopped and started again, which was not allowed; nothing ran the second time',
      );
    default:
      return undefined;
  }
}

function describeFailure(task: EndedTask, code: number, signal: number): string {
  // An earlier life of a requeued job may have left the mark.
  const ofThisEnd = code === 0 || task.mark?.exitCode === code;
  const item = ofThisEnd ? (task.mark?.item ?? 0) : 0;
  const where = item > 0 ? ` in item ${item} of execution` : item < 0 ? ' in setup' : '';
  if (signal > 0) return `ended by signal ${signal}${where}`;
  if (!Number.isInteger(code)) return `failed${where} (${task.state})`;
  const term = code === 143 ? ' (TERM: its time limit, or somebody cancelled it)' : '';
  return `exit code ${code}${where}${term}`;
}

function failed(reason: Verdict['reason'], message: string): Verdict {
  return { outcome: 'failed', reason, message };
}
