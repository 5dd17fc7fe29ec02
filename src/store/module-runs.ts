import type { ModuleRun } from '../model/module-run.js';
import type { Connection } from './connection.js';
import { integer, optionalText, text, textsOf, withoutUndefined, word } from './rows.js';
import type { Row } from './sql.js';

const FORGET = 'DELETE FROM module_runs WHERE run_uuid = ? AND attempt = ? AND stage = ?';
const PUT = `INSERT INTO module_runs (run_uuid, attempt, stage, number, module, output, stderr, changed, failure)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`;
export const MODULE_RUNS_OF_RUN = 'SELECT * FROM module_runs WHERE run_uuid = ? ORDER BY attempt, number';
const STAGES: readonly ModuleRun['stage'][] = ['staging', 'preprocessing', 'postprocessing'];

/** A module that was run for an attempt; for attempt 0 where it is of `staging`. */
export interface StoredModuleRun extends ModuleRun {
  readonly attempt: number;
}

/** What external modules printed and said. */
export class ModuleRunsTable {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** In place of what the table has of that stage. @param attempt 0 for `staging` */
  put(runUuid: string, attempt: number, stage: ModuleRun['stage'], ran: readonly ModuleRun[]): void {
    const { sql, transaction } = this.#connection;
    transaction(() => {
      sql.run(FORGET, runUuid, attempt, stage);
      for (const { index, module, output, stderr, changed, failure } of ran) {
        const texts = [output ?? null, stderr ?? null, JSON.stringify(changed), failure ?? null];
        sql.run(PUT, runUuid, attempt, stage, index, module, ...texts);
      }
    });
  }

  /** In the order in which they run. */
  ofRun(runUuid: string): StoredModuleRun[] {
    const ran = this.#connection.sql.all(MODULE_RUNS_OF_RUN, runUuid).map(moduleRunOf);
    const order = ({ attempt, stage }: StoredModuleRun): number =>
      attempt * STAGES.length + STAGES.indexOf(stage);
    return ran.toSorted((a, b) => order(a) - order(b));
  }
}

function moduleRunOf(row: Row): StoredModuleRun {
  return withoutUndefined<StoredModuleRun>({
    attempt: integer(row, 'attempt'),
    stage: word(STAGES, row, 'stage'),
    index: integer(row, 'number'),
    module: text(row, 'module'),
    output: optionalText(row, 'output'),
    stderr: optionalText(row, 'stderr'),
    changed: textsOf(row, 'changed'),
    failure: optionalText(row, 'failure'),
  });
}
