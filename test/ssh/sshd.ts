/**
 * A real sshd for one test file: own host keys, own configuration, a free port on loopback. As root it gets an account
 * of its own in a private /etc/passwd (a mount that only this sshd sees); otherwise the current user's is used.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createConnection, createServer } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Cluster } from '../../src/model/cluster.js';

export type KeyType = 'ed25519' | 'ecdsa' | 'rsa';

export interface SshdOptions {
  readonly hostKeys?: readonly KeyType[];
  /** Further lines of sshd_config. */
  readonly config?: readonly string[];
  /** Login shell; needs root. */
  readonly shell?: string;
  /** Wanted beside a key, asked for by PAM; needs root. */
  readonly secondFactor?: string;
}

export interface Sshd {
  readonly port: number;
  readonly user: string;
  /** Scratch folder; holds `key`, `known_hosts` and what tests add. */
  readonly dir: string;
  readonly home: string;
  /** Private key that may log in. */
  readonly key: string;
  /** known_hosts with this server. */
  readonly knownHosts: string;
  /** `type base64` of a host key. */
  hostKey(type?: KeyType): string;
  /** Lets another public key in. */
  authorize(publicKey: string): void;
  /** Kills the processes that serve logged-in connections. */
  killSessions(): void;
  /** What sshd has logged. */
  log(): string;
  stop(): Promise<void>;
}

const ROOT = process.getuid?.() === 0;
/** Outside what adduser gives out. */
const UID = 64_231;

export async function startSshd(options: SshdOptions = {}): Promise<Sshd> {
  const dir = mkdtempSync(join(tmpdir(), 'sluice-sshd-'));
  chmodSync(dir, 0o755);
  const home = join(dir, 'home');
  mkdirSync(home);
  const user = ROOT ? 'sluicetest' : userInfo().username;
  if (ROOT) chownSync(home, UID, UID);
  const types = options.hostKeys ?? ['ed25519'];
  for (const type of types) makeKey(join(dir, `host_${type}`), type);
  const key = makeKey(join(dir, 'key'), 'ed25519');
  const authorized = join(dir, 'authorized_keys');
  writeFileSync(authorized, readFileSync(`${key}.pub`));
  const port = await freePort();
  const lines = [
    `Port ${String(port)}`,
    'ListenAddress 127.0.0.1',
    ...types.map((type) => `HostKey ${join(dir, `host_${type}`)}`),
    `AuthorizedKeysFile ${authorized}`,
    'PidFile none',
    ...(options.secondFactor === undefined ? ['UsePAM no'] : TWO_FACTORS),
    'StrictModes no',
    'UseDNS no',
    'PermitRootLogin prohibit-password',
    'PasswordAuthentication no',
    'MaxStartups 100',
    'LogLevel VERBOSE',
    ...(options.config ?? ['MaxSessions 10']),
  ];
  writeFileSync(join(dir, 'config'), `${lines.join('\n')}\n`);
  const hostKey = (type: KeyType = types[0] ?? 'ed25519'): string =>
    readFileSync(join(dir, `host_${type}.pub`), 'utf8')
      .trim()
      .split(' ')
      .slice(0, 2)
      .join(' ');
  const knownHosts = join(dir, 'known_hosts');
  writeFileSync(knownHosts, types.map((type) => `[127.0.0.1]:${String(port)} ${hostKey(type)}\n`).join(''));

  const { daemon, log } = launch(dir, home, options);
  await listening(port, daemon, log);
  return {
    port,
    user,
    dir,
    home: ROOT ? home : userInfo().homedir,
    key,
    knownHosts,
    hostKey,
    authorize: (publicKey) => writeFileSync(authorized, `${publicKey}\n`, { flag: 'a' }),
    killSessions: () => killAll(descendantsOf(daemon.pid).filter(isSshd)),
    log,
    stop: async () => {
      const sessions = descendantsOf(daemon.pid);
      const ended = new Promise((resolve) => daemon.once('exit', resolve));
      daemon.kill('SIGTERM');
      await ended;
      killAll(sessions);
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

/** A cluster entry for that server. */
export function clusterAt(sshd: Pick<Sshd, 'port' | 'user' | 'key'>, over: Partial<Cluster> = {}): Cluster {
  return {
    name: 'testing',
    transport: 'ssh2',
    manager: 'slurm',
    hosts: ['127.0.0.1'],
    port: sshd.port,
    username: sshd.user,
    privateKey: sshd.key,
    hostKeys: [],
    preferredJobs: [],
    workDir: '~/.sluice/work',
    claimsDir: '~/.sluice',
    loginShell: false,
    setup: [],
    environment: {},
    sbatchOptions: {},
    ...over,
  };
}

/** Makes a key pair and returns the path of the private half. */
export function makeKey(path: string, type: KeyType, passphrase = ''): string {
  execFileSync('ssh-keygen', ['-q', '-t', type, '-N', passphrase, '-C', 'test', '-f', path]);
  return path;
}

/** A port on loopback that was free just now. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}

function launch(
  dir: string,
  home: string,
  { shell = '/bin/sh', secondFactor }: SshdOptions,
): { daemon: ChildProcess; log: () => string } {
  const sshd = ['/usr/sbin/sshd', '-D', '-e', '-f', join(dir, 'config')];
  let daemon: ChildProcess;
  if (ROOT) {
    mkdirSync('/run/sshd', { recursive: true });
    const account = `sluicetest:*:${String(UID)}:${String(UID)}::${home}:${shell}\n`;
    writeFileSync(join(dir, 'passwd'), readFileSync('/etc/passwd', 'utf8') + account);
    if (secondFactor !== undefined) writePam(dir, secondFactor);
    const own = secondFactor === undefined ? '' : 'mount --bind "$0/pam" /etc/pam.d/sshd && ';
    const script = `mount --bind "$0/passwd" /etc/passwd && ${own}exec "$@"`;
    daemon = spawn('unshare', ['--mount', 'sh', '-c', script, dir, ...sshd], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
  } else {
    daemon = spawn('/usr/sbin/sshd', sshd.slice(1), { stdio: ['ignore', 'ignore', 'pipe'] });
  }
  let text = '';
  daemon.stderr?.on('data', (chunk: Buffer) => (text += chunk.toString()));
  return { daemon, log: () => text };
}

const TWO_FACTORS = [
  'UsePAM yes',
  'KbdInteractiveAuthentication yes',
  'AuthenticationMethods publickey,keyboard-interactive',
];

/** The service of that sshd: what is typed is given to a program, with a NUL at its end. */
function writePam(dir: string, secondFactor: string): void {
  const program = join(dir, 'second-factor');
  writeFileSync(program, `#!/bin/sh\n[ "$(tr -d '\\0')" = '${secondFactor}' ]\n`, { mode: 0o755 });
  const accept = ['auth', 'account', 'session'].map((kind) => `${kind} required pam_permit.so`);
  const lines = [`auth required pam_exec.so quiet expose_authtok ${program}`, ...accept, ''];
  writeFileSync(join(dir, 'pam'), lines.join('\n'));
}

async function listening(port: number, daemon: ChildProcess, log: () => string): Promise<void> {
  for (let tries = 0; tries < 200; tries += 1) {
    if (daemon.exitCode !== null) throw new Error(`sshd did not start: ${log()}`);
    if (await accepts(port)) return;
    await sleep(25);
  }
  throw new Error(`sshd does not listen: ${log()}`);
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ port, host: '127.0.0.1' });
    socket.on('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}

/** A connection is served by two processes, one of them without privileges. */
function descendantsOf(parent: number | undefined): number[] {
  const children = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => parentOf(pid) === parent);
  return children.flatMap((child) => [child, ...descendantsOf(child)]);
}

function isSshd(pid: number): boolean {
  try {
    return readFileSync(`/proc/${String(pid)}/comm`, 'utf8').startsWith('sshd');
  } catch {
    return false;
  }
}

function parentOf(pid: number): number | undefined {
  try {
    // The name between parentheses may hold anything; what follows it is state and parent.
    return Number(
      readFileSync(`/proc/${String(pid)}/stat`, 'utf8')
        .split(') ')
        .pop()
        ?.split(' ')[1],
    );
  } catch {
    return undefined;
  }
}

function killAll(pids: readonly number[]): void {
  for (const pid of pids) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // Ended meanwhile.
    }
  }
}
