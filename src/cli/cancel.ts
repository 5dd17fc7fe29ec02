import { setTimeout as sleep } from 'node:timers/promises';
import type { App } from '../app.js';
import { isEnded, type RunRecord } from '../model/run.js';
import type { Context } from './context.js';
import { EXIT } from './exit.js';
import { withApp } from './facade.js';
import { envelope, writeJson } from './output/json.js';
import { safeLine } from './output/safe.js';
import { findRecord, recordsOf, viewOf } from './targets.js';

export interface CancelFlags {
  readonly reason?: string;
  readonly output?: 'json';
}

/** The pass that sends the cancel may need others to see the end; what is left is told and goes on by itself. */
const MOST_PASSES = 5;
/** On this machine the end shows at once, so it is waited for; a cluster's queue is not asked so often. */
const SOON_MS = 1000;
/** How long the running writer is given to take the request up before we stop watching. */
const PATIENCE_MS = 5_000;
const LOOK_MS = 200;

/** By ourselves where nobody else is the writer; otherwise who is gets asked. */
export async function cancel(at: Context, targets: readonly string[], flags: CancelFlags): Promise<number> {
  at.endsByItself();
  const busy = await cancelHere(at, targets, flags);
  if (busy === undefined) return EXIT.done;
  const asked = await askTheWriter(at, targets, flags);
  if (await areTaken(at, asked)) return tell(at, targets, flags, `${busy}, which has taken it up`);
  // It may have ended before it heard us: then nobody would take the request up.
  const still = at.signal.aborted ? busy : await cancelHere(at, targets, flags);
  if (still === undefined) return EXIT.done;
  return tell(at, targets, flags, `${still}, which does so at the beginning of its next pass`);
}

/**
 * Records the wish, then makes passes over those jobs, and says what came of it. All names are looked up first.
 * @returns who is the writer, where it is not us
 */
async function cancelHere(
  at: Context,
  targets: readonly string[],
  flags: CancelFlags,
): Promise<string | undefined> {
  const { LeaseBusy } = await import('../app.js');
  try {
    await withApp(at, 'write', async (app) => {
      const before = recordsNamed(app, targets);
      const live = before.filter(({ run }) => !isEnded(run.phase)).map(({ run }) => run.uuid);
      for (const uuid of live) await app.requestCancel(uuid, reasonOf(flags));
      if (live.length > 0) await passes(at, app, live);
      print(at, app, before, flags, (record) => said(record, live.includes(record.run.uuid)));
      return EXIT.done;
    });
    return undefined;
  } catch (error) {
    if (error instanceof LeaseBusy) return error.who;
    throw error;
  }
}

function reasonOf({ reason }: CancelFlags): string {
  return reason ?? 'asked for on the command line';
}

/** Each run once, in the order named. @throws {UnknownJob} */
function recordsNamed(app: App, targets: readonly string[]): RunRecord[] {
  const uuids = new Set(targets.map((target) => findRecord(app, target).run.uuid));
  return recordsOf(app, uuids);
}

async function passes(at: Context, app: App, uuids: readonly string[]): Promise<void> {
  const scope = [...new Set(recordsOf(app, uuids).map(({ run }) => run.manifestFile))];
  for (let made = 0; made < MOST_PASSES && !at.signal.aborted; made++) {
    const { again, nextLookMs } = await app.pass(scope);
    if (recordsOf(app, uuids).every(({ run }) => isEnded(run.phase))) return;
    if (!again && nextLookMs > SOON_MS) return;
    if (!again) await sleep(nextLookMs, undefined, { signal: at.signal }).catch(() => undefined);
  }
}

type Asked = ReturnType<App['ask']>;

async function askTheWriter(at: Context, targets: readonly string[], flags: CancelFlags): Promise<Asked[]> {
  const asked: Asked[] = [];
  await withApp(at, 'read', (app) => {
    for (const { run } of recordsNamed(app, targets)) {
      if (isEnded(run.phase)) continue;
      const request = { run: run.uuid, reason: reasonOf(flags), actor: 'command line', at: at.now() };
      asked.push(app.ask({ kind: 'cancel', ...request }));
    }
    return Promise.resolve(EXIT.done);
  });
  return asked;
}

async function areTaken(at: Context, asked: readonly Asked[]): Promise<boolean> {
  const until = at.now() + PATIENCE_MS;
  while (!asked.every((each) => each.isTaken())) {
    if (at.signal.aborted || at.now() > until) return false;
    await sleep(LOOK_MS, undefined, { signal: at.signal }).catch(() => undefined);
  }
  return true;
}

/** What was asked of whom: the running writer goes on with it, and we do not wait for it. */
function tell(at: Context, targets: readonly string[], flags: CancelFlags, who: string): Promise<number> {
  return withApp(at, 'read', (app) => {
    print(at, app, recordsNamed(app, targets), flags, ({ run }) =>
      isEnded(run.phase) ? said({ run }, run.cancelRequested) : `${run.name}: cancel asked of ${who}`,
    );
    return Promise.resolve(EXIT.done);
  });
}

function print(
  at: Context,
  app: App,
  before: readonly RunRecord[],
  flags: CancelFlags,
  words: (record: RunRecord) => string,
): void {
  const after = recordsOf(
    app,
    before.map(({ run }) => run.uuid),
  );
  if (flags.output === 'json') writeJson(at.out, envelope(after.map((record) => viewOf(app, record))));
  else for (const record of after) at.out.line(safeLine(words(record)));
}

function said({ run }: Pick<RunRecord, 'run'>, asked: boolean): string {
  const { name, phase, reason, message } = run;
  if (!asked) return `${name}: had ended already: ${phase} (${reason})`;
  return phase === 'Cancelled'
    ? `${name}: cancelled`
    : `${name}: cancel requested; it still stands as ${phase} (${reason}): ${message}; to see its end: sluice reconcile --once`;
}
