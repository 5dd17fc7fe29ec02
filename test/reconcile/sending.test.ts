/** Files of the user's that do not rest, or are gone, when they are to be sent: one job's trouble, and no other's. */
import { appendFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { specOf, uuidOf, wantedOf } from '../plan/scene.js';
import type { Fault } from './simulated/transport.js';
import { World } from './simulated/world.js';

const LARGE = 4 * 1024 * 1024;
let world: World;
beforeEach(() => {
  world = new World();
});
afterEach(() => {
  world.close();
});

const restless = (): string => join(world.outputs, 'restless');
const jobs = () =>
  ['a', 'b', 'c'].map((name) =>
    specOf({ name, job: name === 'b' ? { kind: 'file', path: restless() } : { kind: 'none' } }),
  );
const runOf = (name: string) => world.store.runs.byUuid(uuidOf({ name, run: '1' }));

/** Goes on growing for as long as it is looked at. */
function growing(): () => void {
  mkdirSync(world.outputs, { recursive: true });
  writeFileSync(restless(), Buffer.alloc(LARGE));
  const timer = setInterval(() => appendFileSync(restless(), Buffer.alloc(LARGE)), 1);
  return () => clearInterval(timer);
}

describe('a file that grows while it is sent', () => {
  it('holds its own job, and the others of the exchange are submitted', async () => {
    world.wanted = jobs().map((spec) => wantedOf(spec));
    const rest = growing();
    await world.pass();
    rest();
    expect([runOf('a')?.phase, runOf('c')?.phase]).toEqual(['Queued', 'Queued']);
    expect(runOf('b')).toMatchObject({
      phase: 'Staging',
      reason: 'StagingFailed',
      message: expect.stringContaining('grew while it was being sent'),
    });
    await world.pass();
    expect(runOf('b')?.phase).toBe('Queued');
    expect(new Set(world.submitted).size).toBe(3);
    expect(world.submitted).toHaveLength(3);
  });
});

describe('a file that is gone', () => {
  it('fails its own job, which was never sent', async () => {
    world.wanted = jobs().map((spec) => wantedOf(spec));
    await world.pass();
    expect([runOf('a')?.phase, runOf('c')?.phase]).toEqual(['Queued', 'Queued']);
    expect(runOf('b')).toMatchObject({ phase: 'Failed', reason: 'StagingFailed' });
    expect(world.store.attempts.ofRun(runOf('b')?.uuid ?? '')).toMatchObject([{ outcome: 'unsent' }]);
  });

  it('once the cluster may hold the job, asks a person, and goes on when it is back', async () => {
    world.wanted = jobs().map((spec) => wantedOf(spec));
    writeFileSync(restless(), 'x');
    const [looks, witness] = [Array<Fault>(2).fill({ kind: 'none' }), { kind: 'none' } as const];
    await world.pass([...looks, witness, { kind: 'cut', lines: 0, sleeps: false, kill: false }]);
    rmSync(restless());
    await world.pass();
    expect(runOf('b')).toMatchObject({
      phase: 'Blocked',
      reason: 'StagingFailed',
      message: expect.stringContaining('sluice cancel b'),
    });
    expect(world.store.attempts.ofRun(runOf('b')?.uuid ?? '')).toMatchObject([{ state: 'intended' }]);
    writeFileSync(restless(), 'x');
    await world.pass();
    expect(runOf('b')?.phase).toBe('Queued');
  });
});
