/** The scripts that run what a manifest says: one for each step before the submission, one for the job itself. */
import { type HeadRequest, renderHead } from './head.js';
import { GUARD, renderEnvironment, renderItems } from './items.js';
import { quote } from './quote.js';

export interface Commands {
  readonly token: string;
  /** Absolute on the cluster. */
  readonly jobDirectory: string;
  /** Absolute on the cluster. */
  readonly workingDirectory: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly setup: readonly string[];
}

/** A step of the chain that runs before the submission, or of the one after the job. */
export interface Step extends Commands {
  /** Where its chain keeps its marks, absolute on the cluster; default: `<jobDirectory>/.sluice`. */
  readonly marksDirectory?: string;
}

export interface StepRequest extends Step {
  readonly name: 'requirements' | 'compilation';
  readonly items: readonly string[];
}

/**
 * A step on the login node, run by the wrapper's runner. Exits with the code of the item that failed, and leaves
 * `ITEM CODE` in `failed` in its marks directory; an item of `setup` is -1.
 */
export function renderStep(request: StepRequest): string {
  const when = 'before the job is submitted';
  return script([...renderStepHead(request, when), ...renderItems(request.setup, request.items)]);
}

/**
 * @param atEnd what is done at every end before the item is noted
 * @returns lines that leave `sluice_leave`, the guard and the environment behind, in the working directory
 */
export function renderStepHead(
  request: Step & { readonly name: string },
  when: string,
  atEnd: readonly string[] = [],
): string[] {
  const marks = request.marksDirectory ?? `${request.jobDirectory}/.sluice`;
  return [
    '#!/bin/bash -l',
    `# ${request.name} of ${comment(request.token)}, run on the login node ${when}`,
    "set +euC; IFS=$' \\t\\n' # whatever the login profile left",
    `sluice_failed=${quote(`${marks}/failed`)}`,
    'sluice_leave() { # CODE',
    ...atEnd.map((line) => `  ${line}`),
    '  [ "$1" != 0 ] || return 0',
    `  echo "sluice: ${request.name} ended with code $1, item $sluice_item" >&2`,
    '  echo "$sluice_item $1" >|"$sluice_failed.$$" && mv -f "$sluice_failed.$$" "$sluice_failed"',
    '}',
    ...GUARD,
    '',
    ...renderEnvironment(request.environment),
    'sluice_item=-1',
    `cd ${quote(request.workingDirectory)} || exit 1`,
  ];
}

export interface BatchRequest extends Commands, HeadRequest {
  /** Comment lines for the workload manager, as `#SBATCH --time=…`. */
  readonly directives: readonly string[];
  /** Set before the user's `environment`, which may say otherwise. */
  readonly variables: Readonly<Record<string, string>>;
  readonly execution: readonly string[];
}

/** The batch script: head, environment, working directory, `setup`, `execution`. LF line ends. */
export function renderBatchScript(request: BatchRequest): string {
  return script([
    '#!/bin/bash -l',
    ...request.directives,
    `# ${comment(request.token)}`,
    '',
    ...renderHead(request),
    `cd ${quote(request.workingDirectory)} || sluice_refuse 122 "the working directory is not on $HOSTNAME"`,
    ...GUARD,
    '',
    '# ---- what the manifest says ----',
    ...renderEnvironment({ ...request.variables, ...request.environment }),
    ...renderItems(request.setup, request.execution),
  ]);
}

function comment(text: string): string {
  return text.replaceAll(/\s+/g, ' ');
}

export function script(lines: readonly string[]): string {
  return `${lines.join('\n')}\n`;
}
