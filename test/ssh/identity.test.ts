import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AskPassphrase, KeyCache, type NamedKey } from '../../src/ssh/keys.js';
import { makeKey, type Sshd, startSshd } from './sshd.js';
import { run, transportTo, tryOnce } from './talk.js';

const PATH = process.env['PATH'];

describe('logging in, against a real sshd', () => {
  let sshd: Sshd;
  let encrypted: string;
  let stranger: string;
  let agent: { socket: string; pid: number };
  beforeAll(async () => {
    sshd = await startSshd();
    encrypted = makeKey(join(sshd.dir, 'encrypted'), 'ed25519', 'open sesame');
    sshd.authorize(readFileSync(`${encrypted}.pub`, 'utf8'));
    stranger = makeKey(join(sshd.dir, 'stranger'), 'ed25519');
    agent = startAgent(join(sshd.dir, 'agent'));
  });
  afterAll(async () => {
    process.kill(agent.pid);
    await sshd.stop();
  });

  const withKeys = (...keys: readonly NamedKey[]) =>
    transportTo(sshd, { login: { credentials: () => ({ keys }) } });
  const withKey = (file: string, passphrase?: NamedKey['passphrase']) =>
    withKeys({ file, ...(passphrase ? { passphrase } : {}) });

  it('decrypts a key once, for both lanes and after a loss', async () => {
    let asked = 0;
    const passphrase = (): string => {
      asked += 1;
      return 'open sesame';
    };
    const transport = withKey(encrypted, passphrase);
    expect(asked).toBe(0);
    expect((await run(transport, 'echo in')).stdout.toString()).toBe('in\n');
    expect((await run(transport, 'echo in', { lane: 'bulk' })).stdout.toString()).toBe('in\n');
    sshd.killSessions();
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect((await run(transport, 'echo in')).stdout.toString()).toBe('in\n');
    await transport.close();
    expect(asked).toBe(1);
  });

  it.each<[string, NamedKey['passphrase'], RegExp]>([
    ['wrong', () => 'open barley', /passphrase for .*encrypted is wrong/],
    ['missing', undefined, /is encrypted, no passphrase was given/],
    ['absent', () => undefined, /is encrypted, no passphrase was given/],
    [
      'not to be had',
      () => {
        throw new Error('the variable KEY_PASS is not set');
      },
      /could not be had: the variable KEY_PASS is not set/,
    ],
  ])('says so when the passphrase is %s, and does not connect', async (_case, passphrase, words) => {
    const transport = withKey(encrypted, passphrase);
    const failure = await tryOnce(transport);
    expect(failure).toMatchObject({ kind: 'misconfigured', message: expect.stringMatching(words) });
    expect(JSON.stringify(failure) + String(failure)).not.toContain('barley');
    expect(transport.counts.connections).toBe(0);
  });

  it.each([
    ['missing', () => join(sshd.dir, 'nowhere'), /nowhere cannot be read .*private_key/],
    ['public', () => `${sshd.key}.pub`, /is a public key/],
    ['no key', () => sshd.knownHosts, /is no private key/],
  ])('says so when the key file is %s', async (_case, file, words) => {
    expect(await tryOnce(withKey(file()))).toMatchObject({
      kind: 'misconfigured',
      message: expect.stringMatching(words),
    });
  });

  it('tells a refused login, after one connection', async () => {
    const transport = withKey(stranger);
    const failure = await tryOnce(transport);
    expect(failure).toMatchObject({
      kind: 'login-refused',
      message: expect.stringContaining(`${sshd.user}@127.0.0.1:${String(sshd.port)} refused the login`),
    });
    expect(transport.counts.connections).toBe(1);
  });

  it("tries what several manifests name, and one that cannot be used stands in no other one's way", async () => {
    const nowhere = join(sshd.dir, 'nowhere');
    const good = { file: encrypted, passphrase: () => 'open sesame' };
    expect(await tryOnce(withKeys({ file: nowhere }, { file: stranger }, good))).toBe('in\n');
    expect(await tryOnce(withKeys({ file: nowhere }, { file: stranger }))).toMatchObject({
      kind: 'login-refused',
      message: expect.stringContaining('nowhere cannot be read'),
    });
  });

  it("takes a manifest's passphrase for the inventory's key", async () => {
    const passphrase = (): string => 'open sesame';
    const login = { credentials: () => ({ keys: [], passphrase }) };
    expect(await tryOnce(transportTo(sshd, { login }, { privateKey: encrypted }))).toBe('in\n');
  });

  it('says when nothing can be shown', async () => {
    const bare = withoutKey(configWith('IdentityFile none'));
    expect(await tryOnce(bare)).toMatchObject({
      kind: 'misconfigured',
      message: expect.stringContaining('ssh-add'),
    });
  });

  it('uses the agent', async () => {
    add(sshd.key);
    expect(await tryOnce(withoutKey(configWith('IdentityFile none'), agent.socket))).toBe('in\n');
    clear();
    const failure = await tryOnce(withoutKey(configWith('IdentityFile none'), agent.socket));
    expect(failure).toMatchObject({ kind: 'misconfigured' });
    expect(await tryOnce(withoutKey(configWith('IdentityFile none'), '/nowhere/agent'))).toMatchObject({
      kind: 'misconfigured',
      message: expect.stringContaining('/nowhere/agent could not be asked'),
    });
  });

  it('takes a named encrypted key from the agent, and no other of the agent', async () => {
    for (const key of [stranger, sshd.key]) add(key);
    const transport = () =>
      transportTo(sshd, {
        env: { PATH, SSH_AUTH_SOCK: agent.socket },
        login: { credentials: () => ({ keys: [{ file: encrypted }] }) },
      });
    expect(await tryOnce(transport())).toMatchObject({ kind: 'misconfigured' });
    add(encrypted, 'open sesame');
    expect(await tryOnce(transport())).toBe('in\n');
    clear();
  });

  it('obeys IdentityFile, IdentitiesOnly and IdentityAgent of the configuration', async () => {
    add(sshd.key);
    const only = `IdentitiesOnly yes\nIdentityFile ${stranger}`;
    expect(await tryOnce(withoutKey(configWith(only), agent.socket))).toMatchObject({
      kind: 'login-refused',
    });
    expect(await tryOnce(withoutKey(configWith(`IdentityFile ${stranger}`), agent.socket))).toBe('in\n');
    expect(await tryOnce(withoutKey(configWith(`IdentityFile ${sshd.key}`)))).toBe('in\n');
    expect(await tryOnce(withoutKey(configWith(`IdentityAgent ${agent.socket}`)))).toBe('in\n');
    const none = `IdentityAgent none\nIdentityFile ${encrypted}`;
    expect(await tryOnce(withoutKey(configWith(none), agent.socket))).toMatchObject({
      kind: 'misconfigured',
      message: expect.stringContaining(`${encrypted} is encrypted and no passphrase was given`),
    });
    clear();
  });

  it('passes over a broken file that nobody named', async () => {
    const broken = join(sshd.dir, 'broken');
    writeFileSync(broken, 'not a key');
    const files = configWith(`IdentityFile ${broken}\nIdentityFile ${sshd.key}`);
    expect(await tryOnce(withoutKey(files))).toBe('in\n');
  });

  describe('where a person can be asked', () => {
    let asked: string[] = [];
    /** Gives these answers in turn, each a moment after the question. */
    const asking = (...answers: readonly (string | undefined)[]): { keys: KeyCache } => {
      asked = [];
      const left = [...answers];
      const ask: AskPassphrase = async (file, which) => {
        const before = asked.length;
        asked.push(`${which} ${file}`);
        await new Promise((resolve) => setTimeout(resolve, 20));
        // Nobody is asked two things at once.
        expect(asked).toHaveLength(before + 1);
        return left.shift();
      };
      return { keys: new KeyCache(ask) };
    };
    const named = { credentials: () => ({ keys: [{ file: encrypted }] }) };

    it('asks for the passphrase of a named key once, whatever the number of clusters (statements 8, 75)', async () => {
      const person = asking('open sesame');
      const transports = [1, 2, 3].map(() => transportTo(sshd, { ...person, login: named }));
      expect(await Promise.all(transports.map(tryOnce))).toEqual(['in\n', 'in\n', 'in\n']);
      expect(asked).toEqual([`first ${encrypted}`]);
    });

    it('asks again after a wrong one, three times at most, and then no more', async () => {
      const person = asking('wrong', 'open sesame');
      expect(await tryOnce(transportTo(sshd, { ...person, login: named }))).toBe('in\n');
      expect(asked).toEqual([`first ${encrypted}`, `again ${encrypted}`]);
      const stubborn = asking('barley', 'barley', 'barley', 'open sesame');
      const failure = await tryOnce(transportTo(sshd, { ...stubborn, login: named }));
      expect(failure).toMatchObject({ kind: 'misconfigured', message: expect.stringMatching(/is wrong/) });
      expect(JSON.stringify(failure) + String(failure)).not.toContain('barley');
      expect(await tryOnce(transportTo(sshd, { ...stubborn, login: named }))).toMatchObject({
        message: expect.stringMatching(/is encrypted, no passphrase was given/),
      });
      expect(asked).toHaveLength(3);
    });

    it('takes no answer for an answer, and does not ask again', async () => {
      const person = asking(undefined, 'open sesame');
      for (let time = 0; time < 2; time += 1)
        expect(await tryOnce(transportTo(sshd, { ...person, login: named }))).toMatchObject({
          message: expect.stringMatching(/is encrypted, no passphrase was given/),
        });
      expect(asked).toHaveLength(1);
    });

    it('asks nothing that the manifest or the agent knows', async () => {
      const person = asking();
      const passphrase = (): string => 'open sesame';
      const told = { credentials: () => ({ keys: [{ file: encrypted, passphrase }] }) };
      expect(await tryOnce(transportTo(sshd, { ...person, login: told }))).toBe('in\n');
      add(encrypted, 'open sesame');
      const withAgent = { env: { PATH, SSH_AUTH_SOCK: agent.socket }, login: named };
      expect(await tryOnce(transportTo(sshd, { ...asking(), ...withAgent }))).toBe('in\n');
      clear();
      expect(asked).toEqual([]);
    });

    it('asks for a file that nobody named only where there is nothing else', async () => {
      const both = configWith(`IdentityFile ${encrypted}\nIdentityFile ${sshd.key}`);
      expect(await tryOnce(withoutKey(both, undefined, asking('open sesame')))).toBe('in\n');
      expect(asked).toEqual([]);
      const alone = configWith(`IdentityFile ${encrypted}`);
      expect(await tryOnce(withoutKey(alone, undefined, asking('open sesame')))).toBe('in\n');
      expect(asked).toEqual([`first ${encrypted}`]);
    });
  });

  let configs = 0;
  function configWith(lines: string): string {
    const file = join(sshd.dir, `config-${String((configs += 1))}`);
    writeFileSync(file, `Host *\n${lines}\n`);
    return file;
  }

  function withoutKey(configFile: string, socket?: string, more: { readonly keys?: KeyCache } = {}) {
    const env = socket === undefined ? { PATH } : { PATH, SSH_AUTH_SOCK: socket };
    return transportTo(sshd, { configFile, env, ...more }, {}, ['privateKey']);
  }

  function add(key: string, passphrase?: string): void {
    const env = { PATH, SSH_AUTH_SOCK: agent.socket };
    if (passphrase === undefined) {
      execFileSync('ssh-add', ['-q', key], { env, stdio: 'pipe' });
      return;
    }
    const ask = join(sshd.dir, 'ask');
    writeFileSync(ask, `#!/bin/sh\necho '${passphrase}'\n`, { mode: 0o755 });
    const asking = { ...env, SSH_ASKPASS: ask, SSH_ASKPASS_REQUIRE: 'force' };
    execFileSync('ssh-add', ['-q', key], { env: asking, stdio: 'pipe' });
  }

  function clear(): void {
    execFileSync('ssh-add', ['-q', '-D'], { env: { PATH, SSH_AUTH_SOCK: agent.socket }, stdio: 'pipe' });
  }
});

describe('a server that wants more than a key', () => {
  it('goes on to a second key where that is asked for, and says what is missing where there is none', async () => {
    const sshd = await startSshd({ config: ['AuthenticationMethods publickey,publickey'] });
    try {
      expect(await tryOnce(transportTo(sshd))).toMatchObject({
        kind: 'login-refused',
        message: expect.stringContaining('transport: openssh'),
      });
    } finally {
      await sshd.stop();
    }
  });
});

function startAgent(socket: string): { socket: string; pid: number } {
  const said = execFileSync('ssh-agent', ['-s', '-a', socket], { encoding: 'utf8' });
  return { socket, pid: Number(/SSH_AGENT_PID=(\d+)/.exec(said)?.[1]) };
}
