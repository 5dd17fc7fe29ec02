import { parseDocuments, type SourceDocument } from '../documents/parse.js';
import { isSecret, label, show, type Path } from '../documents/problem.js';
import { parseDuration } from '../documents/units.js';
import { validate } from '../documents/validate.js';
import type { Hint } from '../documents/explain.js';
import type { Files } from '../documents/files.js';
import type { Problem } from '../model/job.js';

/** What reading configuration may know of the world. */
export interface ConfigContext {
  readonly files: Files;
  /** What `~` stands for. */
  readonly home: string;
}

/** The one document of a configuration file, as far as it is valid. */
export interface ConfigDocument {
  readonly document: SourceDocument;
  readonly value: unknown;
  readonly problems: readonly Problem[];
  /** Paths below which something was bad. */
  readonly bad: readonly Path[];
  /** The file holds no document at all. */
  readonly empty: boolean;
}

export function readOneDocument(
  file: string,
  text: string,
  kind: 'clusters' | 'sluice',
  hint?: Hint,
): ConfigDocument {
  const parsed = parseDocuments(file, text);
  const [document, second] = parsed.documents.filter((each) => each.value !== null);
  const blank = nothing(file);
  if (document === undefined) {
    return {
      document: blank,
      value: undefined,
      problems: parsed.problems,
      bad: [],
      empty: parsed.problems.length === 0,
    };
  }
  const problems = [...parsed.problems];
  if (second !== undefined)
    problems.push(
      configProblem(second, [], 'the file holds several documents; it takes one, so take the "---" out'),
    );
  const validated = validate(document, kind, hint);
  problems.push(...validated.problems);
  return { document, value: validated.value, problems, bad: validated.bad, empty: false };
}

function nothing(file: string): SourceDocument {
  return {
    file,
    index: 0,
    value: null,
    flawed: false,
    position: () => ({ line: 1, column: 1 }),
    literal: () => undefined,
  };
}

export function configProblem(
  document: SourceDocument,
  path: Path,
  message: string,
  options: { readonly severity?: 'error' | 'warning'; readonly what?: 'key' | 'value' } = {},
): Problem {
  const literal = path.length === 0 || isSecret(path) ? undefined : document.literal(path);
  return {
    severity: options.severity ?? 'error',
    file: document.file,
    ...document.position(path, options.what ?? 'value'),
    ...(path.length === 0 ? {} : { key: label(path) }),
    ...(literal === undefined ? {} : { value: show(literal) }),
    message,
  };
}

/** Seconds of a duration that the schema has seen already. */
export function seconds(text: string | undefined): number | undefined {
  const parsed = text === undefined ? undefined : parseDuration(text);
  return parsed?.ok === true ? parsed.value : undefined;
}
