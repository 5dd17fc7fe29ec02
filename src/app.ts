/**
 * The one place that constructs adapters. Commands ask it for what they need: to read the state, to plan without a trace,
 * or to be the one writer.
 */
import { homedir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInstallation, findInstallation, randomId } from './config/installation.js';
import { loadProject, type Project } from './config/project.js';
import { direct } from './direct/manager.js';
import { nodeFiles } from './documents/node-files.js';
import { readCredentials, resolveSecret } from './manifest/secret.js';
import { createLocalTransport } from './local/transport.js';
import type { Cluster, ManagerKind } from './model/cluster.js';
import type { DocumentRef, SecretRef } from './model/job.js';
import { type Clock, type Transport, TransportFailure, type WorkloadManager } from './ports.js';
import { type AgentMemory, ClusterAgent } from './protocol/agent.js';
import { type WrapperProgram, wrapperProgram } from './protocol/script.js';
import type { Context } from './reconcile/context.js';
import type { StoryLine } from './reconcile/report.js';
import { scopeOf, Session } from './reconcile/session.js';
import type { Site } from './reconcile/sites.js';
import { slurm } from './slurm/manager.js';
import { type Desired, readDirectory } from './source/directory.js';
import { KeyCache } from './ssh/keys.js';
import { type Credentials, SshTransport } from './ssh/transport.js';
import { describeHolder, type Holder } from './store/holder.js';
import { acquireLease } from './store/lease.js';
import { raiseLineage, readLineage } from './store/lineage.js';
import { openStore } from './store/open.js';
import type { Store } from './store/store.js';

export interface AppOptions {
  readonly directory: string;
  readonly env: NodeJS.ProcessEnv;
  readonly story: (line: StoryLine) => void;
  /** Epoch milliseconds. */
  readonly now?: () => number;
  /** Shown to whom the lease is refused meanwhile. */
  readonly command?: string;
  /** Put around every transport: how the fault tests cut connections and count what is said. */
  readonly aroundTransport?: (transport: Transport, cluster: string) => Transport;
}

/**
 * - `read`: the state as it is; clusters may be asked, and hold what such a question needs.
 * - `plan`: the same, and nothing at all is written, here or there.
 * - `write`: the lease is taken: this process is the one writer.
 */
export type Access = 'read' | 'plan' | 'write';

/** Wrong usage: exit code 64. */
export class UsageError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'UsageError';
  }
}

/** `clusters.yaml` or `sluice.yaml` is wrong: nothing can be done before it is mended. */
export class ConfigError extends Error {
  readonly problems: Project['problems'];
  constructor(problems: Project['problems']) {
    const count = problems.filter((problem) => problem.severity === 'error').length;
    super(`the configuration has ${count} error${count === 1 ? '' : 's'}`);
    this.name = 'ConfigError';
    this.problems = problems;
  }
}

/** Another process is the writer: exit code 6. */
export class LeaseBusy extends Error {
  readonly holder: Holder | undefined;
  /** Who holds it, in words. */
  readonly who: string;
  constructor(holder: Holder | undefined, now: number) {
    const who = describeHolder(holder, now);
    super(`the state is held by ${who}; wait for it to end, or stop it`);
    this.who = who;
    this.name = 'LeaseBusy';
    this.holder = holder;
  }
}

export type App = Session;

/** @throws {UsageError} {@link ConfigError} {@link LeaseBusy} {@link import('./store/errors.js').StoreError} */
export function openApp(options: AppOptions, access: Access): Promise<App> {
  return Promise.resolve().then(() => open(options, access));
}

/** What `sluice validate` says: every file of the project, no state, no network, all at once. */
export interface Validation {
  readonly problems: Project['problems'];
  /** Jobs that would be taken up. */
  readonly valid: number;
  /** Jobs, or files where no job can be told, that have an error. */
  readonly invalid: number;
}

/** @param paths absolute files and directories that the manifests are limited to; none: all */
export function validateProject(directory: string, paths: readonly string[]): Validation {
  const project = loadProject(directory);
  const store = openStore(':memory:', { readonly: true });
  const scope = scopeOf(paths) ?? (() => true);
  try {
    const desired = desiredOf(project, store, 'none', Date.now);
    const found = desired.problems.filter((problem) => scope(problem.file));
    const valid = desired.wanted.filter((each) => scope(each.manifestFile)).length;
    return { problems: [...project.problems, ...found], valid, invalid: countInvalid(found) };
  } finally {
    store.close();
  }
}

function countInvalid(problems: Project['problems']): number {
  const errors = problems.filter((problem) => problem.severity === 'error');
  const jobs = new Set(errors.flatMap(({ file, job }) => (job === undefined ? [] : [`${file} ${job}`])));
  const filesOfJobs = new Set(errors.flatMap(({ file, job }) => (job === undefined ? [] : [file])));
  const others = new Set(errors.flatMap(({ file }) => (filesOfJobs.has(file) ? [] : [file])));
  return jobs.size + others.size;
}

function open(options: AppOptions, access: Access): App {
  const project = loadProject(options.directory);
  if (project.problems.some((problem) => problem.severity === 'error'))
    throw new ConfigError(project.problems);
  refuseGitSources(project);
  const installation = installationOf(project, options, access);
  const now = options.now ?? Date.now;
  const store = openStore(project.paths.state ?? ':memory:', { readonly: access !== 'write', now });
  const release = access === 'write' ? takeLease(store, options) : (): void => undefined;
  try {
    if (access === 'write') store.meta.bind(installation);
    const agents = new Agents({
      project,
      store,
      installation,
      env: options.env,
      mayWrite: access !== 'plan',
      around: options.aroundTransport ?? ((transport) => transport),
    });
    const context = contextOf(project, store, installation, agents, options, now);
    return new Session(context, project, {
      remember: () => {
        agents.remember();
      },
      close: async () => {
        await agents.close();
        release();
        store.close();
      },
    });
  } catch (error) {
    release();
    store.close();
    throw error;
  }
}

/** Settings that are valid and not carried out yet are said, never silently left out. */
function refuseGitSources(project: Project): void {
  const git = project.settings.sources.find((source) => source.kind === 'git');
  if (git?.kind !== 'git') return;
  throw new UsageError(
    `${project.paths.settingsFile}: this version does not read Git sources (${git.url}) yet; clone it and name the directory`,
  );
}

function takeLease(store: Store, options: AppOptions): () => void {
  const lease = acquireLease(store, options.command ?? 'sluice');
  if (lease.kind === 'held')
    return () => {
      lease.release();
    };
  store.close();
  throw new LeaseBusy(lease.holder, store.now());
}

function installationOf(project: Project, options: AppOptions, access: Access): string {
  const found = findInstallation(project, options.env);
  if (found.kind === 'refused') throw new UsageError(found.message);
  if (found.kind === 'known') {
    if (found.warning !== undefined) options.story({ level: 'warning', text: found.warning });
    return found.id;
  }
  // A plan or a look at nothing writes nothing: the id that will be made is as good as any until then.
  if (access !== 'write' || project.paths.state === undefined) return randomId();
  return createInstallation(project.paths.state);
}

const systemClock = (now: () => number): Clock => ({
  now,
  sleep: (ms, signal) =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        signal?.removeEventListener('abort', stop);
        resolve();
      }, ms);
      const stop = (): void => {
        clearTimeout(timer);
        reject(signal?.reason instanceof Error ? signal.reason : new Error('interrupted'));
      };
      if (signal?.aborted) stop();
      else signal?.addEventListener('abort', stop, { once: true });
    }),
});

function contextOf(
  project: Project,
  store: Store,
  installation: string,
  agents: Agents,
  options: AppOptions,
  now: () => number,
): Context {
  const { inventory, paths } = project;
  const state = paths.state;
  return {
    installation,
    inventory,
    store,
    clock: systemClock(now),
    outputs: paths.outputs,
    lineage: () => (state === undefined ? undefined : readLineage(state)?.number),
    raiseLineage: (atLeast) => raiseLineage(store, installation, atLeast),
    retention: {
      succeededMs: project.settings.retention.succeededSeconds * 1000,
      otherwiseMs: project.settings.retention.otherwiseSeconds * 1000,
    },
    rehearsal: () => store.copy(),
    desired: () => desiredOf(project, store, installation, now),
    agent: (site) => agents.of(site),
    agents: () => agents.all(),
    story: options.story,
  };
}

function desiredOf(project: Project, store: Store, installation: string, now: () => number): Desired {
  const { paths } = project;
  const parts = paths.manifests.map((root) =>
    readDirectory({
      root,
      installation,
      modulesDirectory: paths.modules,
      store,
      now,
      context: {
        files: nodeFiles,
        home: homedir(),
        modulesDirectory: paths.modules,
        ownDirectories: [paths.outputs, ...(paths.state === undefined ? [] : [paths.state])],
        ...(project.clusterNames === undefined ? {} : { clusters: project.clusterNames }),
      },
    }),
  );
  return {
    wanted: parts.flatMap((part) => part.wanted),
    problems: parts.flatMap((part) => part.problems),
    complete: parts.every((part) => part.complete),
    parsed: parts.reduce((sum, part) => sum + part.parsed, 0),
    remember: () => {
      for (const part of parts) part.remember();
    },
  };
}

interface AgentsOptions {
  readonly project: Project;
  readonly store: Store;
  readonly installation: string;
  readonly env: NodeJS.ProcessEnv;
  readonly mayWrite: boolean;
  readonly around: (transport: Transport, cluster: string) => Transport;
}

/** One agent a site, made on first use, kept until the end. */
class Agents {
  readonly #options: AgentsOptions;
  readonly #agents = new Map<string, { agent: ClusterAgent; memory: AgentMemory; known: string }>();
  /** By site: the manifests that name its keys, as the last pass had them. */
  readonly #credentials = new Map<string, readonly DocumentRef[]>();
  readonly #programs = new Map<ManagerKind, WrapperProgram>();
  /** Decrypting a key takes long: once for all clusters. */
  readonly #keys = new KeyCache();

  constructor(options: AgentsOptions) {
    this.#options = options;
  }

  of(site: Site): ClusterAgent {
    if (site.credentials.length > 0) this.#credentials.set(site.key, site.credentials);
    const known = this.#agents.get(site.key);
    if (known) return known.agent;
    const { project, store, installation, mayWrite } = this.#options;
    const cluster = project.inventory.get(site.cluster);
    if (!cluster) throw new Error(`${site.cluster} is not in the inventory`);
    const { wrapperDigest, accounting } = store.clusters.get(site.key);
    const memory: AgentMemory = { wrapperDigest, accounting };
    const manager = managerOf(cluster.manager);
    const transport = this.#options.around(this.#transport(cluster, site), cluster.name);
    const agent = new ClusterAgent({
      cluster,
      transport,
      manager,
      program: this.#program(manager),
      installation,
      memory,
      mayWrite,
    });
    this.#agents.set(site.key, { agent, memory, known: JSON.stringify(memory) });
    return agent;
  }

  all(): readonly ClusterAgent[] {
    return [...this.#agents.values()].map(({ agent }) => agent);
  }

  /** What was learnt of the clusters is kept for the next process. */
  remember(): void {
    const { store } = this.#options;
    if (store.fence === undefined) return;
    for (const [key, entry] of this.#agents) {
      const now = JSON.stringify(entry.memory);
      if (now === entry.known) continue;
      const { wrapperDigest, accounting } = entry.memory;
      store.clusters.patch(key, { accounting, wrapperDigest: wrapperDigest ?? '' });
      entry.known = now;
    }
  }

  async close(): Promise<void> {
    await Promise.all([...this.#agents.values()].map(({ agent }) => agent.close()));
  }

  #program(manager: WorkloadManager): WrapperProgram {
    const known = this.#programs.get(manager.kind);
    if (known) return known;
    const made = wrapperProgram(
      ['core.sh', 'steps.sh', 'doctor.sh', manager.wrapperPart].map(readWrapperFile),
    );
    this.#programs.set(manager.kind, made);
    return made;
  }

  #transport(cluster: Cluster, site: Site): Transport {
    const { env } = this.#options;
    switch (cluster.transport) {
      case 'local':
        return createLocalTransport({ env });
      case 'ssh2': {
        const { key, username } = site;
        return new SshTransport({
          cluster,
          env,
          keys: this.#keys,
          login: {
            ...(username === undefined ? {} : { username }),
            credentials: () => credentialsOf(this.#credentials.get(key) ?? [], env),
          },
        });
      }
      case 'openssh':
        return notThereYet(cluster);
    }
  }
}

/** What the manifests of a login name; one that is gone by now is passed over. */
function credentialsOf(places: readonly DocumentRef[], env: NodeJS.ProcessEnv): Credentials {
  const found = places.flatMap((place) => readCredentials(place, nodeFiles, homedir()) ?? []);
  const secret = (ref: SecretRef | undefined): Pick<Credentials, 'passphrase'> =>
    ref === undefined ? {} : { passphrase: () => secretOf(ref, env) };
  const keys = found.flatMap(({ privateKey, passphrase }) =>
    privateKey === undefined ? [] : [{ file: privateKey, ...secret(passphrase) }],
  );
  return { keys, ...secret(found.find((each) => each.privateKey === undefined)?.passphrase) };
}

/** @throws {TransportFailure} that names the place where the secret was to be found */
function secretOf(ref: SecretRef, env: NodeJS.ProcessEnv): string {
  const secret = resolveSecret(ref, env, nodeFiles);
  if (secret.ok) return secret.value;
  throw new TransportFailure('misconfigured', secret.why);
}

function managerOf(kind: ManagerKind): WorkloadManager {
  return kind === 'slurm' ? slurm : direct;
}

/** `wrapper/` stands beside `dist/` and beside `src/`. */
function readWrapperFile(name: string): string {
  return readFileSync(join(fileURLToPath(new URL('../wrapper/', import.meta.url)), name), 'utf8');
}

function notThereYet(cluster: Cluster): Transport {
  return {
    address: cluster.hosts[0] ?? cluster.name,
    counts: { connections: 0, roundTrips: 0, bytesUp: 0, bytesDown: 0 },
    open: () =>
      Promise.reject(
        new TransportFailure(
          'misconfigured',
          `${cluster.name}: transport: openssh is not there yet; use ssh2`,
        ),
      ),
    close: () => Promise.resolve(),
  };
}
