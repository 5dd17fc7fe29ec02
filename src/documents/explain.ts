/** A schema's complaint in plain words: what, which value, what to type. Secrets are never shown. */
import type { ErrorObject } from 'ajv';
import { isSecret, label, show, type Path } from './problem.js';
import { explainUnit, type Unit } from './units.js';
import { didYouMean, listed } from './words.js';

export interface Explained {
  readonly path: Path;
  /** Whether the key or the value is to be pointed at. */
  readonly what: 'key' | 'value';
  readonly message: string;
  /** What the message is about, for {@link Problem.value}; absent for secrets. */
  readonly value?: string;
  /** The path below which nothing can be used. */
  readonly bad: Path;
}

/** Where a misplaced key belongs, in words that end the message; undefined where nothing is known. */
export type Hint = (path: Path, key: string) => string | undefined;

interface Parts {
  readonly error: ErrorObject;
  readonly path: Path;
  readonly name: string;
  /** The value, or nothing at all where it is a secret. */
  readonly shown: string;
  readonly schema: Readonly<Record<string, unknown>>;
}

export function explain(error: ErrorObject, hint: Hint): Explained | undefined {
  if (error.keyword === 'propertyNames') return undefined; // its cause comes beside it
  const path = error.instancePath.split('/').slice(1).map(unescapePointer);
  // Merge keys are refused as such, wherever they stand.
  if (path.includes('<<') || error.propertyName === '<<') return undefined;
  const schema = (error.parentSchema ?? {}) as Readonly<Record<string, unknown>>;
  const unknown =
    error.keyword === 'additionalProperties' ? property(error, 'additionalProperty') : undefined;
  if (unknown === '<<') return undefined;
  if (unknown !== undefined) {
    const message = unknownKey(path, unknown, schema, hint);
    return { path: [...path, unknown], what: 'key', message, bad: [...path, unknown] };
  }
  if (error.propertyName !== undefined) {
    const bad = [...path, error.propertyName];
    return { path: bad, what: 'key', message: badKey(path, error.propertyName, schema), bad };
  }
  const secret = isSecret(path);
  const shown = secret ? '' : ` ${show(error.data)}`;
  const message = word({ error, path, name: label(path), shown, schema }, secret);
  return { path, what: 'value', message, bad: path, ...(secret ? {} : { value: show(error.data) }) };
}

function unknownKey(path: Path, key: string, schema: Readonly<Record<string, unknown>>, hint: Hint): string {
  const known = Object.keys(schema['properties'] ?? {});
  const where = path.length === 0 ? '' : ` in ${label(path)}`;
  if (isSecret(path)) {
    return `${label(path)} takes one of the keys ${listed(known)}; a passphrase that begins with { needs quotes`;
  }
  const meant = didYouMean(key, known);
  const placed = meant === '' ? hint(path, key) : undefined;
  const rest =
    placed === undefined
      ? `; the keys ${path.length === 0 ? 'are' : 'there are'} ${listed(known, 'and')}`
      : `; ${placed}`;
  return `unknown key ${show(key)}${where}${meant === '' ? rest : meant}`;
}

function badKey(path: Path, key: string, schema: Readonly<Record<string, unknown>>): string {
  const tidy = key.replace(/^-+/, '').replaceAll('_', '-');
  const option =
    path.at(-1) === 'sbatch_options' && tidy !== key && new RegExp(text(schema['pattern'])).test(tidy);
  const rest = option ? `; write "${tidy}"` : ` does not fit: ${text(schema['patternErrorMessage'])}`;
  return `the key ${show(key)}${path.length === 0 ? '' : ` in ${label(path)}`}${rest}`;
}

function word(parts: Parts, secret: boolean): string {
  const { error, name, shown, schema, path } = parts;
  const unit = schema['x-unit'] as Unit | undefined;
  if (unit !== undefined) return `${name} ${explainUnit(unit, error.data)}`;
  const limit = (error.params as { readonly limit?: number }).limit ?? 0;
  switch (error.keyword) {
    case 'type':
      return wrongType(parts, secret);
    case 'enum': {
      const words = (schema['enum'] ?? []) as readonly string[];
      const meant = typeof error.data === 'string' ? didYouMean(error.data, words) : '';
      return `${name}${shown} is none of ${listed(words)}${meant}`;
    }
    case 'pattern':
      return `${name}${shown} does not fit: ${text(schema['patternErrorMessage'])}`;
    case 'required':
      return path.length === 0
        ? `the key ${show(property(error, 'missingProperty'))} is missing`
        : `${name} lacks the key ${show(property(error, 'missingProperty'))}`;
    case 'minimum':
      return `${name}${shown} is too small; the least is ${limit}`;
    case 'exclusiveMinimum':
      return `${name}${shown} is too small; it must be more than ${limit}`;
    case 'maximum':
      return `${name}${shown} is too large; the most is ${limit}`;
    case 'minLength':
    case 'minItems':
    case 'minProperties':
      return `${name} is empty; write something, or take the line out`;
    case 'maxLength':
      return `${name} is longer than ${limit} characters`;
    case 'maxProperties':
      return `${name} takes one key only: ${listed(Object.keys(schema['properties'] ?? {}))}`;
    case 'uniqueItems':
      return `${name} names the same thing twice`;
    default:
      return `${name}${shown} does not fit (${error.keyword})`;
  }
}

const TYPES: Readonly<Record<string, string>> = {
  string: 'text',
  array: 'a list',
  object: 'a map',
  integer: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
};

function wrongType({ error, path, name, schema }: Parts, secret: boolean): string {
  const { data } = error as { readonly data?: unknown };
  const types = [schema['type']].flat().filter((type): type is string => typeof type === 'string');
  const wanted = listed(types.flatMap((type) => TYPES[type] ?? []));
  if (path.length === 0)
    return `the document is ${kind(data)}; it takes keys, one a line, such as "name: value"`;
  if (data === null) return `${name} has no value; write ${wanted}, or take the line out`;
  const is = secret ? secretKind(data) : kind(data);
  return `${name} is ${is}; it takes ${wanted}${typeHint(data, types, secret)}`;
}

function typeHint(data: unknown, types: readonly string[], secret: boolean): string {
  const takesText = types.includes('string');
  if (takesText && (typeof data === 'number' || typeof data === 'boolean')) {
    return secret ? ': put it in quotes' : `: put it in quotes, "${String(data)}"`;
  }
  const takesMap = types.includes('object');
  if (takesText && !takesMap && typeof data === 'object' && !Array.isArray(data))
    return ` (text that contains ': ' needs quotes)`;
  if (typeof data !== 'string') return '';
  if (types.includes('boolean') && /^(yes|on|y|true)$/i.test(data)) return '; write true';
  if (types.includes('boolean') && /^(no|off|n|false)$/i.test(data)) return '; write false';
  if (types.includes('integer') && /^\d+$/.test(data)) return `; write ${data} without quotes`;
  return '';
}

function secretKind(data: unknown): string {
  return typeof data === 'object' ? kind(data) : `a ${typeof data}`;
}

function kind(data: unknown): string {
  if (data === null) return 'empty';
  if (Array.isArray(data)) return 'a list';
  if (typeof data === 'object') return 'a map';
  if (typeof data === 'string') return `the text ${show(data)}`;
  return typeof data === 'number' ? `the number ${data}` : show(data);
}

function property(error: ErrorObject, name: string): string {
  return text((error.params as Readonly<Record<string, unknown>>)[name]);
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function unescapePointer(segment: string): string {
  return segment.replaceAll('~1', '/').replaceAll('~0', '~');
}
