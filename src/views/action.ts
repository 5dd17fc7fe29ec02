/** One action of a plan as machines get it. */
import { isChange, type Action } from '../model/action.js';
import { toUserInput } from '../manifest/user-input.js';

export type ActionView = Readonly<Record<string, unknown>>;

/** @param script the rendered script, where the plan shows scripts and this action submits one */
export function toAction(action: Action, script?: string): ActionView {
  return {
    kind: action.kind,
    name: action.name,
    run: action.run,
    job_uuid: action.uuid,
    change: isChange(action),
    why: action.why,
    ...('token' in action ? { cluster: action.cluster, attempt: action.attempt, token: action.token } : {}),
    ...details(action),
    ...(script === undefined ? {} : { script }),
  };
}

function owedIn({ isOwed }: Extract<Action, { kind: 'sync' }>): ActionView {
  return isOwed === undefined ? {} : { owed: isOwed };
}

function details(action: Action): ActionView {
  switch (action.kind) {
    case 'accept':
      return {
        generation: action.generation,
        hash: action.hash,
        candidates: action.candidates,
        manifest: action.manifestFile,
        commit: action.commit ?? null,
        author: action.author ?? null,
        user_input: toUserInput(action.spec),
      };
    case 'keep':
      return { on_delete: action.onDelete };
    case 'cancel':
      return { cause: action.cause };
    case 'stage':
      return {
        fresh: action.fresh,
        resume: action.resume,
        choices: action.choices,
        tasks: action.tasks ?? null,
      };
    case 'adopt':
      return { job_id: action.jobId };
    case 'fence':
      return {
        outcome: action.outcome,
        reason: action.reason,
        message: action.message,
        job_id: action.jobId ?? null,
      };
    case 'conclude':
      return {
        outcome: action.outcome,
        reason: action.reason,
        message: action.message,
        task_states: action.taskStates,
      };
    case 'fetch':
      return { then: action.then ?? null };
    case 'lost':
      return { lost: action.isLost };
    case 'cede':
      return { message: action.message };
    case 'sync':
      return { out_of_sync: action.outOfSync, waiting: action.isWaiting, ...owedIn(action) };
    case 'manifest':
      return { manifest_there: action.isThere };
    case 'rename':
      return { from: action.from };
    case 'progress':
    case 'wait':
    case 'hold':
    case 'finish':
      return {
        phase: action.phase,
        reason: action.reason,
        message: action.message,
        conditions: action.conditions,
      };
    case 'settle':
      return action.jobId === undefined ? {} : { job_id: action.jobId };
    case 'modules':
      return { modules: action.modules, provisional: true };
    case 'bring':
      return { cluster: action.cluster, url: action.url };
    case 'steps':
    case 'review':
      return { when: action.when };
    case 'halt':
      return { job_id: action.jobId };
    case 'submit':
    case 'clean':
    case 'forget':
      return {};
  }
}
