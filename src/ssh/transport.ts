/** The way to a cluster over ssh2: a control and a bulk connection, each opened when it is first needed. */
import type { Cluster } from '../model/cluster.js';
import {
  type Channel,
  type ChannelOptions,
  type Transport,
  type TransportCounts,
  TransportFailure,
} from '../ports.js';
import { firstThatAnswers } from '../transport/hosts.js';
import { Lane } from '../transport/lane.js';
import { Meter } from '../transport/meter.js';
import { connect, type Connection } from './connection.js';
import { findIdentities } from './identity.js';
import { KeyCache, type NamedKey, type Secret } from './keys.js';
import { findKnownKeys } from './known-hosts.js';
import { loadSsh2 } from './ssh2.js';
import { type Route, resolveRoute, type Target } from './target.js';

/** The manifests' login; it beats the inventory, which beats ~/.ssh/config. */
export interface Login {
  readonly username?: string;
  /** Looked up each time that a connection is opened, so that a mended manifest counts; may throw a TransportFailure. */
  readonly credentials?: () => Credentials;
}

export interface Credentials {
  /** In the order in which they are tried; none: those of the inventory or of ~/.ssh/config, and the agent's. */
  readonly keys: readonly NamedKey[];
  /** For the keys that are named elsewhere: asked only when an encrypted one is met, and never kept. */
  readonly passphrase?: Secret;
}

export interface SshTransportOptions {
  readonly cluster: Cluster;
  readonly login: Login;
  /** Where SSH_AUTH_SOCK and PATH come from. */
  readonly env: NodeJS.ProcessEnv;
  /** Another file than ~/.ssh/config, as `ssh -F`. */
  readonly configFile?: string;
  /** Instead of the known_hosts files of the configuration. */
  readonly knownHostsFiles?: readonly string[];
  /** Share one among transports: decrypting a key is slow. */
  readonly keys?: KeyCache;
  /** Milliseconds between keep-alives; three unanswered ones end a connection. Default 15,000. */
  readonly keepaliveMs?: number;
  /** Milliseconds for connecting and logging in; the configuration's ConnectTimeout beats it. Default 15,000. */
  readonly connectTimeoutMs?: number;
  /** Milliseconds for a channel to be granted on a connection. Default 15,000. */
  readonly openTimeoutMs?: number;
  /** Milliseconds before each further try after a refused channel. Default: five waits, 6 s in all. */
  readonly busyWaitsMs?: readonly number[];
  /** Milliseconds that a background child is heard after its shell has ended. Default 2,000. */
  readonly drainGraceMs?: number;
}

export class SshTransport implements Transport {
  readonly #options: SshTransportOptions;
  readonly #meter = new Meter();
  readonly #keys: KeyCache;
  readonly #lanes: Readonly<Record<ChannelOptions['lane'], Lane>>;
  readonly #routes = new Map<string, Promise<Route>>();
  /** The login host that answered last: tried first. */
  #good: string | undefined;
  #address: string;

  constructor(options: SshTransportOptions) {
    const { cluster, login } = options;
    this.#options = options;
    this.#keys = options.keys ?? new KeyCache();
    const user = login.username ?? cluster.username;
    this.#address = `${user === undefined ? '' : `${user}@`}${cluster.hosts[0] ?? cluster.name}:${String(cluster.port ?? 22)}`;
    this.#lanes = { control: this.#lane(), bulk: this.#lane() };
  }

  /** As far as known; the user and the port of ~/.ssh/config show once it was read. */
  get address(): string {
    return this.#address;
  }

  get counts(): TransportCounts {
    return this.#meter.read();
  }

  open(options: ChannelOptions): Promise<Channel> {
    return this.#lanes[options.lane].open(options);
  }

  async close(): Promise<void> {
    await Promise.all([this.#lanes.control.close(), this.#lanes.bulk.close()]);
  }

  #lane(): Lane {
    const options = this.#options;
    return new Lane({
      connect: (signal) => this.#connect(signal),
      meter: this.#meter,
      drainGraceMs: options.drainGraceMs ?? 2_000,
      openTimeoutMs: options.openTimeoutMs ?? 15_000,
      busyWaitsMs: options.busyWaitsMs ?? [200, 400, 800, 1_600, 3_000],
    });
  }

  #connect(signal: AbortSignal): Promise<Connection> {
    const { cluster } = this.#options;
    return firstThatAnswers(cluster, this.#good, signal, async (host) => {
      try {
        return await this.#connectTo(host, signal);
      } catch (error) {
        this.#routes.delete(host);
        throw error;
      }
    });
  }

  async #connectTo(host: string, signal: AbortSignal): Promise<Connection> {
    const [ssh2, route] = await Promise.all([loadSsh2(), this.#route(host)]);
    let reached: Connection | undefined;
    for (const target of route) {
      const through: Connection | undefined = reached;
      try {
        reached = await this.#connectStep(ssh2, target, through, signal);
      } catch (error) {
        await through?.close();
        throw error;
      }
    }
    if (!reached) throw new TransportFailure('misconfigured', `there is no way to ${host}`);
    this.#address = reached.address;
    this.#good = host;
    return reached;
  }

  async #connectStep(
    ssh2: Awaited<ReturnType<typeof loadSsh2>>,
    target: Target,
    through: Connection | undefined,
    signal: AbortSignal,
  ): Promise<Connection> {
    const { env } = this.#options;
    const { passphrase } = this.#credentials();
    const [known, identities] = await Promise.all([
      findKnownKeys(target, env),
      findIdentities({
        ssh2,
        target,
        env,
        cache: this.#keys,
        ...(passphrase ? { passphrase } : {}),
      }),
    ]);
    this.#meter.connection();
    return connect({
      ssh2,
      target,
      known,
      identities,
      ...(through ? { through } : {}),
      timeoutMs: target.connectTimeoutMs ?? this.#options.connectTimeoutMs ?? 15_000,
      keepaliveMs: this.#options.keepaliveMs ?? 15_000,
      signal,
    });
  }

  #credentials(): Credentials {
    return this.#options.login.credentials?.() ?? { keys: [] };
  }

  /** Asked once for each host, and again after a failure: the user may have mended the configuration. */
  #route(host: string): Promise<Route> {
    const known = this.#routes.get(host);
    if (known) return known;
    const { cluster, login, env, configFile, knownHostsFiles } = this.#options;
    const route = resolveRoute({
      cluster,
      host,
      login: {
        ...this.#credentials(),
        ...(login.username === undefined ? {} : { username: login.username }),
      },
      env,
      ...(configFile === undefined ? {} : { configFile }),
      ...(knownHostsFiles === undefined ? {} : { knownHostsFiles }),
    });
    this.#routes.set(host, route);
    return route;
  }
}
