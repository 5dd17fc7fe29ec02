/** What an exchange's frames say was done, committed. What they do not say stays unknown: the next pass looks it up. */
import type { Fence } from '../../model/action.js';
import type { AttemptPatch } from '../../store/attempts.js';
import type { Context } from '../context.js';
import type { ClusterAction, ExchangeReport, TokenReport } from './exchange.js';
import { directoriesOf } from './materials.js';
import type { Share } from './share.js';

/** @returns whether anything calls for another look at once */
export function recordReport(
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
    // Once more, where the run has ended since.
    const before = store.attempts.get(action.uuid, action.attempt)?.settledAt;
    patch({ settledAt: before ?? clock.now() });
    return false;
  }
  if (said.cleaned) {
    patch({ cleanedAt: clock.now() });
    return false;
  }
  if (fence && said.fenced) {
    const { outcome, reason, message } = fence;
    patch({ state: 'ended', outcome, reason, message, endedAt: clock.now() });
    if (outcome === 'refused' || outcome === 'superseded')
      context.story({ level: 'warning', job: action.name, cluster: cluster.name, text: message });
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
      ...directoriesOf(share.workDir, action.token),
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
    recordStepping(context, share, action);
    return false;
  }
  if (said.placed) patch({ state: 'placed', ...directoriesOf(share.workDir, action.token) });
  return false;
}

function recordStepping({ store }: Context, share: Share, { uuid, attempt, token }: ClusterAction): void {
  const { name } = share.agent.cluster;
  const reason = 'StepsRunning';
  if (store.attempts.get(uuid, attempt)?.state === 'ended') {
    const message = `postprocessing modules run on ${name}`;
    store.runs.update(uuid, { phase: 'Postprocessing', reason, message });
    return;
  }
  store.attempts.patch(uuid, attempt, { state: 'stepping', ...directoriesOf(share.workDir, token) });
  store.runs.update(uuid, { phase: 'Preparing', reason, message: `its steps run on ${name}` });
}
