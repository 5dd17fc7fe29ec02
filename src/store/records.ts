import { type Attempt, type Condition, type Phase, REASONS, type Run, type RunRecord } from '../model/run.js';
import { groupBy } from '../model/group.js';
import { standingsOf } from '../model/tasks.js';
import { attemptOf, type AttemptsTable } from './attempts.js';
import { integer, text, textOf, textsOf, wordOf } from './rows.js';
import { conditionsOf, phaseOf, runOf, type RunsTable } from './runs.js';
import type { Row, Sql, SqlValue } from './sql.js';

/** A run as the pass that finds nothing to do needs it. */
export interface LightRun {
  readonly uuid: string;
  readonly name: string;
  readonly run: string;
  readonly generation: number;
  readonly phase: Phase;
  readonly hash: string;
  readonly conditions: readonly Condition[];
}

/** A run as a line of a list shows it. */
export interface Outline {
  readonly run: Pick<
    Run,
    'uuid' | 'name' | 'run' | 'generation' | 'phase' | 'reason' | 'message' | 'conditions'
  > &
    Pick<Run, 'createdAt' | 'updatedAt'>;
  /** At most the latest, with the states of the whole array. */
  readonly attempts: readonly Pick<Attempt, 'cluster' | 'jobId' | 'taskStates' | 'jobDirectory'>[];
}

/** Where the last page ended; opaque to the caller, stable under new runs. */
export interface RunCursor {
  readonly name: string;
  readonly createdAt: number;
  readonly generation: number;
  readonly id: number;
}

export interface RunFilter {
  readonly phase?: Phase;
  readonly label?: { readonly key: string; readonly value: string };
}

/**
 * Not ended, or with an attempt that the cluster's ledger does not have yet. Both conditions are word for word
 * those of partial indexes, so ended and settled runs cost nothing. An attempt that was never sent has nothing
 * on the cluster to settle. What nobody follows any more is none of them.
 */
const LIVE = `SELECT uuid FROM runs WHERE phase NOT IN ('Succeeded', 'Failed', 'Cancelled')
  UNION SELECT run_uuid FROM attempts WHERE settled_at IS NULL AND outcome IS NOT 'unsent'
  EXCEPT SELECT uuid FROM runs WHERE forgotten_at IS NOT NULL`;
export const LIVE_RUNS = `SELECT * FROM runs WHERE uuid IN (${LIVE})`;
export const LIVE_ATTEMPTS = `SELECT * FROM attempts WHERE run_uuid IN (${LIVE})`;
/**
 * Settled attempts whose job directory stands longer than their run's retention. `+`: the phase is no way in, for that
 * would be through every run that has ended.
 */
export const CLEANABLE = `SELECT attempts.* FROM attempts JOIN runs ON runs.uuid = attempts.run_uuid
  WHERE attempts.settled_at IS NOT NULL AND attempts.cleaned_at IS NULL
  AND attempts.settled_at < CASE runs.phase WHEN 'Succeeded' THEN :succeeded ELSE :otherwise END
  AND attempts.settled_at < max(:succeeded, :otherwise) AND +runs.phase IN ('Succeeded', 'Failed', 'Cancelled')
  ORDER BY attempts.settled_at LIMIT :limit`;
/** All of a list is read from end to end; but no long column, such as the spec and the script. */
const OUTLINE = `SELECT uuid, name, run, generation, phase, reason, message, conditions, created_at, updated_at FROM runs`;
export const OUTLINES = `${OUTLINE} ORDER BY name, created_at, generation, id`;
export const OUTLINES_OF = `${OUTLINE} WHERE uuid IN (SELECT value FROM json_each(?))`;
export const OUTLINED_ATTEMPTS = `SELECT run_uuid, max(number), cluster, job_id, task_states, job_directory, tasks
  FROM attempts GROUP BY run_uuid`;
export const RUNS_OF = 'SELECT * FROM runs WHERE uuid IN (SELECT value FROM json_each(?))';
export const ATTEMPTS_OF = 'SELECT * FROM attempts WHERE run_uuid IN (SELECT value FROM json_each(?))';
const LIGHT = 'SELECT uuid, name, run, generation, phase, hash, conditions FROM runs';
export const LIGHT_RUNS = `${LIGHT} ORDER BY name, created_at, generation, id`;
export const NAMES = 'SELECT DISTINCT name FROM runs ORDER BY name';
export const GENERATIONS =
  'SELECT * FROM runs WHERE name = ? AND run = ? AND generation >= ? AND generation < ? ORDER BY generation';
/** Word for word the conditions of partial indexes. */
export const RUNS_THERE = `${LIGHT} WHERE gone_at IS NULL ORDER BY name, created_at, generation, id`;
export const GONE_RUNS_NAMED = `${LIGHT} WHERE name IN (SELECT value FROM json_each(?)) AND gone_at IS NOT NULL
  ORDER BY name, created_at, generation, id`;
export const GONE_RUNS_OF = `${LIGHT} WHERE uuid IN (SELECT value FROM json_each(?)) AND gone_at IS NOT NULL`;
export const GONE_RUNS_OF_WORK = `${LIGHT} WHERE gone_at IS NOT NULL AND hash IN (SELECT value FROM json_each(?))
  ORDER BY name, created_at, generation, id`;
export const EDITED_RUNS = `SELECT uuid FROM runs WHERE cancel_cause = 'edit'`;
export const FORGOTTEN_RUNS = 'SELECT uuid FROM runs WHERE forgotten_at IS NOT NULL';
const AFTER = '(name, created_at, generation, id) > (:name, :created_at, :generation, :id)';
const IN_ORDER = 'ORDER BY name, created_at, generation, id LIMIT :limit';
const LABELLED = 'uuid IN (SELECT run_uuid FROM labels WHERE key = :key AND value = :value)';
/** Statement of a page for each kind of filter. */
export const RUN_PAGES = {
  all: `SELECT * FROM runs WHERE ${AFTER} ${IN_ORDER}`,
  phase: `SELECT * FROM runs WHERE phase = :phase AND ${AFTER} ${IN_ORDER}`,
  label: `SELECT * FROM runs WHERE ${LABELLED} AND ${AFTER} ${IN_ORDER}`,
  both: `SELECT * FROM runs WHERE ${LABELLED} AND phase = :phase AND ${AFTER} ${IN_ORDER}`,
} as const;
const START: RunCursor = { name: '', createdAt: 0, generation: 0, id: 0 };

/** Runs together with their attempts. Reads only. */
export class Records {
  readonly #sql: Sql;
  readonly #runs: RunsTable;
  readonly #attempts: AttemptsTable;

  constructor(sql: Sql, runs: RunsTable, attempts: AttemptsTable) {
    this.#sql = sql;
    this.#runs = runs;
    this.#attempts = attempts;
  }

  /** Every run that has not ended or has an unsettled attempt, in the order of creation. Two queries. */
  live(): RunRecord[] {
    const attempts = this.#sql.all(LIVE_ATTEMPTS).map(attemptOf);
    const rows = this.#sql.all(LIVE_RUNS).toSorted((a, b) => integer(a, 'id') - integer(b, 'id'));
    return join(rows.map(runOf), attempts);
  }

  /** Oldest first; times are epoch milliseconds before which an attempt must have been settled. */
  cleanable(before: {
    readonly succeeded: number;
    readonly otherwise: number;
    readonly limit: number;
  }): Attempt[] {
    return this.#sql.all(CLEANABLE, { ...before }).map(attemptOf);
  }

  /** Every run, by name and age, the latest of a name last, as a list shows it. Two queries. */
  outlines(): Outline[] {
    const attempts = new Map<unknown, Outline['attempts']>();
    const inParts: string[] = [];
    this.#sql.each(OUTLINED_ATTEMPTS, (row) => {
      attempts.set(row[0], [outlinedAttempt(row)]);
      if (row.at(-1) !== null) inParts.push(textOf(row[0], 'run_uuid'));
    });
    for (const record of this.byUuids(inParts)) {
      const taskStates = standingsOf(record).map(({ state }) => state);
      attempts.set(
        record.run.uuid,
        (attempts.get(record.run.uuid) ?? []).map((last) => ({ ...last, taskStates })),
      );
    }
    const outlines: Outline[] = [];
    this.#sql.each(OUTLINES, (row) => {
      outlines.push({ run: outlinedRun(row), attempts: attempts.get(row[0]) ?? [] });
    });
    return outlines;
  }

  /** Those that are there, in the order given. Two queries, whatever their number. */
  byUuids(uuids: readonly string[]): RunRecord[] {
    if (uuids.length === 0) return [];
    const list = JSON.stringify(uuids);
    const runs = new Map(this.#sql.all(RUNS_OF, list).map((row) => [row['uuid'], runOf(row)]));
    const ordered = uuids.flatMap((uuid) => runs.get(uuid) ?? []);
    return join(ordered, this.#sql.all(ATTEMPTS_OF, list).map(attemptOf));
  }

  /** Those that are there, in the order given, as a list shows them. One query. */
  outlinesOf(uuids: readonly string[]): Outline['run'][] {
    if (uuids.length === 0) return [];
    const runs = new Map<string, Outline['run']>();
    this.#sql.each(
      OUTLINES_OF,
      (row) => {
        const run = outlinedRun(row);
        runs.set(run.uuid, run);
      },
      JSON.stringify(uuids),
    );
    return uuids.flatMap((uuid) => runs.get(uuid) ?? []);
  }

  byUuid(uuid: string): RunRecord | undefined {
    return this.#with(this.#runs.byUuid(uuid));
  }

  /** The latest run of that name, or the highest generation of that `run`. */
  byName(name: string, run?: string): RunRecord | undefined {
    return this.#with(this.#runs.byName(name, run));
  }

  /**
   * The runs whose results lie in one folder with those of this one, oldest first, itself the last: where it makes good
   * for an earlier generation's failed tasks, that one and those between.
   */
  completing({ run, attempts }: RunRecord): RunRecord[] {
    if (run.part === undefined) return [{ run, attempts }];
    const rows = this.#sql.all(GENERATIONS, run.name, run.run, run.part.of, run.generation);
    const before = rows
      .map((row) => runOf(row))
      .filter(({ generation, part }) => {
        return generation === run.part?.of || part?.of === run.part?.of;
      });
    return [
      ...before.map((each) => ({ run: each, attempts: this.#attempts.ofRun(each.uuid) })),
      { run, attempts },
    ];
  }

  /** As a person names a job: by name, or by UUID. */
  find(nameOrUuid: string): RunRecord | undefined {
    return this.byName(nameOrUuid) ?? this.byUuid(nameOrUuid.toLowerCase());
  }

  /** Every run, by name and age, the latest of a name last. */
  light(): LightRun[] {
    return this.#light(LIGHT_RUNS);
  }

  /** Each once. */
  names(): string[] {
    const names: string[] = [];
    this.#sql.each(NAMES, ([name]) => names.push(textOf(name, 'name')));
    return names;
  }

  /** Uuids of runs whose end was wanted because their manifests were edited. */
  edited(): ReadonlySet<string> {
    return this.#uuids(EDITED_RUNS);
  }

  /** As {@link light}, without those whose manifests are known to be gone: they cost a pass nothing. */
  there(): LightRun[] {
    return this.#light(RUNS_THERE);
  }

  /** Of what is known to be gone: the runs of some jobs. */
  goneNamed(names: Iterable<string>): LightRun[] {
    return this.#light(GONE_RUNS_NAMED, names);
  }

  /** Of what is known to be gone, by uuid: a job that was renamed keeps the one of its first name. */
  goneOf(uuids: Iterable<string>): LightRun[] {
    return this.#light(GONE_RUNS_OF, uuids);
  }

  /** Of what is known to be gone: the runs that did some work, by the hashes of their manifests. */
  goneOfWork(hashes: Iterable<string>): LightRun[] {
    return this.#light(GONE_RUNS_OF_WORK, hashes);
  }

  /** Uuids of runs that nobody wants followed any more. */
  forgotten(): ReadonlySet<string> {
    return this.#uuids(FORGOTTEN_RUNS);
  }

  #uuids(statement: string): ReadonlySet<string> {
    const uuids = new Set<string>();
    this.#sql.each(statement, ([uuid]) => uuids.add(textOf(uuid, 'uuid')));
    return uuids;
  }

  /** @param of nothing is asked where it is empty */
  #light(statement: string, of?: Iterable<string>): LightRun[] {
    const runs: LightRun[] = [];
    const list = of === undefined ? undefined : [...new Set(of)];
    if (list?.length === 0) return runs;
    this.#sql.each(statement, (row) => runs.push(lightOf(row)), ...(list ? [JSON.stringify(list)] : []));
    return runs;
  }

  /** By name and age. `next` is undefined on the last page. */
  page(options: { readonly limit: number; readonly after?: RunCursor } & RunFilter): {
    readonly runs: readonly Run[];
    readonly next: RunCursor | undefined;
  } {
    const after = options.after ?? START;
    const parameters: Record<string, SqlValue> = {
      name: after.name,
      created_at: after.createdAt,
      generation: after.generation,
      id: after.id,
      limit: options.limit + 1,
      ...(options.phase === undefined ? {} : { phase: options.phase }),
      ...options.label,
    };
    const rows = this.#sql.all(pageStatement(options), parameters);
    const shown = rows.slice(0, options.limit);
    const last = rows.length > shown.length ? shown.at(-1) : undefined;
    return { runs: shown.map(runOf), next: last === undefined ? undefined : cursorOf(last) };
  }

  #with(run: Run | undefined): RunRecord | undefined {
    return run === undefined ? undefined : { run, attempts: this.#attempts.ofRun(run.uuid) };
  }
}

function pageStatement(filter: RunFilter): string {
  if (filter.phase !== undefined) return filter.label === undefined ? RUN_PAGES.phase : RUN_PAGES.both;
  return filter.label === undefined ? RUN_PAGES.all : RUN_PAGES.label;
}

function cursorOf(row: Row): RunCursor {
  return {
    name: text(row, 'name'),
    createdAt: integer(row, 'created_at'),
    generation: integer(row, 'generation'),
    id: integer(row, 'id'),
  };
}

function join(runs: readonly Run[], attempts: readonly Attempt[]): RunRecord[] {
  const byRun = groupBy(attempts, (attempt) => attempt.runUuid);
  return runs.map((run) => ({
    run,
    attempts: (byRun.get(run.uuid) ?? []).toSorted((a, b) => a.number - b.number),
  }));
}

function outlinedRun(columns: readonly unknown[]): Outline['run'] {
  const [uuid, name, run, generation, phase, reason, message, conditions, createdAt, updatedAt] = columns;
  return {
    uuid: textOf(uuid, 'uuid'),
    name: textOf(name, 'name'),
    run: textOf(run, 'run'),
    generation: Number(generation),
    phase: phaseOf(phase),
    reason: wordOf(REASONS, reason, 'reason'),
    message: textOf(message, 'message'),
    conditions: conditions === '[]' ? NO_CONDITIONS : conditionsOf({ conditions }),
    createdAt: Number(createdAt),
    updatedAt: Number(updatedAt),
  };
}

function outlinedAttempt(columns: readonly unknown[]): Outline['attempts'][number] {
  const [, , cluster, jobId, states, directory] = columns;
  return {
    cluster: textOf(cluster, 'cluster'),
    taskStates: textsOf({ task_states: states }, 'task_states'),
    ...(typeof jobId === 'string' ? { jobId } : {}),
    ...(typeof directory === 'string' ? { jobDirectory: directory } : {}),
  };
}

/** A hundred thousand of them: no object is made on the way. */
function lightOf(columns: readonly unknown[]): LightRun {
  const [uuid, name, run, generation, phase, hash, conditions] = columns;
  return {
    uuid: textOf(uuid, 'uuid'),
    name: textOf(name, 'name'),
    run: textOf(run, 'run'),
    generation: Number(generation),
    phase: phaseOf(phase),
    hash: textOf(hash, 'hash'),
    conditions: conditions === '[]' ? NO_CONDITIONS : conditionsOf({ conditions }),
  };
}

const NO_CONDITIONS: readonly Condition[] = [];
