/** Actions that only our own record knows of: accepted, adopted, concluded, waiting, held, over. One transaction. */
import { existsSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { Action, Mark } from '../../model/action.js';
import type { Condition, Reason, RunRecord } from '../../model/run.js';
import { type Context, messageOf } from '../context.js';

/** @param live the runs as the plan was made from them; nobody but us writes since */
export function record(context: Context, actions: readonly Action[], live: KnownRuns): void {
  context.store.transaction(() => {
    const known = onlyMarked(actions, live);
    for (const action of actions) recordOne(context, action, known);
  });
}

type KnownRuns = ReadonlyMap<string, RunRecord>;

/** Those of which a mark is all that is recorded: most stand as they stood in the pass before, and then nothing is written. */
function onlyMarked(actions: readonly Action[], live: KnownRuns): KnownRuns {
  const times = new Map<string, number>();
  for (const { uuid } of actions) times.set(uuid, (times.get(uuid) ?? 0) + 1);
  const known = new Map<string, RunRecord>();
  for (const action of actions) {
    const record = live.get(action.uuid);
    if (record && isMark(action) && times.get(action.uuid) === 1) known.set(action.uuid, record);
  }
  return known;
}

function isMark({ kind }: Action): boolean {
  return kind === 'progress' || kind === 'wait' || kind === 'hold';
}

function recordOne(context: Context, action: Action, known: KnownRuns): void {
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
    case 'lost':
    case 'cede':
      recordLoss(context, action);
      return;
    case 'sync':
      sync(context, action.uuid, action, action.why);
      return;
    case 'manifest':
    case 'rename':
    case 'forget':
      recordManifest(context, action);
      return;
    case 'keep':
      store.runs.keepOnDelete(action.uuid, action.onDelete);
      return;
    case 'progress':
    case 'wait':
    case 'hold':
    case 'finish':
      recordMark(context, action, known.get(action.uuid));
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

function recordManifest(
  context: Context,
  action: Extract<Action, { kind: 'manifest' | 'rename' | 'forget' }>,
): void {
  const { store, story } = context;
  const { uuid, name, why } = action;
  if (action.kind === 'manifest') {
    store.runs.setGone(uuid, !action.isThere, why);
    // That it may be ended was said of a manifest that was gone then.
    if (action.isThere) store.approvals.remove(uuid);
    return;
  }
  if (action.kind === 'rename') {
    if (moveResults(context, action)) store.outputs.move(action.from, ...foldersOf(context, action));
    store.runs.rename(action.from, name, why);
  } else store.runs.setForgotten(uuid, true, why, { actor: 'manifest' });
  story({ level: 'info', job: name, text: why });
}

function accept(context: Context, action: Extract<Action, { kind: 'accept' }>): void {
  const { store } = context;
  const { uuid, name, run, generation, hash, manifestFile, candidates, commit, author } = action;
  const made = commit === undefined || author === undefined ? {} : { commit, author };
  const specJson = JSON.stringify(action.spec);
  if (store.runs.byUuid(uuid)) {
    store.runs.keepManifest(uuid, { specJson, manifestFile, hash, candidates, ...made });
    sync(context, uuid, { outOfSync: false, isWaiting: false });
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

function recordMark(context: Context, action: Mark, known: RunRecord | undefined): void {
  if (known !== undefined && standsSo(known, action)) return;
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

/** Everything that the mark says is in the state. */
function standsSo(
  { run, attempts }: RunRecord,
  { phase, reason, message, conditions, tasks }: Mark,
): boolean {
  const isSame = run.phase === phase && run.reason === reason && run.message === message;
  if (!isSame || !isDeepStrictEqual(run.conditions, conditions)) return false;
  if (tasks === undefined) return true;
  const attempt = attempts.find(({ number }) => number === tasks.attempt);
  if (attempt === undefined) return false;
  const { taskStates, jobStatus } = attempt;
  return isDeepStrictEqual(taskStates, tasks.states) && isDeepStrictEqual(jobStatus, tasks.jobStatus);
}

function sync(
  context: Context,
  uuid: string,
  word: Pick<Extract<Action, { kind: 'sync' }>, 'outOfSync' | 'isWaiting' | 'isOwed'>,
  why?: string,
): void {
  const known = context.store.runs.byUuid(uuid);
  if (!known) return;
  const { outOfSync, isWaiting, isOwed = known.conditions.includes('Debt') } = word;
  const said: readonly Condition[] = ['OutOfSync', 'Blocked', 'Debt'];
  const others = known.conditions.filter((condition) => !said.includes(condition));
  const now: readonly Condition[] = [
    ...(outOfSync ? (['OutOfSync'] as const) : []),
    ...(isWaiting ? (['Blocked'] as const) : []),
    ...(isOwed ? (['Debt'] as const) : []),
  ];
  context.store.runs.update(uuid, { conditions: [...others, ...now] }, {}, why);
}

/** A debt is committed before the attempt that it is granted for. */
function recordLoss(context: Context, action: Extract<Action, { kind: 'lost' | 'cede' }>): void {
  const { store, clock } = context;
  const { uuid, attempt, why } = action;
  if (action.kind === 'lost') {
    store.attempts.patch(uuid, attempt, { lostSince: action.isLost ? clock.now() : undefined });
    return;
  }
  const owedSince = store.attempts.get(uuid, attempt)?.owedSince ?? clock.now();
  store.attempts.patch(uuid, attempt, { owedSince, message: action.message });
  const conditions = store.runs.byUuid(uuid)?.conditions ?? [];
  if (!conditions.includes('Debt')) store.runs.update(uuid, { conditions: [...lasting(conditions), 'Debt'] });
  context.story({ level: 'warning', job: action.name, cluster: action.cluster, text: why });
}

/** What came home under the earlier name is found under the new one. It stays where it is if that is taken. */
function moveResults(context: Context, action: RenameAction): boolean {
  const [before, after] = foldersOf(context, action);
  // It has moved already where the pass that did so was cut.
  if (!existsSync(before)) return existsSync(after);
  if (existsSync(after)) return false;
  try {
    renameSync(before, after);
    return true;
  } catch (error) {
    const text = `${before} stays where it is: ${messageOf(error)}`;
    context.story({ level: 'warning', job: action.name, text });
    return false;
  }
}

type RenameAction = Extract<Action, { kind: 'rename' }>;

function foldersOf({ outputs }: Context, { name, from }: RenameAction): readonly [string, string] {
  return [join(outputs, from), join(outputs, name)];
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
