/**
 * Which changes of a run its owner is told: its first state, each change of phase or of attempt, its end; and what keeps
 * it waiting or sends it elsewhere, once an attempt. Pure, and of levels: what came and went between two looks is not told.
 */
import type { Attempt, Phase, Reason, RunRecord } from '../model/run.js';
import { isEnded, PHASES } from '../model/run.js';

/** What the owner knows of a run that goes on. */
export interface Standing {
  readonly phase: Phase;
  /** The attempt that was spoken of; 0 before the first. */
  readonly attempt: number;
  /** Troubles that were told since that attempt began: a reason, or `refused#2` for a refused attempt. */
  readonly notes: readonly string[];
}

/**
 * - `nothing`: the run is new to its owner.
 * - `found`: it was read back from a cluster; how it stood there is old news, its end is none.
 * - `end`: nothing more is told, ever.
 */
export type Told = 'nothing' | 'found' | 'end' | Standing;

export type Verdict =
  | { readonly due: false; readonly told: string | undefined }
  | {
      readonly due: true;
      readonly told: string;
      /** Nothing but this trouble is new. */
      readonly onlyTrouble: boolean;
      /** Set when a trouble of the cluster, not of the run, is told. */
      readonly sharedTrouble?: Reason;
    };

/** They keep a run where it is, and its owner, or the cluster's people, may have to do something. */
const TROUBLES: readonly Reason[] = [
  ...(['ControllerUnavailable', 'ClusterUnreachable', 'LoginNeeded', 'HostKeyRefused'] as const),
  ...(['StagingFailed', 'CloneFailed', 'DownloadFailed', 'UnpackFailed', 'StepFailed'] as const),
  ...(['PreprocessingFailed', 'PostprocessingFailed', 'ModuleFailed'] as const),
];
/** Every run on the cluster meets them at once. */
const SHARED: readonly Reason[] = [
  'ControllerUnavailable',
  'ClusterUnreachable',
  'LoginNeeded',
  'HostKeyRefused',
];
/** In these a run is on no cluster yet: that the next attempt is made says nothing new by itself. */
const BEFORE: readonly Phase[] = ['Pending', 'Staging', 'Suspended', 'Blocked'];

export function parseTold(text: string | undefined): Told {
  if (text === undefined) return 'nothing';
  if (text === 'found') return 'found';
  const [word, attempt = '0', ...notes] = text.split(' ');
  const phase = PHASES.find((each) => each === word);
  if (phase === undefined || isEnded(phase)) return 'end';
  return { phase, attempt: Number(attempt), notes };
}

function formatStanding({ phase, attempt, notes }: Standing): string {
  return [phase, String(attempt), ...notes].join(' ');
}

/**
 * @param kept what is kept of the last word; see `runs.told`
 * @param lasts false where no state survives this process: then only what a cluster keeps is told, or each pass would
 *   tell it anew
 */
export function judgeNews(record: RunRecord, kept: string | undefined, lasts: boolean): Verdict {
  const { run, attempts } = record;
  const told = parseTold(kept);
  // Known to a cluster that is away, perhaps: how it stands is not known, and so is no news.
  const unknowable = run.reason === 'RecoveryIncomplete' && !isEnded(run.phase);
  if (told === 'end' || unknowable || (!lasts && !attempts.some(isSent))) return { due: false, told: kept };
  if (isEnded(run.phase)) return { due: true, told: run.phase, onlyTrouble: false };
  const now = standingOf(record, told);
  const text = formatStanding(now);
  if (told === 'found') return { due: false, told: text };
  const shared = SHARED.find((each) => each === run.reason);
  const trouble = shared && !knows(told, shared) ? { sharedTrouble: shared } : {};
  if (told === 'nothing' || movedOn(told, now))
    return { due: true, told: text, onlyTrouble: false, ...trouble };
  const isNew = now.notes.some((note) => !told.notes.includes(note));
  return isNew ? { due: true, told: text, onlyTrouble: true, ...trouble } : { due: false, told: text };
}

function knows(told: Told, note: string): boolean {
  return typeof told === 'object' && told.notes.includes(note);
}

function movedOn(told: Standing, now: Standing): boolean {
  if (told.phase !== now.phase) return true;
  return told.attempt !== now.attempt && !BEFORE.includes(now.phase);
}

function standingOf({ run, attempts }: RunRecord, told: Told): Standing {
  const attempt = attempts.findLast(isSent)?.number ?? 0;
  const refused = attempts.filter(isRefusedForGood).map(({ number }) => `refused#${number}`);
  const isTrouble = run.phase === 'Blocked' || TROUBLES.includes(run.reason);
  const same = typeof told === 'object' && (told.attempt === attempt || BEFORE.includes(run.phase));
  const before = same ? told.notes : [];
  const notes = new Set([...refused, ...before, ...(isTrouble ? [run.reason] : [])]);
  return { phase: run.phase, attempt, notes: [...notes] };
}

/** Something of it may have come to its cluster. */
function isSent({ outcome }: Attempt): boolean {
  return outcome !== 'unsent';
}

/** A full queue and a busy controller pass; other words of the workload manager are for the owner. */
function isRefusedForGood({ outcome, reason }: Attempt): boolean {
  return outcome === 'refused' && reason !== 'QueueLimit' && reason !== 'ControllerUnavailable';
}
