/** Which generation of a run its manifest means: the highest that the state knows. */
import { jobUuid } from '../manifest/identity.js';
import { isEnded, type Part, type Run } from '../model/run.js';
import { arraySizeOf, arraySizeOn, isDone, standingsOf, taskWords } from '../model/tasks.js';
import type { Wanted } from '../plan/facts.js';
import { specForNext } from '../plan/situation.js';
import type { LightRun } from '../store/records.js';
import type { Store } from '../store/store.js';

type Of = Pick<LightRun, 'name' | 'run'>;

export interface Generations {
  readonly meant: (wanted: Wanted) => Wanted;
  /** Uuids of runs of which a later generation is known: they get no attempt any more. */
  readonly superseded: ReadonlySet<string>;
}

/** Whether a manifest has a name: one that cannot be read may have any. */
export type Presence = 'there' | 'gone' | 'unclear';

/** @param presenceOf whether a manifest has that name. Nearly free where nothing is new, and nothing ran twice. */
export function generationsOf(
  light: readonly LightRun[],
  presenceOf: (name: string) => Presence,
): Generations {
  const highest = new Map<string, LightRun>();
  const known = new Set<string>();
  for (const each of light) {
    known.add(each.uuid);
    if (each.generation > 0 && each.generation > (highest.get(keyOf(each))?.generation ?? 0))
      highest.set(keyOf(each), each);
  }
  const first = firstsOf(light);
  const of = (job: Of): LightRun | undefined => highest.get(keyOf(job)) ?? first(job);
  return {
    meant: (wanted) => {
      const { run, previously } = wanted;
      const latest = known.has(wanted.uuid) ? highest.get(keyOf(wanted)) : of(wanted);
      if (latest !== undefined) return as(wanted, latest);
      if (known.has(wanted.uuid) || previously === undefined) return wanted;
      const before = of({ name: previously, run });
      const presence = presenceOf(previously);
      if (before === undefined || presence === 'there') return wanted;
      if (presence === 'unclear') return { ...wanted, mayBeRenamed: true };
      return { ...as(wanted, before), renamedFrom: previously };
    },
    superseded: supersededOf(light, highest),
  };
}

function as(wanted: Wanted, { uuid, generation }: LightRun): Wanted {
  return { ...wanted, uuid, generation };
}

/** What bore another name before is not the run that its present name would give. */
function firstsOf(light: readonly LightRun[]): (job: Of) => LightRun | undefined {
  let firsts: ReadonlyMap<string, LightRun> | undefined;
  return (job) => {
    firsts ??= new Map(light.filter(({ generation }) => generation === 0).map((each) => [keyOf(each), each]));
    return firsts.get(keyOf(job));
  };
}

function supersededOf(
  light: readonly LightRun[],
  highest: ReadonlyMap<string, LightRun>,
): ReadonlySet<string> {
  if (highest.size === 0) return new Set();
  const older = light.filter((each) => each.generation < (highest.get(keyOf(each))?.generation ?? 0));
  return new Set(older.map(({ uuid }) => uuid));
}

function keyOf({ name, run }: Of): string {
  return `${name} ${run}`;
}

/** @returns why a run cannot run once more, for a person; undefined where it can */
export function whyNotAgain(
  { meta, runs }: Store,
  { uuid, name, run, phase, generation }: Run,
): string | undefined {
  if (!isEnded(phase)) return `it has not ended: it stands as ${phase}`;
  const latest = runs.byName(name, run);
  if (latest && latest.uuid !== uuid) return `it runs again already, as generation ${latest.generation}`;
  // What it runs on may be known to a cluster only.
  if (meta.recovery() !== undefined)
    return `generation ${generation} may not be the last: the state is being rebuilt from the clusters`;
  return undefined;
}

/** @returns why the failed tasks of a run cannot run once more by themselves, for a person; undefined where they can */
export function whyNoTasksAgain({ attempts }: Store, run: Run, wanted?: Wanted): string | undefined {
  const record = { run, attempts: attempts.ofRun(run.uuid) };
  const size = arraySizeOf(record);
  const all = `to run all of it: sluice rerun ${run.name}`;
  if (size === undefined) return `it is no array; ${all}`;
  const standings = standingsOf(record);
  if (run.part === undefined && standings.every(({ attempt }) => attempt === undefined))
    return `none of its tasks has begun; ${all}`;
  if (standings.every(isDone)) return `all of its ${size} tasks have completed; ${all}`;
  const cluster = record.attempts.at(-1)?.cluster ?? run.candidates[0] ?? '';
  const now = wanted && arraySizeOn(wanted.spec(), cluster);
  // What modules make of it is seen when they have run.
  const mayChange = (specForNext(record, undefined).modules?.preprocessing.length ?? 0) > 0;
  if (wanted === undefined || now === size || mayChange) return undefined;
  return `its manifest asks for ${now === undefined ? 'no array' : `an array of ${now}`} now, and it had ${size} tasks; ${all}`;
}

function partOf({ attempts }: Store, run: Run): Part | undefined {
  const record = { run, attempts: attempts.ofRun(run.uuid) };
  const size = arraySizeOf(record);
  if (size === undefined) return undefined;
  const left = standingsOf(record).filter((each) => !isDone(each));
  return { tasks: left.map(({ task }) => task), of: run.part?.of ?? run.generation, size };
}

/**
 * A person's word: the run, which has ended, runs once more as its next generation. What its manifest says by then counts.
 * @param failedTasks of its array, only the tasks that have not completed; their results go to those of the others
 * @returns false where it has one already, or has not ended
 */
export function beginNext(
  store: Store,
  installation: string,
  { uuid }: Run,
  why: string,
  cause: Parameters<Store['runs']['create']>[1],
  failedTasks?: true,
): boolean {
  return store.transaction(() => {
    const before = store.runs.byUuid(uuid);
    if (!before || whyNotAgain(store, before) !== undefined) return false;
    if (failedTasks === true && whyNoTasksAgain(store, before) !== undefined) return false;
    const part = failedTasks === true ? partOf(store, before) : undefined;
    const { name, run, hash, candidates, specJson, manifestFile, commit, author } = before;
    const generation = before.generation + 1;
    store.runs.create(
      {
        ...{ uuid: jobUuid(installation, name, run, generation), name, run, generation },
        ...{ hash, candidates, specJson, manifestFile, ...(commit === undefined ? {} : { commit }) },
        ...(author === undefined ? {} : { author }),
        ...{ phase: 'Pending', reason: 'Accepted', conditions: [] },
        ...(part === undefined ? {} : { part }),
        message: `${part === undefined ? 'runs' : `${taskWords(part.tasks)} alone: runs`} again as generation ${generation}: ${why}`,
      },
      cause,
    );
    return true;
  });
}
