import type { App } from '../app.js';
import { isEnded } from '../model/run.js';
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

/** Records the wish, then makes passes over those jobs, and says what came of it. All names are looked up first. */
export function cancel(at: Context, targets: readonly string[], flags: CancelFlags): Promise<number> {
  at.endsByItself();
  return withApp(at, 'write', async (app) => {
    const before = targets.map((target) => findRecord(app, target));
    const uuids = [...new Set(before.map(({ run }) => run.uuid))];
    const live = uuids.filter((uuid) => before.some(({ run }) => run.uuid === uuid && !isEnded(run.phase)));
    for (const uuid of live) await app.requestCancel(uuid, flags.reason ?? 'asked for on the command line');
    if (live.length > 0) await passes(at, app, live);
    const after = recordsOf(app, uuids);
    if (flags.output === 'json') writeJson(at.out, envelope(after.map((record) => viewOf(app, record))));
    else for (const { run } of after) at.out.line(safeLine(said(run, live.includes(run.uuid))));
    return EXIT.done;
  });
}

async function passes(at: Context, app: App, uuids: readonly string[]): Promise<void> {
  const scope = [...new Set(recordsOf(app, uuids).map(({ run }) => run.manifestFile))];
  for (let made = 0; made < MOST_PASSES && !at.signal.aborted; made++) {
    const { again } = await app.pass(scope);
    if (!again || recordsOf(app, uuids).every(({ run }) => isEnded(run.phase))) return;
  }
}

function said(
  { name, phase, reason, message }: { name: string; phase: string; reason: string; message: string },
  asked: boolean,
): string {
  if (!asked) return `${name}: had ended already: ${phase} (${reason})`;
  return phase === 'Cancelled'
    ? `${name}: cancelled`
    : `${name}: cancel requested; now ${phase} (${reason}): ${message}`;
}
