/** The shapes of what is answered, as JSON Schema: components of the document. They say what `src/views` makes. */
import { PHASES, REASONS } from '../model/run.js';
import type { Schema } from './route.js';

const text: Schema = { type: 'string' };
const number: Schema = { type: 'number' };
const integer: Schema = { type: 'integer' };
const truth: Schema = { type: 'boolean' };
const anything: Schema = {};
const time: Schema = { type: 'string', format: 'date-time' };
const strings: Schema = { type: 'array', items: text };
const map = (of: Schema): Schema => ({ type: 'object', additionalProperties: of });
const list = (of: Schema): Schema => ({ type: 'array', items: of });
const orNull = (schema: Schema): Schema => ({ anyOf: [schema, { type: 'null' }] });
export const refTo = (name: string): Schema => ({ $ref: `#/components/schemas/${name}` });

/** All of the keys are there, and no others. */
function object(description: string, properties: Readonly<Record<string, Schema>>): Schema {
  return {
    type: 'object',
    description,
    properties,
    required: Object.keys(properties),
    additionalProperties: false,
  };
}

const describe = (schema: Schema, description: string): Schema => ({ ...schema, description });

const attempt = object('One submission of a run to one cluster.', {
  number: integer,
  cluster: text,
  token: describe(text, 'its name in the queue'),
  job_id: orNull(text),
  state: text,
  outcome: orNull(text),
  reason: orNull({ enum: REASONS }),
  message: orNull(text),
  tasks: describe(orNull(list(integer)), 'array indexes that it submitted; null: all, or it is no array'),
  task_states: describe(strings, "the workload manager's word for each of those"),
  created_at: time,
  submitted_at: orNull(time),
  ended_at: orNull(time),
  fetched_at: orNull(time),
  lost_since: describe(orNull(time), 'since when its cluster, which may hold it, cannot be asked'),
  owed_since: describe(orNull(time), 'since when the run is granted to another cluster'),
});

const output = object('A verified result.', {
  path: describe(text, 'as `output` named it, or `logs/…`'),
  file: describe(text, 'where it lies on the machine of Sluice'),
  size: describe(integer, 'bytes'),
  sha256: text,
});

const record = object('A run of a job, as `sluice get -o json` prints it. Null: not known, or not yet.', {
  name: text,
  run: text,
  generation: integer,
  job_uuid: { type: 'string', format: 'uuid' },
  phase: { enum: PHASES },
  reason: describe({ enum: REASONS }, 'one word why'),
  message: describe(text, 'a sentence for a person'),
  conditions: strings,
  cluster: describe(orNull(text), 'where the latest attempt is or was'),
  candidates: describe(strings, 'clusters to try, in order'),
  job_directory: orNull(text),
  working_directory: orNull(text),
  job_status: describe(map(strings), "the workload manager's own fields, one entry per array task"),
  state: describe(strings, 'one word per array task; NOT_SUBMITTED before there is one'),
  part: describe(
    orNull(object('', { tasks: list(integer), generation: integer })),
    'set where only these tasks of its array run again, to complete the results of that generation',
  ),
  attempts: list(refTo('Attempt')),
  outputs: list(refTo('Output')),
  labels: map(text),
  user_input: describe(
    { type: 'object' },
    'the manifest as accepted, in its own keys, without secrets and without defaults',
  ),
  destination_cluster: orNull({ type: 'object' }),
  modules: describe(
    orNull({ type: 'object' }),
    'the stages as lists, each module with its `output`: the JSON that it printed, null where it has not run',
  ),
  source: describe(
    orNull({ type: 'object' }),
    'of a clone its commit, of a download its digest; null where the files were sent from here',
  ),
  online_job_file: truth,
  tar_file: { type: 'null' },
  manifest: describe(text, 'file of the manifest'),
  commit: describe(orNull(text), 'that the manifest was read at; null where it comes from a directory'),
  author: describe(orNull(text), 'of that commit'),
  hash: text,
  cancel_requested: truth,
  suspend_requested: truth,
  manifest_gone_at: describe(orNull(time), 'since when the manifest is known to be gone'),
  forgotten_at: describe(orNull(time), 'since when nobody wants it followed any more'),
  created_at: time,
  updated_at: time,
});

const event = object('Something that happened; it never changes.', {
  id: describe(integer, 'rises with each event'),
  at: time,
  kind: text,
  reason: orNull(text),
  message: text,
  job_uuid: orNull(text),
  attempt: orNull(integer),
  cluster: orNull(text),
  actor: orNull(text),
  commit: orNull(text),
  author: describe(orNull(text), 'of that commit'),
  detail: anything,
});

const clusterStatus = object('How it answered in the last pass, and how its nodes stood when last seen.', {
  reach: { enum: ['reached', 'unreachable', 'not-asked'] },
  why: orNull(text),
  address: orNull(text),
  connections: integer,
  round_trips: integer,
  bytes_up: integer,
  bytes_down: integer,
  CPUS: orNull(integer),
  MEMORY: describe(orNull(number), 'MiB'),
  CPU_LOAD: orNull(number),
  AVAIL: describe(orNull(integer), 'nodes that are up'),
  TOTAL_NODES: orNull(integer),
  TIMESTAMP: describe(orNull(number), "epoch seconds by the cluster's clock"),
  NODES: map({ type: 'object' }),
  states: map(integer),
  cpus_allocated: orNull(integer),
  cpus_idle: orNull(integer),
  taken_at: orNull(time),
  failure: orNull(object('Why there are no newer figures.', { at: time, message: text })),
});

const cluster = object('A cluster of the inventory, as `sluice clusters -o json` prints it.', {
  name: text,
  hostname: text,
  hostnames: strings,
  port: orNull(integer),
  workload_manager: text,
  transport: text,
  preferred_jobs: strings,
  partition: orNull(text),
  status: refTo('ClusterStatus'),
  breaker: describe(
    orNull(
      object('', {
        state: { enum: ['open', 'half-open', 'locked'] },
        since: time,
        next_at: orNull(time),
        reason: text,
        message: text,
      }),
    ),
    'why it is left alone: `open` until `next_at`; `half-open` after that, when the next who needs it asks it, once; `locked` until a person has seen to it; null: it answered',
  ),
  reported: describe(
    orNull(object('', { at: time, status: anything })),
    'what was reported with PUT /clusters, beside what was seen',
  ),
});

const fault: Schema = {
  type: 'object',
  properties: { key: text, message: text },
  required: ['message'],
  additionalProperties: false,
};

const problem: Schema = {
  type: 'object',
  description: 'An error (RFC 9457): what is wrong, and what to do.',
  properties: {
    type: text,
    title: text,
    status: integer,
    detail: text,
    instance: text,
    errors: describe(list(fault), 'each thing that is wrong'),
    file: describe(text, 'the file to edit instead'),
  },
  required: ['type', 'title', 'status', 'detail'],
  additionalProperties: false,
};

const told = object('Whether the owner of the job is mailed.', {
  mailed: truth,
  why: describe(orNull(text), 'why nobody is'),
});

const woken = object('What a webhook came to.', {
  woken: describe(integer, 'how many sources are asked'),
  why: describe(orNull(text), 'why none is'),
});

export const COMPONENTS: Readonly<Record<string, Schema>> = {
  Attempt: attempt,
  Output: output,
  Record: record,
  Event: event,
  ClusterStatus: clusterStatus,
  Cluster: cluster,
  Problem: problem,
  Told: told,
  Woken: woken,
};

/** `{version, items}`, as every `-o json` of the command line has it; with where the next page begins, where there are pages. */
export function envelopeOf(item: string, paged = false): Schema {
  return object('', {
    version: { const: 1 },
    items: list(refTo(item)),
    ...(paged ? { next: describe(orNull(text), '`cursor` of the next page; null on the last one') } : {}),
  });
}

export const SCALARS = { text, integer, strings } as const;
