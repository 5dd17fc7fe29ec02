/**
 * The status of a cluster, taken behind the submissions of an exchange. It is for people: no plan reads it, and a failure
 * of it stops nothing. It is told to those whose runs were submitted meanwhile, by an event of the reason
 * `StatusUnavailable`.
 */
import type { Submit } from '../../model/action.js';
import type { Reason } from '../../model/run.js';
import { statusWords, totalsOf } from '../../model/status.js';
import type { Reply } from '../../protocol/agent.js';
import type { NewEvent } from '../../store/events.js';
import type { Context } from '../context.js';
import { statusIn } from '../status.js';
import type { Share } from './share.js';
import type { ClusterAction, ExchangeReport } from './exchange.js';

/** A controller is asked no more often, whatever is submitted. */
const EVERY_MS = 10 * 60_000;
/** Enough to see whether a run was told before. */
const EVENTS_OF_A_RUN = 10_000;

export function isStatusDue(context: Context, share: Share, actions: readonly ClusterAction[]): boolean {
  if (!actions.some(({ kind }) => kind === 'submit')) return false;
  const tried = context.store.clusters.statusTriedAt(share.agent.cluster.name);
  const age = context.clock.now() - (tried ?? -Infinity);
  // A clock that was set back must not silence it.
  return age >= EVERY_MS || age < 0;
}

/** Keeps what was told, and writes beside each run that was submitted now how the cluster stood, or that nobody knows. */
export function recordStatus(
  context: Context,
  share: Share,
  actions: readonly ClusterAction[],
  reply: Reply,
  report: ExchangeReport,
): void {
  const { cluster, manager } = share.agent;
  const submits = actions.filter((action): action is Submit => action.kind === 'submit');
  if (submits.length === 0) return;
  const asked = statusIn(manager, reply);
  const submitted = submits.filter(({ token }) => report.tokens.get(token)?.jobId !== undefined);
  context.store.transaction(() => {
    const { clusters, events } = context.store;
    if (asked?.kind === 'silent') {
      clusters.failStatus(cluster.name, asked.why);
      const event = failureEvent(cluster.name, asked.why);
      events.append(event);
      context.story({ level: 'warning', cluster: cluster.name, text: event.message });
      tellFailure(context, cluster.name, submits, asked.why);
      return;
    }
    if (asked?.kind === 'answered') clusters.takeStatus(cluster.name, asked.value);
    if (submitted.length > 0) tellKnown(context, cluster.name, submitted);
  });
}

/** What was taken now, or not long ago. */
function tellKnown(context: Context, cluster: string, submitted: readonly Submit[]): void {
  const { clusters, events } = context.store;
  const { taken, failure } = clusters.status(cluster);
  const isFresh = ({ at }: { readonly at: number }): boolean =>
    Math.abs(context.clock.now() - at) <= EVERY_MS;
  if (failure && isFresh(failure)) tellFailure(context, cluster, submitted, failure.message);
  else if (taken && isFresh(taken)) {
    const totals = totalsOf(taken.status);
    const message = `${cluster} at its submission: ${statusWords(totals)}`;
    const detail = { takenAt: taken.status.takenAt, ...totals };
    for (const { uuid, attempt } of submitted)
      events.append({ kind: 'cluster', cluster, runUuid: uuid, attempt, message, detail });
  }
}

/** Mail goes by these: once a run and cluster. */
function tellFailure(context: Context, cluster: string, submits: readonly Submit[], why: string): void {
  const { events } = context.store;
  const event = failureEvent(cluster, why);
  for (const { uuid, attempt } of submits) {
    const known = events.ofRun(uuid, { limit: EVENTS_OF_A_RUN });
    if (known.some((each) => each.reason === event.reason && each.cluster === cluster)) continue;
    events.append({ ...event, runUuid: uuid, attempt });
  }
}

function failureEvent(cluster: string, why: string): NewEvent & { readonly reason: Reason } {
  return {
    ...{ kind: 'cluster', reason: 'StatusUnavailable', cluster },
    message: `the status of ${cluster} could not be taken, which stops nothing: ${why}`,
  };
}
