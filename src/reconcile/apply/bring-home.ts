/**
 * Results on their way home, and what becomes of their runs: ended when all is here, waiting as long as something keeps
 * them, and held for a person when that lasts.
 */
import { join } from 'node:path';
import { TransferError } from '../../bundle/unpack.js';
import type { Fetch } from '../../model/action.js';
import type { JobSpec } from '../../model/job.js';
import { type Loss, LOSS_WORDS } from '../../model/loss.js';
import { isGivenUp, type ResultsKnown, type Run } from '../../model/run.js';
import { TransportFailure } from '../../ports.js';
import { type Context, resultsFolder } from '../context.js';
import { type Fetched, type FetchItem, fetchResults, PlaceError, type Trouble, troubleOf } from './fetch.js';
import { lasting } from './record.js';
import { type Shortfall, together } from './together.js';

/** Files that a message names before it only counts. */
const NAMED = 10;
/** Results in one stream: enough to use the link, little enough to repeat. */
const FETCH_CHUNK = 200;
const FETCH_DEADLINE_MS = 60 * 60_000;
/** As long as the same keeps them by the clock, they are fetched again without a person. */
const PATIENCE_MS = 30 * 60_000;
/** What a job wrote last may come into sight late where its directory is shared over a network. */
const LATE_MS = 20_000;
const KEPT = 'its results are not home yet';

interface Way {
  readonly context: Context;
  readonly agent: ReturnType<Context['agent']>;
  readonly specs: ReadonlyMap<string, JobSpec>;
  /** Tokens whose results are here, verified and recorded, or given up. */
  readonly home: Set<string>;
}

/** @returns the tokens of which nothing more is to come: their results are here, verified and recorded, or given up */
export async function bringHome(
  context: Context,
  agent: ReturnType<Context['agent']>,
  fetches: readonly Fetch[],
  specs: ReadonlyMap<string, JobSpec>,
): Promise<ReadonlySet<string>> {
  const way: Way = { context, agent, specs, home: new Set() };
  // What was in trouble before comes last, so that it keeps nothing else from home.
  const isKept = (fetch: Fetch): boolean => isInTrouble(context.store.runs.byUuid(fetch.uuid));
  const ordered = [...fetches.filter((each) => !isKept(each)), ...fetches.filter(isKept)];
  for (let from = 0; from < ordered.length; from += FETCH_CHUNK)
    await bringChunk(way, ordered.slice(from, from + FETCH_CHUNK));
  return way.home;
}

async function bringChunk(way: Way, chunk: readonly Fetch[]): Promise<void> {
  begin(way.context, chunk);
  const failed = await tryFetch(way, chunk);
  if (failed === undefined) return;
  const isOfAll = failed instanceof TransportFailure || failed instanceof PlaceError;
  if (chunk.length === 1 || isOfAll) {
    hold(way, chunk, failed);
    return;
  }
  // One may have spoilt it for all, were it by its size.
  for (const [index, fetch] of chunk.entries()) {
    const alone = await tryFetch(way, [fetch]);
    if (alone === undefined) continue;
    const isEnd = alone instanceof TransportFailure || alone instanceof PlaceError;
    hold(way, isEnd ? chunk.slice(index) : [fetch], alone);
    if (isEnd) return;
  }
}

function begin({ store }: Context, fetches: readonly Fetch[]): void {
  store.transaction(() => {
    for (const { uuid, cluster } of fetches) {
      // What keeps it stands there until it is over, so that it can be told how long it lasts.
      if (isInTrouble(store.runs.byUuid(uuid))) continue;
      const message = `results come from ${cluster}`;
      store.runs.update(uuid, { phase: 'Fetching', reason: 'FetchPending', message });
    }
  });
}

function isInTrouble(run: Run | undefined): boolean {
  return run?.message.startsWith(KEPT) === true;
}

/** @returns why the stream failed, so that nothing of it was placed */
async function tryFetch(way: Way, fetches: readonly Fetch[]): Promise<Error | undefined> {
  const { context, agent } = way;
  const items = fetches.map((fetch) => itemOf(way, fetch));
  try {
    recordFetched(way, fetches, await fetchResults(agent, items, context.outputs, FETCH_DEADLINE_MS));
    return undefined;
  } catch (error) {
    if (error instanceof TransferError || error instanceof TransportFailure || error instanceof PlaceError)
      return error;
    throw error;
  }
}

function itemOf({ context, specs }: Way, fetch: Fetch): FetchItem {
  const run = context.store.runs.byUuid(fetch.uuid) ?? { ...fetch, generation: 0 };
  return {
    token: fetch.token,
    outputs: specs.get(fetch.token)?.output ?? [],
    target: join(context.outputs, ...resultsFolder(run)),
  };
}

function hold(way: Way, fetches: readonly Fetch[], error: Error): void {
  way.context.store.transaction(() => {
    for (const fetch of fetches) keep(way, fetch, troubleOf(error));
  });
}

const ADVICE: Readonly<Record<Trouble['reason'], string>> = {
  FetchPending: 'each reconcile tries again',
  OutputsNotWritable: 'when that is mended, the next reconcile brings them',
  NoRoomHere: 'make room there, and the next reconcile brings them',
};

/** The run says what keeps its results; when that has lasted, a person is asked. Each pass tries again. */
function keep({ context, home }: Way, fetch: Fetch, { reason, why }: Trouble): void {
  const { store, clock } = context;
  const before = store.runs.byUuid(fetch.uuid);
  if (!before) return;
  if (before.phase === 'Blocked' && isGivenUp(before) && fetch.then?.phase !== 'Cancelled') {
    giveUp(context, fetch, before, why);
    home.add(fetch.token);
    return;
  }
  const message = `${KEPT}: ${why} (${ADVICE[reason]})`;
  const isSame = before.reason === reason && before.message === message;
  const lasts = isSame && clock.now() - before.updatedAt >= PATIENCE_MS;
  const phase = before.phase === 'Blocked' || lasts ? 'Blocked' : 'Fetching';
  store.runs.update(fetch.uuid, { phase, reason, message });
  tellOnce(context, fetch, `${phase}: ${message}`);
}

/** The person who was asked gives it up: it is settled as one whose results are here, and they stay there for a time. */
function giveUp(context: Context, fetch: Fetch, { conditions }: Run, why: string): void {
  const message =
    `it ended on ${fetch.cluster}, and its results were given up: ${why} ` +
    `(as long as they are kept there: sluice retrieve ${fetch.name})`;
  const ending = { phase: 'Cancelled', reason: 'CancelledByUser', message } as const;
  context.store.runs.update(fetch.uuid, { ...ending, conditions: lasting(conditions) });
  context.story({ level: 'warning', job: fetch.name, cluster: fetch.cluster, text: `Cancelled: ${message}` });
}

const told = new WeakMap<Context, Set<string>>();

/** The same words about the same job are said once in a session. */
function tellOnce(context: Context, fetch: Fetch, text: string): void {
  const said = told.get(context) ?? new Set<string>();
  told.set(context, said);
  const key = `${fetch.token} ${text}`;
  if (said.has(key)) return;
  said.add(key);
  context.story({ level: 'warning', job: fetch.name, cluster: fetch.cluster, text });
}

function recordFetched(way: Way, fetches: readonly Fetch[], fetched: readonly Fetched[]): void {
  const { context, home } = way;
  context.store.transaction(() => {
    for (const each of fetched) {
      const fetch = fetches.find(({ token }) => token === each.token);
      if (!fetch) continue;
      const trouble = each.failed ?? lateness(context, fetch, each);
      if (trouble !== undefined) {
        keep(way, fetch, trouble);
        continue;
      }
      recordHome(context, fetch, each);
      home.add(each.token);
    }
  });
}

/**
 * Of a job that has completed just now, what is missing is looked for again before that is its word; of an array of which
 * some tasks have, too: nobody asks for those again.
 */
function lateness({ store, clock }: Context, fetch: Fetch, { missing, gone }: Fetched): Trouble | undefined {
  const isWell = fetch.then === undefined ? hasCompleted(store, fetch) : fetch.then.phase === 'Succeeded';
  if (!isWell || missing.length === 0 || gone !== undefined) return undefined;
  const ended = store.attempts.get(fetch.uuid, fetch.attempt)?.endedAt ?? 0;
  const age = clock.now() - ended;
  if (age < 0 || age >= LATE_MS) return undefined;
  const why = `there is no ${named(missing)} on ${fetch.cluster} yet, and shared directories can be late`;
  return { reason: 'FetchPending', why };
}

/** At least one of its tasks. */
function hasCompleted({ attempts }: Context['store'], { uuid, attempt }: Fetch): boolean {
  return attempts.get(uuid, attempt)?.taskStates.includes('COMPLETED') === true;
}

function recordHome(context: Context, fetch: Fetch, fetched: Fetched): void {
  const { found, gone } = fetched;
  const results = { found, lost: lostOf(fetched), ...(gone === undefined ? {} : { gone }) };
  context.store.outputs.put(fetch.uuid, fetch.attempt, fetched.files);
  context.store.attempts.patch(fetch.uuid, fetch.attempt, { fetchedAt: context.clock.now(), results });
  if (gone !== undefined && fetch.then?.phase !== 'Succeeded') {
    const text = `its directory ${gone} was removed there before its results were fetched`;
    context.story({ level: 'warning', job: fetch.name, cluster: fetch.cluster, text });
  }
  for (const { path, loss } of fetched.unread) {
    const text = `"${path}" ${LOSS_WORDS[loss]}, and did not come`;
    context.story({ level: 'warning', job: fetch.name, cluster: fetch.cluster, text });
  }
  const { phase, reason, message } = endingOf(context, fetch, fetched);
  const known = context.store.runs.byUuid(fetch.uuid)?.conditions ?? [];
  context.store.runs.update(fetch.uuid, { phase, reason, message, conditions: lasting(known) });
  const level = phase === 'Succeeded' || phase === 'Pending' ? 'info' : 'warning';
  context.story({ level, job: fetch.name, cluster: fetch.cluster, text: `${phase}: ${message}` });
}

const MENDING: Readonly<Record<Loss, string>> = {
  unread: 'mend its rights',
  dangling: 'put something there',
  special: 'leave a file in its place',
  unnamable: 'rename it there',
};

/** Optional ones are no loss. */
function lostOf({ unread }: Fetched): ResultsKnown['lost'] {
  return unread.filter(({ optional }) => !optional).map(({ path, loss }) => ({ path, loss }));
}

type Standing = Pick<Run, 'phase' | 'reason' | 'message'>;

/** Succeeded means fetched: what was promised and did not come with any attempt is named, and fails the run. */
function endingOf(context: Context, fetch: Fetch, fetched: Fetched): Standing {
  const { gone } = fetched;
  if (fetch.then === undefined) {
    const message = `what exists of attempt ${fetch.attempt} is here; some of its tasks run again`;
    return { phase: 'Pending', reason: 'RetryPending', message };
  }
  if (fetch.then.phase !== 'Succeeded') return fetch.then;
  if (gone !== undefined) {
    const message = `its directory ${gone} was removed on ${fetch.cluster} before its results were fetched`;
    return { phase: 'Failed', reason: 'ResultsGone', message };
  }
  const { missing, lost } = shortfallOf(context, fetch, fetched);
  if (missing.length + lost.length === 0) return fetch.then;
  const losses = (Object.keys(LOSS_WORDS) as Loss[]).flatMap((loss) => {
    const paths = lost.filter((each) => each.loss === loss).map(({ path }) => path);
    if (paths.length === 0) return [];
    return [`${named(paths)} ${LOSS_WORDS[loss]}; ${MENDING[loss]}, then: sluice retrieve ${fetch.name}`];
  });
  const sentences = [
    ...(missing.length > 0 ? [`left no ${named(missing)}; correct output:, or mark it optional`] : []),
    ...losses,
  ];
  const message = `it completed on ${fetch.cluster}, but ${sentences.join('; and ')}`;
  return { phase: 'Failed', reason: 'OutputMissing', message };
}

function shortfallOf({ store }: Context, fetch: Fetch, fetched: Fetched): Shortfall {
  const last = { missing: fetched.missing, lost: lostOf(fetched) };
  const record = store.records.byUuid(fetch.uuid);
  const runs = record === undefined ? [] : store.records.completing(record);
  const before = runs
    .flatMap(({ attempts }) => attempts)
    .filter(({ runUuid, number }) => runUuid !== fetch.uuid || number < fetch.attempt);
  if (before.every(({ results }) => results === undefined)) return together(last, [], () => false);
  const here = new Set(store.outputs.together(runs.map(({ run }) => run.uuid)).map(({ path }) => path));
  return together(last, before, (path) => here.has(path));
}

/** Enough of them for a person. */
function named(paths: readonly string[]): string {
  const more = paths.length > NAMED ? ` and ${paths.length - NAMED} more` : '';
  return `${paths.slice(0, NAMED).map((path) => `"${path}"`).join(', ')}${more}`; // prettier-ignore
}
