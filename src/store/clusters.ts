import type { Hello } from '../model/observation.js';
import type { ClusterStatus, KnownBreaker, KnownStatus } from '../model/status.js';
import { StoreError } from './errors.js';
import {
  integer,
  json,
  isObject,
  optionalInteger,
  optionalText,
  text,
  withoutUndefined,
  word,
} from './rows.js';
import type { Row } from './sql.js';
import type { Connection } from './connection.js';

export const ACCOUNTING = ['unknown', 'on', 'off'] as const;
export type Accounting = (typeof ACCOUNTING)[number];

/** What is remembered of a cluster between passes. Times are epoch milliseconds. */
export interface ClusterMemory {
  readonly name: string;
  /** What it last said of itself. */
  readonly hello?: Hello;
  /** SHA-256 of the wrapper that is known to stand there. */
  readonly wrapperDigest?: string;
  /** The installation's number there, as we last saw or set it. */
  readonly mark?: number;
  /** When its claims were last read whole into this database. */
  readonly recalledAt?: number;
  readonly reachedAt?: number;
  /** The last failure to reach it; it may have been reached since. */
  readonly failure?: { readonly at: number; readonly reason: string; readonly message: string };
  /** Status that was reported to us (`PUT /clusters`); shown, never planned with. */
  readonly reported?: { readonly at: number; readonly status: unknown };
  /** It does not answer, or refuses us; undefined: it answered when it was asked last. */
  readonly breaker?: KnownBreaker | undefined;
  readonly accounting: Accounting;
}

export type ClusterPatch = Partial<Omit<ClusterMemory, 'name'>>;

const COLUMNS = [
  ...['name', 'hello_json', 'wrapper_digest', 'mark', 'recalled_at', 'reached_at', 'failed_at'],
  ...['failure_reason', 'failure_message', 'reported_json', 'reported_at', 'accounting', 'breaker_json'],
];
const PUT = `INSERT OR REPLACE INTO clusters (${COLUMNS.join(', ')})
  VALUES (${COLUMNS.map((name) => `:${name}`).join(', ')})`;

const TAKE_STATUS = `INSERT OR REPLACE INTO cluster_status (name, status_json, taken_at) VALUES (?, ?, ?)`;
const FAIL_STATUS = `INSERT INTO cluster_status (name, failed_at, failure) VALUES (?, ?, ?)
  ON CONFLICT (name) DO UPDATE SET failed_at = excluded.failed_at, failure = excluded.failure`;

export class ClustersTable {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** One that was never met is known by its name alone. */
  get(name: string): ClusterMemory {
    const row = this.#connection.sql.get('SELECT * FROM clusters WHERE name = ?', name);
    return row === undefined ? { name, accounting: 'unknown' } : memoryOf(row);
  }

  /** By name. */
  all(): Map<string, ClusterMemory> {
    const rows = this.#connection.sql.all('SELECT * FROM clusters ORDER BY name');
    return new Map(rows.map(memoryOf).map((memory) => [memory.name, memory]));
  }

  /** Nothing counts as read back any more. */
  forgetRecalls(): void {
    const { sql, transaction } = this.#connection;
    transaction(() => sql.run('UPDATE clusters SET recalled_at = NULL'));
  }

  patch(name: string, patch: ClusterPatch): void {
    const { sql, transaction } = this.#connection;
    transaction(() => sql.run(PUT, parametersOf({ ...this.get(name), ...patch })));
  }

  /** Of the sites of a cluster that do not answer, the one that needs a person, or is asked last. */
  breakerOf(name: string): KnownBreaker | undefined {
    const found = [...this.all().values()].flatMap(({ name: key, breaker }) =>
      breaker && (key === name || key.startsWith(`${name} as `)) ? [breaker] : [],
    );
    return found.toSorted((one, other) => (other.nextAt ?? Infinity) - (one.nextAt ?? Infinity)).at(0);
  }

  /** The figures of a cluster, by its own name, whatever login asked. */
  status(name: string): KnownStatus {
    const row = this.#connection.sql.get('SELECT * FROM cluster_status WHERE name = ?', name);
    return row === undefined ? {} : statusOf(row);
  }

  /** When its status was last asked for, with or without success. */
  statusTriedAt(name: string): number | undefined {
    const row = this.#connection.sql.get(
      'SELECT max(ifnull(taken_at, 0), ifnull(failed_at, 0)) AS tried FROM cluster_status WHERE name = ?',
      name,
    );
    return row && integer(row, 'tried');
  }

  /** An earlier failure is over with it. */
  takeStatus(name: string, status: ClusterStatus): void {
    const { sql, now, transaction } = this.#connection;
    transaction(() => sql.run(TAKE_STATUS, name, JSON.stringify(status), now()));
  }

  /** The figures before it stay, with their age. */
  failStatus(name: string, message: string): void {
    const { sql, now, transaction } = this.#connection;
    transaction(() => sql.run(FAIL_STATUS, name, now(), message));
  }
}

function parametersOf(memory: ClusterMemory): Record<string, string | number | null> {
  return {
    name: memory.name,
    hello_json: memory.hello === undefined ? null : JSON.stringify(memory.hello),
    wrapper_digest: memory.wrapperDigest ?? null,
    mark: memory.mark ?? null,
    recalled_at: memory.recalledAt ?? null,
    reached_at: memory.reachedAt ?? null,
    failed_at: memory.failure?.at ?? null,
    failure_reason: memory.failure?.reason ?? null,
    failure_message: memory.failure?.message ?? null,
    reported_json: memory.reported === undefined ? null : JSON.stringify(memory.reported.status),
    reported_at: memory.reported?.at ?? null,
    accounting: memory.accounting,
    breaker_json: memory.breaker === undefined ? null : JSON.stringify(memory.breaker),
  };
}

function memoryOf(row: Row): ClusterMemory {
  const failedAt = optionalInteger(row, 'failed_at');
  const reportedAt = optionalInteger(row, 'reported_at');
  return withoutUndefined<ClusterMemory>({
    name: text(row, 'name'),
    hello: helloOf(optionalText(row, 'hello_json')),
    wrapperDigest: optionalText(row, 'wrapper_digest'),
    mark: optionalInteger(row, 'mark'),
    recalledAt: optionalInteger(row, 'recalled_at'),
    reachedAt: optionalInteger(row, 'reached_at'),
    failure:
      failedAt === undefined
        ? undefined
        : { at: failedAt, reason: text(row, 'failure_reason'), message: text(row, 'failure_message') },
    reported:
      reportedAt === undefined
        ? undefined
        : { at: reportedAt, status: json(text(row, 'reported_json'), 'reported_json') },
    accounting: word(ACCOUNTING, row, 'accounting'),
    breaker: breakerIn(optionalText(row, 'breaker_json')),
  });
}

/** Our own writing, in one piece. */
function breakerIn(column: string | undefined): KnownBreaker | undefined {
  if (column === undefined) return undefined;
  const value = json(column, 'breaker_json');
  const isWhole =
    isObject(value) && ['state', 'reason', 'message'].every((key) => typeof value[key] === 'string');
  if (isWhole && typeof value['since'] === 'number') return value as unknown as KnownBreaker;
  throw new StoreError('corrupt', 'the state holds an unreadable breaker_json');
}

function statusOf(row: Row): KnownStatus {
  const takenAt = optionalInteger(row, 'taken_at');
  const failedAt = optionalInteger(row, 'failed_at');
  return withoutUndefined<KnownStatus>({
    taken:
      takenAt === undefined
        ? undefined
        : { at: takenAt, status: figuresOf(json(text(row, 'status_json'), 'status_json')) },
    failure: failedAt === undefined ? undefined : { at: failedAt, message: text(row, 'failure') },
  });
}

/** Our own writing, in one piece: what is inside is what {@link ClustersTable.takeStatus} wrote. */
function figuresOf(value: unknown): ClusterStatus {
  if (isObject(value) && typeof value['takenAt'] === 'number' && Array.isArray(value['nodes']))
    return { takenAt: value['takenAt'], nodes: value['nodes'] as ClusterStatus['nodes'] };
  throw new StoreError('corrupt', 'the state holds an unreadable status_json');
}

function helloOf(column: string | undefined): Hello | undefined {
  if (column === undefined) return undefined;
  const value = json(column, 'hello_json');
  if (!isHello(value)) throw new StoreError('corrupt', 'the state holds an unreadable hello_json');
  return value;
}

function isHello(value: unknown): value is Hello {
  if (!isObject(value)) return false;
  const texts = ['wrapperVersion', 'host', 'home', 'claimsDir', 'workDir'];
  return texts.every((key) => typeof value[key] === 'string') && typeof value['clock'] === 'number';
}
