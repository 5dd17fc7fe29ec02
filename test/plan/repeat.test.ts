/** `retry`: which end begins anew, how often, and how long after. */
import { describe, expect, it } from 'vitest';
import { planPass } from '../../src/plan/plan.js';
import { repeatOf } from '../../src/plan/repeat.js';
import type { RetryPolicy } from '../../src/model/job.js';
import type { Attempt, Reason } from '../../src/model/run.js';
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
  specOf,
  wantedOf,
} from './scene.js';

interface End {
  readonly state?: string;
  readonly code?: number;
  readonly reason?: Reason;
  readonly outcome?: Attempt['outcome'];
}

const EXIT: End = { state: 'FAILED', code: 75, reason: 'ExecutionFailed' };
const FORGOTTEN: End = { outcome: 'fenced', reason: 'OutcomeUnknown' };
const LIMIT: End = { state: 'TIMEOUT', reason: 'TimeLimit' };
const NODE: End = { state: 'NODE_FAIL', reason: 'NodeFailure' };
const OUTSIDE: End = { state: 'CANCELLED', reason: 'CancelledOutside', outcome: 'cancelled' };

function attemptsOf(ends: readonly End[]): Attempt[] {
  return ends.map(({ state = '', code = 0, reason, outcome = 'failed' }, index) =>
    attemptOf(specOf(), {
      number: index + 1,
      state: 'ended',
      outcome,
      ...(reason === undefined ? {} : { reason }),
      message: 'exit code 75',
      taskStates: [state],
      jobStatus: { ExitCode: [`${code}:0`] },
      endedAt: NOW - 60_000,
      settledAt: NOW,
    }),
  );
}

const times = (count: number, end: End): End[] => Array.from({ length: count }, () => end);

describe('whether a failed job is tried again', () => {
  it.each<[string, RetryPolicy, readonly End[], string | undefined]>([
    ['nothing asked', {}, [EXIT], undefined],
    ['attempts alone: every failure of its own', { attempts: 2 }, [EXIT], 'try 2 of 3'],
    ['the last one granted', { attempts: 2 }, [EXIT, LIMIT], 'try 3 of 3'],
    ['all are spent', { attempts: 2 }, times(3, EXIT), undefined],
    ['its exit code is named', { attempts: 1, on: ['exit:75'] }, [EXIT], 'try 2 of 2'],
    ['another exit code is', { attempts: 1, on: ['exit:7'] }, [EXIT], undefined],
    ['its state is named', { attempts: 1, on: ['exit:75', 'TIMEOUT'] }, [LIMIT], 'try 2 of 2'],
    ['FAILED stands for every code', { attempts: 1, on: ['FAILED'] }, [EXIT], 'try 2 of 2'],
    ['another state is', { attempts: 1, on: ['OUT_OF_MEMORY'] }, [LIMIT], undefined],
    ['a code is no word for a time limit', { attempts: 1, on: ['exit:75'] }, [{ ...LIMIT, code: 75 }], undefined],
    ['on alone grants one', { on: ['TIMEOUT'] }, [LIMIT], 'try 2 of 2'],
    ['and no more', { on: ['TIMEOUT'] }, [LIMIT, LIMIT], undefined],
    ['cancelled by somebody, not named', { attempts: 2 }, [OUTSIDE], undefined],
    ['cancelled by somebody, named', { attempts: 2, on: ['CANCELLED'] }, [OUTSIDE], 'try 2 of 3'],
    ['cancelled by its user', { attempts: 2, on: ['CANCELLED'] }, [{ ...OUTSIDE, reason: 'CancelledByUser' }], undefined],
    ['the nodes do not see its directory', { attempts: 2 }, [{ ...EXIT, reason: 'WorkDirNotOnNodes' }], undefined],
    ['lost nodes cost nothing of it', { attempts: 1 }, [NODE, NODE, EXIT], 'try 2 of 2'],
    ['nor does it cost theirs', { attempts: 1 }, [EXIT, NODE], 'free'],
    ['lost nodes beyond their own budget', {}, times(4, NODE), undefined],
    ['lost nodes beyond it, and named', { attempts: 1, on: ['NODE_FAIL'] }, times(4, NODE), 'try 2 of 2'],
    ['refusals before it are no tries', { attempts: 1 }, [{ outcome: 'refused' }, EXIT], 'try 2 of 2'],
    ['what a lost state forgot may have been one', { attempts: 1 }, [FORGOTTEN, EXIT], undefined],
    ['and is counted', { attempts: 2 }, [FORGOTTEN, EXIT], 'try 3 of 3'],
    ['a submission that was fenced was none', { attempts: 1 }, [{ outcome: 'fenced', reason: 'SubmissionUnknown' }, EXIT], 'try 2 of 2'],
    ['its last one was refused', { attempts: 1 }, [EXIT, { outcome: 'refused' }], undefined],
  ])('%s', (_, retry, ends, expected) => {
    const repeat = repeatOf(retry, attemptsOf(ends), NOW);
    expect(repeat && (repeat.which ?? 'free')).toBe(expected);
  }); // prettier-ignore

  it('knows the exit code of what was read back from the ledger', () => {
    const [read] = attemptsOf([EXIT]).map((attempt) => ({ ...attempt, jobStatus: {} }));
    expect(repeatOf({ on: ['exit:75'] }, read === undefined ? [] : [read], NOW)?.which).toBe('try 2 of 2');
    expect(repeatOf({ on: ['exit:7'] }, read === undefined ? [] : [read], NOW)).toBeUndefined();
  });

  it('waits as long as is asked, and not for the faults of the cluster', () => {
    const retry = { attempts: 2, backoffSeconds: 600 };
    expect(repeatOf(retry, attemptsOf([EXIT]), NOW)?.notBefore).toBe(NOW - 60_000 + 600_000);
    expect(repeatOf(retry, attemptsOf([NODE]), NOW)?.notBefore).toBe(0);
    const unrecorded = attemptOf(specOf(), { state: 'ended', outcome: 'failed' });
    expect(repeatOf(retry, [unrecorded], NOW)?.notBefore).toBe(NOW + 600_000);
  });
});

describe('in a plan', () => {
  const spec = specOf({ retry: { attempts: 1, on: ['exit:75'], backoffSeconds: 600 } });
  const after = (
    now: number,
    more: Parameters<typeof runOf>[1] = {},
    retry = spec.retry,
  ): readonly string[] =>
    planOf({
      now,
      wanted: [wantedOf({ ...spec, retry })],
      live: [{ run: runOf(spec, more), attempts: attemptsOf([EXIT]) }],
    });

  it('it waits, and then goes on', () => {
    expect(after(NOW)).toEqual(['wait Pending/RetryPending']);
    expect(after(NOW + 540_000)).toEqual(['stage north 2 fresh', 'submit north 2']);
  });
  it('the words of the wait do not change while it lasts', () => {
    const said = [NOW, NOW + 100_000].map(
      (now) =>
        planPass(factsOf({ now, live: [{ run: runOf(spec), attempts: attemptsOf([EXIT]) }] })).actions[0]
          ?.why,
    );
    expect(said[0]).toBe('exit code 75 on north; try 2 of 2 begins 10m after that');
    expect(said[1]).toBe(said[0]);
  });
  it('the word of today counts: retry is no part of the hash', () => {
    expect(after(NOW, {}, {})).toEqual(['fetch north 1 then Failed/ExecutionFailed']);
    expect(after(NOW, {}, { attempts: 1 })).toEqual(['stage north 2 fresh', 'submit north 2']);
  });
  it('a cancelled one is not tried again, a suspended one waits', () => {
    expect(after(NOW, { cancelRequested: true })).toEqual(['fetch north 1 then Failed/ExecutionFailed']);
    // Where nobody has asked its cluster since, it is asked.
    const live = [{ run: runOf(spec, { cancelRequested: true }), attempts: attemptsOf([EXIT]) }];
    const scene = { wanted: [wantedOf(spec)], live, reach: { north: NOT_ASKED } };
    expect(planPass(factsOf(scene)).asks).toEqual(['north']);
    const suspended = planOf({
      wanted: [wantedOf({ ...spec, suspend: true })],
      live: [{ run: runOf(spec), attempts: attemptsOf([EXIT]) }],
    });
    expect(suspended).toEqual(['hold Suspended/SuspendedByManifest [Suspended]']);
  });
  it('the end and the wait come in one pass', () => {
    const accounting = answered(rowOf(spec, 'FAILED', { exitCode: '75:0' }));
    const claim = claimOf(spec, { jobId: '7', owner: { kind: 'job', jobId: '7', restart: 0 } });
    const live = [
      {
        run: runOf(spec, { phase: 'Running' }),
        attempts: [attemptOf(spec, { state: 'submitted', jobId: '7' })],
      },
    ];
    const reach = { north: reached({ claims: [claim], accounting }) };
    expect(planOf({ wanted: [wantedOf(spec)], live, reach })).toEqual([
      'conclude north 1 failed/ExecutionFailed',
      'settle north 1',
      'wait Pending/RetryPending',
    ]);
  });
});
