import type { App } from '../app.js';
import { say, type Context } from './context.js';
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
  return withApp(at, 'read', async (app) => {
    const { run } = findRecord(app, target);
    const copy = copier(at, app, run.uuid, flags);
    let some: boolean;
    if (flags.stream !== undefined) some = await copy(flags.stream, at.out);
    else {
      const stdout = copy('stdout', at.out);
      // Both at once only where they are live: otherwise one after the other, so that they do not mix.
      if (flags.follow !== true) await stdout;
      const stderr = await copy('stderr', at.err);
      some = (await stdout) || stderr;
    }
    if (!some) say(at, `${run.name} has written nothing there`);
    return EXIT.done;
  });
}

/** Copies one stream and tells whether there was anything. To a terminal only what does not move its cursor. */
function copier(at: Context, app: App, uuid: string, flags: LogsFlags) {
  const task = flags.task === undefined ? {} : { task: flags.task };
  return async (stream: Stream, to: Terminal): Promise<boolean> => {
    let some = false;
    for await (const chunk of app.tail(uuid, {
      stream,
      follow: flags.follow === true,
      signal: at.signal,
      ...task,
    })) {
      some ||= chunk !== '';
      to.write(to.width === undefined ? chunk : safeText(chunk));
    }
    return some;
  };
}
