/**
 * Carries a plan out: what only our record knows first, then each site's exchange, its results, its ledger. Sites go side
 * by side, each in its lane; one that takes longer than the patience goes on behind the pass. The order within a site is
 * the order of the promises: committed, sent, recorded.
 */
import { randomBytes } from 'node:crypto';
import type { Action, Fetch, Plan, Settle, Stage } from '../../model/action.js';
import { groupBy } from '../../model/group.js';
import type { JobSpec } from '../../model/job.js';
import { taskWords } from '../../model/tasks.js';
import type { ClusterFacts, Facts } from '../../plan/facts.js';
import type { Context } from '../context.js';
import { beginHere } from '../here.js';
import type { Worked } from '../lanes.js';
import { markOf } from '../memory.js';
import { type Site, siteOf } from '../sites.js';
import { act } from './act.js';
import { bringHome } from './bring-home.js';
import type { ClusterAction } from './exchange.js';
import { introduce } from './introduce.js';
import { lasting, record } from './record.js';

export interface Applied {
  /** Another pass now would find something to do. */
  readonly again: boolean;
}

/** Another state of the same installation has gone further than ours; acting on what we know could run a job twice. */
export class StaleState extends Error {
  constructor(cluster: string, theirs: number) {
    super(
      `${cluster} has seen number ${theirs} of this installation, which is more than this state knows: another copy of it ` +
        `has acted. Nothing was submitted there; run again, and the state is brought up to date from the clusters`,
    );
    this.name = 'StaleState';
  }
}

export async function apply(
  context: Context,
  plan: Plan,
  { sites: facts, live }: Pick<Facts, 'sites' | 'live'>,
  specOf: (uuid: string) => JobSpec,
  patienceMs: number,
): Promise<Applied> {
  const { lanes } = context;
  context.store.transaction(() => {
    record(context, plan.actions, live);
    for (const action of plan.actions)
      if (action.kind === 'stage' && action.fresh) commitAttempt(context, action);
  });
  for (const action of plan.actions)
    if (action.kind === 'modules' || action.kind === 'bring') beginHere(context, action);
  const bySite = groupBy(plan.actions.filter(onSite), (action) => action.site);
  const mark = claims(plan.actions) ? context.raiseLineage(highestMark(facts)) : undefined;
  if (mark !== undefined) await introduce(context, mark, facts, sitesClaimed(plan), patienceMs);
  // Where a witness has not answered yet, what was to be done is planned anew.
  const idle = [...bySite].filter(([key]) => lanes.busy(key) === undefined);
  for (const [key, actions] of idle) {
    const words = actions.some(({ kind }) => kind === 'fetch')
      ? 'results come from it'
      : 'work is done there';
    lanes.work(key, words, recordsOf(actions), () =>
      applySite(context, { key, actions, facts, specOf, mark }),
    );
  }
  // One site's failure is thrown when the others have recorded what they did, not under them.
  await lanes.settled(bySite.keys(), patienceMs);
  return { again: [...bySite.keys()].some((key) => lanes.busy(key) === undefined && lanes.wantsMore(key)) };
}

/** Runs whose records the site's share writes. What an earlier attempt leaves there concerns that attempt alone. */
function recordsOf(actions: readonly SiteAction[]): ReadonlySet<string> {
  const isOfBefore = (action: SiteAction): boolean =>
    action.kind === 'settle' ||
    action.kind === 'clean' ||
    (action.kind === 'fence' && action.outcome === 'superseded');
  return new Set(actions.filter((action) => !isOfBefore(action)).map(({ uuid }) => uuid));
}

type SiteAction = ClusterAction | Fetch;

function onSite(action: Action): action is SiteAction {
  return (
    ['stage', 'steps', 'review', 'submit', 'halt', 'fence', 'settle', 'clean', 'fetch'] as readonly string[]
  ).includes(action.kind);
}

function highestMark(facts: ReadonlyMap<string, ClusterFacts>): number {
  return Math.max(0, ...[...facts.values()].map(({ reach }) => markOf(reach) ?? 0));
}

/** Before anything is sent: from this commit on the cluster may hold the attempt. */
function commitAttempt(context: Context, action: Stage): void {
  const { store } = context;
  const run = store.runs.byUuid(action.uuid);
  if (!run) throw new Error(`${action.name} is to be staged and was never accepted`);
  store.attempts.create({
    ...{ runUuid: action.uuid, number: action.attempt, cluster: action.cluster, token: action.token },
    ...{ state: 'intended', nonce: randomBytes(12).toString('hex'), hash: run.hash },
    ...{ taskStates: [], jobStatus: {}, createdAt: context.clock.now() },
    ...(action.fromHere === undefined ? {} : { fromHere: action.fromHere }),
    ...(action.tasks === undefined ? {} : { tasks: action.tasks }),
  });
  const detail = action.choices.map((choice) => `${choice.cluster}: ${choice.why}`).join('; ');
  const only = action.tasks === undefined ? '' : `${taskWords(action.tasks)} alone: `;
  store.runs.update(action.uuid, {
    phase: 'Staging',
    conditions: lasting(run.conditions),
    reason: 'Accepted',
    message: `${only}goes to ${action.cluster} (${detail})`,
  });
}

interface SiteShare {
  readonly key: string;
  readonly actions: readonly SiteAction[];
  readonly facts: ReadonlyMap<string, ClusterFacts>;
  readonly specOf: (uuid: string) => JobSpec;
  readonly mark: number | undefined;
}

async function applySite(context: Context, share: SiteShare): Promise<Worked> {
  const reach = share.facts.get(share.key)?.reach;
  const begins = share.actions.some(({ kind }) => kind === 'submit' || kind === 'steps');
  if (reach?.kind !== 'reached') return { again: false, progress: false, begins: false };
  const { workDir } = reach.observation.hello;
  const specs = new Map(share.actions.map((action) => [action.token, share.specOf(action.uuid)]));
  const agent = context.agent(siteOfActions(context, share));
  const fetches = share.actions.filter((action) => action.kind === 'fetch');
  const afterFetch = new Set(fetches.map((fetch) => fetch.token));
  const now = share.actions.filter(
    (action) => action.kind !== 'fetch' && !(action.kind === 'settle' && afterFetch.has(action.token)),
  );
  const first = await actNow(context, {
    agent,
    workDir,
    specs,
    mark: claims(now) ? share.mark : undefined,
    actions: now as ClusterAction[],
  });
  if (fetches.length === 0) return { ...first, begins };
  const home = await bringHome(context, agent, fetches, specs);
  const later = share.actions.filter(
    (action): action is Settle => action.kind === 'settle' && home.has(action.token),
  );
  const second = await actNow(context, { agent, workDir, specs, mark: undefined, actions: later });
  return { again: first.again || second.again, progress: first.progress || home.size > 0, begins };
}

function claims(actions: readonly Action[]): boolean {
  return actions.some((action) => action.kind === 'stage');
}

function sitesClaimed(plan: Plan): ReadonlySet<string> {
  return new Set(plan.actions.flatMap((action) => (action.kind === 'stage' ? [action.site] : [])));
}

function siteOfActions({ inventory }: Context, share: SiteShare): Site {
  const [action] = share.actions;
  if (!action) throw new Error(`nothing is to be done at ${share.key}`);
  return siteOf(inventory, action.cluster, share.specOf(action.uuid).login);
}

async function actNow(
  context: Context,
  share: Parameters<typeof act>[1],
): Promise<Pick<Worked, 'again' | 'progress'>> {
  if (share.actions.length === 0) return { again: false, progress: false };
  const result = await act(context, share);
  if (result.stale !== undefined) throw new StaleState(share.agent.cluster.name, result.stale);
  return result;
}
