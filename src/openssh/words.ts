/** The words that `ssh` is started with, and the files that go with them. Pure. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { ChannelOptions } from '../ports.js';
import { quote } from '../shell/quote.js';
import type { SshConfig } from '../ssh/config.js';
import { farCommand } from './marks.js';

/** One login host, as the files and `ssh -G` have it. */
export interface Login {
  /** As it is called in the inventory: a name, or an alias of ~/.ssh/config. */
  readonly host: string;
  /** These are said only where the manifest or the inventory says them. */
  readonly user?: string;
  readonly port?: number;
  readonly proxyJump?: string;
  /** Absolute paths; where there are any, the agent's other keys are not offered. */
  readonly keys: readonly string[];
  /** Another file than ~/.ssh/config. */
  readonly configFile?: string;
  readonly config: SshConfig;
}

/** For people: `alice@login1:22`. */
export function addressOf({ config: { user, hostname, port } }: Login): string {
  return `${user}@${hostname}:${port}`;
}

/**
 * A socket's path may have 103 bytes (104 with its end, on some systems), and ssh makes it under a name that is 17 longer.
 * @returns whether ssh can make a socket there
 */
export const fits = (path: string): boolean => Buffer.byteLength(path) <= 103 - 17;

/**
 * Where a person opens a master for us who has no ControlPath in ~/.ssh/config: the same for every process.
 * @param home absolute @returns undefined where the path would be too long
 */
export function personsSocket(login: Login, home: string): string | undefined {
  const { user, hostname, port } = login.config;
  const name = createHash('sha256').update(`${user}@${hostname}:${port}`).digest('hex').slice(0, 12);
  const path = join(home, '.ssh', `sluice-${name}`);
  return fits(path) ? path : undefined;
}

/** The command by which a person opens it, as it is typed. */
export function commandFor(login: Login, socket: string): string {
  const { configFile, keys, user, port, proxyJump, host } = login;
  return [
    ...['ssh', '-M', '-S', wordOf(socket), '-f', '-N', '-o', 'ServerAliveInterval=15'],
    ...(configFile === undefined ? [] : ['-F', wordOf(configFile)]),
    ...keys.flatMap((key) => ['-i', wordOf(key)]),
    ...(proxyJump === undefined ? [] : ['-J', wordOf(proxyJump)]),
    ...(port === undefined ? [] : ['-p', String(port)]),
    wordOf(user === undefined ? host : `${user}@${host}`),
  ].join(' ');
}

/** The command by which a person tries the login. */
export function tryCommand({ user, port, host }: Login): string {
  const words = [
    ...(port === undefined ? [] : ['-p', String(port)]),
    user === undefined ? host : `${user}@${host}`,
  ];
  return `ssh ${words.map(wordOf).join(' ')}`;
}

/** Quoted only where that is needed: a person reads it. */
const wordOf = (text: string): string => (/^[\w@%+=:,./~-]+$/.test(text) ? text : quote(text));

/** How often an idle connection is tried. */
const KEEPALIVE_SECONDS = 15;

/**
 * The configuration that ssh is given, so that it holds for the hosts to jump through too. What is said first wins: so
 * nothing of the user's own makes ssh ask, or pass over a host key.
 * @param connectSeconds holds where the user's own says nothing
 */
export function configText(login: Pick<Login, 'configFile'>, home: string, connectSeconds: number): string {
  const own = login.configFile ?? join(home, '.ssh', 'config');
  const system = login.configFile === undefined ? ['/etc/ssh/ssh_config'] : [];
  const included = [own, ...system].filter((file) => file !== 'none');
  return [
    'Host *',
    'BatchMode yes',
    'StrictHostKeyChecking yes',
    'NoHostAuthenticationForLocalhost no',
    'UpdateHostKeys no',
    'AddKeysToAgent no',
    'ForwardAgent no',
    'ForwardX11 no',
    'PermitLocalCommand no',
    `ServerAliveInterval ${KEEPALIVE_SECONDS}`,
    'ServerAliveCountMax 3',
    ...included.map((file) => `Include "${file}"`),
    'Host *',
    `ConnectTimeout ${connectSeconds}`,
    '',
  ].join('\n');
}

/** known_hosts with the inventory's keys, whatever name the host is asked by. */
export const knownHostsText = (keys: readonly string[]): string => keys.map((key) => `* ${key}\n`).join('');

export interface MasterFiles {
  /** Of {@link configText}. */
  readonly config: string;
  readonly socket: string;
  /** Of {@link knownHostsText}: alone, where the inventory names keys. */
  readonly knownHosts?: string;
}

/**
 * Opens a master of our own, in the foreground: in the background it would hide what is said by the ssh that goes through
 * the hosts to jump through.
 */
export function masterWords(login: Login, { config, socket, knownHosts }: MasterFiles): string[] {
  const { user, port, proxyJump, keys, host } = login;
  return [
    ...['-F', config, '-N', '-T', '-S', socket],
    ...option('ControlMaster', 'yes'),
    ...option('ControlPersist', 'no'),
    ...option('ClearAllForwardings', 'yes'),
    ...option('RemoteCommand', 'none'),
    ...(knownHosts === undefined ? [] : onlyKnown(knownHosts)),
    ...(keys.length === 0 ? [] : option('IdentitiesOnly', 'yes')),
    ...keys.flatMap((key) => ['-i', key]),
    ...(user === undefined ? [] : ['-l', user]),
    ...(port === undefined ? [] : ['-p', String(port)]),
    ...(proxyJump === undefined ? [] : ['-J', proxyJump]),
    ...['--', host],
  ];
}

function onlyKnown(file: string): string[] {
  return [
    ...option('UserKnownHostsFile', `"${file}"`),
    ...option('GlobalKnownHostsFile', '/dev/null'),
    ...option('VerifyHostKeyDNS', 'no'),
    ...option('IgnoreUnknown', 'KnownHostsCommand'),
    ...option('KnownHostsCommand', 'none'),
  ];
}

/** Runs a shell there over a master. */
export const shellWords = (socket: string, shell: ChannelOptions['shell'], nonce: string): string[] =>
  overWords(socket, farCommand(shell, nonce));

/**
 * Runs a command there over a master. Without the master it fails: ssh alone would log in anew by itself, so the way that
 * it would take is one that leads nowhere.
 */
export function overWords(socket: string, command: string): string[] {
  return [
    ...['-F', 'none', '-S', socket],
    ...option('ControlMaster', 'no'),
    ...option('ProxyCommand', 'false'),
    ...option('BatchMode', 'yes'),
    ...option('LogLevel', 'ERROR'),
    ...['-T', '-a', '-x', '--', 'master', command],
  ];
}

const option = (key: string, value: string): string[] => ['-o', `${key}=${value}`];
