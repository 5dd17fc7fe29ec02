/** A cluster that may hold an attempt and is lost; and what it may hold still when the run has gone on elsewhere. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ClaimFacts } from '../../src/model/observation.js';
import type { Attempt, Run } from '../../src/model/run.js';
import { planPass } from '../../src/plan/plan.js';
import {
  answered,
  attemptOf,
  claimOf,
  clusterOf,
  factsOf,
  LOGIN_NEEDED,
  NOT_ASKED,
  NOW,
  planOf,
  reached,
  rowOf,
  runOf,
  type Scene,
  type Seen,
  SILENT,
  specOf,
  STEPS,
  UNREACHABLE,
  wantedOf,
} from './scene.js';

const MINUTE = 60_000;
const OUTCOME = 'superseded/Superseded';
const spec = specOf({ destination: ['north', 'south'], onClusterLost: 'failover' });
const SUBMITTED: Partial<Attempt> = { state: 'submitted', jobId: '7' };
const lostFor = (minutes: number): Partial<Attempt> => ({ ...SUBMITTED, lostSince: NOW - minutes * MINUTE });

interface Case extends Omit<Scene, 'live' | 'wanted'> {
  readonly attempt?: Partial<Attempt>;
  readonly run?: Partial<Run>;
  readonly of?: typeof spec;
}

/** A run in the queue of north, which does not answer. */
function sceneOf({ attempt = lostFor(30), run = {}, of = spec, ...more }: Case): Scene {
  const live = [{ run: runOf(of, { phase: 'Queued', ...run }), attempts: [attemptOf(of, attempt)] }];
  return { wanted: [wantedOf(of)], live, reach: { north: UNREACHABLE }, ...more };
}

const plan = (each: Case): readonly string[] => planOf(sceneOf(each));
const GONE_ON = ['cede north 1', 'stage south 2 fresh', 'submit south 2'];
const WAITS = ['wait Queued/ClusterUnreachable [Lost]'];

describe('a lost cluster', () => {
  it('is noted when it is lost, and when it is found', () => {
    expect(plan({ attempt: SUBMITTED })).toEqual(['lost north 1', ...WAITS]);
    const claims = [claimOf(spec, { jobId: '7' })];
    const reach = { north: reached({ claims, queue: answered(rowOf(spec, 'RUNNING')) }) };
    expect(plan({ reach })).toEqual(['found north 1', 'progress Running/Executing']);
  });

  it.each([
    ['the usual while is not over', { attempt: lostFor(29) }],
    ['that of its cluster is not over', { clusters: [clusterOf('north', { failoverAfterSeconds: 1801 }), clusterOf('south')] }],
    ['the manifest says so', { of: { ...spec, onClusterLost: 'wait' } }],
    ['its end was asked for', { run: { cancelRequested: true } }],
    ['it is suspended by a person', { run: { suspendRequested: true } }],
    ['it is suspended by its manifest', { of: { ...spec, suspend: true } }],
    ['no other answers', { reach: { north: UNREACHABLE, south: UNREACHABLE } }],
    ['the queue of the other is full', {
      clusters: [clusterOf('north'), clusterOf('south', { maxJobs: 1 })],
      reach: { north: UNREACHABLE, south: reached({ queue: answered(rowOf(spec, 'RUNNING', { name: 'mine' })) }) },
    }],
    ['there is no other', { run: { candidates: ['north'] } }],
  ] as [string, Case][])('is waited for as long as %s', (_, each) => {
    const words = plan(each).map((line) => line.replace('Lost,Suspended', 'Lost').replace('Suspended,Lost', 'Lost'));
    expect(words).toEqual(WAITS);
  }); // prettier-ignore

  it('is waited for where a person must mend the login, however long', () => {
    expect(plan({ reach: { north: LOGIN_NEEDED }, attempt: lostFor(9999) })).toEqual([
      'wait Queued/LoginNeeded [Lost]',
    ]);
  });

  it('is waited for until the others were asked', () => {
    const found = planPass(factsOf(sceneOf({ reach: { north: UNREACHABLE, south: NOT_ASKED } })));
    expect(found.asks).toEqual(['south']);
    expect(found.actions.map(({ kind }) => kind)).toEqual(['wait']);
  });

  it('is left when that is over', () => {
    expect(plan({})).toEqual(GONE_ON);
    const clusters = [clusterOf('north', { failoverAfterSeconds: 60 }), clusterOf('south')];
    expect(plan({ clusters, attempt: lostFor(1) })).toEqual(GONE_ON);
    expect(plan({ of: { ...spec, ...STEPS }, attempt: { ...lostFor(30), state: 'placed' } })).toEqual([
      'cede north 1',
      'stage south 2 fresh',
      'steps south 2',
    ]);
  });

  it('is left when it is in the inventory no more', () => {
    expect(plan({ clusters: [clusterOf('south')], reach: {} })).toEqual(GONE_ON);
  });

  it('is left only by what says so, for one that answers and is owed nothing, and by nothing that is to end or to wait', () => {
    const NAMES = ['north', 'south', 'east'];
    const reaches = fc.constantFrom(UNREACHABLE, UNREACHABLE, LOGIN_NEEDED, reached(), reached());
    const scenes = fc.record({
      onClusterLost: fc.constantFrom('wait' as const, 'failover' as const, 'failover' as const),
      suspend: fc.constantFrom(false, false, true),
      run: fc.record({
        phase: fc.constantFrom<Run['phase'][]>('Staging', 'Queued', 'Running', 'Blocked'),
        cancelRequested: fc.constantFrom(false, false, true),
        suspendRequested: fc.constantFrom(false, false, true),
        candidates: fc.shuffledSubarray(NAMES, { minLength: 1 }),
      }),
      owed: fc.subarray(NAMES, { maxLength: 2 }),
      last: fc.constantFrom(...NAMES),
      minutes: fc.constantFrom(1, 29, 30, 300),
      reach: fc.tuple(reaches, reaches, reaches),
      recalled: fc.tuple(...NAMES.map(() => fc.constantFrom(true, true, true, false))),
    });
    let granted = 0;
    fc.assert(
      fc.property(scenes, ({ onClusterLost, suspend, run, owed, last, minutes, reach, recalled }) => {
        const of = { ...spec, onClusterLost, suspend };
        const debts = owed.map((cluster, index) =>
          attemptOf(of, { ...SUBMITTED, number: index + 1, cluster, owedSince: NOW - MINUTE }),
        );
        const attempt = attemptOf(of, { ...lostFor(minutes), number: debts.length + 1, cluster: last });
        const byName = <T>(values: readonly T[]): Record<string, T> =>
          Object.fromEntries(
            NAMES.flatMap((name, at) => (values[at] === undefined ? [] : [[name, values[at]]])),
          );
        const facts = factsOf({
          clusters: NAMES.map((name) => clusterOf(name)),
          wanted: [wantedOf(of)],
          live: [{ run: runOf(of, run), attempts: [...debts, attempt] }],
          reach: byName(reach),
          recalled: byName(recalled),
        });
        const actions = planPass(facts).actions.filter((action) => 'token' in action);
        const ceded = actions.filter(({ kind, token }) => kind === 'cede' && token === attempt.token);
        const fresh = actions.filter((action) => action.kind === 'stage' && action.fresh);
        expect(fresh.length).toBe(ceded.length);
        if (ceded.length === 0) return;
        granted += 1;
        expect([onClusterLost, suspend, minutes >= 30]).toEqual(['failover', false, true]);
        expect(run).toMatchObject({ cancelRequested: false, suspendRequested: false });
        expect(facts.sites.get(last)?.reach).toBe(UNREACHABLE);
        const cluster = fresh[0]?.cluster ?? '';
        expect([...owed, last]).not.toContain(cluster);
        expect(facts.sites.get(cluster)?.reach.kind).toBe('reached');
        for (const name of run.candidates) expect(facts.sites.get(name)?.recalled).toBe(true);
      }),
      { numRuns: 2000 },
    );
    expect(granted, 'nothing went elsewhere').toBeGreaterThan(0);
  });

  it('says what it waits for, in words that stay the same', () => {
    const words = (minutes: number): string | undefined =>
      planPass(factsOf(sceneOf({ attempt: lostFor(minutes) }))).actions.at(-1)?.why;
    expect(words(3)).toBe(words(20));
    expect(words(3)).toBe('north may hold it: timed out; after 30m of that it goes to another cluster');
  });
});

describe('after a loss of memory', () => {
  const recalled = { south: false };
  const claims = [claimOf(spec, {})];
  const reach = { north: reached({ claims }), south: UNREACHABLE };

  it('a run that may have gone on elsewhere waits for who may have got it', () => {
    expect(plan({ reach, recalled, attempt: { state: 'placed' } })).toEqual([
      'wait Queued/RecoveryIncomplete',
    ]);
  });

  it('one that waits for its cluster may have said otherwise: what was submitted of it is followed, and nothing is begun', () => {
    const waits = specOf({ destination: ['north', 'south'] });
    expect(plan({ reach, recalled, of: waits, attempt: { state: 'placed' } })).toEqual([
      'wait Queued/RecoveryIncomplete',
    ]);
    expect(plan({ reach, recalled, of: waits, attempt: { state: 'submitted', jobId: '7' } })).not.toContain(
      'wait Queued/RecoveryIncomplete',
    );
  });

  it('and not for one that is known to be owed', () => {
    const attempts = [
      attemptOf(spec, { ...SUBMITTED, cluster: 'south', owedSince: NOW - MINUTE }),
      attemptOf(spec, { number: 2, state: 'placed' }),
    ];
    const live = [{ run: runOf(spec, { phase: 'Queued' }), attempts }];
    const seen = { north: reached({ claims: [claimOf(spec, {}, 2)] }), south: UNREACHABLE };
    expect(planOf({ wanted: [wantedOf(spec)], live, reach: seen, recalled })).toEqual([
      'submit north 2',
      'sync in owing',
    ]);
  });
});

describe('a debt', () => {
  const OWED: Partial<Attempt> = { ...SUBMITTED, owedSince: NOW - MINUTE };
  const OWNED = { kind: 'job', jobId: '7', restart: 0 } as const;
  const goingOn = attemptOf(spec, { ...SUBMITTED, number: 2, cluster: 'south', jobId: '9' });
  const token2 = goingOn.token;
  const south = reached({
    claims: [claimOf(spec, { jobId: '9' }, 2)],
    queue: answered(rowOf(spec, 'RUNNING', { jobId: '9', name: token2 })),
  });

  interface Debt {
    readonly attempt?: Partial<Attempt>;
    /** null: no claim is there. */
    readonly claim?: Partial<ClaimFacts> | null;
    readonly seen?: Omit<Seen, 'claims'>;
  }
  function actionsOf({ attempt = {}, claim = { jobId: '7' }, seen = {} }: Debt): readonly string[] {
    const claims = claim === null ? [] : [claimOf(spec, claim)];
    const attempts = [attemptOf(spec, { ...OWED, ...attempt }), goingOn];
    const live = [{ run: runOf(spec, { phase: 'Running', conditions: ['Debt'] }), attempts }];
    const reach = { north: reached({ ...seen, claims }), south };
    return planOf({ wanted: [wantedOf(spec)], live, reach });
  }
  const OWING = 'progress Running/Executing [Debt]';
  const OVER = [`conclude north 1 ${OUTCOME}`, 'settle north 1', 'progress Running/Executing'];
  const UNSUBMITTED: Partial<Attempt> = { state: 'placed', owedSince: NOW - MINUTE };

  it.each<[string, Debt, readonly string[]]>([
    ['runs', { claim: { jobId: '7', owner: OWNED }, seen: { queue: answered(rowOf(spec, 'RUNNING')) } },
      [`fence north 1 ${OUTCOME} cancel 7`, OWING]],
    ['waits in the queue', { seen: { queue: answered(rowOf(spec, 'PENDING')) } },
      [`fence north 1 ${OUTCOME} cancel 7`, OWING]],
    ['has completed', { claim: { jobId: '7', owner: OWNED }, seen: { queue: answered(rowOf(spec, 'COMPLETED')) } }, OVER],
    ['was cancelled', { claim: { jobId: '7', owner: OWNED }, seen: { queue: answered(rowOf(spec, 'CANCELLED')) } }, OVER],
    ['was fenced', { claim: { owner: { kind: 'fence' } } }, OVER],
    ['is in the queue behind the fence', {
      claim: { owner: { kind: 'fence' }, jobId: '7' },
      seen: { queue: answered(rowOf(spec, 'PENDING')) },
    }, [`conclude north 1 ${OUTCOME}`, 'settle north 1 cancel 7', 'progress Running/Executing']],
    ['was never begun', { claim: { jobId: '7' } }, [`fence north 1 ${OUTCOME} cancel 7`, OWING]],
    ['has begun and nothing tells of it', { claim: { jobId: '7', owner: OWNED } }, ['cede north 1', OWING]],
    ['has begun and nobody can be asked', { claim: { jobId: '7', owner: OWNED }, seen: { queue: SILENT } }, [OWING]],
    ['has not begun and nobody can be asked', { seen: { queue: SILENT } }, [`fence north 1 ${OUTCOME} cancel 7`, OWING]],
  ])('that %s', (_, debt, expected) => {
    expect(actionsOf(debt)).toEqual(expected);
  }); // prettier-ignore

  it.each<[string, Debt['claim']]>([
    ['of which there is no claim', null],
    ['that is placed', {}],
    [
      'whose steps run',
      { steps: { kind: 'running', maker: 'alive', heartbeatAgeSeconds: 1, host: 'h', turn: 1 } },
    ],
    ['whose submission is under way', { ticket: { kind: 'made', maker: 'alive', ageSeconds: 1 } }],
  ])('%s is fenced', (_, claim) => {
    const attempts = [attemptOf(spec, UNSUBMITTED), goingOn];
    const live = [{ run: runOf(spec, { phase: 'Running', conditions: ['Debt'] }), attempts }];
    const reach = { north: reached({ claims: claim === null ? [] : [claimOf(spec, claim)] }), south };
    expect(planOf({ wanted: [wantedOf(spec)], live, reach })).toEqual([`fence north 1 ${OUTCOME}`, OWING]);
  });

  it('that only a person can end is said once', () => {
    const claim = { jobId: '7', owner: OWNED };
    const facts = factsOf({
      wanted: [wantedOf(spec)],
      live: [{ run: runOf(spec, { phase: 'Running' }), attempts: [attemptOf(spec, OWED), goingOn] }],
      reach: { north: reached({ claims: [claimOf(spec, claim)] }), south },
    });
    const [said] = planPass(facts).actions;
    expect(said?.why).toMatch(
      /nothing tells how it ended: look there, .+ sluice resolve fit --not-submitted$/,
    );
    expect(actionsOf({ claim, attempt: { message: said?.why ?? '' } })).toEqual([OWING]);
  });

  it('stands beside the end of the run, is asked about, and is told no more when it is over', () => {
    const ended: Attempt = {
      ...goingOn,
      state: 'ended',
      outcome: 'completed',
      fetchedAt: NOW,
      settledAt: NOW,
    };
    const of = (reach: Scene['reach'], first: Partial<Attempt> = {}): Scene => {
      const run = runOf(spec, { phase: 'Succeeded', reason: 'Done', conditions: ['Debt'] });
      const attempts = [attemptOf(spec, { ...OWED, ...first }), ended];
      return { wanted: [wantedOf(spec)], live: [{ run, attempts }], ...(reach ? { reach } : {}) };
    };
    expect(planOf(of({ north: UNREACHABLE }))).toEqual([]);
    expect(planPass(factsOf(of({ north: NOT_ASKED }))).asks).toEqual(['north']);
    const running = { claims: [claimOf(spec, { owner: OWNED })], queue: answered(rowOf(spec, 'RUNNING')) };
    expect(planOf(of({ north: reached(running) }))).toEqual([`fence north 1 ${OUTCOME} cancel 7`]);
    const gone = { claims: [claimOf(spec, { owner: OWNED })], queue: answered(rowOf(spec, 'COMPLETED')) };
    expect(planOf(of({ north: reached(gone) }))).toEqual([
      `conclude north 1 ${OUTCOME}`,
      'settle north 1',
      'sync in owing nothing',
    ]);
  });

  it('that a person gave up is cancelled before it is settled', () => {
    const first = attemptOf(spec, { ...OWED, state: 'ended', outcome: 'superseded', reason: 'Superseded' });
    const live = [{ run: runOf(spec, { phase: 'Running' }), attempts: [first, goingOn] }];
    const seen = { claims: [claimOf(spec, { owner: OWNED })], queue: answered(rowOf(spec, 'RUNNING')) };
    const planned = planOf({ wanted: [wantedOf(spec)], live, reach: { north: reached(seen), south } });
    expect(planned).toEqual(['settle north 1 cancel 7', 'progress Running/Executing']);
  });

  it('keeps its cluster from getting the run again', () => {
    const refused = attemptOf(spec, {
      number: 2,
      cluster: 'south',
      state: 'ended',
      outcome: 'refused',
      reason: 'Refused',
    });
    const of = (first: Partial<Attempt>, north: Scene['reach']): readonly string[] => {
      const live = [{ run: runOf(spec), attempts: [attemptOf(spec, first), refused] }];
      return planOf({ wanted: [wantedOf(spec)], live, ...(north ? { reach: north } : {}) });
    };
    expect(of(OWED, { north: UNREACHABLE })).toEqual([
      'settle south 2',
      'wait Pending/ClusterUnreachable [Debt]',
    ]);
    const over: Partial<Attempt> = {
      state: 'ended',
      outcome: 'superseded',
      reason: 'Superseded',
      settledAt: NOW,
    };
    expect(of(over, {})).toEqual(['settle south 2', 'stage north 3 fresh', 'submit north 3']);
  });
});
