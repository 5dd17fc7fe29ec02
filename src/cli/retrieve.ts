import { resolve } from 'node:path';
import { LOSS_WORDS } from '../model/loss.js';
import { isEnded, type RunRecord } from '../model/run.js';
import { NOT_SUBMITTED, standingsOf } from '../model/tasks.js';
import { viewOf } from './targets.js';
import { say, type Context } from './context.js';
import { EXIT } from './exit.js';
import { withApp } from './facade.js';
import { statesText } from './output/jobs.js';
import { envelope, writeJson } from './output/json.js';
import { shownPath } from './output/problems.js';
import { safeLine } from './output/safe.js';
import { count } from './output/time.js';

export interface RetrieveFlags {
  readonly to?: string;
  readonly output?: 'json';
}

/**
 * Results again, or to another place; also of a job that the state does not know and a cluster does. A job that has not
 * ended shows its states, and nothing is fetched.
 */
export function retrieve(at: Context, target: string, flags: RetrieveFlags): Promise<number> {
  return withApp(at, 'read', async (app) => {
    const to = flags.to === undefined ? undefined : resolve(at.directory, flags.to);
    const { record, files, missing, unread, gone } = await app.retrieve(target, to);
    if (!isEnded(record.run.phase)) {
      at.err.line(safeLine(unfinished(record)));
      return EXIT.error;
    }
    if (flags.output === 'json')
      writeJson(
        at.out,
        envelope([{ ...viewOf(app, record), outputs: files }], {
          missing,
          unread: unread.map(({ path }) => path),
        }),
      );
    else for (const { file } of files) at.out.line(file);
    const troubles = [
      ...(gone === undefined ? [] : [`its directory ${gone} was removed there`]),
      ...missing.map((each) => `${each} is not there`),
      ...unread.map(({ path, loss }) => `${path} ${LOSS_WORDS[loss]}`),
    ];
    for (const each of troubles) at.err.line(`${at.err.paint.red('sluice:')} ${safeLine(each)}`);
    const where = shownPath(to ?? app.project.paths.outputs, at.directory);
    say(at, `${count(files.length, 'file')} fetched and verified, below ${where}/`);
    return troubles.length > 0 ? EXIT.error : EXIT.done;
  });
}

/** The states, as the prototype printed them. */
export function unfinished(record: RunRecord): string {
  const { run } = record;
  const taskStates = standingsOf(record).map(({ state }) => state);
  const isNew = taskStates.every((state) => state === NOT_SUBMITTED);
  const tasks = isNew ? NOT_SUBMITTED : statesText({ taskStates });
  return `sluice: ${run.name} has not ended, so nothing was fetched: ${run.phase} (${run.reason}); states: ${tasks}; ${run.message}`;
}
