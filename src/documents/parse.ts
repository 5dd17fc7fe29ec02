/** From text to YAML documents that know where each of their values stands. Never throws. */
import { LineCounter, parseAllDocuments } from 'yaml';
import type { Document } from 'yaml';
import type { Problem } from '../model/job.js';
import { compare, type Path } from './problem.js';
import { Locator } from './locate.js';
import { isOfFile, wordSyntax } from './syntax.js';
import { clean } from './text.js';
import { checkTree } from './tree.js';

export interface Position {
  /** Both count from 1. */
  readonly line: number;
  readonly column: number;
}

export interface SourceDocument {
  readonly file: string;
  /** Position among the documents of the file, from 0; empty ones count. */
  readonly index: number;
  /** Plain data; a map's keys are strings. */
  readonly value: unknown;
  /** Has problems of its own already: read on for more of them, but do not use it. */
  readonly flawed: boolean;
  /** Of a value, of its key, or of the nearest thing above it that exists. */
  readonly position: (path: Path, what?: 'key' | 'value') => Position;
  /** A scalar as it was written: `010`, not 10. Undefined for lists, maps and what is absent. */
  readonly literal: (path: Path) => string | undefined;
}

export interface ParsedFile {
  readonly documents: readonly SourceDocument[];
  readonly problems: readonly Problem[];
}

type Parsed = Document.Parsed;

/** More than this many copies by way of aliases is an attack, or a slip that would fill the memory. */
const MAX_ALIASES = 100;
/** Found before the parser spends seconds on it. */
const TOO_DEEP = /(?:[[{] ?){101}|(?:- ){101}/;

export function parseDocuments(file: string, text: string): ParsedFile {
  const cleaned = clean(file, text);
  if (!cleaned.ok) return { documents: [], problems: [cleaned.problem] };
  if (TOO_DEEP.test(cleaned.text)) {
    return { documents: [], problems: [thrown(file, { line: 1, column: 1 }, new RangeError())] };
  }
  const lines = new LineCounter();
  const at = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  try {
    return readAll(file, cleaned.text, lines, at);
  } catch (cause) {
    return { documents: [], problems: [thrown(file, { line: 1, column: 1 }, cause)] };
  }
}

function readAll(
  file: string,
  text: string,
  lines: LineCounter,
  at: (offset: number) => Position,
): ParsedFile {
  const parsed = parseAllDocuments(text, {
    version: '1.2',
    lineCounter: lines,
    prettyErrors: false,
    // Ours says where the first one stands, and does not take the square of the keys' number.
    uniqueKeys: false,
    resolveKnownTags: false,
    logLevel: 'silent',
  });
  if ('empty' in parsed) return { documents: [], problems: [] };
  const problems: Problem[] = [];
  const documents: SourceDocument[] = [];
  let broken = false;
  for (const [index, document] of parsed.entries()) {
    const error = (offset: number, message: string): void => {
      problems.push({ severity: 'error', file, ...at(offset), message });
    };
    const syntax = [...document.errors, ...document.warnings];
    // What follows the first error of syntax is mostly its echo.
    const first = syntax.sort((a, b) => a.pos[0] - b.pos[0])[0];
    if (first !== undefined) error(first.pos[0], wordSyntax(first, text));
    if (first !== undefined && isOfFile(first)) broken = true;
    else if (first === undefined) documents.push(readOne({ file, index, text, document, at, error }));
  }
  return { documents: broken ? [] : documents, problems: problems.sort(byPlace) };
}

interface Reading {
  readonly file: string;
  readonly index: number;
  readonly text: string;
  readonly document: Parsed;
  readonly at: (offset: number) => Position;
  readonly error: (offset: number, message: string) => void;
}

function readOne({ file, index, text, document, at, error }: Reading): SourceDocument {
  const flaws = { count: 0 };
  const flaw = (offset: number, message: string): void => {
    flaws.count++;
    error(offset, message);
  };
  checkVersion(document, text, flaw);
  checkTree(document.contents, at, flaw);
  const start = document.contents?.range[0] ?? document.range[0];
  let value: unknown = null;
  try {
    value = document.toJS({ maxAliasCount: MAX_ALIASES });
  } catch (cause) {
    if (flaws.count === 0) flaw(start, thrown(file, at(start), cause).message);
  }
  const locator = new Locator(document);
  return {
    file,
    index,
    value,
    flawed: flaws.count > 0,
    position: (path, what = 'value') => at(locator.offset(path, what) ?? start),
    literal: (path) => locator.literal(path),
  };
}

/** `%YAML 1.1` would make booleans of `yes`, `no`, `on` and numbers of `010`: never silently. */
function checkVersion(document: Parsed, text: string, flaw: (offset: number, message: string) => void): void {
  const { explicit, version } = document.directives.yaml;
  if (explicit !== true || version === '1.2') return;
  const where = text.lastIndexOf('%YAML', document.contents?.range[0] ?? text.length);
  flaw(
    Math.max(0, where),
    `the file asks for YAML ${version}; it is read as YAML 1.2: take the %YAML line out`,
  );
}

function thrown(file: string, position: Position, cause: unknown): Problem {
  const deep = cause instanceof RangeError;
  const many = cause instanceof ReferenceError && cause.message.startsWith('Excessive alias');
  let message = `this is no YAML that can be read`;
  if (deep) message = 'lists or maps are nested too deeply; at most 100 levels are read';
  if (many) message = `aliases (*name) repeat too much; at most ${MAX_ALIASES} are followed`;
  return { severity: 'error', file, ...position, message };
}

function byPlace(a: Problem, b: Problem): number {
  return (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0) || compare(a.message, b.message);
}
