import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EXIT, exitCode } from '../../src/cli/exit.js';
import { exitCodeOf, UsageError, writeFailure } from '../../src/cli/failures.js';
import { closing } from '../../src/cli/reconcile.js';
import { reconcileCode, Tally } from '../../src/cli/tally.js';
import type { Problem } from '../../src/model/job.js';
import type { PassReport, RunStanding } from '../../src/reconcile/report.js';
import { screen } from './screen.js';

const ORDER = [1, 6, 7, 5, 4, 3];
const ERROR: Problem = { severity: 'error', file: '/p/jobs.d/a.yaml', line: 3, column: 5, message: 'no' };
const WARNING: Problem = { ...ERROR, severity: 'warning' };
const NOTHING = { problems: [], failed: [], blocked: 0, isWaiting: false, timedOut: false };

describe('exit codes', () => {
  it('tell the first that applies of 1, 6, 7, 5, 4, 3', () => {
    fc.assert(
      fc.property(fc.subarray(ORDER), fc.boolean(), (some, reversed) => {
        const told = exitCode(new Set(reversed ? some.toReversed() : some));
        expect(told).toBe(ORDER.find((code) => some.includes(code)) ?? 0);
      }),
    );
  });

  it.each([
    ['nothing', NOTHING, EXIT.done],
    ['a warning', { ...NOTHING, problems: [WARNING] }, EXIT.done],
    ['an invalid manifest', { ...NOTHING, problems: [WARNING, ERROR] }, EXIT.manifestsInvalid],
    ['a failed run', { ...NOTHING, failed: ['a'] }, EXIT.runFailed],
    [
      'a failed run beside an invalid manifest',
      { ...NOTHING, problems: [ERROR], failed: ['a'] },
      EXIT.runFailed,
    ],
    ['a time-out', { ...NOTHING, failed: ['a'], timedOut: true }, EXIT.timeOut],
    ['what is held', { ...NOTHING, failed: ['a'], isWaiting: true }, EXIT.decisionNeeded],
    [
      'a blocked run',
      { ...NOTHING, problems: [ERROR], failed: ['a'], timedOut: true, blocked: 1 },
      EXIT.decisionNeeded,
    ],
  ])('of reconcile with %s', (_, came, code) => {
    expect(reconcileCode(came)).toBe(code);
  });

  it.each([
    ['UsageError', EXIT.usage],
    ['LeaseBusy', EXIT.busy],
    ['AbortError', EXIT.interrupted],
    ['StoreError', EXIT.error],
    ['Error', EXIT.error],
  ])('of a thrown %s', (name, code) => {
    expect(exitCodeOf(Object.assign(new Error('x'), { name }))).toBe(code);
    expect(exitCodeOf('a string')).toBe(EXIT.error);
  });
});

describe('the last line', () => {
  const told = (
    phase: RunStanding['phase'],
    waited: boolean,
    reason: RunStanding['reason'] = 'New',
  ): string => {
    const tally = new Tally();
    const standing = {
      uuid: 'u',
      name: 'a',
      run: '1',
      phase,
      reason,
      message: '',
      changed: true,
    } as const;
    const last: PassReport = {
      ...{
        plan: { actions: [], unchanged: 2, asks: [], waiting: [] },
        problems: [],
        clusters: [],
        scripts: new Map(),
      },
      ...{ standings: [standing], failed: [], actions: {}, again: false, nextLookMs: 0 },
    };
    tally.add(last);
    return closing({ tally, last, timedOut: false }, waited);
  };
  it('says what to type where it goes on', () => {
    expect(told('Queued', false)).toBe(
      '1 queued; 2 unchanged; to wait for it: sluice reconcile --once --wait',
    );
    expect(told('Succeeded', false)).toBe('1 succeeded; 2 unchanged');
    expect(told('Pending', true, 'DependencyPending')).toBe(
      '1 pending; 2 unchanged; a person must decide: sluice describe a',
    );
    expect(told('Blocked', true)).toBe('1 blocked; 2 unchanged; a person must decide: sluice describe a');
  });
});

describe('a failure', () => {
  it('is told with what it came from, once', () => {
    const { err, text } = screen();
    const inner = new Error('no space left');
    writeFailure(err, new Error('the state cannot be written: no space left', { cause: inner }), '/p', false);
    writeFailure(err, new Error('the state cannot be written', { cause: inner }), '/p', false);
    expect(text()).toBe(
      'sluice: the state cannot be written: no space left\nsluice: the state cannot be written\n  because: no space left\n',
    );
  });

  it('shows all the problems that it carries', () => {
    const { err, text } = screen();
    writeFailure(
      err,
      Object.assign(new UsageError('bad configuration'), { problems: [ERROR, WARNING] }),
      '/p',
      false,
    );
    expect(text()).toBe(
      'jobs.d/a.yaml:3:5: error: no\njobs.d/a.yaml:3:5: warning: no\nsluice: bad configuration\n',
    );
  });

  it('shows a stack only when asked', () => {
    const { err, text } = screen();
    writeFailure(err, new Error('x'), '/p', true);
    expect(text()).toMatch(/^sluice: x\nError: x\n +at /);
  });
});
