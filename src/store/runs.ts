import { isDeepStrictEqual } from 'node:util';
import { CANCEL_CAUSES, cancelReason, CONDITIONS, PHASES, REASONS, isEnded } from '../model/run.js';
import type { CancelCause, Condition, Part, Phase, Reason, Run, Staged } from '../model/run.js';
import type { JobSpec } from '../model/job.js';
import { StoreError } from './errors.js';
import type { Cause, EventsTable, NewEvent } from './events.js';
import {
  flag,
  integer,
  integers,
  objectOf,
  optionalInteger,
  optionalText,
  optionalWord,
  text,
  texts,
  textsOf,
} from './rows.js';
import { withoutUndefined, word, wordOf } from './rows.js';
import type { Row } from './sql.js';
import type { Connection } from './connection.js';

/** As it begins; what people want of it comes later. */
type NewRun = Omit<
  Run,
  | ('createdAt' | 'updatedAt' | 'goneAt' | 'forgottenAt')
  | ('cancelRequested' | 'cancelCause' | 'suspendRequested' | 'notSubmitted')
>;
/** What changes in a run's life. */
export type RunPatch = Partial<Pick<Run, 'phase' | 'reason' | 'message' | 'conditions'>>;
/** What an edit that asks for no new run changes: the manifest kept beside it. */
export type RunManifest = Pick<Run, 'specJson' | 'manifestFile'> &
  Partial<Pick<Run, 'hash' | 'commit' | 'author' | 'candidates' | 'staged'>>;

const COLUMNS = [
  ...['uuid', 'name', 'run', 'generation', 'phase', 'reason', 'message', 'conditions', 'hash', 'candidates'],
  ...['spec_json', 'staged', 'manifest_file', 'commit_id', 'author', 'cancel_requested', 'suspend_requested'],
  'part',
  ...['created_at', 'updated_at'],
];
const INSERT = `INSERT INTO runs (${COLUMNS.join(', ')}) VALUES (${COLUMNS.map((name) => `:${name}`).join(', ')})`;
const LEFT = 'UPDATE runs SET gone_at = ?, updated_at = ? WHERE uuid = ? AND gone_at IS NULL';
const BACK = `UPDATE runs SET gone_at = NULL, forgotten_at = NULL, updated_at = ?
  WHERE uuid = ? AND gone_at IS NOT NULL`;
const UPDATE = `UPDATE runs SET phase = ?, reason = ?, message = ?, conditions = ?, updated_at = ? WHERE uuid = ?`;
const MANIFEST = `UPDATE runs SET spec_json = ?, staged = ?, manifest_file = ?, commit_id = ?, author = ?, hash = ?, candidates = ?, updated_at = ? WHERE uuid = ?`;
const STAGED = 'UPDATE runs SET staged = ?, candidates = ?, updated_at = ? WHERE uuid = ?';
const LABELS = `INSERT INTO labels (run_uuid, key, value)
  SELECT ?, key, CAST(value AS TEXT) FROM json_each(?, '$.labels')`;
export const RUN_BY_UUID = 'SELECT * FROM runs WHERE uuid = ?';
/** The latest: what came last, and of one `run` the highest generation. */
export const RUN_BY_NAME =
  'SELECT * FROM runs WHERE name = ? ORDER BY created_at DESC, generation DESC, id DESC LIMIT 1';
export const RUN_BY_NAME_AND_RUN =
  'SELECT * FROM runs WHERE name = ? AND run = ? ORDER BY generation DESC LIMIT 1';

/** What belongs to a manifest and goes with it: another one may have none of it. */
const NOTHING_OF_BEFORE = { staged: undefined, commit: undefined, author: undefined };

export class RunsTable {
  readonly #connection: Connection;
  readonly #events: EventsTable;

  constructor(connection: Connection, events: EventsTable) {
    this.#connection = connection;
    this.#events = events;
  }

  /** With its first event. Times are set here. @throws {StoreError} `refused` when the run stands already. */
  create(run: NewRun, cause: Cause = {}): Run {
    const { sql, now, transaction } = this.#connection;
    const at = now();
    const made: Run = {
      ...run,
      cancelRequested: false,
      suspendRequested: false,
      createdAt: at,
      updatedAt: at,
    };
    transaction(() => {
      sql.run(INSERT, parametersOf(made));
      sql.run(LABELS, made.uuid, made.specJson);
      this.#tell(made, 'created', cause);
    });
    return made;
  }

  /**
   * Writes an event in the same transaction, and only when something changed.
   * @param why of conditions, where they alone change; without it each has words of its own
   * @returns whether something did. @throws {StoreError} `refused` for another phase after the end.
   */
  update(uuid: string, patch: RunPatch, cause: Cause = {}, why?: string): boolean {
    const { sql, now, transaction } = this.#connection;
    return transaction(() => {
      const before = this.#known(uuid);
      const after: Run = { ...before, ...patch };
      if (isDeepStrictEqual(before, after)) return false;
      sql.run(
        UPDATE,
        after.phase,
        after.reason,
        after.message,
        JSON.stringify(after.conditions),
        now(),
        uuid,
      );
      const kind = kindOfChange(before, after);
      const message = kind === 'condition' ? changeOfConditions(before, after, why) : after.message;
      this.#tell({ ...after, message }, kind, cause);
      return true;
    });
  }

  /**
   * Records that a person wants its end, or its manifest does (`by`). @returns false when it was asked before, or the run
   * has ended. A person's word counts more than a manifest's.
   */
  requestCancel(uuid: string, message: string, cause: Cause = {}, by?: CancelCause): boolean {
    const { sql, now, transaction } = this.#connection;
    return transaction(() => {
      const before = this.#known(uuid);
      const isNews = !before.cancelRequested || (by === undefined && before.cancelCause !== undefined);
      if (!isNews || isEnded(before.phase)) return false;
      const update = 'UPDATE runs SET cancel_requested = 1, cancel_cause = ?, updated_at = ? WHERE uuid = ?';
      sql.run(update, by ?? null, now(), uuid);
      const reason = cancelReason(by === undefined ? {} : { cancelCause: by });
      this.#events.append({ kind: 'cancel', runUuid: uuid, reason, message, ...cause });
      return true;
    });
  }

  /** A person wants no new attempt, or wants them again. @returns false where that was so, or the run has ended. */
  requestSuspend(uuid: string, suspend: boolean, message: string, cause: Cause = {}): boolean {
    const { sql, now, transaction } = this.#connection;
    return transaction(() => {
      const before = this.#known(uuid);
      if (before.suspendRequested === suspend || isEnded(before.phase)) return false;
      const update = 'UPDATE runs SET suspend_requested = ?, updated_at = ? WHERE uuid = ?';
      sql.run(update, suspend ? 1 : 0, now(), uuid);
      this.#events.append({ kind: suspend ? 'suspend' : 'resume', runUuid: uuid, message, ...cause });
      return true;
    });
  }

  /** Its manifest was not found any more, or is there again: then it is followed again too. */
  setGone(uuid: string, isGone: boolean, message: string): void {
    const { sql, now, transaction } = this.#connection;
    transaction(() => {
      // Of thousands at once no row is read.
      const changed = isGone ? sql.run(LEFT, now(), now(), uuid) : sql.run(BACK, now(), uuid);
      if (changed > 0) this.#events.append({ kind: 'manifest', runUuid: uuid, message });
    });
  }

  /** It is followed no more, or again. @returns false where that was so */
  setForgotten(uuid: string, isForgotten: boolean, message: string, cause: Cause = {}): boolean {
    const { sql, now, transaction } = this.#connection;
    return transaction(() => {
      const before = this.#known(uuid);
      if ((before.forgottenAt !== undefined) === isForgotten) return false;
      const update = 'UPDATE runs SET forgotten_at = ?, updated_at = ? WHERE uuid = ?';
      sql.run(update, isForgotten ? now() : null, now(), uuid);
      const reason = isForgotten ? { reason: 'Forgotten' as const } : {};
      this.#events.append({ kind: 'forget', runUuid: uuid, ...reason, message, ...cause });
      return true;
    });
  }

  /** A person says of an attempt that it was never submitted. @returns false where that was said before */
  declareNotSubmitted(uuid: string, attempt: number, message: string, cause: Cause = {}): boolean {
    const { sql, now, transaction } = this.#connection;
    return transaction(() => {
      if (this.#known(uuid).notSubmitted === attempt) return false;
      sql.run('UPDATE runs SET not_submitted = ?, updated_at = ? WHERE uuid = ?', attempt, now(), uuid);
      this.#events.append({ kind: 'resolve', runUuid: uuid, attempt, message, ...cause });
      return true;
    });
  }

  /** All runs of a job get another name; what they are stays. Those that another job's name is taken by keep theirs. */
  rename(from: string, to: string, message: string): void {
    const { sql, now, transaction } = this.#connection;
    transaction(() => {
      const runs = sql.all('SELECT uuid FROM runs WHERE name = ?', from).map((row) => text(row, 'uuid'));
      for (const uuid of runs) {
        sql.run('UPDATE OR IGNORE runs SET name = ?, updated_at = ? WHERE uuid = ?', to, now(), uuid);
        this.#events.append({ kind: 'manifest', runUuid: uuid, message });
      }
    });
  }

  /** Keeps what is to become of the run when its manifest is gone. */
  keepOnDelete(uuid: string, onDelete: JobSpec['onDelete']): void {
    const { sql, transaction } = this.#connection;
    transaction(() => {
      this.#known(uuid);
      sql.run(
        `UPDATE runs SET spec_json = json_set(spec_json, '$.onDelete', ?) WHERE uuid = ?`,
        onDelete,
        uuid,
      );
    });
  }

  /** Keeps what the staging modules made of the job, and where it may go now. */
  keepStaged(uuid: string, staged: Staged, candidates: readonly string[]): void {
    const { sql, now, transaction } = this.#connection;
    transaction(() => {
      this.#known(uuid);
      sql.run(STAGED, JSON.stringify(staged), JSON.stringify(candidates), now(), uuid);
    });
  }

  /** Keeps the manifest as it is now (labels, mail, another file); what was made of an earlier one goes. */
  keepManifest(uuid: string, manifest: RunManifest, cause: Cause = {}): boolean {
    const { sql, now, transaction } = this.#connection;
    return transaction(() => {
      const before = this.#known(uuid);
      const after: Run = withoutUndefined<Run>({ ...before, ...NOTHING_OF_BEFORE, ...manifest });
      if (isDeepStrictEqual(before, after)) return false;
      sql.run(
        MANIFEST,
        ...[
          after.specJson,
          stagedText(after),
          after.manifestFile,
          after.commit ?? null,
          after.author ?? null,
          after.hash,
        ],
        ...[JSON.stringify(after.candidates), now(), uuid],
      );
      sql.run('DELETE FROM labels WHERE run_uuid = ?', uuid);
      sql.run(LABELS, uuid, after.specJson);
      const message = `the manifest is kept as ${after.manifestFile} has it`;
      this.#events.append({ kind: 'manifest', runUuid: uuid, message, ...cause });
      return true;
    });
  }

  byUuid(uuid: string): Run | undefined {
    const row = this.#connection.sql.get(RUN_BY_UUID, uuid);
    return row === undefined ? undefined : runOf(row);
  }

  /** The latest run of that name, or the highest generation of that `run`. */
  byName(name: string, run?: string): Run | undefined {
    const { sql } = this.#connection;
    // Read back from the clusters, a generation may have come into the state before the one that it follows.
    const which = run ?? sql.get(RUN_BY_NAME, name)?.['run'];
    const row = typeof which === 'string' ? sql.get(RUN_BY_NAME_AND_RUN, name, which) : undefined;
    return row === undefined ? undefined : runOf(row);
  }

  #known(uuid: string): Run {
    const run = this.byUuid(uuid);
    if (run === undefined) throw new StoreError('refused', `the state has no run ${uuid}`);
    return run;
  }

  #tell({ uuid, reason, message }: Run, kind: string, cause: Cause): void {
    const event: NewEvent = { kind, runUuid: uuid, reason, message };
    this.#events.append({ ...event, ...cause });
  }
}

function kindOfChange(before: Run, after: Run): 'phase' | 'reason' | 'condition' {
  if (before.phase !== after.phase) return 'phase';
  return before.reason === after.reason && before.message === after.message ? 'condition' : 'reason';
}

/** What stands beside a phase, in words; the run's own say no more of it than before. */
const STANDS: Readonly<Record<Condition, string>> = {
  OutOfSync: 'its manifest changed after it was submitted',
  Suspended: 'it gets no new attempt until it is resumed',
  Blocked: 'it waits for a word of a person',
  Lost: 'the cluster that may hold it cannot be reached',
  Debt: 'an earlier attempt is still to be ended',
};

/** `OutOfSync: its manifest changed …; no longer Lost`. */
function changeOfConditions(before: Run, after: Run, why: string | undefined): string {
  const came = after.conditions.filter((each) => !before.conditions.includes(each));
  const went = before.conditions.filter((each) => !after.conditions.includes(each));
  const told =
    why === undefined ? came.map((each) => `${each}: ${STANDS[each]}`) : [`${came.join(', ')}: ${why}`];
  const gone = went.length === 0 ? [] : [`no longer ${went.join(', ')}`];
  return [...(came.length === 0 ? [] : told), ...gone].join('; ') || after.message;
}

function parametersOf(run: Run): Record<string, string | number | null> {
  return {
    uuid: run.uuid,
    name: run.name,
    run: run.run,
    generation: run.generation,
    phase: run.phase,
    reason: run.reason,
    message: run.message,
    conditions: JSON.stringify(run.conditions),
    hash: run.hash,
    candidates: JSON.stringify(run.candidates),
    spec_json: run.specJson,
    staged: stagedText(run),
    manifest_file: run.manifestFile,
    commit_id: run.commit ?? null,
    author: run.author ?? null,
    part: run.part === undefined ? null : JSON.stringify(run.part),
    cancel_requested: run.cancelRequested ? 1 : 0,
    suspend_requested: run.suspendRequested ? 1 : 0,
    created_at: run.createdAt,
    updated_at: run.updatedAt,
  };
}

export function runOf(row: Row): Run {
  return withoutUndefined<Run>({
    uuid: text(row, 'uuid'),
    name: text(row, 'name'),
    run: text(row, 'run'),
    generation: integer(row, 'generation'),
    phase: phaseOf(row['phase']),
    reason: word<Reason>(REASONS, row, 'reason'),
    message: text(row, 'message'),
    conditions: conditionsOf(row),
    hash: text(row, 'hash'),
    candidates: textsOf(row, 'candidates'),
    specJson: text(row, 'spec_json'),
    staged: row['staged'] === null ? undefined : stagedOf(objectOf(row, 'staged')),
    part: row['part'] === null ? undefined : partOf(row),
    manifestFile: text(row, 'manifest_file'),
    commit: optionalText(row, 'commit_id'),
    author: optionalText(row, 'author'),
    cancelRequested: flag(row, 'cancel_requested'),
    cancelCause: optionalWord<CancelCause>(CANCEL_CAUSES, row, 'cancel_cause'),
    suspendRequested: flag(row, 'suspend_requested'),
    goneAt: optionalInteger(row, 'gone_at'),
    forgottenAt: optionalInteger(row, 'forgotten_at'),
    notSubmitted: optionalInteger(row, 'not_submitted'),
    createdAt: integer(row, 'created_at'),
    updatedAt: integer(row, 'updated_at'),
  });
}

function partOf(row: Row): Part {
  const value = objectOf(row, 'part');
  return { tasks: integers(value['tasks'], 'part'), of: integer(value, 'of'), size: integer(value, 'size') };
}

function stagedText({ staged }: Run): string | null {
  return staged === undefined ? null : JSON.stringify(staged);
}

function stagedOf(value: Row): Staged {
  const folder = value['folder'] === undefined ? {} : { folder: text(value, 'folder') };
  return { specJson: text(value, 'specJson'), ...folder, files: texts(value['files'], 'staged') };
}

export function phaseOf(value: unknown): Phase {
  return wordOf(PHASES, value, 'phase');
}

export function conditionsOf(row: Row): readonly Condition[] {
  if (row['conditions'] === '[]') return [];
  return textsOf(row, 'conditions').map((item) => wordOf(CONDITIONS, item, 'conditions'));
}
