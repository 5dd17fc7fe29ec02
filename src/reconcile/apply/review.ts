/** What the steps of an attempt left for us, read and checked: where its files came from, what its modules made of the job. */
import type { Review } from '../../model/action.js';
import type { JobSpec, ModuleSpec } from '../../model/job.js';
import type { ModuleRun } from '../../model/module-run.js';
import type { Attempt, Run } from '../../model/run.js';
import { moduleInput, readStageOutput, stillMissing, type StageOutput } from '../../modules/contract.js';
import { specForNext } from '../../plan/situation.js';
import { readSource, type Told } from '../../protocol/told.js';
import { moduleOutput } from '../../shell/modules.js';
import type { Store } from '../../store/store.js';
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
    if (action.when === 'before') recordBefore(context, action, run, attempt, told);
    else recordAfter(context, action, run, attempt, told);
  });
}

function recordBefore(
  context: Context,
  { failure, mayEnd }: Review,
  run: Run,
  attempt: Attempt,
  told: Told,
): void {
  recordSource(context, run.uuid, attempt.number, told);
  const base = specForNext({ run, attempts: [] }, undefined);
  if ((base.modules?.preprocessing.length ?? 0) === 0) return;
  const read = readStage(
    context,
    run,
    { stage: 'preprocessing', spec: base, input: moduleInput(base), failure },
    told,
  );
  keepModules(context, run, attempt, 'preprocessing', read);
  const why = read.ok ? stillMissing(read.spec) : read.why;
  if (read.ok && why === undefined) {
    context.store.attempts.patch(run.uuid, attempt.number, { preparedJson: JSON.stringify(read.spec) });
    return;
  }
  // The plan has seen that failure itself, and concludes by it.
  if (failure !== undefined) return;
  const message = `${why ?? ''} (on ${attempt.cluster})`;
  if (mayEnd) {
    const end = { state: 'ended', outcome: 'step-failed', reason: 'PreprocessingFailed', message } as const;
    context.store.attempts.patch(run.uuid, attempt.number, { ...end, endedAt: context.clock.now() });
  }
  // Of one that was submitted it can only be told: by a state that is lost, which had read it well.
  context.story({ level: 'warning', job: run.name, cluster: attempt.cluster, text: message });
}

function recordAfter(context: Context, { failure }: Review, run: Run, attempt: Attempt, told: Told): void {
  const { store, clock } = context;
  const base = specForNext({ run, attempts: [] }, undefined);
  const before = base.modules?.preprocessing.length ?? 0;
  const spec = attempt.preparedJson === undefined ? base : (JSON.parse(attempt.preparedJson) as JobSpec);
  const input = before === 0 ? moduleInput(base) : lastOutput(store, run, attempt, before, told);
  const postprocessedAt = clock.now();
  if (input === undefined) {
    const postFailure = `what its preprocessing modules printed cannot be read again on ${attempt.cluster}, and theirs goes by it`;
    store.attempts.patch(run.uuid, attempt.number, { postprocessedAt, postFailure });
    return;
  }
  const read = readStage(context, run, { stage: 'postprocessing', spec, input, failure }, told);
  keepModules(context, run, attempt, 'postprocessing', read);
  if (read.ok) {
    const preparedJson = JSON.stringify(read.spec);
    store.attempts.patch(run.uuid, attempt.number, { postprocessedAt, preparedJson });
    return;
  }
  const postFailure = failure?.message ?? `${read.why} (on ${attempt.cluster})`;
  store.attempts.patch(run.uuid, attempt.number, { postprocessedAt, postFailure });
}

/** What the last module before the submission printed: as it was kept, or as it stands there. */
function lastOutput(
  store: Store,
  run: Run,
  attempt: Attempt,
  index: number,
  { texts }: Told,
): string | undefined {
  const kept = store.moduleRuns
    .ofRun(run.uuid)
    .find(
      (each) => each.attempt === attempt.number && each.stage === 'preprocessing' && each.index === index,
    );
  return kept?.output ?? texts.get(moduleOutput('preprocessing', index));
}

interface StageRequest {
  readonly stage: RemoteStage;
  /** The job as its first module was given it. */
  readonly spec: JobSpec;
  readonly input: string;
  readonly failure: Review['failure'];
}

/** As it was given, and as the stage left it; what was printed until a module failed. */
type StageRead =
  | Extract<StageOutput, { ok: true }>
  | (Extract<StageOutput, { ok: false }> & { readonly before: readonly ModuleRun[] });

function readStage(context: Context, run: Run, request: StageRequest, { texts }: Told): StageRead {
  const { stage, spec, input, failure } = request;
  const all = spec.modules?.[stage] ?? [];
  const read = (modules: readonly ModuleSpec[]): StageOutput => {
    const printed = modules.map((_, at) => texts.get(moduleOutput(stage, at + 1)));
    const first = printed.indexOf(undefined);
    const whole = (first < 0 ? printed : printed.slice(0, first)).filter((text) => text !== undefined);
    const of =
      spec.modules === undefined ? spec : { ...spec, modules: { ...spec.modules, [stage]: modules } };
    return readStageOutput(whole, { stage, spec: of, input, place: placeOf(run), context: context.reading });
  };
  const bad: StageOutput =
    failure === undefined
      ? read(all)
      : {
          ok: false,
          index: Math.max(failure.index, 1),
          module: all[failure.index - 1]?.module ?? '',
          why: failure.message,
        };
  if (bad.ok) return bad;
  const good = read(all.slice(0, bad.index - 1));
  return { ...bad, before: good.ok ? runsOf(stage, all, good) : [] };
}

function runsOf(
  stage: RemoteStage,
  modules: readonly ModuleSpec[],
  { outputs }: Extract<StageOutput, { ok: true }>,
): readonly ModuleRun[] {
  return outputs.map(({ json, changed }, at) => {
    return { stage, index: at + 1, module: modules[at]?.module ?? '', output: json, changed };
  });
}

function keepModules(
  context: Context,
  run: Run,
  attempt: Attempt,
  stage: RemoteStage,
  read: StageRead,
): void {
  const modules = specForNext({ run, attempts: [] }, undefined).modules?.[stage] ?? [];
  const ran: readonly ModuleRun[] = read.ok
    ? runsOf(stage, modules, read)
    : [...read.before, { stage, index: read.index, module: read.module, changed: [], failure: read.why }];
  context.store.moduleRuns.put(run.uuid, attempt.number, stage, ran);
  tellModules(context, run, ran, attempt.number);
  const warnings = read.ok ? read.outputs.flatMap((each) => each.warnings) : [];
  for (const text of warnings)
    context.story({ level: 'warning', job: run.name, cluster: attempt.cluster, text });
}
