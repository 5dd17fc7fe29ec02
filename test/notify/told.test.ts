/** Which changes are told: a table of what was told, what is so now, and what comes of it. */
import { describe, expect, it } from 'vitest';
import type { Attempt, Reason, Run } from '../../src/model/run.js';
import { judgeNews, parseTold } from '../../src/notify/told.js';
import { recordOf } from './records.js';

type Now = [Partial<Run>, ...Partial<Attempt>[]];

/** What is told, or `-`, and what then counts as told. */
function judged(told: string | undefined, now: Now, lasts = true): string {
  const verdict = judgeNews(recordOf(...now), told, lasts);
  const kind = !verdict.due ? '-' : verdict.onlyTrouble ? 'trouble' : 'state';
  const shared = verdict.due && verdict.sharedTrouble ? `:${verdict.sharedTrouble}` : '';
  return `${kind}${shared} ${verdict.told ?? 'nothing'}`;
}

const refused: Partial<Attempt> = { outcome: 'refused', reason: 'Refused' };
const full: Partial<Attempt> = { outcome: 'refused', reason: 'QueueLimit' };
const unsent: Partial<Attempt> = { outcome: 'unsent', reason: 'ClusterUnreachable' };
const queued: Partial<Run> = { phase: 'Queued', reason: 'WaitingInQueue' };
const running: Partial<Run> = { phase: 'Running', reason: 'Executing' };

describe('a run that goes on', () => {
  it.each<[string, string | undefined, Now, string]>([
    ['its first state', undefined, [{}], 'state Pending 0'],
    ['its first state, wherever it is', undefined, [queued, {}], 'state Queued 1'],
    ['the same again', 'Queued 1', [queued, {}], '- Queued 1'],
    ['a phase', 'Queued 1', [running, {}], 'state Running 1'],
    ['back to a phase', 'Running 1', [queued, {}], 'state Queued 1'],
    ['the same phase of the next attempt', 'Queued 1', [queued, { outcome: 'failed' }, {}], 'state Queued 2'],
    ['an attempt that never left', 'Pending 0', [{}, unsent], '- Pending 0'],
    ['an attempt that waits where it waited', 'Pending 1', [{}, full, full], '- Pending 2'],
    ['a refusal', 'Pending 0', [{ reason: 'Refused' }, refused], 'trouble Pending 1 refused#1'],
    ['the refusal again', 'Pending 1 refused#1', [{ reason: 'Refused' }, refused], '- Pending 1 refused#1'],
    [
      'another refusal',
      'Pending 1 refused#1',
      [{}, refused, refused],
      'trouble Pending 2 refused#1 refused#2',
    ],
    ['on after a refusal', 'Pending 1 refused#1', [queued, refused, {}], 'state Queued 2 refused#1'],
    ['a full queue', 'Pending 0', [{ reason: 'QueueLimit' }, full], '- Pending 1'],
    [
      'what is asked of a person',
      'Running 1',
      [{ phase: 'Blocked', reason: 'OutcomeUnknown' }, {}],
      'state Blocked 1 OutcomeUnknown',
    ],
    [
      'something else that is asked',
      'Blocked 1 OutcomeUnknown',
      [{ phase: 'Blocked', reason: 'SubmissionUnknown' }, {}],
      'trouble Blocked 1 OutcomeUnknown SubmissionUnknown',
    ],
    [
      'files that changed while they were sent',
      'Staging 1',
      [{ phase: 'Staging', reason: 'StagingFailed' }, {}],
      'trouble Staging 1 StagingFailed',
    ],
    [
      'accounting that lags',
      'Running 1',
      [{ phase: 'Running', reason: 'OutcomeUnknown' }, {}],
      '- Running 1',
    ],
    [
      'a clone',
      'Preparing 1',
      [{ phase: 'Preparing', reason: 'CloneFailed' }, {}],
      'trouble Preparing 1 CloneFailed',
    ],
  ])('is told, or not: %s', (_, told, now, expected) => {
    expect(judged(told, now)).toBe(expected);
  });

  it.each<Reason>(['ControllerUnavailable', 'ClusterUnreachable', 'LoginNeeded', 'HostKeyRefused'])(
    'tells a trouble of its cluster once an attempt: %s',
    (reason) => {
      expect(judged('Running 1', [{ phase: 'Running', reason }, {}])).toBe(
        `trouble:${reason} Running 1 ${reason}`,
      );
      expect(judged(`Running 1 ${reason}`, [running, {}])).toBe(`- Running 1 ${reason}`);
      expect(judged(`Running 1 ${reason}`, [{ phase: 'Running', reason }, {}])).toBe(`- Running 1 ${reason}`);
      expect(judged(`Pending 1 ${reason}`, [{ reason }, full, full])).toBe(`- Pending 2 ${reason}`);
      expect(judged(`Queued 1 ${reason}`, [queued, { outcome: 'failed' }, {}])).toBe('state Queued 2');
      expect(judged(undefined, [{ reason }])).toBe(`state:${reason} Pending 0 ${reason}`);
    },
  );
});

describe('a run that ends', () => {
  it.each(['Succeeded', 'Failed', 'Cancelled'] as const)(
    'tells it once, and nothing after it: %s',
    (phase) => {
      for (const told of [undefined, 'found', 'Running 1', 'Pending 0 LoginNeeded'])
        expect(judged(told, [{ phase, reason: 'Done' }, { outcome: 'completed' }])).toBe(`state ${phase}`);
      expect(judged(phase, [{ phase, reason: 'LoginNeeded' }, { outcome: 'completed' }])).toBe(`- ${phase}`);
    },
  );
});

describe('a run that was read back', () => {
  it('is old news as it is found, and news when it changes after that', () => {
    expect(judged('found', [running, {}])).toBe('- Running 1');
    expect(judged('found', [{ phase: 'Running', reason: 'LoginNeeded' }, {}])).toBe(
      '- Running 1 LoginNeeded',
    );
  });

  it('says nothing while a cluster that may hold it is away', () => {
    const away: Now = [{ reason: 'RecoveryIncomplete' }];
    for (const told of [undefined, 'found', 'Queued 1'])
      expect(judged(told, away)).toBe(`- ${told ?? 'nothing'}`);
  });

  it('where no state lasts, says only what a cluster remembers', () => {
    expect(judged(undefined, [{ phase: 'Suspended', reason: 'SuspendedByManifest' }], false)).toBe(
      '- nothing',
    );
    expect(judged(undefined, [{}, unsent], false)).toBe('- nothing');
    expect(judged(undefined, [queued, {}], false)).toBe('state Queued 1');
  });
});

it('reads what it wrote, and takes what it does not know for an end', () => {
  expect(parseTold('Queued 2 refused#1 LoginNeeded')).toEqual({
    phase: 'Queued',
    attempt: 2,
    notes: ['refused#1', 'LoginNeeded'],
  });
  expect([undefined, 'found', 'Failed', 'nonsense'].map(parseTold)).toEqual([
    'nothing',
    'found',
    'end',
    'end',
  ]);
});
