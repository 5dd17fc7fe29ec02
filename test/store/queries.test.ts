import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { ATTEMPT_BY_TOKEN, ATTEMPTS_OF_RUN } from '../../src/store/attempts.js';
import { DIGEST_OF, DIGESTS_UNDER } from '../../src/store/digests.js';
import { EVENTS_AFTER, EVENTS_NAMED, EVENTS_OF_RUN } from '../../src/store/events.js';
import { CACHED_SPEC } from '../../src/store/manifests.js';
import { MIGRATIONS } from '../../src/store/migrations/index.js';
import { NEWS } from '../../src/store/news.js';
import {
  MAIL_ON_TOPIC,
  MAILS_COUNTED,
  MAILS_DUE,
  MAILS_OF_RUN,
  MAILS_WAITING,
} from '../../src/store/outbox.js';
import { OUTPUTS_OF_ALL, OUTPUTS_OF_RUN } from '../../src/store/outputs.js';
import {
  ATTEMPTS_OF,
  CLEANABLE,
  EDITED_RUNS,
  GENERATIONS,
  GONE_RUNS_NAMED,
  GONE_RUNS_OF,
  GONE_RUNS_OF_WORK,
  NAMES,
  RUNS_THERE,
  LIVE_ATTEMPTS,
  LIVE_RUNS,
  OUTLINES_OF,
  RUN_PAGES,
  RUNS_OF,
} from '../../src/store/records.js';
import { RUN_BY_NAME, RUN_BY_NAME_AND_RUN, RUN_BY_UUID } from '../../src/store/runs.js';
import { sampleAttempt, sampleRun } from './fixtures/samples.js';
import { leased } from './fixtures/states.js';

/** SQLite's plan of a statement, one line a step. Any value stands for its parameters. */
function explain(sql: string): string[] {
  const database = new Database(':memory:');
  for (const migration of MIGRATIONS) database.exec(migration.sql);
  const rows = database.prepare(`EXPLAIN QUERY PLAN ${sql.replaceAll(/\?|:[a-z_]+/g, "'x'")}`).all();
  database.close();
  return rows.map((row) => JSON.stringify(row));
}

describe('query plans', () => {
  const cases: [string, string][] = Object.entries({
    ...{ RUN_BY_UUID, RUN_BY_NAME, RUN_BY_NAME_AND_RUN, LIVE_RUNS, LIVE_ATTEMPTS, RUNS_THERE, EDITED_RUNS },
    ...{ GONE_RUNS_NAMED, GONE_RUNS_OF, GONE_RUNS_OF_WORK, NAMES },
    ...{
      ATTEMPTS_OF_RUN,
      ATTEMPTS_OF,
      RUNS_OF,
      OUTLINES_OF,
      ATTEMPT_BY_TOKEN,
      EVENTS_OF_RUN,
      EVENTS_AFTER,
      EVENTS_NAMED,
      OUTPUTS_OF_RUN,
      OUTPUTS_OF_ALL,
      GENERATIONS,
    },
    ...{ NEWS, MAILS_DUE, MAILS_WAITING, MAILS_OF_RUN, MAILS_COUNTED, MAIL_ON_TOPIC },
    ...{ CACHED_SPEC, DIGEST_OF, DIGESTS_UNDER },
    ...{
      PAGE_ALL: RUN_PAGES.all,
      PAGE_PHASE: RUN_PAGES.phase,
      PAGE_LABEL: RUN_PAGES.label,
      PAGE_BOTH: RUN_PAGES.both,
    },
  });
  it.each(cases)('%s reads no table from end to end', (_, sql) => {
    // A scan is allowed over an index alone (partial or covering), or over the rows of another step.
    const scans = explain(sql).filter((line) => line.includes('"SCAN'));
    expect(
      scans.filter((line) => !/USING (COVERING )?INDEX|"SCAN (\(?subquery|json_each)/i.test(line)),
    ).toEqual([]);
  });

  it('finds what lives by the two partial indexes', () => {
    for (const sql of [LIVE_RUNS, LIVE_ATTEMPTS]) {
      const plan = explain(sql).join('\n');
      expect(plan).toMatch(/runs USING INDEX runs_live/);
      expect(plan).toMatch(/attempts USING INDEX attempts_unsettled/);
    }
  });

  it('finds what is to be cleaned by its age alone, not through all that has ended', () => {
    expect(explain(CLEANABLE)).toEqual([
      expect.stringMatching(
        /SEARCH attempts USING INDEX attempts_uncleaned \(settled_at>\? AND settled_at<\?\)/,
      ),
      expect.stringMatching(/SEARCH runs USING INDEX/),
    ]);
  });

  it('finds news and mails that are due by partial indexes alone: what is told and sent costs nothing', () => {
    expect(explain(NEWS)).toEqual([expect.stringMatching(/runs USING COVERING INDEX runs_news/)]);
    for (const sql of [MAILS_DUE, MAILS_WAITING])
      expect(explain(sql)).toEqual([expect.stringMatching(/outbox USING (COVERING )?INDEX outbox_due/)]);
  });

  it('lists lightly and pages in order from one index, without sorting', () => {
    expect(explain(RUNS_THERE)).toEqual([expect.stringMatching(/USING COVERING INDEX runs_there/)]);
    for (const sql of [RUN_PAGES.all, RUN_PAGES.phase, RUN_BY_NAME, EVENTS_OF_RUN])
      expect(explain(sql).join()).not.toContain('TEMP B-TREE');
  });
});

describe('counted work', () => {
  it('reads what lives in two statements, whatever there is', () => {
    const asked: string[] = [];
    const store = leased({ trace: (sql) => asked.push(sql) });
    store.transaction(() => {
      for (let number = 1; number <= 200; number++) {
        const run = store.runs.create(
          sampleRun(number, number > 50 ? { phase: 'Succeeded', reason: 'Done' } : {}),
        );
        const ended = { state: 'ended', outcome: 'completed' } as const;
        const settled = number % 2 === 0 ? { settledAt: 1 } : {};
        store.attempts.create(sampleAttempt(run, 1, number > 50 ? { ...ended, ...settled } : {}));
      }
    });
    asked.length = 0;
    const live = store.records.live();
    expect(asked.filter((sql) => /^SELECT/i.test(sql))).toHaveLength(2);
    expect(live).toHaveLength(50 + 75);
    expect(live.every((record) => record.attempts.length === 1)).toBe(true);
    expect(live.map((record) => record.run.name)).toEqual(live.map((record) => record.run.name).toSorted());
    store.close();
  });

  it('shows a list in two statements, and reads what is chosen from it in two', () => {
    const asked: string[] = [];
    const store = leased({ trace: (sql) => asked.push(sql) });
    store.transaction(() => {
      for (let number = 1; number <= 50; number++) {
        const run = store.runs.create(sampleRun(number));
        const ended = { state: 'ended', outcome: 'failed', cluster: 'south' } as const;
        if (number > 1) store.attempts.create(sampleAttempt(run, 1, ended));
        if (number > 2) store.attempts.create(sampleAttempt(run, 2, { cluster: 'north' }));
      }
    });
    asked.length = 0;
    const outlines = store.records.outlines();
    const records = store.records.byUuids(outlines.map(({ run }) => run.uuid).reverse());
    expect(asked).toHaveLength(4);
    expect(outlines.map(({ run }) => run.name)).toEqual(records.map(({ run }) => run.name).reverse());
    expect(outlines.slice(0, 3).map(({ attempts }) => attempts.map(({ cluster }) => cluster))).toEqual([
      [],
      ['south'],
      ['north'],
    ]);
    expect(records.at(-3)?.attempts.map(({ cluster }) => cluster)).toEqual(['south', 'north']);
    expect(store.records.byUuids([sampleRun(3).uuid, 'none'])).toEqual([
      store.records.byUuid(sampleRun(3).uuid),
    ]);
    store.close();
  });

  it('has of an array in parts the states and the results of all, whichever run they are of', () => {
    const store = leased();
    const specJson = JSON.stringify({ resources: { arraySize: 3 }, perCluster: {} });
    const ended = { phase: 'Failed', reason: 'ExecutionFailed', specJson } as const;
    const first = store.runs.create(sampleRun(1, ended));
    const over = { state: 'ended', outcome: 'failed', jobId: '7', fetchedAt: 1 } as const;
    store.attempts.create(
      sampleAttempt(first, 1, { ...over, taskStates: ['COMPLETED', 'FAILED', 'FAILED'] }),
    );
    store.attempts.create(
      sampleAttempt(first, 2, { ...over, tasks: [2, 3], taskStates: ['COMPLETED', 'FAILED'] }),
    );
    const next = { name: first.name, specJson };
    const beside = store.runs.create(sampleRun(2, { ...next, phase: 'Failed', generation: 1 }));
    const part = { tasks: [3], of: 0, size: 3 };
    const second = store.runs.create(sampleRun(3, { ...next, generation: 2, part }));
    store.attempts.create(sampleAttempt(second, 1, { ...over, tasks: [3], taskStates: ['RUNNING'] }));
    const file = (path: string, size: number) => ({ path, file: `/o/${path}`, size, sha256: 'a' });
    store.outputs.put(first.uuid, 1, [file('b', 1), file('a', 1)]);
    store.outputs.put(first.uuid, 2, [file('b', 2)]);
    store.outputs.put(second.uuid, 1, [file('c', 3)]);
    const states = store.records.outlines().map(({ attempts }) => attempts[0]?.taskStates);
    expect(states).toEqual([
      ['COMPLETED', 'COMPLETED', 'FAILED'],
      undefined,
      ['COMPLETED', 'COMPLETED', 'RUNNING'],
    ]);
    const uuidsOf = (uuid: string): string[] => {
      const record = store.records.byUuid(uuid);
      return record === undefined ? [] : store.records.completing(record).map(({ run }) => run.uuid);
    };
    expect(uuidsOf(second.uuid)).toEqual([first.uuid, second.uuid]);
    expect(uuidsOf(beside.uuid)).toEqual([beside.uuid]);
    const files = store.outputs.together(uuidsOf(second.uuid));
    expect(files.map(({ path, size }) => [path, size])).toEqual([
      ['a', 1],
      ['b', 2],
      ['c', 3],
    ]);
    store.close();
  });

  it('leaves out what was never sent', () => {
    const store = leased();
    const run = store.runs.create(sampleRun(1, { phase: 'Failed', reason: 'NoCluster' }));
    store.attempts.create(sampleAttempt(run, 1, { state: 'ended', outcome: 'unsent' }));
    expect(store.records.live()).toEqual([]);
    store.close();
  });

  it('lists ten thousand in one statement, without their specs', () => {
    const asked: string[] = [];
    const store = leased({ trace: (sql) => asked.push(sql) });
    store.transaction(() => {
      for (let number = 1; number <= 10_000; number++)
        store.runs.create(
          sampleRun(number, { phase: 'Succeeded', reason: 'Done', conditions: ['OutOfSync'] }),
        );
    });
    asked.length = 0;
    const runs = store.records.light();
    expect(runs).toHaveLength(10_000);
    expect(runs[0]).toEqual({
      ...{ uuid: sampleRun(1).uuid, name: 'job-00001', run: '1', generation: 0 },
      ...{ phase: 'Succeeded', hash: '1:1', conditions: ['OutOfSync'] },
    });
    expect(asked.filter((sql) => /^SELECT/i.test(sql))).toHaveLength(1);
    expect(store.records.live()).toEqual([]);
    store.close();
  });
});
