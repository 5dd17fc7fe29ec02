/** Facts for the planner, each with a default that is uneventful, and actions as one line each. */
import { jobUuid, token as tokenOf } from '../../src/manifest/identity.js';
import type { Action } from '../../src/model/action.js';
import type { Cluster } from '../../src/model/cluster.js';
import type { JobSpec } from '../../src/model/job.js';
import type { Asked, ClaimFacts, ClusterObservation, JobRow, Reach } from '../../src/model/observation.js';
import type { Attempt, Run, RunRecord } from '../../src/model/run.js';
import type { ClusterFacts, Facts, Named, Wanted } from '../../src/plan/facts.js';
import { planPass } from '../../src/plan/plan.js';
import { kindOfState } from '../../src/slurm/states.js';
import { slurm } from '../../src/slurm/manager.js';

/** Epoch milliseconds at which all of this happens. */
export const NOW = 1_790_000_000_000;
export const INSTALLATION = 'test';

export function specOf(more: Partial<JobSpec> = {}): JobSpec {
  return {
    name: 'fit',
    run: '1',
    login: {},
    mail: [],
    destination: ['north'],
    alternates: 'none',
    job: { kind: 'none' },
    setup: [],
    requirements: [],
    compilation: [],
    execution: ['./run'],
    output: [],
    resources: { sbatchOptions: {} },
    environment: {},
    perCluster: {},
    labels: {},
    suspend: false,
    prepareOn: 'login',
    retry: {},
    onEdit: 'keep',
    onDelete: 'finish',
    onClusterLost: 'wait',
    dependsOn: [],
    ...more,
  };
}

export const STEPS: Partial<JobSpec> = {
  requirements: ['module load x'],
  compilation: ['make', 'make check'],
};

export function clusterOf(name: string, more: Partial<Cluster> = {}): Cluster {
  return {
    name,
    transport: 'ssh2',
    manager: 'slurm',
    hosts: [`${name}.example.org`],
    hostKeys: [],
    preferredJobs: ['mpi'],
    workDir: '~/.sluice/work',
    claimsDir: '~/.sluice',
    loginShell: false,
    setup: [],
    environment: {},
    sbatchOptions: {},
    ...more,
  };
}

export function uuidOf(spec: Pick<JobSpec, 'name' | 'run'>): string {
  return jobUuid(INSTALLATION, spec.name, spec.run);
}

export function wantedOf(spec: JobSpec, more: Partial<Wanted> = {}): Wanted {
  const { name, run, suspend } = spec;
  return {
    ...{
      uuid: uuidOf(spec),
      name,
      run,
      generation: 0,
      hash: '1:a',
      suspend,
      onEdit: spec.onEdit,
      onDelete: spec.onDelete,
    },
    manifestFile: `/jobs.d/${name}.yaml`,
    spec: () => spec,
    ...more,
  };
}

export function runOf(spec: JobSpec, more: Partial<Run> = {}): Run {
  return {
    uuid: uuidOf(spec),
    name: spec.name,
    run: spec.run,
    generation: 0,
    phase: 'Pending',
    reason: 'Accepted',
    message: 'accepted',
    conditions: [],
    hash: '1:a',
    candidates: spec.destination === 'auto' ? ['north', 'south'] : spec.destination,
    specJson: JSON.stringify(spec),
    manifestFile: `/jobs.d/${spec.name}.yaml`,
    cancelRequested: false,
    suspendRequested: false,
    createdAt: NOW - 60_000,
    updatedAt: NOW - 60_000,
    ...more,
  };
}

export function attemptOf(spec: JobSpec, more: Partial<Attempt> = {}): Attempt {
  const number = more.number ?? 1;
  return {
    runUuid: uuidOf(spec),
    number,
    cluster: 'north',
    token: tokenOf(spec.name, uuidOf(spec), number),
    state: 'placed',
    nonce: `n${number}`,
    hash: '1:a',
    taskStates: [],
    jobStatus: {},
    createdAt: NOW - 50_000,
    ...more,
  };
}

export function claimOf(spec: JobSpec, more: Partial<ClaimFacts> = {}, attempt = 1): ClaimFacts {
  return {
    token: tokenOf(spec.name, uuidOf(spec), attempt),
    nonce: `n${attempt}`,
    placed: true,
    steps: { kind: 'none' },
    after: { kind: 'none' },
    ticket: { kind: 'absent' },
    owner: { kind: 'none' },
    exits: [],
    ...more,
  };
}

/** A row of the queue or of accounting that bears the token of a run's attempt. */
export function rowOf(spec: JobSpec, state: string, more: Partial<JobRow> = {}): JobRow {
  return {
    jobId: '7',
    tasks: [0],
    name: tokenOf(spec.name, uuidOf(spec), 1),
    state,
    ended: kindOfState(state) === 'terminal',
    reason: 'None',
    submittedAt: NOW / 1000 - 40,
    fields: { State: state },
    ...more,
  };
}

export const NONE = { kind: 'none' } as const;
export const SILENT = { kind: 'silent', why: 'squeue failed with code 1: timed out' } as const;
export function answered<T>(...value: readonly T[]): Asked<readonly T[]> {
  return { kind: 'answered', value };
}

export interface Seen {
  readonly claims?: readonly ClaimFacts[];
  readonly queue?: ClusterObservation['queue'];
  readonly accounting?: ClusterObservation['accounting'];
}

export function reached(seen: Seen = {}): Reach {
  const { claims = [], queue = answered(), accounting = NONE } = seen;
  const observation: ClusterObservation = {
    hello: {
      wrapperVersion: '1',
      host: 'login1',
      clock: NOW / 1000,
      home: '/home/a',
      claimsDir: '/home/a/.sluice',
      workDir: '/scratch/a',
    },
    claims: new Map(claims.map((claim) => [claim.token, claim])),
    queue,
    accounting,
  };
  return { kind: 'reached', observation };
}

export const UNREACHABLE: Reach = { kind: 'unreachable', reason: 'ClusterUnreachable', why: 'timed out' };
export const LOGIN_NEEDED: Reach = { kind: 'unreachable', reason: 'LoginNeeded', why: 'refused the key' };
export const NOT_ASKED: Reach = { kind: 'not-asked' };

export function siteOf(cluster: Cluster, reach: Reach, recalled = true): ClusterFacts {
  return { cluster, reach, manager: slurm, clockOffsetSeconds: 0, recalled };
}

export interface Scene {
  readonly now?: number;
  readonly clusters?: readonly Cluster[];
  /** By cluster, or by site key. Clusters that are not named were reached and show nothing. */
  readonly reach?: Readonly<Record<string, Reach>>;
  readonly recalled?: Readonly<Record<string, boolean>>;
  readonly wanted?: readonly Wanted[];
  readonly live?: readonly RunRecord[];
  readonly settled?: Facts['settled'];
  readonly cleanable?: readonly RunRecord[];
  /** Uuids of runs whose manifests are gone. */
  readonly vanished?: readonly string[];
  /** Uuids of runs whose manifests were gone when they were looked for last. */
  readonly gone?: readonly string[];
  /** Runs whose manifests are known to be gone since. */
  readonly leaving?: readonly RunRecord[];
  /** Uuids of runs that are of a later commit than their manifests. */
  readonly stale?: readonly string[];
  /** Earlier names by uuid. */
  readonly renamed?: Readonly<Record<string, string>>;
  readonly approved?: readonly string[];
  readonly superseded?: readonly string[];
  /** Jobs that others depend on. */
  readonly named?: Readonly<Record<string, Named>>;
  /** Runs for which something is done here. */
  readonly atWork?: readonly JobSpec[];
  readonly underWay?: readonly JobSpec[];
  /** Runs whose files are here. */
  readonly brought?: readonly JobSpec[];
}

export function factsOf(scene: Scene): Facts {
  const { clusters = [clusterOf('north'), clusterOf('south')], reach = {}, recalled = {} } = scene;
  const named = new Map(clusters.map((cluster) => [cluster.name, cluster]));
  const keys = new Set([...named.keys(), ...Object.keys(reach)]);
  const sites = [...keys].flatMap((key) => {
    const cluster = named.get(key.split(' ')[0] ?? key);
    return cluster ? [[key, siteOf(cluster, reach[key] ?? reached(), recalled[key] ?? true)] as const] : [];
  });
  return {
    now: scene.now ?? NOW,
    installation: INSTALLATION,
    inventory: named,
    wanted: scene.wanted ?? [],
    live: new Map((scene.live ?? []).map((record) => [record.run.uuid, record])),
    settled: scene.settled ?? new Map(),
    cleanable: scene.cleanable ?? [],
    renamed: new Map(Object.entries(scene.renamed ?? {})),
    vanished: new Set(scene.vanished ?? []),
    gone: new Set(scene.gone ?? []),
    leaving: new Map((scene.leaving ?? []).map(({ run }) => [run.uuid, run])),
    isStale: (uuid) => scene.stale?.includes(uuid) ?? false,
    consent: { all: false, digests: new Set(scene.approved ?? []) },
    superseded: new Set(scene.superseded ?? []),
    named: new Map(Object.entries(scene.named ?? {})),
    underWay: new Set((scene.underWay ?? []).map(uuidOf)),
    atWork: new Set((scene.atWork ?? []).map(uuidOf)),
    brought: new Set((scene.brought ?? []).map(uuidOf)),
    sites: new Map(sites),
  };
}

export function planOf(scene: Scene): readonly string[] {
  return planPass(factsOf(scene)).actions.map(line);
}

/** An action in a line: what it is, where, and what it leads to. */
export function line(action: Action): string {
  switch (action.kind) {
    case 'accept':
      return `accept ${action.candidates.join(',')}`;
    case 'keep':
      return `keep ${action.onDelete}`;
    case 'cancel':
      return `cancel for ${action.cause}`;
    case 'stage':
      return `stage ${action.cluster} ${action.attempt}${action.fresh ? ' fresh' : ''}${action.resume ? ' resume' : ''}${action.fromHere ? ' from here' : ''}${action.tasks === undefined ? '' : ` tasks ${action.tasks.join()}`}`;
    case 'adopt':
      return `adopt ${action.cluster} ${action.attempt} job ${action.jobId}`;
    case 'fence': {
      const cancelled = action.jobId === undefined ? '' : ` cancel ${action.jobId}`;
      return `fence ${action.cluster} ${action.attempt} ${action.outcome}/${action.reason}${cancelled}`;
    }
    case 'conclude':
      return `conclude ${action.cluster} ${action.attempt} ${action.outcome}/${action.reason}`;
    case 'fetch':
      return `fetch ${action.cluster} ${action.attempt} ${action.then === undefined ? 'and goes on' : `then ${action.then.phase}/${action.then.reason}`}`;
    case 'lost':
      return `${action.isLost ? 'lost' : 'found'} ${action.cluster} ${action.attempt}`;
    case 'cede':
      return `cede ${action.cluster} ${action.attempt}`;
    case 'sync':
      return `sync ${action.outOfSync ? 'out' : 'in'}${action.isWaiting ? ' waiting' : ''}${action.isOwed === undefined ? '' : action.isOwed ? ' owing' : ' owing nothing'}`;
    case 'manifest':
      return `manifest ${action.isThere ? 'there' : 'gone'}`;
    case 'rename':
      return `rename from ${action.from}`;
    case 'forget':
      return 'forget';
    case 'settle': {
      const cancelled = action.jobId === undefined ? '' : ` cancel ${action.jobId}`;
      return `settle ${action.cluster} ${action.attempt}${cancelled}`;
    }
    case 'modules':
      return `modules ${action.modules.join(',')}`;
    case 'bring':
      return `bring ${action.url}`;
    case 'halt':
      return `halt ${action.cluster} ${action.attempt} cancel ${action.jobId}`;
    case 'steps':
    case 'review':
      return `${action.kind} ${action.cluster} ${action.attempt}${action.when === 'after' ? ' after' : ''}`;
    case 'submit':
    case 'clean':
      return `${action.kind} ${action.cluster} ${action.attempt}`;
    case 'progress':
    case 'wait':
    case 'hold':
    case 'finish': {
      const conditions = action.conditions.length === 0 ? '' : ` [${action.conditions.join(',')}]`;
      return `${action.kind} ${action.phase}/${action.reason}${conditions}`;
    }
  }
}
