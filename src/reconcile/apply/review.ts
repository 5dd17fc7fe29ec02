/** What the steps of an attempt left for us, read and checked: where its files came from, what its modules made of the job. */
import type { Review } from '../../model/action.js';
import type { JobSpec } from '../../model/job.js';
import type { ModuleRun } from '../../model/module-run.js';
import type { Attempt, Run } from '../../model/run.js';
import { moduleInput, readStageOutput, stillMissing, type StageOutput } from '../../modules/contract.js';
import { specForNext } from '../../plan/situation.js';
import { readSource, type Told } from '../../protocol/told.js';
import { moduleOutput } from '../../shell/modules.js';
import type { Context } from '../context.js';
import { placeOf, tellModules } from '../here.js';

type RemoteStage = 'preprocessing' | 'postprocessing';

/** Keeps what was heard with a submission: there are no modules, so that it is not looked at before. */
export function recordSource(context: Context, uuid: string, attempt: number, told: Told): void {
  const source = readSource(told);
  const heardAt = context.clock.now();
  context.store.attempts.patch(uuid, attempt, { heardAt, ...(source === undefined ? {} : { source }) });
}

export function recordReview(context: Context, action: Review, told: Told): void {
  const { store } = context;
  const run = store.runs.byUuid(action.uuid);
  const attempt = store.attempts.get(action.uuid, action.attempt);
  if (!run || !attempt) throw new Error(`${action.token} is to be reviewed and was never committed`);
  for (const fault of told.faults)
    context.story({ level: 'warning', job: run.name, cluster: action.cluster, text: fault });
  store.transaction(() => {
    if (action.when === 'before') recordBefore(context, run, attempt, told);
    else recordAfter(context, run, attempt, told);
  });
}

function recordBefore(context: Context, run: Run, attempt: Attempt, told: Told): void {
  recordSource(context, run.uuid, attempt.number, told);
  const base = specForNext({ run, attempts: [] }, undefined);
  if ((base.modules?.preprocessing.length ?? 0) === 0) return;
  const read = readStage(context, run, 'preprocessing', { spec: base, input: moduleInput(base) }, told);
  keepModules(context, run, attempt, 'preprocessing', read);
  const why = read.ok ? stillMissing(read.spec) : read.why;
  if (read.ok && why === undefined) {
    context.store.attempts.patch(run.uuid, attempt.number, { preparedJson: JSON.stringify(read.spec) });
    return;
  }
  const message = `${why ?? ''} (on ${attempt.cluster})`;
  if (attempt.jobId === undefined) {
    const end = { state: 'ended', outcome: 'step-failed', reason: 'PreprocessingFailed', message } as const;
    context.store.attempts.patch(run.uuid, attempt.number, { ...end, endedAt: context.clock.now() });
  }
  // Of one that runs already it can only be told: it was submitted by a state that is lost, and had read it well.
  context.story({ level: 'warning', job: run.name, cluster: attempt.cluster, text: message });
}

function recordAfter(context: Context, run: Run, attempt: Attempt, told: Told): void {
  const { store, clock } = context;
  const base = specForNext({ run, attempts: [] }, undefined);
  const before = base.modules?.preprocessing.length ?? 0;
  const spec = attempt.preparedJson === undefined ? base : (JSON.parse(attempt.preparedJson) as JobSpec);
  const input = told.texts.get(moduleOutput('preprocessing', before)) ?? moduleInput(base);
  const read = readStage(context, run, 'postprocessing', { spec, input }, told);
  keepModules(context, run, attempt, 'postprocessing', read);
  const postprocessedAt = clock.now();
  if (read.ok) {
    const preparedJson = JSON.stringify(read.spec);
    store.attempts.patch(run.uuid, attempt.number, { postprocessedAt, preparedJson });
    return;
  }
  const postFailure = `${read.why} (on ${attempt.cluster})`;
  store.attempts.patch(run.uuid, attempt.number, { postprocessedAt, postFailure });
}

function readStage(
  context: Context,
  run: Run,
  stage: RemoteStage,
  before: { readonly spec: JobSpec; readonly input: string },
  { texts }: Told,
): StageOutput {
  const modules = before.spec.modules?.[stage] ?? [];
  const printed = modules.map((_, at) => texts.get(moduleOutput(stage, at + 1)));
  const first = printed.indexOf(undefined);
  const whole = (first < 0 ? printed : printed.slice(0, first)).filter((text) => text !== undefined);
  const request = { stage, ...before, place: placeOf(run), context: context.reading };
  return readStageOutput(whole, request);
}

function keepModules(
  context: Context,
  run: Run,
  attempt: Attempt,
  stage: RemoteStage,
  read: StageOutput,
): void {
  const modules = specForNext({ run, attempts: [] }, undefined).modules?.[stage] ?? [];
  const nameOf = (index: number): string => modules[index - 1]?.module ?? '';
  const ran: readonly ModuleRun[] = read.ok
    ? read.outputs.map(({ json, changed }, at) => {
        return { stage, index: at + 1, module: nameOf(at + 1), output: json, changed };
      })
    : [{ stage, index: read.index, module: read.module, changed: [], failure: read.why }];
  context.store.moduleRuns.put(run.uuid, attempt.number, stage, ran);
  tellModules(context, run, ran, attempt.number);
  const warnings = read.ok ? read.outputs.flatMap((each) => each.warnings) : [];
  for (const text of warnings)
    context.story({ level: 'warning', job: run.name, cluster: attempt.cluster, text });
}
