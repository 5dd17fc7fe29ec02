/** What is read for those who look: lists by any filter, states, counts. On a connection of its own that cannot write. */
import type { Phase, Run } from '../model/run.js';
import { NOT_SUBMITTED, standingsOf } from '../model/tasks.js';
import { attemptOf, ATTEMPTS_OF_RUN } from './attempts.js';
import { StoreError } from './errors.js';
import { sizeOf } from './files.js';
import { stateFiles } from './paths.js';
import { integer, text, textsOf } from './rows.js';
import { phaseOf, RUN_BY_UUID, runOf } from './runs.js';
import { type Row, Sql, type SqlValue } from './sql.js';

/** `created` is the order in which runs were taken up; a minus turns it round. */
export const SORTS = ['name', '-name', 'created', '-created'] as const;
export type Sort = (typeof SORTS)[number];

export interface ListFilter {
  readonly phases: readonly Phase[];
  /** All of them must match. */
  readonly labels: readonly (readonly [key: string, value: string])[];
  /** A part of the name, letters in any case. */
  readonly name?: string;
  /** Where the latest attempt is. */
  readonly cluster?: string;
  /** Every run, not only the latest of each name. */
  readonly all: boolean;
}

/** Where a page ended: stable while runs come and change. */
export interface ListCursor {
  readonly name: string;
  readonly id: number;
}

export interface ListedPage {
  readonly runs: readonly Run[];
  readonly next: ListCursor | undefined;
}

export interface ListQuery extends ListFilter {
  readonly sort: Sort;
  readonly limit: number;
  readonly after?: ListCursor;
}

/** Of one job: a word an array task. */
export interface JobStates {
  readonly uuid: string;
  readonly states: readonly string[];
}

const ORDERS: Readonly<Record<Sort, { readonly order: string; readonly after: string }>> = {
  name: { order: 'name, id', after: '(name, id) > (:after_name, :after_id)' },
  '-name': { order: 'name DESC, id DESC', after: '(name, id) < (:after_name, :after_id)' },
  created: { order: 'id', after: 'id > :after_id' },
  '-created': { order: 'id DESC', after: 'id < :after_id' },
};
const IS_LATEST = `NOT EXISTS (SELECT 1 FROM runs AS later WHERE later.name = runs.name
  AND (later.created_at, later.generation, later.id) > (runs.created_at, runs.generation, runs.id))`;
const IS_ON = `:cluster = (SELECT cluster FROM attempts WHERE run_uuid = runs.uuid ORDER BY number DESC LIMIT 1)`;
const STATES = `SELECT uuid, json_extract(spec_json, '$.resources.arraySize') AS size,
  (SELECT task_states FROM attempts WHERE run_uuid = runs.uuid ORDER BY number DESC LIMIT 1) AS states,
  part IS NOT NULL OR EXISTS (SELECT 1 FROM attempts WHERE run_uuid = runs.uuid AND tasks IS NOT NULL) AS in_parts
  FROM runs`;
export const STATES_BY_NAME = `${STATES} WHERE name = ? ORDER BY created_at DESC, generation DESC, id DESC LIMIT 1`;
export const STATES_BY_UUID = `${STATES} WHERE uuid = ?`;
export const PHASE_COUNTS = 'SELECT phase, count(*) AS n FROM runs GROUP BY phase';
export const FAILURES = `SELECT reason, count(*) AS n FROM runs WHERE phase = 'Failed' GROUP BY reason`;
const PLACE = 'SELECT path, document FROM manifests WHERE name = ? ORDER BY path, document LIMIT 1';
/** Read from the end of one run's events by their index. */
export const EVENT_FROM_END = 'SELECT id FROM events WHERE run_uuid = ? ORDER BY id DESC LIMIT 1 OFFSET ?';
const LAST_EVENT = 'SELECT ifnull(max(id), 0) AS id FROM events';

export class Listing {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  page(query: ListQuery): ListedPage {
    const { sql, parameters } = pageStatement(query);
    const rows = this.#sql.all(sql, parameters);
    const shown = rows.slice(0, query.limit);
    const last = rows.length > shown.length ? shown.at(-1) : undefined;
    const next = last && { name: text(last, 'name'), id: integer(last, 'id') };
    return { runs: shown.map(runOf), next };
  }

  /** By name (its latest run) or UUID; `NOT_SUBMITTED` for each task before there is a word of it. */
  states(nameOrUuid: string): JobStates | undefined {
    const row =
      this.#sql.get(STATES_BY_NAME, nameOrUuid) ?? this.#sql.get(STATES_BY_UUID, nameOrUuid.toLowerCase());
    if (row === undefined) return undefined;
    return integer(row, 'in_parts') === 1 ? this.#composed(text(row, 'uuid')) : statesOf(row);
  }

  /** Of an array of which single tasks ran again: by the latest attempt of each. */
  #composed(uuid: string): JobStates | undefined {
    const row = this.#sql.get(RUN_BY_UUID, uuid);
    if (row === undefined) return undefined;
    const attempts = this.#sql.all(ATTEMPTS_OF_RUN, uuid).map(attemptOf);
    return { uuid, states: standingsOf({ run: runOf(row), attempts }).map(({ state }) => state) };
  }

  phaseCounts(): ReadonlyMap<Phase, number> {
    return new Map(this.#sql.all(PHASE_COUNTS).map((row) => [phaseOf(row['phase']), integer(row, 'n')]));
  }

  failuresByReason(): ReadonlyMap<string, number> {
    return new Map(this.#sql.all(FAILURES).map((row) => [text(row, 'reason'), integer(row, 'n')]));
  }

  /** Where the manifest of a name stood when the last pass read it. */
  manifestOf(name: string): { readonly file: string; readonly document: number } | undefined {
    const row = this.#sql.get(PLACE, name);
    return row && { file: text(row, 'path'), document: integer(row, 'document') };
  }

  /** The `id` behind which a run has at most so many events; 0 where it has no more. */
  eventsBegin(runUuid: string, count: number): number {
    const row = this.#sql.get(EVENT_FROM_END, runUuid, count);
    return row === undefined ? 0 : integer(row, 'id');
  }

  lastEvent(): number {
    return integer(this.#sql.get(LAST_EVENT) ?? {}, 'id');
  }

  close(): void {
    this.#sql.close();
  }
}

/** @throws {StoreError} where there is no state */
export function openListing(directory: string): Listing {
  const file = stateFiles.database(directory);
  if (sizeOf(file) === undefined) throw new StoreError('io', `there is no state in ${directory}`);
  const sql = new Sql(file, { mustExist: true });
  sql.pragma('query_only = ON');
  return new Listing(sql);
}

export function pageStatement(query: ListQuery): {
  readonly sql: string;
  readonly parameters: Record<string, SqlValue>;
} {
  const { order, after } = ORDERS[query.sort];
  const parameters: Record<string, SqlValue> = { limit: query.limit + 1 };
  const terms: string[] = [];
  const bind = (name: string, value: SqlValue): string => {
    parameters[name] = value;
    return `:${name}`;
  };
  if (query.phases.length > 0)
    terms.push(`phase IN (${query.phases.map((phase, at) => bind(`phase_${at}`, phase)).join(', ')})`);
  query.labels.forEach(([key, value], at) => {
    const [boundKey, boundValue] = [bind(`key_${at}`, key), bind(`value_${at}`, value)];
    terms.push(`uuid IN (SELECT run_uuid FROM labels WHERE key = ${boundKey} AND value = ${boundValue})`);
  });
  if (query.name !== undefined)
    terms.push(`instr(lower(name), ${bind('part', query.name.toLowerCase())}) > 0`);
  if (query.cluster !== undefined) {
    bind('cluster', query.cluster);
    terms.push(IS_ON);
  }
  if (!query.all) terms.push(IS_LATEST);
  if (query.after !== undefined) {
    if (after.includes(':after_name')) bind('after_name', query.after.name);
    bind('after_id', query.after.id);
    terms.push(after);
  }
  const where = terms.length === 0 ? '' : ` WHERE ${terms.join(' AND ')}`;
  return { sql: `SELECT * FROM runs${where} ORDER BY ${order} LIMIT :limit`, parameters };
}

function statesOf(row: Row): JobStates {
  const known = row['states'] === null ? [] : textsOf(row, 'states');
  const size = typeof row['size'] === 'number' ? row['size'] : 1;
  const states = known.length > 0 ? known : Array.from({ length: size }, () => NOT_SUBMITTED);
  return { uuid: text(row, 'uuid'), states };
}
