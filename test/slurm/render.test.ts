import { describe, expect, it } from 'vitest';
import type { Cluster } from '../../src/model/cluster.js';
import type { Resources } from '../../src/model/job.js';
import type { RenderRequest } from '../../src/ports.js';
import { renderDirectives } from '../../src/slurm/directives.js';
import { slurm } from '../../src/slurm/manager.js';

const CLUSTER: Cluster = {
  name: 'lemaitre3',
  transport: 'ssh2',
  manager: 'slurm',
  hosts: ['lemaitre3.example.org'],
  hostKeys: [],
  preferredJobs: ['mpi'],
  partition: 'batch',
  workDir: '~/.sluice/work',
  claimsDir: '~/.sluice',
  loginShell: false,
  setup: [],
  environment: {},
  sbatchOptions: {},
};

function request(resources: Partial<Resources> = {}, more: Partial<RenderRequest> = {}): RenderRequest {
  return {
    cluster: CLUSTER,
    token: 'heat.0b7c2f0e-6a0b-5a6e-8f39-2f9b9d1c7a11.1',
    jobDirectory: '/scratch/alice/sluice/heat.1',
    workingDirectory: '/scratch/alice/sluice/heat.1/work',
    resources: { sbatchOptions: {}, ...resources },
    environment: {},
    setup: [],
    execution: ['./heat'],
    ...more,
  };
}

const MAPPINGS: readonly (readonly [Partial<Resources>, readonly string[]])[] = [
  [{}, ['ntasks=1']],
  [{ durationSeconds: 93_784 }, ['time=1-02:03:04', 'ntasks=1']],
  [{ processes: 6 }, ['ntasks=6']],
  [{ threadsPerProcess: 4 }, ['ntasks=1', 'cpus-per-task=4']],
  [{ memoryPerThreadMiB: 1536 }, ['ntasks=1', 'mem-per-cpu=1536M']],
  [{ processes: 6, distribution: 'grouped' }, ['nodes=1', 'ntasks=6']],
  [{ processes: 3, distribution: 'scattered' }, ['ntasks=3', 'ntasks-per-node=1']],
  [{ processes: 5, distribution: 'distributed', nodes: 4 }, ['nodes=4', 'ntasks=5']],
  [{ processes: 8, distribution: 'distributed', nodes: 4 }, ['nodes=4', 'ntasks=8', 'ntasks-per-node=2']],
  [{ partition: 'debug' }, ['partition=debug', 'ntasks=1']],
  [{ arraySize: 9 }, ['ntasks=1']],
  [{ sbatchOptions: { qos: 'long', account: 'grp', hold: true, nice: 5 } }, ['ntasks=1', 'account=grp', 'hold', 'nice=5', 'qos=long']],
  [{ sbatchOptions: { requeue: true } }, ['ntasks=1']],
  [{ sbatchOptions: { 'ntasks-per-node': 2, nodes: 3 } }, ['nodes=3', 'ntasks-per-node=2']],
  [{ sbatchOptions: { comment: `it's "a" \\ b # c` } }, ['ntasks=1', `comment="it's \\"a\\" \\\\ b # c"`]],
  [{ sbatchOptions: { gres: 'gpu:a100:2', constraint: '[a|b]&c' } }, ['ntasks=1', 'constraint=[a|b]&c', 'gres=gpu:a100:2']],
]; // prettier-ignore

describe('directives', () => {
  it.each(MAPPINGS)('%j', (resources, expected) => {
    const lines = renderDirectives({ sbatchOptions: {}, ...resources });
    expect(lines).toEqual(expected.map((each) => `#SBATCH --${each}`));
  });

  it.each([
    [{ sbatchOptions: { comment: 'a\n#SBATCH --uid=0' } }, /line break/],
    [{ sbatchOptions: { 'x\ny': true as const } }, /no long option/],
    [{ distribution: 'distributed' as const }, /nbr_of_nodes/],
    [{ durationSeconds: 0 }, /time limit/],
  ])('refuses %j', (resources, words) => {
    expect(() => renderDirectives({ sbatchOptions: {}, ...resources })).toThrow(words);
  });
});

describe('the command line', () => {
  it('carries all that Sluice owns', () => {
    expect(slurm.render(request()).arguments).toEqual([
      '--job-name=heat.0b7c2f0e-6a0b-5a6e-8f39-2f9b9d1c7a11.1',
      '--output=/scratch/alice/sluice/heat.1/logs/stdout',
      '--error=/scratch/alice/sluice/heat.1/logs/stderr',
      '--open-mode=append',
      '--chdir=/scratch/alice/sluice/heat.1/work',
      '--export=ALL',
      '--no-requeue',
    ]);
  });

  it('of an array with a requeue in a directory with a percent sign', () => {
    const rendered = slurm.render(
      request({ arraySize: 12, sbatchOptions: { requeue: true } }, { jobDirectory: '/s/50%j' }),
    );
    expect(rendered.arguments).toEqual(
      expect.arrayContaining([
        '--output=/s/50%%j/logs/stdout.%a',
        '--error=/s/50%%j/logs/stderr.%a',
        '--requeue',
        '--array=1-12',
      ]),
    );
  });

  it('of some tasks of an array, which are told of the whole', () => {
    const rendered = slurm.render(request({ arraySize: 12 }, { tasks: [1, 2, 3, 7] }));
    expect(rendered.arguments).toContain('--array=1-3,7');
    for (const [name, value] of [
      ['COUNT', 12],
      ['MIN', 1],
      ['MAX', 12],
    ] as const)
      expect(rendered.script).toContain(`export SLURM_ARRAY_TASK_${name}='${value}'\n`);
    expect(slurm.render(request({ arraySize: 12 })).script).not.toContain('SLURM_ARRAY_TASK_COUNT');
  });

  it("takes the cluster's partition where the job names none", () => {
    expect(slurm.render(request()).script).toContain('#SBATCH --partition=batch\n');
    expect(slurm.render(request({ partition: 'debug' })).script).not.toContain('batch\n#');
    expect(
      slurm.render(request({ sbatchOptions: { partition: 'x' } })).script.match(/--partition/g),
    ).toHaveLength(1);
  });
});

describe('the script', () => {
  it('of a whole job', async () => {
    const whole = request(
      { arraySize: 3, durationSeconds: 600, processes: 5, threadsPerProcess: 2, memoryPerThreadMiB: 512, distribution: 'distributed', nodes: 4, sbatchOptions: { account: 'my group' } },
      { environment: { INPUT: "it's $HOME" }, setup: ['module load gcc'], execution: ['cd run', 'srun ./heat > out\nmv out ..'] },
    ); // prettier-ignore
    await expect(slurm.render(whole).script).toMatchFileSnapshot('golden/array.sh');
  });

  it('of a small job that may be requeued', async () => {
    await expect(slurm.render(request({ sbatchOptions: { requeue: true } })).script).toMatchFileSnapshot(
      'golden/requeue.sh',
    );
  });

  it('is the same for the same request, has LF ends, and directives before any command', () => {
    const { script } = slurm.render(request({}, { execution: ['a\r\nb'] }));
    expect(slurm.render(request({}, { execution: ['a\r\nb'] })).script).toBe(script);
    expect(script).not.toContain('\r');
    expect(script.startsWith('#!/bin/bash -l\n#SBATCH ')).toBe(true);
  });
});
