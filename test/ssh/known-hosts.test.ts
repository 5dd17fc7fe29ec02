import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  fingerprint,
  judgeHostKey,
  namesOf,
  offeredAlgorithms,
  parseInventoryKey,
  parseKnownHosts,
} from '../../src/ssh/known-hosts.js';
import { makeKey, type Sshd, startSshd } from './sshd.js';
import { transportTo, tryOnce } from './talk.js';

const WHERE = 'somewhere';

describe('host keys, against a real sshd', () => {
  let sshd: Sshd;
  let other: string;
  let name: string;
  beforeAll(async () => {
    sshd = await startSshd({ hostKeys: ['ed25519', 'ecdsa'] });
    other = readFileSync(`${makeKey(join(sshd.dir, 'other'), 'ed25519')}.pub`, 'utf8');
    name = `[127.0.0.1]:${String(sshd.port)}`;
  });
  afterAll(() => sshd.stop());

  let count = 0;
  function known(...lines: string[]): { knownHostsFiles: string[] } {
    const file = join(sshd.dir, `known-${String((count += 1))}`);
    writeFileSync(file, lines.map((line) => `${line.trim()}\n`).join(''));
    return { knownHostsFiles: [join(sshd.dir, 'absent'), file] };
  }

  it('accepts a known key', async () => {
    expect(await tryOnce(transportTo(sshd, known(`${name} ${sshd.hostKey()}`)))).toBe('in\n');
  });

  it('asks for the type that is known, whatever the server would prefer', async () => {
    expect(await tryOnce(transportTo(sshd, known(`${name} ${sshd.hostKey('ecdsa')}`)))).toBe('in\n');
  });

  it('finds hashed names', async () => {
    const files = known(`${name} ${sshd.hostKey()}`);
    execFileSync('ssh-keygen', ['-q', '-H', '-f', files.knownHostsFiles[1] ?? ''], { stdio: 'ignore' });
    expect(readFileSync(files.knownHostsFiles[1] ?? '', 'utf8')).toMatch(/^\|1\|/);
    expect(await tryOnce(transportTo(sshd, files))).toBe('in\n');
  });

  it('accepts the plain name where only that is known, as ssh does', async () => {
    expect(await tryOnce(transportTo(sshd, known(`127.0.0.1 ${sshd.hostKey()}`)))).toBe('in\n');
  });

  it('refuses an unknown key with the command that shows it', async () => {
    const failure = await tryOnce(transportTo(sshd, known()));
    expect(failure).toMatchObject({ name: 'TransportFailure', kind: 'host-key' });
    const key = Buffer.from(sshd.hostKey().split(' ')[1] ?? '', 'base64');
    expect(failure).toHaveProperty('message', expect.stringContaining(fingerprint(key)));
    expect(failure).toHaveProperty(
      'message',
      expect.stringContaining(`ssh-keyscan -p ${String(sshd.port)} 127.0.0.1 | ssh-keygen -lf -`),
    );
  });

  it('refuses a changed key', async () => {
    const failure = await tryOnce(transportTo(sshd, known(`${name} ${other}`)));
    expect(failure).toMatchObject({
      kind: 'host-key',
      message: expect.stringContaining('is not the one in'),
    });
    expect(failure).toHaveProperty('message', expect.stringContaining(`ssh-keygen -R '${name}'`));
  });

  it('refuses a server that has no key of a known type', async () => {
    const rsa = readFileSync(`${makeKey(join(sshd.dir, 'rsa'), 'rsa')}.pub`, 'utf8');
    const failure = await tryOnce(transportTo(sshd, known(`${name} ${rsa}`)));
    expect(failure).toMatchObject({ kind: 'host-key', message: expect.stringContaining('ssh-rsa') });
  });

  it('refuses a revoked key, though it is also known', async () => {
    const files = known(`@revoked * ${sshd.hostKey()}`, `${name} ${sshd.hostKey()}`);
    expect(await tryOnce(transportTo(sshd, files))).toMatchObject({
      kind: 'host-key',
      message: expect.stringContaining('@revoked'),
    });
  });

  it('says that a certificate authority is not used', async () => {
    expect(await tryOnce(transportTo(sshd, known(`@cert-authority * ${other}`)))).toMatchObject({
      kind: 'host-key',
      message: expect.stringContaining('@cert-authority line is not used'),
    });
  });

  it('lets host_key of the inventory decide alone', async () => {
    const wrong = known(`${name} ${other}`);
    expect(await tryOnce(transportTo(sshd, wrong, { hostKeys: [other, sshd.hostKey()] }))).toBe('in\n');
    const right = known(`${name} ${sshd.hostKey()}`);
    expect(await tryOnce(transportTo(sshd, right, { hostKeys: [other] }))).toMatchObject({
      kind: 'host-key',
      message: expect.stringContaining('host_key in clusters.yaml'),
    });
    expect(await tryOnce(transportTo(sshd, right, { hostKeys: ['nonsense'] }))).toMatchObject({
      kind: 'misconfigured',
    });
  });
});

describe('known_hosts, parsed', () => {
  const ed = 'AAAAC3NzaC1lZDI1NTE5AAAAIAazraU81BV1QwCVrLPCV8ka+obnGJHRefxd5+o9FpQX';

  it('reads what ssh-keygen -F prints', () => {
    const text = [
      '# Host a found: line 1 REVOKED',
      `@revoked * ssh-ed25519 ${ed}`,
      '# Host a found: line 2 CA',
      `@cert-authority *.x ssh-ed25519 ${ed}`,
      '# Host a found: line 3 ',
      `|1|x=|y= ssh-ed25519 ${ed} a comment`,
      `@unheard-of a ssh-ed25519 ${ed}`,
      'broken',
      '',
    ].join('\n');
    expect(parseKnownHosts(text)).toMatchObject({
      accepted: [{ type: 'ssh-ed25519' }],
      revoked: [{ type: 'ssh-ed25519' }],
      authorities: 1,
    });
  });

  it.each([
    [{ hostname: 'Login1.Example.org', port: 22 }, ['login1.example.org']],
    [{ hostname: 'login1', port: 2222 }, ['[login1]:2222', 'login1']],
    [{ hostname: 'login1', port: 2222, hostKeyAlias: 'grid' }, ['grid']],
  ])('names %j', (target, names) => expect(namesOf(target)).toEqual(names));

  it.each([
    [`ssh-ed25519 ${ed}`, true],
    [`login1 ssh-ed25519 ${ed} comment`, true],
    [`ssh-rsa ${ed}`, false],
    ['ssh-ed25519', false],
    ['SHA256:abc', false],
    ['', false],
  ])('takes host_key %j: %s', (text, good) => {
    if (good) expect(parseInventoryKey(text).type).toBe('ssh-ed25519');
    else expect(() => parseInventoryKey(text)).toThrow(/is no key/);
  });

  it('never accepts what is not listed, and never asks for SHA-1', () => {
    const key = fc.record({
      type: fc.constantFrom(
        'ssh-ed25519',
        'ssh-rsa',
        'ecdsa-sha2-nistp256',
        'ssh-dss',
        'sk-ssh-ed25519@openssh.com',
      ),
      key: fc.uint8Array({ minLength: 1, maxLength: 8 }).map((bytes) => Buffer.from(bytes)),
    });
    fc.assert(
      fc.property(
        fc.array(key),
        fc.array(key),
        key,
        fc.array(fc.string()),
        (accepted, revoked, shown, allowed) => {
          const known = { accepted, revoked, authorities: 0, source: WHERE };
          const listed = accepted.some((one) => one.key.equals(shown.key));
          const taken = revoked.some((one) => one.key.equals(shown.key));
          expect(judgeHostKey(known, shown.key) === 'accepted').toBe(listed && !taken);
          const offered = offeredAlgorithms(known, allowed);
          expect(offered.length).toBeGreaterThan(0);
          expect(offered).not.toContain('ssh-rsa');
          expect(offered).not.toContain('ssh-dss');
        },
      ),
    );
  });
});
