/** A run and its job, to be varied by tests. */
import type { JobSpec } from '../../src/model/job.js';
import type { Attempt, Run } from '../../src/model/run.js';

export const SPEC: JobSpec = {
  name: 'lattice',
  run: '1',
  login: { username: 'alice', credentials: { path: '/home/me/SECRET.yaml', document: 0 } },
  mail: ['me@example.org'],
  destination: ['lemaitre3'],
  alternates: 'same_kind',
  job: { kind: 'directory', path: '/p/lattice' },
  setup: [],
  requirements: [],
  compilation: ['make'],
  execution: ['srun ./run'],
  output: [
    { path: 'result.txt', optional: false },
    { path: 'plots', optional: true },
  ],
  resources: {
    arraySize: 3,
    durationSeconds: 95_400,
    memoryPerThreadMiB: 2625,
    sbatchOptions: { qos: 'long' },
  },
  environment: {},
  perCluster: { nic5: { resources: { partition: 'debug', sbatchOptions: {} }, setup: ['module load x'] } },
  kwargs: { key1: 'value1' },
  labels: { project: 'lattice' },
  suspend: false,
  prepareOn: 'login',
  retry: {},
  onEdit: 'keep',
  onDelete: 'finish',
  onClusterLost: 'wait',
  dependsOn: [],
};

export const RUN: Run = {
  uuid: '0d922f1f-df06-596a-a88b-c5b5d5b4dd28',
  name: 'lattice',
  run: '1',
  generation: 0,
  phase: 'Running',
  reason: 'Executing',
  message: 'job 12 runs on lemaitre3',
  conditions: ['OutOfSync'],
  hash: '1:abc',
  candidates: ['lemaitre3', 'nic5'],
  specJson: JSON.stringify(SPEC),
  manifestFile: '/p/jobs.d/lattice.yaml',
  cancelRequested: false,
  suspendRequested: false,
  createdAt: 0,
  updatedAt: 60_000,
};

export const ATTEMPT: Attempt = {
  runUuid: RUN.uuid,
  number: 1,
  cluster: 'lemaitre3',
  token: `lattice.${RUN.uuid}.1`,
  state: 'submitted',
  nonce: 'n',
  hash: '1:abc',
  jobId: '12',
  jobDirectory: '/w/t',
  workingDirectory: '/w/t/work',
  taskStates: ['COMPLETED', 'RUNNING', 'RUNNING'],
  jobStatus: { State: ['COMPLETED', 'RUNNING', 'RUNNING'] },
  createdAt: 1000,
  submittedAt: 2000,
};
