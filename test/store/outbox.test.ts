import Database from 'better-sqlite3';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { MIGRATIONS } from '../../src/store/migrations/index.js';
import { openStore } from '../../src/store/open.js';
import type { NewMail } from '../../src/store/outbox.js';
import { sampleAttempt, sampleRun } from './fixtures/samples.js';
import { leased, newDirectory } from './fixtures/states.js';

const refused = expect.objectContaining({ kind: 'refused' });

function sampleMail(number: number, more: Partial<NewMail> = {}): NewMail {
  return {
    runUuid: sampleRun(1).uuid,
    recipients: ['ann@example.org', 'bob@example.org'],
    subject: `subject ${number}`,
    text: 'text',
    html: '<p>text</p>',
    messageId: `${number}@example.org`,
    ...more,
  };
}

describe('news', () => {
  it('is a run that is new, that changes its phase or reason, that has another attempt or an end of one', () => {
    const store = leased();
    const run = store.runs.create(sampleRun(1));
    const isNews = (work: () => unknown): boolean => {
      store.news.tell(run.uuid, 'whatever');
      work();
      return store.news.pending().length === 1;
    };
    expect(store.news.pending()).toEqual([run.uuid]);
    expect(store.news.told(run.uuid)).toBeUndefined();
    expect(isNews(() => undefined)).toBe(false);
    expect(store.news.told(run.uuid)).toBe('whatever');
    expect(isNews(() => store.runs.update(run.uuid, { phase: 'Queued' }))).toBe(true);
    expect(isNews(() => store.runs.update(run.uuid, { reason: 'LoginNeeded' }))).toBe(true);
    expect(isNews(() => store.runs.update(run.uuid, { message: 'other words' }))).toBe(false);
    expect(isNews(() => store.runs.requestCancel(run.uuid, 'enough'))).toBe(false);
    expect(isNews(() => store.attempts.create(sampleAttempt(run)))).toBe(true);
    expect(isNews(() => store.attempts.patch(run.uuid, 1, { taskStates: ['RUNNING'] }))).toBe(false);
    const ended = { state: 'ended', outcome: 'failed', endedAt: 2 } as const;
    expect(isNews(() => store.attempts.patch(run.uuid, 1, ended))).toBe(true);
    expect(isNews(() => store.attempts.patch(run.uuid, 1, { settledAt: 3 }))).toBe(false);
    store.close();
  });

  it('is none of what an older state holds', () => {
    const directory = newDirectory();
    const old = leased({ migrations: MIGRATIONS.slice(0, 1) }, directory);
    old.close();
    const database = new Database(join(directory, 'state.db'));
    const add = database.prepare(
      `INSERT INTO runs VALUES (NULL, ?, ?, '1', 0, ?, 'Done', '', '[]', 'h', '[]', '{}', 'f', NULL, 0, 0, 0)`,
    );
    add.run('u1', 'over', 'Succeeded');
    add.run('u2', 'live', 'Running');
    database.close();
    const store = openStore(directory);
    expect(store.news.pending()).toEqual([]);
    expect([store.news.told('u1'), store.news.told('u2')]).toEqual(['Succeeded', 'found']);
    store.close();
  });
});

describe('the outbox', () => {
  it('gives what is due, the longest due first, until it is sent or given up', () => {
    let now = 100;
    const store = leased({ now: () => now });
    store.runs.create(sampleRun(1));
    for (const number of [1, 2, 3]) store.outbox.put(sampleMail(number));
    expect(store.outbox.due(99, 9)).toEqual([]);
    expect(store.outbox.due(100, 2).map(({ id }) => id)).toEqual([1, 2]);
    expect(store.outbox.due(100, 1)).toEqual([
      {
        ...sampleMail(1),
        id: 1,
        createdAt: 100,
        attempts: 0,
        nextAt: 100,
        remaining: sampleMail(1).recipients,
      },
    ]);
    const later = { remaining: ['bob@example.org'], attempts: 1, nextAt: 200, lastError: '451 later' };
    store.outbox.record(1, later);
    store.outbox.record(2, { remaining: [], attempts: 1, nextAt: 200, sentAt: 150 });
    store.outbox.record(3, { remaining: [], attempts: 1, nextAt: 200, givenUpAt: 150, lastError: '550 no' });
    now = 300;
    expect(store.outbox.due(now, 9)).toEqual([expect.objectContaining(later)]);
    expect([store.outbox.waiting(), store.outbox.countOf(sampleRun(1).uuid)]).toEqual([1, 3]);
    expect(store.outbox.ofRun(sampleRun(1).uuid).map((mail) => mail.sentAt ?? mail.givenUpAt)).toEqual([
      undefined,
      150,
      150,
    ]);
    store.close();
  });

  it('has each Message-ID once, and remembers what was said on a topic', () => {
    const store = leased({ now: () => 50 });
    store.runs.create(sampleRun(1));
    store.outbox.put(sampleMail(1, { topic: 'LoginNeeded north' }));
    expect(() => store.outbox.put(sampleMail(1))).toThrow(refused);
    const { recipients } = sampleMail(1);
    expect(store.outbox.wasSaid('LoginNeeded north', recipients, 49)).toBe(true);
    expect(store.outbox.wasSaid('LoginNeeded north', recipients, 50)).toBe(false);
    expect(store.outbox.wasSaid('LoginNeeded north', ['cat@example.org'], 0)).toBe(false);
    expect(store.outbox.wasSaid('LoginNeeded south', recipients, 0)).toBe(false);
    store.close();
  });

  it('refuses, whoever asks, to change a mail, to delete it, or to send it again', () => {
    const store = leased();
    store.runs.create(sampleRun(1));
    store.outbox.put(sampleMail(1));
    store.outbox.record(1, { remaining: [], attempts: 1, nextAt: 0, sentAt: 1 });
    expect(() => store.outbox.record(1, { remaining: ['x@y'], attempts: 2, nextAt: 0 })).toThrow(refused);
    store.outbox.put(sampleMail(2));
    store.close();
    const database = new Database(join(store.directory, 'state.db'));
    for (const column of ['subject', 'text', 'html', 'recipients', 'message_id'])
      expect(() => database.exec(`UPDATE outbox SET ${column} = 'x' WHERE id = 2`)).toThrow('never changed');
    expect(() => database.exec('DELETE FROM outbox')).toThrow('never deleted');
    database.close();
  });
});
