/** What a job did: its logs, its events, its results. */
import { Readable } from 'node:stream';
import type { RunRecord } from '../../model/run.js';
import { toEvent } from '../../views/event.js';
import { specOf } from '../../views/spec.js';
import { openInside } from '../files.js';
import { outputsOf, recordOf } from '../find.js';
import { type LogsQuery, STREAMS } from '../ports.js';
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

export const STORY: readonly Route[] = [
  {
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
      ],
      answers: {
        200: {
          description: 'The log; empty where nothing is written yet.',
          content: { 'text/plain': { schema: { type: 'string' } } },
        },
      },
      problems: [400, 404, 503],
    },
    handle: getLogs,
  },
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
      parameters: [ID],
      answers: {
        200: {
          description: 'Verified files.',
          content: { 'application/json': { schema: envelopeOf('Output') } },
        },
      },
      problems: [404],
    },
    handle: (ask) => ({ body: { version: 1, items: outputsOf(ask.world, recordOf(ask)) } }),
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

async function getLogs(ask: Ask): Promise<Reply> {
  const { world, values, signal } = ask;
  const record = recordOf(ask);
  const task = numberOf(values, 'task');
  const query: LogsQuery = {
    stream: textOf(values, 'stream') as LogsQuery['stream'],
    follow: values['follow'] === true,
    signal,
    ...(task === undefined ? {} : { task }),
  };
  assertTask(record, query);
  const chunks = world.logs(record.run.uuid, query);
  // Trouble before the first word is an answer of its own; what is followed may have no first word for hours.
  const body = Readable.from(query.follow ? chunks : await begun(chunks), { objectMode: false });
  return {
    body,
    type: 'text/plain; charset=utf-8',
    ...(query.follow ? { headers: { [ENDLESS]: 'no' } } : {}),
  };
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
function assertTask({ run, attempts }: RunRecord, { stream, task }: LogsQuery): void {
  const spec = specOf(run);
  const cluster = attempts.at(-1)?.cluster ?? '';
  const size = spec?.perCluster[cluster]?.resources?.arraySize ?? spec?.resources.arraySize;
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
