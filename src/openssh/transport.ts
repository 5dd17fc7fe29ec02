/**
 * The way to a cluster over the user's own `ssh`: what it can log in with, we can. Where a ControlMaster of the user's is
 * open, everything goes over it; otherwise we open masters of our own, a control and a bulk one, and close them.
 */
import { userInfo } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Cluster } from '../model/cluster.js';
import {
  type Channel,
  type ChannelOptions,
  type Transport,
  type TransportCounts,
  TransportFailure,
} from '../ports.js';
import { resolveSshConfig } from '../ssh/config.js';
import { parseInventoryKey } from '../ssh/known-hosts.js';
import { parseHops } from '../ssh/target.js';
import { firstThatAnswers, hostsInOrder } from '../transport/hosts.js';
import { Lane } from '../transport/lane.js';
import { Meter } from '../transport/meter.js';
import { Doors } from './doors.js';
import { readFailure } from './failure.js';
import { Folder } from './folder.js';
import { checkNamedKeys, expiredNotes, identityFiles } from './identity.js';
import { Master } from './master.js';
import { cannotStart, isRunning, type MasterProcess, startMaster } from './program.js';
import { type Held, holdMaster } from './socket.js';
import {
  addressOf,
  commandFor,
  configText,
  knownHostsText,
  type Login,
  masterWords,
  personsSocket,
} from './words.js';

export interface OpensshTransportOptions {
  readonly cluster: Cluster;
  /** The manifest's; it beats the inventory, which beats ~/.ssh/config. */
  readonly username?: string;
  /** Looked up each time that a connection is opened, so that a mended manifest counts. */
  readonly keys?: () => NamedKeys;
  readonly env: NodeJS.ProcessEnv;
  /** Instead of this user's home, for `~/.ssh/config` and the socket of a person's master. */
  readonly home?: string;
  /** Another file than ~/.ssh/config, as `ssh -F`. */
  readonly configFile?: string;
  /** Milliseconds for connecting; the configuration's ConnectTimeout beats it. Default 15,000. */
  readonly connectTimeoutMs?: number;
  /** Milliseconds for connecting and logging in, as a hardware key may wait for a touch. Default 60,000. */
  readonly loginTimeoutMs?: number;
  /** Milliseconds for a shell to run there, the profiles of the account included. Default 30,000. */
  readonly openTimeoutMs?: number;
  /** Milliseconds before each further try after a refused channel. Default: five waits, 6 s in all. */
  readonly busyWaitsMs?: readonly number[];
  /** Milliseconds that a background child is heard after its shell has ended. Default 2,000. */
  readonly drainGraceMs?: number;
}

/** What the manifests of a login name. */
export interface NamedKeys {
  /** Absolute paths, in the order in which they are tried; none: those of the inventory or of ~/.ssh/config. */
  readonly files: readonly string[];
  /** A passphrase is named too, which cannot be given. */
  readonly hasPassphrase: boolean;
}

/** Every refused key counts against the server's MaxAuthTries, which is 6 unless its administrator says otherwise. */
const MOST_NAMED_KEYS = 4;

export class OpensshTransport implements Transport {
  readonly #options: OpensshTransportOptions;
  readonly #home: string;
  readonly #meter = new Meter();
  readonly #lanes: Readonly<Record<ChannelOptions['lane'], Lane>>;
  readonly #doors = new Doors();
  /** Sockets of a person's masters that were used. */
  readonly #used = new Set<string>();
  #folder: Folder | undefined;
  #connecting: Promise<Master> | undefined;
  /** The login host that answered last: tried first. */
  #good: string | undefined;
  #address: string;

  constructor(options: OpensshTransportOptions) {
    const { cluster, username = cluster.username } = options;
    this.#options = options;
    // Not $HOME: ssh itself goes by the account's.
    this.#home = options.home ?? userInfo().homedir;
    this.#address = `${username === undefined ? '' : `${username}@`}${cluster.hosts[0] ?? cluster.name}:${cluster.port ?? 22}`;
    this.#lanes = { control: this.#lane(), bulk: this.#lane() };
  }

  /** As far as known; the user and the port of ~/.ssh/config show once it was read. */
  get address(): string {
    return this.#address;
  }

  get counts(): TransportCounts {
    return this.#meter.read();
  }

  /** How often something changed by which a refused login may be mended, as far as it was looked at. */
  doorChanges(): number {
    return this.#doors.changes();
  }

  open(options: ChannelOptions): Promise<Channel> {
    return this.#lanes[options.lane].open(options);
  }

  async close(): Promise<void> {
    await Promise.all([this.#lanes.control.close(), this.#lanes.bulk.close()]);
    this.#folder?.remove();
    this.#folder = undefined;
  }

  #lane(): Lane {
    const options = this.#options;
    return new Lane({
      connect: (signal) => this.#connect(signal),
      meter: this.#meter,
      drainGraceMs: options.drainGraceMs ?? 2_000,
      openTimeoutMs: options.openTimeoutMs ?? 30_000,
      busyWaitsMs: options.busyWaitsMs ?? [200, 400, 800, 1_600, 3_000],
    });
  }

  /** One lane after the other: a login that was refused to one is not tried again by the other who waited. */
  async #connect(signal: AbortSignal): Promise<Master> {
    const before = this.#connecting;
    const turn = (async () => {
      await before?.catch((error: unknown) => {
        if (error instanceof TransportFailure && error.kind === 'login-refused') throw error;
      });
      return this.#reach(signal);
    })();
    this.#connecting = turn;
    try {
      return await turn;
    } finally {
      if (this.#connecting === turn) this.#connecting = undefined;
    }
  }

  /** A master that a person opened, to any of the hosts, goes before a login of our own: that might be refused. */
  async #reach(signal: AbortSignal): Promise<Master> {
    const { cluster } = this.#options;
    for (const host of hostsInOrder(cluster, this.#good)) {
      const master = await this.#join(await this.#loginTo(host));
      if (master) return this.#reached(host, master);
    }
    return firstThatAnswers(cluster, this.#good, signal, async (host) =>
      this.#reached(host, await this.#logIn(await this.#loginTo(host), signal)),
    );
  }

  #reached(host: string, master: Master): Master {
    this.#good = host;
    this.#address = master.address;
    return master;
  }

  /** Asked anew for each connection: the user may have mended the configuration. */
  async #loginTo(host: string): Promise<Login> {
    const { cluster, env, username: user = cluster.username, configFile } = this.#options;
    const { port, proxyJump, privateKey } = cluster;
    if (proxyJump !== undefined && proxyJump !== 'none') parseHops(proxyJump);
    const { files } = this.#named();
    const named = files.length > 0 || privateKey === undefined ? files : [privateKey];
    const said = {
      host,
      ...(user === undefined ? {} : { user }),
      ...(port === undefined ? {} : { port }),
      ...(proxyJump === undefined ? {} : { proxyJump }),
      ...(configFile === undefined ? {} : { configFile }),
    };
    const config = await resolveSshConfig({ ...said, env });
    const login: Login = { ...said, keys: named.slice(0, MOST_NAMED_KEYS), config };
    this.#doors.know([...this.#sockets(login), ...identityFiles(login)]);
    return login;
  }

  #named(): NamedKeys {
    return this.#options.keys?.() ?? { files: [], hasPassphrase: false };
  }

  /** Where a person's master may be. */
  #sockets(login: Login): readonly string[] {
    const own = login.config.controlPath;
    const usual = personsSocket(login, this.#home);
    return [own, usual].filter((path) => path !== undefined);
  }

  async #join(login: Login): Promise<Master | undefined> {
    const { env } = this.#options;
    for (const socket of this.#sockets(login)) {
      const held = await holdMaster(socket);
      if (!held) continue;
      this.#used.add(socket);
      return new Master({ address: addressOf(login), socket, held, env });
    }
    return undefined;
  }

  async #logIn(login: Login, signal: AbortSignal): Promise<Master> {
    const { env, loginTimeoutMs = 60_000, cluster } = this.#options;
    checkNamedKeys(login);
    const keys = cluster.hostKeys.map(parseInventoryKey);
    const folder = (this.#folder ??= new Folder());
    const socket = folder.socket();
    const connectMs = this.#options.connectTimeoutMs ?? 15_000;
    const files = {
      socket,
      config: folder.write('config', configText(login, this.#home, Math.ceil(connectMs / 1000))),
      ...(keys.length === 0
        ? {}
        : {
            knownHosts: folder.write(
              'known_hosts',
              knownHostsText(keys.map(({ type, key }) => `${type} ${key.toString('base64')}`)),
            ),
          }),
    };
    this.#meter.connection();
    const ours = startMaster(masterWords(login, files), { env, folder: folder.path });
    const held = await untilReady(ours, socket, loginTimeoutMs, signal);
    if (typeof held === 'object') return new Master({ address: addressOf(login), socket, held, env, ours });
    await ours.end();
    throw await this.#failure(login, ours, held === 'late' ? loginTimeoutMs : undefined);
  }

  async #failure(login: Login, ours: MasterProcess, lateAfterMs?: number): Promise<TransportFailure> {
    const { cluster, env } = this.#options;
    // The guard's shell found none.
    if (ours.child.exitCode === 127) return cannotStart(Object.assign(new Error('ssh'), { code: 'ENOENT' }));
    const socket = this.#sockets(login)[0];
    const { hasPassphrase } = this.#named();
    return readFailure({
      login,
      stderr: ours.said(),
      ...(lateAfterMs === undefined ? {} : { lateAfterMs }),
      notes: [
        ...(await expiredNotes(login, env, Date.now())),
        ...(hasPassphrase ? ['the passphrase of the manifest, as nobody can give ssh one'] : []),
      ],
      known:
        cluster.hostKeys.length > 0 ? 'host_key in clusters.yaml' : login.config.knownHostsFiles.join(', '),
      ...(socket === undefined
        ? {}
        : { door: { socket, command: commandFor(login, socket), wasThere: this.#used.has(socket) } }),
    });
  }
}

/** How often it is looked whether a master is logged in, in milliseconds. */
const LOOK_MS = 20;

/** ssh makes the socket when it is logged in. */
async function untilReady(
  { child }: MasterProcess,
  socket: string,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<Held | 'ended' | 'late'> {
  const deadline = Date.now() + timeoutMs;
  while (isRunning(child) && !signal.aborted) {
    const held = await holdMaster(socket);
    if (held) return held;
    if (Date.now() > deadline) return 'late';
    await sleep(LOOK_MS);
  }
  return 'ended';
}
