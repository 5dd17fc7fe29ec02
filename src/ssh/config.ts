/** What the user's own `ssh` would do for a host: `ssh -G`, parsed. */
import { homedir, userInfo } from 'node:os';
import { join } from 'node:path';
import { TransportFailure } from '../ports.js';
import { run } from './run.js';

/** The answer of `ssh -G` for one host, paths expanded. */
export interface SshConfig {
  readonly hostname: string;
  readonly port: number;
  readonly user: string;
  /** In the order in which they are tried; they need not exist. */
  readonly identityFiles: readonly string[];
  readonly identitiesOnly: boolean;
  /** Socket; `none` for no agent; absent: SSH_AUTH_SOCK. */
  readonly identityAgent?: string;
  /** As written there: hops separated by commas. */
  readonly proxyJump?: string;
  readonly proxyCommand?: string;
  readonly hostKeyAlias?: string;
  readonly knownHostsFiles: readonly string[];
  readonly hostKeyAlgorithms: readonly string[];
  readonly connectTimeoutMs?: number;
  /** Where a ControlMaster of the user's is, or would be. */
  readonly controlPath?: string;
  /** Certificates named beside the identity files. */
  readonly certificateFiles: readonly string[];
}

export interface SshConfigRequest {
  /** Host name or alias of the configuration. */
  readonly host: string;
  /** These two beat the configuration. */
  readonly user?: string;
  readonly port?: number;
  readonly proxyJump?: string;
  /** Another file than ~/.ssh/config. */
  readonly configFile?: string;
  readonly env: NodeJS.ProcessEnv;
}

/**
 * Asks `ssh -G`. Without an ssh program here only what the request says holds, with OpenSSH's usual files.
 * @throws {TransportFailure} misconfigured: a name that looks like an option, or a configuration that ssh refuses
 */
export async function resolveSshConfig(request: SshConfigRequest): Promise<SshConfig> {
  guardName('host', request.host);
  if (request.user !== undefined) guardName('user name', request.user);
  const answer = await run('ssh', sshWords(request), { env: request.env, timeoutMs: 10_000 });
  if (answer.kind === 'missing') return withoutSsh(request);
  if (answer.kind === 'timed-out') {
    throw misconfigured(
      request.host,
      'it gave no answer within 10 s (a slow "Match exec" in ~/.ssh/config?)',
    );
  }
  if (answer.code !== 0) throw misconfigured(request.host, answer.stderr.trim());
  return parseSshConfig(answer.stdout, request);
}

/** The words after `ssh`. */
export function sshWords(request: Omit<SshConfigRequest, 'env'>): string[] {
  return [
    '-G',
    ...(request.configFile === undefined ? [] : ['-F', request.configFile]),
    ...(request.user === undefined ? [] : ['-l', request.user]),
    ...(request.port === undefined ? [] : ['-p', String(request.port)]),
    ...(request.proxyJump === undefined ? [] : ['-J', request.proxyJump]),
    '--',
    request.host,
  ];
}

/** Parses the lines `key value` of `ssh -G`; keys are lower case there, and some repeat. */
export function parseSshConfig(text: string, request: Pick<SshConfigRequest, 'host'>): SshConfig {
  const values = new Map<string, string[]>();
  for (const line of text.split('\n')) {
    const [, key, value] = /^(\S+) (.*)$/.exec(line.trimEnd()) ?? [];
    if (key !== undefined && value !== undefined) values.set(key, [...(values.get(key) ?? []), value]);
  }
  const one = (key: string): string | undefined => {
    const value = values.get(key)?.[0];
    return value === undefined || value === 'none' || value === '' ? undefined : value;
  };
  const hostname = one('hostname') ?? request.host;
  const user = one('user') ?? userInfo().username;
  const expand = (path: string): string => expandPath(path, { hostname, user });
  const agent = values.get('identityagent')?.[0];
  const timeout = Number(one('connecttimeout'));
  return {
    hostname,
    user,
    port: Number(one('port') ?? 22),
    identityFiles: (values.get('identityfile') ?? []).filter((path) => path !== 'none').map(expand),
    identitiesOnly: one('identitiesonly') === 'yes',
    ...(agent === undefined || agent === 'SSH_AUTH_SOCK' ? {} : { identityAgent: expand(agent) }),
    ...optional('proxyJump', one('proxyjump')),
    ...optional('proxyCommand', one('proxycommand')),
    ...optional('hostKeyAlias', one('hostkeyalias')),
    knownHostsFiles: ['userknownhostsfile', 'globalknownhostsfile']
      .flatMap((key) => one(key)?.split(/\s+/) ?? [])
      .filter((path) => path !== 'none')
      .map(expand),
    hostKeyAlgorithms: one('hostkeyalgorithms')?.split(',') ?? [],
    ...(timeout > 0 ? { connectTimeoutMs: timeout * 1000 } : {}),
    ...optional('controlPath', one('controlpath')),
    certificateFiles: (values.get('certificatefile') ?? []).filter((path) => path !== 'none').map(expand),
  };
}

function withoutSsh(request: SshConfigRequest): SshConfig {
  const home = join(homedir(), '.ssh');
  return {
    hostname: request.host,
    port: request.port ?? 22,
    user: request.user ?? userInfo().username,
    identityFiles: ['id_rsa', 'id_ecdsa', 'id_ed25519'].map((name) => join(home, name)),
    identitiesOnly: false,
    knownHostsFiles: [join(home, 'known_hosts'), '/etc/ssh/ssh_known_hosts'],
    hostKeyAlgorithms: [],
    certificateFiles: [],
  };
}

/** `~`, and the tokens that `ssh -G` leaves in paths (TOKENS in ssh_config(5)). */
function expandPath(path: string, host: { hostname: string; user: string }): string {
  const tokens: Readonly<Record<string, string>> = {
    '%%': '%',
    '%d': homedir(),
    '%h': host.hostname,
    '%r': host.user,
    '%u': userInfo().username,
  };
  const plain = path.replace(/^"(.*)"$/, '$1').replace(/%./g, (token) => tokens[token] ?? token);
  return plain === '~' || plain.startsWith('~/') ? join(homedir(), plain.slice(1)) : plain;
}

/** Nothing from the files may be taken for an option by a program that we start. */
function guardName(what: string, name: string): void {
  // eslint-disable-next-line no-control-regex -- control characters are what is looked for
  if (name !== '' && !name.startsWith('-') && !/[\s\u0000-\u001f\u007f]/.test(name)) return;
  throw new TransportFailure(
    'misconfigured',
    `${JSON.stringify(name)} is no ${what}: it must not be empty, begin with "-" or contain blanks. ` +
      'Correct it in clusters.yaml or in the manifest.',
  );
}

function misconfigured(host: string, words: string): TransportFailure {
  return new TransportFailure(
    'misconfigured',
    `the SSH configuration for ${host} could not be read: ${words}. Try: ssh -G ${host}`,
  );
}

function optional<K extends string>(key: K, value: string | undefined): Partial<Record<K, string>> {
  const entry: Partial<Record<K, string>> = {};
  if (value !== undefined) entry[key] = value;
  return entry;
}
