/** What `ssh` can log in with, and how a refusal is told: once, with what a person types. */
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TransportFailure } from '../../src/ports.js';
import { hear, SH } from '../ssh/hear.js';
import { freePort, makeKey, type Sshd, startSshd } from '../ssh/sshd.js';
import { configFor, openMaster, opensshTo, run, tryOnce } from './reach.js';

const PATH = process.env['PATH'];
const ROOT = process.getuid?.() === 0;

describe('logging in by ssh, against a real sshd', { timeout: 40_000 }, () => {
  let sshd: Sshd;
  let stranger: string;
  beforeAll(async () => {
    sshd = await startSshd();
    stranger = makeKey(join(sshd.dir, 'stranger'), 'ed25519');
  });
  afterAll(() => sshd.stop());
  /** Logins that this sshd has refused until now. */
  const refusals = (): number => sshd.log().match(/Connection closed by authenticating user/g)?.length ?? 0;
  /** Its log comes a moment later. */
  const untilRefusals = async (count: number): Promise<void> => {
    while (refusals() < count) await new Promise((resolve) => setTimeout(resolve, 20));
    expect(refusals()).toBe(count);
  };

  it('tells a refused login, after one connection, with the command that opens the way', async () => {
    const before = refusals();
    const transport = opensshTo(sshd, {}, { privateKey: stranger });
    const failure = await tryOnce(transport);
    expect(failure).toMatchObject({
      kind: 'login-refused',
      message: expect.stringContaining(
        `the login at ${sshd.user}@127.0.0.1:${sshd.port} was refused: ${sshd.user}@127.0.0.1: Permission denied (publickey`,
      ),
    });
    expect(failure).toHaveProperty('message', expect.stringMatching(/ssh -M -S \S+ -f -N .*@127\.0\.0\.1 /));
    expect(transport.counts.connections).toBe(1);
    await untilRefusals(before + 1);
  });

  it('is tried once where both lanes want it at once, and again when it is asked for again', async () => {
    const before = refusals();
    const transport = opensshTo(sshd, {}, { privateKey: stranger });
    const lanes = ['control', 'bulk', 'control', 'bulk'] as const;
    const all = lanes.map((lane) => transport.open({ ...SH, lane }).catch((error: unknown) => error));
    for (const failure of await Promise.all(all)) expect(failure).toMatchObject({ kind: 'login-refused' });
    await untilRefusals(before + 1);
    expect(transport.counts.connections).toBe(1);
    expect(await tryOnce(transport)).toMatchObject({ kind: 'login-refused' });
    await untilRefusals(before + 2);
    expect(transport.counts.connections).toBe(2);
  });

  it('says so when no key that was named is there, and does not connect', async () => {
    const transport = opensshTo(sshd, {}, { privateKey: join(sshd.dir, 'nowhere') });
    expect(await tryOnce(transport)).toMatchObject({
      kind: 'misconfigured',
      message: expect.stringMatching(/nowhere is not there\. Correct private_key/),
    });
    expect(transport.counts.connections).toBe(0);
  });

  it('tries the keys that the manifests name, and says that a passphrase is of no use', async () => {
    const keys = () => ({ files: [join(sshd.dir, 'nowhere'), stranger, sshd.key], hasPassphrase: true });
    expect(await tryOnce(opensshTo(sshd, { keys }))).toBe('in\n');
    const wrong = () => ({ files: [stranger], hasPassphrase: true });
    expect(await tryOnce(opensshTo(sshd, { keys: wrong }))).toMatchObject({
      kind: 'login-refused',
      message: expect.stringContaining('Not used: the passphrase of the manifest'),
    });
  });

  it('uses an encrypted key that the agent holds, and asks nobody for one that it does not', async () => {
    const encrypted = makeKey(join(sshd.dir, 'encrypted'), 'ed25519', 'open sesame');
    sshd.authorize(readFileSync(`${encrypted}.pub`, 'utf8'));
    const socket = join(sshd.dir, 'agent');
    const said = execFileSync('ssh-agent', ['-s', '-a', socket], { encoding: 'utf8' });
    const env = { PATH, SSH_AUTH_SOCK: socket };
    try {
      expect(await tryOnce(opensshTo(sshd, { env }, { privateKey: encrypted }))).toMatchObject({
        kind: 'login-refused',
        message: expect.stringContaining('an encrypted key must be in the agent (ssh-add FILE)'),
      });
      const ask = join(sshd.dir, 'ask');
      writeFileSync(ask, "#!/bin/sh\necho 'open sesame'\n", { mode: 0o755 });
      const asking = { ...env, SSH_ASKPASS: ask, SSH_ASKPASS_REQUIRE: 'force' };
      execFileSync('ssh-add', ['-q', encrypted], { env: asking, stdio: 'pipe' });
      expect(await tryOnce(opensshTo(sshd, { env }, { privateKey: encrypted }))).toBe('in\n');
    } finally {
      process.kill(Number(/SSH_AGENT_PID=(\d+)/.exec(said)?.[1]));
    }
  });

  it('tells a key that has expired on the server as a refused login', async () => {
    const old = makeKey(join(sshd.dir, 'old'), 'ed25519');
    sshd.authorize(`expiry-time="20200101" ${readFileSync(`${old}.pub`, 'utf8')}`);
    expect(await tryOnce(opensshTo(sshd, {}, { privateKey: old }))).toMatchObject({ kind: 'login-refused' });
  });

  it('goes by an alias of the configuration, with its user, port, key and hosts to jump through', async () => {
    const login = [`User ${sshd.user}`, `Port ${sshd.port}`, `IdentityFile ${sshd.key}`];
    const configFile = configFor(
      sshd,
      ...['Host gate', 'HostName 127.0.0.1', ...login],
      ...['Host inner', 'HostName 127.0.0.1', 'ProxyJump gate', ...login],
    );
    const over = { configFile };
    expect(await tryOnce(throughAlias('inner', over))).toBe('in\n');
    const jump = opensshTo(sshd, over, { proxyJump: 'gate' });
    expect(await tryOnce(jump)).toBe('in\n');
    // The way there is refused: that too is told at once, and not probed.
    const strange = configFor(
      sshd,
      'Host gate',
      'HostName 127.0.0.1',
      ...login.slice(0, 2),
      `IdentityFile ${stranger}`,
    );
    expect(await tryOnce(opensshTo(sshd, { configFile: strange }, { proxyJump: 'gate' }))).toMatchObject({
      kind: 'login-refused',
      message: expect.stringContaining('Permission denied'),
    });
  });

  it('checks host keys whatever the configuration says, those of hosts to jump through too', async () => {
    const login = [`User ${sshd.user}`, `Port ${sshd.port}`, `IdentityFile ${sshd.key}`];
    const lax = [
      'StrictHostKeyChecking no',
      'UserKnownHostsFile /dev/null',
      'NoHostAuthenticationForLocalhost yes',
    ];
    const configFile = configFor(sshd, 'Host gate', 'HostName 127.0.0.1', ...login, 'Host *', ...lax);
    const unknown = {
      kind: 'host-key',
      message: expect.stringMatching(
        /No ED25519 host key is known for .*Show its keys: ssh-keyscan -p \d+ 127\.0\.0\.1 \| ssh-keygen -lf -/,
      ),
    };
    expect(await tryOnce(opensshTo(sshd, { configFile }))).toMatchObject(unknown);
    const hostKeys = [sshd.hostKey()];
    expect(await tryOnce(opensshTo(sshd, { configFile }, { hostKeys }))).toBe('in\n');
    expect(await tryOnce(opensshTo(sshd, { configFile }, { hostKeys, proxyJump: 'gate' }))).toMatchObject({
      kind: 'host-key',
    });
  });

  it('refuses another host key than that of the inventory, though known_hosts has it', async () => {
    const other = makeKey(join(sshd.dir, 'other-host'), 'ed25519');
    const hostKeys = [readFileSync(`${other}.pub`, 'utf8').trim()];
    const failure = await tryOnce(opensshTo(sshd, {}, { hostKeys }));
    expect(failure).toMatchObject({
      kind: 'host-key',
      message: expect.stringMatching(
        /is not the one in host_key in clusters\.yaml.*It showed SHA256:.*ask its administrators/,
      ),
    });
  });

  /** Nothing but the alias: the configuration says the rest. */
  function throughAlias(host: string, over: Parameters<typeof opensshTo>[1]) {
    const whole = opensshTo(sshd, over, { hosts: [host] });
    void whole.close();
    return opensshTo(sshd, over, {
      ...{ hosts: [host], port: undefined, username: undefined, privateKey: undefined },
    } as never);
  }
});

describe('a certificate', { timeout: 40_000 }, () => {
  it('logs in where the key alone is not known, and one that has expired is named', async () => {
    const port = await freePort();
    const sshd = await startSshd({ config: [`TrustedUserCAKeys /tmp/sluice-ca-${port}.pub`] });
    const authority = makeKey(`/tmp/sluice-ca-${port}`, 'ed25519');
    try {
      const key = makeKey(join(sshd.dir, 'certified'), 'ed25519');
      const sign = (validity: string): void => {
        const words = ['-q', '-s', authority, '-I', 'test', '-n', sshd.user, '-V', validity, `${key}.pub`];
        execFileSync('ssh-keygen', words, { stdio: 'pipe' });
      };
      sign('-1d:+1d');
      expect(await tryOnce(opensshTo(sshd, {}, { privateKey: key }))).toBe('in\n');
      sign('-2d:-1d');
      expect(await tryOnce(opensshTo(sshd, {}, { privateKey: key }))).toMatchObject({
        kind: 'login-refused',
        message: expect.stringMatching(/Not used: the certificate \S+certified-cert\.pub expired on 20/),
      });
    } finally {
      for (const file of [authority, `${authority}.pub`]) rmSync(file);
      await sshd.stop();
    }
  });
});

describe.runIf(ROOT)('two factors', { timeout: 40_000 }, () => {
  let sshd: Sshd;
  const CODE = '314159';
  beforeAll(async () => {
    sshd = await startSshd({ secondFactor: CODE });
  });
  afterAll(() => sshd.stop());

  it('are answered once by a person, who opens the master; all that follows goes over it', async () => {
    const refused = await tryOnce(opensshTo(sshd));
    expect(refused).toMatchObject({
      kind: 'login-refused',
      message: expect.stringMatching(
        /Permission denied \(keyboard-interactive\).*There is no ControlMaster at/,
      ),
    });
    expect(() => openMaster(sshd, { answer: '000000' })).toThrow('no master could be opened');
    const master = openMaster(sshd, { answer: CODE });
    const transport = opensshTo(sshd, { configFile: master.configFile });
    const work = ['control', 'bulk', 'control'] as const;
    const heard = await Promise.all(work.map((lane, code) => run(transport, `exit ${code}`, { lane })));
    expect(heard.map(({ end }) => end)).toMatchObject([0, 1, 2].map((code) => ({ kind: 'exited', code })));
    expect(transport.counts.connections).toBe(0);
    await transport.close();
    master.end();
  });

  it('need the person again when the master goes away: what ran is lost, and one login is refused', async () => {
    const master = openMaster(sshd, { answer: CODE });
    const transport = opensshTo(sshd, { configFile: master.configFile });
    const heard = hear(await transport.open(SH), 'echo begun; sleep 60');
    await new Promise((resolve) => setTimeout(resolve, 300));
    const changes = transport.doorChanges();
    master.end();
    expect((await heard).end).toMatchObject({ kind: 'lost' });
    const failure: unknown = await transport.open(SH).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(TransportFailure);
    expect(failure).toMatchObject({
      kind: 'login-refused',
      message: expect.stringContaining(`The ControlMaster at ${master.socket} is gone`),
    });
    expect(transport.counts.connections).toBe(1);
    // It is gone: that opens nothing. What the words say does.
    expect(transport.doorChanges()).toBe(changes);
    await transport.close();
  });

  it('are opened by the command that the refusal names, at the place where we look', async () => {
    const transport = opensshTo(sshd);
    const failure = await transport.open(SH).catch((error: unknown) => error);
    const message = failure instanceof TransportFailure ? failure.message : '';
    const [, command = ''] = /goes on by itself: (ssh .*?) \. Nobody/.exec(message) ?? [];
    const socket = / -S (\S+) /.exec(command)?.[1] ?? '';
    execFileSync('mkdir', ['-p', dirname(socket)]);
    const ask = join(sshd.dir, 'code');
    writeFileSync(ask, `#!/bin/sh\necho ${CODE}\n`, { mode: 0o755 });
    const env = { PATH, SSH_ASKPASS: ask, SSH_ASKPASS_REQUIRE: 'force' };
    const before = transport.doorChanges();
    expect(spawnSync('/bin/sh', ['-c', command], { env, stdio: 'ignore' }).status).toBe(0);
    expect(statSync(socket).isSocket()).toBe(true);
    expect(transport.doorChanges()).toBe(before + 1);
    expect((await run(transport, 'exit 3')).end).toMatchObject({ kind: 'exited', code: 3 });
    await transport.close();
    spawnSync('ssh', ['-S', socket, '-O', 'exit', 'master'], { stdio: 'ignore' });
  });
});
