/** Actions that only our own record knows of: accepted, adopted, concluded, waiting, held, over. One transaction. */
import type { Action, Mark } from '../../model/action.js';
import type { Condition, Reason } from '../../model/run.js';
import type { Context } from '../context.js';

export function record(context: Context, actions: readonly Action[]): void {
  context.store.transaction(() => {
    for (const action of actions) recordOne(context, action);
  });
}

function recordOne(context: Context, action: Action): void {
  const { store } = context;
  switch (action.kind) {
    case 'accept':
      accept(context, action);
      return;
    case 'cancel':
      store.runs.requestCancel(action.uuid, action.why, { actor: 'manifest' }, action.cause);
      context.story({ level: 'info', job: action.name, text: action.why });
      return;
    case 'adopt':
      store.attempts.patch(
        action.uuid,
        action.attempt,
        { state: 'submitted', jobId: action.jobId, submittedAt: context.clock.now() },
        { detail: { adopted: true } },
      );
      context.story({
        level: 'info',
        job: action.name,
        cluster: action.cluster,
        text: `found as job ${action.jobId}`,
      });
      return;
    case 'conclude':
      store.attempts.patch(action.uuid, action.attempt, {
        state: 'ended',
        outcome: action.outcome,
        reason: action.reason,
        message: action.message,
        taskStates: action.taskStates,
        jobStatus: action.jobStatus,
        endedAt: context.clock.now(),
      });
      return;
    case 'sync':
      sync(context, action.uuid, action.outOfSync);
      return;
    case 'keep':
      store.runs.keepOnDelete(action.uuid, action.onDelete);
      return;
    case 'progress':
    case 'wait':
    case 'hold':
    case 'finish':
      recordMark(context, action);
      return;
    case 'modules': {
      const message = `staging modules run here: ${action.modules.join(', ')}`;
      store.runs.update(action.uuid, { phase: 'Staging', reason: 'ModulesRunning', message });
      return;
    }
    case 'bring': {
      const message = `${action.url} is fetched to this machine`;
      store.runs.update(action.uuid, { phase: 'Staging', reason: 'BringingFiles', message });
      return;
    }
    case 'stage':
    case 'steps':
    case 'review':
    case 'submit':
    case 'halt':
    case 'fence':
    case 'fetch':
    case 'settle':
    case 'clean':
      return;
  }
}

function accept(context: Context, action: Extract<Action, { kind: 'accept' }>): void {
  const { store } = context;
  const { uuid, name, run, generation, hash, manifestFile, candidates, commit, author } = action;
  const made = commit === undefined || author === undefined ? {} : { commit, author };
  const specJson = JSON.stringify(action.spec);
  if (store.runs.byUuid(uuid)) {
    store.runs.keepManifest(uuid, { specJson, manifestFile, hash, candidates, ...made });
    sync(context, uuid, false);
    return;
  }
  store.runs.create({
    ...{ uuid, name, run, generation, hash, manifestFile, candidates, specJson, ...made },
    phase: 'Pending',
    reason: 'Accepted',
    message: action.why,
    conditions: [],
  });
}

function recordMark(context: Context, action: Mark): void {
  const { store } = context;
  const { phase, reason, message, conditions, tasks } = action;
  const before = store.runs.byUuid(action.uuid);
  const changed = store.runs.update(action.uuid, { phase, reason, message, conditions });
  if (tasks)
    store.attempts.patch(action.uuid, tasks.attempt, {
      taskStates: tasks.states,
      jobStatus: tasks.jobStatus,
    });
  if (changed && before?.message !== message) {
    const level = action.kind === 'hold' ? 'warning' : 'info';
    context.story({ level, job: action.name, text: `${phase}: ${message}` });
  }
}

function sync(context: Context, uuid: string, outOfSync: boolean): void {
  const known = context.store.runs.byUuid(uuid);
  if (!known) return;
  const others = known.conditions.filter((condition) => condition !== 'OutOfSync');
  const conditions: readonly Condition[] = outOfSync ? [...others, 'OutOfSync'] : others;
  context.store.runs.update(uuid, { conditions });
}

/** Conditions that hold beyond a change of phase; the others are about what was waited for, which is over. */
export function lasting(conditions: readonly Condition[]): readonly Condition[] {
  return conditions.filter((condition) => condition === 'OutOfSync' || condition === 'Debt');
}

/** Nothing of it is on its cluster, and nothing will be: it counts for nothing. */
export function endUnsent(
  context: Context,
  uuid: string,
  attempt: number,
  message: string,
  reason: Reason = 'ClusterUnreachable',
): void {
  const endedAt = context.clock.now();
  context.store.attempts.patch(uuid, attempt, {
    state: 'ended',
    outcome: 'unsent',
    reason,
    message,
    endedAt,
  });
}
