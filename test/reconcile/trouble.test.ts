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

describe('a cluster without room', () => {
  const attemptsOf = (name: string) => world.store.attempts.ofRun(runOf(name)?.uuid ?? '');
  const north = 'north';

  it.each(['mark', 'claim'] as const)(
    'for the %s is passed over for the next, as nothing is there',
    async (full) => {
      world.wanted = plain ? [wantedOf(plain)] : [];
      world.clusters[0].full = full;
      await world.pass();
      expect(runOf('plain')).toMatchObject({ phase: 'Pending', reason: 'NoRoom' });
      expect(runOf('plain')?.message).toMatch(/^north has no room for it: .*(No space left|quota exceeded)/);
      await rounds(6);
      expect(runOf('plain')?.phase).toBe('Succeeded');
      expect(attemptsOf('plain').map(({ cluster, outcome, reason }) => [cluster, outcome, reason])).toEqual([
        [north, 'unsent', 'NoRoom'],
        ['south', 'completed', 'Completed'],
      ]);
    },
  );

  it('is waited for where there is no other, with pauses, and then goes on', async () => {
    world.wanted = [wantedOf(specOf({ name: 'plain' }))];
    world.clusters[0].full = 'mark';
    await world.pass();
    await world.pass();
    expect(runOf('plain')).toMatchObject({ phase: 'Pending', reason: 'NoRoom' });
    expect(attemptsOf('plain')).toHaveLength(1);
    world.now += 20_000;
    await world.pass();
    expect(attemptsOf('plain')).toHaveLength(2);
    world.clusters[0].full = undefined;
    await rounds(6);
    expect(runOf('plain')?.phase).toBe('Succeeded');
    expect(world.begun).toHaveLength(1);
  });

  it('for the files keeps what it has claimed: the same attempt waits, and goes on', async () => {
    world.wanted = plain ? [wantedOf(plain)] : [];
    world.clusters[0].full = 'place';
    await rounds(3);
    expect(runOf('plain')).toMatchObject({ phase: 'Staging', reason: 'NoRoom' });
    expect(attemptsOf('plain')).toMatchObject([{ cluster: north, state: 'intended' }]);
    world.clusters[0].full = undefined;
    await rounds(6);
    expect(runOf('plain')?.phase).toBe('Succeeded');
    expect(attemptsOf('plain')).toHaveLength(1);
  });
});

describe('a claim or a ledger that its disk has damaged', () => {
  it.each<[string, (text: string) => string]>([
    ['empty', () => ''],
    ['cut', (text) => text.slice(0, text.length - 10)],
  ])('(%s claim) makes a lost state wait, with its file named', async (_, damage) => {
    world.wanted = plain ? [wantedOf(plain)] : [];
    await world.pass();
    const [cluster] = world.clusters;
    const [token = '', text = ''] = [...cluster.claims][0] ?? [];
    cluster.claims.set(token, damage(text));
    world.loseDatabase();
    await rounds(3);
    expect(runOf('plain')?.reason).toBe('RecoveryIncomplete');
    expect(world.told.join('\n')).toContain(`/h/.sluice/test/claims/${token} is damaged`);
    cluster.claims.set(token, text);
    await rounds(6);
    expect(runOf('plain')?.phase).toBe('Succeeded');
    expect(world.begun).toHaveLength(1);
  });

  it('(a line of the ledger) does so too, unless its claim stands', async () => {
    world.wanted = plain ? [wantedOf(plain)] : [];
    await rounds(6);
    const [cluster] = world.clusters;
    const line = cluster.ledger[0] ?? '';
    cluster.ledger[0] = line.slice(0, 200);
    world.loseDatabase();
    await rounds(2);
    expect(runOf('plain')?.reason).toBe('RecoveryIncomplete');
    expect(world.told.join('\n')).toContain('ledger has a damaged line');
    cluster.ledger.push(line);
    await rounds(6);
    expect(runOf('plain')?.phase).toBe('Succeeded');
    expect(world.begun).toHaveLength(1);
  });
});
