/** `resources` as `#SBATCH` lines. */
import type { Resources } from '../model/job.js';
import { formatMemory } from './memory.js';
import { formatTimeLimit } from './time.js';

type Options = Readonly<Record<string, string | number | true>>;

/** Given on the command line, where nothing in the environment or the script can beat them. */
const OWNED = new Set([
  ...[
    'job-name',
    'output',
    'error',
    'open-mode',
    'array',
    'chdir',
    'parsable',
    'wait',
    'test-only',
    'clusters',
  ],
  ...['export', 'wrap', 'requeue', 'no-requeue'],
]);
const OPTION_NAME = /^[a-z][a-z0-9-]+$/;

/**
 * Ours in a fixed order, then the user's sorted by name, so that equal jobs have equal scripts.
 * @throws {TypeError} for a value that cannot stand on a line of comment
 */
export function renderDirectives(resources: Resources): string[] {
  const theirs = Object.entries(resources.sbatchOptions).filter(([name]) => !OWNED.has(name));
  theirs.sort(([a], [b]) => (a < b ? -1 : 1));
  return [...Object.entries(fromResources(resources)), ...theirs].map(([name, value]) =>
    directive(name, value),
  );
}

function fromResources(resources: Resources): Options {
  const { durationSeconds, threadsPerProcess, memoryPerThreadMiB, partition } = resources;
  return {
    ...(partition === undefined ? {} : { partition }),
    ...(durationSeconds === undefined ? {} : { time: formatTimeLimit(durationSeconds) }),
    ...layout(resources),
    ...(threadsPerProcess === undefined ? {} : { 'cpus-per-task': threadsPerProcess }),
    ...(memoryPerThreadMiB === undefined ? {} : { 'mem-per-cpu': formatMemory(memoryPerThreadMiB) }),
  };
}

function layout(resources: Resources): Options {
  const { processes, nodes, distribution, sbatchOptions } = resources;
  // With the user's own --ntasks-per-… a default of ours would beat it.
  const theirs = Object.keys(sbatchOptions).some((name) => name.startsWith('ntasks'));
  const ntasks: Options = processes === undefined && theirs ? {} : { ntasks: processes ?? 1 };
  if (distribution === undefined) return { ...(nodes === undefined ? {} : { nodes }), ...ntasks };
  switch (distribution) {
    case 'grouped':
      return { nodes: 1, ...ntasks };
    case 'scattered':
      return { ...ntasks, 'ntasks-per-node': 1 };
    case 'distributed':
      return distributed(nodes, processes ?? 1, ntasks);
  }
}

/**
 * Slurm puts at least one task on each of N nodes: 5 on 4 become 2, 1, 1, 1. Where the processes divide evenly we say
 * so, since 8 on 4 would become 5, 1, 1, 1. Otherwise not: 7 on 4 with at most 2 a node would be given 8 CPUs, and an
 * mpirun that counts them would start 8 processes.
 */
function distributed(nodes: number | undefined, processes: number, ntasks: Options): Options {
  if (nodes === undefined) throw new TypeError('distribution is distributed, so nbr_of_nodes is needed');
  const perNode = processes / nodes;
  return { nodes, ...ntasks, ...(Number.isInteger(perNode) ? { 'ntasks-per-node': perNode } : {}) };
}

function directive(name: string, value: string | number | true): string {
  if (!OPTION_NAME.test(name)) throw new TypeError(`${JSON.stringify(name)} is no long option of sbatch`);
  return value === true ? `#SBATCH --${name}` : `#SBATCH --${name}=${directiveValue(name, String(value))}`;
}

/** sbatch splits these lines at blanks, knows both quotes and the backslash, and takes `#` for a comment. */
function directiveValue(name: string, value: string): string {
  if (/[\0\r\n]/.test(value)) {
    throw new TypeError(`sbatch_options.${name}: a value with a line break cannot stand in a batch script`);
  }
  if (/^[\w.,:;/@%+=*()[\]!&|?-]+$/.test(value)) return value;
  return `"${value.replaceAll(/["\\]/g, '\\$&')}"`;
}
