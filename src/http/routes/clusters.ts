/** The inventory with status, and what others report of it. */
import type { Cluster } from '../../model/cluster.js';
import { type ClusterView, toCluster } from '../../views/cluster.js';
import { envelopeOf, SCALARS } from '../schemas.js';
import { Limiter } from '../guard/limits.js';
import type { World } from '../ports.js';
import { HttpProblem } from '../problem.js';
import type { Ask, Reply, Route } from '../route.js';

/** Reports of one user. */
const REPORTS = { burst: 60, perMinute: 60 };

/** @param clock milliseconds that only rise */
export function clusterRoutes(clock: () => number): readonly Route[] {
  const limiter = new Limiter(REPORTS, clock);
  return [LIST, { ...REPORT, handle: (ask) => reportStatus(ask, limiter) }];
}

const LIST: Route = {
  method: 'get',
  path: '/clusters',
  role: 'read',
  operation: {
    id: 'listClusters',
    summary: 'The inventory with the status of each cluster',
    answers: {
      200: {
        description: 'Every cluster, in the order of the inventory.',
        content: { 'application/json': { schema: envelopeOf('Cluster') } },
      },
    },
  },
  handle: ({ world }) => ({ body: { version: 1, items: clusterViews(world) } }),
};

const REPORT: Omit<Route, 'handle'> = {
  method: 'put',
  path: '/clusters',
  role: 'write',
  operation: {
    id: 'reportCluster',
    summary: 'Reports the status of one cluster, by name',
    description: 'It is shown as `reported`, beside what was seen. Planning never reads it.',
    body: {
      description: 'Which cluster, and its status: any object.',
      schema: {
        type: 'object',
        properties: { name: SCALARS.text, status: { type: 'object' } },
        required: ['name', 'status'],
      },
      example: { name: 'lemaitre3', status: { AVAIL: 78, CPUS: 1872 } },
    },
    answers: {
      200: {
        description: 'It is kept.',
        content: { 'application/json': { schema: envelopeOf('Cluster') } },
      },
      202: {
        description: 'It is kept as soon as the writer is free.',
        content: { 'application/json': { schema: envelopeOf('Cluster') } },
      },
    },
    problems: [400, 404, 413, 415, 422, 429],
  },
};

export function clusterViews(world: World): ClusterView[] {
  return [...world.inventory().values()].map((cluster) => clusterView(world, cluster));
}

function clusterView({ store, lastPass, now }: World, cluster: Cluster): ClusterView {
  const standing = lastPass()?.clusters.find((each) => each.cluster === cluster.name);
  const { reported } = store.clusters.get(cluster.name);
  const known = {
    ...store.clusters.status(cluster.name),
    breaker: store.clusters.breakerOf(cluster.name),
    ...(reported === undefined ? {} : { reported }),
  };
  return toCluster(cluster, standing, known, now());
}

async function reportStatus({ world, user, body }: Ask, limiter: Limiter): Promise<Reply> {
  const wait = limiter.take(user.name);
  if (wait !== undefined)
    throw new HttpProblem(429, `too many reports; try again in ${wait} s`, {
      headers: { 'retry-after': String(wait) },
    });
  const { name, status } = body as { readonly name: string; readonly status: object };
  const cluster = world.inventory().get(name);
  if (cluster === undefined)
    throw new HttpProblem(404, `clusters.yaml has no cluster ${JSON.stringify(name.slice(0, 100))}`);
  const taken = await world.ask({
    kind: 'status',
    cluster: name,
    status,
    actor: user.name,
    at: world.now(),
  });
  const items = [clusterView(world, cluster)];
  return { status: taken === 'taken' ? 200 : 202, body: { version: 1, items } };
}
