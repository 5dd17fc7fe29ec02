/** The little that reading the user's files needs of a file system. */

export interface FileStat {
  readonly kind: 'file' | 'directory' | 'link' | 'other';
  /** Bytes. */
  readonly size: number;
  readonly mtimeNs: bigint;
  readonly ctimeNs: bigint;
  readonly ino: bigint;
  /** The owner may execute it. */
  readonly executable: boolean;
}

/** Paths are absolute. Everything but {@link stat} and {@link lstat} throws where the system refuses. */
export interface Files {
  /** Follows links; undefined where nothing is there (or nothing may be seen). */
  stat(path: string): FileStat | undefined;
  lstat(path: string): FileStat | undefined;
  /** At most `limit` bytes where one is given. */
  read(path: string, limit?: number): Uint8Array;
  /** Names in a directory, unsorted, without `.` and `..`. */
  list(path: string): readonly string[];
  readLink(path: string): string;
  /** Lower-case hexadecimal SHA-256 of a file's content, read in pieces. */
  sha256(path: string): string;
}
