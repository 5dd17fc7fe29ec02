/** Asking the clusters: one round trip each, all at once; one cluster's trouble is its own. */
import type { Reach } from '../model/observation.js';
import type { KnownBreaker } from '../model/status.js';
import type { ClusterFacts } from '../plan/facts.js';
import { TransportFailure } from '../ports.js';
import { type ClusterAgent, IncompleteReply } from '../protocol/agent.js';
import type { Breaker } from './breaker.js';
import type { Context } from './context.js';
import type { Site } from './sites.js';

/** Facts of a site, but for whether its memory was read back. */
export type Observed = Omit<ClusterFacts, 'recalled'>;

/** A controller that is busy may take its time; a login node that is dead is noticed sooner by its keep-alive. */
const OBSERVE_DEADLINE_MS = 90_000;

/** What one site shows. That its memory is in ours is for the caller to say. */
export async function observeSite(context: Context, site: Site): Promise<Observed> {
  const agent = context.agent(site);
  let began = context.clock.now();
  const reach = await tryObserve(agent, () => (began = context.clock.now()));
  tell(context, site, reach);
  if (reach.kind !== 'reached') return unseen(agent, reach);
  // The reply took its time on the way: the middle of the exchange is the best guess of when the clock was read.
  const middle = (began + context.clock.now()) / 2000;
  const offset = Math.round(reach.observation.hello.clock - middle);
  return { ...unseen(agent, reach), clockOffsetSeconds: offset };
}

/** Facts of a site of which no more is known than this. */
export function seenAs(context: Context, site: Site, reach: Reach): Observed {
  return unseen(context.agent(site), reach);
}

function unseen(agent: ClusterAgent, reach: Reach): Observed {
  return { cluster: agent.cluster, manager: agent.manager, reach, clockOffsetSeconds: 0 };
}

async function tryObserve(agent: ClusterAgent, onOpen: () => void): Promise<Reach> {
  try {
    const observation = await agent.observe(OBSERVE_DEADLINE_MS, onOpen);
    return { kind: 'reached', observation };
  } catch (error) {
    return asUnreachable(error);
  }
}

/** @throws what is no trouble of the cluster's: a defect of ours must not look like a dead network. */
export function asUnreachable(error: unknown): Extract<Reach, { kind: 'unreachable' }> {
  if (error instanceof IncompleteReply) {
    return { kind: 'unreachable', reason: 'ClusterUnreachable', why: error.message };
  }
  if (!(error instanceof TransportFailure)) throw error;
  const reasons = {
    unreachable: 'ClusterUnreachable',
    busy: 'ClusterUnreachable',
    'login-refused': 'LoginNeeded',
    misconfigured: 'LoginNeeded',
    'host-key': 'HostKeyRefused',
  } as const;
  return { kind: 'unreachable', reason: reasons[error.kind], why: error.message };
}

function tell(context: Context, site: Site, reach: Reach): void {
  if (reach.kind === 'unreachable') {
    context.story({ level: 'warning', cluster: site.cluster, text: reach.why });
    remember(context, () => {
      context.store.clusters.patch(site.cluster, {
        failure: { at: context.clock.now(), reason: reach.reason, message: reach.why },
      });
    });
  }
  if (reach.kind === 'reached') {
    const { hello, queue } = reach.observation;
    if (queue.kind === 'silent') context.story({ level: 'warning', cluster: site.cluster, text: queue.why });
    remember(context, () => {
      context.store.clusters.patch(site.cluster, {
        hello,
        reachedAt: context.clock.now(),
        ...(hello.mark === undefined ? {} : { mark: hello.mark }),
      });
    });
  }
}

/** For those who ask how a cluster stands: why it is not asked just now, and when it is. */
export function keepBreaker(context: Context, { key }: Site, breaker: Breaker | undefined): void {
  const { clusters } = context.store;
  const known = breaker && toKnown(breaker);
  if (JSON.stringify(clusters.get(key).breaker) === JSON.stringify(known)) return;
  remember(context, () => clusters.patch(key, { breaker: known }));
}

function toKnown({ state, since, nextAt, reach }: Breaker): KnownBreaker {
  const { reason, why: message } = reach;
  return { state, since, ...(nextAt === undefined ? {} : { nextAt }), reason, message };
}

/** A plan writes nothing, here or there. */
function remember(context: Context, write: () => void): void {
  if (context.store.fence !== undefined) write();
}
