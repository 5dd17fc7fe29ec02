/** A cluster whose disks do not do what they should: what becomes of the runs there, and what a person reads. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Run } from '../../src/model/run.js';
import { specOf, uuidOf, wantedOf } from '../plan/scene.js';
import { JOBS, World } from './simulated/world.js';

let world: World;
beforeEach(() => {
  world = new World();
});
afterEach(() => {
  world.close();
});

const [plain] = JOBS;
const runOf = (name: string): Run | undefined => world.store.runs.byUuid(uuidOf({ name, run: '1' }));

async function rounds(count: number): Promise<void> {
  for (let round = 0; round < count; round += 1) {
    await world.pass();
    world.now += 60_000;
    world.progress();
  }
}

describe('a result that cannot be read there', () => {
  it('fails its run once and for all, and is named; the rest is here', async () => {
    world.wanted = plain ? [wantedOf(plain)] : [];
    world.clusters[0].unreadable = true;
    await rounds(6);
    expect(runOf('plain')).toMatchObject({
      phase: 'Failed',
      reason: 'OutputMissing',
      message: expect.stringMatching(/completed on north, but "result" could not be read there/),
    });
    expect(world.store.outputs.of(uuidOf({ name: 'plain', run: '1' }), 1).map(({ path }) => path)).toEqual([
      'logs/stdout',
    ]);
    expect(world.store.attempts.ofRun(runOf('plain')?.uuid ?? '')[0]?.settledAt).toBeDefined();
  });

  it('that is optional is told of, and fails nothing', async () => {
    const spec = specOf({ name: 'plain', output: [{ path: 'result', optional: true }] });
    world.wanted = [wantedOf(spec)];
    world.clusters[0].unreadable = true;
    await rounds(6);
    expect(runOf('plain')).toMatchObject({ phase: 'Succeeded' });
    expect(world.told.join('\n')).toContain('"result" could not be read there');
  });
});
