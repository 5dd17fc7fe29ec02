/**
 * One cluster's share of a plan: claims, files, steps, submissions, fences, in one exchange. What is about to happen is
 * committed before it is sent; what the reply says is committed after; what it does not say stays unknown and is looked
 * up by the next pass.
 */
import { BundleError, type BundleEntry } from '../../bundle/pack.js';
import type { Stage, Submit } from '../../model/action.js';
import type { JobSpec } from '../../model/job.js';
import type { RenderedJob } from '../../ports.js';
import { TransportFailure } from '../../ports.js';
import type { Reply } from '../../protocol/agent.js';
import { debtsOf } from '../../protocol/claim.js';
import type { Context } from '../context.js';
import { recordReport } from './answer.js';
import { type ClusterAction, type ExchangeReport, readReport, wordExchange } from './exchange.js';
import { readTold } from '../../protocol/told.js';
import { ledgerLineOf } from './ledger.js';
import { claimOf, type Directories, directoriesOf, renderJob } from './materials.js';
import { entriesOf } from './parcel.js';
import { Payload } from './payload.js';
import type { Share } from './share.js';
import { endUnsent } from './record.js';
import { recordReview, recordSource } from './review.js';
import { recordNoRoom, recordNotUnpacked } from './room.js';
import { isStatusDue, recordStatus } from './status.js';

export interface ActResult {
  /** Something came back that the next pass should look at without waiting. */
  readonly again: boolean;
  /** Something was recorded: looked at again, it is not the same. */
  readonly progress: boolean;
  /** Another state has gone further: this one must not act. */
  readonly stale?: number;
}

/** Attempts in one exchange: its script and its reply stay small enough for any shell. */
const CHUNK = 1000;

export async function act(context: Context, share: Share): Promise<ActResult> {
  let again = false;
  let progress = false;
  for (let from = 0; from < share.actions.length;) {
    const to = chunkEnd(share.actions, from);
    const result = await actChunk(context, { ...share, actions: share.actions.slice(from, to) });
    if (result.stale !== undefined) return result;
    again ||= result.again;
    progress ||= result.progress;
    from = to;
  }
  return { again, progress };
}

/** Cuts between attempts, never inside one. */
function chunkEnd(actions: readonly ClusterAction[], from: number): number {
  const tokens = new Set<string>();
  let to = from;
  for (; to < actions.length; to += 1) {
    const token = actions[to]?.token ?? '';
    if (!tokens.has(token) && tokens.size === CHUNK) break;
    tokens.add(token);
  }
  return to;
}

async function actChunk(context: Context, share: Share): Promise<ActResult> {
  const { sendable, entries } = await pack(context, share);
  if (sendable.length === 0) return { again: false, progress: false };
  const jobs = rendered(context, share, sendable);
  const exchange = wordExchange(
    sendable,
    {
      claimText: (token) => claimText(context, share, token),
      submitArguments: (token) => jobs.get(token)?.arguments ?? [],
      newScript: (token) => (isPrepared(context, token) ? jobs.get(token)?.script : undefined),
      isTold: (token) => isTold(context, share, token),
      ledgerLine: (token) => ledgerLineOf(context.store, token),
      // Where it was placed, whatever work_dir says today.
      jobDirectory: (token) =>
        context.store.attempts.byToken(token)?.jobDirectory ?? directoriesFor(share, token).jobDirectory,
    },
    share.mark,
  );
  // Behind all else: a controller that does not answer it holds up nothing that was to be done.
  if (isStatusDue(context, share, sendable)) exchange.call('status');
  const payload = new Payload(entries);
  const reply = await send(context, share, sendable, () =>
    share.agent.send(exchange, { deadlineMs: deadlineOf(sendable), ...payload.asOption() }),
  );
  if (!reply) return { again: true, progress: false };
  const report = readReport(reply.frames);
  const changed = recordReport(context, share, sendable, report);
  const heard = recordTold(context, share, sendable, reply);
  recordNoRoom(context, share, sendable, report);
  const said = !payload.broken && recordNotUnpacked(context, share, sendable, report);
  const halvings = share.halvings ?? { left: HALVINGS };

  if (!said) tellFaults(context, share, reply, report);
  recordStatus(context, share, sendable, reply, report);
  const progress = changed || heard;
  if (report.staleMark !== undefined) return { again: true, progress, stale: report.staleMark };
  if (said && halvings.left > 0 && isMixed(reply, sendable)) {
    halvings.left -= 1;
    const halves = await actInHalves(context, { ...share, halvings }, sendable);
    return { ...halves, again: halves.again || progress, progress: halves.progress || progress };
  }
  const spared = sparedBy(context, sendable, payload);
  if (spared.length > 0) return actChunk(context, { ...share, actions: spared });
  return { again: progress || !(reply.complete || said), progress };
}

/** Enough to find one in a thousand; where nothing can be unpacked at all, it is not tried for each. */
const HALVINGS = 12;

/** Files of several attempts did not come out of one archive: those of one of them may have spoilt it for all. */
function isMixed(reply: Reply, actions: readonly ClusterAction[]): boolean {
  const cut = reply.frames.some(({ kind, rest }) => kind === 'fault' && rest.startsWith('place the files'));
  return cut && new Set(actions.flatMap(({ kind, token }) => (kind === 'stage' ? [token] : []))).size > 1;
}

/**
 * What was to be begun, once more. Its claims may stand by now, so that none of it is new: what is not sent then is not
 * known never to have been there.
 */
function begunOf(actions: readonly ClusterAction[]): readonly ClusterAction[] {
  return actions.flatMap((action): ClusterAction[] => {
    if (action.kind === 'stage') return [{ ...action, fresh: false }];
    return action.kind === 'steps' || action.kind === 'submit' ? [action] : [];
  });
}

/** What was to be begun, in two exchanges. Their claims stand, so that nothing is begun twice. */
async function actInHalves(
  context: Context,
  share: Share,
  actions: readonly ClusterAction[],
): Promise<ActResult> {
  const begun = begunOf(actions);
  const tokens = [...new Set(begun.map(({ token }) => token))];
  const first = new Set(tokens.slice(0, Math.ceil(tokens.length / 2)));
  let again = false;
  let progress = false;
  for (const isFirst of [true, false]) {
    const half = begun.filter(({ token }) => first.has(token) === isFirst);
    const result = await actChunk(context, { ...share, actions: half });
    if (result.stale !== undefined) return result;
    again ||= result.again;
    progress ||= result.progress;
  }
  return { again, progress };
}

/**
 * A file that changed while it was sent broke off the payload of all. Its own attempt waits until it rests; what was
 * to be begun of the others is done now. Their claims stand, so that nothing is begun twice.
 */
function sparedBy(
  context: Context,
  actions: readonly ClusterAction[],
  payload: Payload,
): readonly ClusterAction[] {
  if (!payload.broken) return [];
  const culprits = payload.culprits();
  const { message } = payload.broken;
  for (const action of actions) {
    if (action.kind !== 'stage' || !culprits.has(action.token)) continue;
    context.store.runs.update(action.uuid, { reason: 'StagingFailed', message });
    context.story({ level: 'warning', job: action.name, text: message });
  }
  return begunOf(actions).filter((action) => !culprits.has(action.token));
}

/** `sbatch` itself may take two minutes when its controller is busy; each more has its share. */
function deadlineOf(actions: readonly ClusterAction[]): number {
  return 180_000 + 1_000 * actions.length;
}

/** Lists the files of what is staged. A file of the user's that cannot be sent holds its own job only. */
async function pack(
  context: Context,
  share: Share,
): Promise<{ sendable: readonly ClusterAction[]; entries: readonly BundleEntry[] }> {
  const entries: BundleEntry[] = [];
  const failed = new Set<string>();
  for (const action of share.actions) {
    if (action.kind !== 'stage') continue;
    const spec = share.specs.get(action.token);
    if (!spec) continue;
    try {
      entries.push(...(await parcelOf(context, share, action, spec)));
    } catch (error) {
      if (!(error instanceof BundleError)) throw error;
      failed.add(action.token);
      recordUnsendable(context, action, error.message);
    }
  }
  const sendable = share.actions.filter((action) => !failed.has(action.token));
  return { sendable, entries };
}

async function parcelOf(
  context: Context,
  share: Share,
  { uuid, attempt, token, fromHere }: Stage,
  spec: JobSpec,
): Promise<readonly BundleEntry[]> {
  const { cluster, manager } = share.agent;
  const directories = directoriesFor(share, token);
  const run = context.store.runs.byUuid(uuid);
  if (!run) throw new Error(`${token} is to be packed and its run was never accepted`);
  const tasks = tasksOf(context, token);
  const { script } = renderJob(spec, cluster, manager, token, directories, tasks);
  const brought = fromHere === true ? context.here.brought.get(uuid) : undefined;
  if (brought) context.store.attempts.patch(uuid, attempt, { source: brought.source });
  return entriesOf({
    ...{ spec, run, cluster, token, directories, script },
    ...(brought === undefined ? {} : { brought: brought.folder }),
    ...(run.staged === undefined ? {} : { staged: run.staged }),
    modulesDirectory: context.reading.modulesDirectory,
  });
}

function recordUnsendable(context: Context, action: Stage, message: string): void {
  const { store } = context;
  store.transaction(() => {
    if (action.fresh) {
      endUnsent(context, action.uuid, action.attempt, message);
      store.runs.update(action.uuid, { phase: 'Failed', reason: 'StagingFailed', message });
      return;
    }
    // Interrupted before: the cluster may hold it, so its end is a person's word, or the file comes back.
    const advice = `${message}; or give it up with: sluice cancel ${action.name}`;
    store.runs.update(action.uuid, { phase: 'Blocked', reason: 'StagingFailed', message: advice });
  });
  context.story({ level: 'warning', job: action.name, text: message });
}

function directoriesFor(share: Share, token: string): Directories {
  return directoriesOf(share.workDir, token);
}

/** As it was committed with the attempt. */
function tasksOf({ store }: Context, token: string): readonly number[] | undefined {
  return store.attempts.byToken(token)?.tasks;
}

function rendered(
  context: Context,
  share: Share,
  actions: readonly ClusterAction[],
): ReadonlyMap<string, RenderedJob> {
  const submits = actions.filter((action): action is Submit => action.kind === 'submit');
  return new Map(
    submits.flatMap(({ token }) => {
      const spec = share.specs.get(token);
      if (!spec) return [];
      const { cluster, manager } = share.agent;
      const directories = directoriesFor(share, token);
      const tasks = tasksOf(context, token);
      return [[token, renderJob(spec, cluster, manager, token, directories, tasks)] as const];
    }),
  );
}

/** Modules on the cluster have changed the job, perhaps: its script is rendered anew. */
function isPrepared({ store }: Context, token: string): boolean {
  return store.attempts.byToken(token)?.preparedJson !== undefined;
}

/** Where its files came from, when they were fetched there and nothing else had to be heard before. */
function isTold({ store }: Context, share: Share, token: string): boolean {
  const attempt = store.attempts.byToken(token);
  const kind = share.specs.get(token)?.job.kind;
  const isRemote = kind === 'git' || kind === 'url';
  return isRemote && attempt?.source === undefined && attempt?.heardAt === undefined;
}

/** @returns whether something was heard that the plan waits for */
function recordTold(
  context: Context,
  share: Share,
  actions: readonly ClusterAction[],
  reply: Reply,
): boolean {
  const told = readTold(reply.frames);
  let again = false;
  for (const action of actions) {
    const of = told.get(action.token);
    if (!of?.complete) continue;
    if (action.kind === 'review') {
      recordReview(context, action, of);
      again = true;
    } else if (action.kind === 'submit' && isTold(context, share, action.token)) {
      recordSource(context, action.uuid, action.attempt, of);
    }
  }
  return again;
}

function claimText(context: Context, share: Share, token: string): string {
  const attempt = context.store.attempts.byToken(token);
  const run = attempt && context.store.runs.byUuid(attempt.runUuid);
  const spec = share.specs.get(token);
  if (!attempt || !run || !spec) throw new Error(`${token} is to be claimed and was never committed`);
  // Nothing goes before a first one.
  const owed = attempt.number === 1 ? {} : debtsOf(context.store.attempts.ofRun(run.uuid));
  return claimOf(context.installation, run, attempt, spec, directoriesFor(share, token), owed);
}

/** @returns undefined when nothing was sent: fresh attempts are then known never to have begun. */
async function send(
  context: Context,
  share: Share,
  actions: readonly ClusterAction[],
  work: () => Promise<Reply>,
): Promise<Reply | undefined> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof TransportFailure)) throw error;
    context.story({ level: 'warning', cluster: share.agent.cluster.name, text: error.message });
    context.store.transaction(() => {
      for (const action of actions) {
        if (action.kind === 'stage' && action.fresh)
          endUnsent(context, action.uuid, action.attempt, error.message);
      }
    });
    return undefined;
  }
}

function tellFaults(context: Context, share: Share, reply: Reply, report: ExchangeReport): void {
  const cluster = share.agent.cluster.name;
  if (!reply.complete) {
    context.story({
      level: 'warning',
      cluster,
      text: `its reply is not whole, what it did is looked up: ${reply.why}`,
    });
  }
  // Those of what was told are said with their job.
  const faults = report.faults.filter((fault) => !fault.startsWith('told '));
  for (const fault of faults) context.story({ level: 'warning', cluster, text: fault });
}
