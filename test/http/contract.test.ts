/**
 * The contract, generated from the served description: what is answered has the shape that is described, and whatever
 * is asked, no answer is an error of ours and nothing is changed.
 */
import { readFileSync } from 'node:fs';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OpenApi } from '../../src/http/document.js';
import { job } from '../reconcile/desk.js';
import { type Got, Site } from './site.js';

interface Described {
  readonly method: string;
  readonly path: string;
  readonly operation: {
    readonly operationId: string;
    readonly parameters?: readonly {
      readonly name: string;
      readonly in: 'path' | 'query';
      readonly schema: {
        readonly type: string;
        readonly enum?: readonly string[];
        readonly default?: unknown;
      };
    }[];
    readonly requestBody?: { readonly content: Readonly<Record<string, { readonly example?: unknown }>> };
    readonly responses: Readonly<
      Record<string, { readonly content?: Readonly<Record<string, { readonly schema: object }>> }>
    >;
  };
}

let site: Site;
let document: OpenApi;
let operations: readonly Described[];
const ajv = new Ajv2020({ strict: false, allErrors: true });
ajv.addFormat('uuid', /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
ajv.addFormat('date-time', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
const shapes = new Map<string, ValidateFunction>();

/** What the tests before asked for has come to its end. */
const atRest = (): Promise<void> =>
  site.until(() => site.app.store.records.live().every(({ run }) => run.phase === 'Suspended'));

beforeAll(async () => {
  site = await Site.open(
    {
      'jobs.d/done.yaml': job('echo x >a.txt', 'output: a.txt\nlabels: {team: x}\nuser_mail: a@b.org\n'),
      'jobs.d/array.yaml': job('exit 3', 'resources: {nbr_jobs_in_array: 3}\n'),
      'jobs.d/waiting.yaml': job('exit 0', 'suspend: true\n'),
      'jobs.d/bad.yaml': 'execution: [}\n',
    },
    { patienceMs: 300, below: '  webhook_secret: shared\n' },
  );
  const phaseOf = (name: string) => site.app.store.runs.byName(name)?.phase;
  await site.until(() => phaseOf('done') === 'Succeeded' && phaseOf('array') === 'Failed');
  document = (await site.call('/openapi.json')).json as unknown as OpenApi;
  ajv.addSchema(document, 'api');
  operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(
      ([method, operation]) => ({ method, path, operation }) as unknown as Described,
    ),
  );
});
afterAll(() => site.leave());

/** Of one answer, as it is described: its status, its type, its body. */
function assertAsDescribed({ method, path, operation }: Described, got: Got, what: string): void {
  const type = (got.headers['content-type'] ?? '').split(';')[0] ?? '';
  const answer = operation.responses[String(got.status)];
  expect(
    answer,
    `${method} ${path} says nothing of ${got.status} (${what}): ${got.text.slice(0, 300)}`,
  ).toBeDefined();
  expect(Object.keys(answer?.content ?? {}), what).toContain(type);
  if (!type.endsWith('json')) return;
  const pointer = [path, method, 'responses', String(got.status), 'content', type, 'schema']
    .map((each) => encodeURIComponent(each.replaceAll('~', '~0').replaceAll('/', '~1')))
    .join('/');
  const key = `api#/paths/${pointer}`;
  const check = shapes.get(key) ?? ajv.compile({ $ref: key });
  shapes.set(key, check);
  expect(check(got.json), `${what}: ${JSON.stringify(check.errors?.slice(0, 3))}`).toBe(true);
}

const at = (path: string, values: Readonly<Record<string, string>>): string =>
  path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(values[name] ?? 'x'));

describe('the description', () => {
  it('is OpenAPI 3.1, each operation with an id of its own, a summary, and its answers', () => {
    expect(document.openapi).toBe('3.1.0');
    const ids = operations.map(({ operation }) => operation.operationId);
    expect(new Set(ids).size).toBe(ids.length);
    expect(operations.length).toBeGreaterThanOrEqual(20);
    for (const { path, operation } of operations) {
      const named = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      const inPath = (operation.parameters ?? [])
        .filter((each) => each.in === 'path')
        .map(({ name }) => name);
      expect(inPath.sort(), path).toEqual(named.sort());
      for (const answer of Object.values(operation.responses))
        for (const { schema } of Object.values(answer.content ?? {}))
          expect(() => ajv.compile(wrap(schema))).not.toThrow();
    }
  });

  it('has all endpoints of the table in docs/http.md, and the other way round', () => {
    const page = readFileSync(new URL('../../docs/http.md', import.meta.url), 'utf8');
    const told = [...page.matchAll(/^\| `(GET|PUT|POST) (\S+)` \|/gm)].map(
      ([, method, path]) => `${method ?? ''} ${path ?? ''}`,
    );
    const described = operations.map(({ method, path }) => `${method.toUpperCase()} ${path}`);
    expect(told.sort()).toEqual(described.sort());
  });
});

/** Without halves of surrogate pairs, which no text on the wire has. */
const wellFormed = (text: string): string => Buffer.from(text, 'utf8').toString('utf8');

/** References of the document, seen from outside of it. */
function wrap(schema: object): object {
  return JSON.parse(JSON.stringify(schema).replaceAll('"#/', '"api#/')) as object;
}

it('good requests are answered as described', async () => {
  const asked: [string, string, Record<string, string>?, unknown?][] = [
    ...(
      [
        '/clusters',
        '/jobs',
        '/jobs?all=true&sort=-created',
        '/healthz',
        '/readyz',
        '/metrics',
        '/openapi.json',
      ] as const
    ).map((path): [string, string] => ['get', path]),
    ...['done', 'array', 'waiting'].flatMap((id) =>
      ['/jobs/{id}', '/jobs/{id}/state', '/jobs/{id}/events', '/jobs/{id}/outputs'].map(
        (path): [string, string, Record<string, string>] => ['get', path, { id }],
      ),
    ),
    ['get', '/jobs/{id}/logs', { id: 'done' }],
    ['get', '/jobs/{id}/outputs/{path}', { id: 'done', path: 'a.txt' }],
    ['get', '/assets/{name}', { name: 'style.css' }],
    ['get', '/'],
    ['put', '/clusters', {}, { name: 'here', status: { x: 1 } }],
    ['put', '/jobs/{id}', { id: 'done' }, { labels: { team: 'y' } }],
    ['put', '/jobs/{id}/state', { id: 'done' }, { state: ['RUNNING'] }],
    ['put', '/jobs/{id}/notify', { id: 'done' }, { message: 'x' }],
    ['post', '/jobs/{id}', { id: 'fresh' }, { destination_cluster: 'here', execution: 'exit 0' }],
    ['post', '/hooks/git', {}, {}],
  ];
  for (const [method, path, values = {}, body] of asked) {
    const operation = operations.find((each) => each.method === method && each.path === path.split('?')[0]);
    expect(operation, `${method} ${path}`).toBeDefined();
    const got = await site.call(at(path, values), {
      method: method.toUpperCase(),
      headers: { 'x-gitlab-token': 'shared' },
      ...(body === undefined ? {} : { body }),
    });
    expect(got.status, `${method} ${path}: ${got.text.slice(0, 200)}`).toBeLessThan(300);
    if (operation) assertAsDescribed(operation, got, path);
  }
});

describe('whatever is asked', () => {
  /** All that a request could have changed. */
  const everything = (): string => {
    const { store } = site.app;
    const runs = store.records.light().map(({ uuid }) => store.records.byUuid(uuid));
    const files = site.desk
      .everything()
      .filter((line) => line.startsWith('project/') && !line.startsWith('project/.sluice'));
    return JSON.stringify([
      runs,
      [...store.clusters.all()],
      store.events.latest(10),
      store.outbox.waiting(),
      files,
    ]);
  };

  const nasty = fc.oneof(
    fc.string({ maxLength: 40 }),
    fc.string({ unit: 'binary', maxLength: 20 }),
    fc.constantFrom(
      ...[
        '',
        ' ',
        '0',
        '-1',
        '1e9',
        '99999999999999999999',
        'NaN',
        'null',
        'true',
        '[]',
        '{}',
        '..',
        '../..',
        '/',
      ],
      ...[
        "'",
        '"; DROP TABLE runs; --',
        '%',
        '%00',
        '%ff',
        '\u0000',
        '\ud800',
        '<script>',
        '\r\nX: y',
        '__proto__',
      ],
      ...['constructor', 'toString', 'a'.repeat(3000), '😀', 'done', 'x=y', '='],
    ),
  );
  const nastyBody = fc.oneof(
    fc.string({ maxLength: 30 }),
    fc.json({ maxDepth: 4 }),
    fc.jsonValue({ maxDepth: 3 }).map((value) => JSON.stringify(value)),
    fc
      .dictionary(
        fc.constantFrom(
          ...[
            'name',
            'status',
            'state',
            'message',
            'execution',
            'job',
            'passphrase',
            'modules',
            'job_uuid',
            '__proto__',
          ],
        ),
        fc.oneof(nasty, fc.jsonValue({ maxDepth: 2 })),
      )
      .map((value) => JSON.stringify({ ...value, unknown_key: 1 })),
    fc.constantFrom('[[[[', '{"a":'.repeat(5000), '\u0000', '{"message":"\\ud800"}', '1e999', '"\\u0000"'),
  );
  /** As it goes over the wire, also with what no well-behaved client sends. */
  const encoded = fc.tuple(nasty, fc.boolean()).map(([text, raw]) => {
    const safe = Buffer.from(text, 'utf8')
      .toString('latin1')
      .replaceAll(/[^!$&-;=@-Z_a-z~%]/g, '');
    return raw ? safe : encodeURIComponent(wellFormed(text));
  });

  it('with any parameter: never an error of ours, always as described, and nothing is changed', async () => {
    await atRest();
    const before = everything();
    const reading = operations.filter(({ method, path }) => method === 'get' && path !== '/events');
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...reading),
        fc.array(encoded, { minLength: 2, maxLength: 2 }),
        fc.array(fc.tuple(fc.boolean(), encoded, encoded), { maxLength: 3 }),
        async (described, values, query) => {
          const names = (described.operation.parameters ?? [])
            .filter((each) => each.in === 'query')
            .map(({ name }) => name);
          let next = 0;
          const path = described.path.replaceAll(/\{\w+\}/g, () => values[next++] ?? 'x');
          const search = query.map(
            ([known, name, value], index) =>
              `${known ? (names[index % names.length] ?? name) : name}=${value}`,
          );
          const address = `${path.replaceAll(/[?#]/g, '')}${search.length > 0 ? `?${search.join('&')}` : ''}`;
          const got = await site.call(address);
          expect(got.status, `${address}: ${got.text.slice(0, 300)}`).toBeLessThan(500);
          if (got.status >= 400) expect(got.headers['content-type']).toBe('application/problem+json');
        },
      ),
      { numRuns: 400 },
    );
    for (const described of reading) {
      const parameters = described.operation.parameters ?? [];
      for (const parameter of parameters) {
        for (const value of [
          '',
          '0',
          '-1',
          '1e9',
          'x',
          '..',
          '%00',
          '%',
          '%ff',
          "'",
          '[]',
          'a'.repeat(5000),
        ]) {
          const values = { id: 'done', path: 'a.txt', name: 'style.css' };
          const address =
            parameter.in === 'path'
              ? at(described.path, values).replace(
                  /(done|a\.txt|style\.css)(?!.*(done|a\.txt|style\.css))/,
                  value,
                )
              : `${at(described.path, values)}?${parameter.name}=${value}`;
          const got = await site.call(address);
          // Without its last part an address is another one.
          if (got.status !== 404 && value !== '' && value !== '..')
            assertAsDescribed(described, got, address);
          else expect(got.status, address).toBeLessThan(500);
        }
      }
    }
    expect(everything()).toBe(before);
  }, 120_000);

  it('with any bad body: 4xx, as described, and nothing is changed', async () => {
    await atRest();
    const before = everything();
    const writing = operations.filter(({ operation }) => operation.requestBody !== undefined);
    expect(writing.map(({ operation }) => operation.operationId).sort()).toEqual([
      ...['createJob', 'mergeJob', 'reportCluster', 'reportError', 'reportState', 'wakeSources'],
    ]);
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...writing),
        nastyBody,
        fc.constantFrom('done', 'nobody', '..', 'new'),
        async (described, body, id) => {
          // Whatever is good of it asks for a job or a cluster that there is not.
          const target = described.method === 'post' || id !== 'done' ? id : 'nobody';
          const got = await site.call(at(described.path, { id: target }), {
            method: described.method.toUpperCase(),
            body: wellFormed(body),
          });
          const what = `${described.method} ${described.path} ${body.slice(0, 200)}`;
          expect(got.status, `${what}: ${got.text.slice(0, 300)}`).toBeGreaterThanOrEqual(400);
          expect(got.status, what).toBeLessThan(500);
          if (target !== '..') assertAsDescribed(described, got, what);
        },
      ),
      { numRuns: 400 },
    );
    expect(everything()).toBe(before);
  }, 120_000);
});
