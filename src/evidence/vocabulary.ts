/** What the judge must know of a workload manager's words. */
import type { ExitMark, JobEvidence, OwnerMark } from '../model/observation.js';

export type Verdict = NonNullable<JobEvidence['verdict']>;

/** A state that is not terminal is live, whether we know it or not. */
export type StateKind = 'terminal' | 'waiting' | 'running';

/** A task of which it is known that it has ended. */
export interface EndedTask {
  readonly state: string;
  /** `code:signal` where told, as `3:0`. */
  readonly exitCode: string;
  /** The manager's reason, where it gave one. */
  readonly reason: string;
  /** The state as it was printed, as `CANCELLED by 1001`. */
  readonly printed: string;
  /** What the job itself left on its way out. */
  readonly mark: ExitMark | undefined;
  readonly owner: OwnerMark;
}

/** `closed`: somebody has closed what it needs, and may open it again. `never`: it will not start, whatever time passes. */
export interface Prospect {
  readonly kind: 'waits' | 'closed' | 'never';
  /** For a person. */
  readonly words?: string;
}

export interface Vocabulary {
  /** A state as printed (`CANCELLED by 1001`, `OUT_OF_ME+`) as one word; an unknown one stays as it is. */
  normalise(printed: string): string;
  /** Undefined for a word that is unknown. */
  kindOf(state: string): StateKind | undefined;
  /** The manager may start a job again after this word, so alone it ends nothing. */
  mayReturn(state: string): boolean;
  /** What is to be expected of a job that waits for this reason. */
  prospectOf(reason: string): Prospect;
  /** @returns undefined when the end says nothing about the attempt: the job was not its owner */
  verdictOf(task: EndedTask): Verdict | undefined;
}
