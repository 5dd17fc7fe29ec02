/**
 * The promise that matters most, under everything that can go wrong at once: the real reconciler against simulated
 * clusters, with lost replies, scripts that go on after the line is dead, kills, lost databases, silent controllers.
 */
import fc from 'fast-check';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { isChange } from '../../src/model/action.js';
import type { JobSpec } from '../../src/model/job.js';
import { isEnded, isOwed, type Run } from '../../src/model/run.js';
import { allTasks, standingsOf } from '../../src/model/tasks.js';
import { jobUuid } from '../../src/manifest/identity.js';
import { resultsFolder } from '../../src/reconcile/context.js';
import { beginNext } from '../../src/reconcile/generations.js';
import { INSTALLATION, uuidOf } from '../plan/scene.js';
import type { Mood } from './simulated/cluster.js';
import type { Fault } from './simulated/transport.js';
import { JOBS, World } from './simulated/world.js';

type Command =
  | { readonly do: 'pass'; readonly faults: readonly Fault[] }
  | { readonly do: 'wait'; readonly seconds: number }
  | {
      readonly do: 'job';
      readonly at: number;
      readonly which: number;
      readonly how: 'start' | 'ok' | 'fail' | 'node' | 'purge';
    }
  | { readonly do: 'steps'; readonly at: number; readonly how: 'done' | 'fail' | 'die' }
  | { readonly do: 'site'; readonly at: number; readonly what: 'reachable' | 'controller' | 'otherHost' }
  | { readonly do: 'accounting'; readonly at: number; readonly how: 'on' | 'down' }
  | { readonly do: 'mood'; readonly at: number; readonly mood: Mood }
  | { readonly do: 'wake' | 'land' | 'lose' | 'look' | 'free' }
  | { readonly do: 'hang'; readonly at: number; readonly verbs: readonly string[] | 'all' }
  | {
      readonly do: 'cancel' | 'suspend' | 'resume' | 'rerun' | 'failed-tasks' | 'forget' | 'edit' | 'toggle';
      readonly job: number;
    };

const RESTLESS = JOBS.findIndex(({ name }) => name === 'restless');
const at = fc.nat(1);
const fault: fc.Arbitrary<Fault> = fc.oneof(
  { weight: 2, arbitrary: fc.constant({ kind: 'none' } as const) },
  { weight: 1, arbitrary: fc.constant({ kind: 'refuse' } as const) },
  {
    weight: 3,
    arbitrary: fc
      .record({
        steps: fc.option(fc.nat(24), { nil: undefined }),
        lines: fc.nat(30),
        sleeps: fc.boolean(),
        kill: fc.boolean(),
      })
      .map(({ steps, ...rest }) => ({
        kind: 'cut' as const,
        ...rest,
        ...(steps === undefined ? {} : { steps }),
      })),
  },
);
const moods: readonly Mood[] = [
  'accept',
  'refuse',
  'full',
  'unclear-accepted',
  'unclear-late',
  'unclear-lost',
];
const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ do: fc.constant('pass' as const), faults: fc.array(fault, { maxLength: 6 }) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('wait' as const), seconds: fc.constantFrom(1, 10, 200, 700) }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('job' as const), at, which: fc.nat(5), how: fc.constantFrom('start' as const, 'start' as const, 'ok' as const, 'fail' as const, 'node' as const, 'purge' as const) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('steps' as const), at, how: fc.constantFrom('done' as const, 'done' as const, 'fail' as const, 'die' as const) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('site' as const), at, what: fc.constantFrom('reachable' as const, 'controller' as const, 'otherHost' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('accounting' as const), at, how: fc.constantFrom('on' as const, 'down' as const) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('mood' as const), at, mood: fc.constantFrom(...moods) }) },
  { weight: 6, arbitrary: fc.constant({ do: 'look' as const }) },
  { weight: 1, arbitrary: fc.constant({ do: 'free' as const }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('hang' as const), at, verbs: fc.constantFrom('all' as const, ['observe'], ['submit'], ['fence'], ['stream'], ['steps'], ['settle'], ['recall']) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom('wake' as const, 'wake' as const, 'land' as const, 'lose' as const) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom('cancel' as const, 'suspend' as const, 'resume' as const, 'rerun' as const, 'failed-tasks' as const, 'forget' as const, 'edit' as const, 'toggle' as const), job: fc.nat(JOBS.length - 1) }) },
); // prettier-ignore

/** Clusters come and go, for shorter and longer than a run waits for them. */
const vanishing: fc.Arbitrary<Command> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ do: fc.constant('pass' as const), faults: fc.array(fault, { maxLength: 3 }) }) },
  { weight: 4, arbitrary: fc.constant({ do: 'look' as const }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('site' as const), at, what: fc.constant('reachable' as const) }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('wait' as const), seconds: fc.constantFrom(10, 200, 700, 700) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('job' as const), at, which: fc.nat(5), how: fc.constantFrom('start' as const, 'start' as const, 'ok' as const, 'fail' as const, 'node' as const, 'purge' as const) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('mood' as const), at, mood: fc.constantFrom(...moods) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('site' as const), at, what: fc.constantFrom('controller' as const, 'otherHost' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('hang' as const), at, verbs: fc.constantFrom('all' as const, ['observe'], ['submit'], ['fence']) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('wake' as const, 'land' as const, 'lose' as const, 'free' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('cancel' as const, 'suspend' as const, 'resume' as const, 'rerun' as const), job: fc.constant(RESTLESS) }) },
); // prettier-ignore

async function carryOut(world: World, each: Command): Promise<void> {
  const cluster = 'at' in each ? world.clusters[each.at === 0 ? 0 : 1] : world.clusters[0];
  switch (each.do) {
    case 'pass':
      // Of a process of its own: it meets what is under way no more.
      await world.free();
      await world.pass(each.faults);
      return;
    case 'look':
      // The first use of all waits for everybody.
      if (world.store.meta.number() === 0) await world.free();
      await world.look();
      return;
    case 'hang':
      cluster.hangsAt = each.verbs;
      return;
    case 'free':
      await world.free();
      return;
    case 'wait':
      world.now += each.seconds * 1000;
      return;
    case 'job': {
      const own = cluster.jobs.filter((job) => job.token !== 'mine');
      const job = own[each.which % Math.max(1, own.length)];
      if (!job) return;
      if (each.how === 'start') cluster.start(job);
      else if (each.how === 'purge') job.purged ||= cluster.ended(job);
      else cluster.finish(job, each.how);
      return;
    }
    case 'steps':
      if (each.how !== 'die') world.endSteps(cluster, each.how);
      else
        for (const directory of cluster.directories.values())
          Object.assign(directory, { runnerLives: false, afterLives: false });
      return;
    case 'site':
      cluster[each.what] = !cluster[each.what];
      return;
    case 'accounting':
      if (cluster.accounting !== 'off') cluster.accounting = each.how;
      return;
    case 'mood':
      cluster.mood = each.mood;
      return;
    case 'wake':
      world.wake();
      return;
    case 'land':
      for (const one of world.clusters) for (const token of one.limbo.splice(0)) one.enqueue(token);
      return;
    case 'lose':
      // Once: what is forgotten between two losses can number its attempts anew.
      await world.free();
      if (!world.lost) world.loseDatabase();
      return;
    case 'cancel':
    case 'suspend':
    case 'resume':
    case 'rerun':
    case 'failed-tasks':
    case 'forget':
    case 'edit':
    case 'toggle':
      decide(world, each);
  }
}

/** A person's word about the latest generation of a job. */
function decide(world: World, each: Extract<Command, { readonly job: number }>): void {
  const { runs } = world.store;
  const { name = '', run = '' } = JOBS[each.job] ?? {};
  if (each.do === 'edit' || each.do === 'toggle') {
    world[each.do](name);
    return;
  }
  const latest = runs.byName(name, run);
  if (!latest) return;
  if (each.do === 'cancel') runs.requestCancel(latest.uuid, 'a person said so');
  else if (each.do === 'rerun') beginNext(world.store, INSTALLATION, latest, 'a person said so', {});
  else if (each.do === 'failed-tasks')
    beginNext(world.store, INSTALLATION, latest, 'a person said so', {}, true);
  else if (each.do === 'forget') runs.setForgotten(latest.uuid, true, 'a person said so');
  else {
    if (each.do === 'resume') runs.setForgotten(latest.uuid, false, 'a person said so');
    runs.requestSuspend(latest.uuid, each.do === 'suspend', 'a person said so');
  }
}

/** More than a sequence of commands asks for. */
const GENERATIONS = Array.from({ length: 12 }, (_, generation) => generation);

/** What must hold at every moment. */
function check(world: World): void {
  for (const spec of JOBS) {
    const { name, run } = spec;
    const jobs = world.clusters.flatMap((cluster) => cluster.jobs);
    const live = jobs.filter(
      (job) =>
        job.token.startsWith(`${name}.`) &&
        job.owns &&
        job.state === 'RUNNING' &&
        !world.ceded.has(job.token),
    );
    const attempts = new Set(live.map(({ token }) => token));
    expect(attempts.size, `${name} runs twice at once`).toBeLessThanOrEqual(1);
    for (const generation of GENERATIONS) checkRun(world, spec, jobUuid(INSTALLATION, name, run, generation));
  }
  checkModules(world);
  checkOrder(world);
  checkSubmissions(world);
}

/** Of an array each task by itself. */
function checkRun(world: World, { name, retry, resources }: JobSpec, uuid: string): void {
  const jobs = world.clusters.flatMap((cluster) => cluster.jobs).filter((job) => job.token.includes(uuid));
  const part = world.store.runs.byUuid(uuid)?.part;
  const ceded = [...world.ceded].filter((token) => token.includes(uuid)).length;
  for (const task of resources.arraySize === undefined ? [0] : allTasks(resources.arraySize)) {
    const own = jobs.filter((job) => job.task === task);
    const lost = own.filter((job) => job.owns && job.state === 'NODE_FAIL').length;
    const granted = part?.tasks.includes(task) === false ? 0 : 1 + (retry.attempts ?? 0) + lost + ceded;
    expect(world.starts(uuid, task), `${name} began too often, task ${task}`).toBeLessThanOrEqual(granted);
  }
  const live = world.store.attempts
    .ofRun(uuid)
    .filter((attempt) => attempt.state !== 'ended' && !isOwed(attempt));
  expect(live.length).toBeLessThanOrEqual(1);
}

function checkSubmissions(world: World): void {
  // A script that slept through its attempt's end may submit once more; the fence is there before it.
  const twice = world.submitted.filter((token, index) => world.submitted.indexOf(token) !== index);
  const ledger = world.clusters.flatMap((cluster) => cluster.ledger).join('\n');
  for (const token of twice) expect(ledger, 'a token was submitted twice').toContain(token);
  for (const cluster of world.clusters)
    expect(cluster.jobs.find((job) => job.token === 'mine')?.state).toBe('RUNNING');
}

/** What its modules make of a job is heard before it is submitted; those after it run when it has completed, and only then. */
function checkModules(world: World): void {
  for (const { modules, ...spec } of JOBS) {
    if (modules === undefined) continue;
    const isOwn = (token: string): boolean => token.startsWith(`${spec.name}.`);
    for (const cluster of world.clusters) {
      for (const job of cluster.jobs.filter(({ token }) => isOwn(token)))
        expect(cluster.directories.get(job.token)?.rescripted ?? 1).toBeGreaterThan(0);
      for (const [token, { after }] of cluster.directories) {
        if (after === '-' || !isOwn(token)) continue;
        expect(cluster.jobs).toContainEqual(
          expect.objectContaining({ token, owns: true, state: 'COMPLETED' }),
        );
      }
    }
  }
}

/** What depends on another begins when that one has ended, and not before. A lost state forgets what never began. */
function checkOrder(world: World): void {
  for (const { dependsOn, ...spec } of JOBS) {
    if (dependsOn.length === 0 || world.starts(uuidOf(spec)) === 0 || world.lost) continue;
    for (const { name } of dependsOn) {
      // A person may have let it run once more since.
      const run = world.store.runs.byUuid(uuidOf({ name, run: '1' }));
      expect(run && isEnded(run.phase), `${spec.name} began before ${name} had ended`).toBe(true);
    }
  }
}

/** The result of each task is here, of an attempt in which it completed. */
function checkArray(world: World, run: Run): void {
  const jobs = world.clusters.flatMap((cluster) => cluster.jobs);
  for (const task of allTasks(3)) {
    const token = readFileSync(join(world.outputs, ...resultsFolder(run), `result.${task}`), 'utf8');
    expect(jobs).toContainEqual(expect.objectContaining({ token, task, owns: true, state: 'COMPLETED' }));
  }
}

/** With the faults over, everything settles, and says what it came to. */
async function settle(world: World): Promise<void> {
  await world.free();
  world.mend();
  world.restore();
  for (const uuid of world.store.records.forgotten()) world.store.runs.setForgotten(uuid, false, 'go on');
  for (const { run } of world.records()) world.store.runs.requestSuspend(run.uuid, false, 'go on');
  for (let round = 0; round < 60 && !world.settled(); round += 1) {
    await world.pass();
    check(world);
    world.now += 130_000;
    world.progress();
  }
  const standing = world.records().map(({ run }) => `${run.name} ${run.phase}/${run.reason}: ${run.message}`);
  expect(world.settled(), standing.join('\n')).toBe(true);
  for (const { run, attempts } of world.records()) {
    expect(run.conditions, standing.join('\n')).not.toContain('Debt');
    if (run.phase === 'Blocked') expect(run.reason, standing.join('\n')).toBe('OutcomeUnknown');
    if (run.phase !== 'Succeeded') continue;
    if (run.name === 'array') {
      checkArray(world, run);
      continue;
    }
    const attempt = attempts.findLast(({ fetchedAt }) => fetchedAt !== undefined);
    const cluster = world.clusters.find(({ name }) => name === attempt?.cluster);
    expect(cluster?.jobs).toContainEqual(
      expect.objectContaining({ token: attempt?.token, owns: true, state: 'COMPLETED' }),
    );
    expect(readFileSync(join(world.outputs, ...resultsFolder(run), 'result'), 'utf8')).toBe(attempt?.token);
  }
  const last = await world.pass();
  expect(last?.plan.actions.filter(isChange)).toEqual([]);
}

describe('user code', () => {
  it(
    'runs once whatever happens, and with the faults over everything settles',
    { timeout: 300_000 },
    async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.array(command, { maxLength: 40, size: 'max' }),
          fc.constantFrom('on' as const, 'off' as const),
          async (commands, accounting) => {
            const world = new World();
            world.clusters[1].accounting = accounting;
            try {
              const over = new Map<string, string>();
              for (const each of commands) {
                await carryOut(world, each);
                check(world);
                for (const { run } of world.records()) {
                  // Of what never began, a lost database loses the person's word with it; it may then run, once.
                  if (!isEnded(run.phase) || world.starts(run.uuid) === 0) continue;
                  expect(over.get(run.uuid) ?? run.phase).toBe(run.phase);
                  over.set(run.uuid, run.phase);
                }
              }
              await settle(world);
              for (const { run } of world.records())
                if (over.has(run.uuid)) expect(run.phase).toBe(over.get(run.uuid));
            } finally {
              await world.free();
              world.close();
            }
          },
        ),
        { numRuns: Number(process.env['SLUICE_MODEL_RUNS'] ?? 60) },
      );
    },
  );
});

describe('clusters that come and go', () => {
  it(
    'leave one live attempt of a run and its debts, and no debt once they are back',
    { timeout: 300_000 },
    async () => {
      let granted = 0;
      await fc.assert(
        fc.asyncProperty(fc.array(vanishing, { maxLength: 60, size: 'max' }), async (commands) => {
          const world = new World(JOBS.filter((_, index) => index === RESTLESS));
          try {
            for (const each of commands) {
              await carryOut(world, each);
              check(world);
            }
            await settle(world);
            granted += world.ceded.size;
          } finally {
            await world.free();
            world.close();
          }
        }),
        { numRuns: Number(process.env['SLUICE_MODEL_RUNS'] ?? 100) },
      );
      expect(granted, 'nothing went elsewhere').toBeGreaterThan(0);
    },
  );
});

describe('a submission that reaches the controller behind the fence', () => {
  it('is cancelled before its attempt is settled, and holds up nothing', async () => {
    const world = new World();
    try {
      const [north] = world.clusters;
      const uuid = uuidOf(JOBS[0] ?? { name: '', run: '' });
      const attempts = () => world.store.attempts.ofRun(uuid);
      const late = () => north.jobs.filter(({ token }) => token === attempts()[0]?.token);
      north.mood = 'unclear-late';
      await world.pass();
      world.now += 10_000;
      await world.pass(); // the fence
      await world.pass(); // the next attempt
      expect(attempts().map(({ outcome, settledAt }) => [outcome, settledAt])).toEqual([
        ['fenced', undefined],
        [undefined, undefined],
      ]);
      for (const token of north.limbo.splice(0)) north.enqueue(token);
      expect(late()).toMatchObject([{ state: 'PENDING' }]);
      north.controller = false;
      await world.pass();
      expect(attempts()[0]?.settledAt).toBeUndefined();
      north.controller = true;
      await world.pass();
      expect(late()).toMatchObject([{ state: 'CANCELLED', owns: false }]);
      world.now += 200_000;
      await world.pass();
      expect(attempts()[0]?.settledAt).toBeDefined();
      await settle(world);
      expect(world.starts(uuid)).toBe(1);
    } finally {
      world.close();
    }
  });
});

describe('an array', () => {
  it('has its failed tasks again, whatever is lost in between, and each of the others ran once', async () => {
    const world = new World();
    try {
      const [north] = world.clusters;
      const uuid = uuidOf(JOBS.find(({ name }) => name === 'array') ?? { name: '', run: '' });
      const own = () => north.jobs.filter(({ token }) => token.includes(uuid));
      const end = (...hows: readonly ('ok' | 'fail' | 'node')[]): void => {
        const live = own().filter((job) => !north.ended(job));
        for (const job of live) north.start(job);
        for (const [index, how] of hows.entries()) if (live[index]) north.finish(live[index], how);
      };
      const starts = () => allTasks(3).map((task) => world.starts(uuid, task));
      await world.pass();
      end('ok', 'fail', 'node');
      await world.pass([
        { kind: 'none' },
        { kind: 'none' },
        { kind: 'cut', lines: 2, sleeps: false, kill: true },
      ]);
      world.loseDatabase();
      for (let round = 0; round < 4; round += 1) await world.pass();
      expect(
        own()
          .slice(3)
          .map(({ task }) => task),
      ).toEqual([2, 3]);
      end('fail', 'node');
      world.now += 10_000;
      for (let round = 0; round < 4; round += 1) await world.pass();
      // The cluster's fault costs the third nothing; the second has spent its own.
      expect(
        own()
          .slice(5)
          .map(({ task }) => task),
      ).toEqual([3]);
      end('ok');
      world.now += 10_000;
      for (let round = 0; round < 4; round += 1) await world.pass();
      expect(starts()).toEqual([1, 2, 3]);
      const record = world.store.records.byUuid(uuid);
      expect(record?.run).toMatchObject({ phase: 'Failed', reason: 'ExecutionFailed' });
      expect(record?.run.message).toMatch(/^task 2 of 3 did not complete; attempt 2: /);
      expect(record && standingsOf(record).map(({ state }) => state)).toEqual([
        'COMPLETED',
        'FAILED',
        'COMPLETED',
      ]);
      check(world);
    } finally {
      world.close();
    }
  });
});

describe('without faults', () => {
  it('each job runs once, and its result is here', async () => {
    const world = new World();
    await settle(world);
    expect(world.records().map(({ run }) => run.phase)).toEqual(JOBS.map(() => 'Succeeded'));
    for (const spec of JOBS) {
      expect(world.starts(uuidOf(spec))).toBe(spec.resources.arraySize ?? 1);
      expect(existsSync(join(world.outputs, spec.name, '1', 'logs', 'stdout'))).toBe(true);
    }
    world.close();
  });
});
