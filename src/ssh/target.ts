/** From the inventory to what is to be connected: the login host and the hops before it. */
import type { Cluster } from '../model/cluster.js';
import { TransportFailure } from '../ports.js';
import { resolveSshConfig, type SshConfig } from './config.js';
import type { NamedKey, Secret } from './keys.js';

/** One SSH server to log in to. */
export interface Target extends SshConfig {
  /** As it is called in the files. */
  readonly name: string;
  /** Key files named by the manifests or the inventory: where there are any, no others are tried. */
  readonly namedKeys: readonly NamedKey[];
  /** `type base64` from the inventory; they decide alone where there are any. */
  readonly hostKeys: readonly string[];
}

/** The servers in the order in which they are passed; the last is the login host. */
export type Route = readonly [...hops: Target[], login: Target];

/** The manifests' login; it beats the inventory, which beats ~/.ssh/config. */
export interface RouteLogin {
  readonly username?: string;
  readonly keys: readonly NamedKey[];
  /** For keys that are named elsewhere. */
  readonly passphrase?: Secret;
}

export interface RouteRequest {
  readonly cluster: Cluster;
  /** One of the cluster's hosts. */
  readonly host: string;
  readonly login: RouteLogin;
  readonly env: NodeJS.ProcessEnv;
  readonly configFile?: string;
  readonly knownHostsFiles?: readonly string[];
}

/** `[user@]host[:port]`, one hop of a jump. */
export interface Hop {
  readonly host: string;
  readonly user?: string;
  readonly port?: number;
}

const MOST_HOPS = 8;

/**
 * Resolves a login host: the manifest's login beats the inventory, which beats ~/.ssh/config.
 * @throws {TransportFailure} misconfigured
 */
export async function resolveRoute(request: RouteRequest): Promise<Route> {
  const { cluster, login } = request;
  const hop: Hop = {
    host: request.host,
    ...present('user', login.username ?? cluster.username),
    ...present('port', cluster.port),
  };
  const target = await resolveTarget(request, hop, cluster.hostKeys);
  const jump = cluster.proxyJump ?? target.proxyJump;
  if (jump === undefined && target.proxyCommand !== undefined) throw proxyCommand(target);
  return [...(await resolveHops(request, jump, 0)), target];
}

/**
 * Reads a ProxyJump: hops separated by commas, each `[user@]host[:port]` or `ssh://…`.
 * @throws {TransportFailure} misconfigured
 */
export function parseHops(text: string): Hop[] {
  return text.split(',').map((word) => {
    const plain = word.trim().replace(/^ssh:\/\//, '');
    const match =
      /^(?:(?<user>[^@\s]+)@)?(?:\[(?<six>[^\]\s]+)\]|(?<host>[^:@\s[\]]+))(?::(?<port>\d+))?$/.exec(plain);
    const host = match?.groups?.['host'] ?? match?.groups?.['six'];
    if (!match?.groups || host === undefined) throw badHop(word);
    const port = match.groups['port'];
    return {
      host,
      ...present('user', match.groups['user']),
      ...present('port', port === undefined ? undefined : Number(port)),
    };
  });
}

/** As OpenSSH does: only the first hop's own ProxyJump counts, the others are reached through the ones before. */
async function resolveHops(
  request: RouteRequest,
  jump: string | undefined,
  depth: number,
): Promise<Target[]> {
  if (jump === undefined || jump === 'none') return [];
  const targets: Target[] = [];
  for (const hop of parseHops(jump)) targets.push(await resolveTarget(request, hop, []));
  const [first] = targets;
  if (depth + targets.length > MOST_HOPS) throw tooFar(jump);
  if (first?.proxyJump === undefined) {
    if (first?.proxyCommand !== undefined) throw proxyCommand(first);
    return targets;
  }
  return [...(await resolveHops(request, first.proxyJump, depth + targets.length)), ...targets];
}

async function resolveTarget(request: RouteRequest, hop: Hop, hostKeys: readonly string[]): Promise<Target> {
  const config = await resolveSshConfig({
    ...hop,
    env: request.env,
    ...present('configFile', request.configFile),
  });
  return {
    ...config,
    name: hop.host,
    hostKeys,
    knownHostsFiles: request.knownHostsFiles ?? config.knownHostsFiles,
    namedKeys: namedKeys(request),
  };
}

function namedKeys({ login, cluster }: RouteRequest): readonly NamedKey[] {
  if (login.keys.length > 0 || cluster.privateKey === undefined) return login.keys;
  return [{ file: cluster.privateKey, ...present('passphrase', login.passphrase) }];
}

function badHop(word: string): TransportFailure {
  return new TransportFailure(
    'misconfigured',
    `${JSON.stringify(word)} is no host to jump through. Write proxy_jump as user@host:port, several with commas.`,
  );
}

function tooFar(jump: string): TransportFailure {
  return new TransportFailure(
    'misconfigured',
    `more than ${String(MOST_HOPS)} hosts to jump through (${jump}): does a ProxyJump in ~/.ssh/config name itself?`,
  );
}

function proxyCommand(target: Target): TransportFailure {
  return new TransportFailure(
    'misconfigured',
    `~/.ssh/config reaches ${target.name} by a ProxyCommand, which only the ssh program can follow. ` +
      'Give the cluster a proxy_jump in clusters.yaml, or transport: openssh.',
  );
}

/** `{key: value}`, or nothing where there is no value. */
function present<K extends string, V>(key: K, value: V | undefined): Partial<Record<K, V>> {
  const entry: Partial<Record<K, V>> = {};
  if (value !== undefined) entry[key] = value;
  return entry;
}
