import type { Cluster } from '../../src/model/cluster.js';
import { type ChannelOptions, TransportFailure } from '../../src/ports.js';
import { SshTransport, type SshTransportOptions } from '../../src/ssh/transport.js';
import { hear, type Heard, SH } from './hear.js';
import { clusterAt, type Sshd } from './sshd.js';

/** A transport to that server that knows its host key and reads nothing of the user's. */
export function transportTo(
  sshd: Sshd,
  over: Partial<SshTransportOptions> = {},
  cluster: Partial<Cluster> = {},
  without: readonly ('port' | 'username' | 'privateKey' | 'knownHostsFiles')[] = [],
): SshTransport {
  const drop = <T extends object>(from: T): T => {
    const copy = { ...from };
    for (const key of without) Reflect.deleteProperty(copy, key);
    return copy;
  };
  const options: SshTransportOptions = {
    cluster: drop(clusterAt(sshd, cluster)),
    login: {},
    env: { PATH: process.env['PATH'] },
    configFile: '/dev/null',
    knownHostsFiles: [sshd.knownHosts],
    ...over,
  };
  return new SshTransport(drop(options));
}

export async function run(
  transport: SshTransport,
  script: string,
  options: Partial<ChannelOptions> = {},
): Promise<Heard> {
  return hear(await transport.open({ ...SH, ...options }), script);
}

/** Runs `echo in` and closes; the text that came, or the failure. */
export async function tryOnce(transport: SshTransport): Promise<string | TransportFailure> {
  try {
    return (await run(transport, 'echo in')).stdout.toString();
  } catch (error) {
    if (error instanceof TransportFailure) return error;
    throw error;
  } finally {
    await transport.close();
  }
}
