/** What a run waits for that `depends_on` names, and when that can no longer come. */
import { describe, expect, it } from 'vitest';
import type { When } from '../../src/model/job.js';
import type { Phase } from '../../src/model/run.js';
import type { Named } from '../../src/plan/facts.js';
import { planPass } from '../../src/plan/plan.js';
import { attemptOf, factsOf, planOf, runOf, type Scene, specOf, wantedOf } from './scene.js';

const ended = (phase: Phase): Named => ({ kind: 'run', phase });
const spec = (when: When = 'succeeded') => specOf({ dependsOn: [{ name: 'prep', when }] });
const GOES = ['accept north', 'stage north 1 fresh', 'submit north 1'];
const WAITS = ['accept north', 'wait Pending/DependencyPending'];
const FAILS = ['accept north', 'finish Failed/DependencyFailed'];

function message(scene: Scene): string {
  const last = planPass(factsOf(scene)).actions.at(-1);
  return last && 'message' in last ? last.message : '';
}

describe('depends_on', () => {
  it.each<[When, Phase, readonly string[]]>([
    ['succeeded', 'Succeeded', GOES],
    ['succeeded', 'Failed', FAILS],
    ['succeeded', 'Cancelled', FAILS],
    ['finished', 'Succeeded', GOES],
    ['finished', 'Failed', GOES],
    ['finished', 'Cancelled', GOES],
    ['failed', 'Failed', GOES],
    ['failed', 'Succeeded', FAILS],
    ['failed', 'Cancelled', FAILS],
    ...(['succeeded', 'finished', 'failed'] as const).flatMap((when) =>
      (['Pending', 'Running', 'Fetching', 'Suspended', 'Blocked'] as const).map(
        (phase): [When, Phase, readonly string[]] => [when, phase, WAITS],
      ),
    ),
  ])('when: %s, of one that stands as %s', (when, phase, expected) => {
    expect(planOf({ wanted: [wantedOf(spec(when))], named: { prep: ended(phase) } })).toEqual(expected);
  });

  it.each<[string, Named | undefined, string]>([
    [
      'of which nobody has heard',
      undefined,
      'waits for prep to succeed, and no manifest and no run has that name',
    ],
    [
      'whose manifest is bad',
      { kind: 'unclear' },
      'waits for prep to succeed, whose manifest cannot be read just now',
    ],
    ['that is new', { kind: 'new' }, 'waits for prep to succeed, which was not taken up yet'],
    ['that goes on', ended('Running'), 'waits for prep to succeed, which stands as Running'],
    [
      'that failed',
      ended('Failed'),
      'it was to run when prep had succeeded, and prep has failed: nothing was submitted',
    ],
    [
      'that was cancelled',
      ended('Cancelled'),
      'it was to run when prep had succeeded, and prep was cancelled: nothing was submitted',
    ],
  ])('says so of a job %s', (_, named, words) => {
    const scene = { wanted: [wantedOf(spec())], named: named === undefined ? {} : { prep: named } };
    expect(message(scene)).toBe(words);
  });

  it('names all that is waited for, and one that is lost decides', () => {
    const both = specOf({
      dependsOn: [
        { name: 'a', when: 'finished' },
        { name: 'b', when: 'failed' },
      ],
    });
    const wanted = [wantedOf(both)];
    expect(message({ wanted, named: { a: ended('Queued') } })).toBe(
      'waits for a to end, which stands as Queued; and for b to fail, and no manifest and no run has that name',
    );
    expect(message({ wanted, named: { a: ended('Queued'), b: ended('Succeeded') } })).toBe(
      'it was to run when b had failed, and b has succeeded: nothing was submitted',
    );
  });

  it('comes before the staging modules', () => {
    const staging = [{ module: 'mesh', execution: './mesh' }];
    const modules = { staging, preprocessing: [], postprocessing: [] };
    expect(planOf({ wanted: [wantedOf({ ...spec(), modules })] })).toEqual(WAITS);
  });

  it('is asked about until something was sent, and in the manifest of today', () => {
    const wanted = [wantedOf(spec())];
    const run = runOf(specOf());
    expect(planOf({ wanted, live: [{ run, attempts: [] }] })).toEqual(['wait Pending/DependencyPending']);
    const sent = attemptOf(spec(), { state: 'ended', outcome: 'refused', reason: 'Refused', settledAt: 1 });
    expect(planOf({ wanted, live: [{ run, attempts: [sent] }] })).toEqual(['finish Failed/Refused']);
    const unsent = attemptOf(spec(), { state: 'ended', outcome: 'unsent', endedAt: 1 });
    expect(planOf({ wanted, live: [{ run, attempts: [unsent] }] })).toEqual([
      'wait Pending/DependencyPending',
    ]);
    // Of one whose manifest is gone, what it was accepted with counts.
    expect(planOf({ live: [{ run: runOf(spec()), attempts: [] }] })).toEqual([
      'wait Pending/DependencyPending',
    ]);
  });

  it('gives way to a person who cancels or holds back', () => {
    const run = runOf(spec(), { cancelRequested: true });
    expect(planOf({ live: [{ run, attempts: [] }] })).toEqual(['finish Cancelled/CancelledByUser']);
    const held = { ...spec(), suspend: true };
    expect(planOf({ wanted: [wantedOf(held)], named: { prep: ended('Failed') } })).toEqual([
      'accept north',
      'hold Suspended/SuspendedByManifest [Suspended]',
    ]);
  });
});
