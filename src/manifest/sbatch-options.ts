/** Rules for `sbatch_options`, in a manifest and in the inventory alike. */
import { show } from '../documents/problem.js';
import { didYouMean } from '../documents/words.js';

/** Sluice gives these itself; another value would break the submission. */
const OWNED: Readonly<Record<string, string>> = {
  'job-name': 'the name in the queue carries the attempt',
  output: "the job's stdout is kept with the logs and fetched",
  error: "the job's stderr is kept with the logs and fetched",
  'open-mode': 'the logs are written by Sluice',
  array: 'use nbr_jobs_in_array',
  chdir: 'each attempt has a working directory of its own',
  parsable: 'the answer of sbatch is read by Sluice',
  wait: 'nothing waits on a login node',
  'test-only': 'it would submit nothing',
  clusters: 'use destination_cluster',
  export: 'use environment',
  wrap: 'use execution',
  quiet: 'the answer of sbatch is read by Sluice',
  help: 'it would submit nothing',
  usage: 'it would submit nothing',
  version: 'it would submit nothing',
};

const SHORT: Readonly<Record<string, string>> = {
  A: 'account', B: 'extra-node-info', C: 'constraint', D: 'chdir', F: 'nodefile', G: 'gpus', H: 'hold',
  J: 'job-name', L: 'licenses', M: 'clusters', N: 'nodes', O: 'overcommit', Q: 'quiet', S: 'core-spec',
  V: 'version', W: 'wait', a: 'array', b: 'begin', c: 'cpus-per-task', d: 'dependency', e: 'error',
  h: 'help', i: 'input', k: 'no-kill', m: 'distribution', n: 'ntasks', o: 'output', p: 'partition',
  q: 'qos', s: 'oversubscribe', t: 'time', v: 'verbose', w: 'nodelist', x: 'exclude',
}; // prettier-ignore

/** `resources` key → options of sbatch that say the same thing. */
export const SAME_THING: Readonly<Record<string, readonly string[]>> = {
  duration: ['time'],
  nbr_processes: ['ntasks'],
  nbr_threads_per_process: ['cpus-per-task'],
  memory_per_thread: ['mem-per-cpu', 'mem', 'mem-per-gpu'],
  nbr_of_nodes: ['nodes'],
  partition: ['partition'],
};

/** Options that a distribution gives. */
export const GIVEN_BY_DISTRIBUTION: Readonly<Record<string, readonly string[]>> = {
  grouped: ['nodes'],
  scattered: ['ntasks-per-node'],
  distributed: ['nodes'],
};

/** Long options of sbatch (25.05, https://slurm.schedmd.com/sbatch.html). */
const KNOWN = new Set(
  `account acctg-freq array batch bb bbf begin chdir cluster-constraint clusters comment constraint consolidate-segments container
  container-id contiguous core-spec cores-per-socket cpu-freq cpus-per-gpu cpus-per-task deadline delay-boot dependency
  distribution error exclude exclusive export export-file extra extra-node-info get-user-env gid gpu-bind gpu-freq gpus
  gpus-per-node gpus-per-socket gpus-per-task gres gres-flags help hint hold ignore-pbs immediate input job-name kill-on-invalid-dep
  licenses mail-type mail-user mcs-label mem mem-bind mem-per-cpu mem-per-gpu mincpus network nice no-kill no-requeue nodefile
  nodelist nodes ntasks ntasks-per-core ntasks-per-gpu ntasks-per-node ntasks-per-socket open-mode output overcommit
  oversubscribe parsable partition prefer priority profile propagate qos quiet reboot requeue reservation resv-ports segment signal
  sockets-per-node spread-job spread-segments stepmgr switches test-only thread-spec threads-per-core time time-min tmp tres-bind tres-per-task
  uid usage use-min-nodes verbose version wait wait-all-nodes wckey wrap`.split(/\s+/),
);

export interface OptionComplaint {
  readonly severity: 'error' | 'warning';
  readonly message: string;
}

export function isKnownOption(key: string): boolean {
  return KNOWN.has(key);
}

/** What is wrong with one option, or nothing. `value` as it was written. */
export function checkOption(key: string, value: unknown): OptionComplaint | undefined {
  const long = key.length === 1 ? SHORT[key] : key;
  if (long === undefined) return error(`sbatch has no option -${key}; write a long option's name`);
  const owned = Object.hasOwn(OWNED, long) ? OWNED[long] : undefined;
  if (owned !== undefined) return error(refusal(key, long, owned));
  if (long !== key) return error(`${show(key)} is the short form; write "${long}"`);
  if (key === 'requeue' && value !== true)
    return error('requeue is a bare flag; write true, or take the line out');
  if (key === 'no-requeue') return error('no-requeue is given by Sluice already; take the line out');
  if (value === false) return error(`${key} is false; a bare flag is true or left out`);
  return KNOWN.has(key) ? undefined : checkUnknown(key);
}

/** sbatch takes any beginning of an option's name that is unique, so `job-na` would get past a list of names. */
function checkUnknown(key: string): OptionComplaint | undefined {
  const guarded = [
    ...Object.keys(OWNED),
    ...Object.values(SAME_THING).flat(),
    'ntasks-per-node',
    'no-requeue',
    'requeue',
  ];
  const whole = guarded.find((option) => option.startsWith(key));
  if (whole !== undefined) return error(`${show(key)} is short for "${whole}"; write options in full`);
  const meant = didYouMean(key, KNOWN);
  if (meant === '') return undefined; // sites add options of their own
  return { severity: 'warning', message: `sbatch has no option ${show(key)} of its own${meant}` };
}

function refusal(key: string, long: string, why: string): string {
  const name = key === long ? long : `${key} (${long})`;
  return `${name} cannot stand in sbatch_options, Sluice owns it: ${why}`;
}

function error(message: string): OptionComplaint {
  return { severity: 'error', message };
}

/** A valid option's value: a number stays one only where it reads the same. */
export function optionValue(
  value: string | number | boolean,
  literal: string | undefined,
): string | number | true {
  if (typeof value === 'boolean') return value ? true : 'false';
  if (typeof value === 'string') return value;
  return literal !== undefined && literal !== String(value) ? literal : value;
}
