import type { FetchedFile } from '../model/run.js';
import { integer, text } from './rows.js';
import type { Row } from './sql.js';
import type { Connection } from './connection.js';

const PUT = `INSERT INTO outputs (run_uuid, attempt, path, file, size, sha256) VALUES (?, ?, ?, ?, ?, ?)
  ON CONFLICT (run_uuid, attempt, path) DO UPDATE SET file = excluded.file, size = excluded.size, sha256 = excluded.sha256`;
const MOVE = `UPDATE outputs SET file = :to || substr(file, length(:from) + 1)
  WHERE run_uuid IN (SELECT uuid FROM runs WHERE name = :name)
  AND substr(file, 1, length(:from) + 1) = :from || '/'`;
export const OUTPUTS_OF_RUN = 'SELECT * FROM outputs WHERE run_uuid = ? AND attempt = ? ORDER BY path';

export const OUTPUTS_OF_ALL = 'SELECT * FROM outputs WHERE run_uuid = ? ORDER BY attempt, path';

/** Verified results, by attempt. */
export class OutputsTable {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** Adds and replaces; what an earlier fetch brought and this one did not stays. */
  put(runUuid: string, attempt: number, files: readonly FetchedFile[]): void {
    const { sql, transaction } = this.#connection;
    transaction(() => {
      for (const { path, file, size, sha256 } of files)
        sql.run(PUT, runUuid, attempt, path, file, size, sha256);
    });
  }

  /** The folder of a job's results has moved. @param name the job's */
  move(name: string, from: string, to: string): void {
    const { sql, transaction } = this.#connection;
    transaction(() => sql.run(MOVE, { name, from, to }));
  }

  /**
   * By path, of several runs and all their attempts: of one path, what came last. @param runUuids oldest first
   */
  together(runUuids: readonly string[]): FetchedFile[] {
    const found = new Map<string, FetchedFile>();
    for (const uuid of runUuids)
      for (const row of this.#connection.sql.all(OUTPUTS_OF_ALL, uuid))
        found.set(text(row, 'path'), outputOf(row));
    return [...found.values()].toSorted((a, b) => (a.path < b.path ? -1 : 1));
  }

  /** By path. */
  of(runUuid: string, attempt: number): FetchedFile[] {
    return this.#connection.sql.all(OUTPUTS_OF_RUN, runUuid, attempt).map(outputOf);
  }
}

function outputOf(row: Row): FetchedFile {
  return {
    path: text(row, 'path'),
    file: text(row, 'file'),
    size: integer(row, 'size'),
    sha256: text(row, 'sha256'),
  };
}
