/** A plan as text: what a person reads before saying yes. */
import { isChange, type Action, type ActionKind, type Plan } from '../../model/action.js';
import { groupBy } from '../../model/group.js';
import { safeLine, safeText } from './safe.js';
import type { Paint } from './terminal.js';
import { count } from './time.js';

interface Word {
  readonly symbol: string;
  readonly verb: string;
  readonly colour: 'green' | 'red' | 'yellow' | 'cyan' | 'dim';
}

/** `+` begins something, `-` ends or removes it, `~` corrects our record, `<` brings home, `.` nothing is done, `!` waits for a person. */
const WORDS: Readonly<Record<ActionKind, Word>> = {
  accept: { symbol: '+', verb: 'accept', colour: 'green' },
  stage: { symbol: '+', verb: 'stage', colour: 'green' },
  cancel: { symbol: '-', verb: 'cancel', colour: 'red' },
  modules: { symbol: '+', verb: 'modules', colour: 'green' },
  bring: { symbol: '+', verb: 'bring', colour: 'green' },
  steps: { symbol: '+', verb: 'prepare', colour: 'green' },
  review: { symbol: '<', verb: 'review', colour: 'cyan' },
  submit: { symbol: '+', verb: 'submit', colour: 'green' },
  adopt: { symbol: '~', verb: 'adopt', colour: 'yellow' },
  halt: { symbol: '-', verb: 'halt', colour: 'red' },
  fence: { symbol: '-', verb: 'fence', colour: 'red' },
  conclude: { symbol: '~', verb: 'conclude', colour: 'yellow' },
  fetch: { symbol: '<', verb: 'fetch', colour: 'cyan' },
  settle: { symbol: '~', verb: 'settle', colour: 'yellow' },
  clean: { symbol: '-', verb: 'clean', colour: 'red' },
  finish: { symbol: '~', verb: 'finish', colour: 'yellow' },
  lost: { symbol: '.', verb: 'note', colour: 'dim' },
  cede: { symbol: '~', verb: 'cede', colour: 'yellow' },
  keep: { symbol: '.', verb: 'note', colour: 'dim' },
  sync: { symbol: '.', verb: 'note', colour: 'dim' },
  manifest: { symbol: '.', verb: 'note', colour: 'dim' },
  rename: { symbol: '~', verb: 'rename', colour: 'yellow' },
  forget: { symbol: '-', verb: 'forget', colour: 'red' },
  progress: { symbol: '.', verb: 'follow', colour: 'dim' },
  wait: { symbol: '.', verb: 'wait', colour: 'dim' },
  hold: { symbol: '!', verb: 'hold', colour: 'red' },
};

export interface PlanTextOptions {
  readonly paint: Paint;
  /** By token; given with `--script`. */
  readonly scripts?: ReadonlyMap<string, string>;
}

/** The actions, grouped by job in the order of the plan, each group under the job's name. */
export function planText(plan: Plan, { paint, scripts }: PlanTextOptions): string {
  const groups = groupBy(plan.actions, (action) => action.uuid);
  const lines = [...groups.values()].flatMap((actions) => [
    ...groupHead(actions, paint),
    ...actions.flatMap((action) => actionLines(action, paint, scripts)),
  ]);
  return lines.map((line) => `${line}\n`).join('');
}

/** `5 actions for 2 jobs; 7 runs unchanged.`, or without the latter where there are none. */
export function planSummary(plan: Plan): string {
  const changes = plan.actions.filter(isChange);
  const jobs = new Set(changes.map((action) => action.uuid)).size;
  const what =
    changes.length === 0 ? 'Nothing to do' : `${count(changes.length, 'action')} for ${count(jobs, 'job')}`;
  return `${what}${plan.unchanged === 0 ? '' : `; ${count(plan.unchanged, 'run')} unchanged`}.`;
}

export function pendingChanges(plan: Plan): number {
  return plan.actions.filter(isChange).length;
}

function groupHead(actions: readonly Action[], paint: Paint): string[] {
  const [first] = actions;
  if (first === undefined) return [];
  return [`${paint.bold(first.name)}${first.run === '1' ? '' : ` (run ${first.run})`}`];
}

function actionLines(action: Action, paint: Paint, scripts: PlanTextOptions['scripts']): string[] {
  const { symbol, verb, colour } = WORDS[action.kind];
  const where = 'cluster' in action ? ` -> ${action.cluster}` : '';
  const head = paint[colour](`  ${symbol} ${verb.padEnd(8)}${where}`);
  const script = action.kind === 'submit' ? scripts?.get(action.token) : undefined;
  return [
    `${head}  ${safeLine(reason(action))}`,
    ...(action.kind === 'stage' ? choiceLines(action.choices) : []),
    ...(script === undefined ? [] : scriptLines(script, paint)),
  ];
}

/** The reason, with what the action would come to where that says more. */
function reason(action: Action): string {
  switch (action.kind) {
    case 'accept':
      return `${action.why}; clusters in order: ${action.candidates.join(', ') || 'none'}`;
    case 'wait':
    case 'hold':
    case 'progress':
    case 'finish':
      return `${action.phase}/${action.reason}: ${action.message}`;
    case 'conclude':
    case 'fence':
      return `${action.outcome} (${action.reason}): ${action.message}`;
    case 'fetch':
      return `${action.why}${action.then === undefined ? '' : `; then ${action.then.phase}`}`;
    case 'cancel':
    case 'lost':
    case 'cede':
    case 'keep':
    case 'modules':
    case 'bring':
    case 'stage':
    case 'steps':
    case 'review':
    case 'halt':
    case 'submit':
    case 'adopt':
    case 'settle':
    case 'clean':
    case 'sync':
    case 'manifest':
    case 'rename':
    case 'forget':
      return action.why;
  }
}

function choiceLines(
  choices: readonly { readonly cluster: string; readonly chosen: boolean; readonly why: string }[],
): string[] {
  return choices.map(
    ({ cluster, chosen, why }) => `      ${cluster}: ${chosen ? 'chosen' : 'passed over'}, ${safeLine(why)}`,
  );
}

function scriptLines(script: string, paint: Paint): string[] {
  const lines = safeText(script.replace(/\n$/, '')).split('\n');
  return lines.map((line) => `${paint.dim('      |')} ${line}`);
}
