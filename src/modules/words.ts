/** How a module ended, in words. Pure. */
import { basename } from 'node:path';
import { show } from '../documents/problem.js';
import { formatDuration } from '../documents/units.js';
import type { ModuleSpec } from '../model/job.js';
import { MODULE_SECONDS, NO_OBJECT_CODE, OUTPUT_BYTES, TIME_OVER_CODE } from '../shell/modules.js';
import { moduleWords } from './contract.js';
import type { BashEnd } from './process.js';

export interface Limits {
  /** A longer job comes on standard input alone. */
  readonly argumentBytes: number;
  /** Of standard output, and of standard error. */
  readonly outputBytes: number;
  readonly killAfterMs: number;
}

export type Step = 'copy' | 'compilation' | 'execution';

export interface EndRequest {
  readonly step: Step;
  /** `module m.py (staging 1)` */
  readonly words: string;
  readonly module: ModuleSpec;
  readonly stderr: string;
  readonly limits?: Limits;
}

/** @returns undefined where it ended well */
export function wordEnd(end: BashEnd, request: EndRequest): string | undefined {
  const { step, words, module, stderr, limits } = request;
  const what = step === 'compilation' ? `${words}: its compilation ${show(module.compilation)}` : words;
  switch (end.kind) {
    case 'exited':
      return end.code === 0 ? undefined : `${what} ended with code ${end.code}; ${said(stderr)}`;
    case 'late': {
      const limit = formatDuration(module.timeLimitSeconds ?? MODULE_SECONDS);
      return `${what} took longer than ${limit} and was ended; give it more with time_limit; ${said(stderr)}`;
    }
    case 'too-much': {
      const where = basename(end.file).endsWith('.log') ? 'standard error' : 'standard output';
      return `${what} was ended, as it printed more than ${limits?.outputBytes ?? OUTPUT_BYTES} bytes on ${where}`;
    }
    case 'cancelled':
      return `${what} was ended before it was done`;
    case 'no-start':
      return step === 'copy'
        ? `${what} could not be copied from the modules folder: ${end.why}`
        : `${what} could not be started: ${end.why}`;
  }
}

export interface RemoteEnd {
  readonly stage: 'preprocessing' | 'postprocessing';
  /** As the step left them in `.sluice/failed`: the module's number, or -1 for `setup`; and a code. */
  readonly item: number;
  readonly code: number;
  readonly modules: readonly ModuleSpec[];
  /** The end of the step's log. */
  readonly log: string;
}

/** How a stage on the cluster failed; the codes are those of `renderModules`. */
export function wordRemoteEnd({ stage, item, code, modules, log }: RemoteEnd): string {
  const module = modules[item - 1];
  if (module === undefined) {
    return `${item === -1 ? `setup of ${stage}` : stage} ended with code ${code}; ${said(log)}`;
  }
  const words = moduleWords({ module: module.module, stage, index: item });
  const own = ownWords(log);
  if (code === NO_OBJECT_CODE) return `${words} printed no JSON object; ${said(own)}`;
  const end: BashEnd = code === TIME_OVER_CODE ? { kind: 'late' } : { kind: 'exited', code };
  return wordEnd(end, { step: 'execution', words, module, stderr: own }) ?? `${words} ended well`;
}

/** Without what the step's script says of the end, which is told before it. */
function ownWords(log: string): string {
  const isOurs = (line: string): boolean =>
    /^sluice: (module .* |preprocessing |postprocessing )ended with code \d+(, item -?\d+)?$/.test(line);
  return log
    .split('\n')
    .filter((line) => !isOurs(line))
    .join('\n');
}

/** Lines of a message; all of it is beside it. */
const LINES = 10;

function said(stderr: string): string {
  const lines = stderr.trimEnd().split('\n');
  if (lines.join('') === '') return 'it said nothing on standard error';
  return `it said: ${lines.slice(-LINES).join('\n')}`;
}
