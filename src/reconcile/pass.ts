/** One pass: what is wanted, what is known, what the clusters show; a plan; what the plan says. */
import type { Plan } from '../model/action.js';
import type { JobSpec, Problem } from '../model/job.js';
import { isEnded, type Run } from '../model/run.js';
import type { Facts, Wanted } from '../plan/facts.js';
import { planPass } from '../plan/plan.js';
import { currentSpec } from '../plan/situation.js';
import { type Context, type Manner, THOROUGHLY } from './context.js';
import type { Scope } from './gather.js';
import type { RunStanding } from './report.js';
import { standingsOf } from './standings.js';
import { Survey } from './survey.js';

export interface Prepared {
  readonly plan: Plan;
  readonly facts: Facts;
  readonly problems: readonly Problem[];
  readonly remember: () => void;
  readonly complete: boolean;
  /** Another pass has more to go by when this settles; it never rejects. */
  readonly late?: Promise<void>;
  /** Epoch milliseconds at which there is something to do again, as far as is known now; Infinity: nobody says when. */
  readonly nextLookAt: () => number;
}

/** How long a pass waits for a source that is elsewhere. */
const PATIENCE_MS = 5_000;

export interface Passed extends Prepared {
  readonly standings: readonly RunStanding[];
  readonly failed: readonly string[];
  readonly again: boolean;
  /** Runs on whose clusters work goes on behind the pass, as they stood before it. */
  readonly left: ReadonlyMap<string, Run>;
}

/**
 * Observes and plans; changes nothing, here or on a cluster, but for what is remembered of them.
 * @param sourcesMs how long it waits for sources that are elsewhere
 */
export async function prepare(
  context: Context,
  scope: Scope,
  manner: Manner = THOROUGHLY,
  sourcesMs = PATIENCE_MS,
): Promise<Prepared> {
  context.lanes.throwFailure();
  const desired = await context.desired(sourcesMs);
  const survey = new Survey(context, desired, scope, manner);
  await survey.begin();
  for (;;) {
    const facts = survey.facts();
    const plan = planPass(facts);
    if (plan.asks.length > 0) {
      await survey.ask(plan.asks);
      continue;
    }
    survey.end();
    return {
      plan,
      facts,
      problems: scope ? desired.problems.filter((problem) => scope(problem.file)) : desired.problems,
      remember: desired.remember,
      complete: desired.complete,
      nextLookAt: () => survey.nextLookAt(plan.awaits),
      ...(desired.late === undefined ? {} : { late: desired.late }),
    };
  }
}

/** @param left those of the pass before */
export async function runPass(
  context: Context,
  scope: Scope,
  manner: Manner = THOROUGHLY,
  left: Passed['left'] = new Map(),
): Promise<Passed> {
  const prepared = await prepare(context, scope, manner);
  prepared.remember();
  const { facts, plan } = prepared;
  if (scope === undefined) keepWaiting(context, plan, facts);
  const before = new Map([...[...facts.live].map(([uuid, { run }]) => [uuid, run] as const), ...left]);
  const again = await carryOut(context, plan, facts, manner);
  const standings = standingsOf(context, plan, before);
  const failed = standings.filter(
    (each) => each.phase === 'Failed' && before.get(each.uuid)?.phase !== 'Failed',
  );
  const isFree = setsFree(standings, before);
  const going = [...context.lanes.underWay].flatMap((uuid) => {
    const run = before.get(uuid) ?? context.store.runs.byUuid(uuid);
    return run ? [[uuid, run] as const] : [];
  });
  return {
    ...prepared,
    standings,
    failed: failed.map((each) => each.name),
    again: again || isFree,
    ...(isFree ? { nextLookAt: () => context.clock.now() } : {}),
    left: new Map(going),
  };
}

/** Of what a limited pass leaves undone only a part could be told. What an exchange goes on for was not planned at all. */
function keepWaiting(
  { store, story }: Context,
  { waiting, granted = [] }: Plan,
  { underWay, live }: Facts,
): void {
  const unplanned = new Set([...underWay].flatMap((uuid) => live.get(uuid)?.run.name ?? []));
  const kept = unplanned.size === 0 ? [] : store.waiting.all().filter(({ name }) => unplanned.has(name));
  for (const uuid of granted) store.approvals.add(uuid, 'approved with others', {});
  for (const { name, message } of store.waiting.replace([...waiting, ...kept]))
    story({ level: 'warning', text: `waits: ${message}`, ...(name === '' ? {} : { job: name }) });
}

/** What carries a plan out, with its archives, is loaded when there is something to do. */
async function carryOut(
  context: Context,
  plan: Plan,
  facts: Facts,
  { patienceMs }: Manner,
): Promise<boolean> {
  if (plan.actions.length === 0) return false;
  const { apply } = await import('./apply/index.js');
  const { again } = await apply(context, plan, facts, specFinder(context, facts), patienceMs);
  return again;
}

/** A run has ended, and others waited for one: they need not wait for the next look. */
function setsFree(standings: readonly RunStanding[], before: ReadonlyMap<string, Run>): boolean {
  return (
    standings.some(({ reason }) => reason === 'DependencyPending') &&
    standings.some(({ uuid, phase }) => isEnded(phase) && !isEnded(before.get(uuid)?.phase ?? 'Pending'))
  );
}

function specFinder(context: Context, facts: Facts): (uuid: string) => JobSpec {
  let wanted: ReadonlyMap<string, Wanted> | undefined;
  const found = new Map<string, JobSpec>();
  return (uuid) => {
    const known = found.get(uuid);
    if (known) return known;
    const record = context.store.records.byUuid(uuid);
    if (!record) throw new Error(`run ${uuid} is in the plan and not in the state`);
    wanted ??= new Map(facts.wanted.map((each) => [each.uuid, each]));
    const spec = currentSpec(record, wanted.get(uuid));
    found.set(uuid, spec);
    return spec;
  };
}
