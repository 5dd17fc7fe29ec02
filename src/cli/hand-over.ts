import { hostname } from 'node:os';
import { relative } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { App } from '../app.js';
import { comesToNothing, isEnded, isSettled, type Run } from '../model/run.js';
import { say, type Context } from './context.js';
import { withApp } from './facade.js';
import { jobTable } from './output/jobs.js';
import { envelope, writeJson } from './output/json.js';
import { phaseCounts } from './output/progress.js';
import { countProblems, writeProblems } from './output/problems.js';
import type { ReconcileFlags } from './reconcile.js';
import { waitingLines } from './output/waiting.js';
import { reconcileCode } from './tally.js';
import { recordsOf, viewOf } from './targets.js';

/** Who is asked: as a process, and in words. */
interface Daemon {
  readonly holder: { readonly pid: number; readonly host: string } | undefined;
  readonly who: string;
}

const LOOK_MS = 100;
/** A pass may bring home many results; the daemon goes on with it whether we wait or not. */
const PATIENCE_MS = 10 * 60_000;

/**
 * Beside a daemon: it is asked for a pass, and what came of it is read from the state.
 * @returns undefined where it did not hear us, `ended` where it was there no more before all had come of it
 */
export async function handOver(
  at: Context,
  paths: readonly string[],
  flags: ReconcileFlags,
  { holder, who }: Daemon,
): Promise<number | 'ended' | undefined> {
  let code: number | 'ended' | undefined;
  await withApp(at, 'read', async (app) => {
    const before = runsBefore(app, paths, at.began);
    const deadline = at.now() + (flags.timeout ?? PATIENCE_MS);
    const { isTaken } = app.ask({ kind: 'pass', actor: 'command line', at: at.now() });
    say(at, `asked ${who} for a pass`);
    const comesTo = async (so: () => boolean, last: number): Promise<boolean | 'ended'> => {
      const isOver = await until(at, () => so() || hasEnded(holder), last);
      return isOver && !so() ? 'ended' : isOver;
    };
    const isHeard = await comesTo(isTaken, deadline);
    const last = flags.timeout === undefined ? Infinity : deadline;
    const isDone =
      isHeard !== true || flags.wait !== true ? isHeard : await comesTo(() => areSettled(app, paths), last);
    if (isHeard === false) return 0;
    if (isDone === 'ended') {
      code = 'ended';
      return 0;
    }
    code = await told(at, app, paths, flags, before, !isDone && !at.signal.aborted);
    return code;
  });
  return code;
}

/** A process of this machine that is there no more; of another machine that cannot be told. */
function hasEnded(holder: Daemon['holder']): boolean {
  if (holder?.host !== hostname()) return false;
  try {
    process.kill(holder.pid, 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}

async function until(at: Context, so: () => boolean, deadline: number): Promise<boolean> {
  while (!so()) {
    if (at.signal.aborted || at.now() > deadline) return false;
    await sleep(LOOK_MS, undefined, { signal: at.signal }).catch(() => undefined);
  }
  return true;
}

/** By UUID: live runs whose manifests are meant, and how they stood. */
type Standing = ReadonlyMap<string, Pick<Run, 'phase' | 'updatedAt'>>;

function runsIn({ store }: App, paths: readonly string[]): ReadonlyMap<string, Run> {
  const runs = store.records.light().flatMap(({ uuid }) => store.runs.byUuid(uuid) ?? []);
  return new Map(runs.filter((run) => isMeant(run, paths)).map((run) => [run.uuid, run]));
}

/** The daemon may have been quicker than we: what came to an end after the command was given had not ended before it. */
function runsBefore(app: App, paths: readonly string[], began: number): Standing {
  const endedSince = ({ uuid, phase, updatedAt }: Run): boolean =>
    isEnded(phase) && updatedAt >= began && (app.store.events.phaseSince(uuid) ?? 0) >= began;
  return new Map([...runsIn(app, paths)].filter(([, run]) => !endedSince(run)));
}

function areSettled({ store }: App, paths: readonly string[]): boolean {
  return store.records.live().every(({ run }) => !isMeant(run, paths) || comesToNothing(run));
}

function isMeant({ manifestFile }: Run, paths: readonly string[]): boolean {
  return (
    paths.length === 0 ||
    paths.some((path) => manifestFile === path || !relative(path, manifestFile).startsWith('..'))
  );
}

async function told(
  at: Context,
  app: App,
  paths: readonly string[],
  flags: ReconcileFlags,
  before: Standing,
  timedOut: boolean,
): Promise<number> {
  const { validateProject } = await import('../desired.js');
  const { problems } = validateProject(at.directory, paths);
  const after = runsIn(app, paths);
  const waiting = app.store.waiting.all();
  const changed = [...after].filter(([uuid, { updatedAt }]) => before.get(uuid)?.updatedAt !== updatedAt);
  const live = [...after].filter(([, { phase }]) => !isSettled(phase) || phase === 'Blocked');
  const shown = recordsOf(app, new Set([...changed, ...live].map(([uuid]) => uuid)));
  const failed = shown.filter(
    ({ run }) => run.phase === 'Failed' && before.get(run.uuid)?.phase !== 'Failed',
  );
  writeProblems(at.err, problems, at.directory);
  if (flags.output === 'json')
    writeJson(
      at.out,
      envelope(
        shown.map((record) => viewOf(app, record)),
        { settled: !timedOut, waiting, problems },
      ),
    );
  else if (shown.length > 0) at.out.write(jobTable(at.out, shown, at.now()));
  for (const line of waitingLines(waiting)) at.err.line(line);
  const counts = phaseCounts(shown.map(({ run }) => run.phase)) || 'nothing changed';
  say(at, [counts, countProblems(problems)].filter(Boolean).join('; '));
  return reconcileCode({
    problems,
    failed: failed.map(({ run }) => run.name),
    blocked: shown.filter(({ run }) => run.phase === 'Blocked').length,
    isWaiting: waiting.length > 0,
    timedOut,
  });
}
