import { expect, describe, it } from 'vitest';
import { readManifestText } from '../../src/manifest/read.js';
import { toUserInput } from '../../src/manifest/user-input.js';
import type { JobSpec } from '../../src/model/job.js';
import { SPEC } from '../views/examples.js';
import { contextOf, FILE } from './support.js';

describe('the user input', () => {
  it('is the manifest in its own keys, without defaults', () => {
    expect(toUserInput(SPEC)).toEqual({
      name: 'lattice',
      run: '1',
      username: 'alice',
      user_mail: ['me@example.org'],
      destination_cluster: 'lemaitre3',
      job: '/p/lattice',
      compilation: ['make'],
      execution: ['srun ./run'],
      output: ['result.txt', { path: 'plots', optional: true }],
      resources: {
        nbr_jobs_in_array: 3,
        duration: '1d2h30m',
        memory_per_thread: '2625M',
        sbatch_options: { qos: 'long' },
      },
      per_cluster: { nic5: { resources: { partition: 'debug' }, setup: ['module load x'] } },
      kwargs: { key1: 'value1' },
      labels: { project: 'lattice' },
    });
  });

  it('holds no secret and no key', () => {
    expect(JSON.stringify(toUserInput(SPEC))).not.toMatch(/SECRET|passphrase|\.ssh/);
  });

  const MANIFESTS = {
    'all there is': `
name: a
previously: b
run: "007"
username: jane
user_mail: [a@example.org, b@example.org]
destination_cluster: [hercules, lemaitre3]
alternates: []
job: git+https://example.org/code#main
setup: module load GCC
requirements: chmod +x job
compilation: [make, make install]
execution: srun ./job
output: ['./a//b', { path: c, optional: true }]
resources: { duration: 90m, memory_per_thread: 1.5G, distribution: distributed, nbr_of_nodes: 2, nbr_processes: 3, sbatch_options: { qos: '010', exclusive: true, nice: 5 } }
environment: { A: 010, B: "it's", C: true }
per_cluster: { hercules: { setup: [], environment: { A: x }, resources: { partition: p } }, lemaitre3: {} }
modules: { staging: [{ module: m.py, execution: python m.py, time_limit: 90s }] }
kwargs: { a: [1, null, "ü\\n"] }
labels: { project: water }
suspend: true
prepare_on: job
retry: { attempts: 3, on: TIMEOUT, backoff: 10m }
on_edit: replace
on_delete: cancel
on_cluster_lost: failover
depends_on: [x, { name: y, when: failed }]
`,
    'next to nothing': 'destination_cluster: auto\nexecution: ./run\n',
    'empty kwargs': 'destination_cluster: auto\nexecution: ./run\nkwargs: {}\n',
    'kwargs of null': 'destination_cluster: auto\nexecution: ./run\nkwargs:\n',
  };
  it.each(Object.entries(MANIFESTS))('is read as the same job again: %s', (_, text) => {
    const spec = read(text);
    const again = read(JSON.stringify(toUserInput(spec)));
    expect(toUserInput(again)).toEqual(toUserInput(spec));
    expect(again.kwargs).toEqual(spec.kwargs);
    expect(again.job).toEqual(spec.job);
    expect(again.perCluster['hercules']?.setup).toEqual(spec.perCluster['hercules']?.setup);
  });
});

function read(text: string): JobSpec {
  const { manifests, problems } = readManifestText(FILE, text, contextOf());
  expect(problems.filter(({ severity }) => severity === 'error')).toEqual([]);
  return manifests[0]!.spec;
}
