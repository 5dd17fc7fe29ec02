/** Jobs whose files are at an address, on real Slurm, by the built command: every way to write one, and each way to fail. */
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Ended, sandbox, sluice, type Sandbox } from '../e2e/built.js';
import { MailServer, textOf } from '../notify/server.js';
import { inventory, lab, labAbsent, type Lab, ssh } from './lab.js';
import { ServedRepository } from './repository.js';

const CERTIFICATE = join(import.meta.dirname, '../notify/fixtures/localhost.cert.pem');
const FOLDER = `sluice-origin-${randomBytes(4).toString('hex')}`;
const DATA = 'seven\n';

interface Record_ {
  readonly name: string;
  readonly phase: string;
  readonly reason: string;
  readonly message: string;
  readonly source: unknown;
  readonly attempts: readonly { readonly outcome: string | null; readonly reason: string | null }[];
}

describe.skipIf(labAbsent())('jobs at an address, on real Slurm', { timeout: 120_000 }, () => {
  let grid: Lab;
  let at: Sandbox;
  let repository: ServedRepository;
  let downloads: Server;
  let mail: MailServer;
  let commit: string;
  let reconciled: Ended;
  const records = new Map<string, Record_>();

  const record = (name: string): Record_ => {
    const found = records.get(name);
    if (!found) throw new Error(`there is no record of ${name}`);
    return found;
  };
  const result = (name: string): string =>
    readFileSync(join(at.directory, 'outputs', name, '1', 'result'), 'utf8');
  const lastMailOf = (name: string): string => {
    const mails = mail.received.filter(({ headers }) =>
      headers.get('subject')?.startsWith(`[sluice] ${name}: `),
    );
    const last = mails.at(-1);
    if (!last) throw new Error(`nobody was mailed about ${name}`);
    return textOf(last);
  };
  const url = (path: string): string =>
    `http://127.0.0.1:${(downloads.address() as AddressInfo).port}/${path}`;

  /** The repository as seen from hercules: by HTTPS, by file, and by SSH from lemaitre3, with alice's own key. */
  async function makeReachable(): Promise<void> {
    const { lemaitre3 } = grid.clusters;
    const key = readFileSync(grid.key, 'utf8');
    const settings =
      'mkdir -p ~/.ssh && chmod 700 ~/.ssh && cat > ~/.ssh/id_ed25519 && chmod 600 ~/.ssh/id_ed25519 && ' +
      `printf 'Host ${lemaitre3.hostname}\\n  Port ${lemaitre3.port}\\n  StrictHostKeyChecking accept-new\\n' > ~/.ssh/config`;
    const archive = execFileSync('tar', ['-C', repository.folder, '-cz', 'test.git', 'lib.git']).toString(
      'base64',
    );
    const unpack = 'mkdir -p served && base64 -d | tar -xz -C served';
    const steps: readonly (readonly [string, string])[] = [
      [settings, key],
      [
        'cat > ~/test-ca.pem && git config --global http.sslCAInfo ~/test-ca.pem',
        readFileSync(CERTIFICATE, 'utf8'),
      ],
      [unpack, archive],
      ["git config --global --add safe.directory '*'", ''],
    ];
    for (const [command, input] of steps) {
      const ended = await ssh('hercules', command, input);
      expect(ended.code, ended.stderr).toBe(0);
    }
    const there = await ssh('lemaitre3', unpack, archive);
    expect(there.code, there.stderr).toBe(0);
  }

  beforeAll(async () => {
    grid = await lab();
    repository = await new ServedRepository().start();
    commit = repository.commit({ run: '#!/bin/sh\ncat lib/lib.txt > result\n' });
    downloads = createServer((request, response) => {
      if (request.url?.startsWith('/data.txt') === true) response.end(DATA);
      else if (request.url === '/large') response.end('x'.repeat(2 ** 20 + 1));
      else response.writeHead(404).end();
    });
    await new Promise<void>((resolve) => downloads.listen(0, '127.0.0.1', resolve));
    mail = await new MailServer().start();
    await makeReachable();
    const { hostname, port } = grid.clusters.lemaitre3;
    const clone = 'execution: ./run\noutput: result\n';
    const jobs: Readonly<Record<string, string>> = {
      https: `${clone}job: ${repository.url}#v1\n`,
      file: `${clone}job: file:///home/${grid.user}/served/test.git\n`,
      ssh: `${clone}job: ssh://${grid.user}@${hostname}:${port}/home/${grid.user}/served/test.git\n`,
      scp: `${clone}job: ${grid.user}@${hostname}:served/test.git#${commit}\n`,
      sent: `${clone}job: ${repository.url}\nfetch_on: here\n`,
      download: `execution: cp data.txt result\noutput: result\njob: ${url('data.txt')}\n`,
      missing: `${clone}job: file:///home/${grid.user}/none.git\nfetch_on: login\n`,
      large: `${clone}job: ${url('large')}\n`,
      gone: `${clone}job: ${url('none.txt')}\n`,
    };
    at = sandbox({
      'clusters.yaml': (await inventory()).replace('  hercules:\n', '  hercules:\n    max_download: 1M\n'),
      'sluice.yaml':
        `installation: ${FOLDER}\n` +
        `smtp: {host: 127.0.0.1, port: ${mail.port}, from: sluice@example.org, tls: none}\n`,
      ...Object.fromEntries(
        Object.entries(jobs).map(([name, text]) => [
          `jobs.d/${name}.yaml`,
          `destination_cluster: hercules\nalternates: none\nuser_mail: jane@example.org\n${text}`,
        ]),
      ),
    });
    at.env['GIT_SSL_CAINFO'] = CERTIFICATE;
    reconciled = await sluice(at, 'reconcile', '--once', '--wait', '--timeout', '150s');
    const { items } = JSON.parse((await sluice(at, 'get', '-o', 'json')).stdout) as {
      items: readonly Record_[];
    };
    for (const item of items) records.set(item.name, item);
  }, 240_000);

  afterAll(async () => {
    await ssh(
      'hercules',
      'rm -rf ~/served ~/test-ca.pem ~/.gitconfig ~/.ssh/id_ed25519 ~/.ssh/config ~/.ssh/known_hosts',
    );
    await ssh('lemaitre3', 'rm -rf ~/served');
    await new Promise((resolve) => downloads.close(resolve));
    await mail.stop();
    await repository.stop();
    at.remove();
  });

  it('a Git repository is cloned with its submodules, and entered (statement 14)', () => {
    expect(reconciled.code, reconciled.stderr).toBe(4);
    for (const name of ['https', 'file', 'ssh', 'scp']) {
      expect(record(name), record(name).message).toMatchObject({
        phase: 'Succeeded',
        source: { kind: 'git', commit },
      });
      expect(record(name).attempts, name).toHaveLength(1);
      expect(result(name)).toBe('of the submodule\n');
    }
  });

  it('is cloned here and sent where the manifest says so', () => {
    expect(record('sent'), record('sent').message).toMatchObject({
      phase: 'Succeeded',
      source: { kind: 'git', commit, url: repository.url },
    });
    expect(result('sent')).toBe('of the submodule\n');
    expect(reconciled.stderr).toMatch(/^sent: https:\S+test\.git is fetched to this machine$/m);
  });

  it('any other URL is downloaded (statement 15)', () => {
    expect(record('download'), record('download').message).toMatchObject({
      phase: 'Succeeded',
      source: { kind: 'url', size: DATA.length, file: 'data.txt' },
    });
    expect(result('download')).toBe(DATA);
  });

  it('a clone that fails is mailed in its words (statement 67)', () => {
    expect(record('missing')).toMatchObject({ phase: 'Failed', reason: 'CloneFailed' });
    const words = lastMailOf('missing');
    expect(words).toContain('missing has failed on hercules: its repository could not be cloned');
    expect(words).toMatch(/the fetching of file:\S+none\.git ended with exit code 92 on hercules:/);
    expect(words).toMatch(/fatal: '\S+none\.git' does not appear to be a git repository/);
  });

  it('a download that is too large, or is not there, fails in its words', () => {
    expect(record('large')).toMatchObject({ phase: 'Failed', reason: 'DownloadFailed' });
    expect(record('large').message).toContain('is larger than 1048576 bytes, which is the limit');
    expect(record('gone')).toMatchObject({ phase: 'Failed', reason: 'DownloadFailed' });
    expect(lastMailOf('gone')).toContain('none.txt does not exist, or is refused (HTTP status 404)');
  });

  it('what cannot be unpacked is mailed in its words (statement 68)', async () => {
    // A file stands where the folder is to be that archives are unpacked in.
    const block = await ssh(
      'hercules',
      'mkdir -p ~/.sluice/work && mv ~/.sluice/work/.staging ~/.sluice/work/.staging.aside; touch ~/.sluice/work/.staging',
    );
    expect(block.code, block.stderr).toBe(0);
    at.write({
      'jobs.d/blocked.yaml':
        'destination_cluster: hercules\nalternates: none\nuser_mail: jane@example.org\nexecution: "true"\n',
    });
    const first = await sluice(at, 'reconcile', '--once', 'jobs.d/blocked.yaml');
    const words = lastMailOf('blocked');
    await ssh(
      'hercules',
      'rm -f ~/.sluice/work/.staging; mv ~/.sluice/work/.staging.aside ~/.sluice/work/.staging; true',
    );
    expect(words).toContain('its files could not be unpacked');
    expect(first.stderr).toMatch(
      /^warning: blocked: its files could not be unpacked on hercules: \S+ cannot be made: mkdir: .*$/m,
    );
    const second = await sluice(
      at,
      'reconcile',
      '--once',
      '--wait',
      '--timeout',
      '60s',
      'jobs.d/blocked.yaml',
    );
    expect(second.code, second.stderr).toBe(0);
  });
});
