/** A pass as far as pages and metrics tell of it: a value that goes from thread to thread. */
import { relative } from 'node:path';
import type { Project } from '../config/project.js';
import type { PassSummary } from '../http/ports.js';
import type { Plan } from '../model/action.js';
import type { PassReport } from '../reconcile/report.js';

export function summaryOf(
  project: Project,
  { plan, problems, clusters }: PassReport,
  tookMs: number,
): PassSummary {
  const actions: Record<string, number> = {};
  for (const { kind } of plan.actions) actions[kind] = (actions[kind] ?? 0) + 1;
  return {
    at: Date.now() - Math.round(tookMs),
    tookMs,
    // The counts are live objects of the transports: copied as they are now.
    clusters: clusters.map((each) => ({ ...each, counts: { ...each.counts } })),
    actions,
    held: heldOf(plan),
    problems: [...project.problems, ...problems].map(({ severity, file, line, message, job }) => ({
      severity,
      file: shownFile(project, file),
      message,
      ...(line === undefined ? {} : { line }),
      ...(job === undefined ? {} : { job }),
    })),
  };
}

const NAMES_SHOWN = 10;

/** As `sluice plan` says it. */
function heldOf({ held, renamed = [] }: Plan): PassSummary['held'] {
  const alike = renamed.map(({ name, from, digest }) => ({
    digest,
    words: `${name} looks like ${from} with a new name: it asks for the same work, and the manifest of ${from} is gone. To keep its identity, write "previously: ${from}" into its manifest; to run it all the same, give it another "run:".`,
  }));
  if (held === undefined) return alike;
  const { digest, deletions, begins } = held;
  const names = deletions.slice(0, NAMES_SHOWN).join(', ');
  const more = deletions.length > NAMES_SHOWN ? ` and ${deletions.length - NAMES_SHOWN} more` : '';
  const words = [
    ...(deletions.length > 0
      ? [`${runs(deletions.length)} would be cancelled, as their manifests are gone: ${names}${more}.`]
      : []),
    ...(begins > 0 ? [`${runs(begins, 'new ')} would begin.`] : []),
  ];
  return [{ digest, words: words.join(' ') }, ...alike];
}

function runs(count: number, which = ''): string {
  return `${count} ${which}${count === 1 ? 'run' : 'runs'}`;
}

/** Relative to the project where it lies below. */
function shownFile({ paths }: Project, file: string): string {
  const below = relative(paths.root, file);
  return file.startsWith('/') && !below.startsWith('..') && below !== '' ? below : file;
}
