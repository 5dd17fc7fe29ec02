/** What a job did: its logs, its events, its results. */
import { Readable } from 'node:stream';
import type { RunRecord } from '../../model/run.js';
import { arraySizeOf, isFetchedLog } from '../../model/tasks.js';
import { toEvent } from '../../views/event.js';
import { openInside } from '../files.js';
import { outputsOf, recordOf } from '../find.js';
import { Places } from '../guard/limits.js';
import { type LogsQuery, STREAMS, type World } from '../ports.js';
import { HttpProblem } from '../problem.js';
import { type Ask, ENDLESS, numberOf, type Parameter, type Reply, type Route, textOf } from '../route.js';
import { envelopeOf } from '../schemas.js';
import { ID } from './jobs.js';

export const AFTER: Parameter = {
  name: 'after',
  in: 'query',
  description: 'Only events after this `id`.',
  schema: { type: 'integer', minimum: 0, default: 0 },
};

const PAGE = 500;
/** What is followed on a cluster asks it again and again. */
const MOST_FOLLOWED = 32;

export function storyRoutes(): readonly Route[] {
  const followed = new Places(MOST_FOLLOWED);
  return [{ ...LOGS, handle: (ask) => getLogs(ask, followed) }, ...STORY];
}

const LOGS: Omit<Route, 'handle'> = {
  method: 'get',
  path: '/jobs/{id}/logs',
  role: 'read',
  operation: {
    id: 'getLogs',
    summary: "A job's log: from the results when they are here, from the cluster while it runs",
    parameters: [
      ID,
      {
        name: 'stream',
        in: 'query',
        description: 'Which log.',
        schema: { type: 'string', enum: STREAMS, default: 'stdout' },
      },
      {
        name: 'task',
        in: 'query',
        description: 'Task of an array; each has logs of its own.',
        schema: { type: 'integer', minimum: 1, maximum: 9_999_999 },
      },
      {
        name: 'follow',
        in: 'query',
        description: 'Go on as it grows, until the job has ended.',
        schema: { type: 'boolean', default: false },
      },
      {
        name: 'tail',
        in: 'query',
        description: 'Only the last so many bytes, from the beginning of a line.',
        schema: { type: 'integer', minimum: 1, maximum: 64 * 1024 * 1024 },
      },
    ],
    answers: {
      200: {
        description: 'The log; empty where nothing is written yet.',
        content: { 'text/plain': { schema: { type: 'string' } } },
      },
    },
    problems: [400, 404, 429, 503],
  },
};

const STORY: readonly Route[] = [
  {
    method: 'get',
    path: '/jobs/{id}/events',
    role: 'read',
    operation: {
      id: 'listEvents',
      summary: 'What happened to a job, oldest first',
      parameters: [ID, AFTER],
      answers: {
        200: {
          description: `At most ${PAGE} events; \`next\` is the \`after\` of the page that follows.`,
          content: { 'application/json': { schema: envelopeOf('Event', true) } },
        },
      },
      problems: [400, 404],
    },
    handle: listEvents,
  },
  {
    method: 'get',
    path: '/jobs/{id}/outputs',
    role: 'read',
    operation: {
      id: 'listOutputs',
      summary: 'The results that are here',
      parameters: [
        ID,
        {
          name: 'limit',
          in: 'query',
          description: 'Items of a page.',
          schema: { type: 'integer', minimum: 1, maximum: 5_000, default: 1_000 },
        },
        {
          name: 'cursor',
          in: 'query',
          description: '`next` of the page before.',
          schema: { type: 'string', maxLength: 8_000, pattern: '^[A-Za-z0-9_-]+$' },
        },
      ],
      answers: {
        200: {
          description: 'Verified files, by their paths.',
          content: { 'application/json': { schema: envelopeOf('Output', true) } },
        },
      },
      problems: [400, 404],
    },
    handle: listOutputs,
  },
  {
    method: 'get',
    path: '/jobs/{id}/outputs/{path}',
    role: 'read',
    operation: {
      id: 'getOutput',
      summary: 'One result, by its path',
      parameters: [
        ID,
        {
          name: 'path',
          in: 'path',
          description: '`path` of an output of the record; it may hold slashes.',
          schema: { type: 'string', minLength: 1, maxLength: 4096 },
          example: 'logs/stdout',
        },
      ],
      answers: {
        200: {
          description: 'The file.',
          content: {
            'application/octet-stream': { schema: { type: 'string' } },
            'text/plain': { schema: { type: 'string' } },
          },
        },
      },
      problems: [404],
    },
    handle: getOutput,
  },
];

async function getLogs(ask: Ask, followed: Places): Promise<Reply> {
  const { world, values, signal } = ask;
  const record = recordOf(ask);
  const [task, last] = [numberOf(values, 'task'), numberOf(values, 'tail')];
  const query: LogsQuery = {
    stream: textOf(values, 'stream') as LogsQuery['stream'],
    follow: values['follow'] === true,
    signal,
    ...(task === undefined ? {} : { task }),
    ...(last === undefined ? {} : { last }),
  };
  assertTask(record, query);
  const type = 'text/plain; charset=utf-8';
  const here = await fetchedLog(world, record, query);
  if (here !== undefined) return { body: here, type };
  if (query.follow)
    return { body: follow(world, record, query, followed), type, headers: { [ENDLESS]: 'no' } };
  const chunks = await begun(world.logs(record.run.uuid, query));
  return { body: Readable.from(chunks, { objectMode: false }), type };
}

/** What has come home is read from its file, and asks nothing of the writer. */
async function fetchedLog(
  world: World,
  record: RunRecord,
  { stream, task, last, follow }: LogsQuery,
): Promise<Readable | undefined> {
  const asked = { stream, follow, ...(task === undefined ? {} : { task }) };
  if (!isFetchedLog(record, asked)) return undefined;
  const isOfTask = task !== undefined && (stream === 'stdout' || stream === 'stderr');
  const path = `logs/${stream}${isOfTask ? `.${task}` : ''}`;
  const file = outputsOf(world, record).find((each) => each.path === path);
  if (file === undefined) return undefined;
  // One more byte than is asked for tells whether the first line is whole.
  const opened = await openInside(world.outputs(), file.file, last === undefined ? undefined : last + 1);
  if (opened === undefined || last === undefined || opened.size <= last) return opened?.stream;
  return Readable.from(fromLine(opened.stream), { objectMode: false });
}

async function* fromLine(parts: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let isIn = false;
  for await (const part of parts) {
    const at = isIn ? 0 : part.indexOf(10) + 1;
    // Where there is no line's end in the whole of it, only the byte that was asked for too much goes.
    yield part.subarray(isIn || at > 0 ? at : 1);
    isIn = true;
  }
}

/** What is followed may have no first word for hours. @throws {HttpProblem} 429 */
function follow(world: World, { run }: RunRecord, query: LogsQuery, followed: Places): Readable {
  const leave = followed.take();
  if (leave === undefined)
    throw new HttpProblem(429, `${MOST_FOLLOWED} logs are followed already; leave "follow" out`, {
      headers: { 'retry-after': '30' },
    });
  return Readable.from(world.logs(run.uuid, query), { objectMode: false }).once('close', leave);
}

/** @throws {HttpProblem} 503 where the log cannot be had just now */
async function begun(chunks: AsyncIterable<string>): Promise<AsyncIterable<string>> {
  const iterator = chunks[Symbol.asyncIterator]();
  const first = await iterator.next().catch((error: unknown) => {
    const why = error instanceof Error ? error.message : String(error);
    throw new HttpProblem(503, `the log cannot be read just now: ${why}`, {
      headers: { 'retry-after': '30' },
    });
  });
  return (async function* () {
    for (let each = first; each.done !== true; each = await iterator.next()) yield each.value;
  })();
}

/** @throws {HttpProblem} 400 */
function assertTask(record: RunRecord, { stream, task }: LogsQuery): void {
  const { run } = record;
  const size = arraySizeOf(record);
  if (stream === 'requirements' || stream === 'compilation') return;
  if (size === undefined && task !== undefined)
    throw new HttpProblem(400, `task: ${run.name} is no array; leave it out`);
  if (size !== undefined && (task === undefined || task > size))
    throw new HttpProblem(400, `task: ${run.name} is an array; name one of its tasks, 1 to ${size}`);
}

function listEvents(ask: Ask): Reply {
  const { world, values } = ask;
  const { run } = recordOf(ask);
  const events = world.store.events.ofRun(run.uuid, { after: numberOf(values, 'after') ?? 0, limit: PAGE });
  const last = events.length === PAGE ? events.at(-1) : undefined;
  return {
    body: { version: 1, items: events.map(toEvent), next: last === undefined ? null : String(last.id) },
  };
}

function listOutputs(ask: Ask): Reply {
  const { world, values } = ask;
  const after = Buffer.from(textOf(values, 'cursor'), 'base64url').toString('utf8');
  const sorted = outputsOf(world, recordOf(ask)).toSorted((a, b) => compare(a.path, b.path));
  const rest = after === '' ? sorted : sorted.filter(({ path }) => compare(path, after) > 0);
  const items = rest.slice(0, numberOf(values, 'limit') ?? 1_000);
  const last = items.length < rest.length ? items.at(-1) : undefined;
  const next = last === undefined ? null : Buffer.from(last.path, 'utf8').toString('base64url');
  return { body: { version: 1, items, next } };
}

/** By code units, as everywhere. */
function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

async function getOutput(ask: Ask): Promise<Reply> {
  const record = recordOf(ask);
  const path = textOf(ask.values, 'path');
  const found = outputsOf(ask.world, record).find((each) => each.path === path);
  const opened = found && (await openInside(ask.world.outputs(), found.file));
  if (opened === undefined)
    throw new HttpProblem(
      404,
      `${record.run.name} has no such result here; its "outputs" name those that it has`,
    );
  return {
    body: opened.stream,
    type: typeOf(path),
    headers: {
      'content-length': String(opened.size),
      'content-disposition': `attachment; filename*=UTF-8''${nameOf(path)}`,
    },
  };
}

/** Never what a browser would run. */
function typeOf(path: string): string {
  const isText = path.startsWith('logs/') || /\.(txt|log|out|err|csv|tsv|dat|md)$/i.test(path);
  return isText ? 'text/plain; charset=utf-8' : 'application/octet-stream';
}

function nameOf(path: string): string {
  const name = path.slice(path.lastIndexOf('/') + 1);
  return encodeURIComponent(name).replaceAll(/[!'()*]/g, (each) => `%${each.charCodeAt(0).toString(16)}`);
}
