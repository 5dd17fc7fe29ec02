/**
 * The plan of a pass: facts in, actions out. Pure; on the same facts it is the same plan, and `sluice plan` prints what
 * `sluice reconcile` then does. Reads as a table of contents: wanted and new, wanted and known, no longer wanted.
 */
import type { Accept, Action, Plan, Waiting } from '../model/action.js';
import type { JobSpec } from '../model/job.js';
import { type Attempt, isEnded, type Condition, isOwed, type Run, type RunRecord } from '../model/run.js';
import { planAttempt } from './attempt.js';
import { candidatesOf } from './choose.js';
import { planDebts } from './debts.js';
import { planEnded, nextAttempt, settleOnly } from './ended.js';
import { type Facts, type SettledRun, type Wanted } from './facts.js';
import { mayHaveGoneOn, planFound, planLost } from './failover.js';
import { type Guard, guardOf, ofDeletion, waitsAsRenamed } from './guard.js';
import {
  isOtherThanBefore,
  planLeaving,
  planRename,
  planReturn,
  renamedRecord,
  renamedRun,
  waitsForChange,
  waitsForLaterCommit,
} from './manifests.js';
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
import { sharing } from './sharing.js';
import { notSupportedYet } from './supported.js';

export function planPass(facts: Facts): Plan {
  const asks = new Set<string>();
  const awaits = new Set<string>();
  const guard = guardOf(facts);
  const waiting: Waiting[] = [...guard.waiting];
  const leave = (each: Waiting): void => void waiting.push(each);
  const planning: Planning = { facts, ...sharing(facts, asks, awaits), leave };
  const actions: Action[] = [];
  let unchanged = 0;
  for (const wanted of facts.wanted) {
    const found = facts.underWay.has(wanted.uuid) ? [] : planWanted(planning, wanted, guard);
    if (found.length === 0) unchanged += 1;
    actions.push(...found);
  }
  const wantedUuids = new Set(facts.wanted.map(({ uuid }) => uuid));
  for (const [uuid, record] of facts.live) {
    if (wantedUuids.has(uuid) || facts.underWay.has(uuid)) continue;
    actions.push(...planUnwanted(planning, record, guard));
  }
  actions.push(...planLeaving(facts));
  for (const record of facts.cleanable) actions.push(...planCleaning(planning, record));
  return {
    actions,
    unchanged,
    asks: [...asks],
    ...(awaits.size > 0 ? { awaits: [...awaits] } : {}),
    ...(guard.granted.length > 0 ? { granted: guard.granted } : {}),
    waiting,
  };
}

function planWanted(planning: Planning, wanted: Wanted, { holdsNew }: Guard): readonly Action[] {
  const { facts } = planning;
  const live = facts.live.get(wanted.uuid);
  const looksRenamed = live?.run.cancelRequested === true ? undefined : waitsAsRenamed(facts, wanted);
  if (looksRenamed) planning.leave(looksRenamed);
  if (live && looksRenamed) return [holdRenamed(planning, live, wanted, looksRenamed)];
  if (live) return [...planRename(wanted), ...planLive(planning, renamedRecord(live, wanted), wanted)];
  const settled = facts.settled.get(wanted.uuid);
  if (settled) return [...planRename(wanted), ...planSettled(planning, renamedRun(settled, wanted), wanted)];
  return looksRenamed || holdsNew || mayBeKnown(planning, wanted) ? [] : planNew(planning, wanted);
}

/** It was accepted before its clusters told that the work is known to them by another name. */
function holdRenamed(planning: Planning, record: RunRecord, wanted: Wanted, { message }: Waiting): Action {
  const [spec, next] = [currentSpec(record, wanted), specForNext(record, wanted)];
  const s: RunSituation = { planning, record, spec, specForNext: next, conditions: [] };
  return mark(s, 'hold', 'Blocked', 'LooksRenamed', message);
}

/** After a loss of memory: by its earlier name, until its candidates were asked. */
function mayBeKnown({ facts, view }: Planning, wanted: Wanted): boolean {
  if (wanted.previously === undefined) return false;
  const spec = wanted.spec();
  const { site, ask } = view(spec.login);
  const unasked = candidatesOf(spec, facts.inventory).filter((name) => site(name)?.recalled === false);
  for (const name of unasked) if (site(name)?.reach.kind === 'not-asked') ask(name);
  return unasked.length > 0;
}

/** It goes on, whatever its manifest was, unless that said another thing and is known to be gone. */
function planUnwanted(planning: Planning, record: RunRecord, guard: Guard): readonly Action[] {
  const { facts, leave } = planning;
  const { uuid, name, run } = record.run;
  const end = guard.holdsDeletions ? undefined : ofDeletion(facts, record);
  if (end === undefined) return planLive(planning, record, undefined);
  const what = `its manifest is gone, and said on_delete: ${end}`;
  if (facts.isStale(uuid)) {
    leave(waitsForLaterCommit(name, what));
    return planLive(planning, record, undefined);
  }
  if (end === 'orphan') return [{ kind: 'forget', uuid, name, run, why: `${what}: it is followed no more` }];
  const ending: Run = { ...record.run, cancelRequested: true, cancelCause: 'deletion' };
  return [
    { kind: 'cancel', uuid, name, run, cause: 'deletion', why: what },
    ...planLive(planning, { ...record, run: ending }, undefined),
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
    ...(known?.part === undefined ? {} : { part: known.part }),
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
  const { facts } = planning;
  const back = planReturn(facts, settled, wanted);
  const isWaiting = isOtherThanBefore(facts, settled, wanted);
  const change = waitsForChange(settled.name, settled.isForgotten ? 'followed no more' : undefined);
  if (isWaiting) planning.leave(change);
  else if (!settled.isForgotten && isToBeReplaced(settled, wanted)) {
    if (!facts.isStale(settled.uuid)) return [...back, ...planNext(planning, settled, wanted)];
    planning.leave(waitsForLaterCommit(settled.name, EDITED));
  }
  const outOfSync = settled.hash !== wanted.hash;
  if (outOfSync === settled.outOfSync && isWaiting === settled.isWaiting) return back;
  const { uuid, name, run } = settled;
  const why = isWaiting ? change.message : syncReason(outOfSync);
  return [...back, { kind: 'sync', uuid, name, run, outOfSync, isWaiting, why }];
}

const EDITED = 'its manifest changed and says on_edit: replace';

function syncReason(outOfSync: boolean): string {
  return outOfSync
    ? 'its manifest changed after it was submitted; give it another `run:`, or `on_edit: replace`, to run it anew'
    : 'its manifest says again what was run';
}

function debtReason(isOwing: boolean): string {
  return isOwing
    ? 'a cluster that was lost may hold an earlier attempt of it still'
    : 'nothing of its earlier attempts is left on a cluster that was lost';
}

function planLive(planning: Planning, record: RunRecord, wanted: Wanted | undefined): readonly Action[] {
  const { facts } = planning;
  const { run } = record;
  if (wanted === undefined) return planGoing(planning, record, wanted, 'as-before');
  const back = planReturn(facts, run, wanted);
  const change = changeOf(planning, record, wanted);
  if (isEnded(run.phase) && change !== 'waits' && isReplacedBy(run, wanted)) {
    const next = facts.isStale(run.uuid) ? [] : planNext(planning, run, wanted);
    if (next.length === 0 && facts.isStale(run.uuid)) planning.leave(waitsForLaterCommit(run.name, EDITED));
    return [...back, ...planOver(planning, record, wanted), ...next];
  }
  switch (change) {
    case 'taken':
      return [...thereAgain(facts, run), ...planEdited(planning, wanted, record)];
    case 'ends': {
      const ending: Run = { ...run, cancelRequested: true, cancelCause: 'edit' };
      return [...back, endForEdit(run), ...planGoing(planning, { ...record, run: ending }, wanted, 'told')];
    }
    case 'waits':
      planning.leave(waitsForChange(run.name, run.phase));
      break;
    case 'stale':
      planning.leave(waitsForLaterCommit(run.name, 'its manifest changed'));
      break;
    case 'told':
    case 'as-before':
  }
  return [...back, ...planGoing(planning, record, wanted, change)];
}

/**
 * What becomes of an edit: the new word counts (nothing was sent); the run ends for it; it waits for a word; it is from an
 * earlier commit; it is told and does nothing; or there is none.
 */
type Change = 'taken' | 'ends' | 'waits' | 'stale' | 'told' | 'as-before';

function changeOf(planning: Planning, { run, attempts }: RunRecord, wanted: Wanted): Change {
  const { facts } = planning;
  const differs = wanted.hash !== run.hash;
  const isOver = run.cancelRequested || isEnded(run.phase);
  const nothingSent = attempts.every((attempt) => attempt.outcome === 'unsent');
  const other: Change = differs ? 'told' : 'as-before';
  if (nothingSent && !isOver && !isOtherArray(run, wanted)) {
    if (!differs && !goesElsewhere(facts, run, wanted)) return other;
    if (mayBeHeld(planning, run, wanted)) return other;
    return facts.isStale(run.uuid) ? 'stale' : 'taken';
  }
  if (isOtherThanBefore(facts, run, wanted)) return 'waits';
  if (isOver || wanted.onEdit !== 'replace') return other;
  if (!asksForOther(run.hash, wanted) || mayBeHeld(planning, run, wanted)) return other;
  return facts.isStale(run.uuid) ? 'stale' : 'ends';
}

/** Only some tasks of its array run again, and the manifest asks for another array now. */
function isOtherArray({ part, candidates }: Run, wanted: Wanted): boolean {
  if (part === undefined) return false;
  const spec = wanted.spec();
  return [...candidates, ''].every((name) => taskCount(spec, name) !== part.size);
}

/** What it says now counts, whatever it said before it was gone. */
function thereAgain({ gone }: Facts, { uuid, name, run }: Run): readonly Action[] {
  if (!gone.has(uuid)) return [];
  return [{ kind: 'manifest', uuid, name, run, isThere: true, why: 'its manifest is back' }];
}

function isReplacedBy(run: Run, wanted: Wanted): boolean {
  return isToBeReplaced({ hash: run.hash, isReplaced: wasReplaced(run) }, wanted);
}

/** Its cluster is told, and what it comes to there. */
function planOver(planning: Planning, record: RunRecord, wanted: Wanted): readonly Action[] {
  const { actions, s } = withDebts({ planning, record, ...specsOf(record, wanted), conditions: [] });
  return [...actions, ...settleOnly(s)];
}

function specsOf(record: RunRecord, wanted: Wanted | undefined): Pick<RunSituation, 'spec' | 'specForNext'> {
  return { spec: currentSpec(record, wanted), specForNext: specForNext(record, wanted) };
}

/** What is owed elsewhere comes first, and stands beside whatever the run comes to. */
function withDebts(before: RunSituation): { readonly actions: readonly Action[]; readonly s: RunSituation } {
  const { actions, record } = planDebts(before);
  if (!record.attempts.some(isOwed)) return { actions, s: { ...before, record } };
  return { actions, s: { ...before, record, conditions: [...before.conditions, 'Debt'] } };
}

function wasReplaced({ phase, cancelCause }: Run): boolean {
  return phase === 'Cancelled' && cancelCause === 'edit';
}

function planGoing(
  planning: Planning,
  record: RunRecord,
  wanted: Wanted | undefined,
  change: Change,
): readonly Action[] {
  const { run } = record;
  const conditions: Condition[] = [];
  if (wanted !== undefined && wanted.hash !== run.hash) conditions.push('OutOfSync');
  if (wanted?.suspend === true || run.suspendRequested) conditions.push('Suspended');
  if (change === 'waits') conditions.push('Blocked');
  const { actions, s } = withDebts({ planning, record, ...specsOf(record, wanted), conditions });
  return [...keepWord(run, wanted), ...actions, ...withSync(s, planRun(s))];
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
  // It was given up for another one, of which nobody knows.
  if (isOwed(last)) return [...settleOnly(s), ...nextAttempt(s)];
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
    return planLost(s, last, { reason: 'ClusterUnreachable', message });
  }
  if (isNotYetAsked(s, last.cluster)) return [];
  if (cluster.reach.kind !== 'reached') {
    const { reach } = cluster;
    if (reach.kind === 'unreachable')
      return planLost(s, last, {
        reason: reach.reason,
        message: `${last.cluster} may hold it: ${reach.why}`,
      });
    s.planning.view(s.spec.login).ask(last.cluster);
    return [wait(s, 'ClusterUnreachable', `${last.cluster} may hold it: was not asked`, ['Lost'])];
  }
  const { observation } = cluster.reach;
  const claim = observation.claims.get(last.token);
  const others = mayHaveGoneOn(s, last, claim);
  if (others.length > 0) {
    const words = `${others.join(', ')} may have got this run and cannot be asked, and the state here does not tell`;
    return [...planFound(s, last), wait(s, 'RecoveryIncomplete', words)];
  }
  return [...planFound(s, last), ...planAttempt({ ...s, attempt: last, cluster, observation, claim })];
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
  const { uuid, name, run, phase, conditions } = s.record.run;
  const differs = (condition: Condition): boolean =>
    s.conditions.includes(condition) !== conditions.includes(condition);
  if (!differs('OutOfSync') && !differs('Blocked') && !differs('Debt')) return actions;
  if (actions.some((action) => 'conditions' in action)) return actions;
  const [outOfSync, isWaiting] = [s.conditions.includes('OutOfSync'), s.conditions.includes('Blocked')];
  const isOwing = s.conditions.includes('Debt');
  const words = isWaiting ? waitsForChange(name, phase).message : syncReason(outOfSync);
  const sync = { kind: 'sync', uuid, name, run, outOfSync, isWaiting } as const;
  if (!differs('Debt')) return [...actions, { ...sync, why: words }];
  return [...actions, { ...sync, isOwed: isOwing, why: debtReason(isOwing) }];
}
