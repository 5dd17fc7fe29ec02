/**
 * Carries a plan out: what only our record knows first, then each site's exchange, its results, its ledger. Sites go side
 * by side. The order within a site is the order of the promises: committed, sent, recorded.
 */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { TransferError } from '../../bundle/unpack.js';
import type { Action, Fetch, Plan, Settle, Stage } from '../../model/action.js';
import { groupBy } from '../../model/group.js';
import type { JobSpec } from '../../model/job.js';
import type { ClusterFacts } from '../../plan/facts.js';
import { TransportFailure } from '../../ports.js';
import { type Context, messageOf, resultsFolder } from '../context.js';
import { markOf } from '../memory.js';
import { type Site, siteOf } from '../sites.js';
import { act } from './act.js';
import type { ClusterAction } from './exchange.js';
import { type Fetched, fetchResults, type UnreadFile } from './fetch.js';
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

/** Files that a message names before it only counts. */
const NAMED = 10;
/** Results in one stream: enough to use the link, little enough to repeat. */
const FETCH_CHUNK = 200;
const FETCH_DEADLINE_MS = 60 * 60_000;

export async function apply(
  context: Context,
  plan: Plan,
  facts: ReadonlyMap<string, ClusterFacts>,
  specOf: (uuid: string) => JobSpec,
): Promise<Applied> {
  context.store.transaction(() => {
    record(context, plan.actions);
    for (const action of plan.actions)
      if (action.kind === 'stage' && action.fresh) commitAttempt(context, action);
  });
  const bySite = groupBy(plan.actions.filter(onSite), (action) => action.site);
  const mark = claims(plan.actions) ? context.raiseLineage(highestMark(facts)) : undefined;
  if (mark !== undefined) await introduce(context, mark, facts, sitesClaimed(plan));
  const results = await allEnded(
    [...bySite].map(([key, actions]) => applySite(context, { key, actions, facts, specOf, mark })),
  );
  return { again: results.includes(true) };
}

/** One site's failure is thrown when the others have recorded what they did, not under them. */
async function allEnded<T>(works: readonly Promise<T>[]): Promise<readonly T[]> {
  await Promise.allSettled(works);
  return Promise.all(works);
}

type SiteAction = ClusterAction | Fetch;

function onSite(action: Action): action is SiteAction {
  return ['stage', 'steps', 'submit', 'fence', 'settle', 'clean', 'fetch'].includes(action.kind);
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
  });
  const detail = action.choices.map((choice) => `${choice.cluster}: ${choice.why}`).join('; ');
  store.runs.update(action.uuid, {
    phase: 'Staging',
    conditions: lasting(run.conditions),
    reason: 'Accepted',
    message: `goes to ${action.cluster} (${detail})`,
  });
}

interface SiteShare {
  readonly key: string;
  readonly actions: readonly SiteAction[];
  readonly facts: ReadonlyMap<string, ClusterFacts>;
  readonly specOf: (uuid: string) => JobSpec;
  readonly mark: number | undefined;
}

/** @returns whether another look is due at once */
async function applySite(context: Context, share: SiteShare): Promise<boolean> {
  const reach = share.facts.get(share.key)?.reach;
  if (reach?.kind !== 'reached') return false;
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
  if (fetches.length === 0) return first;
  const home = await bringHome(context, agent, fetches, specs);
  const later = share.actions.filter(
    (action): action is Settle => action.kind === 'settle' && home.has(action.token),
  );
  const second = await actNow(context, { agent, workDir, specs, mark: undefined, actions: later });
  return first || second;
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

async function actNow(context: Context, share: Parameters<typeof act>[1]): Promise<boolean> {
  if (share.actions.length === 0) return false;
  const result = await act(context, share);
  if (result.stale !== undefined) throw new StaleState(share.agent.cluster.name, result.stale);
  return result.again;
}

/** @returns the tokens whose results are here, verified and recorded */
async function bringHome(
  context: Context,
  agent: ReturnType<Context['agent']>,
  fetches: readonly Fetch[],
  specs: ReadonlyMap<string, JobSpec>,
): Promise<ReadonlySet<string>> {
  const home = new Set<string>();
  for (let from = 0; from < fetches.length; from += FETCH_CHUNK) {
    const chunk = fetches.slice(from, from + FETCH_CHUNK);
    context.store.transaction(() => {
      for (const { uuid, cluster } of chunk) {
        context.store.runs.update(uuid, {
          phase: 'Fetching',
          reason: 'FetchPending',
          message: `results come from ${cluster}`,
        });
      }
    });
    const items = chunk.map((fetch) => ({
      token: fetch.token,
      outputs: specs.get(fetch.token)?.output ?? [],
      target: join(
        context.outputs,
        ...resultsFolder(context.store.runs.byUuid(fetch.uuid) ?? { ...fetch, generation: 0 }),
      ),
    }));
    try {
      const fetched = await fetchResults(agent, items, context.outputs, FETCH_DEADLINE_MS);
      recordFetched(context, chunk, fetched);
      for (const { token, failed } of fetched) if (failed === undefined) home.add(token);
    } catch (error) {
      if (!(error instanceof TransferError) && !(error instanceof TransportFailure)) throw error;
      const text = `its results are fetched again later: ${messageOf(error)}`;
      context.story({ level: 'warning', cluster: agent.cluster.name, text });
    }
  }
  return home;
}

function recordFetched(context: Context, fetches: readonly Fetch[], fetched: readonly Fetched[]): void {
  context.store.transaction(() => {
    for (const { token, files, missing, unread, failed } of fetched) {
      const fetch = fetches.find((each) => each.token === token);
      if (!fetch) continue;
      if (failed !== undefined) {
        const text = `its results are fetched again later: ${failed}`;
        context.story({ level: 'warning', job: fetch.name, cluster: fetch.cluster, text });
        continue;
      }
      context.store.outputs.put(fetch.uuid, fetch.attempt, files);
      context.store.attempts.patch(fetch.uuid, fetch.attempt, { fetchedAt: context.clock.now() });
      for (const { path } of unread) {
        const text = `"${path}" could not be read there, and did not come`;
        context.story({ level: 'warning', job: fetch.name, cluster: fetch.cluster, text });
      }
      const { phase, reason, message } = endingOf(fetch, missing, unread);
      const known = context.store.runs.byUuid(fetch.uuid)?.conditions ?? [];
      context.store.runs.update(fetch.uuid, { phase, reason, message, conditions: lasting(known) });
      const level = phase === 'Succeeded' ? 'info' : 'warning';
      context.story({ level, job: fetch.name, cluster: fetch.cluster, text: `${phase}: ${message}` });
    }
  });
}

/** Succeeded means fetched: what was promised and did not come is named, and fails the run. */
function endingOf(fetch: Fetch, missing: readonly string[], unread: readonly UnreadFile[]): Fetch['then'] {
  const lost = unread.filter(({ optional }) => !optional).map(({ path }) => path);
  if (fetch.then.phase !== 'Succeeded' || missing.length + lost.length === 0) return fetch.then;
  const sentences = [
    ...(missing.length > 0 ? [`left no ${named(missing)}; correct output:, or mark it optional`] : []),
    ...(lost.length > 0
      ? [`${named(lost)} could not be read there; mend its rights, then: sluice retrieve ${fetch.name}`]
      : []),
  ];
  const message = `it completed on ${fetch.cluster}, but ${sentences.join('; and ')}`;
  return { phase: 'Failed', reason: 'OutputMissing', message };
}

/** Enough of them for a person. */
function named(paths: readonly string[]): string {
  const more = paths.length > NAMED ? ` and ${paths.length - NAMED} more` : '';
  return `${paths.slice(0, NAMED).map((path) => `"${path}"`).join(', ')}${more}`; // prettier-ignore
}
