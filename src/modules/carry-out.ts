/** One module here: its files are placed, it is compiled where that is asked, it runs. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { JobSpec, ModuleSpec } from '../model/job.js';
import { MODULE_SECONDS } from '../shell/modules.js';
import {
  compilationScript,
  executionScript,
  passedOn,
  sluiceVariables,
  type ScriptRequest,
  type Way,
} from './environment.js';
import { placeModule, snapshot, written } from './place.js';
import { runBash, type BashEnd } from './process.js';
import type { Limits, Step } from './words.js';

export interface One {
  readonly module: ModuleSpec;
  /** From 1. */
  readonly index: number;
  /** The job in JSON. */
  readonly input: string;
  /** Where it works, absolute. */
  readonly folder: string;
}

export interface CarryOutRequest {
  readonly spec: JobSpec;
  /** For scripts, input, output and log, absolute. */
  readonly directory: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly context: { readonly modulesDirectory: string };
  readonly signal?: AbortSignal;
}

export interface CarriedOut {
  readonly end: BashEnd;
  readonly step: Step;
  /** Standard error of both steps. */
  readonly log: string;
  readonly output: string;
  /** What it wrote beside itself. */
  readonly files: readonly string[];
}

export async function carryOut(request: CarryOutRequest, one: One, limits: Limits): Promise<CarriedOut> {
  const { module, folder } = one;
  const paths = pathsOf(request.directory, one.index);
  const none = { log: paths.log, output: paths.output, files: [] };
  const until = performance.now() + (module.timeLimitSeconds ?? MODULE_SECONDS) * 1000;
  const missing = await place(one, request.context.modulesDirectory);
  if (missing !== undefined) return { ...none, step: 'copy', end: missing };
  const way: Way = Buffer.byteLength(one.input) > limits.argumentBytes ? 'stdin' : 'argument';
  const told = toldOf(request, one, way);
  const run: Run = { request, paths, limits, until };
  if (module.compilation !== undefined) {
    const end = await bash(run, 'compilation', compilationScript(module.compilation, told), []);
    if (end.kind !== 'exited' || end.code !== 0) return { ...none, step: 'compilation', end };
  }
  const before = await snapshot(folder);
  await writeFile(paths.input, `${one.input}\n`, { mode: 0o600 });
  const text = executionScript(module.execution, way, paths, told);
  const end = await bash(run, 'execution', text, way === 'argument' ? [one.input] : []);
  return { ...none, step: 'execution', end, files: written(before, await snapshot(folder)) };
}

interface Paths {
  readonly log: string;
  readonly input: string;
  readonly output: string;
  readonly script: (step: Step) => string;
}

function pathsOf(directory: string, index: number): Paths {
  const path = (end: string): string => join(directory, `staging.${index}.${end}`);
  return {
    log: path('log'),
    input: path('input.json'),
    output: path('json'),
    script: (step) => path(`${step}.sh`),
  };
}

async function place({ module, folder }: One, modulesDirectory: string): Promise<BashEnd | undefined> {
  try {
    await placeModule(module.module, modulesDirectory, folder);
    return undefined;
  } catch (cause) {
    return { kind: 'no-start', why: cause instanceof Error ? cause.message : String(cause) };
  }
}

function toldOf(
  { spec, environment }: CarryOutRequest,
  { module, index, folder }: One,
  way: Way,
): ScriptRequest {
  const variables = sluiceVariables({ stage: 'staging', index, module: module.module, spec }, way);
  return { spec, variables, folder, path: environment['PATH'] ?? '' };
}

interface Run {
  readonly request: CarryOutRequest;
  readonly paths: Paths;
  readonly limits: Limits;
  /** When the module's time is over, for both steps together. */
  readonly until: number;
}

async function bash(
  { request, paths, limits, until }: Run,
  step: Step,
  text: string,
  words: readonly string[],
): Promise<BashEnd> {
  const script = paths.script(step);
  await writeFile(script, text, { mode: 0o600 });
  return runBash({
    ...{ script, words, environment: passedOn(request.environment), log: paths.log },
    limitMs: Math.max(0, until - performance.now()),
    killAfterMs: limits.killAfterMs,
    bounds: [paths.output, paths.log].map((file) => ({ file, bytes: limits.outputBytes })),
    ...(request.signal === undefined ? {} : { signal: request.signal }),
  });
}
