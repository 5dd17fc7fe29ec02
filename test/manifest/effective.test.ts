import { expect, it } from 'vitest';
import { DEFAULT_INVENTORY } from '../../src/config/inventory.js';
import { effective } from '../../src/manifest/effective.js';
import { readManifestText } from '../../src/manifest/read.js';
import type { Cluster } from '../../src/model/cluster.js';
import { contextOf, FILE } from './support.js';

const [here] = DEFAULT_INVENTORY.values();

function on(text: string, entry: Partial<Cluster> = {}): ReturnType<typeof effective> {
  const { manifests, problems } = readManifestText(
    FILE,
    `destination_cluster: hercules\nexecution: a\n${text}`,
    contextOf(),
  );
  expect(problems).toEqual([]);
  const [manifest] = manifests;
  if (manifest === undefined || here === undefined) throw new Error('no manifest');
  return effective(manifest.spec, { ...here, name: 'hercules', ...entry });
}

it('the manifest beats the cluster entry, and the override beats both', () => {
  const text = `resources: {partition: mine, duration: 1h}\nenvironment: {A: manifest, B: manifest}\nper_cluster:\n  hercules: {resources: {duration: 2h}, environment: {B: override}}\n`;
  const merged = on(text, {
    partition: 'batch',
    environment: { A: 'entry', C: 'entry' },
    sbatchOptions: { qos: 'q' },
  });
  expect(merged.resources).toEqual({ partition: 'mine', durationSeconds: 7200, sbatchOptions: { qos: 'q' } });
  expect(merged.environment).toEqual({ A: 'manifest', B: 'override', C: 'entry' });
});

it("the cluster's setup comes first; an override replaces the manifest's, with nothing too", () => {
  const entry = { setup: ['source site.sh'] };
  expect(on('setup: module load A\n', entry).setup).toEqual(['source site.sh', 'module load A']);
  expect(on('setup: module load A\nper_cluster: {hercules: {setup: module load B}}\n', entry).setup).toEqual([
    'source site.sh',
    'module load B',
  ]);
  expect(on('setup: module load A\nper_cluster: {hercules: {setup: []}}\n', entry).setup).toEqual([
    'source site.sh',
  ]);
});

it.each<[string, string, Partial<Cluster>, object]>([
  [
    'an option of the manifest takes the partition away',
    'resources: {sbatch_options: {partition: p}}\n',
    { partition: 'batch' },
    { sbatchOptions: { partition: 'p' } },
  ],
  [
    'a key of the manifest takes the option away',
    'resources: {duration: 1h}\n',
    { sbatchOptions: { time: 5 } },
    { durationSeconds: 3600, sbatchOptions: {} },
  ],
  [
    'an override in the other language',
    'resources: {memory_per_thread: 1G}\nper_cluster: {hercules: {resources: {sbatch_options: {mem: 4G}}}}\n',
    {},
    { sbatchOptions: { mem: '4G' } },
  ],
  [
    'another distribution takes the nodes away',
    'resources: {distribution: distributed, nbr_of_nodes: 2, nbr_processes: 4}\nper_cluster: {hercules: {resources: {distribution: grouped}}}\n',
    {},
    { distribution: 'grouped', processes: 4, sbatchOptions: {} },
  ],
  ['without anything', '', { partition: 'batch' }, { partition: 'batch', sbatchOptions: {} }],
])('no layer says a thing twice: %s', (_, text, entry, resources) => {
  expect(on(text, entry).resources).toEqual(resources);
});
