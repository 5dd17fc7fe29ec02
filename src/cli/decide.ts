/** What a person decides of jobs: by ourselves where nobody else is the writer; otherwise whoever is gets asked. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { App } from '../app.js';
import type { RunRecord } from '../model/run.js';
import type { Context } from './context.js';
import { EXIT } from './exit.js';
import { withApp } from './facade.js';
import { envelope, writeJson } from './output/json.js';
import { safeLine } from './output/safe.js';
import { findRecord, recordsOf, viewOf } from './targets.js';

type RunRequest = Exclude<Parameters<App['decide']>[0], { readonly kind: 'approve' }>;

export interface DecisionFlags {
  readonly reason?: string;
  readonly output?: 'json';
}

/** One command: what it asks for, of which runs, and its words. */
export interface Decision {
  readonly kind: RunRequest['kind'];
  /** What belongs to its request beside the run and the reason. */
  readonly more?: { readonly adopt: string } | { readonly failedTasks: true };
  /** Why it cannot be done of a run at all: then nothing is done of any. */
  readonly objection?: (app: App, record: RunRecord) => string | undefined | Promise<string | undefined>;
  /** What is shown is the latest generation of the run that was named. */
  readonly showsLatest?: true;
  /** Whether there is anything to ask of a run that stands so. */
  readonly applies: (record: RunRecord) => boolean;
  /** Nothing more comes of it soon, so that no further pass is made. */
  readonly isDone: (record: RunRecord) => boolean;
  /** A line about a run. @param asked whether it was asked of it */
  readonly said: (record: RunRecord, asked: boolean) => string;
}

/** The pass that sees to it may need others to see the end; what is left is told and goes on by itself. */
const MOST_PASSES = 5;
/** On this machine the end shows at once, so it is waited for; a cluster's queue is not asked so often. */
const SOON_MS = 1000;
/** How long the running writer is given to take the request up before we stop watching. */
const PATIENCE_MS = 5_000;
const LOOK_MS = 200;

export async function decide(
  at: Context,
  decision: Decision,
  targets: readonly string[],
  flags: DecisionFlags,
): Promise<number> {
  at.endsByItself();
  const busy = await decideHere(at, decision, targets, flags);
  if (busy === undefined) return EXIT.done;
  const asked = await askTheWriter(at, decision, targets, flags);
  if (await areTaken(at, asked)) return tell(at, decision, targets, flags, `${busy}, which has taken it up`);
  // It may have ended before it heard us: then nobody would take the request up.
  const still = at.signal.aborted ? busy : await decideHere(at, decision, targets, flags);
  if (still === undefined) return EXIT.done;
  const when = 'which does so at the beginning of its next pass';
  return tell(at, decision, targets, flags, `${still}, ${when}`);
}

/**
 * Records the wish, then makes passes over those jobs, and says what came of it. All names are looked up first.
 * @returns who is the writer, where it is not us
 */
async function decideHere(
  at: Context,
  decision: Decision,
  targets: readonly string[],
  flags: DecisionFlags,
): Promise<string | undefined> {
  const { LeaseBusy } = await import('../refusals.js');
  try {
    await withApp(at, 'write', async (app) => {
      const before = recordsNamed(app, targets);
      await refuse(app, decision, before);
      const asked = before.filter(decision.applies).map(({ run }) => run.uuid);
      for (const uuid of asked) app.decide(requestFor(at, decision, uuid, flags));
      if (asked.length > 0) await passes(at, app, decision, asked);
      print(at, app, now(app, decision, before), flags, (record) =>
        decision.said(record, decision.showsLatest ?? asked.includes(record.run.uuid)),
      );
      return EXIT.done;
    });
    return undefined;
  } catch (error) {
    if (error instanceof LeaseBusy) return error.who;
    throw error;
  }
}

function requestFor(
  at: Context,
  { kind, more }: Decision,
  run: string,
  { reason }: DecisionFlags,
): RunRequest {
  return {
    kind,
    ...more,
    run,
    reason: reason ?? 'asked for on the command line',
    actor: 'command line',
    at: at.now(),
  };
}

/** Each run once, in the order named. @throws {UnknownJob} */
function recordsNamed(app: App, targets: readonly string[]): RunRecord[] {
  const uuids = new Set(targets.map((target) => findRecord(app, target).run.uuid));
  return recordsOf(app, uuids);
}

async function passes(at: Context, app: App, decision: Decision, uuids: readonly string[]): Promise<void> {
  const scope = [...new Set(recordsOf(app, uuids).map(({ run }) => run.manifestFile))];
  for (let made = 0; made < MOST_PASSES && !at.signal.aborted; made++) {
    const { again, nextLookMs } = await app.pass(scope);
    if (now(app, decision, recordsOf(app, uuids)).every(decision.isDone)) return;
    if (!again && nextLookMs > SOON_MS) return;
    if (!again) await sleep(nextLookMs, undefined, { signal: at.signal }).catch(() => undefined);
  }
}

type Asked = ReturnType<App['ask']>;

async function askTheWriter(
  at: Context,
  decision: Decision,
  targets: readonly string[],
  flags: DecisionFlags,
): Promise<Asked[]> {
  const asked: Asked[] = [];
  await withApp(at, 'read', async (app) => {
    const records = recordsNamed(app, targets);
    await refuse(app, decision, records);
    for (const { run } of records.filter(decision.applies))
      asked.push(app.ask(requestFor(at, decision, run.uuid, flags)));
    return EXIT.done;
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
function tell(
  at: Context,
  decision: Decision,
  targets: readonly string[],
  flags: DecisionFlags,
  who: string,
): Promise<number> {
  return withApp(at, 'read', (app) => {
    print(at, app, now(app, decision, recordsNamed(app, targets)), flags, (record) =>
      decision.isDone(record)
        ? decision.said(record, true)
        : `${record.run.name}: ${decision.kind} asked of ${who}`,
    );
    return Promise.resolve(EXIT.done);
  });
}

function print(
  at: Context,
  app: App,
  after: readonly RunRecord[],
  flags: DecisionFlags,
  words: (record: RunRecord) => string,
): void {
  if (flags.output === 'json') writeJson(at.out, envelope(after.map((record) => viewOf(app, record))));
  else for (const record of after) at.out.line(safeLine(words(record)));
}

/** The runs as they stand now. */
function now({ store }: App, { showsLatest }: Decision, before: readonly RunRecord[]): RunRecord[] {
  return before.map((record) => {
    const { uuid, name, run } = record.run;
    return (showsLatest ? store.records.byName(name, run) : store.records.byUuid(uuid)) ?? record;
  });
}

/** A decision that the state does not allow. */
class NotPossible extends Error {
  override readonly name = 'NotPossible';
}

async function refuse(app: App, { kind, objection }: Decision, records: readonly RunRecord[]): Promise<void> {
  const whys: string[] = [];
  for (const record of records) {
    const why = await objection?.(app, record);
    if (why !== undefined) whys.push(`${record.run.name}: no ${kind}: ${why}`);
  }
  if (whys.length > 0) throw new NotPossible(`${whys.join('; ')}; nothing was done`);
}

/** `Pending (QueueLimit): its words`, or with the word of the end alone. */
export function standing({ run: { phase, reason, message } }: RunRecord): string {
  return `${phase} (${reason}): ${message}`;
}
