/** What the service says of itself: health, metrics, its own description; events as they come. */
import { EventFeed, Pieces } from '../feed.js';
import { Places } from '../guard/limits.js';
import type { Metrics } from '../metrics.js';
import type { World } from '../ports.js';
import { HttpProblem } from '../problem.js';
import { type Ask, ENDLESS, numberOf, type Reply, type Route } from '../route.js';
import { AFTER } from './story.js';

/** Each holds a connection. */
const MOST_FEEDS = 100;

const HEALTH = { type: 'object', properties: { status: { const: 'ok' } }, required: ['status'] } as const;

/** @param describe makes the document of all routes */
export function serviceRoutes(metrics: Metrics, describe: () => object): readonly Route[] {
  return [
    eventsRoute(),
    ...HEALTH_ROUTES,
    {
      method: 'get',
      path: '/metrics',
      role: 'read',
      operation: {
        id: 'getMetrics',
        summary: 'Figures for Prometheus',
        answers: {
          200: {
            description: 'In its text format.',
            content: { 'text/plain': { schema: { type: 'string' } } },
          },
        },
      },
      handle: async (): Promise<Reply> => ({ body: await metrics.text(), type: metrics.type }),
    },
    {
      method: 'get',
      path: '/openapi.json',
      role: 'read',
      operation: {
        id: 'getDescription',
        summary: 'This description (OpenAPI 3.1)',
        answers: {
          200: { description: 'It.', content: { 'application/json': { schema: { type: 'object' } } } },
        },
      },
      handle: () => ({ body: describe() }),
    },
  ];
}

function eventsRoute(): Route {
  const feeds = new Places(MOST_FEEDS);
  let pieces: Pieces | undefined;
  return {
    method: 'get',
    path: '/events',
    role: 'read',
    operation: {
      id: 'followEvents',
      summary: 'Everything that happens, as it happens: server-sent events',
      description:
        '`id` is the event, `data` the event as JSON with the `name` of its job. Begins with what is new; with `Last-Event-ID` or `after` behind that event.',
      parameters: [{ ...AFTER, schema: { type: 'integer', minimum: 0 } }],
      answers: {
        200: {
          description: 'A stream that does not end.',
          content: { 'text/event-stream': { schema: { type: 'string' } } },
        },
      },
      problems: [400, 429],
    },
    handle: (ask) => {
      const start = startOf(ask);
      const leave = feeds.take();
      if (leave === undefined)
        throw new HttpProblem(429, `${MOST_FEEDS} follow the events already`, {
          headers: { 'retry-after': '60' },
        });
      pieces ??= new Pieces(ask.world);
      const body = new EventFeed(ask.world, pieces, start).once('close', leave);
      return { body, type: 'text/event-stream; charset=utf-8', headers: { [ENDLESS]: 'no' } };
    },
  };
}

const HEALTH_ROUTES: readonly Route[] = [
  {
    method: 'get',
    path: '/healthz',
    role: 'anyone',
    operation: {
      id: 'getHealth',
      summary: 'Whether the process answers',
      answers: { 200: { description: 'It does.', content: { 'application/json': { schema: HEALTH } } } },
    },
    handle: () => ({ body: { status: 'ok' } }),
  },
  {
    method: 'get',
    path: '/readyz',
    role: 'anyone',
    operation: {
      id: 'getReadiness',
      summary: 'Whether passes are made and the state can be read',
      answers: { 200: { description: 'It is so.', content: { 'application/json': { schema: HEALTH } } } },
      problems: [503],
    },
    handle: ({ world }) => {
      const why = unreadyWords(world);
      if (why !== undefined) throw new HttpProblem(503, why, { headers: { 'retry-after': '5' } });
      return { body: { status: 'ok' } };
    },
  },
];

function unreadyWords({ unready, listing }: World): string | undefined {
  try {
    listing.lastEvent();
  } catch {
    return 'the state cannot be read';
  }
  return unready();
}

function startOf({ world, values, header }: Ask): number {
  const written = header('last-event-id');
  if (written !== undefined && written !== '') {
    if (!/^\d{1,15}$/.test(written)) throw new HttpProblem(400, 'Last-Event-ID: it is the id of no event');
    return Number(written);
  }
  return numberOf(values, 'after') ?? world.listing.lastEvent();
}
