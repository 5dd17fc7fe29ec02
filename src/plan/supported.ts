/** What a valid manifest may ask for that this version does not do yet. Said, never silently left out. */
import type { JobSpec } from '../model/job.js';

interface Limit {
  readonly asks: (spec: JobSpec) => boolean;
  readonly words: string;
}

const LIMITS: readonly Limit[] = [
  { asks: (spec) => spec.prepareOn === 'job', words: '`prepare_on: job`' },
  { asks: (spec) => spec.destination === 'auto', words: '`destination_cluster: auto`' },
];

/** @returns the sentence for a person, or undefined when all of it can be done. */
export function notSupportedYet(spec: JobSpec): string | undefined {
  const found = LIMITS.filter((limit) => limit.asks(spec)).map((limit) => limit.words);
  return found.length === 0
    ? undefined
    : `this version does not do ${found.join(', ')} yet; nothing was submitted`;
}
