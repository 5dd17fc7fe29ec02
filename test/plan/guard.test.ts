/** What becomes of runs whose manifests are gone, and what is so much at once that a person must say yes. */
import { describe, expect, it } from 'vitest';
import { planPass } from '../../src/plan/plan.js';
import { factsOf, planOf, runOf, type Scene, specOf, uuidOf, wantedOf } from './scene.js';

const numbered = (from: number, to: number, more: Parameters<typeof specOf>[0] = {}) =>
  Array.from({ length: to - from + 1 }, (_, index) => specOf({ name: `job${from + index}`, ...more }));
const live = (specs: readonly ReturnType<typeof specOf>[]): Scene['live'] & object =>
  specs.map((spec) => ({ run: runOf(spec), attempts: [] }));
const kindsOf = (scene: Scene): string[] => planPass(factsOf(scene)).actions.map(({ kind }) => kind);

describe('a run whose manifest is gone', () => {
  const [ends, finishes] = [specOf({ onDelete: 'cancel' }), specOf({ name: 'other' })];
  const both = live([ends, finishes]);
  it('ends where it said so, and goes on otherwise', () => {
    expect(planOf({ live: both, vanished: [uuidOf(ends), uuidOf(finishes)] })).toEqual([
      'cancel for deletion',
      'finish Cancelled/ManifestDeleted',
      'stage north 1 fresh',
      'submit north 1',
    ]);
  });
  it('goes on where it is only left out, or has ended', () => {
    expect(kindsOf({ live: live([ends]) })).toEqual(['stage', 'submit']);
    const over = [{ run: runOf(ends, { phase: 'Succeeded' }), attempts: [] }];
    expect(planOf({ live: over, vanished: [uuidOf(ends)] })).toEqual([]);
  });
  it('does what its manifest said last', () => {
    const run = runOf(ends, { specJson: JSON.stringify({ ...ends, onDelete: 'finish', suspend: true }) });
    const suspended = wantedOf({ ...ends, suspend: true });
    expect(planOf({ wanted: [suspended], live: [{ run, attempts: [] }] })).toEqual([
      'keep cancel',
      'hold Suspended/SuspendedByManifest [Suspended]',
    ]);
  });
});

describe('many deletions at once', () => {
  const gone = numbered(1, 6, { onDelete: 'cancel' });
  const vanished = gone.map(uuidOf);
  it('are held until somebody says yes to just those, and what goes on goes on', () => {
    const scene: Scene = { live: live([...gone, ...numbered(7, 17)]), vanished };
    const { waiting, actions } = planPass(factsOf(scene));
    const [held] = waiting;
    expect(held?.message).toContain(
      `6 runs would be ended, as their manifests are gone: ${gone.map(({ name }) => name).join(', ')}; if`,
    );
    expect(held?.digest).toMatch(/^[0-9a-f]{12}$/);
    expect(actions.filter(({ kind }) => kind === 'cancel')).toEqual([]);
    expect(actions.filter(({ kind }) => kind === 'stage')).toHaveLength(17);
    const approved = planPass(factsOf({ ...scene, approved: [held?.digest ?? ''] }));
    expect(approved.waiting).toEqual([]);
    expect(approved.actions.filter(({ kind }) => kind === 'cancel')).toHaveLength(6);
    const fewer = { ...scene, vanished: vanished.slice(0, 5), approved: [held?.digest ?? ''] };
    expect(planPass(factsOf(fewer)).waiting).toEqual([]);
    const more = numbered(20, 20, { onDelete: 'cancel' });
    const others = { ...scene, live: live([...gone, ...more]), vanished: [...vanished, ...more.map(uuidOf)] };
    const [other] = planPass(factsOf({ ...others, approved: [held?.digest ?? ''] })).waiting;
    expect(other?.digest).toMatch(/^[0-9a-f]{12}$/);
    expect(other?.digest).not.toBe(held?.digest);
  });
  it('need one yes, though some of them cannot be ended yet', () => {
    const underWay = gone.slice(0, 4);
    const scene: Scene = { live: live([...gone, ...numbered(7, 8)]), vanished };
    const digest = planPass(factsOf(scene)).waiting[0]?.digest ?? '';
    const first = planPass(factsOf({ ...scene, underWay, approved: [digest] }));
    expect(first.actions.filter(({ kind }) => kind === 'cancel')).toHaveLength(2);
    expect(first.granted).toEqual(underWay.map(uuidOf));
    // More have left since: they are asked for by themselves, and those four are not asked for again.
    const more = numbered(20, 25, { onDelete: 'cancel' });
    const next: Scene = {
      live: live([...underWay, ...more]),
      vanished: [...vanished, ...more.map(uuidOf)],
      approved: [digest, ...(first.granted ?? [])],
    };
    const { actions, waiting } = planPass(factsOf({ ...next, live: live(underWay) }));
    expect([actions.filter(({ kind }) => kind === 'cancel').length, waiting]).toEqual([4, []]);
    const held = planPass(factsOf(next)).waiting[0]?.message;
    expect(held).toContain('6 runs would be ended');
  });
  it('are few where there are five, or where many more go on', () => {
    const cancels = (scene: Scene): number => kindsOf(scene).filter((kind) => kind === 'cancel').length;
    expect(cancels({ live: live(gone.slice(0, 5)), vanished })).toBe(5);
    expect(cancels({ live: live([...gone, ...numbered(7, 18)]), vanished })).toBe(6);
  });
});

describe('thousands of new jobs', () => {
  it('are held from 1001 on', () => {
    const wanted = numbered(1, 1001, { suspend: true }).map((spec) => wantedOf(spec));
    const { waiting, actions } = planPass(factsOf({ wanted }));
    const [held] = waiting;
    expect(held?.message).toMatch(/^1001 new runs would begin; if that is meant: sluice approve /);
    expect(actions).toEqual([]);
    expect(planPass(factsOf({ wanted: wanted.slice(1) })).actions).toHaveLength(2000);
    expect(planPass(factsOf({ wanted, approved: [held?.digest ?? ''] })).actions).toHaveLength(2002);
  });
});

describe('a job that looks like a renamed one', () => {
  const spec = specOf();
  const renamed = { [uuidOf(spec)]: 'former' };
  it('is not taken up until somebody says yes to it, or it asks for a run of its own', () => {
    const plan = planPass(factsOf({ wanted: [wantedOf(spec)], renamed }));
    const [first] = plan.waiting;
    const { digest = '', message = '' } = first ?? {};
    expect(plan.actions).toEqual([]);
    expect(plan.waiting).toEqual([{ name: 'fit', reason: 'LooksRenamed', digest, message }]);
    expect(message).toMatch(/previously: former.*another run:, or: sluice approve [0-9a-f]{12}$/);
    const facts = factsOf({ wanted: [wantedOf(spec)], renamed });
    expect(planPass({ ...facts, consent: { all: true, digests: new Set() } }).actions).toEqual([]);
    expect(planOf({ wanted: [wantedOf(spec)], renamed, approved: [digest] })).toEqual([
      'accept north',
      'stage north 1 fresh',
      'submit north 1',
    ]);
  });
  it('that was accepted before it was known as one is held, until it is approved or cancelled', () => {
    const scene: Scene = { wanted: [wantedOf(spec)], live: live([spec]), renamed };
    const { waiting } = planPass(factsOf(scene));
    expect(planOf(scene)).toEqual(['hold Blocked/LooksRenamed']);
    expect(waiting[0]?.message).toContain('if it is the same job, call it former again');
    expect(planOf({ ...scene, approved: [waiting[0]?.digest ?? ''] })).toEqual([
      'stage north 1 fresh',
      'submit north 1',
    ]);
    const cancelled = [{ run: runOf(spec, { cancelRequested: true }), attempts: [] }];
    expect(planOf({ ...scene, live: cancelled })).toEqual(['finish Cancelled/CancelledByUser']);
  });
  it('whose earlier name a manifest may have that cannot be read is not begun', () => {
    const unclear = wantedOf(spec, { previously: 'former', mayBeRenamed: true });
    const { actions, waiting } = planPass(factsOf({ wanted: [unclear] }));
    expect([actions, waiting.map(({ reason }) => reason)]).toEqual([[], ['LooksRenamed']]);
  });
});
