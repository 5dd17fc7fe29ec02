/**
 * What so many manifests at once ask for that a person must say yes: the ending of many runs whose manifests are gone, the
 * beginning of thousands. A slip of a hand, or a directory that is not the one that was meant, looks just like it. Pure.
 */
import { uuidV5 } from '../manifest/identity.js';
import type { Waiting } from '../model/action.js';
import type { JobSpec } from '../model/job.js';
import { isEnded, type RunRecord } from '../model/run.js';
import type { Facts, Wanted } from './facts.js';

/** So many deletions are a few, whatever else goes on. */
const FEW_DELETIONS = 5;
/** More than one in so many of the runs that go on. */
const ONE_IN = 3;
const MANY_NEW = 1000;
const NAMES_SHOWN = 10;
/** Namespace of the digests, drawn at random once. */
const NAMESPACE = '6a3f4a52-0f1c-4d0e-9b7a-6f6f3b1f2c55';

export interface Guard {
  readonly waiting: readonly Waiting[];
  readonly holdsDeletions: boolean;
  readonly holdsNew: boolean;
  /** Runs of what was approved that cannot be ended yet: the yes was to all of it, and is not asked for again. */
  readonly granted: readonly string[];
}

/** What becomes of a run that goes on because its manifest is gone; undefined: nothing, it goes on. */
export function ofDeletion({ vanished }: Facts, { run }: RunRecord): 'cancel' | 'orphan' | undefined {
  if (!vanished.has(run.uuid) || isEnded(run.phase) || run.cancelRequested) return undefined;
  // Written by us.
  const { onDelete } = JSON.parse(run.specJson) as JobSpec;
  return onDelete === 'finish' ? undefined : onDelete;
}

export function guardOf(facts: Facts): Guard {
  const going = [...facts.live.values()].filter(({ run }) => !isEnded(run.phase));
  const deletions = going
    .filter(
      (record) => ofDeletion(facts, record) !== undefined && !facts.consent.digests.has(record.run.uuid),
    )
    .map(({ run }) => run);
  const begun = facts.wanted.filter((each) => isNew(facts, each));
  const holdsDeletions = deletions.length > FEW_DELETIONS && deletions.length * ONE_IN > going.length;
  const holdsNew = begun.length > MANY_NEW;
  const deleted = holdsDeletions ? deletions : [];
  const fresh = holdsNew ? begun : [];
  const digest = digestOf([...deleted, ...fresh].map(({ uuid }) => uuid));
  const isApproved = facts.consent.all || facts.consent.digests.has(digest);
  const free = { waiting: [], holdsDeletions: false, holdsNew: false };
  if (!holdsDeletions && !holdsNew) return { ...free, granted: [] };
  const later = deleted.filter(({ uuid }) => facts.underWay.has(uuid));
  if (isApproved) return { ...free, granted: later.map(({ uuid }) => uuid) };
  const words = [...deletionWords(deleted.map(({ name }) => name)), ...beginWords(fresh.length)];
  const message = `${words.join('; ')}; if that is meant: sluice approve ${digest}`;
  const waiting: readonly Waiting[] = [{ name: '', reason: 'ManyAtOnce', message, digest }];
  return { waiting, holdsDeletions, holdsNew, granted: [] };
}

function deletionWords(names: readonly string[]): readonly string[] {
  if (names.length === 0) return [];
  const more = names.length - NAMES_SHOWN;
  const shown = `${names.slice(0, NAMES_SHOWN).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
  return [`${names.length} runs would be ended, as their manifests are gone: ${shown}`];
}

function beginWords(count: number): readonly string[] {
  return count === 0 ? [] : [`${count} new runs would begin`];
}

/** A yes to many at once is none to this: it is about that one job. */
export function waitsAsRenamed(facts: Facts, wanted: Wanted): Waiting | undefined {
  const { renamed, consent, live } = facts;
  const { uuid, name, previously, mayBeRenamed } = wanted;
  if (mayBeRenamed === true) {
    const message = `it says previously: ${previously ?? ''}, and a manifest that cannot be read may still have that name; mend what cannot be read, and it goes on`;
    return { name, reason: 'LooksRenamed', message };
  }
  const from = renamed.get(uuid);
  if (from === undefined) return undefined;
  const digest = digestOf([uuid]);
  if (consent.digests.has(digest)) return undefined;
  // What has a record of its own already cannot become the other one any more.
  const same = live.has(uuid)
    ? `if it is the same job, call it ${from} again`
    : `if it is the same job, add "previously: ${from}"`;
  const message =
    `it looks like ${from} with a new name: it asks for the same work, and the manifest of ${from} is gone; ` +
    `${same}; to run it all the same, give it another run:, or: sluice approve ${digest}`;
  return { name, reason: 'LooksRenamed', message, digest };
}

function isNew({ live, settled }: Facts, { uuid }: Wanted): boolean {
  return !live.has(uuid) && !settled.has(uuid);
}

/** Twelve digits that stand for just these runs. */
function digestOf(uuids: readonly string[]): string {
  return uuidV5(NAMESPACE, [...uuids].sort().join())
    .replaceAll('-', '')
    .slice(0, 12);
}
