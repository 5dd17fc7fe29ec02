import { isEnded, isSettled } from '../model/run.js';
import type { Problem } from '../model/job.js';
import type { PassReport, RunStanding } from '../reconcile/report.js';
import { EXIT, exitCode } from './exit.js';
import { phaseCounts } from './output/progress.js';
import { hasError } from './output/problems.js';

/** What several passes came to, added up: a run that ended in an early pass is in no later report. */
export class Tally {
  readonly #standings = new Map<string, RunStanding>();
  readonly #changed = new Set<string>();
  #last: PassReport | undefined;

  add(report: PassReport): void {
    for (const standing of report.standings) {
      this.#standings.set(standing.uuid, standing);
      if (standing.changed) this.#changed.add(standing.uuid);
    }
    this.#last = report;
  }

  get last(): PassReport | undefined {
    return this.#last;
  }

  /** UUIDs of the runs that something was done about, by name; those that need a look come first. */
  get changed(): string[] {
    const trouble = (uuid: string): number => {
      const phase = this.#standings.get(uuid)?.phase;
      return phase === 'Failed' || phase === 'Blocked' ? 0 : 1;
    };
    return this.uuids.filter((uuid) => this.#changed.has(uuid)).toSorted((a, b) => trouble(a) - trouble(b));
  }

  /** UUIDs of all runs that were seen alive or ending, by name. */
  get uuids(): string[] {
    const all = [...this.#standings.values()];
    return all.toSorted((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0)).map(({ uuid }) => uuid);
  }

  /** `1 running, 2 succeeded`; empty where there was nothing. */
  get counts(): string {
    return phaseCounts([...this.#standings.values()].map(({ phase }) => phase));
  }

  get unsettled(): number {
    return [...this.#standings.values()].filter(({ phase }) => !isSettled(phase)).length;
  }

  /** Runs of which a person must decide something. */
  get blocked(): RunStanding[] {
    return [...this.#standings.values()].filter(({ phase }) => phase === 'Blocked');
  }

  /** Runs that wait for others in vain, when nothing goes on that could set them free. */
  get stranded(): RunStanding[] {
    const going = [...this.#standings.values()].filter(({ phase }) => !isSettled(phase));
    return going.every(({ reason }) => reason === 'DependencyPending') ? going : [];
  }

  get ended(): number {
    return [...this.#standings.values()].filter(({ phase }) => isEnded(phase)).length;
  }
}

/** What an invocation of `reconcile` came to. */
export interface Came {
  readonly problems: readonly Problem[];
  readonly failed: readonly string[];
  readonly blocked: number;
  /** So much at once that a person must say yes. */
  readonly isWaiting: boolean;
  /** The deadline was over with jobs still going. */
  readonly timedOut: boolean;
}

/** The exit code for it, as the table of exit codes has it. */
export function reconcileCode({ problems, failed, blocked, isWaiting, timedOut }: Came): number {
  const applies = new Set<number>();
  if (hasError(problems)) applies.add(EXIT.manifestsInvalid);
  if (failed.length > 0) applies.add(EXIT.runFailed);
  if (timedOut) applies.add(EXIT.timeOut);
  if (blocked > 0 || isWaiting) applies.add(EXIT.decisionNeeded);
  return exitCode(applies);
}
