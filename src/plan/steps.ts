/** The steps of an attempt on the login node: which there are, and what it means when one fails. */
import type { JobSpec } from '../model/job.js';
import type { StepName, StepsMark } from '../model/observation.js';
import type { Attempt, Reason } from '../model/run.js';
import { wordRemoteEnd } from '../modules/words.js';
import { SOURCE_CODES } from '../shell/source-codes.js';
import { type RunSituation, siteOf } from './situation.js';

/** Its files are at an address, not on this machine. */
export function isRemote({ job }: JobSpec): boolean {
  return job.kind === 'git' || job.kind === 'url';
}

/** The cluster, or its login node's network, could not get at the files: then they are sent from here. */
export function couldNotFetch({ outcome, reason }: Attempt): boolean {
  return outcome === 'refused' && (reason === 'CloneFailed' || reason === 'DownloadFailed');
}

/**
 * Whether the job's files at an address are sent from here.
 * @param attempt decided when it was made; undefined: for the one that would be made on that cluster now
 */
export function isFromHere(s: RunSituation, cluster: string, spec: JobSpec, attempt?: Attempt): boolean {
  if (!isRemote(spec)) return false;
  if (attempt !== undefined) return attempt.fromHere === true;
  const where = fetchOn(s, cluster, spec);
  if (where !== 'auto') return where === 'here';
  return s.record.attempts.some((each) => each.cluster === cluster && couldNotFetch(each));
}

/** What an action `stage` says of it. */
export function fromHere(...of: Parameters<typeof isFromHere>): { readonly fromHere?: true } {
  return isFromHere(...of) ? { fromHere: true } : {};
}

function fetchOn(s: RunSituation, cluster: string, spec: JobSpec): NonNullable<JobSpec['fetchOn']> {
  return spec.fetchOn ?? siteOf(s, cluster)?.cluster.fetchOn ?? 'auto';
}

/** Those before the submission, in their order. @param attempt as for {@link isFromHere} */
export function stepsOf(
  s: RunSituation,
  cluster: string,
  spec: JobSpec,
  attempt?: Attempt,
): readonly StepName[] {
  const { requirements, compilation, modules } = spec;
  return [
    ...(isRemote(spec) && !isFromHere(s, cluster, spec, attempt) ? (['source'] as const) : []),
    ...(requirements.length > 0 ? (['requirements'] as const) : []),
    ...(compilation.length > 0 ? (['compilation'] as const) : []),
    ...((modules?.preprocessing.length ?? 0) > 0 ? (['preprocessing'] as const) : []),
  ];
}

const STEP_WORDS: Readonly<Record<StepName, string>> = {
  source: 'the fetching of its files',
  requirements: 'requirements',
  compilation: 'compilation',
  preprocessing: 'preprocessing modules',
  postprocessing: 'postprocessing modules',
};

/** `requirements, compilation and preprocessing modules`. */
export function stepWords(steps: readonly StepName[]): string {
  const words = steps.map((step) => STEP_WORDS[step]);
  const last = words.pop() ?? 'its steps';
  return words.length === 0 ? last : `${words.join(', ')} and ${last}`;
}

export interface StepFailure {
  readonly reason: Reason;
  readonly message: string;
  /** The files may be sent from here instead. */
  readonly goesOnFromHere: boolean;
}

/** What a failed step means for the run. @param cluster where it ran */
export function readFailure(
  s: RunSituation,
  cluster: string,
  steps: Extract<StepsMark, { readonly kind: 'failed' }>,
): StepFailure {
  switch (steps.step) {
    case 'source':
      return sourceFailure(s, cluster, steps);
    case 'requirements':
    case 'compilation':
      return { reason: 'StepFailed', message: commandFailure(s.spec, cluster, steps), goesOnFromHere: false };
    case 'preprocessing':
    case 'postprocessing': {
      const { step: stage, item, exitCode: code, tail: log } = steps;
      const modules = s.spec.modules?.[stage] ?? [];
      const reason = stage === 'preprocessing' ? 'PreprocessingFailed' : 'PostprocessingFailed';
      const words = wordRemoteEnd({ stage, item, code, modules, log });
      return { reason, message: `${words} (on ${cluster})`, goesOnFromHere: false };
    }
  }
}

type Failed = Extract<StepsMark, { readonly kind: 'failed' }>;

function commandFailure(spec: JobSpec, cluster: string, { step, item, exitCode, tail }: Failed): string {
  const commands = step === 'requirements' || step === 'compilation' ? spec[step] : [];
  const command = commands[item - 1];
  // What is killed names no item.
  const setup = exitCode > 128 ? step : `the setup before ${step}`;
  return ended(command === undefined ? setup : `${step} "${command}"`, cluster, exitCode, tail);
}

function ended(what: string, cluster: string, code: number, tail: string): string {
  const words = tail.trim();
  return `${what} ended with exit code ${code} on ${cluster}${words ? `:\n${words}` : ''}`;
}

/** Its own log says what the program said, and in its last line what we make of it. */
function sourceFailure(s: RunSituation, cluster: string, { item, exitCode, tail }: Failed): StepFailure {
  const isGit = s.spec.job.kind === 'git';
  const { noTool, unreachable, refused } = SOURCE_CODES;
  // A key for a private repository may be here and not there.
  const codes: readonly number[] = isGit ? [noTool, unreachable, refused] : [noTool, unreachable];
  const goesOnFromHere = item === 0 && codes.includes(exitCode) && fetchOn(s, cluster, s.spec) === 'auto';
  const what =
    item === -1 ? 'the setup before the fetching of its files' : `the fetching of ${urlOf(s.spec)}`;
  return {
    reason: isGit ? 'CloneFailed' : 'DownloadFailed',
    message: ended(what, cluster, exitCode, tail),
    goesOnFromHere,
  };
}

/** Without what a query may hold. */
export function urlOf({ job }: JobSpec): string {
  if (job.kind === 'git') return job.url;
  return job.kind === 'url' ? job.url.replace(/[?#].*$/s, '') : 'its files';
}
