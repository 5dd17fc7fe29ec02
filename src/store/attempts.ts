import { isDeepStrictEqual } from 'node:util';
import { isOwed, REASONS } from '../model/run.js';
import { LOSSES } from '../model/loss.js';
import type { Attempt, AttemptState, FetchedSource, Outcome, Reason, ResultsKnown } from '../model/run.js';
import { StoreError } from './errors.js';
import type { Cause, EventsTable, NewEvent } from './events.js';
import {
  flag,
  integer,
  integersOf,
  objectOf,
  objects,
  optionalInteger,
  optionalText,
  optionalWord,
} from './rows.js';
import { text, texts, textsOf, withoutUndefined, word } from './rows.js';
import type { Row } from './sql.js';
import type { Connection } from './connection.js';

/** Everything but who the attempt is. */
export type AttemptPatch = Partial<
  Omit<
    Attempt,
    'runUuid' | 'number' | 'cluster' | 'token' | 'nonce' | 'createdAt' | 'fromHere' | 'tasks' | 'lostSince'
  >
> & { readonly lostSince?: number | undefined };

const STATES: readonly AttemptState[] = ['intended', 'placed', 'stepping', 'prepared', 'submitted', 'ended'];
const OUTCOMES: readonly Outcome[] = [
  ...(['completed', 'failed', 'step-failed', 'refused', 'fenced', 'cancelled'] as const),
  ...(['superseded', 'unsent'] as const),
];
const FIXED = ['run_uuid', 'number', 'cluster', 'token', 'nonce', 'created_at', 'from_here', 'tasks'];
const CHANGING = [
  ...['state', 'hash', 'job_id', 'job_directory', 'working_directory', 'outcome', 'reason', 'message'],
  ...['task_states', 'job_status', 'script', 'submitted_at', 'ended_at', 'fetched_at', 'settled_at'],
  ...['cleaned_at', 'prepared', 'source', 'heard_at', 'postprocessed_at', 'post_failure', 'results'],
  ...['lost_since', 'owed_since', 'ceded'],
];
const ALL = [...FIXED, ...CHANGING];
const INSERT = `INSERT INTO attempts (${ALL.join(', ')}) VALUES (${ALL.map((name) => `:${name}`).join(', ')})`;
const UPDATE = `UPDATE attempts SET ${CHANGING.map((name) => `${name} = :${name}`).join(', ')}
  WHERE run_uuid = :run_uuid AND number = :number`;
export const ATTEMPTS_OF_RUN = 'SELECT * FROM attempts WHERE run_uuid = ? ORDER BY number';
export const ATTEMPT_BY_TOKEN = 'SELECT * FROM attempts WHERE token = ?';
const ATTEMPT = 'SELECT * FROM attempts WHERE run_uuid = ? AND number = ?';

export class AttemptsTable {
  readonly #connection: Connection;
  readonly #events: EventsTable;

  constructor(connection: Connection, events: EventsTable) {
    this.#connection = connection;
    this.#events = events;
  }

  /**
   * With an event.
   * @throws {StoreError} `refused` while another attempt of the run may be live, and is not owed.
   */
  create(attempt: Attempt, cause: Cause = {}): void {
    const { sql, transaction } = this.#connection;
    transaction(() => {
      sql.run(INSERT, { ...fixedOf(attempt), ...changingOf(attempt) });
      this.#tell(attempt, withState(attempt, cause));
    });
  }

  /**
   * Writes an event with it when the state, the job's id or the outcome changed (not for each word of the queue).
   * @returns whether anything changed. @throws {StoreError} `refused` for what a terminal attempt may not.
   */
  patch(runUuid: string, number: number, patch: AttemptPatch, cause: Cause = {}): boolean {
    const { sql, transaction } = this.#connection;
    return transaction(() => {
      const before = this.get(runUuid, number);
      if (before === undefined) throw new StoreError('refused', `run ${runUuid} has no attempt ${number}`);
      const after = withoutUndefined<Attempt>({ ...before, ...patch });
      if (isDeepStrictEqual(before, after)) return false;
      sql.run(UPDATE, { ...changingOf(after), run_uuid: runUuid, number });
      const isNew = before.state !== after.state;
      if (sayOf(before) !== sayOf(after)) this.#tell(after, isNew ? withState(after, cause) : cause);
      return true;
    });
  }

  get(runUuid: string, number: number): Attempt | undefined {
    const row = this.#connection.sql.get(ATTEMPT, runUuid, number);
    return row === undefined ? undefined : attemptOf(row);
  }

  byToken(token: string): Attempt | undefined {
    const row = this.#connection.sql.get(ATTEMPT_BY_TOKEN, token);
    return row === undefined ? undefined : attemptOf(row);
  }

  /** Oldest first. */
  ofRun(runUuid: string): Attempt[] {
    return this.#connection.sql.all(ATTEMPTS_OF_RUN, runUuid).map(attemptOf);
  }

  #tell(attempt: Attempt, cause: Cause): void {
    const { runUuid, number, cluster, reason } = attempt;
    const event: NewEvent = { kind: 'attempt', runUuid, attempt: number, cluster, message: sayOf(attempt) };
    this.#events.append({ ...event, ...(reason === undefined ? {} : { reason }), ...cause });
  }
}

/** The event of a new state says which it is, for programs. */
function withState({ state }: Attempt, { detail, ...cause }: Cause): Cause {
  return { ...cause, detail: { state, ...(typeof detail === 'object' ? detail : {}) } };
}

function sayOf(attempt: Attempt): string {
  const what = attempt.outcome ?? (isOwed(attempt) ? 'is owed' : attempt.state);
  const job = attempt.jobId === undefined ? '' : ` as job ${attempt.jobId}`;
  const why = attempt.message === undefined ? '' : `: ${attempt.message}`;
  return `attempt ${attempt.number} on ${attempt.cluster} ${what}${job}${why}`;
}

function fixedOf(attempt: Attempt): Record<string, string | number | null> {
  const { runUuid, number, cluster, token, nonce, createdAt, fromHere, tasks } = attempt;
  const from_here = fromHere === true ? 1 : 0;
  return {
    ...{ run_uuid: runUuid, number, cluster, token, nonce, created_at: createdAt, from_here },
    tasks: jsonOrNull(tasks),
  };
}

function changingOf(attempt: Attempt): Record<string, string | number | null> {
  return {
    state: attempt.state,
    hash: attempt.hash,
    job_id: attempt.jobId ?? null,
    job_directory: attempt.jobDirectory ?? null,
    working_directory: attempt.workingDirectory ?? null,
    outcome: attempt.outcome ?? null,
    reason: attempt.reason ?? null,
    message: attempt.message ?? null,
    task_states: JSON.stringify(attempt.taskStates),
    job_status: JSON.stringify(attempt.jobStatus),
    script: attempt.script ?? null,
    submitted_at: attempt.submittedAt ?? null,
    ended_at: attempt.endedAt ?? null,
    fetched_at: attempt.fetchedAt ?? null,
    settled_at: attempt.settledAt ?? null,
    cleaned_at: attempt.cleanedAt ?? null,
    prepared: attempt.preparedJson ?? null,
    source: jsonOrNull(attempt.source),
    heard_at: attempt.heardAt ?? null,
    postprocessed_at: attempt.postprocessedAt ?? null,
    post_failure: attempt.postFailure ?? null,
    results: jsonOrNull(attempt.results),
    ...lossOf(attempt),
  };
}

function lossOf({ lostSince, owedSince }: Attempt): Record<string, number | null> {
  return {
    lost_since: lostSince ?? null,
    owed_since: owedSince ?? null,
    ceded: owedSince === undefined ? 0 : 1,
  };
}

function jsonOrNull(value: object | undefined): string | null {
  return value === undefined ? null : JSON.stringify(value);
}

export function attemptOf(row: Row): Attempt {
  return withoutUndefined<Attempt>({
    runUuid: text(row, 'run_uuid'),
    number: integer(row, 'number'),
    cluster: text(row, 'cluster'),
    token: text(row, 'token'),
    state: word(STATES, row, 'state'),
    nonce: text(row, 'nonce'),
    hash: text(row, 'hash'),
    jobId: optionalText(row, 'job_id'),
    jobDirectory: optionalText(row, 'job_directory'),
    workingDirectory: optionalText(row, 'working_directory'),
    outcome: optionalWord(OUTCOMES, row, 'outcome'),
    reason: optionalWord<Reason>(REASONS, row, 'reason'),
    message: optionalText(row, 'message'),
    tasks: row['tasks'] === null ? undefined : integersOf(row, 'tasks'),
    taskStates: textsOf(row, 'task_states'),
    jobStatus: jobStatusOf(row),
    fromHere: flag(row, 'from_here') ? true : undefined,
    preparedJson: optionalText(row, 'prepared'),
    source: row['source'] === null ? undefined : sourceOf(objectOf(row, 'source')),
    heardAt: optionalInteger(row, 'heard_at'),
    postprocessedAt: optionalInteger(row, 'postprocessed_at'),
    postFailure: optionalText(row, 'post_failure'),
    lostSince: optionalInteger(row, 'lost_since'),
    owedSince: optionalInteger(row, 'owed_since'),
    script: optionalText(row, 'script'),
    createdAt: integer(row, 'created_at'),
    submittedAt: optionalInteger(row, 'submitted_at'),
    endedAt: optionalInteger(row, 'ended_at'),
    fetchedAt: optionalInteger(row, 'fetched_at'),
    results: row['results'] === null ? undefined : resultsOf(objectOf(row, 'results')),
    settledAt: optionalInteger(row, 'settled_at'),
    cleanedAt: optionalInteger(row, 'cleaned_at'),
  });
}

function sourceOf(value: Row): FetchedSource {
  return value['kind'] === 'git'
    ? { kind: 'git', commit: text(value, 'commit'), url: text(value, 'url') }
    : { kind: 'url', sha256: text(value, 'sha256'), size: integer(value, 'size'), file: text(value, 'file') };
}

function resultsOf(value: Row): ResultsKnown {
  const { lost, gone } = value;
  return {
    found: texts(value['found'], 'results'),
    lost: objects(lost, 'results').map((each) => {
      return { path: text(each, 'path'), loss: word(LOSSES, each, 'loss') };
    }),
    ...(gone === undefined ? {} : { gone: text(value, 'gone') }),
  };
}

function jobStatusOf(row: Row): Readonly<Record<string, readonly string[]>> {
  const entries = Object.entries(objectOf(row, 'job_status'));
  return Object.fromEntries(entries.map(([field, values]) => [field, texts(values, 'job_status')]));
}
