/**
 * The plan of a pass: facts in, actions out. Pure; on the same facts it is the same plan, and `sluice plan` prints what
 * `sluice reconcile` then does. Reads as a table of contents: wanted and new, wanted and known, no longer wanted.
 */
import type { Accept, Action, Plan, Renamed } from '../model/action.js';
import type { JobSpec } from '../model/job.js';
import type { ClusterObservation } from '../model/observation.js';
import { type Attempt, isEnded, type Condition, type Run, type RunRecord } from '../model/run.js';
import { planAttempt } from './attempt.js';
import { candidatesOf } from './choose.js';
import { planEnded, nextAttempt, settleOnly } from './ended.js';
import { type Facts, type SettledRun, siteKey, type Wanted } from './facts.js';
import { endsForDeletion, guardOf, renamedOf } from './guard.js';
import { asksForOther, endForEdit, isToBeReplaced, nextOf } from './replace.js';
import {
  currentSpec,
  isNotYetAsked,
  mark,
  onCluster,
  type Planning,
  type RunSituation,
  siteOf,
  specForNext,
  taskCount,
  wait,
} from './situation.js';
import { notSupportedYet } from './supported.js';

export function planPass(facts: Facts): Plan {
  const asks = new Set<string>();
  const awaits = new Set<string>();
  const planning: Planning = { facts, ...sharing(facts, asks, awaits) };
  const actions: Action[] = [];
  const guard = guardOf(facts);
  const renamed: Renamed[] = [];
  let unchanged = 0;
  const wantedLive = new Set<string>();
  for (const wanted of facts.wanted) {
    const live = facts.live.get(wanted.uuid);
    const settled = facts.settled.get(wanted.uuid);
    if (live) wantedLive.add(wanted.uuid);
    if (facts.underWay.has(wanted.uuid)) {
      unchanged += 1;
      continue;
    }
    const isKnown = live !== undefined || settled !== undefined;
    const looksRenamed = isKnown ? undefined : renamedOf(facts, wanted);
    if (looksRenamed) {
      renamed.push(looksRenamed);
      continue;
    }
    const found = live
      ? planLive(planning, live, wanted)
      : settled
        ? planSettled(planning, settled, wanted)
        : guard.holdsNew
          ? []
          : planNew(planning, wanted);
    if (found.length === 0) unchanged += 1;
    actions.push(...found);
  }
  for (const [uuid, record] of facts.live) {
    if (wantedLive.has(uuid) || facts.underWay.has(uuid)) continue;
    const ends = !guard.holdsDeletions && endsForDeletion(facts, record);
    actions.push(...(ends ? planDeleted(planning, record) : planLive(planning, record, undefined)));
  }
  for (const record of facts.cleanable) actions.push(...planCleaning(planning, record));
  const { held } = guard;
  return {
    actions,
    unchanged,
    asks: [...asks],
    ...(awaits.size > 0 ? { awaits: [...awaits] } : {}),
    ...(held ? { held } : {}),
    ...(renamed.length > 0 ? { renamed } : {}),
  };
}

/** Its manifest is gone, and said that this ends it. */
function planDeleted(planning: Planning, { run, attempts }: RunRecord): readonly Action[] {
  const { uuid, name, run: which } = run;
  const why = 'its manifest is gone, and said on_delete: cancel';
  const ending: Run = { ...run, cancelRequested: true, cancelCause: 'deletion' };
  return [
    { kind: 'cancel', uuid, name, run: which, cause: 'deletion', why },
    ...planLive(planning, { run: ending, attempts }, undefined),
  ];
}

/** A job that nobody has seen: it becomes a run, and goes on in the same pass. */
function planNew(planning: Planning, wanted: Wanted): readonly Action[] {
  const spec = wanted.spec();
  const accept = acceptance(planning.facts, wanted, spec, 'its manifest is new');
  return [accept, ...planUnstarted(planning, accept, wanted, { attempts: [] })];
}

function planUnstarted(
  planning: Planning,
  accept: Accept,
  wanted: Wanted,
  { attempts, run: known }: Pick<RunRecord, 'attempts'> & Partial<RunRecord>,
): readonly Action[] {
  const record: RunRecord = { run: runOf(planning.facts, accept, wanted, known), attempts };
  const s: RunSituation = {
    planning,
    record,
    spec: accept.spec,
    specForNext: accept.spec,
    conditions: [],
  };
  const unsupported = notSupportedYet(accept.spec);
  if (unsupported !== undefined) return [mark(s, 'hold', 'Blocked', 'NotSupportedYet', unsupported)];
  return nextAttempt(s);
}

function acceptance(facts: Facts, wanted: Wanted, spec: JobSpec, why: string): Accept {
  const { uuid, name, run, generation, hash, manifestFile, commit } = wanted;
  return {
    kind: 'accept',
    uuid,
    name,
    run,
    generation,
    hash,
    manifestFile,
    ...(commit === undefined ? {} : { commit: commit.id, author: commit.author }),
    spec,
    candidates: candidatesOf(spec, facts.inventory),
    why,
  };
}

/** Both or neither. */
function commitOf({ commit, author }: Accept): Pick<Run, 'commit' | 'author'> {
  return commit === undefined || author === undefined ? {} : { commit, author };
}

/** The run as the store will have it, so that the rest of the plan can be made on it. */
function runOf(facts: Facts, accept: Accept, wanted: Wanted, known: Run | undefined): Run {
  return {
    uuid: accept.uuid,
    name: accept.name,
    run: accept.run,
    generation: accept.generation,
    phase: 'Pending',
    reason: 'New',
    message: 'accepted',
    conditions: [],
    hash: accept.hash,
    candidates: accept.candidates,
    specJson: '',
    manifestFile: wanted.manifestFile,
    ...commitOf(accept),
    cancelRequested: false,
    suspendRequested: known?.suspendRequested ?? false,
    createdAt: facts.now,
    updatedAt: facts.now,
  };
}

/** An edited manifest asks for another generation of what has ended. */
function planNext(planning: Planning, before: Pick<SettledRun, 'generation'>, wanted: Wanted) {
  const next = nextOf(planning.facts, before.generation, wanted);
  if (next === undefined) return [];
  const why = `its manifest changed and says on_edit: replace: generation ${next.generation}`;
  const accept = acceptance(planning.facts, next, next.spec(), why);
  return [accept, ...planUnstarted(planning, accept, next, { attempts: [] })];
}

/** Over: a changed manifest is told, and does nothing unless it says so. */
function planSettled(planning: Planning, settled: SettledRun, wanted: Wanted): readonly Action[] {
  if (isToBeReplaced(settled, wanted)) return planNext(planning, settled, wanted);
  const outOfSync = settled.hash !== wanted.hash;
  if (outOfSync === settled.outOfSync) return [];
  return [
    {
      kind: 'sync',
      uuid: settled.uuid,
      name: settled.name,
      run: settled.run,
      outOfSync,
      why: syncReason(outOfSync),
    },
  ];
}

function syncReason(outOfSync: boolean): string {
  return outOfSync
    ? 'its manifest changed after it was submitted; give it another `run:`, or `on_edit: replace`, to run it anew'
    : 'its manifest says again what was run';
}

function planLive(planning: Planning, record: RunRecord, wanted: Wanted | undefined): readonly Action[] {
  const { run, attempts } = record;
  const changed = wanted !== undefined && wanted.hash !== run.hash;
  const nothingSent = attempts.every((attempt) => attempt.outcome === 'unsent');
  if (wanted && nothingSent && !run.cancelRequested && !isEnded(run.phase)) {
    const edited = changed || goesElsewhere(planning.facts, run, wanted);
    if (edited && !mayBeHeld(planning, run, wanted)) return planEdited(planning, wanted, record);
  }
  if (
    wanted &&
    isEnded(run.phase) &&
    isToBeReplaced({ hash: run.hash, isReplaced: wasReplaced(run) }, wanted)
  )
    return [...planOver(planning, record, wanted), ...planNext(planning, run, wanted)];
  if (wanted && endsForEdit(planning, run, wanted)) {
    const ending: Run = { ...run, cancelRequested: true, cancelCause: 'edit' };
    return [endForEdit(run), ...planLive(planning, { run: ending, attempts }, wanted)];
  }
  return planGoing(planning, record, wanted, changed);
}

/** Its cluster is told, and what it comes to there. */
function planOver(planning: Planning, record: RunRecord, wanted: Wanted): readonly Action[] {
  const [spec, next] = [currentSpec(record, wanted), specForNext(record, wanted)];
  return settleOnly({ planning, record, spec, specForNext: next, conditions: [] });
}

function wasReplaced({ phase, cancelCause }: Run): boolean {
  return phase === 'Cancelled' && cancelCause === 'edit';
}

function endsForEdit(planning: Planning, run: Run, wanted: Wanted): boolean {
  if (run.cancelRequested || isEnded(run.phase) || wanted.onEdit !== 'replace') return false;
  return asksForOther(run.hash, wanted) && !mayBeHeld(planning, run, wanted);
}

function planGoing(
  planning: Planning,
  record: RunRecord,
  wanted: Wanted | undefined,
  changed: boolean,
): readonly Action[] {
  const { run } = record;
  const conditions: Condition[] = [];
  if (changed) conditions.push('OutOfSync');
  if (wanted?.suspend === true || run.suspendRequested) conditions.push('Suspended');
  const s: RunSituation = {
    planning,
    record,
    spec: currentSpec(record, wanted),
    specForNext: specForNext(record, wanted),
    conditions,
  };
  return [...keepWord(run, wanted), ...withSync(s, planRun(s))];
}

/** Where it may go is no part of the hash. What staging modules said of it stands, as long as the manifest says the same. */
function goesElsewhere({ inventory }: Facts, run: Run, wanted: Wanted): boolean {
  const candidates = candidatesOf(wanted.spec(), inventory).join();
  if (run.staged === undefined) return candidates !== run.candidates.join();
  // Written by us.
  const [kept, staged] = [run.specJson, run.staged.specJson].map((json) => JSON.parse(json) as JobSpec);
  if (kept === undefined || staged === undefined) return true;
  if (candidates !== candidatesOf(kept, inventory).join()) return true;
  return candidatesOf(staged, inventory).join() !== run.candidates.join();
}

/** After a loss of memory: until an old candidate was asked, it stays one, whatever the manifest says now. */
function mayBeHeld({ view }: Planning, run: Run, wanted: Wanted): boolean {
  const { site } = view(wanted.spec().login);
  return run.candidates.some((name) => site(name)?.recalled === false);
}

/** Edited before anything was sent anywhere: the new word counts. */
function planEdited(planning: Planning, wanted: Wanted, record: RunRecord): readonly Action[] {
  const spec = wanted.spec();
  const accept = acceptance(planning.facts, wanted, spec, 'its manifest changed before it was submitted');
  return [accept, ...planUnstarted(planning, accept, wanted, record)];
}

function planRun(s: RunSituation): readonly Action[] {
  const last = s.record.attempts.at(-1);
  if (isEnded(s.record.run.phase)) return settleOnly(s);
  if (!last) {
    const unsupported = notSupportedYet(s.spec);
    if (unsupported !== undefined && !s.record.run.cancelRequested) {
      return [mark(s, 'hold', 'Blocked', 'NotSupportedYet', unsupported)];
    }
    return nextAttempt(s);
  }
  if (last.state === 'ended') return planEnded(s);
  const actions = planLast(s, last);
  // What became of those before it may be known only now.
  const told = new Set(actions.flatMap((action) => (action.kind === 'settle' ? [action.token] : [])));
  return [...settleOnly(s).filter(({ token }) => !told.has(token)), ...actions];
}

/** The attempt that may be live. */
function planLast(s: RunSituation, last: Attempt): readonly Action[] {
  const cluster = siteOf(s, last.cluster);
  if (!cluster) {
    const message = `${last.cluster} holds it and is not in the inventory any more; put it back in clusters.yaml`;
    return [mark(s, 'wait', s.record.run.phase, 'ClusterUnreachable', message, { conditions: ['Lost'] })];
  }
  if (isNotYetAsked(s, last.cluster)) return [];
  if (cluster.reach.kind !== 'reached') {
    const { reach } = cluster;
    if (reach.kind === 'not-asked') s.planning.view(s.spec.login).ask(last.cluster);
    const [reason, why] =
      reach.kind === 'unreachable'
        ? [reach.reason, reach.why]
        : (['ClusterUnreachable', 'was not asked'] as const);
    return [wait(s, reason, `${last.cluster} may hold it: ${why}`, ['Lost'])];
  }
  const { observation } = cluster.reach;
  return planAttempt({
    ...s,
    attempt: last,
    cluster,
    observation,
    claim: observation.claims.get(last.token),
  });
}

/** Retention is over: only what the ledger has, and only on a cluster that answers. */
function planCleaning(planning: Planning, record: RunRecord): readonly Action[] {
  const spec = currentSpec(record, undefined);
  const s: RunSituation = { planning, record, spec, specForNext: spec, conditions: [] };
  return record.attempts.flatMap((attempt) => {
    const reach = siteOf(s, attempt.cluster)?.reach;
    // It is in no hurry.
    if (reach?.kind === 'not-asked' && reach.lately !== true)
      planning.view(s.spec.login).ask(attempt.cluster);
    if (reach?.kind !== 'reached') return [];
    return [
      {
        kind: 'clean' as const,
        ...onCluster(s, attempt),
        why: 'its results are here and its retention is over',
      },
    ];
  });
}

/** No hash covers what is to become of a run when its manifest is gone, and then nobody is there to say. */
function keepWord({ uuid, name, run, phase, specJson }: Run, wanted: Wanted | undefined): readonly Action[] {
  if (!wanted || isEnded(phase)) return [];
  // Written by us.
  const { onDelete } = JSON.parse(specJson) as JobSpec;
  if (onDelete === wanted.onDelete) return [];
  const why = `its manifest says on_delete: ${wanted.onDelete} from now on`;
  return [{ kind: 'keep', uuid, name, run, onDelete: wanted.onDelete, why }];
}

/** A changed manifest is told even where nothing else is to be said. */
function withSync(s: RunSituation, actions: readonly Action[]): readonly Action[] {
  const outOfSync = s.conditions.includes('OutOfSync');
  if (outOfSync === s.record.run.conditions.includes('OutOfSync')) return actions;
  if (actions.some((action) => 'conditions' in action)) return actions;
  const { uuid, name, run } = s.record.run;
  return [...actions, { kind: 'sync', uuid, name, run, outOfSync, why: syncReason(outOfSync) }];
}

/** What the runs of a pass share: room in the queues, whom the plan still has to ask, and whom it waits for. */
function sharing(facts: Facts, asks: Set<string>, awaits: Set<string>): Pick<Planning, 'view' | 'take'> {
  const taken = new Map<string, number>();
  const take = (site: string, jobs: number): void => void taken.set(site, (taken.get(site) ?? 0) + jobs);
  for (const [site, { reach, cluster }] of facts.sites) {
    if (reach.kind === 'reached' && cluster.maxJobs !== undefined) take(site, jobsInQueue(reach.observation));
  }
  if (taken.size > 0) for (const record of facts.live.values()) takeOnItsWay(facts, record, take);
  const room = (site: string): number =>
    (facts.sites.get(site)?.cluster.maxJobs ?? Infinity) - (taken.get(site) ?? 0);
  return {
    view: (login) => ({
      site: (name) => facts.sites.get(siteKey(facts.inventory, name, login)),
      room: (name) => room(siteKey(facts.inventory, name, login)),
      ask: (name) => void asks.add(siteKey(facts.inventory, name, login)),
      await: (name) => void awaits.add(siteKey(facts.inventory, name, login)),
    }),
    take,
  };
}

/** What is being prepared has its room in the queue already: when its steps are done it is not asked again. */
function takeOnItsWay(facts: Facts, { run, attempts }: RunRecord, take: Planning['take']): void {
  const last = attempts.at(-1);
  if (!last || last.state === 'ended' || last.jobId !== undefined) return;
  const spec = currentSpec({ run, attempts }, undefined);
  const site = siteKey(facts.inventory, last.cluster, spec.login);
  const reach = facts.sites.get(site)?.reach;
  const queue = reach?.kind === 'reached' ? reach.observation.queue : undefined;
  const isShown = queue?.kind === 'answered' && queue.value.some((row) => row.name === last.token);
  if (!isShown) take(site, taskCount(spec, last.cluster));
}

/** The cap counts the user's other jobs too. */
function jobsInQueue(observation: ClusterObservation): number {
  if (observation.queue.kind !== 'answered') return 0;
  const live = observation.queue.value.filter((row) => !row.ended);
  return live.reduce((sum, row) => sum + Math.max(1, row.tasks.length), 0);
}
