/** What an edited manifest does to a run that was submitted, where it says `on_edit: replace`. Pure. */
import { jobUuid } from '../manifest/identity.js';
import type { Cancel } from '../model/action.js';
import type { Run } from '../model/run.js';
import type { Facts, SettledRun, Wanted } from './facts.js';

/**
 * Whether a manifest asks for other work than what was run. A hash of another version tells nothing about that: it may be
 * of the same work.
 */
export function asksForOther(hash: string, { hash: today }: Pick<Wanted, 'hash'>): boolean {
  const versionOf = (text: string): string => text.slice(0, text.indexOf(':'));
  return hash !== today && versionOf(hash) === versionOf(today);
}

/** Of a run that has ended. One that was ended for an edit which was taken back is wanted all the same. */
export function isToBeReplaced(
  { hash, isReplaced }: Pick<SettledRun, 'hash' | 'isReplaced'>,
  wanted: Wanted,
): boolean {
  return wanted.onEdit === 'replace' && (isReplaced || asksForOther(hash, wanted));
}

/** The next generation as its manifest asks for it; undefined while a cluster may know of it already. */
export function nextOf(facts: Facts, generation: number, wanted: Wanted): Wanted | undefined {
  if ([...facts.sites.values()].some(({ recalled }) => !recalled)) return undefined;
  const next = generation + 1;
  return {
    ...wanted,
    generation: next,
    uuid: jobUuid(facts.installation, wanted.name, wanted.run, next),
  };
}

/** A run that goes on is ended first, and the next generation begins when that is known. */
export function endForEdit({ uuid, name, run }: Run): Cancel {
  const why =
    'its manifest changed and says on_edit: replace; the next generation begins when this one has ended';
  return { kind: 'cancel', uuid, name, run, cause: 'edit', why };
}
