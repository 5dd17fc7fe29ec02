/** Lists: every filter, every order, pages that nothing shifts. */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import Database from 'better-sqlite3';
import { PHASES, type Phase } from '../../src/model/run.js';
import {
  EVENT_FROM_END,
  type ListQuery,
  openListing,
  pageStatement,
  SORTS,
  STATES_BY_NAME,
  STATES_BY_UUID,
} from '../../src/store/listing.js';
import { MIGRATIONS } from '../../src/store/migrations/index.js';
import { SPEC } from '../views/examples.js';
import { sampleAttempt, sampleRun } from '../store/fixtures/samples.js';
import { leased, newDirectory } from '../store/fixtures/states.js';
import { Site } from './site.js';

const ENDED = ['Succeeded', 'Failed', 'Cancelled'] as const;

describe('a listing', () => {
  const directory = newDirectory();
  const store = leased({}, directory);
  store.transaction(() => {
    for (let number = 1; number <= 60; number++) {
      const phase: Phase = ENDED[number % 3] ?? 'Pending';
      // Three runs of each of twenty names.
      const name = `Job-${String(number % 20).padStart(2, '0')}`;
      const run = store.runs.create(sampleRun(number, { name, run: String(number), phase, reason: 'Done' }));
      const cluster = number % 2 === 0 ? 'north' : 'south';
      store.attempts.create(
        sampleAttempt(run, 1, { cluster, state: 'ended', outcome: 'completed', taskStates: ['COMPLETED'] }),
      );
    }
  });
  const listing = openListing(directory);
  afterAll(() => {
    listing.close();
    store.close();
  });

  const query = (more: Partial<ListQuery> = {}): ListQuery => ({
    phases: [],
    labels: [],
    all: true,
    sort: 'name',
    limit: 1000,
    ...more,
  });

  it('has of each name the latest run, or all', () => {
    expect(listing.page(query()).runs).toHaveLength(60);
    const latest = listing.page(query({ all: false })).runs;
    expect(latest.map(({ name, run }) => `${name} ${run}`)).toEqual(
      Array.from({ length: 20 }, (_, at) => `Job-${String(at).padStart(2, '0')} ${at === 0 ? 60 : at + 40}`),
    );
  });

  it('filters by phase, label, name and cluster', () => {
    expect(listing.page(query({ phases: ['Failed'] })).runs).toHaveLength(20);
    expect(listing.page(query({ phases: ['Failed', 'Cancelled'] })).runs).toHaveLength(40);
    expect(listing.page(query({ labels: [['team', 'even']] })).runs).toHaveLength(30);
    expect(
      listing.page(
        query({
          labels: [
            ['team', 'even'],
            ['team', 'odd'],
          ],
        }),
      ).runs,
    ).toHaveLength(0);
    expect(listing.page(query({ name: 'JOB-0' })).runs).toHaveLength(30);
    expect(listing.page(query({ name: '%' })).runs).toHaveLength(0);
    expect(listing.page(query({ cluster: 'south' })).runs).toHaveLength(30);
  });

  it('in pages of any size, each run once and in order, also while others come', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...SORTS),
        fc.integer({ min: 1, max: 25 }),
        fc.boolean(),
        fc.subarray([...ENDED]),
        (sort, limit, all, phases) => {
          const whole = listing.page(query({ sort, all, phases })).runs.map(({ uuid }) => uuid);
          const paged: string[] = [];
          let after: ListQuery['after'];
          do {
            const page = listing.page(
              query({ sort, all, phases, limit, ...(after === undefined ? {} : { after }) }),
            );
            paged.push(...page.runs.map(({ uuid }) => uuid));
            after = page.next;
          } while (after !== undefined);
          expect(paged).toEqual(whole);
          expect(new Set(paged).size).toBe(paged.length);
        },
      ),
    );
  });

  it('counts, states, and where a manifest stands', () => {
    expect(Object.fromEntries(listing.phaseCounts())).toEqual({ Succeeded: 20, Failed: 20, Cancelled: 20 });
    expect(Object.fromEntries(listing.failuresByReason())).toEqual({ Done: 20 });
    expect(listing.states('Job-01')).toEqual({ uuid: sampleRun(41).uuid, states: ['COMPLETED'] });
    expect(listing.states(sampleRun(1).uuid.toUpperCase())?.uuid).toBe(sampleRun(1).uuid);
    expect(listing.states('nobody')).toBeUndefined();
    expect(listing.manifestOf('nobody')).toBeUndefined();
    const { uuid } = sampleRun(1);
    const ids = store.events.ofRun(uuid).map(({ id }) => id);
    expect(ids).toHaveLength(2);
    expect([listing.eventsBegin(uuid, 2), listing.eventsBegin(uuid, 1)]).toEqual([0, ids[0]]);
  });

  it('cannot write, and says where there is no state', () => {
    expect(() => openListing(newDirectory())).toThrow(/there is no state/);
  });

  it('reads no table from end to end for one job, and none but by its index for a page', () => {
    const database = new Database(':memory:');
    for (const migration of MIGRATIONS) database.exec(migration.sql);
    const explain = (sql: string): string[] =>
      database
        .prepare(`EXPLAIN QUERY PLAN ${sql.replaceAll(/\?|:[a-z_0-9]+/g, "'x'")}`)
        .all()
        .map((row) => JSON.stringify(row));
    for (const sql of [STATES_BY_NAME, STATES_BY_UUID, EVENT_FROM_END])
      expect(explain(sql).filter((line) => line.includes('"SCAN'))).toEqual([]);
    const { sql } = pageStatement(query({ all: false, after: { name: 'x', id: 1 } }));
    expect(
      explain(sql)
        .filter((line) => line.includes('"SCAN'))
        .filter((line) => !line.includes('USING')),
    ).toEqual([]);
    database.close();
  });
});

describe('GET /jobs', () => {
  let site: Site;
  beforeAll(async () => {
    site = await Site.open();
    const { store } = site.app;
    for (let number = 1; number <= 7; number++)
      store.runs.create(
        sampleRun(number, {
          phase: ENDED[number % 3] ?? 'Failed',
          reason: 'Done',
          specJson: JSON.stringify({ ...SPEC, labels: { team: number % 2 === 0 ? 'even' : 'odd' } }),
        }),
      );
  });
  afterAll(() => site.leave());

  it('pages by cursor', async () => {
    const names: string[] = [];
    let next: string | null = '';
    while (next !== null) {
      const { json } = await site.call(`/jobs?limit=3&sort=-created${next === '' ? '' : `&cursor=${next}`}`);
      names.push(...json.items.map(({ name }) => name));
      next = json.next;
    }
    expect(names).toEqual([7, 6, 5, 4, 3, 2, 1].map((number) => `job-0000${number}`));
  });

  it('filters', async () => {
    const count = async (search: string): Promise<number> =>
      (await site.call(`/jobs?${search}`)).json.items.length;
    expect(await count('phase=Failed')).toBe(3);
    expect(await count('phase=Failed&phase=Cancelled')).toBe(5);
    expect(await count('label=team%3Deven')).toBe(3);
    expect(await count('name=00003')).toBe(1);
    expect(await count('cluster=north')).toBe(0);
  });

  it.each([
    ['phase=failed', /phase: "failed" is none of .*; did you mean "Failed"/],
    ['pahse=Failed', /"pahse" is no parameter here; did you mean "phase"/],
    ['limit=0', /limit: 0 is not between 1 and 500/],
    ['limit=1e3', /no whole number/],
    ['limit=5&limit=6', /more than once/],
    ['label=x', /label: "x" is not of the form/],
    ['sort=age', /sort: "age" is none of name/],
    ['all=yes', /neither true nor false/],
    ['cursor=abc', /is not the "next" of any page/],
    ['cursor=%00', /cursor/],
    ['limit=0&sort=x', /and 1 more/],
  ])('%s is 400', async (search, words) => {
    const { status, json } = await site.call(`/jobs?${search}`);
    expect([status, json.detail]).toEqual([400, expect.stringMatching(words)]);
  });

  it('every phase may be asked for', async () => {
    const all = PHASES.map((phase) => `phase=${phase}`).join('&');
    expect((await site.call(`/jobs?${all}`)).status).toBe(200);
  });
});
