/** Telling the owners of runs what has become of them: who they are, and what of a run the mail should show. */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { isEnded, type RunRecord } from '../model/run.js';
import { isDone, standingsOf } from '../model/tasks.js';
import type { Circumstances, Report } from '../notify/letter.js';
import { mailReport, tellOwners } from '../notify/tell.js';
import type { Wanted } from '../plan/facts.js';
import { currentSpec, taskCount } from '../plan/situation.js';
import { type Context, resultsFolder } from './context.js';

/** What a mail shows of the end of a log, in bytes. */
const TAIL_BYTES = 2_000;
/** More than a run ever has. */
const EVENTS_OF_A_RUN = 10_000;

/** Writes to the outbox what is to be told. Costs nothing where nothing changed. */
export function tellAll(context: Context, wanted: readonly Wanted[]): void {
  let byUuid: ReadonlyMap<string, Wanted> | undefined;
  const wantedOf = (uuid: string): Wanted | undefined => {
    byUuid ??= new Map(wanted.map((each) => [each.uuid, each]));
    return byUuid.get(uuid);
  };
  tellOwners(context.store, {
    from: context.post?.from,
    // Who is to be told is the manifest's word of today; it is no part of what was run.
    recipientsOf: (record) => (wantedOf(record.run.uuid)?.spec() ?? currentSpec(record, undefined)).mail,
    circumstancesOf: (record) => circumstancesOf(context, record, wantedOf(record.run.uuid)),
    noticesOf: ({ run }) =>
      context.store.events.ofRun(run.uuid, { limit: EVENTS_OF_A_RUN }).flatMap((event) => {
        const { reason, cluster, message, at } = event;
        return reason === 'StatusUnavailable' && cluster !== undefined ? [{ cluster, message, at }] : [];
      }),
  });
}

/**
 * Passes on what somebody else says of a run; see `mailReport`.
 * @param name of what asked for it: under the same name it is written once
 */
export function mailOwner(
  context: Context,
  record: RunRecord,
  report: Report,
  name: string,
): ReturnType<typeof mailReport> {
  const owners = {
    from: context.post?.from,
    recipientsOf: () => currentSpec(record, undefined).mail,
    circumstancesOf: () => circumstancesOf(context, record, undefined),
  };
  return mailReport(context.store, owners, record, report, name);
}

function circumstancesOf(context: Context, record: RunRecord, wanted: Wanted | undefined): Circumstances {
  const { run, attempts } = record;
  const spec = currentSpec(record, wanted);
  const last = attempts.at(-1);
  const { username } = spec.login;
  const folder = join(context.outputs, ...resultsFolder(run));
  const isHere = isEnded(run.phase) && last?.fetchedAt !== undefined;
  // Of an array, a task of an earlier attempt may have, and was not tried again.
  const hasFailed = run.phase === 'Failed' && (last?.outcome === 'failed' || last?.tasks !== undefined);
  return {
    tasks: run.part?.size ?? taskCount(spec, last?.cluster ?? run.candidates[0] ?? ''),
    ...(username === undefined ? {} : { username }),
    ...(isHere ? { results: folder } : {}),
    ...(hasFailed ? { commands: spec.execution } : {}),
    ...(hasFailed && isHere ? { logs: logsOf(folder, record) } : {}),
  };
}

/** Of an array: those of the first task that failed. */
function logsOf(folder: string, record: RunRecord): NonNullable<Circumstances['logs']> {
  const task = standingsOf(record).find((each) => !isDone(each))?.task ?? 0;
  return ['stderr', 'stdout'].flatMap((stream) => {
    const found = [`${stream}.${task}`, stream].flatMap((name) => {
      const tail = tailOf(join(folder, 'logs', name));
      return tail === undefined || tail.trim() === '' ? [] : [{ name: `logs/${name}`, tail }];
    });
    return found.slice(0, 1);
  });
}

/** @returns undefined where there is no such file */
function tailOf(path: string): string | undefined {
  let file: number | undefined;
  try {
    file = openSync(path, 'r');
    const { size } = fstatSync(file);
    const bytes = Buffer.alloc(Math.min(size, TAIL_BYTES));
    readSync(file, bytes, 0, bytes.length, size - bytes.length);
    const text = bytes.toString('utf8');
    return size > bytes.length ? text.slice(text.indexOf('\n') + 1) : text;
  } catch {
    return undefined;
  } finally {
    if (file !== undefined) closeSync(file);
  }
}
