/**
 * Thousands of live jobs on one cluster: what a pass costs that asks how they stand, and how much it asks. Slurm is played
 * by small programs on this machine, so that what is measured is ours alone: the wrapper there, the pass here.
 */
import { stringify } from 'yaml';
import { median, must } from './measure.js';
import { type BenchProject, makeProjectOn, removeAlone } from './project.js';
import { type Pass, pass, PROGRAM } from './sluice.js';
import { callsOf, forgetCalls, idsAsked, installStubs, stubCluster } from './stubs.js';
import { type Row, seconds } from './table.js';

export interface ObserveCase {
  readonly jobs: number;
  readonly times: number;
  /** User and system time of the pass's own process, milliseconds. */
  readonly ownMs: number;
}

export async function observe({ jobs, times, ownMs }: ObserveCase): Promise<Row[]> {
  const project = await makeProjectOn(jobs, (directory) =>
    stringify({ clusters: { lemaitre3: stubCluster(directory) } }),
  );
  const stubs = installStubs(project.directory);
  const env = { ...process.env, ...stubs };
  try {
    await must([process.execPath, PROGRAM, '-C', project.directory, 'reconcile', '--once', '--yes'], { env });
    const passes: Counted[] = [];
    for (let time = 0; time < times; time += 1) passes.push(await count(project, env));
    return rowsOf(jobs, ownMs, passes);
  } finally {
    removeAlone(project);
  }
}

interface Counted extends Pass {
  readonly squeues: number;
  /** Ids that accounting was asked for, a number a call. */
  readonly asked: readonly number[];
  readonly ownMs: number;
}

/** The process tells its own time at its end: that of the wrapper, which is its child, is no part of it. */
const TELLS = `data:text/javascript,${encodeURIComponent(
  `process.on('exit', () => { const { user, system } = process.cpuUsage(); console.error('own ' + (user + system) / 1000); })`,
)}`;

async function count({ directory }: BenchProject, env: NodeJS.ProcessEnv): Promise<Counted> {
  forgetCalls(directory);
  const done = await pass(directory, { ...env, NODE_OPTIONS: `--import ${TELLS}` });
  const asked = idsAsked(directory);
  const ownMs = Number(/^own (\S+)$/m.exec(done.stderr)?.[1]);
  return { ...done, squeues: callsOf(directory, 'squeue').length, asked, ownMs };
}

function rowsOf(jobs: number, most: number, passes: readonly Counted[]): Row[] {
  const own = median(passes.map((each) => each.ownMs));
  const trips = Math.max(...passes.map((each) => each.roundTrips));
  const squeues = Math.max(...passes.map((each) => each.squeues));
  const ids = Math.max(...passes.map(({ asked }) => asked.reduce((sum, each) => sum + each, 0)));
  return [
    {
      name: `${jobs} live jobs on one cluster, a pass: its own time`,
      floor: '',
      ours: seconds(median(passes.map((each) => each.wallMs))),
      cpu: seconds(own),
      target: seconds(most),
      value: seconds(own),
      met: own < most,
    },
    {
      ...{ name: '  round trips, squeues, ids sent to sacct', floor: '', ours: '', cpu: '' },
      target: '1, 1, 0',
      value: `${trips}, ${squeues}, ${ids}`,
      met: trips === 1 && squeues === 1 && ids === 0,
    },
  ];
}
