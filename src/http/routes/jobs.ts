/** Lists of jobs and their records. */
import { PHASES, type Phase } from '../../model/run.js';
import { type ListCursor, type Sort, SORTS } from '../../store/listing.js';
import { envelopeOf, refTo } from '../schemas.js';
import { recordOf, recordTag, viewOf } from '../find.js';
import { HttpProblem } from '../problem.js';
import { jobPage } from '../pages.js';
import {
  type Ask,
  numberOf,
  optionalTextOf,
  type Parameter,
  type Reply,
  type Route,
  textOf,
  textsOf,
} from '../route.js';
import { createJob, mergeJob } from './edit.js';

export const ID: Parameter = {
  name: 'id',
  in: 'path',
  description: 'The name of a job (its latest run is meant) or the UUID of a run.',
  schema: { type: 'string', minLength: 1, maxLength: 200 },
  example: 'lattice',
};

const NAME: Parameter = {
  ...ID,
  description: "The job's name.",
  schema: { type: 'string', pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$' },
};

/** Shared with the page, which keeps them in its address. */
export const FILTERS: readonly Parameter[] = [
  {
    name: 'phase',
    in: 'query',
    description: 'Only runs in this phase; may be repeated.',
    schema: { type: 'array', items: { type: 'string', enum: PHASES }, maxItems: PHASES.length },
    example: ['Running'],
  },
  {
    name: 'label',
    in: 'query',
    description: 'Only runs with this label, as `key=value`; may be repeated, and all must match.',
    schema: { type: 'array', items: { type: 'string', pattern: '^[^=]{1,200}=[^]{0,200}$' }, maxItems: 4 },
    example: ['project=lattice'],
  },
  {
    name: 'name',
    in: 'query',
    description: 'Only jobs whose name has this in it, letters in any case.',
    schema: { type: 'string', maxLength: 63 },
  },
  {
    name: 'cluster',
    in: 'query',
    description: 'Only runs whose latest attempt is there.',
    schema: { type: 'string', maxLength: 200 },
  },
  {
    name: 'all',
    in: 'query',
    description: 'Every run, not only the latest of each job.',
    schema: { type: 'boolean', default: false },
  },
  {
    name: 'sort',
    in: 'query',
    description: 'By name, or in the order in which they were taken up; a minus turns it round.',
    schema: { type: 'string', enum: SORTS, default: 'name' },
  },
  {
    name: 'cursor',
    in: 'query',
    description: '`next` of the page before. New and changed runs do not shift it.',
    schema: { type: 'string', maxLength: 400, pattern: '^[A-Za-z0-9_-]+$' },
  },
];

const LIMIT: Parameter = {
  name: 'limit',
  in: 'query',
  description: 'Items of a page.',
  schema: { type: 'integer', minimum: 1, maximum: 500, default: 100 },
};

const MANIFEST_FIELDS = {
  type: 'object',
  description:
    "A manifest's keys, as in YAML (see `schemas/manifest.schema.json`). `job_uuid` is accepted and is not needed: it follows from the name and the run.",
} as const;

export const JOBS: readonly Route[] = [
  {
    method: 'get',
    path: '/jobs',
    role: 'read',
    operation: {
      id: 'listJobs',
      summary: 'Jobs, by filter, in pages',
      parameters: [...FILTERS, LIMIT],
      answers: {
        200: {
          description: 'A page of records.',
          content: { 'application/json': { schema: envelopeOf('Record', true) } },
        },
      },
      problems: [400],
    },
    handle: listJobs,
  },
  {
    method: 'get',
    path: '/jobs/{id}',
    role: 'read',
    operation: {
      id: 'getJob',
      summary: 'One job: its record, or a page for people',
      parameters: [ID],
      answers: {
        200: {
          description: 'The record; a page where `Accept` prefers HTML.',
          content: {
            'application/json': { schema: refTo('Record') },
            'text/html': { schema: { type: 'string' } },
          },
        },
      },
      problems: [404],
    },
    handle: getJob,
  },
  {
    method: 'post',
    path: '/jobs/{id}',
    role: 'write',
    operation: {
      id: 'createJob',
      summary: 'A new job: its manifest is written into the directory of manifests',
      description:
        'What is written is read first, by the same reader as any manifest: what is not valid is refused with 422 and nothing is written. Literal secrets are always refused; staging modules, `username`, `private_key`, `passphrase` and a `job` outside that directory are, unless `http.trust` of sluice.yaml allows them. Waits a moment for the pass that takes the job up.',
      parameters: [NAME],
      body: {
        description: "The manifest's keys.",
        schema: MANIFEST_FIELDS,
        example: {
          destination_cluster: 'lemaitre3',
          execution: ['srun ./job'],
          resources: { duration: '10m' },
        },
      },
      answers: {
        201: {
          description: 'It is written. The record, as it stands so far.',
          content: { 'application/json': { schema: refTo('Record') } },
        },
      },
      problems: [400, 409, 413, 415, 422],
    },
    handle: createJob,
  },
  {
    method: 'put',
    path: '/jobs/{id}',
    role: 'write',
    operation: {
      id: 'mergeJob',
      summary: "Other values for some of a manifest's keys",
      description:
        'Each key of the body replaces that key of the manifest as a whole; null takes it out. Comments and the other keys stay. With `If-Match` only while the record is still that one.',
      parameters: [ID],
      body: {
        description: "Some of the manifest's keys.",
        schema: MANIFEST_FIELDS,
        example: { labels: { project: 'lattice' } },
      },
      answers: {
        200: {
          description:
            'The record as it stands, with `user_input` and `labels` as the manifest has them now.',
          content: { 'application/json': { schema: refTo('Record') } },
        },
      },
      problems: [400, 404, 409, 412, 413, 415, 422],
    },
    handle: mergeJob,
  },
];

function listJobs({ world, values }: Ask): Reply {
  const { runs, next } = world.listing.page({ ...filterOf(values), limit: numberOf(values, 'limit') ?? 100 });
  const records = runs.flatMap(({ uuid }) => world.store.records.byUuid(uuid) ?? []);
  const items = records.map((record) => viewOf(world, record));
  return { body: { version: 1, items, next: next === undefined ? null : cursorText(next) } };
}

type Filter = Omit<Parameters<Ask['world']['listing']['page']>[0], 'limit'>;

/** @throws {HttpProblem} 400 for a cursor that no page ended with */
export function filterOf(values: Ask['values']): Filter {
  const cursor = optionalTextOf(values, 'cursor');
  const name = optionalTextOf(values, 'name');
  const cluster = optionalTextOf(values, 'cluster');
  return {
    phases: textsOf(values, 'phase') as readonly Phase[],
    labels: textsOf(values, 'label').map((each) => {
      const equals = each.indexOf('=');
      return [each.slice(0, equals), each.slice(equals + 1)] as const;
    }),
    all: values['all'] === true,
    sort: textOf(values, 'sort') as Sort,
    ...(name === undefined || name === '' ? {} : { name }),
    ...(cluster === undefined || cluster === '' ? {} : { cluster }),
    ...(cursor === undefined ? {} : { after: parseCursor(cursor) }),
  };
}

export function cursorText({ name, id }: ListCursor): string {
  return Buffer.from(JSON.stringify([name, id])).toString('base64url');
}

function parseCursor(text: string): ListCursor {
  try {
    const value: unknown = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
    if (Array.isArray(value) && typeof value[0] === 'string' && Number.isSafeInteger(value[1]))
      return { name: value[0], id: Number(value[1]) };
  } catch {
    // as below
  }
  throw new HttpProblem(400, 'cursor: it is not the "next" of any page; begin without one');
}

function getJob(ask: Ask): Reply | Promise<Reply> {
  const record = recordOf(ask);
  if (ask.wantsPage) return jobPage(ask, record);
  const view = viewOf(ask.world, record);
  return { body: view, headers: { etag: recordTag(ask.world, view) } };
}
