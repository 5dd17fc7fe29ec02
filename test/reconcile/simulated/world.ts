/** Two clusters, a few jobs, and the real reconciler between them; everything that can go wrong on demand. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Cluster } from '../../../src/model/cluster.js';
import type { JobSpec } from '../../../src/model/job.js';
import { isEnded, type RunRecord } from '../../../src/model/run.js';
import type { Wanted } from '../../../src/plan/facts.js';
import { ClusterAgent } from '../../../src/protocol/agent.js';
import { parseClaim } from '../../../src/protocol/claim.js';
import { type Clock, OriginError } from '../../../src/ports.js';
import { Lanes } from '../../../src/reconcile/lanes.js';
import { Workshop } from '../../../src/reconcile/workshop.js';
import { nodeFiles } from '../../../src/documents/node-files.js';
import type { Context, Manner } from '../../../src/reconcile/context.js';
import type { Scope } from '../../../src/reconcile/gather.js';
import { type Passed, prepare, type Prepared, runPass } from '../../../src/reconcile/pass.js';
import { moduleInput } from '../../../src/modules/contract.js';
import { slurm } from '../../../src/slurm/manager.js';
import { acquireLease } from '../../../src/store/lease.js';
import { raiseLineage } from '../../../src/store/lineage.js';
import { openStore } from '../../../src/store/open.js';
import type { Store } from '../../../src/store/store.js';
import { clusterOf, NOW, specOf, wantedOf } from '../../plan/scene.js';
import { type Script, SimCluster } from './cluster.js';
import { type Fault, Killed, simulatedTransport } from './transport.js';

const INSTALLATION = 'test';
const RESULT = [{ path: 'result', optional: false }];

export const JOBS: readonly JobSpec[] = [
  specOf({ name: 'plain', destination: ['north', 'south'], output: RESULT }),
  specOf({
    name: 'prepared',
    destination: ['south', 'north'],
    requirements: ['x'],
    compilation: ['make'],
    output: RESULT,
    onDelete: 'cancel',
  }),
  specOf({ name: 'southern', destination: ['south'], output: RESULT, onEdit: 'replace' }),
  specOf({
    name: 'moduled',
    destination: ['north', 'south'],
    modules: {
      staging: [],
      preprocessing: [{ module: 'mesh', execution: './mesh' }],
      postprocessing: [{ module: 'check', execution: './check' }],
    },
    output: RESULT,
  }),
  specOf({
    name: 'after',
    destination: ['north', 'south'],
    dependsOn: [{ name: 'plain', when: 'finished' }],
    output: RESULT,
  }),
  specOf({
    name: 'array',
    destination: ['north', 'south'],
    resources: { sbatchOptions: {}, arraySize: 3 },
    retry: { attempts: 1 },
    output: [{ path: 'result.*', optional: false }],
  }),
  specOf({
    name: 'restless',
    destination: ['north', 'south'],
    onClusterLost: 'failover',
    output: RESULT,
  }),
];
/** A cluster that is lost for longer is left by what says `on_cluster_lost: failover`. */
export const FAILOVER_SECONDS = 300;

export class World {
  now = NOW;
  readonly clusters: readonly [SimCluster, SimCluster];
  readonly outputs = mkdtempSync(join(tmpdir(), 'sluice-model-'));
  readonly #modules = mkdtempSync(join(tmpdir(), 'sluice-model-'));
  store: Store;
  wanted: readonly Wanted[];
  /** Scripts that were cut off and live. */
  readonly sleeping: Script[] = [];
  /** Times that the user's code began, by token. */
  readonly begun: { readonly token: string; readonly cluster: string; readonly task: number }[] = [];
  /** Tokens of attempts that a claim calls a debt: another was granted beside each. */
  readonly ceded = new Set<string>();
  /** Times that a submission was made, by token. */
  readonly submitted: string[] = [];
  readonly told: string[] = [];
  /** `state: none`. */
  forgetful = false;
  /** Of the files that open the clusters. */
  keys = 'first';
  /** Times that a pass had patience with somebody. */
  waits = 0;
  /** The database was lost once. */
  lost = false;
  readonly #count: number;
  #edits = 0;
  readonly #gone = new Map<string, Wanted>();
  #faults: Fault[] = [];
  #lineage: number | undefined;
  #agents = new Map<string, ClusterAgent>();
  #left: Passed['left'] = new Map();
  /** Patience is over when only those are under way that hang. */
  readonly #clock: Clock = { now: () => this.now, sleep: () => this.#wait() };
  #lanes = new Lanes(this.#clock, () => 0);
  readonly #here: Context['here'] = {
    workshop: new Workshop(),
    folder: join(this.outputs, 'here'),
    environment: {},
    origin: { fetch: () => Promise.reject(new OriginError('there is no network')) },
    brought: new Map(),
  };

  constructor(jobs = JOBS) {
    this.#count = jobs.length;
    this.wanted = jobs.map((spec) => wantedOf(spec));
    const watch = {
      now: () => this.now,
      began: (token: string, cluster: string, task: number) => void this.begun.push({ token, cluster, task }),
      submitting: (token: string) => void this.submitted.push(token),
    };
    this.clusters = [new SimCluster('north', watch), new SimCluster('south', watch)];
    this.store = this.#newStore();
    for (const name of ['mesh', 'check']) writeFileSync(join(this.#modules, name), '');
  }

  /** A pass of a process that meets these faults, an exchange each, and none after them. */
  async pass(faults: readonly Fault[] = [], scope?: Scope): Promise<Passed | undefined> {
    this.#faults = [...faults];
    try {
      return await runPass(this.#context(), scope);
    } catch (error) {
      if (!isKilled(error)) throw error;
      // The next process knows what the store knows.
      this.#forget();
      return undefined;
    }
  }

  /** A pass as the daemon makes it: it waits for no cluster that hangs, and keeps good manners. */
  async look(manner: Partial<Manner> = {}, faults: readonly Fault[] = []): Promise<Passed> {
    this.#faults = [...faults];
    const passed = await runPass(
      this.#context(),
      undefined,
      { patienceMs: 1, asked: false, ...manner },
      this.#left,
    );
    this.#left = passed.left;
    return passed;
  }

  #wait(): Promise<void> {
    this.waits += 1;
    return this.rest();
  }

  /** Until nothing is under way but at clusters that hang. */
  async rest(): Promise<void> {
    const isUnderWay = ({ name, hangs }: SimCluster): boolean =>
      this.#lanes.busy(name) !== undefined && !hangs;
    while (this.clusters.some(isUnderWay)) await new Promise((resolve) => setImmediate(resolve));
  }

  /** What hangs goes on, to its end. */
  async free(): Promise<void> {
    for (const cluster of this.clusters) cluster.free();
    await this.#lanes.idle(Infinity);
  }

  get lanes(): Lanes {
    return this.#lanes;
  }

  /** What a pass would do, as `sluice plan` asks: without the lease. */
  async plan(): Promise<Prepared> {
    const held = this.store.fence;
    const watched: Store = new Proxy(this.store, {
      get: (store, key) => {
        if (key === 'fence') return undefined;
        const value: unknown = Reflect.get(store, key, store);
        return typeof value === 'function' ? (value.bind(store) as unknown) : value;
      },
    });
    const prepared = await prepare({ ...this.#context(), store: watched }, undefined);
    if (this.store.fence !== held) throw new Error('a plan took the lease');
    return prepared;
  }

  /** A copy of the whole state, to come back to. */
  backUp(): () => void {
    const [copy, lineage] = [this.store.copy(), this.#lineage];
    return () => {
      this.store.close();
      this.store = copy;
      this.#lineage = lineage;
      this.#forget();
    };
  }

  /** The database is gone; the lineage file is not. */
  loseDatabase(): void {
    this.lost = true;
    this.store.close();
    this.store = this.#newStore();
    this.#forget();
  }

  /** Both are gone. */
  loseState(): void {
    this.loseDatabase();
    this.#lineage = undefined;
  }

  /** The manifest of a job asks for other work from now on. */
  edit(name: string): void {
    this.#edits += 1;
    const hash = `1:${this.#edits}`;
    this.wanted = this.wanted.map((each) => (each.name === name ? { ...each, hash } : each));
    const gone = this.#gone.get(name);
    if (gone) this.#gone.set(name, { ...gone, hash });
  }

  /** Its manifest is gone, or there again as it was last. */
  toggle(name: string): void {
    const there = this.wanted.find((each) => each.name === name);
    const gone = this.#gone.get(name);
    if (there) {
      this.#gone.set(name, there);
      this.wanted = this.wanted.filter((each) => each !== there);
    } else if (gone) {
      this.#gone.delete(name);
      this.wanted = [...this.wanted, gone];
    }
  }

  /** Every manifest is there. */
  restore(): void {
    for (const name of [...this.#gone.keys()]) this.toggle(name);
  }

  wake(): void {
    const script = this.sleeping.shift();
    while (script?.alive && script.step() !== 'over');
  }

  /** The latest generation of each job. */
  records(): RunRecord[] {
    return JOBS.flatMap(({ name, run }) => this.store.records.byName(name, run) ?? []);
  }

  /** Attempts whose user code began, for one run, or for one task of its array. */
  starts(uuid: string, task?: number): number {
    return this.begun.filter((each) => each.token.includes(uuid) && (task ?? each.task) === each.task).length;
  }

  settled(): boolean {
    const records = this.records();
    const blocked = records.some(({ run }) => run.phase === 'Blocked');
    const over = ({ run: { phase, reason } }: RunRecord): boolean =>
      isEnded(phase) || phase === 'Blocked' || (blocked && reason === 'DependencyPending');
    // A script that slept through its attempt's end, or a loss of the state, may still put a claim there: it harms nobody.
    const left = records.flatMap(({ attempts }) =>
      attempts.filter(({ settledAt, outcome }) => settledAt === undefined && outcome !== 'unsent'),
    );
    return records.length === this.#count && records.every(over) && (left.length === 0 || blocked);
  }

  /** All that is broken is mended; what runs comes to its end. */
  mend(): void {
    for (const cluster of this.clusters)
      Object.assign(cluster, {
        reachable: true,
        controller: true,
        mood: 'accept',
        otherHost: false,
        accounting: cluster.accounting === 'off' ? 'off' : 'on',
      });
    while (this.sleeping.length > 0) this.wake();
  }

  progress(): void {
    for (const cluster of this.clusters) {
      for (const token of cluster.limbo.splice(0)) cluster.enqueue(token);
      for (const job of cluster.jobs) {
        if (job.state === 'PENDING') cluster.start(job);
        else cluster.finish(job, 'ok');
      }
      this.endSteps(cluster, 'done');
    }
  }

  /** Both chains, where their runners live; those that are done leave what their modules print. */
  endSteps(cluster: SimCluster, how: 'done' | 'fail'): void {
    for (const [token, directory] of cluster.directories) {
      const modules = specOfToken(token)?.modules;
      const stage = modules === undefined ? 'compilation' : 'preprocessing';
      if (directory.steps === 'running' && directory.runnerLives) {
        directory.steps = how === 'done' ? 'done' : `failed:${stage}:1:2`;
        if (modules && how === 'done') directory.told.set('preprocessing.1.json', printedFor(token));
      }
      if (directory.after === 'running' && directory.afterLives) {
        directory.after = how === 'done' ? 'done' : 'failed:postprocessing:1:2';
        if (how === 'done') directory.told.set('postprocessing.1.json', printedFor(token));
      }
    }
  }

  close(): void {
    this.store.close();
    for (const folder of [this.outputs, this.#modules]) rmSync(folder, { recursive: true, force: true });
  }

  /** What a process knows goes with it. */
  #forget(): void {
    this.#agents = new Map();
    this.#lanes = new Lanes(this.#clock, () => 0);
    this.#left = new Map();
  }

  #newStore(): Store {
    const store = openStore(':memory:', { now: () => this.now });
    if (acquireLease(store, 'model').kind !== 'held') throw new Error('no lease');
    return store;
  }

  #context(): Context {
    const { store } = this;
    return {
      installation: INSTALLATION,
      hasInstallation: true,
      inventory: new Map(this.clusters.map(({ name }) => [name, entryOf(name)])),
      store,
      clock: this.#clock,
      lanes: this.#lanes,
      keysOf: () => this.keys,
      outputs: this.outputs,
      forgetful: this.forgetful,
      lineage: () => this.#lineage,
      raiseLineage: (atLeast) =>
        (this.#lineage = raiseLineage(store, INSTALLATION, Math.max(atLeast, this.#lineage ?? 0))),
      retention: { succeededMs: 1e12, otherwiseMs: 1e12 },
      rehearsal: () => store.copy(),
      desired: () =>
        Promise.resolve({
          wanted: this.wanted,
          problems: [],
          complete: true,
          isStale: () => false,
          parsed: 0,
          remember: () => undefined,
        }),
      agent: ({ cluster }) => this.#agent(cluster),
      consent: { all: false },
      agents: () => [...this.#agents.values()],
      reading: { files: nodeFiles, home: this.#modules, modulesDirectory: this.#modules },
      here: this.#here,
      story: ({ job, cluster, text }) => void this.told.push([job, cluster, text].filter(Boolean).join(': ')),
    };
  }

  #agent(name: string): ClusterAgent {
    const known = this.#agents.get(name);
    if (known) return known;
    const cluster = this.clusters.find((each) => each.name === name);
    if (!cluster) throw new Error(`there is no cluster ${name}`);
    const transport = simulatedTransport(cluster, {
      fault: () => this.#faults.shift() ?? { kind: 'none' },
      sleeps: (script) => void this.sleeping.push(script),
      sees: (calls) => {
        for (const { verb, words } of calls) {
          const [token = '', text = ''] = words;
          if (verb === 'claim')
            for (const debt of parseClaim(text.split('\n'))?.debts ?? []) this.ceded.add(debt.token);
          if (verb === 'submit' && !this.store.attempts.byToken(token))
            throw new Error(`${token} is submitted and was never committed`);
        }
      },
    });
    const agent = new ClusterAgent({
      cluster: entryOf(name),
      transport,
      manager: slurm,
      program: { text: ':\n', digest: 'd' },
      installation: INSTALLATION,
      memory: { wrapperDigest: 'd', accounting: 'unknown' },
      mayWrite: true,
    });
    this.#agents.set(name, agent);
    return agent;
  }
}

function entryOf(name: string): Cluster {
  return clusterOf(name, { failoverAfterSeconds: FAILOVER_SECONDS });
}

/** Whatever its generation. */
function specOfToken(token: string): JobSpec | undefined {
  return JOBS.find(({ name }) => token.startsWith(`${name}.`));
}

/** The job as its module was given it, with a word of its own. */
function printedFor(token: string): string {
  const spec = specOfToken(token);
  if (!spec) throw new Error(`no job has the token ${token}`);
  return moduleInput({ ...spec, environment: { MESH: 'fine' } });
}

/** One exchange was killed with its process, or all that were under way. */
function isKilled(error: unknown): boolean {
  if (error instanceof AggregateError) return error.errors.every(isKilled);
  return error instanceof Killed;
}
