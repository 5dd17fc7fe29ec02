/**
 * One cluster's share of a plan: claims, files, steps, submissions, fences, in one exchange. What is about to happen is
 * committed before it is sent; what the reply says is committed after; what it does not say stays unknown and is looked
 * up by the next pass.
 */
import { BundleError, type BundleEntry, packEntries } from '../../bundle/pack.js';
import type { Fence, Submit } from '../../model/action.js';
import type { JobSpec } from '../../model/job.js';
import type { RenderedJob } from '../../ports.js';
import { TransportFailure } from '../../ports.js';
import type { ClusterAgent, Reply } from '../../protocol/agent.js';
import type { AttemptPatch } from '../../store/attempts.js';
import type { Context } from '../context.js';
import {
  type ClusterAction,
  type ExchangeReport,
  readReport,
  type TokenReport,
  wordExchange,
} from './exchange.js';
import { ledgerLineOf } from './ledger.js';
import { claimOf, type Directories, directoriesOf, entriesOf, renderJob } from './materials.js';

/** What this exchange works on. */
export interface Share {
  readonly agent: ClusterAgent;
  /** Absolute on the cluster, from its hello. */
  readonly workDir: string;
  readonly actions: readonly ClusterAction[];
  readonly specs: ReadonlyMap<string, JobSpec>;
  /** The installation's number for this pass, where something is claimed. */
  readonly mark: number | undefined;
}

export interface ActResult {
  /** Something came back that the next pass should look at without waiting. */
  readonly again: boolean;
  /** Another state has gone further: this one must not act. */
  readonly stale?: number;
}

/** Attempts in one exchange: its script and its reply stay small enough for any shell. */
const CHUNK = 1000;

export async function act(context: Context, share: Share): Promise<ActResult> {
  let again = false;
  for (let from = 0; from < share.actions.length;) {
    const to = chunkEnd(share.actions, from);
    const result = await actChunk(context, { ...share, actions: share.actions.slice(from, to) });
    if (result.stale !== undefined) return result;
    again ||= result.again;
    from = to;
  }
  return { again };
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
  const { sendable, entries, again } = await pack(context, share);
  if (sendable.length === 0) return { again };
  const jobs = rendered(share, sendable);
  const exchange = wordExchange(
    sendable,
    {
      claimText: (token) => claimText(context, share, token),
      submitArguments: (token) => jobs.get(token)?.arguments ?? [],
      ledgerLine: (token) => ledgerLineOf(context.store, token),
    },
    share.mark,
  );
  const reply = await send(context, share, sendable, () =>
    share.agent.send(exchange, {
      deadlineMs: deadlineOf(sendable),
      ...(entries.length === 0 ? {} : { payload: () => packEntries(entries) }),
    }),
  );
  if (!reply) return { again: true };
  const report = readReport(reply.frames);
  tellFaults(context, share, reply, report);
  const changed = recordReport(context, share, sendable, report);
  return {
    again: again || changed || !reply.complete,
    ...(report.staleMark === undefined ? {} : { stale: report.staleMark }),
  };
}

/** `sbatch` itself may take two minutes when its controller is busy; each more has its share. */
function deadlineOf(actions: readonly ClusterAction[]): number {
  return 180_000 + 1_000 * actions.length;
}

/** Lists the files of what is staged. A file of the user's that cannot be sent holds its own job only. */
async function pack(
  context: Context,
  share: Share,
): Promise<{ sendable: readonly ClusterAction[]; entries: readonly BundleEntry[]; again: boolean }> {
  const entries: BundleEntry[] = [];
  const failed = new Set<string>();
  for (const action of share.actions) {
    if (action.kind !== 'stage') continue;
    const spec = share.specs.get(action.token);
    if (!spec) continue;
    try {
      const directories = directoriesFor(share, action.token);
      const { script } = renderJob(spec, share.agent.cluster, share.agent.manager, action.token, directories);
      entries.push(...(await entriesOf(spec, share.agent.cluster, action.token, directories, script)));
    } catch (error) {
      if (!(error instanceof BundleError)) throw error;
      failed.add(action.token);
      context.store.transaction(() => {
        endUnsent(context, action.uuid, action.attempt, error.message);
        context.store.runs.update(action.uuid, {
          phase: 'Failed',
          reason: 'StagingFailed',
          message: error.message,
        });
      });
      context.story({ level: 'warning', job: action.name, text: error.message });
    }
  }
  const sendable = share.actions.filter((action) => !failed.has(action.token));
  return { sendable, entries, again: false };
}

function directoriesFor(share: Share, token: string): Directories {
  return directoriesOf(share.workDir, token);
}

function rendered(share: Share, actions: readonly ClusterAction[]): ReadonlyMap<string, RenderedJob> {
  const submits = actions.filter((action): action is Submit => action.kind === 'submit');
  return new Map(
    submits.flatMap(({ token }) => {
      const spec = share.specs.get(token);
      if (!spec) return [];
      const { cluster, manager } = share.agent;
      return [[token, renderJob(spec, cluster, manager, token, directoriesFor(share, token))] as const];
    }),
  );
}

function claimText(context: Context, share: Share, token: string): string {
  const attempt = context.store.attempts.byToken(token);
  const run = attempt && context.store.runs.byUuid(attempt.runUuid);
  const spec = share.specs.get(token);
  if (!attempt || !run || !spec) throw new Error(`${token} is to be claimed and was never committed`);
  return claimOf(context.installation, run, attempt, spec, directoriesFor(share, token));
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

function endUnsent(context: Context, uuid: string, attempt: number, message: string): void {
  const at = context.clock.now();
  context.store.attempts.patch(uuid, attempt, {
    state: 'ended',
    outcome: 'unsent',
    reason: 'ClusterUnreachable',
    message,
    endedAt: at,
  });
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
  for (const fault of report.faults) context.story({ level: 'warning', cluster, text: fault });
}

/** @returns whether anything calls for another look at once */
function recordReport(
  context: Context,
  share: Share,
  actions: readonly ClusterAction[],
  report: ExchangeReport,
): boolean {
  let again = false;
  context.store.transaction(() => {
    const done = new Set<string>();
    for (const action of actions) {
      const said = report.tokens.get(action.token);
      if (!said || done.has(action.token)) continue;
      done.add(action.token);
      again = recordToken(context, share, action, said, fenceOf(actions, action.token)) || again;
    }
  });
  return again;
}

function fenceOf(actions: readonly ClusterAction[], token: string): Fence | undefined {
  return actions.find((action): action is Fence => action.kind === 'fence' && action.token === token);
}

function recordToken(
  context: Context,
  share: Share,
  action: ClusterAction,
  said: TokenReport,
  fence: Fence | undefined,
): boolean {
  const { store, clock } = context;
  const { cluster, manager } = share.agent;
  for (const note of said.notes)
    context.story({ level: 'detail', job: action.name, cluster: cluster.name, text: note });
  const patch = (change: AttemptPatch): boolean => store.attempts.patch(action.uuid, action.attempt, change);
  if (said.settled) {
    patch({ settledAt: clock.now() });
    return false;
  }
  if (said.cleaned) {
    patch({ cleanedAt: clock.now() });
    return false;
  }
  if (fence && said.fenced) {
    const { outcome, reason, message } = fence;
    patch({ state: 'ended', outcome, reason, message, endedAt: clock.now() });
    return true;
  }
  if (fence) return false;
  if (said.refusal) {
    const read = manager.readRefusal(said.refusal.exitCode, said.refusal.text);
    // Words that leave open what the controller did: the next pass looks it up.
    if (read.reason === 'SubmissionUnknown') return false;
    patch({
      state: 'ended',
      outcome: 'refused',
      reason: read.reason,
      message: read.message,
      endedAt: clock.now(),
    });
    store.runs.update(action.uuid, {
      phase: 'Pending',
      reason: read.reason,
      message: `${cluster.name} refused it: ${read.message}`,
    });
    context.story({
      level: 'warning',
      job: action.name,
      cluster: cluster.name,
      text: `refused: ${read.message}`,
    });
    return !read.transient;
  }
  if (said.jobId !== undefined) {
    patch({
      state: 'submitted',
      jobId: said.jobId,
      submittedAt: clock.now(),
      ...directoriesFor(share, action.token),
    });
    const message = `job ${said.jobId} waits on ${cluster.name}`;
    store.runs.update(action.uuid, { phase: 'Queued', reason: 'WaitingInQueue', message });
    context.story({
      level: 'info',
      job: action.name,
      cluster: cluster.name,
      text: `submitted as job ${said.jobId}`,
    });
    return false;
  }
  if (said.stepping) {
    patch({ state: 'stepping', ...directoriesFor(share, action.token) });
    const message = `requirements and compilation run on ${cluster.name}`;
    store.runs.update(action.uuid, { phase: 'Preparing', reason: 'StepsRunning', message });
    return false;
  }
  if (said.placed) patch({ state: 'placed', ...directoriesFor(share, action.token) });
  return false;
}
