import { parseDuration, parseMemory, type Parsed } from '../documents/units.js';
import type { Resources } from '../model/job.js';
import type { Resources as RawResources, SbatchOptions } from './manifest.generated.js';
import { optionValue } from './sbatch-options.js';

/** Finds a scalar's own text, by the path below the value that is being read. */
export type Literal = (...path: string[]) => string | undefined;

/** What was written, in the model's words and units; nothing is added. */
export function readResources(raw: RawResources | undefined, literal: Literal): Resources {
  const given = raw ?? {};
  return compact({
    arraySize: given.nbr_jobs_in_array,
    durationSeconds: amount(given.duration, parseDuration),
    processes: given.nbr_processes,
    threadsPerProcess: given.nbr_threads_per_process,
    memoryPerThreadMiB: amount(given.memory_per_thread, parseMemory),
    distribution: given.distribution,
    nodes: given.nbr_of_nodes,
    partition: given.partition,
    sbatchOptions: readOptions(given.sbatch_options, (key) => literal('sbatch_options', key)),
  });
}

/** Options as they go to sbatch; `false` is refused by a rule and left out here. */
export function readOptions(
  raw: SbatchOptions | undefined,
  literal: (key: string) => string | undefined,
): Record<string, string | number | true> {
  const entries = Object.entries(raw ?? {}).filter(([, value]) => value !== false);
  return Object.fromEntries(entries.map(([key, value]) => [key, optionValue(value, literal(key))]));
}

/** Variables as text, exactly as they were written: `010` stays `010`. */
export function readTexts(
  raw: Readonly<Record<string, string | number | boolean>> | null | undefined,
  literal: (key: string) => string | undefined,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(raw ?? {}).map(([key, value]) => [
      key,
      typeof value === 'string' ? value : (literal(key) ?? String(value)),
    ]),
  );
}

/** The schema has found bad ones already. */
function amount(text: string | undefined, parse: (text: string) => Parsed): number | undefined {
  const parsed = text === undefined ? undefined : parse(text);
  return parsed?.ok === true ? parsed.value : undefined;
}

type Compact<T> = { [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>;
};

/** Without the keys that are undefined: absent and undefined are different things in the model. */
export function compact<T extends object>(value: T): Compact<T> {
  return Object.fromEntries(Object.entries(value).filter(([, inner]) => inner !== undefined)) as Compact<T>;
}
