/** What a person found out about a submission that nobody answered, and what they may still put right. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Reason, RunRecord } from '../../src/model/run.js';
import { resolve, whyNotResolved } from '../../src/reconcile/resolve.js';
import { acquireLease } from '../../src/store/lease.js';
import { openStore } from '../../src/store/open.js';
import type { Store } from '../../src/store/store.js';
import { sampleAttempt, sampleRun } from '../store/fixtures/samples.js';

let store: Store;
let release: () => void;
beforeEach(() => {
  store = openStore(':memory:');
  const acquired = acquireLease(store, 'test');
  if (acquired.kind !== 'held') throw new Error('the lease is not to be had');
  release = () => acquired.release();
});
afterEach(() => {
  release();
  store.close();
});

function blocked(reason: Reason): RunRecord {
  const run = store.runs.create(sampleRun(1, { phase: 'Blocked', reason }));
  store.attempts.create(sampleAttempt(run, 1));
  return recordOf(run.uuid);
}

function recordOf(uuid: string): RunRecord {
  const record = store.records.byUuid(uuid);
  if (record === undefined) throw new Error('no such run');
  return record;
}

const adopting = (record: RunRecord, adopt: string): boolean =>
  resolve(
    store,
    record.run,
    { kind: 'resolve', run: record.run.uuid, adopt, reason: 'seen there', actor: 'me', at: 5 },
    { actor: 'me' },
  );

it('an id that was mistyped is put right once the run waits for a person again', () => {
  const before = blocked('SubmissionUnknown');
  const { uuid } = before.run;
  expect(adopting(before, '71')).toBe(true);
  store.runs.update(uuid, {
    phase: 'Blocked',
    reason: 'OutcomeUnknown',
    message: 'nothing tells how it ended',
  });
  const after = recordOf(uuid);
  expect(whyNotResolved(after, '17')).toBeUndefined();
  expect([adopting(after, '17'), adopting(after, '17')]).toEqual([true, false]);
  expect(recordOf(uuid).attempts[0]).toMatchObject({ state: 'submitted', jobId: '17' });
});

it('what was submitted is not said never to have been: the words name its job and what to do', () => {
  const before = blocked('SubmissionUnknown');
  adopting(before, '71');
  const { uuid, name } = before.run;
  store.runs.update(uuid, {
    phase: 'Blocked',
    reason: 'OutcomeUnknown',
    message: 'nothing tells how it ended',
  });
  expect(whyNotResolved(recordOf(uuid), undefined)).toBe(
    `it was submitted as job 71: if that is another's, say which is its own: sluice resolve ${name} --adopt ID; ` +
      `to give it up: sluice cancel ${name}`,
  );
});
