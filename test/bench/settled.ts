/** Ten thousand runs that are over: what a pass costs that finds nothing to do. */
import { homedir } from 'node:os';
import { loadProject } from '../../src/config/project.js';
import { nodeFiles } from '../../src/documents/node-files.js';
import type { Wanted } from '../../src/plan/facts.js';
import { readDirectory } from '../../src/source/directory.js';
import { acquireLease } from '../../src/store/lease.js';
import { raiseLineage } from '../../src/store/lineage.js';
import { openStore } from '../../src/store/open.js';
import type { Store } from '../../src/store/store.js';
import type { Site } from '../lab/lab.js';
import { median } from './measure.js';
import { type BenchProject, makeProject, removeProject } from './project.js';
import { pass, peakMemory, type Pass } from './sluice.js';
import { type Row, seconds } from './table.js';

const LONGEST_MS = 700;
const MOST_MB = 200;

export async function settled(site: Site, jobs: number, times: number): Promise<Row[]> {
  const project = await makeProject(site, jobs);
  try {
    finishAll(project);
    await pass(project.directory); // reads all the manifests, and remembers them
    const passes: Pass[] = [];
    for (let time = 0; time < times; time += 1) passes.push(await pass(project.directory));
    const memory = await peakMemory(project.directory);
    const told = passes.find(({ closing }) => !closing.includes(`${jobs} unchanged`));
    if (told) throw new Error(`the pass found something to do: ${told.closing}`);
    return rowsOf(jobs, passes, memory);
  } finally {
    await removeProject(project);
  }
}

function rowsOf(jobs: number, passes: readonly Pass[], memory: number): Row[] {
  const wall = median(passes.map((each) => each.wallMs));
  const trips = Math.max(...passes.map((each) => each.roundTrips));
  const name = `${jobs} finished, nothing to do`;
  return [
    {
      name,
      floor: '',
      ours: seconds(wall),
      cpu: seconds(median(passes.map((each) => each.cpuMs))),
      target: `${seconds(LONGEST_MS)}, no network`,
      value: `${seconds(wall)}, ${trips === 0 ? 'none' : `${trips} round trips`}`,
      met: wall < LONGEST_MS && trips === 0,
    },
    {
      name: '  peak memory of that',
      floor: '',
      ours: `${memory.toFixed(0)} MB`,
      cpu: '',
      target: `${MOST_MB} MB`,
      value: `${memory.toFixed(0)} MB`,
      met: memory < MOST_MB,
    },
  ];
}

/** Records every manifest's run as succeeded, fetched and settled, as if it had been through the cluster. */
function finishAll(project: BenchProject): void {
  const { paths, clusterNames } = loadProject(project.directory);
  if (paths.state === undefined || clusterNames === undefined) throw new Error('the project has no state');
  const store = openStore(paths.state);
  const lease = acquireLease(store, 'bench');
  if (lease.kind === 'busy') throw new Error('somebody else writes there');
  const desired = readDirectory({
    root: paths.manifests[0] ?? '',
    installation: project.installation,
    modulesDirectory: paths.modules,
    store,
    now: Date.now,
    context: {
      files: nodeFiles,
      home: homedir(),
      modulesDirectory: paths.modules,
      ownDirectories: [paths.outputs, paths.state],
      clusters: clusterNames,
    },
  });
  store.meta.bind(project.installation);
  raiseLineage(store, project.installation);
  store.transaction(() => {
    desired.wanted.forEach((wanted, index) => {
      finish(store, project.site, wanted, index);
    });
  });
  lease.release();
  store.close();
}

function finish(store: Store, cluster: string, wanted: Wanted, index: number): void {
  const { uuid, name, run, hash, manifestFile } = wanted;
  const at = Date.now();
  const token = `sl-bench-${index}`;
  store.runs.create({
    ...{ uuid, name, run, hash, manifestFile, generation: 0, candidates: [cluster], conditions: [] },
    ...{ phase: 'Succeeded', reason: 'Done', message: `completed on ${cluster}; its results were fetched` },
    specJson: JSON.stringify(wanted.spec()),
  });
  store.attempts.create({
    ...{ runUuid: uuid, number: 1, cluster, token, hash, nonce: 'bench', jobId: String(100_000 + index) },
    ...{ state: 'ended', outcome: 'completed', taskStates: ['COMPLETED'], jobStatus: {} },
    ...{ jobDirectory: `/scratch/${token}`, workingDirectory: `/scratch/${token}/work` },
    ...{ createdAt: at, submittedAt: at, endedAt: at, fetchedAt: at, settledAt: at },
  });
}
