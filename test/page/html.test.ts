import fc from 'fast-check';
import { expect, it } from 'vitest';
import { asksOf, offersOf } from '../../src/page/advice.js';
import { html } from '../../src/page/html.js';
import { storyPage } from '../../src/page/job.js';
import { overviewPage } from '../../src/page/overview.js';
import { duration, moodOfPhase, moodOfState, size } from '../../src/page/words.js';
import { PHASES, type Run } from '../../src/model/run.js';
import type { KnownBreaker } from '../../src/model/status.js';
import { toCluster } from '../../src/views/cluster.js';
import { type RecordView, toRecord } from '../../src/views/record.js';
import { clusterOf } from '../plan/scene.js';
import { sampleRun } from '../store/fixtures/samples.js';
import { ATTEMPT, RUN } from '../views/examples.js';

it('what comes from elsewhere is text, in content and in attributes', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const { text: made } = html`<a title="${text}">${[text, null, undefined, false]}</a>`;
      const inside = /^<a title="([^"]*)">([^<]*)<\/a>$/s.exec(made);
      expect(inside?.[1]).toBe(inside?.[2]);
    }),
  );
  expect(html`<b>${html`<i>${'<'}</i>`}${0}</b>`.text).toBe('<b><i>&lt;</i>0</b>');
});

it('times, sizes, and a sign for every phase', () => {
  expect([0, 1_500, 119_000, 121_000, 7_300_000, 200_000_000].map(duration)).toEqual([
    ...['0 s', '1 s', '119 s', '2 min', '2 h', '2 d'],
  ]);
  expect([0, 999, 1_000, 1_400_000].map(size)).toEqual(['0 B', '999 B', '1.0 kB', '1.4 MB']);
  expect(new Set(PHASES.map(moodOfPhase))).toEqual(
    new Set(['good', 'bad', 'idle', 'asks', 'busy', 'waiting']),
  );
  expect(['CANCELLED by 5', 'TIMEOUT', 'PENDING', 'RUNNING', 'COMPLETED'].map(moodOfState)).toEqual([
    ...['idle', 'bad', 'waiting', 'busy', 'good'],
  ]);
});

const recordOf = (more: Partial<Run>): RecordView =>
  toRecord(
    {
      run: sampleRun(1, { name: 'lattice', manifestFile: '/p/jobs.d/lattice.yaml', specJson: '', ...more }),
      attempts: [],
    },
    [],
  );
const frame = { installation: 'x', user: '', now: 1_000_000, lastPass: null };
const filter = { phases: [], labels: [], name: '', cluster: '', all: false, sort: 'name' };

it.each<[string, readonly string[]]>([
  [
    'SubmissionUnknown',
    ['describe', 'resolve lattice --adopt ID', 'resolve lattice --not-submitted', 'cancel', 'forget'],
  ],
  ['OutcomeUnknown', ['describe', 'cancel', 'forget']],
])('of what is Blocked as %s on a cluster it says all that a person may say', (reason, told) => {
  const run = recordOf({ phase: 'Blocked', reason: reason as Run['reason'] });
  const commands = asksOf({ ...run, cluster: 'north' }).map(({ command }) => command);
  expect(commands).toEqual(
    told.map((words) => (words.includes(' ') ? `sluice ${words}` : `sluice ${words} lattice`)),
  );
});

it('a cluster that is left alone says whether its pause lasts, is over, or waits for a person', () => {
  const known = { since: 1, reason: 'ClusterUnreachable', message: 'timed out' };
  const shown = (breaker: KnownBreaker): string => {
    const cluster = toCluster(clusterOf('north'), undefined, { breaker }, frame.now);
    return overviewPage({
      ...{ frame, clusters: [cluster], problems: [], filter, jobs: [], next: null, counts: [] },
      ...{ waiting: [], blocked: [] },
    });
  };
  expect(shown({ state: 'open', nextAt: frame.now + 40_000, ...known })).toContain(
    'open: asked again in 40 s',
  );
  expect(shown({ state: 'open', nextAt: frame.now, ...known })).toContain(
    'half-open: asked again as soon as',
  );
  expect(shown({ state: 'locked', ...known })).toMatch(
    /locked, until the login is mended:\s+<code[^>]*>sluice clusters check north/,
  );
});

it.each<[string, Partial<Run>, readonly string[]]>([
  ['nobody', { phase: 'Running', reason: 'Executing' }, []],
  [
    'a person who decides',
    { phase: 'Blocked', reason: 'OutcomeUnknown' },
    ['sluice describe lattice', 'sluice cancel lattice'],
  ],
  ['room for its results', { phase: 'Blocked', reason: 'NoRoomHere' }, ['sluice cancel lattice']],
  ['a login', { phase: 'Pending', reason: 'LoginNeeded' }, ['sluice clusters check north']],
  [
    'who suspended it',
    { phase: 'Suspended', reason: 'SuspendedByUser', suspendRequested: true },
    ['sluice resume lattice'],
  ],
  ['its manifest', { phase: 'Suspended', reason: 'SuspendedByManifest' }, ['/p/jobs.d/lattice.yaml']],
  ['a word on its edit', { phase: 'Running', conditions: ['OutOfSync'] }, ['"run:"']],
])('a job that waits for %s says what to type', (_, run, told) => {
  const record = recordOf(run);
  const said = asksOf(record).map(({ words, command }) => command ?? words);
  expect(said).toHaveLength(told.length);
  told.forEach((words, at) => expect(said[at]).toContain(words));
  const page = storyPage({ frame, record, events: [], cut: false, script: undefined, others: [] });
  expect(page.includes('Waits for your word')).toBe(told.length > 0);
});

it('one that failed offers to be run once more, and does not ask for it', () => {
  const failed = recordOf({ phase: 'Failed', reason: 'OutputMissing' });
  expect([asksOf(failed), offersOf(failed).map(({ command }) => command)]).toEqual([
    [],
    ['sluice rerun lattice'],
  ]);
});

it('an array of which some tasks failed offers those first, and each attempt names the tasks that it had', () => {
  const shown = recordOf({ phase: 'Failed', reason: 'ExecutionFailed' });
  const states = { ...shown, state: ['COMPLETED', 'FAILED', 'FAILED'] };
  expect(offersOf(states).map(({ command }) => command)).toEqual([
    'sluice rerun lattice --failed-tasks',
    'sluice rerun lattice',
  ]);
  const record = toRecord({ run: RUN, attempts: [ATTEMPT, { ...ATTEMPT, number: 2, tasks: [2, 3] }] }, []);
  const page = storyPage({ frame, record, events: [], cut: false, script: undefined, others: [] });
  expect(page).toContain('12, tasks 2-3');
});

it('one that is owed to a lost cluster offers to give that up, and does not ask for it', () => {
  const owing = recordOf({ phase: 'Succeeded', reason: 'Done', conditions: ['Debt'] });
  expect([asksOf(owing), offersOf(owing).map(({ command }) => command)]).toEqual([
    [],
    ['sluice resolve lattice --not-submitted'],
  ]);
});

it('what waits for a person stands first, with what to type; where nothing does, nothing is said', () => {
  const view = { frame, clusters: [], problems: [], filter, jobs: [], next: null, counts: [] };
  const blocked = [
    recordOf({ phase: 'Blocked', reason: 'OutcomeUnknown', message: 'gone, and nobody <knows>' }),
  ];
  const message = '12 runs would be ended; if that is meant: sluice approve 1a2b3c';
  const waiting = [{ name: '', reason: 'ManyAtOnce', message, since: frame.now } as const];
  const text = overviewPage({ ...view, waiting, blocked });
  expect(text).toMatch(
    /Waits for your word[^]*sluice approve 1a2b3c[^]*gone, and nobody &lt;knows&gt;[^]*sluice cancel lattice/,
  );
  expect(text.indexOf('Waits for your word')).toBeLessThan(text.indexOf('id="clusters-title"'));
  expect(overviewPage({ ...view, waiting: [], blocked: [] })).not.toContain('Waits for your word');
});

it('a job from Git names its commit and author, and what it depends on is a step away', () => {
  const record = {
    ...recordOf({ commit: 'ab'.repeat(20), author: 'Ada <ada@example.org>' }),
    user_input: { depends_on: ['first', { name: 'second', when: 'finished' }] },
  };
  const page = storyPage({ frame, record, events: [], cut: false, script: undefined, others: [] });
  expect(page).toMatch(/title="(ab){20}">abababababab<\/code\s*> by Ada &lt;ada@example\.org&gt;/);
  expect(page).toMatch(/href="\/jobs\/first">first<[^]*, <a href="\/jobs\/second">second<\/a> \(finished\)/);
});
