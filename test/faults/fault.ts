/** What a child is to suffer: handed over as JSON in its environment. */

/** One moment of a run of the child: the `nth` time that it comes to what the label names. */
export interface Point {
  /** As it is logged; behind a `*`, only how it ends. */
  readonly label: string;
  /** From 1. */
  readonly nth: number;
}

export interface Fault {
  /**
   * - `none`: runs to the end; with `log`, its points are written there.
   * - `kill`: SIGKILL at the point.
   * - `cut`: the TCP connection is reset at the point; the process goes on.
   */
  readonly kind: 'none' | 'kill' | 'cut';
  readonly at?: Point;
  /** SIGKILL so many milliseconds after the start, wherever it is then. */
  readonly killAfterMs?: number;
  /** SIGKILL when every run has come to this phase. */
  readonly killInPhase?: string;
  /** Text put before the first script that calls the verb: shell functions that misbehave on the cluster. */
  readonly sabotage?: { readonly verb: string; readonly text: string };
  /** Folder on the cluster that goes before the PATH of every exchange. */
  readonly path?: string;
  /** Milliseconds that our clock is ahead of the truth, and from so many milliseconds after the start on. */
  readonly clock?: { readonly aheadMs: number; readonly thenMs?: number; readonly afterMs?: number };
  /** File that gets a label a line. */
  readonly log?: string;
  /** Milliseconds after which it gives up waiting for the runs to settle. */
  readonly deadlineMs: number;
}

/** Where runs stand when a child ends by itself: its stdout. */
export interface Outcome {
  readonly settled: boolean;
  /** What was to happen has happened. */
  readonly struck: boolean;
  readonly runs: readonly {
    name: string;
    phase: string;
    reason: string;
    message: string;
    attempts: number;
  }[];
}

export const FAULT_VARIABLE = 'SLUICE_FAULT';
/** Exit codes of the child. */
export const LEASE_BUSY = 6;
export const UNSETTLED = 5;
