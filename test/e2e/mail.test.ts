/** Mail by the built command: certificate, login and outbox as a user has them. */
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LOGIN, MailServer } from '../notify/server.js';
import { type Ended, sandbox, start, type Sandbox } from './built.js';

const CERTIFICATE_FILE = join(import.meta.dirname, '../notify/fixtures/localhost.cert.pem');
const CLUSTERS =
  'clusters:\n  here: {transport: local, workload_manager: direct, preferred_jobs: [serial]}\n';
const JOB =
  'user_mail: ann@example.org\ndestination_cluster: here\nexecution: echo 42 >answer\noutput: answer\n';

describe('mail by the command line', { timeout: 60_000 }, () => {
  let at: Sandbox;
  let server: MailServer;
  beforeEach(async () => {
    server = await new MailServer().start();
    at = sandbox({ 'clusters.yaml': CLUSTERS, 'jobs.d/lattice.yaml': JOB });
    at.write({
      'sluice.yaml':
        `installation: e2e\nsmtp:\n  host: localhost\n  port: ${server.port}\n  from: sluice@example.org\n` +
        `  username: ${LOGIN.user}\n  password: { env: SMTP_PASSWORD }\n`,
    });
  });
  afterEach(async () => {
    at.remove();
    await server.stop();
  });

  const reconcile = (...more: readonly string[]): Promise<Ended> =>
    start(at, ['reconcile', '--once', ...more], {
      NODE_EXTRA_CA_CERTS: CERTIFICATE_FILE,
      SMTP_PASSWORD: LOGIN.pass,
    }).ended;

  it('goes out before the command ends, and a dead server is one line and no failure', async () => {
    await server.stop();
    const dead = await reconcile('--wait');
    expect(dead).toMatchObject({ code: 0 });
    const lines = dead.stderr.split('\n').filter((line) => line.includes('outbox'));
    expect(lines).toEqual([
      expect.stringMatching(
        /^warning: \d mails? waits? in the outbox and will be sent later: localhost:\d+: /,
      ),
    ]);
    await server.start();
    expect(await reconcile()).toMatchObject({ code: 0 });
    expect(server.subjects()[0]).toBe('[sluice] lattice: Queued on here');
    expect(server.subjects().at(-1)).toBe('[sluice] lattice: Succeeded on here');
    expect(server.received.every(({ secure, user }) => secure && user === LOGIN.user)).toBe(true);
    const count = server.received.length;
    expect((await reconcile()).stderr).not.toContain('warning');
    expect(server.received).toHaveLength(count);
    expect(dead.stderr + dead.stdout).not.toContain(LOGIN.pass);
  });
});
