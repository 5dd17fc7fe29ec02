/** Sluice as its users run it: a cold process of the built program. */
import { fileURLToPath } from 'node:url';
import { type Cost, must } from './measure.js';

export const PROGRAM = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

export interface Pass extends Cost {
  /** To all clusters together. */
  readonly roundTrips: number;
  /** What the last line says: `300 queued`. */
  readonly closing: string;
}

/** `sluice reconcile --once` in a project. */
export async function pass(directory: string, env: NodeJS.ProcessEnv = process.env): Promise<Pass> {
  const command = [process.execPath, PROGRAM, '-C', directory, 'reconcile', '--once', '--verbose'];
  const cost = await must(command, { env });
  const told = [...cost.stderr.matchAll(/, (\d+) round trips?,/g)].map((match) => Number(match[1]));
  const closing = cost.stderr.trimEnd().split('\n').at(-1) ?? '';
  return { ...cost, roundTrips: told.reduce((sum, each) => sum + each, 0), closing };
}

/** Jobs of a project that have an id of the workload manager's. */
export async function acceptedJobs(directory: string): Promise<number> {
  const { stdout } = await must([process.execPath, PROGRAM, '-C', directory, 'get', '-o', 'json']);
  const { items } = JSON.parse(stdout) as { items: { attempts: { job_id?: string | null }[] }[] };
  return items.filter(({ attempts }) => attempts.some((attempt) => attempt.job_id)).length;
}

/** Peak of the resident memory in MB, as the kernel knows it at the end of the process. */
export async function peakMemory(directory: string): Promise<number> {
  const tell = `process.on('exit', () => console.error(process.getBuiltinModule('node:fs').readFileSync('/proc/self/status', 'utf8')))`;
  const watch = `data:text/javascript,${encodeURIComponent(tell)}`;
  const command = [process.execPath, '--import', watch, PROGRAM, '-C', directory, 'reconcile', '--once'];
  const { stderr } = await must(command);
  return Number(/VmHWM:\s+(\d+) kB/.exec(stderr)?.[1] ?? NaN) / 1024;
}
