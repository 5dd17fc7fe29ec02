/** What it does to a run that its manifest leaves, comes back, or bears another name. Pure. */
import type { Action, Rename, Waiting } from '../model/action.js';
import { isEnded, type Phase, type Run, type RunRecord } from '../model/run.js';
import type { Facts, SettledRun, Wanted } from './facts.js';
import { asksForOther } from './replace.js';

/** That they are gone is kept, so that what comes back is known for what it is. */
export function planLeaving({ leaving, isStale }: Facts): readonly Action[] {
  return [...leaving].flatMap(([uuid, { name, run }]) => {
    if (isStale(uuid)) return [];
    const why = 'its manifest is gone; the record of it stays';
    return [{ kind: 'manifest' as const, uuid, name, run, isThere: false, why }];
  });
}

/** What was there before, and is there again. */
type Known = Pick<Run, 'uuid' | 'hash'>;

/** It came back and asks for other work than the run does: which of the two is meant, a person must say. */
export function isOtherThanBefore({ gone }: Facts, { uuid, hash }: Known, wanted: Wanted): boolean {
  return gone.has(uuid) && asksForOther(hash, wanted);
}

/** Its manifest came back as it was, and means the same run. */
export function planReturn(
  facts: Facts,
  { uuid, name, run, hash }: Known & Pick<Run, 'name' | 'run'>,
  wanted: Wanted,
): readonly Action[] {
  if (!facts.gone.has(uuid) || isOtherThanBefore(facts, { uuid, hash }, wanted)) return [];
  return [{ kind: 'manifest', uuid, name, run, isThere: true, why: 'its manifest is back' }];
}

export function waitsForChange(name: string, phase: Phase | 'followed no more' | undefined): Waiting {
  const to =
    phase === 'followed no more'
      ? `its run is followed no more; first: sluice resume ${name}, and when it has ended: sluice rerun ${name}`
      : wordsFor(name, phase);
  const message = `its manifest came back, and asks for other work than what was run; ${to}, or give it another run:`;
  return { name, reason: 'SpecChanged', message };
}

function wordsFor(name: string, phase: Phase | undefined): string {
  return phase === undefined || isEnded(phase)
    ? `to run that: sluice rerun ${name}`
    : `to run that instead: sluice cancel ${name}, and then sluice rerun ${name}`;
}

/** Nothing is ended, and nothing begun anew, by an earlier word than the run's own. */
export function waitsForLaterCommit(name: string, what: string): Waiting {
  const message =
    `${what}, but by a commit that does not come after the one which the run is of; nothing is done until a later one ` +
    'says so (where Git has only the last commits, as in CI, fetch all of them: fetch-depth: 0, in GitLab GIT_DEPTH: 0; ' +
    `where history was rewritten, say it yourself: sluice cancel ${name}, or another run:)`;
  return { name, reason: 'StaleCommit', message };
}

/** The state knows the job by its earlier name, which no manifest bears any more. */
export function planRename({ uuid, name, run, renamedFrom, manifestFile }: Wanted): readonly Rename[] {
  if (renamedFrom === undefined) return [];
  const why = `${renamedFrom} is called ${name} from now on, as its manifest says`;
  return [{ kind: 'rename', uuid, name, run, from: renamedFrom, manifestFile, why }];
}

export function renamedRecord(record: RunRecord, { name, renamedFrom }: Wanted): RunRecord {
  return renamedFrom === undefined ? record : { ...record, run: { ...record.run, name } };
}

export function renamedRun(settled: SettledRun, { name, renamedFrom }: Wanted): SettledRun {
  return renamedFrom === undefined ? settled : { ...settled, name };
}
