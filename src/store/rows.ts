/** The edge between rows and the model: each column is looked at once, here, and trusted inside. */
import { StoreError } from './errors.js';
import type { Row } from './sql.js';

function unreadable(column: string, value: unknown): StoreError {
  const shown = value === undefined ? 'nothing' : JSON.stringify(value);
  return new StoreError('corrupt', `the state holds ${shown} as ${column}`);
}

export function text(row: Row, column: string): string {
  return textOf(row[column], column);
}

export function textOf(value: unknown, column: string): string {
  if (typeof value !== 'string') throw unreadable(column, value);
  return value;
}

export function optionalText(row: Row, column: string): string | undefined {
  return row[column] === null ? undefined : text(row, column);
}

export function integer(row: Row, column: string): number {
  const value = row[column];
  if (typeof value !== 'number') throw unreadable(column, value);
  return value;
}

export function optionalInteger(row: Row, column: string): number | undefined {
  return row[column] === null ? undefined : integer(row, column);
}

export function flag(row: Row, column: string): boolean {
  return integer(row, column) !== 0;
}

/** A word of a closed list. */
export function word<T extends string>(list: readonly T[], row: Row, column: string): T {
  return wordOf(list, row[column], column);
}

export function optionalWord<T extends string>(list: readonly T[], row: Row, column: string): T | undefined {
  return row[column] === null ? undefined : word(list, row, column);
}

export function wordOf<T extends string>(list: readonly T[], value: unknown, what: string): T {
  const found = list.find((item) => item === value);
  if (found === undefined) throw unreadable(what, value);
  return found;
}

export function json(source: string, what: string): unknown {
  try {
    return JSON.parse(source);
  } catch (error) {
    throw new StoreError('corrupt', `the state holds something that is no JSON as ${what}`, { cause: error });
  }
}

export function texts(value: unknown, what: string): readonly string[] {
  if (!Array.isArray(value) || !value.every((item) => typeof item === 'string'))
    throw unreadable(what, value);
  return value;
}

export function textsOf(row: Row, column: string): readonly string[] {
  return texts(json(text(row, column), column), column);
}

export function integers(value: unknown, what: string): readonly number[] {
  if (!Array.isArray(value) || !value.every((item) => typeof item === 'number'))
    throw unreadable(what, value);
  return value;
}

export function integersOf(row: Row, column: string): readonly number[] {
  return integers(json(text(row, column), column), column);
}

export function objects(value: unknown, what: string): readonly Readonly<Record<string, unknown>>[] {
  if (!Array.isArray(value) || !value.every(isObject)) throw unreadable(what, value);
  return value;
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function objectOf(row: Row, column: string): Readonly<Record<string, unknown>> {
  const value = json(text(row, column), column);
  if (!isObject(value)) throw unreadable(column, value);
  return value;
}

type OptionalAsUndefined<T> = {
  [K in keyof T]: object extends Pick<T, K> ? T[K] | undefined : T[K];
};

/** Leaves out the optional members that are undefined, as exact optional types want it. */
export function withoutUndefined<T extends object>(value: OptionalAsUndefined<T>): T {
  const kept: Record<string, unknown> = {};
  // Key by key: of ten thousand rows, lists of pairs would cost more than the query.
  for (const key in value) if (value[key as keyof T] !== undefined) kept[key] = value[key as keyof T];
  return kept as T;
}
