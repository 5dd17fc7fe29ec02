/** A job's states, and what others say of a job: passed on to its owner by mail, and planned with never. */
import { specOf } from '../../views/spec.js';
import { recordOf, unknownJob } from '../find.js';
import { Limiter } from '../guard/limits.js';
import type { World } from '../ports.js';
import { HttpProblem } from '../problem.js';
import { type Ask, type Operation, type Reply, type Route, textOf } from '../route.js';
import { refTo, SCALARS } from '../schemas.js';
import { ID } from './jobs.js';

/** Mails that somebody else causes: of all jobs by one user, and to the owner of one job. */
const BY_USER = { burst: 30, perMinute: 30 };
const OF_JOB = { burst: 10, perMinute: 6 };

const TOLD: Operation['answers'] = {
  200: {
    description: 'The writer has it; the mail is in the outbox where `mailed` is true.',
    content: { 'application/json': { schema: refTo('Told') } },
  },
  202: {
    description: 'The writer takes it up as soon as it is free.',
    content: { 'application/json': { schema: refTo('Told') } },
  },
};
const STATE = { type: 'string', minLength: 1, maxLength: 100 } as const;
const STATES = { type: 'array', items: STATE, minItems: 1, maxItems: 10_000 } as const;

const STATE_ROUTE: Route = {
  method: 'get',
  path: '/jobs/{id}/state',
  role: 'read',
  operation: {
    id: 'getState',
    summary: 'The states of a job, one per array task',
    parameters: [ID],
    answers: {
      200: {
        description: 'NOT_SUBMITTED before the submission.',
        content: { 'application/json': { schema: SCALARS.strings } },
      },
    },
    problems: [404],
  },
  handle: ({ world, values }) => {
    const id = textOf(values, 'id');
    const found = world.listing.states(id);
    if (found === undefined) throw unknownJob(id);
    return { body: found.states };
  },
};

/** @param clock milliseconds that only rise */
export function reportRoutes(clock: () => number): readonly Route[] {
  const byUser = new Limiter(BY_USER, clock);
  const ofJob = new Limiter(OF_JOB, clock);
  const limit = (user: string, uuid: string): void => {
    const wait = byUser.take(user) ?? ofJob.take(uuid);
    if (wait === undefined) return;
    throw new HttpProblem(429, `too many mails; try again in ${wait} s`, {
      headers: { 'retry-after': String(wait) },
    });
  };
  return [
    STATE_ROUTE,
    {
      method: 'put',
      path: '/jobs/{id}/state',
      role: 'write',
      operation: {
        id: 'reportState',
        summary: 'Mails the owner of a job that its state has changed',
        description: 'The states of the job stay what the workload manager says.',
        parameters: [ID],
        body: {
          description: 'The new state, or one for each array task.',
          schema: {
            oneOf: [
              STATE,
              STATES,
              { type: 'object', properties: { state: { oneOf: [STATE, STATES] } }, required: ['state'] },
            ],
          },
          example: { state: ['RUNNING', 'PENDING'] },
        },
        answers: TOLD,
        problems: [400, 404, 413, 415, 422, 429],
      },
      handle: (ask) => report(ask, limit, 'state', statesText(ask.body)),
    },
    {
      method: 'put',
      path: '/jobs/{id}/notify',
      role: 'write',
      operation: {
        id: 'reportError',
        summary: 'Mails the owner of a job an error message',
        parameters: [ID],
        body: {
          description: 'What went wrong.',
          schema: {
            type: 'object',
            properties: { message: { type: 'string', minLength: 1, maxLength: 20_000 } },
            required: ['message'],
          },
          example: { message: 'git clone failed: repository not found' },
        },
        answers: TOLD,
        problems: [400, 404, 413, 415, 422, 429],
      },
      handle: (ask) => report(ask, limit, 'error', (ask.body as { readonly message: string }).message),
    },
  ];
}

async function report(
  ask: Ask,
  limit: (user: string, uuid: string) => void,
  kind: 'state' | 'error',
  text: string,
): Promise<Reply> {
  const { world, user } = ask;
  const { run } = recordOf(ask);
  limit(user.name, run.uuid);
  const why = whyNobody(world, specOf(run)?.mail ?? []);
  const taken = await world.ask({
    kind: 'report',
    run: run.uuid,
    report: { kind, text },
    actor: user.name,
    at: world.now(),
  });
  return {
    status: taken === 'taken' ? 200 : 202,
    body: { mailed: why === undefined, why: why ?? null },
  };
}

function whyNobody({ hasMail }: World, mail: readonly string[]): string | undefined {
  if (!hasMail()) return 'sluice.yaml names no mail server (smtp); it is an event of the job';
  return mail.length === 0 ? "the job's manifest has no user_mail; it is an event of the job" : undefined;
}

function statesText(body: unknown): string {
  const state = typeof body === 'object' && body !== null && 'state' in body ? body.state : body;
  return (Array.isArray(state) ? state : [state]).map(String).join(', ');
}
