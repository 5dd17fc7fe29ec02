/** From a request's path and query to values, by what the document says of them. What it does not say is refused. */
import { didYouMean } from '../documents/words.js';
import { HttpProblem, type Fault } from './problem.js';
import type { Operation, Parameter, Value } from './route.js';

/**
 * @param path values of the path, decoded
 * @throws {HttpProblem} 400 with all that is wrong
 */
export function readParameters(
  { parameters = [] }: Operation,
  path: Readonly<Record<string, string>>,
  query: URLSearchParams,
): Readonly<Record<string, Value>> {
  const faults: Fault[] = [];
  const values: Record<string, Value> = {};
  const known = parameters.filter((each) => each.in === 'query').map(({ name }) => name);
  for (const name of new Set(query.keys()))
    if (!known.includes(name)) faults.push({ key: name, message: unknownWords(name, known) });
  for (const parameter of parameters) {
    const { name } = parameter;
    // A form sends what was left empty, too.
    const written =
      parameter.in === 'path' ? textsAt(path, name) : query.getAll(name).filter((each) => each !== '');
    const read = readOne(parameter, written);
    if (read.ok) values[name] = read.value;
    else faults.push({ key: name, message: read.why });
  }
  if (faults.length > 0) throw new HttpProblem(400, summary(faults), { errors: faults });
  return values;
}

export function summary(faults: readonly Fault[]): string {
  const [first, ...more] = faults.map(({ key, message }) =>
    key === undefined || key === '' || message.startsWith(key) ? message : `${key}: ${message}`,
  );
  return more.length === 0 ? (first ?? '') : `${first ?? ''} (and ${more.length} more)`;
}

function textsAt(path: Readonly<Record<string, string>>, name: string): readonly string[] {
  const value = Object.hasOwn(path, name) ? path[name] : undefined;
  return value === undefined ? [] : [value];
}

type Read = { readonly ok: true; readonly value: Value } | { readonly ok: false; readonly why: string };

function readOne(parameter: Parameter, written: readonly string[]): Read {
  const { schema } = parameter;
  if (schema.type === 'array') return readList(schema, written);
  const [first, second] = written;
  if (second !== undefined) return { ok: false, why: 'it stands there more than once' };
  if (first === undefined) return { ok: true, value: schema.default as Value };
  switch (schema.type) {
    case 'integer':
      return readInteger(schema, first);
    case 'boolean':
      return first === 'true' || first === 'false'
        ? { ok: true, value: first === 'true' }
        : { ok: false, why: `${shown(first)} is neither true nor false` };
    case 'string':
      return readText(schema, first);
  }
}

type ScalarSchema = Omit<Parameter['schema'], 'type'>;

function readInteger({ minimum = -Infinity, maximum = Infinity }: ScalarSchema, text: string): Read {
  const value = Number(text);
  if (!/^-?\d{1,15}$/.test(text)) return { ok: false, why: `${shown(text)} is no whole number` };
  if (value < minimum || value > maximum)
    return { ok: false, why: `${text} is not between ${minimum} and ${maximum}` };
  return { ok: true, value };
}

function readText(schema: ScalarSchema, text: string): Read {
  const { enum: words, pattern, minLength = 0, maxLength = Infinity } = schema;
  if (words !== undefined && !words.includes(text))
    return { ok: false, why: `${shown(text)} is none of ${words.join(', ')}${didYouMean(text, words)}` };
  if (pattern !== undefined && !new RegExp(pattern, 'u').test(text))
    return { ok: false, why: `${shown(text)} is not of the form ${pattern}` };
  if (text.length < minLength) return { ok: false, why: 'it is empty' };
  if (text.length > maxLength) return { ok: false, why: `it is longer than ${maxLength} characters` };
  return { ok: true, value: text };
}

function readList({ items, maxItems = 100 }: ScalarSchema, written: readonly string[]): Read {
  if (written.length > maxItems)
    return { ok: false, why: `it stands there ${written.length} times; ${maxItems} is the most` };
  for (const text of written) {
    const read = readText(items ?? {}, text);
    if (!read.ok) return read;
  }
  return { ok: true, value: written };
}

function unknownWords(name: string, known: readonly string[]): string {
  const which = known.length === 0 ? 'there are none here' : `there are ${known.join(', ')}`;
  return `${shown(name)} is no parameter here${didYouMean(name, known) || `; ${which}`}`;
}

function shown(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 57)}…` : text);
}
