/** The modules of the `staging` stage: commands run here, one after the other. `docs/modules.md` is the contract. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ReadContext } from '../manifest/draft.js';
import type { JobSpec, ModuleSpec, Place } from '../model/job.js';
import { ARGUMENT_BYTES, KILL_AFTER_SECONDS, MODULE_SECONDS, OUTPUT_BYTES } from '../shell/modules.js';
import { moduleInput, moduleWords, readModuleOutput } from './contract.js';
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
import { lastWords, wordEnd, type Limits, type Step } from './words.js';

export interface StagingRequest {
  readonly spec: JobSpec;
  readonly place: Place;
  readonly context: ReadContext;
  /** Absolute; made with mode 0700, and to be used once. Nothing in it is ever deleted here. */
  readonly directory: string;
  /** Of this process; only a few of its variables reach a module. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly signal?: AbortSignal;
  /** Called before each module with its words, `module m.py (staging 1)`. */
  readonly onStart?: (words: string) => void;
  readonly limits?: Partial<Limits>;
}

/** One module that was run, as the record keeps it. */
export interface RanModule {
  readonly module: string;
  readonly index: number;
  readonly exitCode: number;
  /** What it printed, on one line. */
  readonly output: string;
  /** The end of what it said on standard error. */
  readonly stderr: string;
  readonly seconds: number;
  readonly changed: readonly string[];
  readonly warnings: readonly string[];
}

export interface FailedModule {
  readonly module: string;
  readonly index: number;
  /** Null where it has none: it never started, or was ended. */
  readonly exitCode: number | null;
  readonly stderr: string;
  readonly seconds: number;
  /** A sentence with its name, its exit code and its last words. */
  readonly why: string;
  /** It was ended because the signal said so, and says nothing of the module. */
  readonly cancelled: boolean;
}

export type Staged =
  | {
      readonly ok: true;
      readonly spec: JobSpec;
      readonly modules: readonly RanModule[];
      /** Where they worked, absolute. */
      readonly folder: string;
      /** What they wrote there beside themselves, relative and sorted; what a compilation made is not among it. */
      readonly files: readonly string[];
    }
  | { readonly ok: false; readonly modules: readonly RanModule[]; readonly failed: FailedModule };

const LIMITS: Limits = {
  argumentBytes: ARGUMENT_BYTES,
  outputBytes: OUTPUT_BYTES,
  killAfterMs: KILL_AFTER_SECONDS * 1000,
};

/** Never rejects for what a module does; does for a folder that cannot be written. */
export async function runStaging(request: StagingRequest): Promise<Staged> {
  const folder = join(request.directory, 'work');
  await mkdir(request.directory, { recursive: true, mode: 0o700 });
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const all = request.spec.modules?.staging ?? [];
  const modules: RanModule[] = [];
  let { spec } = request;
  let input = moduleInput(spec);
  const files = new Set<string>();
  for (const [at, module] of all.entries()) {
    const ran = await runOne({ ...request, spec }, { module, index: at + 1, input, folder });
    if (!ran.ok) return { ok: false, modules, failed: ran.failed };
    modules.push(ran.ran);
    ({ spec } = ran);
    input = ran.ran.output;
    for (const file of ran.files) files.add(file);
  }
  const left = await snapshot(folder);
  return { ok: true, spec, modules, folder, files: [...files].filter((file) => left.has(file)).sort() };
}

interface One {
  readonly module: ModuleSpec;
  readonly index: number;
  readonly input: string;
  readonly folder: string;
}

type Ran =
  | { readonly ok: true; readonly ran: RanModule; readonly spec: JobSpec; readonly files: readonly string[] }
  | { readonly ok: false; readonly failed: FailedModule };

async function runOne(request: StagingRequest, one: One): Promise<Ran> {
  const called = { stage: 'staging', index: one.index, module: one.module.module } as const;
  const limits = { ...LIMITS, ...request.limits };
  const begun = performance.now();
  request.onStart?.(moduleWords(called));
  const attempt = await carryOut(request, one, limits);
  const { end, step, log } = attempt;
  const stderr = await lastWords(log);
  const common = { ...named(called), stderr, seconds: Math.round(performance.now() - begun) / 1000 };
  const fail = (why: string): Ran => ({
    ok: false,
    failed: {
      ...common,
      exitCode: end.kind === 'exited' ? end.code : null,
      why,
      cancelled: end.kind === 'cancelled',
    },
  });
  const wrong = wordEnd(end, { step, words: moduleWords(called), module: one.module, stderr, limits });
  if (wrong !== undefined) return fail(wrong);
  const text = await readFile(attempt.output, 'utf8');
  const read = readModuleOutput(text, { ...request, ...called, input: one.input });
  if (!read.ok) return fail(read.why);
  const { json: output, changed, warnings } = read;
  return {
    ok: true,
    spec: read.spec,
    files: attempt.files,
    ran: { ...common, exitCode: 0, output, changed, warnings },
  };
}

function named({ module, index }: { readonly module: string; readonly index: number }): {
  module: string;
  index: number;
} {
  return { module, index };
}

interface CarriedOut {
  readonly end: BashEnd;
  readonly step: Step;
  readonly log: string;
  readonly output: string;
  readonly files: readonly string[];
}

/** Places it, compiles it where asked, runs it. */
async function carryOut(
  request: StagingRequest,
  { module, index, input, folder }: One,
  limits: Limits,
): Promise<CarriedOut> {
  const path = (end: string): string => join(request.directory, `staging.${index}.${end}`);
  const [log, output] = [path('log'), path('json')];
  const none = { log, output, files: [] };
  const until = performance.now() + (module.timeLimitSeconds ?? MODULE_SECONDS) * 1000;
  const { environment, signal, spec, context } = request;
  const passed = passedOn(environment);
  const way: Way = Buffer.byteLength(input) > limits.argumentBytes ? 'stdin' : 'argument';
  const variables = sluiceVariables({ stage: 'staging', index, module: module.module, spec }, way);
  const told: ScriptRequest = { spec, variables, folder, path: passed['PATH'] ?? '' };
  const bash = async (step: Step, text: string, words: readonly string[]): Promise<BashEnd> => {
    const script = path(`${step}.sh`);
    await writeFile(script, text, { mode: 0o600 });
    return runBash({
      ...{ script, words, environment: passed, log, killAfterMs: limits.killAfterMs },
      limitMs: Math.max(0, until - performance.now()),
      bounds: [output, log].map((file) => ({ file, bytes: limits.outputBytes })),
      ...(signal === undefined ? {} : { signal }),
    });
  };
  try {
    await placeModule(module.module, context.modulesDirectory, folder);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    return { ...none, step: 'copy', end: { kind: 'no-start', why } };
  }
  if (module.compilation !== undefined) {
    const end = await bash('compilation', compilationScript(module.compilation, told), []);
    if (end.kind !== 'exited' || end.code !== 0) return { ...none, step: 'compilation', end };
  }
  const before = await snapshot(folder);
  const files = { input: path('input.json'), output };
  await writeFile(files.input, `${input}\n`, { mode: 0o600 });
  const text = executionScript(module.execution, way, files, told);
  const end = await bash('execution', text, way === 'argument' ? [input] : []);
  return { end, step: 'execution', log, output, files: written(before, await snapshot(folder)) };
}
