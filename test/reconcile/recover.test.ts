/** Memory outside the database: what is rebuilt from the clusters, and what is never made of it. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { JobSpec } from '../../src/model/job.js';
import { parseClaim, renderClaim } from '../../src/protocol/claim.js';
import { specOf, uuidOf, wantedOf } from '../plan/scene.js';
import { FAILOVER_SECONDS, JOBS, World } from './simulated/world.js';

let world: World;
beforeEach(() => {
  world = new World();
});
afterEach(() => {
  world.close();
});

const [plain, prepared] = JOBS;
const phases = (): string[] => world.records().map(({ run }) => `${run.name} ${run.phase}`);

async function toTheEnd(): Promise<void> {
  for (let round = 0; round < 12; round += 1) {
    await world.pass();
    world.now += 60_000;
    world.progress();
  }
}

describe('a lost state', () => {
  it.each(['database', 'state'] as const)('(%s) at any moment makes nothing run again', async (what) => {
    for (let rounds = 0; rounds < 8; rounds += 1) {
      const each = new World();
      try {
        for (let round = 0; round < rounds; round += 1) {
          await each.pass();
          each.now += 60_000;
          each.progress();
        }
        if (what === 'database') each.loseDatabase();
        else each.loseState();
        for (let round = 0; round < 12; round += 1) {
          await each.pass();
          each.now += 60_000;
          each.progress();
        }
        for (const spec of JOBS) expect(each.starts(uuidOf(spec))).toBe(spec.resources.arraySize ?? 1);
        expect(each.records().map(({ run }) => run.phase)).toEqual(JOBS.map(() => 'Succeeded'));
      } finally {
        each.close();
      }
    }
  });

  it('with its only witness away: every cluster that was ever reached knows the installation', async () => {
    world.wanted = plain ? [wantedOf(plain)] : [];
    const [north, south] = world.clusters;
    await world.pass();
    expect(north.claims.size).toBe(1);
    expect(south.mark).toBeDefined();
    world.progress();
    world.loseState();
    north.reachable = false;
    await world.pass();
    expect(world.records()[0]?.run.reason).toBe('RecoveryIncomplete');
    expect(south.claims.size).toBe(0);
    north.reachable = true;
    await toTheEnd();
    expect(phases()).toEqual(['plain Succeeded']);
    expect(world.begun).toHaveLength(1);
  });

  it('whose jobs were sent elsewhere meanwhile: the cluster that no manifest names any more is asked too', async () => {
    const [north, south] = world.clusters;
    world.wanted = [wantedOf(JOBS[2] ?? specOf())];
    await world.pass();
    expect(south.claims.size).toBe(1);
    world.loseState();
    world.wanted = [wantedOf(specOf({ name: 'southern', destination: ['north'] }))];
    await world.pass();
    expect(north.claims.size).toBe(0);
    await toTheEnd();
    expect(world.begun.map(({ cluster }) => cluster)).toEqual(['south']);
  });

  it('an old one that came back, with the cluster of its jobs away: the others know that it is old', async () => {
    const [north, south] = world.clusters;
    const early = specOf({ name: 'early', destination: ['south', 'north'], output: JOBS[0]?.output ?? [] });
    world.wanted = [wantedOf(early)];
    await world.pass();
    const comeBack = world.backUp();
    world.wanted = [early, ...JOBS.slice(0, 1)].map((spec) => wantedOf(spec));
    await world.pass();
    expect(north.claims.size).toBe(1);
    comeBack();
    north.reachable = false;
    await world.pass();
    expect(world.store.runs.byUuid(uuidOf({ name: 'plain', run: '1' }))?.reason).toBe('RecoveryIncomplete');
    expect(south.claims.size).toBe(1);
    north.reachable = true;
    await toTheEnd();
    expect(world.begun).toHaveLength(2);
  });

  it('of state: none is always lost: a run moves only when every cluster that may hold it was asked', async () => {
    const [north, south] = world.clusters;
    world.forgetful = true;
    world.wanted = plain ? [wantedOf(plain)] : [];
    south.reachable = false;
    await world.pass();
    expect(world.records()[0]?.run.reason).toBe('RecoveryIncomplete');
    south.reachable = true;
    await world.pass();
    expect(north.claims.size).toBe(1);
    // The cluster that knows nothing of it was not even there when the first runner submitted.
    south.mark = undefined;
    north.reachable = false;
    world.loseState();
    await world.pass();
    expect(world.records()[0]?.run.reason).toBe('RecoveryIncomplete');
    expect(south.claims.size).toBe(0);
    north.reachable = true;
    for (let round = 0; round < 6; round += 1) {
      await toTheEnd();
      world.loseState();
    }
    expect(world.begun).toHaveLength(1);
  });

  it('is not whole again after a pass that was limited to some manifests', async () => {
    const [north] = world.clusters;
    await world.pass();
    world.loseState();
    north.reachable = false;
    await world.pass([], (file) => file.endsWith('southern.yaml'));
    expect(world.store.meta.recovery()).toBeDefined();
    expect(world.store.runs.byUuid(uuidOf({ name: 'southern', run: '1' }))?.phase).toBe('Queued');
    north.reachable = true;
    await world.pass([], (file) => file.endsWith('southern.yaml'));
    expect(world.store.meta.recovery()).toBeDefined();
    await world.pass();
    expect(world.store.meta.recovery()).toBeUndefined();
    await toTheEnd();
    for (const spec of JOBS) expect(world.starts(uuidOf(spec))).toBe(spec.resources.arraySize ?? 1);
  });

  it('is read back from a cluster once, however long another one is away', async () => {
    const [north, south] = world.clusters;
    await world.pass();
    world.loseState();
    north.reachable = false;
    await world.pass();
    const asked = south.recalls;
    expect(asked).toBe(1);
    await world.pass();
    await world.pass();
    expect(south.recalls).toBe(asked);
  });

  it('plan shows what the pass will come to, and writes nothing', async () => {
    await world.pass();
    world.progress();
    world.loseState();
    const { plan } = await world.plan();
    const waits = plan.actions.filter(({ kind }) => kind === 'wait');
    expect(waits).toMatchObject([{ name: 'after', reason: 'DependencyPending' }]);
    expect(plan.actions.map(({ kind }) => kind)).toContain('adopt');
    expect(world.store.meta.recovery()).toBeUndefined();
    expect(world.store.records.live()).toEqual([]);
    const passed = await world.pass();
    expect(passed?.plan).toEqual(plan);
  });

  it('two states that began one run on two clusters: a person is told of the other', async () => {
    const [north, south] = world.clusters;
    world.wanted = plain ? [wantedOf(plain)] : [];
    await world.pass();
    const claim = parseClaim([...north.claims.values()][0]?.split('\n') ?? []);
    if (!claim) throw new Error('there is no claim');
    south.claims.set(claim.token, renderClaim({ ...claim, cluster: 'south', nonce: 'other' }));
    world.loseState();
    await world.pass();
    expect(world.told.join('\n')).toMatch(/south: south holds it too, as plain\..* Look at that one there/);
    expect(world.store.attempts.ofRun(claim.uuid)).toHaveLength(1);
    expect(world.store.events.ofRun(claim.uuid).map(({ kind }) => kind)).toContain('twin');
  });

  it('keeps the end of a run whose last attempt was never sent', async () => {
    world.wanted = plain ? [wantedOf(plain)] : [];
    const [north] = world.clusters;
    await world.pass();
    const job = north.jobs.find(({ token }) => token !== 'mine');
    if (!job) throw new Error('there is no job');
    north.start(job);
    north.finish(job, 'node');
    await world.pass([{ kind: 'none' }, { kind: 'refuse' }]);
    const { uuid } = world.records()[0]?.run ?? { uuid: '' };
    expect(world.store.attempts.ofRun(uuid).map(({ outcome }) => outcome)).toEqual(['failed', 'unsent']);
    world.store.runs.requestCancel(uuid, 'a person said so');
    await world.pass();
    expect(phases()).toEqual(['plain Cancelled']);
    world.loseDatabase();
    await toTheEnd();
    expect(phases()).toEqual(['plain Cancelled']);
    expect(world.begun).toHaveLength(1);
  });

  it('is rebuilt a cluster at a time, and what is known goes on meanwhile', async () => {
    const [north, south] = world.clusters;
    await world.pass();
    world.progress();
    world.loseDatabase();
    south.reachable = false;
    await world.pass();
    const plainRun = world.store.runs.byUuid(plain ? uuidOf(plain) : '');
    expect(plainRun?.phase).toBe('Running');
    expect(world.store.runs.byUuid(prepared ? uuidOf(prepared) : '')?.reason).toBe('RecoveryIncomplete');
    // What may have gone on elsewhere is not carried on before that one was asked.
    const restless = JOBS.find(({ onClusterLost }) => onClusterLost === 'failover');
    expect(world.store.runs.byUuid(restless ? uuidOf(restless) : '')?.reason).toBe('RecoveryIncomplete');
    expect(north.claims.size).toBe(4);
    south.reachable = true;
    await toTheEnd();
    for (const spec of JOBS) expect(world.starts(uuidOf(spec))).toBe(spec.resources.arraySize ?? 1);
  });
});

describe('a run that went on elsewhere, and its state is lost', () => {
  const restless = JOBS.filter(({ onClusterLost }) => onClusterLost === 'failover');
  const [spec = specOf()] = restless;
  const waiting = wantedOf({ ...spec, onClusterLost: 'wait' });
  const jobsOf = (name: string) => {
    const own = world.clusters.find((each) => each.name === name)?.jobs ?? [];
    return own.filter(({ token }) => token !== 'mine');
  };
  const attempts = () => world.store.attempts.ofRun(uuidOf(spec));

  /** It runs in north, is lost there, and runs in south. */
  async function goElsewhere(): Promise<void> {
    const [north, south] = world.clusters;
    world.wanted = [wantedOf(spec)];
    await world.pass();
    for (const job of jobsOf('north')) north.start(job);
    north.reachable = false;
    await world.pass();
    world.now += FAILOVER_SECONDS * 1000;
    await world.pass();
    for (const job of jobsOf('south')) south.start(job);
    expect(world.begun.map(({ cluster }) => cluster)).toEqual(['north', 'south']);
  }

  it('follows the one that it went to, and ends what the other holds first thing', async () => {
    const [north] = world.clusters;
    await goElsewhere();
    world.loseState();
    await world.pass();
    expect(attempts()).toMatchObject([
      { number: 1, cluster: 'north', state: 'intended', owedSince: expect.any(Number) },
      { number: 2, cluster: 'south', state: 'submitted', jobId: jobsOf('south')[0]?.id },
    ]);
    north.reachable = true;
    await world.pass();
    expect(jobsOf('north')).toMatchObject([{ state: 'CANCELLED' }]);
    await toTheEnd();
    expect(attempts()).toMatchObject([{ outcome: 'superseded' }, { outcome: 'completed' }]);
    expect(world.begun).toHaveLength(2);
  });

  it('ends what was found too late, where the other one was followed meanwhile', async () => {
    const [north, south] = world.clusters;
    await goElsewhere();
    world.loseState();
    // Today's manifest does not tell that it ever went on elsewhere.
    world.wanted = [waiting];
    [north.reachable, south.reachable] = [true, false];
    for (const job of jobsOf('north')) north.finish(job, 'ok');
    for (let round = 0; round < 4; round += 1) await world.pass();
    expect(world.records()[0]?.run.phase).toBe('Succeeded');
    south.reachable = true;
    for (let round = 0; round < 4; round += 1) await world.pass();
    expect(jobsOf('south')).toMatchObject([{ state: 'CANCELLED' }]);
    expect(attempts()).toMatchObject([{ outcome: 'completed' }, { number: 2, outcome: 'superseded' }]);
    expect(world.records()[0]?.run).toMatchObject({ phase: 'Succeeded', conditions: [] });
  });

  it('stays as it ended here, when another end is read later', async () => {
    const [north, south] = world.clusters;
    await goElsewhere();
    for (const job of jobsOf('south')) south.finish(job, 'fail');
    for (let round = 0; round < 4; round += 1) await world.pass();
    expect(world.records()[0]?.run).toMatchObject({ phase: 'Failed', conditions: ['Debt'] });
    world.loseState();
    world.wanted = [waiting];
    [north.reachable, south.reachable] = [true, false];
    for (const job of jobsOf('north')) north.finish(job, 'ok');
    for (let round = 0; round < 4; round += 1) await world.pass();
    expect(world.records()[0]?.run.phase).toBe('Succeeded');
    south.reachable = true;
    for (let round = 0; round < 4; round += 1) await world.pass();
    expect(world.records()[0]?.run).toMatchObject({ phase: 'Succeeded', conditions: [] });
    expect(world.told.filter((text) => text.includes('could not be read back'))).toEqual([]);
    expect(world.store.meta.recovery()).toBeUndefined();
  });
});

describe('a claim that was left over', () => {
  it.each(['north', 'south'])(
    'on %s is settled and never carried out, once the ledger says that its run is over',
    async (where) => {
      await world.pass();
      const [north] = world.clusters;
      const claim = parseClaim([...north.claims.values()][0]?.split('\n') ?? []);
      if (!claim) throw new Error('there is no claim');
      await toTheEnd();
      const begun = world.begun.length;
      const token = claim.token.replace(/1$/, '2');
      const cluster = world.clusters.find(({ name }) => name === where);
      cluster?.claims.set(token, renderClaim({ ...claim, token, attempt: 2, cluster: where, nonce: 'late' }));
      world.loseDatabase();
      await toTheEnd();
      expect(world.begun).toHaveLength(begun);
      expect(phases()).toEqual(JOBS.map(({ name }) => `${name} Succeeded`));
      expect(cluster?.claims.size).toBe(0);
    },
  );
});

describe('a run that went on elsewhere and has ended there, and its state is lost with that cluster away', () => {
  const before = specOf({
    name: 'restless',
    compilation: ['make'],
    destination: ['north', 'south'],
    output: [{ path: 'result', optional: false }],
  });
  const lets: JobSpec = { ...before, onClusterLost: 'failover' };
  it.each<[string, readonly JobSpec[]]>([
    ['says wait again', [before]],
    ['is gone', []],
    ['says failover', [lets]],
  ])('does not begin anew where it had begun first: its manifest %s', async (_, then) => {
    const own = new World([before]);
    const [north, south] = own.clusters;
    await own.pass();
    north.reachable = false;
    own.wanted = [wantedOf(lets)];
    await own.pass();
    own.now += FAILOVER_SECONDS * 1000 + 1000;
    for (let turn = 0; turn < 8; turn += 1) {
      await own.pass();
      own.now += 60_000;
      own.endSteps(south, 'done');
      for (const job of south.jobs) if (job.state === 'PENDING') south.start(job);
      for (const job of south.jobs) if (job.state === 'RUNNING') south.finish(job, 'ok');
    }
    expect(own.records().map(({ run }) => [run.phase, run.conditions])).toEqual([['Succeeded', ['Debt']]]);
    own.loseDatabase();
    own.wanted = then.map((spec) => wantedOf(spec));
    [north.reachable, south.reachable] = [true, false];
    for (let turn = 0; turn < 5; turn += 1) {
      await own.pass();
      own.now += 60_000;
      own.progress();
    }
    expect(own.begun.map(({ cluster }) => cluster)).toEqual(['south']);
    expect(own.records().map(({ run }) => run.reason)).toEqual(['RecoveryIncomplete']);
    south.reachable = true;
    for (let turn = 0; turn < 5; turn += 1) {
      await own.pass();
      own.now += 400_000;
    }
    expect(own.begun.map(({ cluster }) => cluster)).toEqual(['south']);
    expect(own.records().map(({ run }) => run.phase)).toEqual(['Succeeded']);
    own.close();
  });
});
