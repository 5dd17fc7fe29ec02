import type { App } from '../app.js';
import type { Context } from './context.js';
import { EXIT } from './exit.js';
import { withApp } from './facade.js';
import { safeText } from './output/safe.js';
import type { Terminal } from './output/terminal.js';
import { findRecord } from './targets.js';

type Stream = 'stdout' | 'stderr' | 'requirements' | 'compilation';

export interface LogsFlags {
  readonly follow?: boolean;
  readonly task?: number;
  readonly stream?: Stream;
}

/** The job's stdout to stdout, its stderr to stderr; one of the streams alone to stdout. */
export function logs(at: Context, target: string, flags: LogsFlags): Promise<number> {
  if (flags.follow === true) at.endsByItself();
  return withApp(at, 'read', async (app) => {
    const { run } = findRecord(app, target);
    if (flags.stream !== undefined) await copy(at, app, run.uuid, flags.stream, flags, at.out);
    else if (flags.follow === true)
      await Promise.all([
        copy(at, app, run.uuid, 'stdout', flags, at.out),
        copy(at, app, run.uuid, 'stderr', flags, at.err),
      ]);
    else {
      await copy(at, app, run.uuid, 'stdout', flags, at.out);
      await copy(at, app, run.uuid, 'stderr', flags, at.err);
    }
    return EXIT.done;
  });
}

/** Bytes go through as they are, but to a terminal: there they must not move the cursor. */
async function copy(
  at: Context,
  app: App,
  uuid: string,
  stream: Stream,
  flags: LogsFlags,
  to: Terminal,
): Promise<void> {
  const follow = flags.follow === true;
  const task = flags.task === undefined ? {} : { task: flags.task };
  for await (const chunk of app.tail(uuid, { stream, follow, signal: at.signal, ...task }))
    to.write(to.width === undefined ? chunk : safeText(chunk));
}
