/** The body of a request: JSON of a bounded size and depth, checked by the operation's schema. */
import type { IncomingMessage } from 'node:http';
import type { ErrorObject, ValidateFunction } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { bodyParser } from '@koa/bodyparser';
import type { Context } from 'koa';
import { summary } from './parameters.js';
import { type Fault, HttpProblem } from './problem.js';
import type { Schema } from './route.js';

/** Bytes. */
const MOST_BYTES = 1024 * 1024;
const MOST_DEPTH = 60;

const parse = bodyParser({
  enableTypes: ['json'],
  jsonLimit: MOST_BYTES,
  // A state may be a mere word.
  jsonStrict: false,
  onError: (error) => {
    throw unreadable(error);
  },
});

/** @throws {HttpProblem} 400, 413, 415, 422 */
export async function readBody(ctx: Context, schema: Schema): Promise<unknown> {
  if (ctx.is('application/json') !== 'application/json') throw noJson(ctx);
  await parse(ctx, () => Promise.resolve());
  if (ctx.request.rawBody === '') throw new HttpProblem(400, 'the body is empty; send JSON');
  const body: unknown = ctx.request.body;
  assertDepth(body);
  const check = validatorOf(schema);
  if (check(body)) return body;
  const faults = (check.errors ?? []).map(faultOf);
  throw new HttpProblem(422, summary(faults), { errors: faults });
}

/** The body as it came, byte for byte. @throws {HttpProblem} 400, 408, 413, 415 */
export async function readBytes(
  request: IncomingMessage,
  mostBytes: number,
  late: AbortSignal,
): Promise<Buffer> {
  const packing = request.headers['content-encoding'] ?? 'identity';
  if (packing !== 'identity') throw new HttpProblem(415, 'send the body unpacked, without Content-Encoding');
  const parts: Buffer[] = [];
  let bytes = 0;
  const tooLarge = `the body is larger than ${mostBytes} bytes`;
  return new Promise((resolve, reject) => {
    const take = (part: Buffer): void => {
      bytes += part.length;
      parts.push(part);
      if (bytes > mostBytes) refuse(new HttpProblem(413, tooLarge));
    };
    const refuse = (problem: HttpProblem): void => {
      request.off('data', take).pause();
      reject(problem);
    };
    const tooLate = (): void =>
      refuse(new HttpProblem(408, 'the body did not come in time; send it in one go'));
    if (Number(request.headers['content-length'] ?? 0) > mostBytes) {
      refuse(new HttpProblem(413, tooLarge));
      return;
    }
    late.addEventListener('abort', tooLate, { once: true });
    request.on('data', take);
    request.once('end', () => resolve(Buffer.concat(parts)));
    request.once('close', () => reject(new HttpProblem(400, 'the body broke off')));
    request.once('error', () => reject(new HttpProblem(400, 'the body broke off')));
  });
}

function noJson(ctx: Context): HttpProblem {
  // Koa says null where there is no body at all.
  return ctx.is('application/json') === null
    ? new HttpProblem(400, 'the body is missing; send JSON')
    : new HttpProblem(415, 'send JSON, with "Content-Type: application/json"');
}

function unreadable(error: Error): HttpProblem {
  const status = 'status' in error ? Number(error.status) : 400;
  if (status === 413)
    return new HttpProblem(
      413,
      `the body is larger than ${MOST_BYTES} bytes; a job's files belong into "job"`,
    );
  if (status === 415) return new HttpProblem(415, `the body's encoding is not known: ${error.message}`);
  return new HttpProblem(400, `the body is no JSON: ${firstLine(error.message)}`);
}

/** The parser's words may quote the body, and so a secret in it. */
function firstLine(words: string): string {
  return words.replaceAll(/(?:, )?"[^]*$/g, '').slice(0, 120);
}

/** What comes later walks through it by recursion. */
function assertDepth(body: unknown): void {
  let level: unknown[] = [body];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > MOST_DEPTH)
      throw new HttpProblem(400, `the body is nested too deeply; ${MOST_DEPTH} levels are read`);
    level = level.flatMap((each) => childrenOf(each));
  }
}

function childrenOf(value: unknown): readonly unknown[] {
  return typeof value === 'object' && value !== null ? Object.values(value) : [];
}

const validators = new WeakMap<Schema, ValidateFunction>();

function validatorOf(schema: Schema): ValidateFunction {
  const known = validators.get(schema);
  if (known !== undefined) return known;
  const made = new Ajv2020({ strict: false, allErrors: false }).compile(schema);
  validators.set(schema, made);
  return made;
}

function faultOf({ instancePath, message = 'is not valid', keyword, params }: ErrorObject): Fault {
  const key = instancePath.slice(1).replaceAll('/', '.');
  if (keyword !== 'required') return { ...(key === '' ? {} : { key }), message: `it ${message}` };
  const missing = String((params as Readonly<Record<string, unknown>>)['missingProperty']);
  return { key: missing, message: `${missing} is missing` };
}
