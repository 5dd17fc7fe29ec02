/**
 * What so many manifests at once ask for that a person must say yes: the ending of many runs whose manifests are gone, the
 * beginning of thousands. A slip of a hand, or a directory that is not the one that was meant, looks just like it. Pure.
 */
import { uuidV5 } from '../manifest/identity.js';
import type { Held, Renamed } from '../model/action.js';
import type { JobSpec } from '../model/job.js';
import { isEnded, type RunRecord } from '../model/run.js';
import type { Facts, Wanted } from './facts.js';

/** So many deletions are a few, whatever else goes on. */
const FEW_DELETIONS = 5;
/** More than one in so many of the runs that go on. */
const ONE_IN = 3;
const MANY_NEW = 1000;
/** Namespace of the digests, drawn at random once. */
const NAMESPACE = '6a3f4a52-0f1c-4d0e-9b7a-6f6f3b1f2c55';

export interface Guard {
  readonly held?: Held;
  readonly holdsDeletions: boolean;
  readonly holdsNew: boolean;
}

/** Whether a run that goes on is to be ended because its manifest is gone. */
export function endsForDeletion({ vanished }: Facts, { run }: RunRecord): boolean {
  if (!vanished.has(run.uuid) || isEnded(run.phase) || run.cancelRequested) return false;
  // Written by us.
  return (JSON.parse(run.specJson) as JobSpec).onDelete === 'cancel';
}

export function guardOf(facts: Facts): Guard {
  const going = [...facts.live.values()].filter(({ run }) => !isEnded(run.phase));
  const deletions = going.filter((record) => endsForDeletion(facts, record)).map(({ run }) => run);
  const begun = facts.wanted.filter((each) => isNew(facts, each));
  const holdsDeletions = deletions.length > FEW_DELETIONS && deletions.length * ONE_IN > going.length;
  const holdsNew = begun.length > MANY_NEW;
  const deleted = holdsDeletions ? deletions : [];
  const fresh = holdsNew ? begun : [];
  const digest = digestOf([...deleted, ...fresh].map(({ uuid }) => uuid));
  const isApproved = facts.consent.all || facts.consent.digests.has(digest);
  if (isApproved || (!holdsDeletions && !holdsNew)) return { holdsDeletions: false, holdsNew: false };
  const held = { digest, deletions: deleted.map(({ name }) => name), begins: fresh.length };
  return { held, holdsDeletions, holdsNew };
}

/** A yes to many at once is none to this: it is about that one job. */
export function renamedOf({ renamed, consent }: Facts, { uuid, name }: Wanted): Renamed | undefined {
  const from = renamed.get(uuid);
  if (from === undefined) return undefined;
  const digest = digestOf([uuid]);
  return consent.digests.has(digest) ? undefined : { name, from, digest };
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
