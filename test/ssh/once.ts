/** Run as a process of its own: one command over SSH, then nothing must keep it alive. */
import { createRequire } from 'node:module';
import { SshTransport } from '../../src/ssh/transport.js';
import { hear, SH } from './hear.js';
import { clusterAt } from './sshd.js';

interface Settings {
  readonly port: number;
  readonly user: string;
  readonly key: string;
  readonly known: string;
}

const settings = JSON.parse(process.argv[2] ?? '{}') as Settings;
const transport = new SshTransport({
  cluster: clusterAt(settings),
  login: {},
  env: process.env,
  configFile: '/dev/null',
  knownHostsFiles: [settings.known],
});
const loaded = Object.keys(createRequire(import.meta.url).cache).some((file) => file.includes('/ssh2/'));
console.log(loaded ? 'loaded' : 'not loaded');
const { stdout } = await hear(await transport.open(SH), 'echo in');
process.stdout.write(stdout);
await transport.close();
console.log('closed');
