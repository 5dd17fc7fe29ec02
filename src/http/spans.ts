/** How long an attempt waited in its queue and how long it ran, as far as that can be told. */
import type { Attempt } from '../model/run.js';

/** Seconds. */
export interface Spans {
  readonly queued: number;
  readonly ran: number;
}

/**
 * Passes see a job begin and end up to a poll's interval late. The workload manager's own `Elapsed` is exact, so the run
 * time of a single job is that, and its beginning no later than its end less that. An array ran from the beginning of its
 * first task to the end of its last.
 * @param seenRunning epoch milliseconds of the first pass that saw it run
 * @returns undefined for what was never submitted, or never ran
 */
export function spansOf(attempt: Attempt, seenRunning: number | undefined): Spans | undefined {
  const { submittedAt, endedAt, outcome, jobStatus } = attempt;
  if (submittedAt === undefined || endedAt === undefined) return undefined;
  const elapsed = (jobStatus['Elapsed'] ?? []).flatMap((text) => secondsOf(text) ?? []);
  const longest = elapsed.length === 0 ? undefined : Math.max(...elapsed);
  const hasRun = seenRunning !== undefined || outcome === 'completed' || outcome === 'failed';
  if (!hasRun && !(longest ?? 0)) return undefined;
  // What nobody saw run and nobody tells of began between two looks.
  const begun = Math.min(seenRunning ?? endedAt, endedAt - (longest ?? 0) * 1000);
  const ran = elapsed.length === 1 && longest !== undefined ? longest : (endedAt - begun) / 1000;
  return { queued: Math.max(0, begun - submittedAt) / 1000, ran: Math.max(0, ran) };
}

/** Slurm's `[D-]HH:MM:SS` or `MM:SS`. */
export function secondsOf(text: string): number | undefined {
  const found = /^(?:(\d+)-)?(?:(\d+):)?(\d+):(\d+)(?:\.\d+)?$/.exec(text);
  if (found === null) return undefined;
  const [days = 0, hours = 0, minutes = 0, seconds = 0] = found.slice(1).map((each) => Number(each || 0));
  return ((days * 24 + hours) * 60 + minutes) * 60 + seconds;
}
