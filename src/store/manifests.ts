import type { Problem } from '../model/job.js';
import { isObject, json } from './rows.js';
import { isRacy, STAMP_COLUMNS, type FileStamp } from './stamp.js';
import type { Connection } from './connection.js';

/** One YAML document as it was read, without its spec (that is read when wanted). */
export interface CachedDocument {
  /** As `Place` counts it. */
  readonly document: number;
  readonly line: number;
  readonly column: number;
  /** All of these five, or none where the document is invalid or no job. */
  readonly name?: string;
  readonly run?: string;
  readonly uuid?: string;
  readonly hash?: string;
  /** Opaque here: what the reader needs to see whether `hash` still holds for the files that are sent. */
  readonly inputs?: string;
  readonly problems: readonly Problem[];
}

export interface CachedFile {
  /** Absolute. */
  readonly path: string;
  /** As `stampText` writes it. */
  readonly stamp: string;
  /** Problems of the file as a whole. */
  readonly problems: readonly Problem[];
  /** In the order of the file. */
  readonly documents: readonly CachedDocument[];
}

/** A file that was read: `readAt` is epoch milliseconds, taken before reading began. */
export interface ReadFile extends Omit<CachedFile, 'documents' | 'stamp'> {
  readonly stamp: FileStamp;
  /** SHA-256 of the content. */
  readonly digest: string;
  readonly readAt: number;
  readonly documents: readonly (CachedDocument & { readonly specJson?: string })[];
}

/** A row a document, and one for a file without any. Both tables are kept in the order of their paths. */
export const CACHED_FILES = `SELECT path, ${STAMP_COLUMNS}, manifest_files.problems_json,
  document, line, column_number, name, run, uuid, hash, inputs, manifests.problems_json
  FROM manifest_files LEFT JOIN manifests USING (path) ORDER BY path, document`;
export const CACHED_SPEC = 'SELECT spec_json FROM manifest_specs WHERE path = ? AND document = ?';
const PUT_FILE = `INSERT INTO manifest_files (path, size, mtime_ns, ctime_ns, ino, digest, problems_json)
  VALUES (?, ?, ?, ?, ?, ?, ?)`;
const PUT_DOCUMENT = `INSERT INTO manifests
  (path, document, line, column_number, name, run, uuid, hash, inputs, problems_json)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`;
const PUT_SPEC = 'INSERT INTO manifest_specs (path, document, spec_json) VALUES (?, ?, ?)';
const REMOVE = 'DELETE FROM manifest_files WHERE path = ?';

/** Cache: what the manifests said, so that unchanged files are known by `stat` and not parsed. */
export class ManifestsCache {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /**
   * Everything, by path: one query, no spec. Empty when it was written by another version of the reader.
   * A file is unchanged when its `stampText` is the same.
   */
  load(reader: string): Map<string, CachedFile> {
    const files = new Map<string, CachedFile>();
    if (!this.#isOf(reader)) return files;
    let documents: CachedDocument[] = [];
    let last: unknown;
    this.#connection.sql.each(CACHED_FILES, (row) => {
      const [path, stamp, problems, document] = row;
      if (typeof path !== 'string' || typeof stamp !== 'string') return;
      if (path !== last) {
        documents = [];
        files.set(path, { path, stamp, problems: problemsOf(problems), documents });
        last = path;
      }
      if (document !== null) documents.push(documentOf(row));
    });
    return files;
  }

  /** The normalised spec of one document, as JSON. */
  specJson(path: string, document: number): string | undefined {
    const spec = this.#connection.sql.get(CACHED_SPEC, path, document)?.['spec_json'];
    return typeof spec === 'string' ? spec : undefined;
  }

  /** In one transaction. A reading that came too soon after a change is not kept. */
  save(reader: string, read: readonly ReadFile[], gone: readonly string[] = []): void {
    if (read.length === 0 && gone.length === 0 && this.#isOf(reader)) return;
    const { sql, transaction } = this.#connection;
    transaction(() => {
      if (!this.#isOf(reader)) {
        sql.run('DELETE FROM manifest_files');
        sql.run('UPDATE meta SET manifest_reader = ?', reader);
      }
      for (const path of gone) sql.run(REMOVE, path);
      for (const file of read) {
        sql.run(REMOVE, file.path);
        if (!isRacy(file.stamp, file.readAt)) this.#put(file);
      }
    });
  }

  #put(file: ReadFile): void {
    const { sql } = this.#connection;
    const { path, stamp, digest } = file;
    const problems = problemsJson(file.problems);
    sql.run(PUT_FILE, path, stamp.size, stamp.mtimeNs, stamp.ctimeNs, stamp.ino, digest, problems);
    for (const one of file.documents) {
      sql.run(
        PUT_DOCUMENT,
        ...[path, one.document, one.line, one.column, one.name ?? null, one.run ?? null, one.uuid ?? null],
        ...[one.hash ?? null, one.inputs ?? null, problemsJson(one.problems)],
      );
      if (one.specJson !== undefined) sql.run(PUT_SPEC, path, one.document, one.specJson);
    }
  }

  #isOf(reader: string): boolean {
    return this.#connection.sql.get('SELECT manifest_reader FROM meta')?.['manifest_reader'] === reader;
  }
}

/** A hundred thousand of them: each in one literal, nothing is spread. */
function documentOf(row: readonly unknown[]): CachedDocument {
  const document = Number(row[3]);
  const line = Number(row[4]);
  const column = Number(row[5]);
  const problems = problemsOf(row[11]);
  const [name, run, uuid, hash, inputs] = [row[6], row[7], row[8], row[9], row[10]];
  if (typeof name !== 'string' || typeof run !== 'string' || typeof uuid !== 'string')
    return { document, line, column, problems };
  if (typeof hash !== 'string' || typeof inputs !== 'string') return { document, line, column, problems };
  return { document, line, column, name, run, uuid, hash, inputs, problems };
}

function problemsJson(problems: readonly Problem[]): string | null {
  return problems.length === 0 ? null : JSON.stringify(problems);
}

/** Shared: of a hundred thousand files hardly one has any. */
const NONE: readonly Problem[] = [];

function problemsOf(column: unknown): readonly Problem[] {
  if (typeof column !== 'string') return NONE;
  const list = json(column, 'problems_json');
  return Array.isArray(list) ? list.filter(isProblem) : [];
}

function isProblem(value: unknown): value is Problem {
  return isObject(value) && typeof value['file'] === 'string' && typeof value['message'] === 'string';
}
