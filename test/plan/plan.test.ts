/** A pass as a whole: what is new, what is known, what is over, what is no longer wanted. */
import { describe, expect, it } from 'vitest';
import { planPass } from '../../src/plan/plan.js';
import { currentSpec } from '../../src/plan/situation.js';
import { isChange } from '../../src/model/action.js';
import type { ClaimFacts } from '../../src/model/observation.js';
import type { Attempt } from '../../src/model/run.js';
import type { SettledRun } from '../../src/plan/facts.js';
import {
  answered,
  attemptOf,
  claimOf,
  clusterOf,
  factsOf,
  LOGIN_NEEDED,
  NOT_ASKED,
  planOf,
  reached,
  rowOf,
  runOf,
  type Seen,
  SILENT,
  specOf,
  STEPS,
  UNREACHABLE,
  uuidOf,
  wantedOf,
} from './scene.js';

const spec = specOf();
const begun = (ageSeconds: number) => ({ kind: 'made', maker: 'dead', ageSeconds }) as const;
const SETTLED = {
  ...{ outOfSync: false, generation: 0 },
  ...{ isReplaced: false, isWaiting: false, isForgotten: false },
};
const settled = (more: Partial<SettledRun> = {}): Map<string, SettledRun> =>
  new Map([[uuidOf(spec), { uuid: uuidOf(spec), name: 'fit', run: '1', hash: '1:a', ...SETTLED, ...more }]]);

describe('a new manifest', () => {
  it('is accepted, staged and submitted in one pass', () => {
    expect(planOf({ wanted: [wantedOf(spec)] })).toEqual([
      'accept north',
      'stage north 1 fresh',
      'submit north 1',
    ]);
  });
  it('with steps is not submitted yet', () => {
    expect(planOf({ wanted: [wantedOf(specOf(STEPS))] })).toEqual([
      'accept north',
      'stage north 1 fresh',
      'steps north 1',
    ]);
  });
  it('that says suspend is taken up and held', () => {
    expect(planOf({ wanted: [wantedOf(specOf({ suspend: true }))] })).toEqual([
      'accept north',
      'hold Suspended/SuspendedByManifest [Suspended]',
    ]);
  });
  it('that asks for what is not there yet is held, and nothing is sent', () => {
    const plan = planPass(factsOf({ wanted: [wantedOf(specOf({ prepareOn: 'job' }))] }));
    expect(plan.actions.map((action) => action.kind)).toEqual(['accept', 'hold']);
    expect(plan.actions[1]?.why).toContain('`prepare_on: job`');
  });
  it('for a cluster that nobody asked yet: the plan says whom to ask', () => {
    const plan = planPass(factsOf({ wanted: [wantedOf(spec)], reach: { north: NOT_ASKED } }));
    expect(plan.asks).toEqual(['north']);
    expect(plan.actions.some(isChange)).toBe(true); // accepted
    expect(plan.actions.some((action) => action.kind === 'stage')).toBe(false);
  });
  it('for no cluster of the inventory fails with words', () => {
    const nowhere = specOf({ destination: ['gone'] });
    expect(planOf({ wanted: [wantedOf(nowhere)] })).toEqual(['accept ', 'finish Failed/NoCluster']);
  });
});

describe('what is over', () => {
  it('needs nothing', () => {
    const plan = planPass(factsOf({ wanted: [wantedOf(spec)], settled: settled() }));
    expect(plan).toEqual({ actions: [], unchanged: 1, asks: [], waiting: [] });
  });
  it('never reads the manifest of a settled run', () => {
    const wanted = wantedOf(spec, { spec: () => { throw new Error('read'); } }); // prettier-ignore
    expect(planOf({ wanted: [wanted], settled: settled() })).toEqual([]);
  });
  it('is OutOfSync after an edit, once, and in sync when the edit is taken back', () => {
    const edited = wantedOf(spec, { hash: '1:b' });
    expect(planOf({ wanted: [edited], settled: settled() })).toEqual(['sync out']);
    expect(planOf({ wanted: [edited], settled: settled({ outOfSync: true }) })).toEqual([]);
    expect(planOf({ wanted: [wantedOf(spec)], settled: settled({ outOfSync: true }) })).toEqual(['sync in']);
  });
  it('with another run: is a new run', () => {
    const again = specOf({ run: '2' });
    expect(planOf({ wanted: [wantedOf(again)], settled: settled() })[0]).toBe('accept north');
  });
  it('leaves the cluster when its attempts are not in the ledger yet, and only there where one can', () => {
    const record = {
      run: runOf(spec, { phase: 'Succeeded' }),
      attempts: [attemptOf(spec, { state: 'ended', outcome: 'completed', fetchedAt: 1 })],
    };
    expect(planOf({ wanted: [wantedOf(spec)], live: [record] })).toEqual(['settle north 1']);
    expect(planOf({ wanted: [wantedOf(spec)], live: [record], reach: { north: UNREACHABLE } })).toEqual([]);
  });
  it.each<readonly [string, Partial<Attempt>, Partial<ClaimFacts>, Seen, readonly string[]]>([
    ['its submission began just now', {}, {}, {}, []],
    ['its submission began three minutes ago', {}, { ticket: begun(180) }, {}, ['settle north 1']],
    ['the queue is silent, so that its job may be there', {}, { ticket: begun(900) }, { queue: SILENT }, []],
    ['its turn never came', {}, { ticket: { ...begun(9), kind: 'waiting' } }, { queue: SILENT }, ['settle north 1']],
    ['it was refused', { outcome: 'refused' }, {}, { queue: SILENT }, ['settle north 1']],
    ['its job is known and gone', { jobId: '7' }, {}, {}, ['settle north 1']],
    ['its job is live', { jobId: '7' }, {}, { queue: answered(rowOf(spec, 'PENDING')) }, ['settle north 1 cancel 7']],
    ['its job came late', {}, {}, { queue: answered(rowOf(spec, 'PENDING')) }, ['settle north 1 cancel 7']],
    ['its job came late and has ended', {}, { ticket: begun(900) }, { queue: answered(rowOf(spec, 'FAILED')) }, ['settle north 1']],
    ['a stranger is in the queue', {}, { ticket: begun(900) }, { queue: answered(rowOf(spec, 'PENDING', { name: 'x' })) }, ['settle north 1']],
    ['a job owns it', {}, { owner: { kind: 'job', jobId: '7', restart: 0 } }, { queue: answered(rowOf(spec, 'RUNNING')) }, ['settle north 1']],
  ])('behind the fence, %s', (_, attempt, claim, seen, expected) => {
    const record = {
      run: runOf(spec, { phase: 'Cancelled' }),
      attempts: [attemptOf(spec, { state: 'ended', outcome: 'cancelled', ...attempt })],
    };
    const claims = [claimOf(spec, { owner: { kind: 'fence' }, ticket: begun(60), ...claim })];
    const reach = { north: reached({ ...seen, claims }) };
    expect(planOf({ wanted: [wantedOf(spec)], live: [record], reach })).toEqual(expected);
  }); // prettier-ignore
  it('is cleaned up when its retention is over, where its cluster answers', () => {
    const record = { run: runOf(spec, { phase: 'Succeeded' }), attempts: [attemptOf(spec)] };
    expect(planOf({ cleanable: [record] })).toEqual(['clean north 1']);
    expect(planOf({ cleanable: [record], reach: { north: UNREACHABLE } })).toEqual([]);
    expect(planPass(factsOf({ cleanable: [record], reach: { north: NOT_ASKED } }))).toMatchObject({
      actions: [],
      asks: ['north'],
    });
  });
});

describe('an edit', () => {
  const edited = wantedOf(specOf({ destination: ['south'], execution: ['./other'] }), { hash: '1:b' });
  const live = (attempts: ReturnType<typeof attemptOf>[], more = {}): Parameters<typeof planOf>[0] => ({
    wanted: [edited],
    live: [{ run: runOf(spec, { phase: 'Queued', ...more }), attempts }],
    reach: {
      north: reached({ claims: [claimOf(spec, { jobId: '7' })], queue: answered(rowOf(spec, 'PENDING')) }),
    },
  });
  it('before anything was sent counts', () => {
    expect(planOf(live([]))).toEqual(['accept south', 'stage south 1 fresh', 'submit south 1']);
  });
  it('after attempts that were never sent counts too, and their numbers stay taken', () => {
    const unsent = attemptOf(spec, { state: 'ended', outcome: 'unsent' });
    expect(planOf(live([unsent]))).toEqual(['accept south', 'stage south 2 fresh', 'submit south 2']);
  });
  it('after the submission changes nothing but is told', () => {
    expect(planOf(live([attemptOf(spec, { state: 'submitted', jobId: '7' })]))).toEqual([
      'progress Queued/WaitingInQueue [OutOfSync]',
    ]);
  });
  it('is told even where nothing else is to be said, once', () => {
    const ended = [attemptOf(spec, { state: 'ended', outcome: 'completed', fetchedAt: 1 })];
    expect(planOf(live(ended, { phase: 'Succeeded' }))).toEqual(['settle north 1', 'sync out']);
    expect(planOf(live(ended, { phase: 'Succeeded', conditions: ['OutOfSync'] }))).toEqual([
      'settle north 1',
    ]);
  });
  it('of a run that a person cancelled before it was sent does not bring it back', () => {
    expect(planOf(live([], { cancelRequested: true }))).toEqual([
      'finish Cancelled/CancelledByUser [OutOfSync]',
    ]);
  });
  it.each([
    ['that was sent stays with the name that sent it', {}, 'north'],
    [
      'that was sent nowhere goes by the new name',
      { state: 'ended', outcome: 'unsent' } as const,
      'north as alice',
    ],
  ])('of the login: a run %s', (_, attempt, site) => {
    const as = specOf({ login: { username: 'alice' } });
    const sent = attemptOf(spec, { state: 'submitted', jobId: '7', ...attempt });
    const record = { run: runOf(spec), attempts: [sent] };
    const seen = reached({
      claims: [claimOf(spec, { jobId: '7' })],
      queue: answered(rowOf(spec, 'RUNNING')),
    });
    const reach = { north: UNREACHABLE, 'north as alice': UNREACHABLE, [site]: seen };
    expect(planOf({ wanted: [wantedOf(as)], live: [record], reach })).toEqual(
      site === 'north' ? ['progress Running/Executing'] : ['stage north 2 fresh', 'submit north 2'],
    );
  });
  it('of the key reaches a run that is live', () => {
    const credentials = { path: '/jobs.d/fit.yaml', document: 0 };
    const record = { run: runOf(spec), attempts: [attemptOf(spec, { state: 'submitted' })] };
    expect(currentSpec(record, wantedOf(specOf({ login: { credentials } }))).login).toEqual({ credentials });
  });
});

describe('a run whose manifest is gone', () => {
  it('is followed to its end', () => {
    const record = { run: runOf(spec), attempts: [attemptOf(spec, { state: 'submitted', jobId: '7' })] };
    const reach = {
      north: reached({ claims: [claimOf(spec, { jobId: '7' })], queue: answered(rowOf(spec, 'RUNNING')) }),
    };
    expect(planOf({ live: [record], reach })).toEqual(['progress Running/Executing']);
  });
});

describe('a live attempt whose cluster does not answer', () => {
  const live = [
    {
      run: runOf(specOf({ destination: ['north', 'south'] }), { phase: 'Queued' }),
      attempts: [attemptOf(spec)],
    },
  ];
  const wanted = [wantedOf(specOf({ destination: ['north', 'south'] }))];
  it.each([
    ['unreachable', UNREACHABLE, ['lost north 1', 'wait Queued/ClusterUnreachable [Lost]']],
    ['login refused', LOGIN_NEEDED, ['lost north 1', 'wait Queued/LoginNeeded [Lost]']],
    ['not asked', NOT_ASKED, ['wait Queued/ClusterUnreachable [Lost]']],
  ] as const)('%s: it waits, and no other cluster gets it', (_, reach, expected) => {
    expect(planOf({ wanted, live, reach: { north: reach } })).toEqual(expected);
  });
  it('waits as well when its cluster has left the inventory', () => {
    expect(planOf({ wanted, live, clusters: [clusterOf('south')] })).toEqual([
      'lost north 1',
      'wait Queued/ClusterUnreachable [Lost]',
    ]);
  });
  it('waits for the cluster before results come home, and says so', () => {
    const ended = [
      {
        run: runOf(spec, { phase: 'Running' }),
        attempts: [attemptOf(spec, { state: 'ended', outcome: 'completed' })],
      },
    ];
    expect(planOf({ wanted: [wantedOf(spec)], live: ended, reach: { north: UNREACHABLE } })).toEqual([
      'wait Running/ClusterUnreachable',
    ]);
  });
});

describe('suspend', () => {
  const held = specOf({ suspend: true });
  it('leaves alone what runs', () => {
    const record = { run: runOf(spec), attempts: [attemptOf(spec, { state: 'submitted', jobId: '7' })] };
    const reach = {
      north: reached({ claims: [claimOf(spec, { jobId: '7' })], queue: answered(rowOf(spec, 'RUNNING')) }),
    };
    expect(planOf({ wanted: [wantedOf(held)], live: [record], reach })).toEqual([
      'progress Running/Executing [Suspended]',
    ]);
  });
  it('keeps a next attempt from being made', () => {
    const record = { run: runOf(spec), attempts: [attemptOf(spec, { state: 'ended', outcome: 'fenced' })] };
    expect(planOf({ wanted: [wantedOf(held)], live: [record] })).toEqual([
      'settle north 1',
      'hold Suspended/SuspendedByManifest [Suspended]',
    ]);
  });
  it('taken back, it goes', () => {
    const record = { run: runOf(held, { phase: 'Suspended', conditions: ['Suspended'] }), attempts: [] };
    expect(planOf({ wanted: [wantedOf(spec)], live: [record] })).toEqual([
      'stage north 1 fresh',
      'submit north 1',
    ]);
  });
});

describe('cancelled before anything was sent', () => {
  it('it is over', () => {
    const live = [{ run: runOf(spec, { cancelRequested: true }), attempts: [] }];
    expect(planOf({ wanted: [wantedOf(spec)], live })).toEqual(['finish Cancelled/CancelledByUser']);
    expect(planOf({ wanted: [wantedOf(spec)], live, reach: { north: SILENT_SITE } })).toEqual([
      'finish Cancelled/CancelledByUser',
    ]);
  });
});

const SILENT_SITE = reached({ queue: SILENT });

describe('recovery', () => {
  const two = specOf({ destination: ['north', 'south'] });
  it('moves no run before every candidate was asked for what it holds', () => {
    const scene = { wanted: [wantedOf(two)], recalled: { south: false }, reach: { south: UNREACHABLE } };
    expect(planOf(scene)).toEqual(['accept north,south', 'wait Pending/RecoveryIncomplete']);
  });
  it('asks those that were not asked', () => {
    const plan = planPass(
      factsOf({ wanted: [wantedOf(two)], recalled: { south: false }, reach: { south: NOT_ASKED } }),
    );
    expect(plan.asks).toEqual(['south']);
  });
  it('calls no run cancelled or suspended while a cluster that was not asked may hold it', () => {
    const scene = { recalled: { south: false }, reach: { south: UNREACHABLE } };
    const live = [{ run: runOf(two, { cancelRequested: true }), attempts: [] }];
    expect(planOf({ ...scene, wanted: [wantedOf(two)], live })).toEqual(['wait Pending/RecoveryIncomplete']);
    const held = wantedOf({ ...two, suspend: true });
    expect(planOf({ ...scene, wanted: [held] })[1]).toBe('wait Pending/RecoveryIncomplete');
  });
  it('follows what was submitted all the same, and begins nothing: it may have gone on elsewhere', () => {
    const record = { run: runOf(two), attempts: [attemptOf(two)] };
    const scene = { wanted: [wantedOf(two)], live: [record], recalled: { south: false } };
    const seen = (claim: Partial<ClaimFacts>) =>
      planOf({ ...scene, reach: { north: reached({ claims: [claimOf(two, claim)] }) } });
    expect(seen({})).toEqual(['wait Pending/RecoveryIncomplete']);
    expect(seen({ jobId: '7' })[0]).toBe('adopt north 1 job 7');
    expect(seen({ ticket: { kind: 'made', maker: 'alive', ageSeconds: 1 } })).toEqual([
      'wait Pending/SubmissionUnknown',
    ]);
  });
});
