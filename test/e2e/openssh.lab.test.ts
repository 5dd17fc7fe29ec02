/** Whole jobs over `transport: openssh` on real Slurm, and a login that a person opens by hand. */
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { inventory, type Lab, lab, labAbsent, reset, truth } from '../lab/lab.js';
import { LOGIN, MailServer } from '../notify/server.js';
import { sandbox, sluice, until, type Sandbox } from './built.js';
import { type Daemon, serve, stop } from './daemon.js';

const CERTIFICATE_FILE = join(import.meta.dirname, '../notify/fixtures/localhost.cert.pem');
const RUN = randomBytes(4).toString('hex');
const OWNER = 'user_mail: ann@example.org\n';

type Entry = Readonly<Record<string, unknown>>;

async function entryOf(site: 'lemaitre3' | 'hercules', more: Entry): Promise<string> {
  const all = parse(await inventory()) as { clusters: Record<string, Entry> };
  const own = { transport: 'openssh', claims_dir: `~/.openssh-${RUN}`, work_dir: '$HOME/openssh' };
  const workDir = site === 'lemaitre3' ? { work_dir: `$GLOBALSCRATCH/openssh-${RUN}` } : {};
  return stringify({ clusters: { [site]: { ...all.clusters[site], ...own, ...workDir, ...more } } });
}

describe.skipIf(labAbsent())('a job over openssh', { timeout: 120_000 }, () => {
  let at: Sandbox;
  beforeAll(async () => {
    await reset('lemaitre3');
    const hostname = ['nowhere.invalid', 'lm3-login2.lab', 'lm3-login1.lab'];
    at = sandbox({
      'sluice.yaml': `installation: openssh-${RUN}\n`,
      'clusters.yaml': await entryOf('lemaitre3', { hostname }),
      'jobs/sum/numbers': '3\n4\n',
      'jobs.d/sum.yaml':
        `name: sum-${RUN}\ndestination_cluster: lemaitre3\njob: ../jobs/sum/\ncompilation: echo compiled >made\n` +
        'execution: cat made >r.txt; awk "{s += \\$1} END {print s}" numbers >>r.txt\noutput: r.txt\n',
    });
  });
  afterAll(() => at.remove());

  it('comes from its manifest to its results, past a login host that is away', async () => {
    const done = await sluice(at, 'reconcile', '--once', '--wait', '--verbose');
    expect(done).toMatchObject({ code: 0 });
    expect(readFileSync(join(at.directory, `outputs/sum-${RUN}/1/r.txt`), 'utf8')).toBe('compiled\n7\n');
    expect((await truth('lemaitre3', `sum-${RUN}.`)).map(({ state }) => state)).toEqual(['COMPLETED']);
    const again = await sluice(at, 'reconcile', '--once', '--wait');
    expect(again).toMatchObject({ code: 0 });
    expect(await truth('lemaitre3', `sum-${RUN}.`)).toHaveLength(1);
  });

  it('is on a cluster that the doctor finds well', async () => {
    const { code, stdout } = await sluice(at, 'clusters', 'check', 'lemaitre3');
    expect(stdout).toMatch(/login +.*alice@lm3-login2\.lab:\d+ answers, by your own ssh/);
    expect(stdout).toMatch(/host key +.*host_key in clusters\.yaml/);
    expect(code).toBe(0);
  });
});

describe.skipIf(labAbsent())('a login that needs a person', { timeout: 120_000 }, () => {
  let at: Sandbox;
  let daemon: Daemon;
  let facts: Lab;
  let socket: string | undefined;
  const server = new MailServer();
  beforeAll(async () => {
    facts = await lab();
    await reset('hercules');
    await server.start();
    at = sandbox({
      'sluice.yaml':
        `installation: openssh-person-${RUN}\nsmtp:\n  host: localhost\n  port: ${server.port}\n` +
        `  from: sluice@example.org\n  username: ${LOGIN.user}\n  password: {env: SMTP_PASSWORD}\n`,
      // Encrypted, and nobody is asked: as good as a second factor.
      'clusters.yaml': await entryOf('hercules', { private_key: facts.encryptedKey }),
      'jobs.d/.keep': '',
    });
    Object.assign(at.env, {
      NODE_EXTRA_CA_CERTS: CERTIFICATE_FILE,
      SMTP_PASSWORD: LOGIN.pass,
      SSH_AUTH_SOCK: '',
    });
    daemon = await serve(at);
  });
  afterAll(async () => {
    await stop(daemon);
    await server.stop();
    end();
    at.remove();
  });

  const refusals = (): number => {
    const log = readFileSync(join(facts.clusters.hercules.log, 'sshd1.log'), 'utf8');
    return log.match(/Connection closed by authenticating user alice/g)?.length ?? 0;
  };
  const shown = async (name: string): Promise<{ phase?: string; reason?: string; message?: string }> => {
    const answer = await daemon.get(`/jobs/${name}-${RUN}`);
    return answer.ok ? ((await answer.json()) as object) : {};
  };
  const ask = (name: string, seconds: number, more = ''): void =>
    at.write({
      [`jobs.d/${name}.yaml`]: `name: ${name}-${RUN}\ndestination_cluster: hercules\nexecution: sleep ${seconds}; echo ${name} >r.txt\noutput: r.txt\n${more}`,
    });
  const mails = (): number => server.subjects().filter((subject) => subject.includes('LoginNeeded')).length;
  /** What the person does: the command of the refusal, word for word but for their known_hosts, and their passphrase. */
  const open = async (name: string): Promise<void> => {
    const [, command = ''] =
      /goes on by itself: (ssh .*?) \. Nobody/.exec((await shown(name)).message ?? '') ?? [];
    socket = / -S (\S+) /.exec(command)?.[1];
    mkdirSync(dirname(socket ?? ''), { recursive: true, mode: 0o700 });
    const helper = join(at.home, 'ask');
    writeFileSync(helper, `#!/bin/sh\necho '${facts.passphrase}'\n`, { mode: 0o755 });
    const typed = command.replace(/^ssh /, `ssh -o UserKnownHostsFile=${facts.knownHosts} `);
    const env = { ...at.env, SSH_ASKPASS: helper, SSH_ASKPASS_REQUIRE: 'force' };
    expect(spawnSync('/bin/sh', ['-c', typed], { env, stdio: 'ignore' }).status).toBe(0);
  };
  const end = (): void => {
    if (socket !== undefined) spawnSync('ssh', ['-S', socket, '-O', 'exit', 'master'], { stdio: 'ignore' });
  };

  it('is tried once, told in one mail, and goes on by itself when the person has opened it', async () => {
    const before = refusals();
    ask('first', 0, OWNER);
    await until(async () => (await shown('first')).reason === 'LoginNeeded');
    // Another pass, as more is asked for: it does not try it again.
    ask('second', 0);
    await until(async () => (await shown('second')).reason === 'LoginNeeded');
    expect(refusals()).toBe(before + 1);
    await until(() => mails() > 0);
    await open('first');
    // It is noticed with the next pass, a minute later at most.
    ask('third', 0);
    for (const name of ['first', 'second', 'third'])
      await until(async () => (await shown(name)).phase === 'Succeeded');
    expect(await (await daemon.get(`/jobs/first-${RUN}/outputs/r.txt`)).text()).toBe('first\n');
    expect(refusals()).toBe(before + 1);
    expect(mails()).toBe(1);
  });

  it('is needed again when the master is gone, which is one mail more, and no job of it is lost', async () => {
    const before = refusals();
    const names = ['fourth', 'fifth'];
    names.forEach((name, index) => ask(name, 8 + index, OWNER));
    for (const name of names) await until(async () => (await shown(name)).phase === 'Running');
    end();
    for (const name of names) await until(async () => (await shown(name)).reason === 'LoginNeeded');
    expect((await shown('fourth')).message).toContain(`The ControlMaster at ${socket} is gone`);
    expect(refusals()).toBe(before + 1);
    await open('fourth');
    ask('sixth', 0);
    for (const name of [...names, 'sixth'])
      await until(async () => (await shown(name)).phase === 'Succeeded');
    expect(refusals()).toBe(before + 1);
    expect(mails()).toBe(2);
    for (const name of names)
      expect((await truth('hercules', `${name}-${RUN}.`)).map(({ state }) => state)).toEqual(['COMPLETED']);
  });
});
