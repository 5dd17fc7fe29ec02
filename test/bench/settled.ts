/** Runs that are over, thousands of them: what a pass costs that finds nothing to do, and what a list of them costs. */
import { homedir } from 'node:os';
import { loadProject } from '../../src/config/project.js';
import { nodeFiles } from '../../src/documents/node-files.js';
import type { Wanted } from '../../src/plan/facts.js';
import { readDirectory } from '../../src/source/directory.js';
import { acquireLease } from '../../src/store/lease.js';
import { raiseLineage } from '../../src/store/lineage.js';
import { openStore } from '../../src/store/open.js';
import type { Store } from '../../src/store/store.js';
import { median, must } from './measure.js';
import { type BenchProject, makeProjectAlone, removeAlone } from './project.js';
import { pass, peakMemory, type Pass, PROGRAM } from './sluice.js';
import { type Row, seconds } from './table.js';

export interface SettledCase {
  readonly jobs: number;
  readonly times: number;
  /** At most: of a pass, milliseconds and MB; of `sluice get`, milliseconds, where it is measured. */
  readonly passMs: number;
  readonly passMb: number;
  readonly getMs?: number;
}

/** The same files and no more: the directory read, the manifests and what they send asked for their times. */
const FLOOR = `
import { readdirSync, statSync } from 'node:fs';
for (const { name } of readdirSync('jobs.d', { withFileTypes: true })) {
  statSync('jobs.d/' + name, { bigint: true });
  statSync('jobs/' + name.slice(0, -5) + '/input.txt', { bigint: true });
}`;

export async function settled(what: SettledCase): Promise<Row[]> {
  const project = await makeProjectAlone(what.jobs);
  try {
    finishAll(project);
    await pass(project.directory); // reads all the manifests, and remembers them
    const floor: number[] = [];
    const passes: Pass[] = [];
    const lists: number[] = [];
    for (let time = 0; time < what.times; time += 1) {
      floor.push(
        (
          await must([
            'sh',
            '-c',
            `cd "$1" && exec "$2" --input-type=module -e "$3"`,
            'sh',
            project.directory,
            process.execPath,
            FLOOR,
          ])
        ).wallMs,
      );
      passes.push(await pass(project.directory));
      if (what.getMs !== undefined)
        lists.push((await must([process.execPath, PROGRAM, '-C', project.directory, 'get'])).wallMs);
    }
    const memory = await peakMemory(project.directory);
    const told = passes.find(({ closing }) => !closing.includes(`${what.jobs} unchanged`));
    if (told) throw new Error(`the pass found something to do: ${told.closing}`);
    return rowsOf(what, { floor, passes, lists, memory });
  } finally {
    removeAlone(project);
  }
}

interface Measured {
  readonly floor: readonly number[];
  readonly passes: readonly Pass[];
  readonly lists: readonly number[];
  readonly memory: number;
}

function rowsOf(what: SettledCase, { floor, passes, lists, memory }: Measured): Row[] {
  const wall = median(passes.map((each) => each.wallMs));
  const bare = median(floor);
  const trips = Math.max(...passes.map((each) => each.roundTrips));
  const rows: Row[] = [
    {
      name: `${what.jobs} finished, nothing to do`,
      floor: `${seconds(bare)} (readdir and stat)`,
      ours: seconds(wall),
      cpu: seconds(median(passes.map((each) => each.cpuMs))),
      target: `${seconds(what.passMs)}, no network`,
      value: `${seconds(wall)}, ${(wall / bare).toFixed(1)} ×, ${trips === 0 ? 'none' : `${trips} round trips`}`,
      met: wall < what.passMs && trips === 0,
    },
    {
      ...{ name: '  peak memory of that', floor: '', ours: `${memory.toFixed(0)} MB`, cpu: '' },
      ...{ target: `${what.passMb} MB`, value: `${memory.toFixed(0)} MB`, met: memory < what.passMb },
    },
  ];
  if (what.getMs === undefined) return rows;
  const list = median(lists);
  const get = { name: `  sluice get on them`, floor: '', ours: seconds(list), cpu: '' };
  return [...rows, { ...get, target: seconds(what.getMs), value: seconds(list), met: list < what.getMs }];
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
