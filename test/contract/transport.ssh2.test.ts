import { SshTransport } from '../../src/ssh/transport.js';
import { clusterAt, startSshd } from '../ssh/sshd.js';
import { transportContract } from './transport.contract.js';

transportContract('ssh2', async () => {
  const sshd = await startSshd();
  return {
    transport: () =>
      new SshTransport({
        cluster: clusterAt(sshd),
        login: {},
        env: process.env,
        configFile: '/dev/null',
        knownHostsFiles: [sshd.knownHosts],
        drainGraceMs: 500,
      }),
    stop: () => sshd.stop(),
  };
});
