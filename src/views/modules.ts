/** The external modules of a job as machines get them: its tree of stages, each module with what it printed. */
import type { UserInput } from '../manifest/user-input.js';
import type { ModuleRun } from '../model/module-run.js';

/** Of one stage of one attempt; of `staging` with attempt 0. */
export interface ShownModuleRun extends ModuleRun {
  readonly attempt: number;
}

const STAGES = ['staging', 'preprocessing', 'postprocessing'] as const;

/**
 * @param stages as the job's keys have them: stage → list of modules
 * @returns the same with `output` (the JSON that a module printed, null where it has not), `changed`, `said` (the end of its
 *   standard error, where it is kept) and `failure` for each module; of several attempts the latest counts
 */
export function modulesView(stages: unknown, ran: readonly ShownModuleRun[]): UserInput | null {
  if (!isObject(stages)) return null;
  return Object.fromEntries(
    STAGES.filter((stage) => stage in stages).map((stage) => [stage, stageView(stages[stage], stage, ran)]),
  );
}

function stageView(
  list: unknown,
  stage: ModuleRun['stage'],
  ran: readonly ShownModuleRun[],
): readonly UserInput[] {
  return (Array.isArray(list) ? list : []).map((module: unknown, at): UserInput => {
    const run = ran.findLast((each) => each.stage === stage && each.index === at + 1);
    return { ...(isObject(module) ? module : {}), ...runView(run) };
  });
}

function runView(run: ShownModuleRun | undefined): UserInput {
  return {
    output: run?.output === undefined ? null : parsed(run.output),
    ...(run === undefined ? {} : { changed: run.changed }),
    ...(run?.stderr ? { said: run.stderr } : {}),
    ...(run?.failure === undefined ? {} : { failure: run.failure }),
  };
}

/** It was read before it was kept. */
function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return json;
  }
}

function isObject(value: unknown): value is UserInput {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
