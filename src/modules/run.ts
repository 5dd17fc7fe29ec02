/** The modules of the `staging` stage: commands run here, one after the other. `docs/modules.md` is the contract. */
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ReadContext } from '../manifest/draft.js';
import type { JobSpec, Place } from '../model/job.js';
import { ARGUMENT_BYTES, KILL_AFTER_SECONDS, OUTPUT_BYTES } from '../shell/modules.js';
import { moduleInput, moduleWords, readModuleOutput } from './contract.js';
import { carryOut, type One } from './carry-out.js';
import { firstOdd, snapshot } from './place.js';
import { lastWords } from './last-words.js';
import { wordEnd, type Limits } from './words.js';

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
  const common = {
    module: called.module,
    index: called.index,
    stderr,
    seconds: Math.round(performance.now() - begun) / 1000,
  };
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
  // There is none where the login profile ended the shell.
  const printed = await readFile(attempt.output).catch(() => new Uint8Array());
  const odd = await firstOdd(one.folder, attempt.files);
  if (odd !== undefined) {
    const what =
      'which is neither a file, a directory nor a link, and cannot be sent: take it away before the end';
    return fail(`${moduleWords(called)} left ${odd}, ${what}`);
  }
  const read = readModuleOutput(printed, { ...request, ...called, input: one.input });
  if (!read.ok) return fail(read.why);
  const { json: output, changed, warnings } = read;
  return {
    ok: true,
    spec: read.spec,
    files: attempt.files,
    ran: { ...common, exitCode: 0, output, changed, warnings },
  };
}
