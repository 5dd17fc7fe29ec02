/** The ways to the clusters: beside `app.ts` the only place that constructs adapters, one agent a site. */
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Project } from './config/project.js';
import { direct } from './direct/manager.js';
import type { Files } from './documents/files.js';
import { nodeFiles } from './documents/node-files.js';
import { createLocalTransport } from './local/transport.js';
import { readCredentials, resolveSecret } from './manifest/secret.js';
import type { Cluster, ManagerKind } from './model/cluster.js';
import type { DocumentRef, SecretRef } from './model/job.js';
import { type NamedKeys, OpensshTransport } from './openssh/transport.js';
import { type Transport, TransportFailure, type WorkloadManager } from './ports.js';
import { type AgentMemory, ClusterAgent } from './protocol/agent.js';
import { type WrapperProgram, wrapperParts, wrapperProgram } from './protocol/script.js';
import type { Site } from './reconcile/sites.js';
import { slurm } from './slurm/manager.js';
import { type AskPassphrase, KeyCache } from './ssh/keys.js';
import { type Credentials, SshTransport } from './ssh/transport.js';
import type { Store } from './store/store.js';

export interface AgentsOptions {
  readonly project: Project;
  readonly store: Store;
  readonly installation: string;
  readonly env: NodeJS.ProcessEnv;
  /** Those of the manifests too, wherever they are. */
  readonly files: Files;
  readonly mayWrite: boolean;
  readonly around: (transport: Transport, cluster: string) => Transport;
  /** Undefined where no person is at a terminal. */
  readonly askPassphrase: AskPassphrase | undefined;
}

/** One agent a site, made on first use, kept until the end. */
export class Agents {
  readonly #options: AgentsOptions;
  readonly #agents = new Map<string, { agent: ClusterAgent; memory: AgentMemory; known: string }>();
  /** By site: the manifests that name its keys, as the last pass had them. */
  readonly #credentials = new Map<string, readonly DocumentRef[]>();
  /** By site: how often something else changed that opens it, the socket of a person's ControlMaster above all. */
  readonly #doors = new Map<string, () => number>();
  readonly #programs = new Map<ManagerKind, WrapperProgram>();
  /** Decrypting a key takes long: once for all clusters. */
  readonly #keys: KeyCache;

  constructor(options: AgentsOptions) {
    this.#options = options;
    this.#keys = new KeyCache(options.askPassphrase);
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

  /** Changes when any of the files does by which a site is logged in to. */
  keysOf(site: Site): string {
    const { env, files, project } = this.#options;
    const cluster = project.inventory.get(site.cluster);
    if (cluster?.transport === 'local') return '';
    const places = this.#credentials.get(site.key) ?? site.credentials;
    const keys = credentialsOf(places, env, files).keys.map(({ file }) => file);
    const own = cluster?.privateKey === undefined ? [] : [cluster.privateKey];
    const usual = USUAL_FILES.map((name) => join(homedir(), '.ssh', name));
    const changes = this.#doors.get(site.key)?.() ?? 0;
    return [...[...own, ...keys, ...usual].map(stampOf), changes].join(' ');
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
    const made = wrapperProgram(wrapperParts(manager.wrapperPart).map(readWrapperFile));
    this.#programs.set(manager.kind, made);
    return made;
  }

  #transport(cluster: Cluster, site: Site): Transport {
    const { env, files } = this.#options;
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
            credentials: () => credentialsOf(this.#credentials.get(key) ?? [], env, files),
          },
        });
      }
      case 'openssh': {
        const { key, username } = site;
        const transport = new OpensshTransport({
          cluster,
          env,
          ...(username === undefined ? {} : { username }),
          keys: () => namedKeysOf(credentialsOf(this.#credentials.get(key) ?? [], env, files)),
        });
        this.#doors.set(key, () => transport.doorChanges());
        return transport;
      }
    }
  }
}

function namedKeysOf({ keys, passphrase }: Credentials): NamedKeys {
  return {
    files: keys.map(({ file }) => file),
    hasPassphrase: passphrase !== undefined || keys.some((key) => key.passphrase !== undefined),
  };
}

/** Below `~/.ssh`. */
const USUAL_FILES = ['config', 'known_hosts', 'id_ed25519', 'id_ecdsa', 'id_rsa'];

function stampOf(file: string): string {
  const stat = nodeFiles.stat(file);
  return stat === undefined ? '-' : `${stat.mtimeNs}:${stat.ino}:${stat.size}`;
}

/** What the manifests of a login name; one that is gone by now is passed over. */
function credentialsOf(places: readonly DocumentRef[], env: NodeJS.ProcessEnv, files: Files): Credentials {
  const found = places.flatMap((place) => readCredentials(place, files, homedir()) ?? []);
  const secret = (ref: SecretRef | undefined): Pick<Credentials, 'passphrase'> =>
    ref === undefined ? {} : { passphrase: () => secretOf(ref, env, files) };
  const keys = found.flatMap(({ privateKey, passphrase }) =>
    privateKey === undefined ? [] : [{ file: privateKey, ...secret(passphrase) }],
  );
  return { keys, ...secret(found.find((each) => each.privateKey === undefined)?.passphrase) };
}

/** @throws {TransportFailure} that names the place where the secret was to be found */
function secretOf(ref: SecretRef, env: NodeJS.ProcessEnv, files: Files): string {
  const secret = resolveSecret(ref, env, files);
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
