/** What a module may know here beside its job, and the script that runs a command of its. */
import { renderEnvironment } from '../shell/items.js';
import { tidy, withArgument } from '../shell/modules.js';
import { quote } from '../shell/quote.js';
import type { JobSpec } from '../model/job.js';
import type { OutputRequest } from './contract.js';

/** All that passes of this process's own environment: where programs and the home are, language and time. */
const PASSED = ['PATH', 'HOME', 'USER', 'LOGNAME', 'SHELL', 'LANG', 'LC_ALL', 'LC_CTYPE', 'TZ', 'TMPDIR'];

type Environment = Readonly<Record<string, string | undefined>>;

export function passedOn(environment: Environment): Record<string, string> {
  return Object.fromEntries(
    PASSED.flatMap((name) => {
      const value = environment[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

/** How the module gets its job: an argument has a limit, standard input has none. */
export type Way = 'argument' | 'stdin';

export function sluiceVariables(
  one: Pick<OutputRequest, 'stage' | 'index' | 'module' | 'spec'>,
  way: Way,
): Record<string, string> {
  const { name, run, job } = one.spec;
  return {
    SLUICE_STAGE: one.stage,
    SLUICE_MODULE: one.module,
    SLUICE_INDEX: String(one.index),
    SLUICE_INPUT: way,
    SLUICE_NAME: name,
    SLUICE_RUN: run,
    ...(job.kind === 'file' || job.kind === 'directory' ? { SLUICE_JOB: job.path } : {}),
  };
}

export interface ScriptRequest {
  readonly spec: JobSpec;
  readonly variables: Readonly<Record<string, string>>;
  /** Absolute. */
  readonly folder: string;
  /** Of this process, to be found before what the login profile names. */
  readonly path: string;
}

export function compilationScript(command: string, request: ScriptRequest): string {
  return script(request, `eval ${quote(tidy(command))} </dev/null`);
}

/** The job is `$1`, or there is none and it comes on standard input alone. */
export function executionScript(
  command: string,
  way: Way,
  files: { readonly input: string; readonly output: string },
  request: ScriptRequest,
): string {
  const text = way === 'argument' ? withArgument(command) : tidy(command);
  return script(request, `eval ${quote(text)} <${quote(files.input)} >|${quote(files.output)}`);
}

function script({ spec, variables, folder, path }: ScriptRequest, command: string): string {
  const lines = [
    '#!/bin/bash -l',
    "set +euC; IFS=$' \\t\\n' # whatever the login profile left",
    `export PATH=${quote(path)}\${PATH:+:$PATH}`,
    ...renderEnvironment({ ...spec.environment, ...variables }),
    `cd ${quote(folder)} || exit 1`,
    command,
  ];
  return `${lines.join('\n')}\n`;
}
