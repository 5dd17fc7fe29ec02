/** The `openssh` transport to an sshd of the tests, and the master that a person opens to it. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Cluster } from '../../src/model/cluster.js';
import { type ChannelOptions, type Transport, TransportFailure } from '../../src/ports.js';
import { OpensshTransport, type OpensshTransportOptions } from '../../src/openssh/transport.js';
import { hear, type Heard, SH } from '../ssh/hear.js';
import { clusterAt, type Sshd } from '../ssh/sshd.js';

let configs = 0;

/** An ssh_config that knows that server's host key, and reads nothing of the user's. */
export function configFor(sshd: Pick<Sshd, 'dir' | 'knownHosts'>, ...lines: readonly string[]): string {
  configs += 1;
  const file = join(sshd.dir, `ssh-config-${configs}`);
  const known = `UserKnownHostsFile ${sshd.knownHosts}\nGlobalKnownHostsFile /dev/null`;
  writeFileSync(file, [...lines, 'Host *', known, 'IdentityFile none', ''].join('\n'));
  return file;
}

export function opensshTo(
  sshd: Pick<Sshd, 'port' | 'user' | 'key' | 'dir' | 'home' | 'knownHosts'>,
  over: Partial<OpensshTransportOptions> = {},
  cluster: Partial<Cluster> = {},
): OpensshTransport {
  return new OpensshTransport({
    cluster: clusterAt(sshd, { transport: 'openssh', ...cluster }),
    env: { PATH: process.env['PATH'] },
    home: sshd.home,
    configFile: configFor(sshd),
    ...over,
  });
}

export async function run(
  transport: Transport,
  script: string,
  options: Partial<ChannelOptions> = {},
): Promise<Heard> {
  return hear(await transport.open({ ...SH, ...options }), script);
}

/** Runs `echo in` and closes; the text that came, or the failure. */
export async function tryOnce(transport: Transport): Promise<string | TransportFailure> {
  try {
    return (await run(transport, 'echo in')).stdout.toString();
  } catch (error) {
    if (error instanceof TransportFailure) return error;
    throw error;
  } finally {
    await transport.close();
  }
}

export interface PersonsMaster {
  /** Names the socket as ControlPath. */
  readonly configFile: string;
  readonly socket: string;
  isThere(): boolean;
  pid(): number;
  end(): void;
}

export interface PersonsWords {
  /** What they type when they are asked. */
  readonly answer?: string;
  /** Their ControlPersist; without, it stays until it is ended. */
  readonly persistSeconds?: number;
}

/** What a person does by hand. */
export function openMaster(sshd: Sshd, { answer, persistSeconds }: PersonsWords = {}): PersonsMaster {
  // Short: a socket's path may have about a hundred bytes.
  const folder = mkdtempSync('/tmp/sluice-cm-');
  const socket = join(folder, 'master');
  const configFile = configFor(sshd, 'Host *', `ControlPath ${socket}`);
  const open = ['-F', configFile, '-M', '-S', socket, '-f', '-N', '-i', sshd.key, '-p', String(sshd.port)];
  if (persistSeconds !== undefined) open.push('-o', `ControlPersist=${persistSeconds}`);
  const helper = join(folder, 'ask');
  writeFileSync(helper, `#!/bin/sh\necho '${answer ?? ''}'\n`, { mode: 0o755 });
  const asking = answer === undefined ? {} : { SSH_ASKPASS: helper, SSH_ASKPASS_REQUIRE: 'force' };
  // Its output goes nowhere: the master would hold a pipe open.
  const opened = spawnSync('ssh', [...open, `${sshd.user}@127.0.0.1`], {
    env: { PATH: process.env['PATH'], ...asking },
    stdio: 'ignore',
  });
  const control = (word: string): number | null =>
    spawnSync('ssh', ['-F', 'none', '-S', socket, '-O', word, 'master'], { stdio: 'ignore' }).status;
  if (opened.status !== 0) {
    rmSync(folder, { recursive: true });
    throw new Error(`no master could be opened: ${sshd.log()}`);
  }
  return {
    configFile,
    socket,
    isThere: () => control('check') === 0,
    pid: () => {
      const check = ['-F', 'none', '-S', socket, '-O', 'check', 'master'];
      const { stderr } = spawnSync('ssh', check, { encoding: 'utf8' });
      return Number(/pid=(\d+)/.exec(stderr)?.[1]);
    },
    end: () => {
      control('exit');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
