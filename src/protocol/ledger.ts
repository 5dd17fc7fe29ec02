/** A line of the ledger: how a settled attempt ended, kept on the cluster for ever. */
import type { FetchedSource, Outcome, Part, Reason, ResultsKnown } from '../model/run.js';
import type { Debt } from './claim.js';

export interface LedgerLine {
  readonly token: string;
  readonly uuid: string;
  readonly name: string;
  readonly run: string;
  readonly generation: number;
  readonly attempt: number;
  readonly cluster: string;
  readonly hash: string;
  readonly jobId: string;
  readonly outcome: Outcome;
  readonly reason: Reason;
  readonly message: string;
  readonly jobDirectory: string;
  readonly workingDirectory: string;
  readonly candidates: readonly string[];
  readonly manifestFile: string;
  readonly commit?: string;
  readonly author?: string;
  readonly createdAt: number;
  readonly endedAt: number;
  /** Epoch milliseconds when the results were here and verified; 0 when they never were. */
  readonly fetchedAt: number;
  /** As in the claim. */
  readonly tasks?: readonly number[];
  readonly part?: Part;
  readonly taskStates: readonly string[];
  /** Of an array, as `3:0` for each task, where one has not completed: what is tried again may go by them. */
  readonly exitCodes?: readonly string[];
  readonly results?: ResultsKnown;
  readonly specJson: string;
  /** The job as the staging modules left it, and as those on the cluster did, where there are any. */
  readonly stagedJson?: string;
  readonly preparedJson?: string;
  readonly source?: FetchedSource;
  /** Of the run, when the line was written. */
  readonly debts?: readonly Debt[];
  /** Set when the attempt's end was the run's. */
  readonly runPhase?: 'Succeeded' | 'Failed' | 'Cancelled';
}

export function renderLedgerLine(line: LedgerLine): string {
  return `1 ${JSON.stringify(line)}`;
}

/** @returns undefined for a line of another version or a torn one. */
export function parseLedgerLine(text: string): LedgerLine | undefined {
  if (!text.startsWith('1 ')) return undefined;
  try {
    return JSON.parse(text.slice(2)) as LedgerLine;
  } catch {
    return undefined;
  }
}
