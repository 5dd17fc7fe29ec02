import { describe, expect, it } from 'vitest';
import { toRecord } from '../../src/views/record.js';
import type { Attempt } from '../../src/model/run.js';
import type { Cluster } from '../../src/model/cluster.js';
import { ATTEMPT, RUN } from './examples.js';

const CLUSTER: Cluster = {
  ...{
    name: 'lemaitre3',
    transport: 'ssh2',
    manager: 'slurm',
    hosts: ['lemaitre3.example.org'],
    hostKeys: [],
  },
  ...{ preferredJobs: ['mpi'], partition: 'batch', workDir: '~', claimsDir: '~', loginShell: false },
  ...{ setup: [], environment: {}, sbatchOptions: {} },
};
/** What the command line and the API promise. */
const PROMISED = [
  ...['name', 'run', 'job_uuid', 'phase', 'reason', 'message', 'conditions', 'cluster', 'job_directory'],
  ...['working_directory', 'job_status', 'attempts', 'outputs'],
  ...['user_input', 'destination_cluster', 'modules', 'online_job_file', 'tar_file'],
];

describe('a record', () => {
  const record = toRecord({ run: RUN, attempts: [ATTEMPT] }, [], CLUSTER);

  it('has all that is promised', () => {
    expect(Object.keys(record)).toEqual(expect.arrayContaining(PROMISED));
    expect(record).toMatchObject({
      name: 'lattice',
      phase: 'Running',
      cluster: 'lemaitre3',
      conditions: ['OutOfSync'],
      job_directory: '/w/t',
      working_directory: '/w/t/work',
      job_status: { State: ['COMPLETED', 'RUNNING', 'RUNNING'] },
      state: ['COMPLETED', 'RUNNING', 'RUNNING'],
      attempts: [
        {
          number: 1,
          cluster: 'lemaitre3',
          job_id: '12',
          state: 'submitted',
          submitted_at: '1970-01-01T00:00:02.000Z',
          ended_at: null,
        },
      ],
      destination_cluster: {
        name: 'lemaitre3',
        hostname: 'lemaitre3.example.org',
        port: 22,
        partition: 'batch',
        workload_manager: 'slurm',
        preferred_jobs: ['mpi'],
      },
      online_job_file: false,
      created_at: '1970-01-01T00:00:00.000Z',
    });
  });

  it('has nothing undefined, so that JSON loses no key', () => {
    expect(JSON.parse(JSON.stringify(record))).toEqual(record);
    const bare = toRecord({ run: { ...RUN, specJson: 'junk' }, attempts: [] }, []);
    expect(JSON.parse(JSON.stringify(bare))).toEqual(bare);
    expect(Object.keys(bare)).toEqual(Object.keys(record));
  });

  it('has one state for each task before there is any', () => {
    expect(toRecord({ run: RUN, attempts: [] }, []).state).toEqual([
      'NOT_SUBMITTED',
      'NOT_SUBMITTED',
      'NOT_SUBMITTED',
    ]);
  });

  it('has each task of the array as the latest attempt left it that had it', () => {
    const first: Attempt = {
      ...ATTEMPT,
      ...{ state: 'ended', outcome: 'failed', taskStates: ['COMPLETED', 'FAILED', 'TIMEOUT'] },
      jobStatus: { State: ['COMPLETED', 'FAILED', 'TIMEOUT'], ExitCode: ['0:0', '3:0', '0:0'] },
    };
    const second: Attempt = { ...ATTEMPT, number: 2, tasks: [2, 3], taskStates: [], jobStatus: {} };
    const again = (attempts: readonly Attempt[]): ReturnType<typeof toRecord> =>
      toRecord({ run: RUN, attempts }, []);
    expect(again([first, second])).toMatchObject({
      state: ['COMPLETED', 'NOT_SUBMITTED', 'NOT_SUBMITTED'],
      job_status: { State: ['COMPLETED', 'NOT_SUBMITTED', 'NOT_SUBMITTED'], ExitCode: ['0:0', '', ''] },
      attempts: [{ tasks: null }, { tasks: [2, 3] }],
    });
    const states = ['COMPLETED', 'RUNNING'];
    const running: Attempt = { ...second, taskStates: states, jobStatus: { State: states } };
    expect(again([first, running])).toMatchObject({
      state: ['COMPLETED', 'COMPLETED', 'RUNNING'],
      job_status: { State: ['COMPLETED', 'COMPLETED', 'RUNNING'], ExitCode: ['0:0', '', ''] },
    });
    // Refused, it leaves them as they stood.
    const refused: Attempt = { ...second, state: 'ended', outcome: 'refused' };
    expect(again([first, refused]).state).toEqual(first.taskStates);
  });

  it('of a run that makes good for failed tasks has the others as they were', () => {
    const part = { tasks: [2], of: 0, size: 3 };
    const attempt: Attempt = {
      ...ATTEMPT,
      tasks: [2],
      taskStates: ['RUNNING'],
      jobStatus: { State: ['RUNNING'] },
    };
    expect(toRecord({ run: { ...RUN, part }, attempts: [attempt] }, [])).toMatchObject({
      state: ['COMPLETED', 'RUNNING', 'COMPLETED'],
      job_status: { State: ['COMPLETED', 'RUNNING', 'COMPLETED'] },
      part: { tasks: [2], generation: 0 },
    });
  });
});
