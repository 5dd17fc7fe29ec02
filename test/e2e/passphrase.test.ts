/** A person at a terminal: the built command on a pseudo-terminal, an encrypted key, a real sshd. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeKey, type Sshd, startSshd } from '../ssh/sshd.js';
import { sandbox, type Sandbox, type Shown, sluice, sluiceOnTerminal } from './built.js';

const SECRET = 'open sesame';

describe('a key whose passphrase nobody named', { timeout: 60_000 }, () => {
  let sshd: Sshd;
  let at: Sandbox;
  let key: string;
  beforeAll(async () => {
    sshd = await startSshd();
    key = makeKey(join(sshd.dir, 'encrypted'), 'ed25519', SECRET);
    sshd.authorize(readFileSync(`${key}.pub`, 'utf8'));
    const cluster =
      `  far: {hostname: 127.0.0.1, port: ${sshd.port}, username: ${sshd.user}, private_key: ${key}, ` +
      `host_key: ${sshd.hostKey()}, preferred_jobs: [serial], claims_dir: ${sshd.dir}/home/c, work_dir: ${sshd.dir}/home/w}\n`;
    at = sandbox({ 'sluice.yaml': 'installation: e2e\n', 'clusters.yaml': `clusters:\n${cluster}` });
  });
  afterAll(async () => {
    at.remove();
    await sshd.stop();
  });

  const onTerminal = (answers: readonly string[], ...argv: readonly string[]): Promise<Shown> =>
    sluiceOnTerminal(at, answers, argv);

  it('is asked for it on the terminal, and it is neither shown nor kept (statements 8, 75)', async () => {
    const { code, screen } = await onTerminal(['wrong\r', `${SECRET}\r`], 'clusters');
    expect(screen).toContain(`Passphrase for ${key}: \r\n`);
    expect(screen).toContain(`That is not the passphrase for ${key}. Again: \r\n`);
    expect(screen).toMatch(/^far +127\.0\.0\.1 .* reached/m);
    expect(code).toBe(0);
    expect(screen).not.toContain(SECRET);
    const files = readdirSync(join(at.directory, '..'), {
      recursive: true,
      encoding: 'utf8',
      withFileTypes: true,
    });
    const holding = files.filter(
      (file) => file.isFile() && readFileSync(join(file.parentPath, file.name)).includes(SECRET),
    );
    expect(holding).toEqual([]);
  });

  it('is told what to do where nothing is typed, and where there is no terminal', async () => {
    const words = `the key file ${key} is encrypted, no passphrase was given and the agent does not hold it`;
    const { screen } = await onTerminal(['\r'], 'clusters');
    expect(screen.match(/Passphrase for/g)).toHaveLength(1);
    expect(screen).toContain(words);
    const { stderr } = await sluice(at, 'clusters');
    expect(stderr).not.toContain('Passphrase for');
    expect(stderr).toContain(words);
  });

  it('is interrupted at the question', async () => {
    const { code, screen } = await onTerminal(['\u0003'], 'clusters');
    expect(screen).toContain('interrupted');
    expect(code).toBe(130);
  });

  it('is asked for it by retrieve (statement 75)', async () => {
    mkdirSync(join(at.directory, 'jobs.d'), { recursive: true });
    writeFileSync(join(at.directory, 'jobs.d/a.yaml'), 'destination_cluster: far\nexecution: "true"\n');
    const { code, screen } = await onTerminal([`${SECRET}\r`], 'retrieve', 'b');
    expect(screen).toContain('there is no job "b" in this state, and no cluster knows it');
    expect(code).toBe(1);
  });
});
