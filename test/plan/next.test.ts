/** Which cluster, which attempt, how often: choosing, routing around refusals, caps, repeats. */
import { describe, expect, it } from 'vitest';
import { planPass } from '../../src/plan/plan.js';
import { candidatesOf } from '../../src/plan/choose.js';
import type { JobSpec } from '../../src/model/job.js';
import type { Attempt, Reason } from '../../src/model/run.js';
import {
  answered,
  attemptOf,
  claimOf,
  clusterOf,
  factsOf,
  LOGIN_NEEDED,
  NOW,
  planOf,
  reached,
  rowOf,
  runOf,
  type Scene,
  SILENT,
  specOf,
  STEPS,
  UNREACHABLE,
  wantedOf,
} from './scene.js';

const three = ['north', 'south', 'east'];
const clusters = three.map((name) => clusterOf(name));
const anywhere = specOf({ destination: ['north', 'south', 'east'] });

describe('candidates', () => {
  const inventory = new Map(
    [
      clusterOf('a', { preferredJobs: ['mpi'] }),
      clusterOf('b', { preferredJobs: ['smp'] }),
      clusterOf('c', { preferredJobs: ['smp', 'mpi'] }),
      clusterOf('d', { preferredJobs: [] }),
    ].map((cluster) => [cluster.name, cluster]),
  );
  it.each<[string, Partial<JobSpec>, string]>([
    [
      'one and its kind, in the order of the inventory',
      { destination: ['c'], alternates: 'same_kind' },
      'c,a,b',
    ],
    ['a kind of its own', { destination: ['d'], alternates: 'same_kind' }, 'd'],
    ['those named first, in the order given', { destination: ['b', 'a'], alternates: 'same_kind' }, 'b,a,c'],
    ['none', { destination: ['c'], alternates: 'none' }, 'c'],
    ['named alternates', { destination: ['a'], alternates: ['d', 'b'] }, 'a,d,b'],
    [
      'an alternate that is the target is not tried twice',
      { destination: ['a'], alternates: ['a', 'd'] },
      'a,d',
    ],
    ['what is not in the inventory is left out', { destination: ['x', 'a'], alternates: ['y'] }, 'a'],
  ])('%s', (_, more, expected) => {
    expect(candidatesOf(specOf(more), inventory).join(',')).toBe(expected);
  });
});

describe('choosing', () => {
  const scene = (reach: Scene['reach'] = {}): Scene => ({ clusters, wanted: [wantedOf(anywhere)], reach });
  it.each<[string, Scene['reach'], readonly string[]]>([
    ['the first that answers', {}, ['stage north 1 fresh', 'submit north 1']],
    ['unreachable: the next', { north: UNREACHABLE }, ['stage south 1 fresh', 'submit south 1']],
    ['login refused: the next', { north: LOGIN_NEEDED }, ['stage south 1 fresh', 'submit south 1']],
    ['its controller silent: the next', { north: reached({ queue: SILENT }) }, ['stage south 1 fresh', 'submit south 1']],
    ['nobody answers: wait for the first', { north: UNREACHABLE, south: LOGIN_NEEDED, east: reached({ queue: SILENT }) }, ['wait Pending/ClusterUnreachable']],
    ['the word for waiting is the first choice\'s', { north: LOGIN_NEEDED, south: UNREACHABLE, east: UNREACHABLE }, ['wait Pending/LoginNeeded']],
  ])('%s', (_, reach, expected) => {
    expect(planOf(scene(reach)).slice(1)).toEqual(expected);
  }); // prettier-ignore

  it('records each cluster that was passed over, with why', () => {
    const [, stage] = planPass(factsOf(scene({ north: UNREACHABLE }))).actions;
    expect(stage).toMatchObject({
      choices: [
        { cluster: 'north', chosen: false, why: 'timed out' },
        { cluster: 'south', chosen: true, why: 'next that can take it' },
      ],
    });
  });

  it('asks one after the other: the second only when the first is known not to take it', () => {
    const NOT_ASKED = { kind: 'not-asked' } as const;
    const asks = (reach: Scene['reach']): readonly string[] => planPass(factsOf(scene(reach))).asks;
    expect(asks({ north: NOT_ASKED, south: NOT_ASKED, east: NOT_ASKED })).toEqual(['north']);
    expect(asks({ north: UNREACHABLE, south: NOT_ASKED, east: NOT_ASKED })).toEqual(['south']);
    expect(asks({ south: NOT_ASKED, east: NOT_ASKED })).toEqual([]);
  });
});

const ended = (number: number, more: Partial<Attempt>): Attempt =>
  attemptOf(anywhere, { number, state: 'ended', settledAt: 1, endedAt: NOW - 3_600_000, ...more });
const refused = (
  number: number,
  cluster: string,
  reason: Reason = 'Refused',
  endedAt = NOW - 3_600_000,
): Attempt => ended(number, { cluster, outcome: 'refused', reason, message: `${cluster} says no`, endedAt });
const after = (attempts: readonly Attempt[], more: Scene = {}): readonly string[] =>
  planOf({ clusters, wanted: [wantedOf(anywhere)], live: [{ run: runOf(anywhere), attempts }], ...more });

describe('refusals for good', () => {
  it('go round the candidates, once each', () => {
    expect(after([refused(1, 'north')])).toEqual(['stage south 2 fresh', 'submit south 2']);
    expect(after([refused(1, 'north'), refused(2, 'south', 'HopelessRequest')])).toEqual([
      'stage east 3 fresh',
      'submit east 3',
    ]);
  });
  it('by all of them fail the run, each named with its words', () => {
    const attempts = three.map((name, index) => refused(index + 1, name));
    const [finish] = planPass(
      factsOf({ clusters, wanted: [wantedOf(anywhere)], live: [{ run: runOf(anywhere), attempts }] }),
    ).actions;
    expect(finish).toMatchObject({ kind: 'finish', phase: 'Failed', reason: 'Refused' });
    for (const name of three) expect(finish?.why).toContain(`${name}: refused it: ${name} says no`);
  });
  it('by some, and the rest cannot be reached: it waits', () => {
    expect(after([refused(1, 'north'), refused(2, 'south')], { reach: { east: UNREACHABLE } })).toEqual([
      'wait Pending/ClusterUnreachable',
    ]);
  });
  it('by some, and the rest has left the inventory: it fails', () => {
    expect(after([refused(1, 'north')], { clusters: [clusterOf('north')] })).toEqual([
      'finish Failed/Refused',
    ]);
  });
});

describe('refusals that pass', () => {
  const full = (count: number, endedAt: number, reason: Reason = 'QueueLimit'): Attempt[] =>
    Array.from({ length: count }, (_, index) => refused(index + 1, 'north', reason, endedAt));
  const busy = (count: number, endedAt: number): Attempt[] => full(count, endedAt, 'ControllerUnavailable');
  it.each([
    [1, 14_000, 'wait'],
    [1, 16_000, 'stage'],
    [3, 59_000, 'wait'],
    [3, 61_000, 'stage'],
    [12, 599_000, 'wait'],
    [12, 601_000, 'stage'],
  ])('after %i, %i ms later: %s', (count, later, expected) => {
    expect(after(busy(count, NOW - later))[0]).toMatch(new RegExp(`^${expected} `));
  });
  it('are waited for where they were: the same cluster again', () => {
    expect(after(busy(1, NOW - 20_000))).toEqual(['stage north 2 fresh', 'submit north 2']);
  });
  it('end after twenty, but for a full queue, which is waited for', () => {
    expect(after(busy(19, 0))[0]).toBe('stage north 20 fresh');
    expect(after(busy(20, 0))).toEqual(['finish Failed/Refused']);
    expect(after(full(40, 0))[0]).toBe('stage north 41 fresh');
  });
});

describe("ends that are not the job's", () => {
  const fault = (number: number, reason: Reason): Attempt => ended(number, { outcome: 'failed', reason });
  it.each<Reason>(['NodeFailure', 'BootFailure', 'Preempted'])('%s is repeated', (reason) => {
    expect(after([fault(1, reason)])).toEqual(['stage north 2 fresh', 'submit north 2']);
  });
  it('three times, and no more', () => {
    const faults = (count: number): Attempt[] =>
      Array.from({ length: count }, (_, i) => fault(i + 1, 'NodeFailure'));
    expect(after(faults(3))[0]).toBe('stage north 4 fresh');
    expect(after(faults(4))).toEqual(['fetch north 4 then Failed/NodeFailure']);
  });
  it.each<Reason>(['ExecutionFailed', 'TimeLimit', 'OutOfMemory', 'WorkDirNotOnNodes'])(
    '%s is not repeated',
    (reason) => {
      expect(after([fault(1, reason)])).toEqual([`fetch north 1 then Failed/${reason}`]);
    },
  );
  it('an array is not repeated as a whole', () => {
    const array = specOf({ resources: { sbatchOptions: {}, arraySize: 4 } });
    const live = [
      {
        run: runOf(array),
        attempts: [attemptOf(array, { state: 'ended', outcome: 'failed', reason: 'NodeFailure' })],
      },
    ];
    expect(planOf({ wanted: [wantedOf(array)], live })).toEqual([
      'fetch north 1 then Failed/NodeFailure',
      'settle north 1',
    ]);
  });
  it('never sent, fenced: the next, at once', () => {
    expect(after([ended(1, { outcome: 'unsent' })])).toEqual(['stage north 2 fresh', 'submit north 2']);
    expect(after([ended(1, { outcome: 'fenced' })])).toEqual(['stage north 2 fresh', 'submit north 2']);
  });
});

describe('results', () => {
  it('are fetched once: what is here is only finished', () => {
    const done = ended(1, { outcome: 'completed', fetchedAt: NOW });
    expect(after([done])).toEqual(['finish Succeeded/Done']);
  });
});

describe('max_jobs', () => {
  const capped = [clusterOf('north', { maxJobs: 3 }), clusterOf('south')];
  const jobs = (count: number, more: Partial<JobSpec> = {}): JobSpec[] =>
    Array.from({ length: count }, (_, index) =>
      specOf({ name: `job${index}`, destination: ['north', 'south'], ...more }),
    );
  const staged = (scene: Scene): number => planOf(scene).filter((each) => each.startsWith('stage')).length;
  const foreign = (state: string, tasks = [0]): ReturnType<typeof rowOf> =>
    rowOf(specOf(), state, { name: 'mine', tasks });

  it('is kept by a pass, and the rest waits for room', () => {
    const plan = planOf({ clusters: capped, wanted: jobs(5).map((each) => wantedOf(each)) });
    expect(plan.filter((each) => each.startsWith('stage north'))).toHaveLength(3);
    expect(plan.filter((each) => each === 'wait Pending/QueueLimit')).toHaveLength(2);
  });
  it('is kept by an array that its modules made, which waits in words and gives its room to others', () => {
    const modules = {
      staging: [],
      preprocessing: [{ module: 'm', execution: 'm' }],
      postprocessing: [],
    };
    const spec = specOf({ name: 'grown', destination: ['north'], modules });
    const prepared = JSON.stringify({ ...spec, resources: { arraySize: 2, sbatchOptions: {} } });
    const live = [
      {
        run: runOf(spec, { phase: 'Preparing' }),
        attempts: [attemptOf(spec, { state: 'stepping', preparedJson: prepared, heardAt: 1 })],
      },
    ];
    const claims = [claimOf(spec, { steps: { kind: 'done' } })];
    const grown = (tasks: number[]): readonly string[] => {
      const reach = { north: reached({ claims, queue: answered(foreign('RUNNING', tasks)) }) };
      const wanted = [wantedOf(spec), wantedOf(specOf({ name: 'other', destination: ['north'] }))];
      return planOf({ clusters: capped, live, wanted, reach });
    };
    expect(grown([1])).toEqual(['submit north 1', 'accept north', 'wait Pending/QueueLimit']);
    expect(grown([1, 2])).toEqual([
      'wait Preparing/QueueLimit',
      'accept north',
      'stage north 1 fresh',
      'submit north 1',
    ]);
  });
  it("counts the user's other jobs, tasks of arrays each, and not those that ended", () => {
    const with_ = (...rows: ReturnType<typeof rowOf>[]): number =>
      staged({
        clusters: capped,
        wanted: jobs(5).map((each) => wantedOf(each)),
        reach: { north: reached({ queue: answered(...rows) }) },
      });
    expect(with_(foreign('RUNNING'))).toBe(2);
    expect(with_(foreign('PENDING', [1, 2]))).toBe(1);
    expect(with_(foreign('PENDING', [1, 2, 3, 4]))).toBe(0);
    expect(with_(foreign('COMPLETED'), foreign('FAILED'))).toBe(3);
  });
  it('counts the tasks of an array that is to be sent', () => {
    const array = (arraySize: number): Partial<JobSpec> => ({
      resources: { sbatchOptions: {}, arraySize },
      destination: ['north'],
    });
    expect(staged({ clusters: capped, wanted: jobs(5, array(2)).map((each) => wantedOf(each)) })).toBe(1);
    const [only] = jobs(1, array(4));
    const plan = planPass(factsOf({ clusters: capped, wanted: [wantedOf(only ?? anywhere)] }));
    expect(plan.actions.map((action) => action.kind)).toEqual(['accept', 'wait']);
    expect(plan.actions[1]?.why).toContain('raise its max_jobs');
  });
  it('keeps the room of what is still being prepared', () => {
    const preparing = jobs(2, STEPS);
    const live = preparing.map((each) => ({
      run: runOf(each, { phase: 'Preparing' }),
      attempts: [attemptOf(each, { state: 'stepping' })],
    }));
    const claims = preparing.map((each) =>
      claimOf(each, {
        steps: { kind: 'running', maker: 'alive', heartbeatAgeSeconds: 1, host: 'h', turn: 1 },
      }),
    );
    const more = specOf({ name: 'a' });
    const another = specOf({ name: 'b' });
    const plan = planOf({
      clusters: capped,
      wanted: [more, another].map((each) => wantedOf(each)),
      live,
      reach: { north: reached({ claims }) },
    });
    expect(plan.filter((each) => each.startsWith('stage'))).toEqual(['stage north 1 fresh']);
  });
  it("is each login's own", () => {
    const alice = specOf({ name: 'a', login: { username: 'alice' } });
    const reach = {
      north: reached({ queue: answered(foreign('RUNNING', [1, 2, 3])) }),
      'north as alice': reached(),
    };
    expect(planOf({ clusters: capped, wanted: [wantedOf(alice)], reach })).toContain('stage north 1 fresh');
  });
});
