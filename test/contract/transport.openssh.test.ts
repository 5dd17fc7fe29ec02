import { openMaster, opensshTo } from '../openssh/reach.js';
import { startSshd } from '../ssh/sshd.js';
import { transportContract } from './transport.contract.js';

const killed = 'without an exit code';

transportContract('openssh', async () => {
  const sshd = await startSshd();
  return { transport: () => opensshTo(sshd, { drainGraceMs: 500 }), stop: () => sshd.stop(), killed };
});

transportContract('openssh-shared', async () => {
  const sshd = await startSshd();
  const master = openMaster(sshd);
  return {
    transport: () => opensshTo(sshd, { drainGraceMs: 500, configFile: master.configFile }),
    stop: async () => {
      master.end();
      await sshd.stop();
    },
    killed,
  };
});
