import { spawn } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { SshTransport } from '../../src/ssh/transport.js';
import { hear, listen, SH } from './hear.js';
import { type Proxy, startProxy } from './proxy.js';
import { freePort, type Sshd, startSshd } from './sshd.js';
import { run, transportTo, tryOnce } from './talk.js';

describe('connections, against a real sshd', { timeout: 40_000 }, () => {
  let sshd: Sshd;
  let proxy: Proxy;
  const open: SshTransport[] = [];
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
    over: Parameters<typeof transportTo>[1] = {},
    cluster: Parameters<typeof transportTo>[2] = {},
  ) => {
    const transport = transportTo(sshd, over, { port: proxy.port, hostKeys: [sshd.hostKey()], ...cluster });
    open.push(transport);
    return transport;
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

  it('gives a half-open connection up at the deadline, and replaces it', async () => {
    const transport = to({ openTimeoutMs: 500 });
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

  it('notices a half-open connection by its keep-alive', async () => {
    const transport = to({ keepaliveMs: 200 });
    const channel = await transport.open(SH);
    const heard = hear(channel, 'sleep 60');
    await sleep(300);
    proxy.freeze();
    expect((await heard).end).toMatchObject({ kind: 'lost', why: expect.stringMatching(/keepalive/i) });
  });

  it('keeps an idle connection by its keep-alive', async () => {
    const transport = to({ keepaliveMs: 100 });
    await run(transport, 'exit 0');
    await sleep(1_000);
    await run(transport, 'exit 0');
    expect(transport.counts.connections).toBe(1);
  });

  it('tries the login hosts in order, and stays with the one that answered', async () => {
    const transport = to({}, { hosts: ['nowhere.invalid', '127.0.0.1'] });
    await run(transport, 'exit 0');
    await run(transport, 'exit 0', { lane: 'bulk' });
    expect(transport.address).toContain('@127.0.0.1:');
    expect(transport.counts.connections).toBe(3);
  });

  it('tells what cannot be reached, each host by name', async () => {
    const dead = transportTo(sshd, {}, { port: await freePort(), hosts: ['127.0.0.1', 'nowhere.invalid'] });
    const failure = await tryOnce(dead);
    expect(failure).toMatchObject({ kind: 'unreachable' });
    expect(failure).toHaveProperty(
      'message',
      expect.stringMatching(/127\.0\.0\.1.*connection refused.*nowhere\.invalid/),
    );
  });

  it.each([
    ['says nothing', () => undefined, /imed out/],
    ['hangs up', (socket: { destroy(): void }) => socket.destroy(), /before handshake|closed|reset/i],
    [
      'is no SSH server',
      (socket: { end(text: string): void }) => socket.end('HTTP/1.1 400 no\r\n\r\n'.repeat(50)),
      /./,
    ],
  ])('is unreachable when the host %s', async (_case, behave, words) => {
    const server = createServer((socket) => {
      socket.on('error', () => undefined);
      behave(socket);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    const transport = transportTo(sshd, { connectTimeoutMs: 500 }, { port, hostKeys: [sshd.hostKey()] });
    expect(await tryOnce(transport)).toMatchObject({
      kind: 'unreachable',
      message: expect.stringMatching(words),
    });
    server.close();
  });

  it('stops connecting when it is closed', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    const transport = transportTo(sshd, {}, { port, hostKeys: [sshd.hostKey()] });
    const opening = transport.open(SH).catch((error: unknown) => error);
    await sleep(300);
    const started = Date.now();
    await transport.close();
    expect(await opening).toMatchObject({ name: 'TransportFailure' });
    expect(Date.now() - started).toBeLessThan(5_000);
    server.close();
  });

  it('leaves nothing behind that keeps a process alive', async () => {
    const script = fileURLToPath(new URL('./once.ts', import.meta.url));
    const settings = JSON.stringify({
      port: sshd.port,
      user: sshd.user,
      key: sshd.key,
      known: sshd.knownHosts,
    });
    const child = spawn(process.execPath, ['--import', 'tsx', script, settings], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let said = '';
    child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
    const code = await new Promise((resolve) => child.once('exit', resolve));
    expect({ said, code }).toEqual({ said: 'not loaded\nin\nclosed\n', code: 0 });
  });
});

describe('a server that is short of sessions', { timeout: 40_000 }, () => {
  let sshd: Sshd;
  beforeAll(async () => {
    sshd = await startSshd({ config: ['MaxSessions 2'] });
  });
  afterAll(() => sshd.stop());

  it('is waited for, and told as busy when it stays so', async () => {
    const transport = transportTo(sshd, { busyWaitsMs: [100, 200, 400] });
    const held = await Promise.all([transport.open(SH), transport.open(SH)]);
    const heard = held.map(listen);
    await expect(transport.open(SH)).rejects.toMatchObject({ name: 'TransportFailure', kind: 'busy' });
    const third = run(transport, 'exit 3');
    held.forEach((channel) => channel.stdin.end('exit 1\n'));
    expect((await third).end).toMatchObject({ kind: 'exited', code: 3 });
    for (const { end } of await Promise.all(heard)) expect(end).toMatchObject({ kind: 'exited', code: 1 });
    expect(transport.counts.connections).toBe(1);
    await transport.close();
  });
});

describe('a server that forbids what we need', () => {
  it('is told as busy when no command may run, without an end', async () => {
    const sshd = await startSshd({ config: ['MaxSessions 0'] });
    const transport = transportTo(sshd, { busyWaitsMs: [50] });
    expect(await tryOnce(transport)).toMatchObject({
      kind: 'busy',
      message: expect.stringContaining('MaxSessions'),
    });
    await sshd.stop();
  });
});

const OTHER_SHELL = process.getuid?.() === 0 && existsSync('/usr/bin/tcsh');
describe.runIf(OTHER_SHELL)('an account whose shell is tcsh and whose profile talks', () => {
  it('runs our scripts by sh all the same', async () => {
    const sshd = await startSshd({ shell: '/usr/bin/tcsh' });
    writeFileSync(
      join(sshd.home, '.tcshrc'),
      'echo "Welcome! `date`"\necho noise > /dev/stderr\nsetenv X 1\n',
    );
    const transport = transportTo(sshd);
    const script = 'f() { x="$(echo "a b")"; echo "got: ${x}" \'$y!\'; exit 3; }\nf\n';
    const { stdout, end } = await run(transport, script);
    expect(stdout.toString()).toMatch(/^Welcome!.*\ngot: a b \$y!\n$/);
    expect(end).toMatchObject({ kind: 'exited', code: 3 });
    // The profile spoke before we did: no round trip of ours.
    expect(transport.counts.roundTrips).toBe(1);
    await transport.close();
    await sshd.stop();
  });
});
