import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { OpensshTransport } from '../../src/openssh/transport.js';
import { hear, listen, SH } from '../ssh/hear.js';
import { type Proxy, startProxy } from '../ssh/proxy.js';
import { freePort, type Sshd, startSshd } from '../ssh/sshd.js';
import { configFor, openMaster, opensshTo, run, tryOnce } from './reach.js';

/** How a process of its own ended, and the folder that it had. */
interface Once {
  readonly said: string;
  readonly code: number | null;
  readonly folder: string;
}

describe('connections by ssh, against a real sshd', { timeout: 40_000 }, () => {
  let sshd: Sshd;
  let proxy: Proxy;
  const open: OpensshTransport[] = [];
  beforeAll(async () => {
    sshd = await startSshd();
  });
  beforeEach(async () => {
    proxy = await startProxy(sshd.port);
  });
  afterEach(async () => {
    await Promise.all(open.splice(0).map((transport) => transport.close()));
    await proxy.close();
  });
  afterAll(() => sshd.stop());

  /** Through the proxy; the host key is the inventory's. */
  const to = (
    over: Parameters<typeof opensshTo>[1] = {},
    cluster: Parameters<typeof opensshTo>[2] = {},
  ): OpensshTransport => {
    const transport = opensshTo(sshd, over, { port: proxy.port, hostKeys: [sshd.hostKey()], ...cluster });
    open.push(transport);
    return transport;
  };

  /** A process of its own, to its end; one that stays is killed when it is in. */
  const once = async (more: { stays?: boolean } = {}): Promise<Once> => {
    const script = fileURLToPath(new URL('./once.ts', import.meta.url));
    const settings = { port: proxy.port, user: sshd.user, key: sshd.key, hostKey: sshd.hostKey(), ...more };
    const child = spawn(process.execPath, ['--import', 'tsx', script, JSON.stringify(settings)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let said = '';
    let folder = '';
    child.stdout.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      if (more.stays !== true) return;
      folder = folderOf(proxy.port);
      child.kill('SIGKILL');
    });
    const code = await new Promise<number | null>((resolve) => child.once('exit', resolve));
    return { said, code, folder };
  };

  it('connects when first asked, once for each lane', async () => {
    const transport = to();
    expect(proxy.accepted()).toBe(0);
    await Promise.all([run(transport, 'exit 0'), run(transport, 'exit 0'), run(transport, 'exit 0')]);
    expect(transport.counts).toMatchObject({ connections: 1, roundTrips: 3 });
    await Promise.all([
      run(transport, 'exit 0', { lane: 'bulk' }),
      run(transport, 'exit 0', { lane: 'bulk' }),
    ]);
    expect(transport.counts.connections).toBe(2);
    expect(proxy.accepted()).toBe(2);
    expect(transport.address).toBe(`${sshd.user}@127.0.0.1:${proxy.port}`);
  });

  it('keeps its files in a folder of its own, and leaves neither it nor its master', async () => {
    const transport = to();
    await run(transport, 'exit 0');
    const folder = folderOf(proxy.port);
    expect(readdirSync(folder).sort()).toEqual(['config', 'known_hosts', 'master-1']);
    await transport.close();
    expect(existsSync(folder)).toBe(false);
    expect(clientsTo(proxy.port)).toEqual([]);
  });

  it.each([
    ['the wire is cut', () => proxy.cut()],
    ['the server process is killed', () => sshd.killSessions()],
  ])('ends what is open as lost when %s, and connects again', async (_case, cut) => {
    const transport = to();
    const channels = await Promise.all([1, 2, 3].map(() => transport.open(SH)));
    const heard = channels.map((channel) => hear(channel, 'echo begun; sleep 60'));
    await sleep(500);
    cut();
    for (const { stdout, end } of await Promise.all(heard)) {
      expect(stdout.toString()).toBe('begun\n');
      expect(end).toMatchObject({ kind: 'lost' });
    }
    expect((await run(transport, 'exit 3')).end).toMatchObject({ kind: 'exited', code: 3 });
    expect(transport.counts.connections).toBe(2);
  });

  it('takes a code above 128 for a signal: what ran there is unknown', async () => {
    const transport = to();
    const heard = await run(transport, 'echo begun; kill -KILL $$');
    expect(heard.stdout.toString()).toBe('begun\n');
    expect(heard.end).toMatchObject({ kind: 'lost', why: 'the shell there was ended by signal KILL' });
    expect((await run(transport, 'exit 127')).end).toMatchObject({ kind: 'exited', code: 127 });
  });

  it('frees a writer whose connection is cut', async () => {
    const channel = await to().open(SH);
    channel.stdin.write('f() { sleep 60; }\nf; exit\n');
    const writing = new Promise((resolve) => {
      channel.stdin.once('close', resolve);
      for (let count = 0; count < 20; count += 1) channel.stdin.write(Buffer.alloc(1024 * 1024));
    });
    await sleep(300);
    proxy.cut();
    await writing;
    expect(await channel.end).toMatchObject({ kind: 'lost' });
  });

  it('gives a half-open connection up, and replaces it', async () => {
    const transport = to({ openTimeoutMs: 800 });
    await run(transport, 'exit 0');
    const channel = await transport.open({ ...SH, deadlineMs: 1_000 });
    proxy.freeze();
    expect((await hear(channel, 'echo never heard')).end).toMatchObject({
      kind: 'lost',
      why: 'no end within 1 s',
    });
    expect((await run(transport, 'exit 3')).end).toMatchObject({ kind: 'exited', code: 3 });
    expect(transport.counts.connections).toBe(2);
  });

  it('tries the login hosts in order, and stays with the one that answered', async () => {
    const transport = to({}, { hosts: ['nowhere.invalid', '127.0.0.1'] });
    await run(transport, 'exit 0');
    await run(transport, 'exit 0', { lane: 'bulk' });
    expect(transport.address).toContain('@127.0.0.1:');
    expect(transport.counts.connections).toBe(3);
  });

  it('tells what cannot be reached, each host by name', async () => {
    const dead = opensshTo(sshd, {}, { port: await freePort(), hosts: ['127.0.0.1', 'nowhere.invalid'] });
    const failure = await tryOnce(dead);
    expect(failure).toMatchObject({ kind: 'unreachable' });
    expect(failure).toHaveProperty(
      'message',
      expect.stringMatching(/127\.0\.0\.1.*Connection refused.*nowhere\.invalid.*resolve/),
    );
  });

  it('gives up a login that takes too long, and leaves no ssh behind', async () => {
    const transport = to({ loginTimeoutMs: 300 });
    proxy.delay(2_000);
    expect(await tryOnce(transport)).toMatchObject({
      kind: 'unreachable',
      message: expect.stringContaining('no login within 0.3 s'),
    });
    expect(clientsTo(proxy.port)).toEqual([]);
  });

  it('stops connecting when it is closed', async () => {
    proxy.delay(20_000);
    const transport = to();
    const opening = transport.open(SH).catch((error: unknown) => error);
    while (proxy.accepted() === 0) await sleep(20);
    await transport.close();
    expect(await opening).toMatchObject({ name: 'TransportFailure' });
    expect(clientsTo(proxy.port)).toEqual([]);
  });

  it('leaves nothing behind that keeps a process alive, and no ssh', async () => {
    const { said, code } = await once();
    expect({ said, code }).toEqual({ said: 'in\nclosed\n', code: 0 });
    expect(clientsTo(proxy.port)).toEqual([]);
  });

  it('leaves a master that ends by itself where the process is killed, and no folder', async () => {
    const { folder } = await once({ stays: true });
    while (clientsTo(proxy.port).length > 0) await sleep(100);
    expect(folder).toMatch(/sluice-ssh-/);
    while (existsSync(folder)) await sleep(20);
  });

  it('asks at no terminal and by no window, and needs neither', async () => {
    const mark = join(sshd.dir, 'asked');
    const ask = join(sshd.dir, 'ask');
    writeFileSync(ask, `#!/bin/sh\ntouch '${mark}'\n`, { mode: 0o755 });
    const env = {
      PATH: process.env['PATH'],
      SSH_ASKPASS: ask,
      SSH_ASKPASS_REQUIRE: 'force',
      DISPLAY: ':99',
    };
    const configFile = configFor(sshd, 'Host *', 'BatchMode no', 'StrictHostKeyChecking ask');
    expect(await tryOnce(to({ env, configFile }, { hostKeys: [] }))).toMatchObject({ kind: 'host-key' });
    expect(existsSync(mark)).toBe(false);
  });

  it('takes no option for a host, a user or a host to jump through', async () => {
    for (const cluster of [
      { hosts: ['-oProxyCommand=touch /tmp/x'] },
      { username: '-oProxyCommand=x' },
      { proxyJump: '-oProxyCommand=x y' },
      { proxyJump: '-oProxyCommand=x' },
    ])
      expect(await tryOnce(to({}, cluster))).toMatchObject({ kind: 'misconfigured' });
    expect(proxy.accepted()).toBe(0);
  });
});

describe("over a person's master", { timeout: 40_000 }, () => {
  it('goes everything, on no connection of our own; it is theirs when we leave, and its end is a loss', async () => {
    const sshd = await startSshd();
    const master = openMaster(sshd);
    const transport = opensshTo(sshd, { configFile: master.configFile }, { privateKey: '/nowhere/key' });
    await Promise.all([run(transport, 'exit 0'), run(transport, 'exit 0', { lane: 'bulk' })]);
    expect(transport.counts).toMatchObject({ connections: 0, roundTrips: 2 });
    const heard = hear(await transport.open(SH), 'echo begun; sleep 60');
    await transport.close();
    expect((await heard).end).toMatchObject({ kind: 'lost' });
    expect(master.isThere()).toBe(true);
    master.end();
    await sshd.stop();
  });

  it('goes nothing where it hangs: then a login of our own serves, and no client waits for it', async () => {
    const sshd = await startSshd();
    const master = openMaster(sshd);
    const transport = opensshTo(sshd, { configFile: master.configFile, openTimeoutMs: 700 });
    const heard = hear(await transport.open(SH), 'echo begun; sleep 60');
    const pid = master.pid();
    process.kill(pid, 'SIGSTOP');
    expect((await run(transport, 'exit 3')).end).toMatchObject({ kind: 'exited', code: 3 });
    expect(transport.counts.connections).toBe(1);
    expect((await heard).end).toMatchObject({ kind: 'lost', why: 'no answer within 0.7 s' });
    await transport.close();
    while (commands().some((command) => command.includes(`-S ${master.socket} -o ControlMaster=no`)))
      await sleep(50);
    process.kill(pid, 'SIGCONT');
    master.end();
    await sshd.stop();
  });

  it('holds it open beyond the time that it lives by itself', async () => {
    const sshd = await startSshd();
    const master = openMaster(sshd, { persistSeconds: 1 });
    const transport = opensshTo(sshd, { configFile: master.configFile });
    await run(transport, 'exit 0');
    await sleep(2_500);
    expect(master.isThere()).toBe(true);
    await transport.close();
    while (master.isThere()) await sleep(100);
    master.end();
    await sshd.stop();
  });
});

describe('a server that is short of sessions', { timeout: 40_000 }, () => {
  it('is waited for, and told as busy when it stays so', async () => {
    const sshd = await startSshd({ config: ['MaxSessions 2'] });
    const transport = opensshTo(sshd, { busyWaitsMs: [100, 200, 400] });
    const held = await Promise.all([transport.open(SH), transport.open(SH)]);
    const heard = held.map(listen);
    await expect(transport.open(SH)).rejects.toMatchObject({ name: 'TransportFailure', kind: 'busy' });
    const third = run(transport, 'exit 3');
    held.forEach((channel) => channel.stdin.end('exit 1\n'));
    expect((await third).end).toMatchObject({ kind: 'exited', code: 3 });
    for (const { end } of await Promise.all(heard)) expect(end).toMatchObject({ kind: 'exited', code: 1 });
    // It did not log in anew by itself, as ssh would.
    expect(transport.counts.connections).toBe(1);
    await transport.close();
    await sshd.stop();
    expect(sshd.log().match(/Accepted publickey/g)).toHaveLength(1);
  });
});

const OTHER_SHELL = process.getuid?.() === 0 && existsSync('/usr/bin/tcsh');
describe.runIf(OTHER_SHELL)('an account whose shell is tcsh and whose profile talks', () => {
  it('runs our scripts by sh all the same', async () => {
    const sshd = await startSshd({ shell: '/usr/bin/tcsh' });
    const noise = 'echo "Welcome! `date`"\necho noise > /dev/stderr\nsetenv X 1\n';
    writeFileSync(join(sshd.home, '.tcshrc'), noise);
    const transport = opensshTo(sshd);
    const script = 'f() { x="$(echo "a b")"; echo "got: ${x}" \'$y!\'; exit 3; }\nf\n';
    const { stdout, end } = await run(transport, script);
    expect(stdout.toString()).toMatch(/^Welcome!.*\ngot: a b \$y!\n$/);
    expect(end).toEqual({ kind: 'exited', code: 3, stderr: 'noise\n' });
    expect(transport.counts.roundTrips).toBe(1);
    await transport.close();
    await sshd.stop();
  });
});

describe.runIf(process.getuid?.() === 0)('an account that gives no shell', () => {
  it('is told as such, and nothing was sent', async () => {
    const sshd = await startSshd({ shell: '/usr/sbin/nologin' });
    expect(await tryOnce(opensshTo(sshd))).toMatchObject({
      kind: 'unreachable',
      message: expect.stringMatching(/gave no shell: what the account runs instead ended with code 1/),
    });
    await sshd.stop();
  });
});

/** Command lines of every ssh, and every guard of one, that goes to that port. */
function clientsTo(port: number): string[] {
  return commands().filter((command) => command.includes('ssh') && command.includes(` -p ${port} `));
}

/** Where the master that goes there has its socket. */
const folderOf = (port: number): string => / -S (\S+)\/master-1 /.exec(clientsTo(port)[0] ?? '')?.[1] ?? '';

/** Of this machine's processes. */
function commands(): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(commandOf);
}

function commandOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch {
    return '';
  }
}
