/** The figures: counted from what happened, each once, and told as the docs and the board have them. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { secondsOf, spansOf } from '../../src/http/spans.js';
import type { Attempt } from '../../src/model/run.js';
import { AT_GATE, job } from '../reconcile/desk.js';
import { sampleAttempt, sampleRun } from '../store/fixtures/samples.js';
import { Site } from './site.js';

describe('of jobs that have run', () => {
  let site: Site;
  beforeAll(async () => {
    site = await Site.open({
      // Longer than the second that times are told in.
      'jobs.d/one.yaml': job(`${AT_GATE}; sleep 1.1`),
      'jobs.d/array.yaml': job('exit 0', 'resources: {nbr_jobs_in_array: 3}\n'),
      'jobs.d/fails.yaml': job('exit 3'),
      'jobs.d/elsewhere.yaml': job('exit 0').replace('cluster: here', 'cluster: there'),
      'jobs.d/never.yaml': job('exit 0', 'suspend: true\n'),
      'jobs.d/bad.yaml': job('exit 0').replace('cluster: here', 'cluster: hree'),
    });
    const { runs } = site.app.store;
    await site.until(() => runs.byName('one')?.phase === 'Running');
    site.desk.openGate();
    const names = ['one', 'array', 'fails', 'elsewhere'];
    await site.until(() =>
      names.every((name) => ['Succeeded', 'Failed'].includes(runs.byName(name)?.phase ?? '')),
    );
  });
  afterAll(() => site.leave());

  const figure = async (name: string): Promise<number | undefined> => {
    const { text } = await site.call('/metrics');
    const line = text.split('\n').find((each) => each.startsWith(`${name} `));
    return line === undefined ? undefined : Number(line.slice(name.length + 1));
  };

  it('submissions, waits and runs, one for each attempt', async () => {
    expect(await figure('sluice_submissions_total{cluster="here"}')).toBe(3);
    expect(await figure('sluice_submissions_total{cluster="there"}')).toBe(1);
    expect(await figure('sluice_adoptions_total{cluster="here"}')).toBeUndefined();
    for (const name of ['sluice_queue_seconds', 'sluice_run_seconds']) {
      expect(await figure(`${name}_count{cluster="here"}`), name).toBe(3);
      expect(await figure(`${name}_count{cluster="there"}`), name).toBe(1);
    }
    expect(await figure('sluice_run_seconds_bucket{le="60",cluster="here"}')).toBe(3);
    // By its own word, in whole seconds.
    const sum = (await figure('sluice_run_seconds_sum{cluster="here"}')) ?? 0;
    expect(sum).toBeGreaterThanOrEqual(1);
    const { jobStatus } = site.app.store.records.find('one')?.attempts.at(-1) ?? {};
    expect(jobStatus?.['Elapsed']?.[0]).toMatch(/^00:00:0[1-9]$/);
    expect(await figure('sluice_failed_runs{reason="ExecutionFailed"}')).toBe(1);
  });

  it('round trips are those of the transport, and a cluster that was reached has an age', async () => {
    expect(await figure('sluice_cluster_round_trips_total{cluster="here"}')).toBe(site.desk.trips('here'));
    // This machine is reached without any.
    expect(await figure('sluice_cluster_connections_total{cluster="here"}')).toBe(0);
    expect(await figure('sluice_cluster_poll_age_seconds{cluster="here"}')).toBeGreaterThan(0);
    expect(await figure('sluice_manifest_problems')).toBe(1);
  });

  it('what was found after a lost reply is an adoption; what a lost state is rebuilt from is news of nobody', async () => {
    const { store } = site.app;
    const [found, rebuilt] = [sampleRun(1), sampleRun(2)];
    for (const run of [found, rebuilt]) store.runs.create(run);
    store.attempts.create(sampleAttempt(found, 1, { cluster: 'here' }));
    const submitted = { state: 'submitted', jobId: '7', submittedAt: 5 } as const;
    store.attempts.patch(found.uuid, 1, submitted, { detail: { adopted: true } });
    store.attempts.create(sampleAttempt(rebuilt, 1, { cluster: 'here', ...submitted, jobId: '8' }), {
      actor: 'recovery',
    });
    site.tellNews();
    expect(await figure('sluice_adoptions_total{cluster="here"}')).toBe(1);
    expect(await figure('sluice_submissions_total{cluster="here"}')).toBe(3);
  });

  it('docs/http.md and the board have all of them, and nothing that is not there', async () => {
    const { text } = await site.call('/metrics');
    const told = [...text.matchAll(/^# TYPE (sluice_\w+) /gm)].map(([, name = '']) => name);
    const read = (file: string): string =>
      readFileSync(new URL(`../../docs/${file}`, import.meta.url), 'utf8');
    const namesIn = (words: string): string[] => [
      ...new Set(
        [...words.matchAll(/\b(?:sluice|process|nodejs)_[a-z0-9_]*[a-z0-9]\b/g)].map(([name]) => name),
      ),
    ];
    const page = namesIn(/## Figures[^]*?\n## /.exec(read('http.md'))?.[0] ?? '');
    expect(page.filter((name) => name.startsWith('sluice')).sort()).toEqual(told.sort());
    const drawn = namesIn(read('grafana.json'));
    expect(drawn.length).toBeGreaterThan(15);
    for (const name of drawn) expect(text, name).toMatch(new RegExp(`^(# TYPE )?${name}[{ ]`, 'm'));
    const undrawn = told.filter(
      (name) => !drawn.some((each) => each.replace(/_(bucket|count)$/, '') === name),
    );
    expect(undrawn).toEqual([]);
  });
});

describe('how long an attempt waited and ran', () => {
  const attempt = (more: Partial<Attempt>): Attempt =>
    sampleAttempt(sampleRun(1), 1, {
      state: 'ended',
      outcome: 'completed',
      submittedAt: 10_000,
      endedAt: 100_000,
      ...more,
    });
  const elapsed = (...texts: string[]): Partial<Attempt> => ({ jobStatus: { Elapsed: texts } });

  it.each<[string, Attempt, number | undefined, object | undefined]>([
    ['by its own word', attempt(elapsed('00:01:00')), undefined, { queued: 30, ran: 60 }],
    ['seen late, its word counts', attempt(elapsed('00:01:00')), 60_000, { queued: 30, ran: 60 }],
    ['its end seen late, the look counts', attempt(elapsed('00:01:00')), 20_000, { queued: 10, ran: 60 }],
    ['without its word, as it was seen', attempt({}), 40_000, { queued: 30, ran: 60 }],
    [
      'an array from its first task on',
      attempt(elapsed('00:00:20', '00:00:30')),
      30_000,
      { queued: 20, ran: 70 },
    ],
    ['too short to be seen', attempt(elapsed('00:00:00')), undefined, { queued: 90, ran: 0 }],
    [
      'cancelled while it waited',
      attempt({ outcome: 'cancelled', ...elapsed('00:00:00') }),
      undefined,
      undefined,
    ],
    ['neither seen nor told', attempt({}), undefined, { queued: 90, ran: 0 }],
    ['never submitted', attempt({ submittedAt: undefined } as object), undefined, undefined],
    [
      'of a clock that was set back',
      attempt({ submittedAt: 200_000, ...elapsed('00:00:01') }),
      undefined,
      { queued: 0, ran: 1 },
    ],
  ])('%s', (_, ended, seen, spans) => {
    expect(spansOf(ended, seen)).toEqual(spans);
  });

  it.each([
    ['00:00:07', 7],
    ['01:02:03', 3_723],
    ['2-01:00:00', 176_400],
    ['05:06', 306],
    ['', undefined],
    ['Unknown', undefined],
    ['INVALID', undefined],
  ])('%s', (text, seconds) => {
    expect(secondsOf(text)).toBe(seconds);
  });
});
