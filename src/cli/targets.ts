import { didYouMean } from '../documents/words.js';
import type { Known } from '../known.js';
import type { FetchedFile, RunRecord } from '../model/run.js';
import { toRecord, type RecordView } from '../views/record.js';

/** No job of that name or UUID; the words hold the nearest name. */
export class UnknownJob extends Error {
  override readonly name = 'UnknownJob';
}

/** The latest run of a name, or the run of a UUID. @throws {UnknownJob} */
export function findRecord({ store }: Known, target: string): RunRecord {
  const found = store.records.find(target);
  if (found !== undefined) return found;
  const waiting = store.waiting.all().find(({ name }) => name === target);
  if (waiting !== undefined) throw new UnknownJob(`${target} is not taken up: ${waiting.message}`);
  const names = store.records.names();
  if (names.length === 0) throw new UnknownJob(`no job "${target}": none was taken up yet; see: sluice plan`);
  throw new UnknownJob(`no job "${target}"${didYouMean(target, names) || '; see: sluice get'}`);
}

/** Results of all its attempts, and of the runs that it completes. */
export function outputsOf({ store }: Known, record: RunRecord): FetchedFile[] {
  return store.outputs.together(store.records.completing(record).map(({ run }) => run.uuid));
}

export function viewOf(known: Known, record: RunRecord): RecordView {
  const cluster = record.attempts.at(-1)?.cluster;
  const entry = cluster === undefined ? undefined : known.project.inventory.get(cluster);
  const ran = known.store.moduleRuns.ofRun(record.run.uuid);
  return toRecord(record, outputsOf(known, record), entry, ran);
}

/** Records by UUID, in the order asked for; those that are not there are left out. */
export function recordsOf({ store }: Known, uuids: Iterable<string>): RunRecord[] {
  return store.records.byUuids([...uuids]);
}
