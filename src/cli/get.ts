import { setTimeout as sleep } from 'node:timers/promises';
import type { Phase, Run, RunRecord } from '../model/run.js';
import { specOf } from '../views/spec.js';
import { say, type Context } from './context.js';
import { EXIT } from './exit.js';
import { withApp } from './facade.js';
import { jobTable } from './output/jobs.js';
import { envelope, writeJson } from './output/json.js';
import { phaseCounts } from './output/progress.js';
import { findRecord, UnknownJob, viewOf, type Known } from './targets.js';

export interface GetFlags {
  readonly output: 'table' | 'wide' | 'json' | 'yaml' | 'name';
  readonly label?: readonly string[];
  readonly phase?: Phase;
  readonly all?: boolean;
  readonly watch?: boolean;
}

/** Equal lists stand there in full: people and simple readers know no anchors. */
const NO_ALIASES = { aliasDuplicateObjects: false };
const PAGE = 1000;
const WATCH_MS = 2000;
const CLEAR = '\u001b[H\u001b[2J\u001b[3J';

/** Jobs from the state; no cluster is asked. */
export function get(at: Context, names: readonly string[], flags: GetFlags): Promise<number> {
  return withApp(at, 'read', async (app) => {
    if (flags.watch === true) return watch(at, app, names, flags);
    const { records, missing } = select(app, names, flags);
    await print(at, app, records, flags);
    for (const error of missing) at.err.line(`${at.err.paint.red('sluice:')} ${error.message}`);
    if (records.length === 0 && missing.length === 0 && isForPeople(flags)) say(at, nothing(flags));
    return missing.length > 0 ? EXIT.error : EXIT.done;
  });
}

interface Selected {
  readonly records: readonly RunRecord[];
  readonly missing: readonly UnknownJob[];
}

function select(app: Known, names: readonly string[], flags: GetFlags): Selected {
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
  const records = names.length > 0 ? named : everything(app, flags);
  return { records: records.filter(({ run }) => matches(run, flags)), missing };
}

/** By name; of each name the latest run, unless all are asked for. */
function everything({ store }: Known, flags: GetFlags): RunRecord[] {
  const runs: Run[] = [];
  for (let after: ReturnType<typeof store.records.page>['next']; ;) {
    const page = store.records.page({ limit: PAGE, ...(after === undefined ? {} : { after }) });
    runs.push(...page.runs);
    if (page.next === undefined) break;
    after = page.next;
  }
  const shown = flags.all === true ? runs : runs.filter((run, index) => runs[index + 1]?.name !== run.name);
  return shown.filter((run) => matches(run, flags)).flatMap((run) => store.records.byUuid(run.uuid) ?? []);
}

function matches(run: Run, { phase, label = [] }: GetFlags): boolean {
  if (phase !== undefined && run.phase !== phase) return false;
  if (label.length === 0) return true;
  const labels = specOf(run)?.labels ?? {};
  return label.every((each) => {
    const equals = each.indexOf('=');
    return labels[each.slice(0, equals)] === each.slice(equals + 1);
  });
}

async function print(at: Context, app: Known, records: readonly RunRecord[], flags: GetFlags): Promise<void> {
  const lines = flags.watch === true;
  switch (flags.output) {
    case 'json':
      writeJson(at.out, envelope(records.map((record) => viewOf(app, record))), lines);
      break;
    case 'yaml': {
      const { stringify } = await import('yaml');
      at.out.write(
        `${lines ? '---\n' : ''}${stringify(envelope(records.map((record) => viewOf(app, record))), NO_ALIASES)}`,
      );
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
