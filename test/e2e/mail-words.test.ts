/** What a user reads where mail cannot be sent, word for word; and the job is done all the same. */
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LOGIN, MailServer } from '../notify/server.js';
import { type Ended, sandbox, type Sandbox, start } from './built.js';

const CERTIFICATE_FILE = join(import.meta.dirname, '../notify/fixtures/localhost.cert.pem');
const CLUSTERS =
  'clusters:\n  here: {transport: local, workload_manager: direct, preferred_jobs: [serial]}\n';
const JOB = 'user_mail: ann@example.org\ndestination_cluster: here\nexecution: "true"\n';
const WITH_LOGIN = `username: ${LOGIN.user}, password: {env: SMTP_PASSWORD}`;

interface Case {
  readonly what: string;
  /** Of `smtp`, beside host, port and sender. */
  readonly settings?: string;
  readonly server?: ConstructorParameters<typeof MailServer>[0];
  readonly before?: (server: MailServer) => Promise<void> | void;
  readonly env?: NodeJS.ProcessEnv;
  /** Lines of standard error about mail; PORT is the server's. */
  readonly says: readonly string[];
}

const LATER = 'warning: 1 mail waits in the outbox and will be sent later: ';

const CASES: readonly Case[] = [
  {
    what: 'a dead server',
    before: (server) => server.stop(),
    says: [
      `${LATER}localhost:PORT: connect ECONNREFUSED 127.0.0.1:PORT; see smtp.host and smtp.port in sluice.yaml`,
    ],
  },
  {
    what: 'a server without TLS',
    server: { disabledCommands: ['STARTTLS'] },
    says: [
      `${LATER}localhost:PORT: Error upgrading connection with STARTTLS: 500 Error: command not recognized; mail is sent encrypted only, unless smtp.tls in sluice.yaml says otherwise`,
    ],
  },
  {
    what: 'a certificate that nobody vouches for',
    env: { NODE_EXTRA_CA_CERTS: '' },
    says: [
      `${LATER}localhost:PORT: self-signed certificate; to trust it, name its file in the environment variable NODE_EXTRA_CA_CERTS`,
    ],
  },
  {
    what: 'a refused login',
    settings: WITH_LOGIN,
    env: { SMTP_PASSWORD: 'planted-wrong' },
    says: [
      `${LATER}localhost:PORT: Invalid login: 535 no such login; see smtp.username and smtp.password in sluice.yaml`,
    ],
  },
  {
    what: 'a password that is not there',
    settings: WITH_LOGIN,
    env: { SMTP_PASSWORD: '' },
    says: [
      `${LATER}localhost:PORT: the environment variable SMTP_PASSWORD, which holds the password, is not set`,
    ],
  },
  {
    what: 'a recipient who is refused for good',
    before: (server) => void server.refuses.set('ann@example.org', '550 5.1.1 no such user'),
    says: [
      'warning: mail to ann@example.org ("[sluice] lattice: Queued on here") cannot be delivered: 550 5.1.1 no such user',
    ],
  },
  {
    what: 'a recipient who is refused for now',
    before: (server) => void server.refuses.set('ann@example.org', '451 4.7.1 greylisted'),
    says: [`${LATER}451 4.7.1 greylisted`],
  },
];

describe('mail that cannot be sent', { timeout: 60_000 }, () => {
  let at: Sandbox;
  let server: MailServer;
  beforeEach(() => {
    at = sandbox({ 'clusters.yaml': CLUSTERS, 'jobs.d/lattice.yaml': JOB });
  });
  afterEach(async () => {
    at.remove();
    await server.stop();
  });

  const reconcile = (env: NodeJS.ProcessEnv): Promise<Ended> =>
    start(at, ['reconcile', '--once'], { NODE_EXTRA_CA_CERTS: CERTIFICATE_FILE, ...env }).ended;

  it.each(CASES)('because of $what', async ({ settings, server: options, before, env = {}, says }) => {
    server = await new MailServer(options).start();
    const smtp = ['host: localhost', `port: ${server.port}`, 'from: sluice@example.org', settings];
    at.write({ 'sluice.yaml': `installation: e2e\nsmtp: {${smtp.filter(Boolean).join(', ')}}\n` });
    await before?.(server);
    const { code, stderr } = await reconcile(env);
    const lines = stderr.split('\n').filter((line) => !/^(lattice: |1 |$)/.test(line));
    expect(lines).toEqual(says.map((line) => line.replaceAll('PORT', String(server.port))));
    expect(code).toBe(0);
    expect(stderr).not.toContain('planted');
  });
});
