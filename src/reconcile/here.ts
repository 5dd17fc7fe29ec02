/**
 * What is done on this machine for the jobs, beside the passes: staging modules run, and files at an address are brought where
 * a cluster cannot fetch them. A pass begins it and takes up what it came to.
 */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { Bring, RunModules } from '../model/action.js';
import type { JobSpec } from '../model/job.js';
import type { ModuleRun } from '../model/module-run.js';
import { type FetchedSource, isEnded, type Run, type RunRecord } from '../model/run.js';
import { stillMissing } from '../modules/contract.js';
import { runStaging, type Staged } from '../modules/run.js';
import { candidatesOf } from '../plan/choose.js';
import { specForNext } from '../plan/situation.js';
import { couldNotFetch } from '../plan/steps.js';
import { OriginError } from '../ports.js';
import { type Context, messageOf } from './context.js';
import { tidyHere } from './tidy-here.js';
import type { Finished } from './workshop.js';

export type HereResult =
  | { readonly kind: 'modules'; readonly staged: Staged }
  | { readonly kind: 'bring'; readonly folder: string; readonly source: FetchedSource }
  | { readonly kind: 'not-brought'; readonly why: string };

/** Staging modules are about the manifest as it was accepted, a clone about the address that they left. */
const makeOfModules = (run: Pick<Run, 'hash' | 'specJson'>): string => `modules ${run.hash} ${run.specJson}`;
const makeOfBringing = (spec: JobSpec): string => `bring ${JSON.stringify(spec.job)}`;

/** Begins what a plan asks for; what is under way for the run already goes on. */
export function beginHere(context: Context, action: RunModules | Bring): void {
  const record = context.store.records.byUuid(action.uuid);
  if (!record) throw new Error(`${action.name} is to be worked on and was never accepted`);
  const { workshop } = context.here;
  const { uuid } = action;
  if (action.kind === 'modules') {
    const run = (signal: AbortSignal): Promise<HereResult> => stage(context, record.run, signal);
    workshop.begin({ uuid, make: makeOfModules(record.run), run });
    return;
  }
  const spec = specForNext(record, undefined);
  const run = (signal: AbortSignal): Promise<HereResult> => bring(context, action, spec, signal);
  workshop.begin({ uuid, make: makeOfBringing(spec), run });
}

function folderOf(context: Context, uuid: string, what: string): string {
  return join(context.here.folder, uuid, `${what}.${randomBytes(4).toString('hex')}`);
}

/** Where in the manifest's file it stands plays no part in what is said of a module's output. */
export function placeOf(run: Pick<Run, 'manifestFile'>): Parameters<typeof runStaging>[0]['place'] {
  return { file: run.manifestFile, document: 0, line: 1, column: 1 };
}

async function stage(context: Context, run: Run, signal: AbortSignal): Promise<HereResult> {
  const staged = await runStaging({
    // Written by us when the run was accepted.
    spec: JSON.parse(run.specJson) as JobSpec,
    place: placeOf(run),
    context: context.reading,
    directory: folderOf(context, run.uuid, 'modules'),
    environment: context.here.environment,
    signal,
    onStart: (words) => context.story({ level: 'info', job: run.name, text: `${words} runs here` }),
  });
  return { kind: 'modules', staged };
}

async function bring(
  context: Context,
  action: Bring,
  { job }: JobSpec,
  signal: AbortSignal,
): Promise<HereResult> {
  const { origin } = context.here;
  const folder = folderOf(context, action.uuid, 'source');
  context.story({ level: 'info', job: action.name, text: `${action.url} is fetched to this machine` });
  if (job.kind !== 'git' && job.kind !== 'url') throw new Error(`${action.name} has nothing to be brought`);
  const { maxDownloadBytes } = context.inventory.get(action.cluster) ?? {};
  const limit = maxDownloadBytes === undefined ? {} : { maxBytes: maxDownloadBytes };
  try {
    return { kind: 'bring', ...(await origin.fetch({ source: job, into: folder, ...limit, signal })) };
  } catch (error) {
    if (error instanceof OriginError) return { kind: 'not-brought', why: error.message };
    throw error;
  }
}

/** Takes up what has come to its end; gives up what nobody waits for any more. For the beginning of a pass. */
export async function takeUpHere(context: Context): Promise<void> {
  const { workshop } = context.here;
  for (const uuid of workshop.busy) if (!isWaitedFor(context.store.runs.byUuid(uuid))) workshop.stop(uuid);
  for (const finished of workshop.take()) {
    const record = context.store.records.byUuid(finished.uuid);
    if (record && isWaitedFor(record.run) && isOfToday(record, finished.make))
      recordFinished(context, record, finished);
  }
  await tidyHere(context);
}

function isWaitedFor(run: Run | undefined): boolean {
  return run !== undefined && !isEnded(run.phase) && !run.cancelRequested;
}

function isOfToday(record: RunRecord, make: string): boolean {
  return make === makeOfModules(record.run) || make === makeOfBringing(specForNext(record, undefined));
}

/** For the plan: the runs that are worked on, as they are today; and those whose files are here. */
export function standingHere(
  { here }: Context,
  live: ReadonlyMap<string, RunRecord>,
): { readonly atWork: ReadonlySet<string>; readonly brought: ReadonlySet<string> } {
  const isNow = (uuid: string, make: string | undefined): boolean => {
    const record = live.get(uuid);
    return record !== undefined && make !== undefined && isOfToday(record, make);
  };
  const busy = [...here.workshop.busy].filter((uuid) => isNow(uuid, here.workshop.makeOf(uuid)));
  const brought = [...here.brought].filter(([uuid, { make }]) => isNow(uuid, make)).map(([uuid]) => uuid);
  return { atWork: new Set(busy), brought: new Set(brought) };
}

function recordFinished(context: Context, record: RunRecord, finished: Finished<HereResult>): void {
  if (!finished.ok) {
    fail(
      context,
      record.run,
      'StagingFailed',
      `what is done here for it could not be done: ${messageOf(finished.error)}`,
    );
    return;
  }
  const { result } = finished;
  switch (result.kind) {
    case 'modules':
      recordModules(context, record.run, result.staged);
      return;
    case 'bring': {
      const { folder, source } = result;
      context.here.brought.set(record.run.uuid, { make: finished.make, folder, source });
      const what = source.kind === 'git' ? `commit ${source.commit}` : `${source.file}, ${source.size} bytes`;
      const { name } = record.run;
      context.story({ level: 'info', job: name, text: `its files are here, to be sent: ${what}` });
      return;
    }
    case 'not-brought': {
      const there = record.attempts.findLast(couldNotFetch);
      const words = there === undefined ? '' : `; and on ${there.cluster}: ${there.message ?? 'no words'}`;
      const reason = specForNext(record, undefined).job.kind === 'git' ? 'CloneFailed' : 'DownloadFailed';
      fail(context, record.run, reason, `${result.why}${words}`);
    }
  }
}

function recordModules(context: Context, run: Run, staged: Staged): void {
  const { store, inventory } = context;
  const ran = staged.modules.map(asRun);
  if (!staged.ok) {
    const { module, index, stderr, why } = staged.failed;
    store.transaction(() => {
      const failed: ModuleRun = { stage: 'staging', module, index, stderr, changed: [], failure: why };
      store.moduleRuns.put(run.uuid, 0, 'staging', [...ran, failed]);
      fail(context, run, 'ModuleFailed', why);
    });
    return;
  }
  const { spec, folder, files } = staged;
  store.transaction(() => {
    store.moduleRuns.put(run.uuid, 0, 'staging', ran);
    store.runs.keepStaged(
      run.uuid,
      { specJson: JSON.stringify(spec), folder, files },
      candidatesOf(spec, inventory),
    );
    tellModules(context, run, ran);
    const missing = (spec.modules?.preprocessing.length ?? 0) > 0 ? undefined : stillMissing(spec);
    if (missing !== undefined) fail(context, run, 'ModuleFailed', missing);
  });
  for (const { warnings } of staged.modules)
    for (const text of warnings) context.story({ level: 'warning', job: run.name, text });
}

function asRun({ module, index, output, stderr, changed }: Staged['modules'][number]): ModuleRun {
  return { stage: 'staging', module, index, output, stderr, changed };
}

/** An event for each, with what it changed. */
export function tellModules(
  { store }: Context,
  { uuid }: Pick<Run, 'uuid'>,
  ran: readonly ModuleRun[],
  attempt?: number,
): void {
  for (const { stage: name, index, module, changed, failure } of ran) {
    if (failure !== undefined) continue;
    const what = changed.length === 0 ? 'changed nothing' : `changed ${changed.join(', ')}`;
    const message = `module ${module} (${name} ${index}) ${what}`;
    store.events.append({
      kind: 'module',
      runUuid: uuid,
      message,
      ...(attempt === undefined ? {} : { attempt }),
    });
  }
}

function fail(
  { store, story }: Context,
  run: Run,
  reason: 'ModuleFailed' | 'StagingFailed' | 'CloneFailed' | 'DownloadFailed',
  message: string,
): void {
  // What a cluster may hold ends by what is found there, or by a person's word.
  const mayBeHeld = store.attempts.ofRun(run.uuid).some(({ state }) => state !== 'ended');
  const phase = mayBeHeld ? 'Blocked' : 'Failed';
  const words = mayBeHeld ? `${message}; give it up with: sluice cancel ${run.name}` : message;
  store.runs.update(run.uuid, { phase, reason, message: words });
  story({ level: 'warning', job: run.name, text: `${phase}: ${words}` });
}
