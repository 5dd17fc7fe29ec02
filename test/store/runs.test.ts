import Database from 'better-sqlite3';
import fc from 'fast-check';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { isEnded, PHASES } from '../../src/model/run.js';
import type { Attempt, AttemptState, Outcome } from '../../src/model/run.js';
import type { AttemptPatch } from '../../src/store/attempts.js';
import { StoreError } from '../../src/store/errors.js';
import { sampleAttempt, sampleRun } from './fixtures/samples.js';
import { leased, newDirectory } from './fixtures/states.js';

const refused = expect.objectContaining({ kind: 'refused' });

describe('runs', () => {
  it('come back as they were written, with a first event', () => {
    const store = leased({ now: () => 5 });
    const made = store.runs.create(sampleRun(1, { commit: 'abc', conditions: ['OutOfSync'] }), {
      actor: 'ann',
    });
    expect(store.runs.byUuid(made.uuid)).toEqual(made);
    expect(store.records.find(made.uuid.toUpperCase())?.run).toEqual(made);
    expect(store.events.ofRun(made.uuid)).toEqual([
      expect.objectContaining({ at: 5, kind: 'created', reason: 'New', actor: 'ann', commit: 'abc' }),
    ]);
    expect(() => store.runs.create(sampleRun(1))).toThrow(refused);
    store.close();
  });

  it('tell an event only when something changed', () => {
    const store = leased();
    const { uuid } = store.runs.create(sampleRun(1));
    const queued = { phase: 'Queued', reason: 'WaitingInQueue', message: 'Priority' } as const;
    expect([store.runs.update(uuid, queued), store.runs.update(uuid, queued)]).toEqual([true, false]);
    store.runs.update(uuid, { message: 'Resources' });
    store.runs.update(uuid, { conditions: ['OutOfSync'] });
    expect(store.events.ofRun(uuid).map((event) => event.kind)).toEqual([
      'created',
      'phase',
      'reason',
      'condition',
    ]);
    store.close();
  });

  it('name the conditions that came and went, where nothing else changed', () => {
    const store = leased();
    const { uuid } = store.runs.create(sampleRun(1));
    const told = (): string | undefined => store.events.ofRun(uuid).at(-1)?.message;
    store.runs.update(uuid, { message: 'job 7 waits', conditions: ['Lost'] });
    expect(told()).toBe('job 7 waits');
    store.runs.update(uuid, { conditions: ['OutOfSync'] });
    expect(told()).toBe('OutOfSync: its manifest changed after it was submitted; no longer Lost');
    store.runs.update(uuid, { conditions: ['OutOfSync', 'Blocked'] }, {}, 'it came back as another');
    expect(told()).toBe('Blocked: it came back as another');
    store.runs.update(uuid, { conditions: [] }, {}, 'it says again what was run');
    expect(told()).toBe('no longer OutOfSync, Blocked');
    expect(store.runs.byUuid(uuid)?.message).toBe('job 7 waits');
    store.close();
  });

  it('undo the change when its event cannot be written', () => {
    const store = leased();
    const { uuid } = store.runs.create(sampleRun(1));
    const circular: Record<string, unknown> = {};
    circular['self'] = circular;
    expect(() => store.runs.update(uuid, { phase: 'Queued' }, { detail: circular })).toThrow(TypeError);
    expect(store.runs.byUuid(uuid)?.phase).toBe('Pending');
    store.close();
  });

  it('are cancelled once, and not after the end', () => {
    const store = leased();
    const { uuid } = store.runs.create(sampleRun(1));
    const ended = store.runs.create(sampleRun(2, { phase: 'Succeeded', reason: 'Done' }));
    expect(store.runs.requestCancel(uuid, 'enough', { actor: 'ann' })).toBe(true);
    expect(store.runs.requestCancel(uuid, 'enough')).toBe(false);
    expect(store.runs.requestCancel(ended.uuid, 'enough')).toBe(false);
    expect(store.runs.byUuid(uuid)?.cancelRequested).toBe(true);
    store.close();
  });

  it('are suspended and resumed by a word each, and not after the end', () => {
    const store = leased();
    const { uuid } = store.runs.create(sampleRun(1));
    const ended = store.runs.create(sampleRun(2, { phase: 'Succeeded', reason: 'Done' }));
    expect(store.runs.requestSuspend(uuid, true, 'wait', { actor: 'ann' })).toBe(true);
    expect(store.runs.requestSuspend(uuid, true, 'wait')).toBe(false);
    expect(store.runs.byUuid(uuid)?.suspendRequested).toBe(true);
    expect(store.runs.requestSuspend(uuid, false, 'go')).toBe(true);
    expect(store.runs.requestSuspend(uuid, false, 'go')).toBe(false);
    expect(store.runs.requestSuspend(ended.uuid, true, 'wait')).toBe(false);
    expect(store.runs.byUuid(uuid)?.suspendRequested).toBe(false);
    expect(store.events.ofRun(uuid)).toMatchObject([
      { kind: 'created' },
      { kind: 'suspend', message: 'wait', actor: 'ann' },
      { kind: 'resume', message: 'go' },
    ]);
    store.close();
  });

  it('are found by name as their latest generation, in whatever order they came', () => {
    let now = 1;
    const store = leased({ now: () => now++ });
    const second = store.runs.create(sampleRun(2, { name: 'a', generation: 1 }));
    store.runs.create(sampleRun(1, { name: 'a' }));
    expect(store.runs.byName('a')?.uuid).toBe(second.uuid);
    expect(store.runs.byName('a', '1')?.uuid).toBe(second.uuid);
    store.close();
  });

  it('keep an edited manifest and its labels', () => {
    const store = leased();
    const { uuid } = store.runs.create(sampleRun(1));
    const specJson = JSON.stringify({ labels: { colour: 'red' } });
    expect(store.runs.keepManifest(uuid, { specJson, manifestFile: '/jobs.d/moved.yaml' })).toBe(true);
    expect(store.runs.keepManifest(uuid, { specJson, manifestFile: '/jobs.d/moved.yaml' })).toBe(false);
    const byLabel = (key: string, value: string): number =>
      store.records.page({ limit: 9, label: { key, value } }).runs.length;
    expect([byLabel('colour', 'red'), byLabel('team', 'odd')]).toEqual([1, 0]);
    store.close();
  });

  it('are found by name as the latest, by run as the highest generation', () => {
    let at = 0;
    const store = leased({ now: () => ++at });
    const one = sampleRun(1, { name: 'x' });
    store.runs.create({ ...one, uuid: 'a', run: '10' });
    store.runs.create({ ...one, uuid: 'b', run: '2' });
    store.runs.create({ ...one, uuid: 'c', run: '10', generation: 1 });
    store.runs.create({ ...one, uuid: 'd', run: '1' });
    expect(store.runs.byName('x')?.uuid).toBe('d');
    expect(store.runs.byName('x', '10')?.uuid).toBe('c');
    expect(store.records.light().map((run) => run.uuid)).toEqual(['a', 'b', 'c', 'd']);
    store.close();
  });

  it('are paged without gaps or repeats', () => {
    const store = leased();
    store.transaction(() => {
      for (let number = 1; number <= 25; number++)
        store.runs.create(sampleRun(number, { phase: number % 5 === 0 ? 'Failed' : 'Pending' }));
    });
    const all = (filter: Parameters<typeof store.records.page>[0]): string[] => {
      const { runs, next } = store.records.page(filter);
      const names = runs.map((run) => run.name);
      return next === undefined ? names : [...names, ...all({ ...filter, after: next })];
    };
    expect(all({ limit: 4 })).toEqual(store.records.light().map((run) => run.name));
    expect(all({ limit: 2, phase: 'Failed' })).toHaveLength(5);
    expect(all({ limit: 5, label: { key: 'team', value: 'even' } })).toHaveLength(12);
    expect(all({ limit: 1, phase: 'Failed', label: { key: 'team', value: 'odd' } })).toHaveLength(3);
    store.close();
  });
});

describe('what the schema forbids, whoever asks', () => {
  const forbidden: [string, string][] = [
    ['another phase after the end', `UPDATE runs SET phase = 'Pending' WHERE phase = 'Succeeded'`],
    ['another identity', `UPDATE runs SET generation = 3`],
    ['deleting a run', `DELETE FROM runs`],
    ['another outcome', `UPDATE attempts SET outcome = 'failed' WHERE number = 1`],
    [
      'a terminal attempt that lives again',
      `UPDATE attempts SET state = 'placed', outcome = NULL WHERE number = 1`,
    ],
    ['another job id after the end', `UPDATE attempts SET job_id = '8' WHERE number = 1`],
    ['fetching twice', `UPDATE attempts SET fetched_at = 9 WHERE number = 1`],
    ['an end without an outcome', `UPDATE attempts SET state = 'ended' WHERE number = 2`],
    ['settling what lives', `UPDATE attempts SET settled_at = 1 WHERE number = 2`],
    ['another choice of tasks', `UPDATE attempts SET tasks = '[1]' WHERE number = 2`],
    ['another token', `UPDATE attempts SET token = 'other' WHERE number = 2`],
    ['deleting an attempt', `DELETE FROM attempts`],
    ['changing an event', `UPDATE events SET message = 'never happened'`],
    ['deleting an event', `DELETE FROM events`],
    ['replacing an event', `INSERT OR REPLACE INTO events (id, at, kind, message) VALUES (1, 1, 'x', 'x')`],
    ['a lower fence', `UPDATE meta SET fence = 0`],
    ['a lower number', `UPDATE meta SET number = -1`],
    ['a second meta row', `INSERT INTO meta (id) VALUES (2)`],
    ['a wrong type', `UPDATE runs SET created_at = 'yesterday'`],
  ];
  it.each(forbidden)('%s', (_, statement) => {
    const store = leased();
    const run = store.runs.create(sampleRun(1, { phase: 'Succeeded', reason: 'Done' }));
    const ended = { state: 'ended', outcome: 'completed', jobId: '7', fetchedAt: 3 } as const;
    store.attempts.create(sampleAttempt(run, 1, ended));
    store.attempts.create(sampleAttempt(run, 2));
    const other = new Database(join(store.directory, 'state.db'));
    expect(() => other.exec(statement)).toThrow(
      /constraint failed|never|only rise|stays|append-only|cannot store/,
    );
    other.close();
    store.close();
  });
});

describe('attempts', () => {
  it('come back as they were written', () => {
    const store = leased();
    const run = store.runs.create(sampleRun(1));
    const whole: Required<Attempt> = {
      ...sampleAttempt(run),
      ...{
        state: 'ended',
        outcome: 'failed',
        reason: 'TimeLimit',
        message: 'too long',
        fromHere: true,
        preparedJson: '{}',
        source: { kind: 'git', commit: 'c0ffee', url: 'https://example.org/x.git' },
        heardAt: 4,
        postprocessedAt: 5,
        postFailure: 'module m.py (postprocessing 1) printed nothing',
        script: '#!/bin/sh\n',
        tasks: [2, 4],
        results: { found: ['*.dat'], lost: [{ path: 'a', loss: 'unread' }], gone: '/w/t' },
      },
      ...{ jobId: '12', jobDirectory: '/w/t', workingDirectory: '/w/t/work' },
      ...{ taskStates: ['TIMEOUT', 'COMPLETED'], jobStatus: { Elapsed: ['1', '2'] } },
      ...{ submittedAt: 2, endedAt: 3, fetchedAt: 4, settledAt: 5, cleanedAt: 6 },
      ...{ lostSince: 7, owedSince: 8 },
    };
    store.attempts.create(whole);
    expect(store.attempts.byToken(whole.token)).toEqual(whole);
    store.close();
  });

  it('are at most one live for a run, what is owed excepted', () => {
    const store = leased();
    const run = store.runs.create(sampleRun(1));
    store.attempts.create(sampleAttempt(run, 1, { lostSince: 1 }));
    expect(() => store.attempts.create(sampleAttempt(run, 2))).toThrow(refused);
    store.attempts.patch(run.uuid, 1, { owedSince: 2, lostSince: undefined });
    expect(store.attempts.get(run.uuid, 1)).not.toHaveProperty('lostSince');
    store.attempts.create(sampleAttempt(run, 2));
    expect(() => store.attempts.create(sampleAttempt(run, 3))).toThrow(refused);
    store.attempts.patch(run.uuid, 2, { state: 'ended', outcome: 'fenced' });
    store.attempts.create(sampleAttempt(run, 3));
    store.close();
  });

  it('tell what was done, not each word of the queue', () => {
    const store = leased();
    const run = store.runs.create(sampleRun(1));
    store.attempts.create(sampleAttempt(run));
    expect(store.attempts.patch(run.uuid, 1, { state: 'submitted', jobId: '12' })).toBe(true);
    store.attempts.patch(run.uuid, 1, { taskStates: ['PENDING'] });
    expect(store.attempts.patch(run.uuid, 1, { taskStates: ['PENDING'] })).toBe(false);
    const told = store.events
      .ofRun(run.uuid)
      .flatMap((event) => (event.kind === 'attempt' ? [event.message] : []));
    expect(told).toEqual(['attempt 1 on north intended', 'attempt 1 on north submitted as job 12']);
    store.close();
  });

  it('keep their outputs', () => {
    const store = leased();
    const run = store.runs.create(sampleRun(1));
    store.attempts.create(sampleAttempt(run));
    const file = { path: 'logs/stdout', file: '/o/logs/stdout', size: 3, sha256: 'aa' };
    store.outputs.put(run.uuid, 1, [file, { ...file, path: 'a' }]);
    store.outputs.put(run.uuid, 1, [{ ...file, sha256: 'bb' }]);
    expect(store.outputs.of(run.uuid, 1)).toEqual([
      { ...file, path: 'a' },
      { ...file, sha256: 'bb' },
    ]);
    expect(() => store.outputs.put(run.uuid, 9, [file])).toThrow(refused);
    store.close();
  });
});

describe('whatever is asked in whatever order', () => {
  const states: AttemptState[] = ['intended', 'placed', 'stepping', 'prepared', 'submitted', 'ended'];
  const outcomes: Outcome[] = [
    'completed',
    'failed',
    'step-failed',
    'refused',
    'fenced',
    'cancelled',
    'unsent',
  ];
  const patch: fc.Arbitrary<AttemptPatch> = fc.record(
    {
      state: fc.constantFrom(...states),
      outcome: fc.constantFrom(...outcomes),
      jobId: fc.constantFrom('1', '2'),
      taskStates: fc.constantFrom(['RUNNING'], ['FAILED']),
      endedAt: fc.nat(3),
      fetchedAt: fc.nat(3),
      settledAt: fc.nat(3),
    },
    { requiredKeys: [] },
  );
  const step = fc.oneof(
    fc.record({ attempt: patch }),
    fc.record({ phase: fc.constantFrom(...PHASES) }),
    fc.record({ next: fc.constant(true) }),
  );

  it('terminal stays terminal, one attempt lives, and the story agrees with the run', () => {
    const directory = newDirectory();
    const store = leased({}, directory);
    let number = 0;
    fc.assert(
      fc.property(fc.array(step, { maxLength: 25 }), (steps) => {
        const run = store.runs.create(sampleRun(++number));
        store.attempts.create(sampleAttempt(run));
        for (const one of steps) {
          const before = store.records.byUuid(run.uuid);
          const last = before?.attempts.at(-1);
          if (before === undefined || last === undefined) throw new Error('the run is gone');
          tolerantly(() => {
            if ('attempt' in one) store.attempts.patch(run.uuid, last.number, one.attempt);
            else if ('phase' in one) store.runs.update(run.uuid, { phase: one.phase });
            else store.attempts.create(sampleAttempt(run, last.number + 1));
          });
          const after = store.records.byUuid(run.uuid);
          const same = after?.attempts[last.number - 1];
          if (last.state === 'ended') {
            expect([same?.state, same?.outcome, same?.endedAt]).toEqual([
              'ended',
              last.outcome,
              last.endedAt,
            ]);
            if (last.jobId !== undefined) expect(same?.jobId).toBe(last.jobId);
          }
          if (isEnded(before.run.phase)) expect(after?.run.phase).toBe(before.run.phase);
          expect(after?.attempts.filter((attempt) => attempt.state !== 'ended').length).toBeLessThanOrEqual(
            1,
          );
        }
      }),
      { numRuns: 60 },
    );
    store.close();
  });
});

/** The schema may refuse; anything else is a fault. */
function tolerantly(work: () => void): void {
  try {
    work();
  } catch (error) {
    if (!(error instanceof StoreError) || error.kind !== 'refused') throw error;
  }
}
