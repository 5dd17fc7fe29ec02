/** The names of the jobs, for completing a word as it is typed: one query, no model, and never an error. */
import Database from 'better-sqlite3';
import { existsSync } from 'node:fs';
import { stateFiles } from './paths.js';

/** @returns those that begin so, the latest first; none where there is no state that can be read at once */
export function jobNames(directory: string, begin: string, limit: number): string[] {
  const file = stateFiles.database(directory);
  if (!existsSync(file)) return [];
  try {
    const connection = new Database(file, { fileMustExist: true, timeout: 50 });
    try {
      connection.pragma('query_only = ON');
      const sql = `SELECT name FROM runs WHERE substr(name, 1, ?) = ? GROUP BY name ORDER BY max(created_at) DESC LIMIT ?`;
      return connection.prepare(sql).pluck().all(begin.length, begin, limit) as string[];
    } finally {
      connection.close();
    }
  } catch {
    return [];
  }
}
