/** What is asked for by name or UUID. */
import type { FetchedFile, RunRecord } from '../model/run.js';
import { type RecordView, toRecord } from '../views/record.js';
import { etagOf } from './etag.js';
import type { World } from './ports.js';
import { HttpProblem } from './problem.js';
import { type Ask, textOf } from './route.js';

/** @throws {HttpProblem} 404 */
export function recordOf({ world, values }: Ask): RunRecord {
  const id = textOf(values, 'id');
  const record = world.store.records.find(id);
  if (record === undefined) throw unknownJob(id);
  return record;
}

export function unknownJob(id: string): HttpProblem {
  return new HttpProblem(
    404,
    `there is no job ${JSON.stringify(id.slice(0, 100))}; /jobs lists those that there are`,
  );
}

/** Results of all its attempts, and of the runs that it completes. */
export function outputsOf({ store }: World, record: RunRecord): readonly FetchedFile[] {
  return store.outputs.together(store.records.completing(record).map(({ run }) => run.uuid));
}

/** Of a record and of its manifest: another writing of either is another one. */
export function recordTag({ manifests }: World, record: RecordView): string {
  return etagOf(`${manifests.stamp(record.manifest)} ${JSON.stringify(record)}`);
}

/** The same as the command line's `-o json`. */
export function viewOf(world: World, record: RunRecord): RecordView {
  const cluster = record.attempts.at(-1)?.cluster;
  const entry = cluster === undefined ? undefined : world.inventory().get(cluster);
  const ran = world.store.moduleRuns.ofRun(record.run.uuid);
  return toRecord(record, outputsOf(world, record), entry, ran);
}
