/** A pass as far as pages and metrics tell of it: a value that goes from thread to thread. */
import { relative } from 'node:path';
import type { Project } from '../config/project.js';
import type { PassSummary } from '../http/ports.js';
import type { PassReport } from '../reconcile/report.js';

export function summaryOf(
  project: Project,
  { actions, problems, clusters }: PassReport,
  tookMs: number,
): PassSummary {
  return {
    at: Date.now() - Math.round(tookMs),
    tookMs,
    // The counts are live objects of the transports: copied as they are now.
    clusters: clusters.map((each) => ({ ...each, counts: { ...each.counts } })),
    actions,
    problems: [...project.problems, ...problems].map(({ severity, file, line, message, job }) => ({
      severity,
      file: shownFile(project, file),
      message,
      ...(line === undefined ? {} : { line }),
      ...(job === undefined ? {} : { job }),
    })),
  };
}

/** Relative to the project where it lies below. */
function shownFile({ paths }: Project, file: string): string {
  const below = relative(paths.root, file);
  return file.startsWith('/') && !below.startsWith('..') && below !== '' ? below : file;
}
