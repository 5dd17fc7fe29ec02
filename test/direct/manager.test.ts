import { describe, expect, it } from 'vitest';
import { direct } from '../../src/direct/manager.js';
import type { Cluster } from '../../src/model/cluster.js';
import type { ClaimFacts } from '../../src/model/observation.js';
import type { RenderRequest, SubmittedJob } from '../../src/ports.js';
import { answer, queueLine, SUBMITTED, TOKEN } from '../slurm/rows.js';

const CLUSTER: Cluster = {
  name: 'here',
  transport: 'local',
  manager: 'direct',
  hosts: [],
  hostKeys: [],
  preferredJobs: ['serial'],
  workDir: '~/.sluice/work',
  claimsDir: '~/.sluice',
  loginShell: false,
  setup: [],
  environment: {},
  sbatchOptions: {},
};
const REQUEST: RenderRequest = {
  cluster: CLUSTER,
  token: TOKEN,
  jobDirectory: '/home/alice/w/t',
  workingDirectory: '/home/alice/w/t/work',
  resources: { arraySize: 4, durationSeconds: 90, threadsPerProcess: 2, sbatchOptions: { qos: 'x' } },
  environment: {},
  setup: [],
  execution: ['./fit'],
};
const JOB: SubmittedJob = {
  token: TOKEN,
  jobId: '12',
  tasks: [0],
  createdAt: SUBMITTED * 1000,
};

describe('direct', () => {
  it('renders the same head, without directives', () => {
    const { script, arguments: words } = direct.render(REQUEST);
    expect(words).toEqual([
      `--job-name=${TOKEN}`,
      '--output=/home/alice/w/t/logs/stdout',
      '--error=/home/alice/w/t/logs/stderr',
      '--chdir=/home/alice/w/t/work',
      '--array=1-4',
      '--time-seconds=90',
    ]);
    expect(script).not.toContain('SBATCH');
    expect(script).not.toContain('SLURM_');
    expect(script).toContain(
      'sluice_job=${SLUICE_JOB_ID:-0} sluice_task=${SLUICE_TASK_ID:-0} sluice_restart=${SLUICE_RESTART:-0}',
    );
    expect(script).toContain("export OMP_NUM_THREADS='2'");
  });

  it('renders some tasks of an array, which are told of the whole', () => {
    const { script, arguments: words } = direct.render({ ...REQUEST, tasks: [1, 2, 4] });
    expect(words).toContain('--array=1-2,4');
    expect(script).toContain("export SLURM_ARRAY_TASK_COUNT='4'");
  });

  it.each([
    ['PENDING', 'waiting', undefined],
    ['RUNNING', 'running', undefined],
    ['COMPLETED', 'ended', 'Completed'],
    ['FAILED', 'ended', 'ExecutionFailed'],
    ['TIMEOUT', 'ended', 'TimeLimit'],
    ['CANCELLED', 'ended', 'CancelledOutside'],
    ['NODE_FAIL', 'ended', 'NodeFailure'],
    ['SOMETHING', 'running', undefined],
  ])('%s', (state, kind, reason) => {
    const evidence = direct.judge(JOB, {
      claim: undefined,
      queue: direct.parseQueue(answer([queueLine('12', state)])),
      accounting: direct.parseAccounting(answer([], 'none')),
      clockOffsetSeconds: 0,
    });
    expect([evidence.kind, evidence.verdict?.reason]).toEqual([kind, reason]);
  });

  it('a job that is gone is known by its exit mark', () => {
    const mark = { task: 0, exitCode: 2, item: 1, endedAtEpochSeconds: SUBMITTED, jobId: '12', restart: 0 };
    const claim: ClaimFacts = {
      ...{ token: TOKEN, nonce: 'n', placed: true, steps: { kind: 'none' }, ticket: { kind: 'absent' } },
      after: { kind: 'none' },
      owner: { kind: 'job', jobId: '12', restart: 0 },
      exits: [mark],
    };
    const queue = direct.parseQueue(answer([]));
    const facts = { queue, accounting: { kind: 'none' }, clockOffsetSeconds: 0 } as const;
    expect(direct.judge(JOB, { claim, ...facts }).verdict?.message).toBe(
      'exit code 2 in item 1 of execution',
    );
    expect(direct.judge(JOB, { claim: { ...claim, exits: [] }, ...facts }).kind).toBe('gone');
  });

  it('takes the exit code from the queue where there is no mark', () => {
    const queue = direct.parseQueue(
      answer([`${queueLine('12', 'FAILED', { reason: 'NonZeroExitCode' })}\x1f122:0`]),
    );
    const facts = { queue, accounting: { kind: 'none' }, claim: undefined, clockOffsetSeconds: 0 } as const;
    expect(direct.judge(JOB, facts).verdict?.reason).toBe('WorkDirNotOnNodes');
  });

  it.each([
    ['65', '00:01:05'],
    ['0', '00:00:00'],
    ['187384', '2-04:03:04'],
    ['', ''],
    ['soon', ''],
  ])('of %s seconds it tells the Elapsed %s, as Slurm has it', (took, elapsed) => {
    const line = `${queueLine('12', 'COMPLETED')}\x1f0:0\x1f${took}`;
    const queue = direct.parseQueue(answer([line]));
    const facts = { queue, accounting: { kind: 'none' }, claim: undefined, clockOffsetSeconds: 0 } as const;
    expect(direct.judge(JOB, facts).jobStatus['Elapsed']).toEqual([elapsed]);
  });

  it('says what the machine said', () => {
    expect(direct.readRefusal(3, 'no fork\n')).toMatchObject({ transient: false, reason: 'Refused' });
    expect(direct.readRefusal(3, 'no fork\n').message).toContain('no fork');
    expect(direct.parseQueue(answer([], 1, ['cannot read']))).toEqual({ kind: 'silent', why: 'cannot read' });
  });
});

describe('this machine as one node', () => {
  it('is up, in the words of its wrapper', () => {
    const line = ['here', '-', 'mixed', '1/7/0/8', '-', '0.42', '32000', '20000', '-'].join('\x1f');
    expect(direct.parseStatus(answer([line]))).toEqual({
      kind: 'answered',
      value: [
        {
          ...{ host: 'here', state: 'mixed', flags: [], kind: 'mixed', partitions: [] },
          ...{ cpus: { allocated: 1, idle: 7, other: 0, total: 8 }, load: 0.42 },
          ...{ memoryMiB: 32_000, freeMemoryMiB: 20_000 },
        },
      ],
    });
  });
});
