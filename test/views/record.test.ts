import { describe, expect, it } from 'vitest';
import { fetchedAttempt, toRecord } from '../../src/views/record.js';
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

  it('shows results of the attempt that has them', () => {
    const ended = { ...ATTEMPT, fetchedAt: 5 };
    const second = { ...ATTEMPT, number: 2 };
    expect(fetchedAttempt({ run: RUN, attempts: [ATTEMPT] })).toBeUndefined();
    expect(fetchedAttempt({ run: RUN, attempts: [ended, second] })).toBe(1);
    expect(fetchedAttempt({ run: { ...RUN, phase: 'Failed' }, attempts: [ATTEMPT, second] })).toBe(2);
  });
});
