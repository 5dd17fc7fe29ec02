import type { App } from '../app.js';
import type { PassReport, RunStanding } from '../reconcile/report.js';
import { statusOf } from '../views/cluster.js';
import { say, scopeOf, type Context } from './context.js';
import { withApp } from './facade.js';
import { UsageError } from './failures.js';
import { handOver } from './hand-over.js';
import { trafficLine, unreachableLines } from './output/clusters.js';
import { jobTable } from './output/jobs.js';
import { envelope, writeJson } from './output/json.js';
import { progress, type Progress } from './output/progress.js';
import { countProblems, writeProblems } from './output/problems.js';
import { resultLines } from './output/results.js';
import { waitingLines } from './output/waiting.js';
import { storyText, tellsStory } from './output/story.js';
import { age, count } from './output/time.js';
import { reconcileCode, Tally } from './tally.js';
import { outputsOf, recordsOf, viewOf } from './targets.js';

/** As the daemon names itself to who comes second. */
const SERVE = 'sluice serve';

export interface ReconcileFlags {
  readonly once?: boolean;
  readonly wait?: boolean;
  readonly yes?: boolean;
  /** Milliseconds. */
  readonly timeout?: number;
  readonly output?: 'json';
}

interface Done {
  readonly tally: Tally;
  readonly last: PassReport;
  readonly failed: readonly string[];
  readonly timedOut: boolean;
}

/** One pass, or with `--wait` as many as it takes. */
export async function reconcile(
  at: Context,
  paths: readonly string[],
  flags: ReconcileFlags,
): Promise<number> {
  if (flags.once !== true)
    throw new UsageError(
      'say --once: "sluice reconcile --once" makes one pass, and with --wait goes on until all is settled',
    );
  if (flags.timeout !== undefined && flags.wait !== true)
    throw new UsageError('--timeout says how long to wait; it goes with --wait');
  const scope = scopeOf(at, paths);
  at.endsByItself();
  const live = progress(at.err, at.quiet);
  const story = (line: Parameters<typeof storyText>[0]): void => {
    if (tellsStory(line, at)) live.story(storyText(line, at.err));
  };
  const work = async (app: App): Promise<number> => {
    if (flags.yes === true) app.consentToAll();
    const done = await passes(at, app, scope, flags, live).finally(() => {
      live.end();
    });
    show(at, app, done, flags);
    return reconcileCode({
      problems: done.last.problems,
      failed: done.failed,
      blocked: undecided(done.tally, flags.wait === true).length,
      isWaiting: done.last.plan.waiting.length > 0,
      timedOut: done.timedOut,
    });
  };
  try {
    return await withApp(at, 'write', work, { story });
  } catch (error) {
    const { LeaseBusy } = await import('../refusals.js');
    if (!(error instanceof LeaseBusy) || error.holder?.command !== SERVE) throw error;
    const code = await handOver(at, scope, flags, error);
    if (code === undefined) throw error;
    if (code !== 'ended') return code;
    say(at, `${error.who} has ended; going on without it`);
    return await reconcile(at, paths, flags);
  }
}

async function passes(
  at: Context,
  app: App,
  scope: readonly string[],
  flags: ReconcileFlags,
  live: Progress,
): Promise<Done> {
  const tally = new Tally();
  const began = at.now();
  const onPass = (report: PassReport): void => {
    tally.add(report);
    const waited = at.err.interactive ? ` (${age(at.now() - began)})` : '';
    if (flags.wait === true && tally.unsettled > 0) live.update(`${tally.counts}${waited}`);
  };
  if (flags.wait !== true) {
    const report = await app.pass(scope, at.signal);
    onPass(report);
    return { tally, last: report, failed: report.failed, timedOut: false };
  }
  const deadline = flags.timeout === undefined ? {} : { deadlineMs: flags.timeout };
  const { settled, last, failed } = await app.waitUntilSettled(scope, {
    ...deadline,
    signal: at.signal,
    onPass,
  });
  return { tally, last, failed, timedOut: !settled && !at.signal.aborted };
}

/** Rows of the closing table: what was done, not the whole list. */
const TABLE_ROWS = 40;

function show(at: Context, app: App, done: Done, flags: ReconcileFlags): void {
  const { last, tally } = done;
  writeProblems(at.err, [...app.project.problems, ...last.problems], at.directory);
  for (const line of unreachableLines(last.clusters))
    at.err.line(`${at.err.paint.yellow('warning:')} ${line}`);
  const records = recordsOf(app, flags.output === 'json' ? tally.uuids : tally.changed.slice(0, TABLE_ROWS));
  if (flags.output === 'json') writeJson(at.out, json(app, done, records));
  else if (records.length > 0) at.out.write(jobTable(at.out, records, at.now()));
  const more = flags.output === 'json' ? 0 : tally.changed.length - records.length;
  if (more > 0) say(at, `and ${more} more: sluice get`);
  if (at.verbose) for (const cluster of last.clusters) say(at, trafficLine(cluster));
  const results = records.map((record) => ({ name: record.run.name, files: outputsOf(app, record) }));
  for (const line of resultLines(results, at.directory, app.project.paths.outputs)) say(at, line);
  for (const line of waitingLines(last.plan.waiting)) at.err.line(line);
  say(at, closing(done, flags.wait === true));
}

function json(
  app: App,
  { last, failed, tally, timedOut }: Done,
  records: ReturnType<typeof recordsOf>,
): ReturnType<typeof envelope> {
  return envelope(
    records.map((record) => viewOf(app, record)),
    {
      settled: !timedOut && tally.unsettled === 0,
      failed,
      unchanged: last.plan.unchanged,
      waiting: last.plan.waiting,
      problems: last.problems,
      clusters: last.clusters.map((standing) => ({ name: standing.cluster, ...statusOf(standing) })),
    },
  );
}

/** Of which a person must decide something; after all that goes on by itself has ended, of what waits for another too. */
function undecided(tally: Tally, waited: boolean): readonly RunStanding[] {
  return [...tally.blocked, ...(waited ? tally.stranded : [])];
}

/** The last line of the story: what it came to, and what to type next. */
export function closing(
  { tally, last, timedOut }: Pick<Done, 'tally' | 'last' | 'timedOut'>,
  waited = true,
): string {
  const parts = [tally.counts === '' ? 'nothing to do' : tally.counts];
  if (last.plan.unchanged > 0) parts.push(`${last.plan.unchanged} unchanged`);
  const problems = countProblems(last.problems);
  if (problems !== undefined) parts.push(problems);
  const [blocked] = undecided(tally, waited);
  const next = timedOut
    ? `; time is over with ${count(tally.unsettled, 'job')} still going: sluice get --watch`
    : blocked === undefined
      ? waited || tally.unsettled === 0
        ? ''
        : '; to wait for it: sluice reconcile --once --wait'
      : `; a person must decide: sluice describe ${blocked.name}`;
  return `${parts.join('; ')}${next}`;
}
