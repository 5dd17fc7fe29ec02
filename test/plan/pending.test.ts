/** A job that waits in the queue: what is said of it, and when it goes elsewhere. */
import { describe, expect, it } from 'vitest';
import type { Attempt } from '../../src/model/run.js';
import { planPass } from '../../src/plan/plan.js';
import {
  answered,
  attemptOf,
  claimOf,
  factsOf,
  NOT_ASKED,
  NOW,
  planOf,
  reached,
  rowOf,
  runOf,
  type Scene,
  specOf,
  UNREACHABLE,
  wantedOf,
} from './scene.js';

const spec = specOf({ destination: ['north', 'south'] });
const HOUR = 3_600_000;

interface Case {
  readonly reason: string;
  readonly attempt?: Partial<Attempt>;
  readonly south?: NonNullable<Scene['reach']>[string];
  readonly of?: typeof spec;
}

/** Its job stands in the queue of north. */
function sceneOf({ reason, attempt = {}, south = reached(), of = spec }: Case): Scene {
  const queue = answered(rowOf(of, 'PENDING', { reason }));
  const attempts = [attemptOf(of, { state: 'submitted', jobId: '7', submittedAt: NOW - 1000, ...attempt })];
  return {
    wanted: [wantedOf(of)],
    live: [{ run: runOf(of, { phase: 'Queued' }), attempts }],
    reach: { north: reached({ claims: [claimOf(of, { jobId: '7' })], queue }), south },
  };
}

const plan = (each: Case): readonly string[] => planOf(sceneOf(each));
const message = (each: Case): string | undefined => planPass(factsOf(sceneOf(each))).actions[0]?.why;
const LEAVES = ['fence north 1 refused/HopelessRequest cancel 7'];
const WAITS = ['progress Queued/WaitingInQueue'];

describe('a job that waits in the queue', () => {
  it.each([
    'PartitionTimeLimit',
    'InvalidQOS',
    'DependencyNeverSatisfied',
    'AssocMaxWallDurationPerJobLimit',
  ])('for %s leaves it, whether or not another takes it', (reason) => {
    expect(plan({ reason })).toEqual(LEAVES);
    expect(plan({ reason, south: UNREACHABLE })).toEqual(LEAVES);
  });

  it.each(['PartitionDown', 'PartitionInactive', 'PartitionConfig'])(
    'for %s leaves it where another takes it now, and waits otherwise',
    (reason) => {
      expect(plan({ reason })).toEqual(LEAVES);
      expect(plan({ reason, south: UNREACHABLE })).toEqual(WAITS);
      expect(plan({ reason, of: specOf() })).toEqual(WAITS);
      expect(plan({ reason, of: { ...spec, suspend: true } })).toEqual([`${WAITS[0] ?? ''} [Suspended]`]);
    },
  );

  it('asks the others for that, no more often than is good manners', () => {
    const asks = (south: Case['south']) =>
      planPass(factsOf(sceneOf({ reason: 'PartitionDown', ...(south ? { south } : {}) })));
    expect(asks(NOT_ASKED).asks).toEqual(['south']);
    expect(asks({ kind: 'not-asked', lately: true })).toMatchObject({ asks: [], awaits: ['south'] });
  });

  it.each([
    'JobHeldAdmin',
    'JobHeldUser',
    'AssocGrpCpuLimit',
    'ReqNodeNotAvail, UnavailableNodes:n1',
    'Priority',
  ])('for %s stays, and says why', (reason) => {
    expect(plan({ reason })).toEqual(WAITS);
    expect(message({ reason })).toContain(`job 7 waits on north: ${reason}`);
  });

  it('says what the word means, and in few steps how long it has waited', () => {
    const after = (hours: number) =>
      message({ reason: 'JobHeldAdmin', attempt: { submittedAt: NOW - hours * HOUR } });
    const words =
      'job 7 waits on north: JobHeldAdmin (it is held by the administrators of the cluster: ask them)';
    expect(after(0.9)).toBe(words);
    expect(after(1)).toBe(`${words}, for more than an hour`);
    expect(after(5)).toBe(`${words}, for more than an hour`);
    expect(after(23)).toBe(`${words}, for more than six hours`);
    expect(after(24 * 20)).toBe(`${words}, for more than a week`);
  });
});
