/**
 * What passes between a job and its modules: JSON in, JSON out, and what a module may change. Pure.
 * A module gets the job in the manifest's own keys, on one line, and prints it again, changed or not.
 */
import { compare, label, show } from '../documents/problem.js';
import { findFlaw } from '../documents/value.js';
import type { ReadContext } from '../manifest/draft.js';
import { canonicalJson } from '../manifest/hash.js';
import { readManifestValue } from '../manifest/read.js';
import { toUserInput } from '../manifest/user-input.js';
import type { JobSpec, ModuleStages, Place } from '../model/job.js';
import { forbiddenChange, hasNoEffect, type Keys } from './changes.js';
import { parseObject } from './json.js';

export type Stage = keyof ModuleStages;

export interface OutputRequest {
  readonly stage: Stage;
  /** Its number in the stage, from 1. */
  readonly index: number;
  /** Its file, as the manifest names it. */
  readonly module: string;
  /** The job as the module was given it. */
  readonly spec: JobSpec;
  /** The very JSON that it was given; default: {@link moduleInput} of `spec`. */
  readonly input?: string;
  readonly place: Place;
  readonly context: ReadContext;
}

export type ModuleOutput =
  | {
      readonly ok: true;
      readonly spec: JobSpec;
      /** What it printed, on one line: the next one's input, and kept in the record. */
      readonly json: string;
      /** Top-level keys that are not as they were given, sorted. */
      readonly changed: readonly string[];
      /** Sentences on what it changed in vain, and what the rules warn of. */
      readonly warnings: readonly string[];
    }
  | { readonly ok: false; readonly why: string };

/** The job as modules get it: one line of JSON, without secrets. */
export function moduleInput(spec: JobSpec): string {
  return JSON.stringify(toUserInput(spec));
}

/** `module estimator.py (staging 2)`: how a module is called in every message. */
export function moduleWords({
  module,
  stage,
  index,
}: Pick<OutputRequest, 'module' | 'stage' | 'index'>): string {
  return `module ${module} (${stage} ${index})`;
}

/** @param printed all that the module printed on its standard output */
export function readModuleOutput(printed: string | Uint8Array, request: OutputRequest): ModuleOutput {
  const refuse = (why: string): ModuleOutput => ({ ok: false, why: `${moduleWords(request)} ${why}` });
  const parsed = parseObject(printed);
  if (!parsed.ok) return refuse(parsed.why);
  const flaw = findFlaw(parsed.value);
  if (flaw !== undefined) {
    return refuse(
      `printed a job that cannot be used: ${flaw.path.length === 0 ? 'a key' : label(flaw.path)}: ${flaw.why}`,
    );
  }
  const given = givenKeys(request);
  const forbidden = forbiddenChange(request.stage, given, parsed.value);
  return forbidden === undefined ? revalidate(parsed.value, given, request) : refuse(forbidden);
}

function givenKeys({ input, spec }: OutputRequest): Keys {
  const parsed = input === undefined ? undefined : parseObject(input);
  return parsed?.ok === true ? parsed.value : toUserInput(spec);
}

function revalidate(value: Keys, given: Keys, request: OutputRequest): ModuleOutput {
  const { spec: before, place, context } = request;
  const keys = [...new Set([...Object.keys(given), ...Object.keys(value)])].sort(compare);
  const changed = keys.filter((key) => !same(given[key], value[key]));
  const accepted = {
    keys: new Set(keys.filter((key) => !changed.includes(key))),
    ...(changed.includes('job') ? {} : { job: before.job }),
    ...(changed.includes('modules') || before.modules === undefined ? {} : { modules: before.modules }),
  };
  const { spec, problems } = readManifestValue(value, place, context, accepted);
  const errors = problems.filter(({ severity }) => severity === 'error').map(({ message }) => message);
  if (spec === undefined) {
    return { ok: false, why: `${moduleWords(request)} printed a job that is not valid: ${joined(errors)}` };
  }
  const vain = changed.filter((key) => hasNoEffect(request.stage, key));
  return {
    ok: true,
    // The login is the manifest's; a module has neither seen nor changed it.
    spec: { ...spec, login: before.login },
    json: JSON.stringify(value),
    changed,
    warnings: [
      ...vain.map(
        (key) =>
          `${moduleWords(request)} changed ${key}, which is too late in ${request.stage}: it has no effect`,
      ),
      ...problems.flatMap(({ severity, message }) =>
        severity === 'warning' ? [`${moduleWords(request)} made a job of which is said: ${message}`] : [],
      ),
    ],
  };
}

function same(a: unknown, b: unknown): boolean {
  return a === undefined || b === undefined ? a === b : canonicalJson(a) === canonicalJson(b);
}

function joined(errors: readonly string[]): string {
  const shown = errors.slice(0, 5).join('; and ');
  return errors.length > 5 ? `${shown}; and ${errors.length - 5} more` : shown;
}

export type StageOutput =
  | {
      readonly ok: true;
      readonly spec: JobSpec;
      readonly outputs: readonly Extract<ModuleOutput, { ok: true }>[];
    }
  | { readonly ok: false; readonly index: number; readonly module: string; readonly why: string };

/**
 * All that the modules of a stage on the cluster left, one after the other.
 * @param texts what they printed, in order; fewer than there are modules: the stage did not come to its end
 */
export function readStageOutput(
  texts: readonly (string | Uint8Array)[],
  request: Omit<OutputRequest, 'index' | 'module'>,
): StageOutput {
  let { spec, input } = request;
  const outputs: Extract<ModuleOutput, { ok: true }>[] = [];
  for (const [at, { module }] of (request.spec.modules?.[request.stage] ?? []).entries()) {
    const one = { ...request, spec, index: at + 1, module, ...(input === undefined ? {} : { input }) };
    const text = texts[at];
    const read: ModuleOutput =
      text === undefined
        ? { ok: false, why: `${moduleWords(one)} left no output` }
        : readModuleOutput(text, one);
    if (!read.ok) return { ok: false, index: one.index, module, why: read.why };
    outputs.push(read);
    ({ spec, json: input } = read);
  }
  return { ok: true, spec, outputs };
}

/**
 * What must be there once the last module before the submission has had its say, and the manifest may leave to them.
 * @returns a sentence, or undefined where nothing is missing
 */
export function stillMissing(spec: JobSpec): string | undefined {
  if (spec.execution.length > 0) return undefined;
  return `execution is missing: neither the manifest nor a module says what ${show(spec.name)} runs`;
}
