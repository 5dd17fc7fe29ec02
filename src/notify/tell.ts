/** From what changed to what is said of it: the outbox gets a mail in the same transaction in which it counts as told. */
import type { Reason, RunRecord } from '../model/run.js';
import type { Store } from '../store/store.js';
import {
  type Circumstances,
  type Letter,
  type Notice,
  type Report,
  writeLetter,
  writeNotice,
  writeReport,
} from './letter.js';
import { judgeNews, type Verdict } from './told.js';

/** As a manifest may write them; whatever came into the state another way is not written to. */
const ADDRESS = /^[^\s@,;<>]+@[^\s@,;<>]+$/;
/** A trouble of a cluster is told an owner once in this time, however many of his runs it holds up. */
const SHARED_TROUBLE_MS = 24 * 60 * 60_000;

export interface Owners {
  /** The sender's address; undefined where no mail server is set: then all counts as told. */
  readonly from: string | undefined;
  readonly recipientsOf: (record: RunRecord) => readonly string[];
  readonly circumstancesOf: (record: RunRecord) => Circumstances;
  /** Failures to take the status of its clusters, and when. */
  readonly noticesOf: (record: RunRecord) => readonly (Notice & { readonly at: number })[];
}

/** @returns how many mails were written */
export function tellOwners(store: Store, owners: Owners): number {
  const pending = store.news.pending();
  if (pending.length === 0) return 0;
  return store.transaction(() => pending.reduce((sum, uuid) => sum + tellOwner(store, owners, uuid), 0));
}

function tellOwner(store: Store, owners: Owners, uuid: string): number {
  const record = store.records.byUuid(uuid);
  if (!record) return 0;
  const verdict = judgeNews(record, store.news.told(uuid), store.origin !== 'memory');
  store.news.tell(uuid, verdict.told);
  const { from } = owners;
  if (from === undefined) return 0;
  const recipients = addressesOf(owners, record);
  if (recipients.length === 0) return 0;
  const telling = { store, owners, from, record, recipients };
  return (tellStanding(telling, verdict) ? 1 : 0) + tellNotices(telling);
}

interface Telling {
  readonly store: Store;
  readonly owners: Owners;
  readonly from: string;
  readonly record: RunRecord;
  readonly recipients: readonly string[];
}

function tellStanding({ store, owners, from, record, recipients }: Telling, verdict: Verdict): boolean {
  if (!verdict.due) return false;
  const shared = sharedOf(record, verdict);
  const topic = shared && `${shared.reason} ${shared.clusters.join(',')}`;
  const isSaid = shared && topic ? store.outbox.wasSaid(topic, recipients, toldSince(store, shared)) : false;
  if (isSaid && verdict.onlyTrouble) return false;
  const letter = writeLetter(record, owners.circumstancesOf(record));
  const about = record.run.phase.toLowerCase();
  putLetter(store, from, record, {
    recipients,
    letter,
    about,
    ...(topic === undefined ? {} : { topic }),
  });
  return true;
}

/** @returns how many there were to tell */
function tellNotices({ store, owners, from, record, recipients }: Telling): number {
  const since = store.now() - SHARED_TROUBLE_MS;
  let told = 0;
  for (const notice of owners.noticesOf(record)) {
    const topic = `StatusUnavailable ${notice.cluster}`;
    if (notice.at <= since || store.outbox.wasSaid(topic, recipients, since)) continue;
    const letter = writeNotice(record, owners.circumstancesOf(record), notice);
    putLetter(store, from, record, { recipients, letter, about: 'status', topic });
    told += 1;
  }
  return told;
}

/**
 * Passes on what somebody else says of a run.
 * @param topic name of this report: under the same name it is written once
 * @returns `nobody`: there is nobody to be told, or no server to tell him by; `before`: it was written before
 */
export function mailReport(
  store: Store,
  owners: Omit<Owners, 'noticesOf'>,
  record: RunRecord,
  report: Report,
  topic: string,
): 'written' | 'before' | 'nobody' {
  const recipients = addressesOf(owners, record);
  const { from } = owners;
  if (from === undefined || recipients.length === 0) return 'nobody';
  if (store.outbox.wasSaid(topic, recipients, 0)) return 'before';
  const letter = writeReport(record, owners.circumstancesOf(record), report);
  store.transaction(() => putLetter(store, from, record, { recipients, letter, about: 'report', topic }));
  return 'written';
}

function addressesOf({ recipientsOf }: Pick<Owners, 'recipientsOf'>, record: RunRecord): readonly string[] {
  return recipientsOf(record).filter((each) => ADDRESS.test(each));
}

/** A trouble of clusters that holds up other runs too. */
interface Shared {
  readonly reason: Reason;
  readonly clusters: readonly string[];
}

function sharedOf({ run, attempts }: RunRecord, verdict: Verdict): Shared | undefined {
  if (!verdict.due || verdict.sharedTrouble === undefined) return undefined;
  const last = attempts.at(-1);
  const clusters = last && last.state !== 'ended' ? [last.cluster] : run.candidates;
  return { reason: verdict.sharedTrouble, clusters };
}

/** What a person must mend each time: when they have, and it comes again, that is news. */
const MENDED_BY_HAND: readonly Reason[] = ['LoginNeeded', 'HostKeyRefused'];

/** Epoch milliseconds from when on a mail of it counts. */
function toldSince(store: Store, { reason, clusters }: Shared): number {
  const aDayAgo = store.now() - SHARED_TROUBLE_MS;
  if (!MENDED_BY_HAND.includes(reason)) return aDayAgo;
  const reached = clusters.flatMap((name) => store.clusters.get(name).reachedAt ?? []);
  return reached.length === 0 ? aDayAgo : Math.max(aDayAgo, Math.min(...reached));
}

interface Sending {
  readonly recipients: readonly string[];
  readonly letter: Letter;
  readonly topic?: string;
  /** A word of its Message-ID. */
  readonly about: string;
}

/**
 * Its Message-ID is made of the run, the number of its mails and the phase; the phase, so that after a loss of the state,
 * when the count begins anew, other news never bears an old name.
 */
function putLetter(
  store: Store,
  from: string,
  { run }: RunRecord,
  { letter, about, ...sending }: Sending,
): void {
  const domain = from.slice(from.lastIndexOf('@') + 1);
  const sequence = store.outbox.countOf(run.uuid) + 1;
  const messageId = `${run.uuid}.${run.generation}.${sequence}.${about}@${domain}`;
  store.outbox.put({ runUuid: run.uuid, messageId, ...sending, ...letter });
}
