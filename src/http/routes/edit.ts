/** Writing manifests: desired state stays in files, so that a job from here is like any other. */
import { isAbsolute } from 'node:path';
import { jobUuid } from '../../manifest/identity.js';
import type { JobSpec } from '../../model/job.js';
import type { Run, RunRecord } from '../../model/run.js';
import { toRecord } from '../../views/record.js';
import { recordTag, unknownJob, viewOf } from '../find.js';
import { summary } from '../parameters.js';
import type { Edited, Fields, World } from '../ports.js';
import { HttpProblem } from '../problem.js';
import { type Ask, type Reply, textOf } from '../route.js';

export async function createJob({ world, values, body, user, signal }: Ask): Promise<Reply> {
  const name = textOf(values, 'id');
  const { job_uuid: uuid, ...fields } = body as Fields;
  refuseDuplicate(world, name, fields['run'], uuid);
  const written = accepted(world.manifests.create(name, fields, user.name));
  const record = (): RunRecord | undefined => world.store.records.byName(name);
  await untilPass(world, signal, () => record() !== undefined);
  const known = record();
  const location = `/jobs/${encodeURIComponent(name)}`;
  const view =
    known === undefined ? toRecord(provisional(world, written.spec, written.file), []) : viewOf(world, known);
  return { status: 201, body: view, headers: { location } };
}

export async function mergeJob(ask: Ask): Promise<Reply> {
  const { world, values, body, user, signal } = ask;
  const id = textOf(values, 'id');
  const record = world.store.records.find(id);
  const place = record === undefined ? world.listing.manifestOf(id) : undefined;
  if (record === undefined && place === undefined) throw unknownJob(id);
  const name = record?.run.name ?? id;
  refuseGitSource(name, record?.run);
  const file = world.listing.manifestOf(name)?.file ?? record?.run.manifestFile ?? '';
  const { job_uuid: uuid, ...fields } = body as Fields;
  if (uuid !== undefined && uuid !== record?.run.uuid)
    throw new HttpProblem(422, `job_uuid is not that of ${name}; it follows from the name and the run`);
  if (record !== undefined) assertMatch(ask.header('if-match'), recordTag(world, viewOf(world, record)));
  const { kind, spec, file: written } = accepted(world.manifests.merge(file, name, fields, user.name));
  if (kind === 'written') await untilPass(world, signal, () => false);
  const now = world.store.records.byName(name);
  if (now === undefined) return { body: toRecord(provisional(world, spec, written), []) };
  // What is asked for now, beside where the run stands, whatever the edit means for it.
  return { body: viewOf(world, { ...now, run: { ...now.run, specJson: JSON.stringify(spec) } }) };
}

/** @throws {HttpProblem} 409 */
function refuseDuplicate(world: World, name: string, run: unknown, uuid: unknown): void {
  const { store } = world;
  const before = store.runs.byName(name);
  const file = manifestOf(world, name, before);
  if (file !== undefined)
    throw new HttpProblem(409, `there is a job ${name} already (${file}); to change it: PUT`, { file });
  // Written again it would be followed on, and not run once more: a new run is asked for by its own word.
  if (
    before !== undefined &&
    store.runs.byName(name, typeof run === 'string' || typeof run === 'number' ? String(run) : '1') !==
      undefined
  )
    throw new HttpProblem(
      409,
      `there was a job ${name} already: its manifest (${before.manifestFile}) is gone, and its run ${before.run} is kept ` +
        `(${before.phase}) and would not run again; to run it anew, give a "run" that it has not had, or take another name`,
    );
  if (typeof uuid === 'string' && store.runs.byUuid(uuid.toLowerCase()) !== undefined)
    throw new HttpProblem(409, `job_uuid is that of another job; leave it out`);
}

/** Where the job stands now; what a Git source has cannot be looked at here. */
function manifestOf({ listing, manifests }: World, name: string, run: Run | undefined): string | undefined {
  const known = listing.manifestOf(name)?.file;
  if (run === undefined) return known;
  if (isOfGitSource(run)) return run.manifestFile;
  return [known, run.manifestFile].find((file) => file !== undefined && manifests.holds(file, name));
}

/** @throws {HttpProblem} 409 */
function refuseGitSource(name: string, run: Run | undefined): void {
  if (run === undefined || !isOfGitSource(run)) return;
  const { manifestFile: file } = run;
  throw new HttpProblem(409, `${name} comes from a Git repository; edit ${file} there, and commit it`, {
    file,
  });
}

/** Shown as `URL//path`. A commit alone does not tell: a directory may be part of a working tree. */
function isOfGitSource({ manifestFile }: Run): boolean {
  return !isAbsolute(manifestFile);
}

/** @throws {HttpProblem} 409 or 422 */
function accepted(edited: Edited): Extract<Edited, { kind: 'written' | 'unchanged' }> {
  switch (edited.kind) {
    case 'written':
    case 'unchanged':
      return edited;
    case 'exists':
      throw new HttpProblem(409, `${edited.file} is there already; to change its job: PUT`, {
        file: edited.file,
      });
    case 'not-ours':
      throw new HttpProblem(409, edited.why, edited.file === '' ? {} : { file: edited.file });
    case 'refused':
      throw new HttpProblem(422, summary(edited.faults), { errors: edited.faults });
  }
}

/** @throws {HttpProblem} 412 */
function assertMatch(header: string | undefined, tag: string): void {
  if (header === undefined || header.trim() === '*') return;
  if (header.split(',').some((each) => each.trim() === tag)) return;
  throw new HttpProblem(412, 'the record has changed since; get it again, and look');
}

/** A moment of patience for the pass that takes the change up; `or` ends the wait too. */
async function untilPass(world: World, signal: AbortSignal, or: () => boolean): Promise<void> {
  const began = world.now();
  const isOver = (): boolean => or() || (world.lastPass()?.at ?? 0) >= began;
  world.wake();
  await new Promise<void>((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      stop();
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, world.patienceMs);
    const stop = world.onNews(() => {
      if (isOver()) end();
    });
    signal.addEventListener('abort', end);
  });
}

/** Of a job that is written and that no pass has taken up yet. */
function provisional({ installation, now }: World, spec: JobSpec, manifestFile: string): RunRecord {
  const at = now();
  const candidates = spec.destination === 'auto' ? [] : spec.destination;
  return {
    run: {
      uuid: jobUuid(installation, spec.name, spec.run),
      name: spec.name,
      run: spec.run,
      generation: 0,
      phase: 'Pending',
      reason: 'New',
      message: 'its manifest is written; the next pass takes it up',
      conditions: [],
      hash: '',
      candidates,
      specJson: JSON.stringify(spec),
      manifestFile,
      cancelRequested: false,
      suspendRequested: false,
      createdAt: at,
      updatedAt: at,
    },
    attempts: [],
  };
}
