import { setTimeout as sleep } from 'node:timers/promises';
import type { Known } from '../known.js';
import type { Phase } from '../model/run.js';
import type { Outline } from '../store/records.js';
import type { RecordView } from '../views/record.js';
import { specOf } from '../views/spec.js';
import { say, type Context } from './context.js';
import { EXIT } from './exit.js';
import { withKnown } from './facade.js';
import { jobTable } from './output/jobs.js';
import { envelope, writeJson } from './output/json.js';
import { phaseCounts } from './output/progress.js';
import { waitingLines } from './output/waiting.js';
import { findRecord, recordsOf, UnknownJob, viewOf } from './targets.js';

export interface GetFlags {
  readonly output: 'table' | 'wide' | 'json' | 'yaml' | 'name';
  readonly label?: readonly string[];
  readonly phase?: Phase;
  readonly all?: boolean;
  readonly watch?: boolean;
}

/** Equal lists stand there in full: people and simple readers know no anchors. */
const NO_ALIASES = { aliasDuplicateObjects: false };
const WATCH_MS = 2000;
const CLEAR = '\u001b[H\u001b[2J\u001b[3J';

/** Jobs from the state; no cluster is asked. */
export function get(at: Context, names: readonly string[], flags: GetFlags): Promise<number> {
  return withKnown(at, async (app) => {
    if (flags.watch === true) return watch(at, app, names, flags);
    const { records, missing } = select(app, names, flags);
    await print(at, app, records, flags);
    if (isForPeople(flags) && names.length === 0)
      for (const line of waitingLines(app.store.waiting.all())) at.err.line(line);
    for (const error of missing) at.err.line(`${at.err.paint.red('sluice:')} ${error.message}`);
    if (records.length === 0 && missing.length === 0 && isForPeople(flags)) say(at, nothing(flags));
    return missing.length > 0 ? EXIT.error : EXIT.done;
  });
}

interface Selected {
  /** As lines of a list show them; {@link print} has the rest read where it is printed. */
  readonly records: readonly Outline[];
  readonly missing: readonly UnknownJob[];
}

function select(app: Known, names: readonly string[], flags: GetFlags): Selected {
  if (names.length === 0) return { records: everything(app, flags), missing: [] };
  const missing: UnknownJob[] = [];
  const named = names.flatMap((name) => {
    try {
      return [findRecord(app, name)];
    } catch (error) {
      if (!(error instanceof UnknownJob)) throw error;
      missing.push(error);
      return [];
    }
  });
  return { records: named.filter(({ run }) => matches(app, run, flags)), missing };
}

/** By name; of each name the latest run, unless all are asked for. */
function everything(app: Known, flags: GetFlags): readonly Outline[] {
  const all = app.store.records.outlines();
  const shown = flags.all === true ? all : all.filter(({ run }, at) => all[at + 1]?.run.name !== run.name);
  return shown.filter(({ run }) => matches(app, run, flags));
}

function matches({ store }: Known, run: Outline['run'], { phase, label = [] }: GetFlags): boolean {
  if (phase !== undefined && run.phase !== phase) return false;
  if (label.length === 0) return true;
  const known = store.runs.byUuid(run.uuid);
  const labels = (known && specOf(known)?.labels) ?? {};
  return label.every((each) => {
    const equals = each.indexOf('=');
    return labels[each.slice(0, equals)] === each.slice(equals + 1);
  });
}

async function print(at: Context, app: Known, records: readonly Outline[], flags: GetFlags): Promise<void> {
  const lines = flags.watch === true;
  switch (flags.output) {
    case 'json':
      writeJson(at.out, envelope(viewsOf(app, records)), lines);
      break;
    case 'yaml': {
      const { stringify } = await import('yaml');
      at.out.write(`${lines ? '---\n' : ''}${stringify(envelope(viewsOf(app, records)), NO_ALIASES)}`);
      break;
    }
    case 'name':
      for (const { run } of records) at.out.line(run.name);
      break;
    case 'table':
    case 'wide':
      if (records.length > 0) at.out.write(jobTable(at.out, records, at.now(), flags.output === 'wide'));
  }
}

function viewsOf(app: Known, records: readonly Outline[]): RecordView[] {
  return recordsOf(
    app,
    records.map(({ run }) => run.uuid),
  ).map((record) => viewOf(app, record));
}

/** On a terminal the table is redrawn; elsewhere what changed is printed again. Until SIGINT. */
async function watch(at: Context, app: Known, names: readonly string[], flags: GetFlags): Promise<number> {
  const redraws = at.out.interactive && isForPeople(flags);
  let seen: ReadonlyMap<string, number> | undefined;
  while (!at.signal.aborted) {
    const { records } = select(app, names, flags);
    const changed = records.filter(({ run }) => seen?.get(run.uuid) !== run.updatedAt);
    if (redraws) {
      at.out.write(CLEAR);
      await print(at, app, records, flags);
      at.out.line(phaseCounts(records.map(({ run }) => run.phase)) || nothing(flags));
    } else if (changed.length > 0) await print(at, app, changed, flags);
    else if (records.length === 0 && seen === undefined) say(at, nothing(flags));
    seen = new Map(records.map(({ run }) => [run.uuid, run.updatedAt]));
    await sleep(WATCH_MS, undefined, { signal: at.signal }).catch(() => undefined);
  }
  return EXIT.interrupted;
}

function isForPeople({ output }: GetFlags): boolean {
  return output === 'table' || output === 'wide';
}

function nothing({ phase, label }: GetFlags): string {
  if (phase !== undefined || label !== undefined) return 'no job matches';
  return 'no jobs yet; sluice plan shows what would be taken up';
}
