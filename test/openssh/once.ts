/** Run as a process of its own: one command over ssh, then nothing must keep it alive. */
import { OpensshTransport } from '../../src/openssh/transport.js';
import { hear, SH } from '../ssh/hear.js';
import { clusterAt } from '../ssh/sshd.js';

interface Settings {
  readonly port: number;
  readonly user: string;
  readonly key: string;
  readonly hostKey: string;
  /** Goes on until it is killed. */
  readonly stays?: boolean;
}

const settings = JSON.parse(process.argv[2] ?? '{}') as Settings;
const transport = new OpensshTransport({
  cluster: clusterAt(settings, { transport: 'openssh', hostKeys: [settings.hostKey] }),
  env: process.env,
  configFile: 'none',
});
const { stdout } = await hear(await transport.open(SH), 'echo in');
process.stdout.write(stdout);
if (settings.stays === true) await new Promise((resolve) => setTimeout(resolve, 60_000));
await transport.close();
console.log('closed');
