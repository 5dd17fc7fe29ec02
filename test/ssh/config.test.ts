import { readFileSync, writeFileSync } from 'node:fs';
import { homedir, userInfo } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseSshConfig, resolveSshConfig, sshWords } from '../../src/ssh/config.js';
import { parseHops } from '../../src/ssh/target.js';
import { type Sshd, startSshd } from './sshd.js';
import { run, transportTo, tryOnce } from './talk.js';

describe('ssh -G, parsed', () => {
  it('takes the keys that matter', () => {
    const text = [
      'user alice',
      'hostname login1.example.org',
      'port 2222',
      'identityfile ~/.ssh/%h_%r',
      'identityfile "/keys/with blank"',
      'identitiesonly yes',
      'identityagent ~/agent',
      'proxyjump bob@gate:2200,inner',
      'hostkeyalias grid',
      'userknownhostsfile /a/known ~/known2',
      'globalknownhostsfile /etc/ssh/ssh_known_hosts',
      'hostkeyalgorithms ssh-ed25519,rsa-sha2-512',
      'connecttimeout 7',
      'controlpath /home/alice/.ssh/master-1',
      'certificatefile ~/cert.pub',
    ].join('\n');
    expect(parseSshConfig(text, { host: 'grid' })).toEqual({
      hostname: 'login1.example.org',
      port: 2222,
      user: 'alice',
      identityFiles: [join(homedir(), '.ssh/login1.example.org_alice'), '/keys/with blank'],
      identitiesOnly: true,
      identityAgent: join(homedir(), 'agent'),
      proxyJump: 'bob@gate:2200,inner',
      hostKeyAlias: 'grid',
      knownHostsFiles: ['/a/known', join(homedir(), 'known2'), '/etc/ssh/ssh_known_hosts'],
      hostKeyAlgorithms: ['ssh-ed25519', 'rsa-sha2-512'],
      connectTimeoutMs: 7_000,
      controlPath: '/home/alice/.ssh/master-1',
      certificateFiles: [join(homedir(), 'cert.pub')],
    });
  });

  it('has defaults for what is not said', () => {
    const text =
      'connecttimeout none\nproxycommand none\ncontrolpath none\nidentityagent none\nidentityfile none\n';
    expect(parseSshConfig(text, { host: 'here' })).toEqual({
      hostname: 'here',
      port: 22,
      user: userInfo().username,
      identityFiles: [],
      identitiesOnly: false,
      identityAgent: 'none',
      knownHostsFiles: [],
      hostKeyAlgorithms: [],
      certificateFiles: [],
    });
  });

  it('puts the name behind --', () => {
    const words = sshWords({ host: 'h', user: 'u', port: 3, proxyJump: 'g', configFile: '/f' });
    expect(words.join(' ')).toBe('-G -F /f -l u -p 3 -J g -- h');
  });

  it('never hands ssh a name that looks like an option or holds blanks', async () => {
    const evil = fc.oneof(
      fc.string().map((rest) => `-${rest}`),
      fc
        .tuple(fc.string(), fc.constantFrom(' ', '\n', '\t', '\0'), fc.string())
        .map((parts) => parts.join('')),
      fc.constant(''),
    );
    await fc.assert(
      fc.asyncProperty(evil, fc.boolean(), async (name, asUser) => {
        const request = asUser ? { host: 'h', user: name } : { host: name };
        await expect(resolveSshConfig({ ...request, env: { PATH: '/nowhere' } })).rejects.toMatchObject({
          kind: 'misconfigured',
        });
      }),
    );
  });

  it('does without an ssh program', async () => {
    const found = await resolveSshConfig({ host: 'h', user: 'u', port: 3, env: { PATH: '/nowhere' } });
    expect(found).toMatchObject({ hostname: 'h', user: 'u', port: 3 });
    expect(found.knownHostsFiles).toContain(join(homedir(), '.ssh/known_hosts'));
  });

  it.each([
    ['gate', [{ host: 'gate' }]],
    ['bob@gate:2200, inner', [{ host: 'gate', user: 'bob', port: 2200 }, { host: 'inner' }]],
    ['ssh://bob@[::1]:22', [{ host: '::1', user: 'bob', port: 22 }]],
  ])('reads the jump %j', (text, hops) => expect(parseHops(text)).toEqual(hops));

  it.each(['', 'a b', 'a,,b', 'gate:port', '@gate'])('refuses the jump %j', (text) =>
    expect(() => parseHops(text)).toThrow(/is no host to jump through/),
  );
});

describe('~/.ssh/config, against a real sshd', () => {
  let sshd: Sshd;
  let inner: Sshd;
  let both: string;
  beforeAll(async () => {
    sshd = await startSshd();
    inner = await startSshd({ hostKeys: ['rsa'] });
    both = join(sshd.dir, 'both');
    writeFileSync(
      both,
      [sshd, inner].map((one) => `[127.0.0.1]:${String(one.port)} ${one.hostKey()}\n`).join(''),
    );
  });
  afterAll(() => Promise.all([sshd.stop(), inner.stop()]));

  let configs = 0;
  function config(text: string): string {
    const file = join(sshd.dir, `config-${String((configs += 1))}`);
    writeFileSync(file, text);
    return file;
  }
  const entry = (name: string, at: Sshd, more = ''): string =>
    `Host ${name}\n HostName 127.0.0.1\n Port ${String(at.port)}\n User ${at.user}\n IdentityFile ${at.key}\n${more}\n`;
  /** Nothing in the inventory but the name. */
  const named = (host: string, configFile: string, over = {}) =>
    transportTo(sshd, { configFile, knownHostsFiles: [both], ...over }, { hosts: [host] }, [
      'port',
      'username',
      'privateKey',
    ]);

  it('follows an alias', async () => {
    const transport = named('grid', config(entry('grid', sshd)));
    expect(transport.address).toBe('grid:22');
    expect((await run(transport, 'echo in')).stdout.toString()).toBe('in\n');
    expect(transport.address).toBe(`${sshd.user}@127.0.0.1:${String(sshd.port)}`);
    await transport.close();
  });

  it('reads known_hosts where the configuration has it', async () => {
    const file = config(entry('grid', sshd, ` UserKnownHostsFile ${both}`));
    const cluster = { hosts: ['grid'], username: sshd.user, privateKey: sshd.key, port: sshd.port };
    const transport = transportTo(sshd, { configFile: file }, cluster, ['knownHostsFiles']);
    expect(await tryOnce(transport)).toBe('in\n');
  });

  it('is beaten by the inventory, and that by the manifest', async () => {
    const file = config(entry('grid', inner).replace(/User .*/, 'User nobody-here'));
    expect(await tryOnce(named('grid', file))).toMatchObject({ kind: 'login-refused' });
    const inventory = transportTo(sshd, { configFile: file, knownHostsFiles: [both] }, { hosts: ['grid'] });
    expect(await tryOnce(inventory)).toBe('in\n');
    const manifest = transportTo(
      sshd,
      {
        configFile: file,
        knownHostsFiles: [both],
        login: { username: sshd.user, credentials: () => ({ keys: [{ file: sshd.key }] }) },
      },
      { hosts: ['grid'], username: 'nobody-here', privateKey: '/nowhere' },
    );
    expect(await tryOnce(manifest)).toBe('in\n');
  });

  it('names a configuration that ssh refuses', async () => {
    expect(await tryOnce(named('grid', config('Nonsense yes\n')))).toMatchObject({
      kind: 'misconfigured',
      message: expect.stringMatching(/Nonsense.*Try: ssh -G grid/is),
    });
  });

  it.each<[string, () => { file: string; jump?: string }]>([
    ['of the inventory', () => ({ file: config(entry('gate', inner)), jump: 'gate' })],
    [
      'of the configuration',
      () => ({ file: config(entry('gate', inner) + entry('grid', sshd, ' ProxyJump gate')) }),
    ],
    [
      'with user and port',
      () => ({ file: '/dev/null', jump: `${inner.user}@127.0.0.1:${String(inner.port)}` }),
    ],
    [
      'of a hop, two of them',
      () => ({ file: config(entry('gate', inner, ' ProxyJump first') + entry('first', sshd)), jump: 'gate' }),
    ],
  ])('goes through the ProxyJump %s', async (_case, make) => {
    const { file, jump } = make();
    inner.authorize(readFileSync(`${sshd.key}.pub`, 'utf8'));
    const inConfig = jump === undefined;
    const transport = inConfig
      ? named('grid', file)
      : transportTo(sshd, { configFile: file, knownHostsFiles: [both] }, { proxyJump: jump });
    const before = inner.log().length;
    expect((await run(transport, 'echo in; exit 3')).end).toMatchObject({ kind: 'exited', code: 3 });
    expect(inner.log().slice(before)).toContain('Accepted publickey');
    const big = await run(transport, 'head -c 5000000 /dev/zero', { lane: 'bulk' });
    expect(big.stdout).toHaveLength(5_000_000);
    await transport.close();
  });

  it('checks the host key of a hop, and names the hop', async () => {
    const jump = `${inner.user}@127.0.0.1:${String(inner.port)}`;
    const transport = transportTo(sshd, { knownHostsFiles: [sshd.knownHosts] }, { proxyJump: jump });
    expect(await tryOnce(transport)).toMatchObject({
      kind: 'host-key',
      message: expect.stringContaining(`(port ${String(inner.port)})`),
    });
  });

  it('tells what a hop cannot reach, and ends a jump that goes round', async () => {
    const jump = `${inner.user}@127.0.0.1:${String(inner.port)}`;
    const dead = transportTo(
      sshd,
      { knownHostsFiles: [both] },
      { proxyJump: jump, port: 1, hostKeys: [sshd.hostKey()] },
    );
    expect(await tryOnce(dead)).toMatchObject({
      kind: 'unreachable',
      message: expect.stringContaining('cannot be reached through 127.0.0.1'),
    });
    const round = config(entry('gate', inner, ' ProxyJump back') + entry('back', sshd, ' ProxyJump gate'));
    expect(await tryOnce(transportTo(sshd, { configFile: round }, { proxyJump: 'gate' }))).toMatchObject({
      kind: 'misconfigured',
    });
    const command = config(entry('grid', sshd, ' ProxyCommand nc %h %p'));
    expect(await tryOnce(named('grid', command))).toMatchObject({
      kind: 'misconfigured',
      message: expect.stringContaining('ProxyCommand'),
    });
  });
});
