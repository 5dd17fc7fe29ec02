import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ClaimFacts, ExitMark, JobEvidence, OwnerMark } from '../../src/model/observation.js';
import { allTasks } from '../../src/model/tasks.js';
import type { RawAnswer } from '../../src/ports.js';
import { slurm } from '../../src/slurm/manager.js';
import { accountingLine, answer, queueLine, SUBMITTED, TOKEN } from './rows.js';

interface Case {
  readonly queue?: readonly string[] | RawAnswer;
  readonly accounting?: readonly string[] | RawAnswer;
  readonly owner?: OwnerMark;
  readonly exits?: readonly Partial<ExitMark>[];
  readonly claim?: 'none';
  /** Size of an array that was submitted whole; or its indexes. */
  readonly tasks?: number;
  readonly indexes?: readonly number[];
  readonly createdAt?: number;
  readonly offset?: number;
}

const SILENT = answer([], 1, ['slurm_load_jobs error: Unable to contact slurm controller (connect failure)']);
const SILENT_DB = answer([], 1, ['sacct: error: Problem talking to the database: Connection refused']);
const NONE = answer([], 'none');
const OWNER: OwnerMark = { kind: 'job', jobId: '7', restart: 0 };
const TWIN: OwnerMark = { kind: 'job', jobId: '6', restart: 0 };
const FENCE: OwnerMark = { kind: 'fence' };
const NOBODY: OwnerMark = { kind: 'none' };
const UNREADABLE: OwnerMark = { kind: 'unreadable' };

function judge(given: Case): JobEvidence {
  const raw = (lines: readonly string[] | RawAnswer | undefined): RawAnswer =>
    lines === undefined ? answer([]) : 'lines' in lines ? lines : answer(lines);
  const exits = (given.exits ?? []).map((mark) => ({
    ...{ task: 0, exitCode: 0, item: 0, endedAtEpochSeconds: SUBMITTED + 60, jobId: '7', restart: 0 },
    ...mark,
  }));
  const claim: ClaimFacts = {
    token: TOKEN,
    nonce: 'n',
    placed: true,
    steps: { kind: 'none' },
    after: { kind: 'none' },
    ticket: { kind: 'made', maker: 'dead', ageSeconds: 100 },
    owner: given.owner ?? OWNER,
    exits,
  };
  return slurm.judge(
    {
      token: TOKEN,
      jobId: '7',
      tasks: given.indexes ?? (given.tasks === undefined ? [0] : allTasks(given.tasks)),
      createdAt: given.createdAt ?? (SUBMITTED - 3) * 1000,
    },
    {
      claim: given.claim === 'none' ? undefined : claim,
      queue: slurm.parseQueue(raw(given.queue)),
      accounting: slurm.parseAccounting(raw(given.accounting)),
      clockOffsetSeconds: given.offset ?? 0,
    },
  );
}

/** What is seen → kind, or outcome and reason when it has ended. */
const TABLE: readonly (readonly [string, Case, string])[] = [
  // live
  ['pending', { queue: [queueLine('7', 'PENDING')], owner: NOBODY }, 'waiting'],
  ['configuring', { queue: [queueLine('7', 'CONFIGURING')] }, 'waiting'],
  ['running', { queue: [queueLine('7', 'RUNNING')] }, 'running'],
  ['completing is not an end', { queue: [queueLine('7', 'COMPLETING')], accounting: [accountingLine('7', 'COMPLETED')], exits: [{}] }, 'running'],
  ['requeued after preemption', { queue: [queueLine('7', 'PENDING')], accounting: [accountingLine('7', 'PREEMPTED')], exits: [{ exitCode: 143 }] }, 'waiting'],
  ['requeued, held', { queue: [queueLine('7', 'REQUEUE_HOLD')], accounting: [accountingLine('7', 'NODE_FAIL')] }, 'waiting'],
  ['a word nobody knows, in the queue', { queue: [queueLine('7', 'HIBERNATING')], accounting: [accountingLine('7', 'FAILED')] }, 'running'],
  ['controller silent, accounting running', { queue: SILENT, accounting: [accountingLine('7', 'RUNNING')] }, 'running'],
  // ended, by each witness
  ['accounting completed', { accounting: [accountingLine('7', 'COMPLETED')] }, 'completed Completed'],
  ['accounting before the controller', { queue: [queueLine('7', 'FAILED')], accounting: [accountingLine('7', 'TIMEOUT')] }, 'failed TimeLimit'],
  ['the controller alone', { queue: [queueLine('7', 'COMPLETED')], accounting: NONE }, 'completed Completed'],
  ['the controller, accounting down', { queue: [queueLine('7', 'COMPLETED')], accounting: SILENT_DB }, 'completed Completed'],
  ['accounting, the controller down', { queue: SILENT, accounting: [accountingLine('7', 'COMPLETED')] }, 'completed Completed'],
  ['the exit mark alone: 0', { accounting: NONE, exits: [{}] }, 'completed Completed'],
  ['the exit mark alone: 3', { accounting: NONE, exits: [{ exitCode: 3, item: 2 }] }, 'failed ExecutionFailed'],
  ['the exit mark alone: TERM', { accounting: NONE, exits: [{ exitCode: 143, item: 1 }] }, 'failed ExecutionFailed'],
  ['the exit mark where accounting lags', { accounting: [accountingLine('7', 'RUNNING')], exits: [{}] }, 'completed Completed'],
  // what ends mean
  ['failed', { accounting: [accountingLine('7', 'FAILED', { exitCode: '3:0' })] }, 'failed ExecutionFailed'],
  ['out of memory', { accounting: [accountingLine('7', 'OUT_OF_ME+', { exitCode: '0:125' })] }, 'failed OutOfMemory'],
  ['node lost', { accounting: [accountingLine('7', 'NODE_FAIL')] }, 'failed NodeFailure'],
  ['boot', { accounting: [accountingLine('7', 'BOOT_FAIL')] }, 'failed BootFailure'],
  ['preempted', { accounting: [accountingLine('7', 'PREEMPTED')] }, 'failed Preempted'],
  ['deadline', { accounting: [accountingLine('7', 'DEADLINE')] }, 'failed Deadline'],
  ['cancelled', { accounting: [accountingLine('7', 'CANCELLED by 1001')] }, 'cancelled CancelledOutside'],
  ['cancelled while pending, no accounting', { queue: [queueLine('7', 'CANCELLED')], accounting: NONE, owner: NOBODY }, 'cancelled CancelledOutside'],
  ['output not openable, by accounting', { accounting: [accountingLine('7', 'FAILED', { exitCode: '0:53' })], owner: NOBODY }, 'failed WorkDirNotOnNodes'],
  ['output not openable, by the queue', { queue: [queueLine('7', 'FAILED', { reason: 'JobLaunchFailure' })], accounting: NONE, owner: NOBODY }, 'failed WorkDirNotOnNodes'],
  ['mark not writable', { accounting: [accountingLine('7', 'FAILED', { exitCode: '122:0' })], owner: NOBODY }, 'failed WorkDirNotOnNodes'],
  ["the user's own 122", { accounting: [accountingLine('7', 'FAILED', { exitCode: '122:0' })], exits: [{ exitCode: 122, item: 1 }] }, 'failed ExecutionFailed'],
  ["the user's own 121", { accounting: [accountingLine('7', 'FAILED', { exitCode: '121:0' })], exits: [{ exitCode: 121, item: 1 }] }, 'failed ExecutionFailed'],
  ['fenced before it began', { accounting: [accountingLine('7', 'FAILED', { exitCode: '121:0' })], owner: FENCE }, 'cancelled CancelledOutside'],
  ['requeued though not allowed', { accounting: [accountingLine('7', 'FAILED', { exitCode: '121:0' })], exits: [{ exitCode: 143, item: 1 }] }, 'failed CancelledOutside'],
  ['121 of a job whose owner mark cannot be read', { accounting: [accountingLine('7', 'FAILED', { exitCode: '121:0' })], owner: UNREADABLE }, 'gone'],
  // twins
  ["a twin's COMPLETED proves nothing", { accounting: [accountingLine('7', 'COMPLETED')], owner: TWIN }, 'gone'],
  ['the owner is judged instead', { queue: [queueLine('6', 'RUNNING'), queueLine('7', 'FAILED')], owner: TWIN }, 'running'],
  ["an owner's exit mark of another job is not this one's", { accounting: NONE, exits: [{ jobId: '9' }] }, 'gone'],
  // not ours
  ['a reused id', { accounting: [accountingLine('7', 'COMPLETED', { name: 'other' })] }, 'gone'],
  ['a reused id in the queue', { queue: [queueLine('7', 'COMPLETED', { name: 'other' })], accounting: NONE }, 'gone'],
  ['submitted days before the attempt', { accounting: [accountingLine('7', 'COMPLETED', { submit: SUBMITTED - 200_000 })] }, 'gone'],
  ['submitted before it by a clock that was set since', { accounting: [accountingLine('7', 'COMPLETED', { submit: SUBMITTED - 1000 })] }, 'completed Completed'],
  ['the clock there is behind, and that is known', { createdAt: (SUBMITTED + 3600) * 1000, offset: -3600, accounting: [accountingLine('7', 'COMPLETED')] }, 'completed Completed'],
  ['the clock there is a little behind', { createdAt: (SUBMITTED + 100) * 1000, accounting: [accountingLine('7', 'COMPLETED')] }, 'completed Completed'],
  // absence and silence
  ['nothing anywhere', {}, 'gone'],
  ['nothing, no accounting', { accounting: NONE }, 'gone'],
  ['nothing, accounting down', { accounting: SILENT_DB }, 'silent'],
  ['nothing, controller down', { queue: SILENT }, 'silent'],
  ['an exit mark, controller down', { queue: SILENT, accounting: NONE, exits: [{}] }, 'silent'],
  ['preempted, controller down: it may stand in the queue again', { queue: SILENT, accounting: [accountingLine('7', 'PREEMPTED')] }, 'silent'],
  ['no claim to be seen', { claim: 'none' }, 'gone'],
  ['no claim, accounting knows', { claim: 'none', accounting: [accountingLine('7', 'COMPLETED')] }, 'completed Completed'],
  // arrays
  ['array pending', { tasks: 3, queue: [queueLine('7_[1-3]', 'PENDING')] }, 'waiting'],
  ['array pending, list cut short', { tasks: 3, queue: [queueLine('7_[1,2,...]', 'PENDING')] }, 'waiting'],
  ['array, one runs', { tasks: 3, queue: [queueLine('7_[2-3]', 'PENDING'), queueLine('7_1', 'RUNNING')] }, 'running'],
  ['array, one ended, others pend', { tasks: 3, queue: [queueLine('7_[2-3]', 'PENDING'), queueLine('7_1', 'COMPLETED')] }, 'running'],
  ['array, one not yet told', { tasks: 3, accounting: [accountingLine('7_1', 'COMPLETED'), accountingLine('7_3', 'COMPLETED')] }, 'gone'],
  ['array, each by another witness', { tasks: 3, queue: [queueLine('7_1', 'COMPLETED')], accounting: [accountingLine('7_2', 'COMPLETED')], exits: [{ task: 3 }] }, 'completed Completed'],
  ['array, one failed', { tasks: 2, accounting: [accountingLine('7_1', 'COMPLETED'), accountingLine('7_2', 'TIMEOUT')] }, 'failed TimeLimit'],
  ['array, cancelled and failed', { tasks: 2, accounting: [accountingLine('7_1', 'CANCELLED'), accountingLine('7_2', 'FAILED')] }, 'failed ExecutionFailed'],
  ['some tasks of an array pend, as one row', { indexes: [2, 4], queue: [queueLine('7_[2,4]', 'PENDING')] }, 'waiting'],
  ['some tasks of an array, one not yet told', { indexes: [2, 4], queue: [queueLine('7_4', 'COMPLETED')] }, 'gone'],
  ['some tasks of an array, each by another witness', { indexes: [2, 4, 9], queue: [queueLine('7_2', 'COMPLETED')], accounting: [accountingLine('7_4', 'COMPLETED')], exits: [{ task: 9 }] }, 'completed Completed'],
  ['some tasks of an array, others are none of its', { indexes: [2], queue: [queueLine('7_1', 'FAILED'), queueLine('7_2', 'COMPLETED')] }, 'completed Completed'],
  ['array, cancelled while pending', { tasks: 3, accounting: [accountingLine('7_[1-3]', 'CANCELLED by 0')] }, 'cancelled CancelledOutside'],
]; // prettier-ignore

describe('judge', () => {
  it.each(TABLE)('%s', (_, given, expected) => {
    const evidence = judge(given);
    expect(evidence.verdict ? `${evidence.verdict.outcome} ${evidence.verdict.reason}` : evidence.kind).toBe(
      expected,
    );
    expect(evidence.kind === 'ended').toBe(evidence.verdict !== undefined);
    expect(evidence.taskStates).toHaveLength(given.indexes?.length ?? given.tasks ?? 1);
  });

  it('names item and code', () => {
    const accounting = [accountingLine('7', 'FAILED', { exitCode: '3:0' })];
    expect(judge({ accounting, exits: [{ exitCode: 3, item: 2 }] }).verdict?.message).toBe(
      'exit code 3 in item 2 of execution',
    );
    expect(judge({ accounting, exits: [{ exitCode: 3, item: -1 }] }).verdict?.message).toBe(
      'exit code 3 in setup',
    );
    expect(judge({ accounting: [accountingLine('7', 'FAILED', { exitCode: '0:9' })] }).verdict?.message).toBe(
      'ended by signal 9',
    );
    expect(judge({ accounting: [accountingLine('7', 'CANCELLED by 1001')] }).verdict?.message).toBe(
      'cancelled by user 1001',
    );
  });

  it('says which tasks failed, and counts the rest', () => {
    const accounting = Array.from({ length: 9 }, (_, i) =>
      accountingLine(`7_${i + 1}`, i < 2 ? 'COMPLETED' : 'FAILED', { exitCode: '1:0' }),
    );
    const message = judge({ tasks: 9, accounting }).verdict?.message ?? '';
    expect(message).toContain('7 of 9 tasks did not complete: task 3: exit code 1; task 4:');
    expect(message).toContain('and 2 more');
  });

  it('tells why it waits, and whether that can clear', () => {
    const pending = (...reasons: string[]): unknown =>
      judge({
        tasks: reasons.length,
        queue: reasons.map((reason, i) => queueLine(`7_${i + 1}`, 'PENDING', { reason })),
      }).pending;
    expect(pending('Priority')).toEqual({ reason: 'Priority', hopeless: false });
    expect(pending('PartitionTimeLimit')).toEqual({ reason: 'PartitionTimeLimit', hopeless: true });
    expect(pending('PartitionTimeLimit', 'Priority')).toEqual({
      reason: 'PartitionTimeLimit',
      hopeless: false,
    });
    expect(pending('PartitionDown', 'PartitionTimeLimit')).toMatchObject({ hopeless: false, closed: true });
    expect(pending('PartitionDown', 'Priority')).not.toHaveProperty('closed');
    expect(pending('JobHeldAdmin')).toMatchObject({ hopeless: false, words: expect.any(String) });
    expect(pending('None')).toBeUndefined();
  });

  it('keeps unknown words', () => {
    expect(judge({ queue: [queueLine('7', 'HIBERNATING')] })).toMatchObject({
      unknownWords: ['HIBERNATING'],
      taskStates: ['HIBERNATING'],
    });
  });

  it('job_status has one entry per task in each field', () => {
    const { jobStatus, taskStates } = judge({
      tasks: 3,
      queue: [queueLine('7_[2-3]', 'PENDING', { reason: 'Resources' })],
      accounting: [accountingLine('7_1', 'FAILED', { exitCode: '4:0' })],
    });
    expect(taskStates).toEqual(['FAILED', 'PENDING', 'PENDING']);
    expect(jobStatus).toEqual({
      JobID: ['7_1', '7_2', '7_3'],
      State: ['FAILED', 'PENDING', 'PENDING'],
      ExitCode: ['4:0', '', ''],
      Elapsed: ['00:01:00', '', ''],
      NodeList: ['n[1-2]', '', ''],
      NNodes: ['2', '', ''],
      NCPUS: ['4', '', ''],
      CPUTime: ['00:04:00', '', ''],
      ReqTRES: ['cpu=4,mem=800M,node=2', '', ''],
      AllocTRES: ['cpu=4,mem=800M,node=2', '', ''],
      WorkDir: ['/scratch/alice/w', '', ''],
      Reason: ['', 'Resources', 'Resources'],
    });
  });
});

describe('what must always hold', () => {
  const state = fc.constantFrom(
    'PENDING',
    'RUNNING',
    'COMPLETING',
    'REQUEUED',
    'COMPLETED',
    'FAILED',
    'PREEMPTED',
    'NEW_WORD',
  );
  const name = fc.constantFrom(TOKEN, TOKEN, 'other');
  const lines = (make: typeof queueLine | typeof accountingLine): fc.Arbitrary<RawAnswer> =>
    fc.oneof(
      fc.constantFrom(SILENT, SILENT_DB, NONE),
      fc
        .array(fc.tuple(fc.integer({ min: 1, max: 3 }), state, name))
        .map((rows) => answer(rows.map(([task, word, called]) => make(`7_${task}`, word, { name: called })))),
    );
  const world = fc.record({ queue: lines(queueLine), accounting: lines(accountingLine) });

  it('without a terminal word of ours nothing ends', () => {
    fc.assert(
      fc.property(world, (given) => {
        const evidence = judge({ tasks: 3, ...given });
        if (evidence.kind !== 'ended') return;
        const told = [...given.queue.lines, ...given.accounting.lines].filter((line) => line.includes(TOKEN));
        for (const task of [1, 2, 3]) {
          expect(
            told.some((line) => line.startsWith(`7_${task}\x1f`) && /COMPLETED|FAILED|PREEMPTED/.test(line)),
          ).toBe(true);
        }
      }),
    );
  });

  it('a live row of ours in the queue keeps it alive', () => {
    fc.assert(
      fc.property(
        world,
        fc.constantFrom('PENDING', 'RUNNING', 'COMPLETING', 'REQUEUED', 'NEW_WORD'),
        (given, word) => {
          const queue = answer([...given.queue.lines, queueLine('7_2', word)]);
          const { kind } = judge({ tasks: 3, queue, accounting: given.accounting, exits: [{ task: 2 }] });
          expect(['waiting', 'running']).toContain(kind);
        },
      ),
    );
  });
});
