/** The adapter on a real server. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Envelope, MailTrouble, type Refusal } from '../../src/notify/mailer.js';
import { SmtpMailer, type SmtpOptions } from '../../src/notify/smtp.js';
import { CERTIFICATE, LOGIN, MailServer, silentServer, textOf } from './server.js';

let server: MailServer;
beforeEach(async () => {
  server = await new MailServer().start();
});
afterEach(() => server.stop());

type Settings = SmtpOptions['settings'];

function mailer(settings: Partial<Settings> = {}, more: Partial<SmtpOptions> = {}): SmtpMailer {
  return new SmtpMailer({
    settings: {
      host: '127.0.0.1',
      port: server.port,
      from: 'sluice@example.org',
      tls: 'required',
      ...settings,
    },
    trusted: CERTIFICATE,
    ...more,
  });
}

const signal = new AbortController().signal;

function envelope(more: Partial<Envelope> = {}): Envelope {
  return {
    messageId: 'u.0.1.running@example.org',
    thread: 'u@example.org',
    date: new Date('2026-01-02T03:04:05Z'),
    to: ['ann@example.org'],
    remaining: ['ann@example.org'],
    subject: '[sluice] lattice: Running on lemaitre3',
    text: 'Hello,\n\ngrüße\n',
    html: '<p>grüße</p>',
    ...more,
  };
}

async function send(by: SmtpMailer, ...envelopes: readonly Envelope[]): Promise<(readonly Refusal[])[]> {
  const connection = await by.connect(signal);
  const said = [];
  try {
    for (const each of envelopes) said.push(await connection.send(each));
  } finally {
    await connection.close();
  }
  return said;
}

const trouble = (words: RegExp): unknown =>
  expect.objectContaining({ name: 'MailTrouble', message: expect.stringMatching(words) });

describe('a mail', () => {
  it('goes encrypted, as text and HTML, with its own id, thread and date, and marked as written by a program', async () => {
    expect(await send(mailer(), envelope())).toEqual([[]]);
    const [mail] = server.received;
    expect(mail).toMatchObject({ from: 'sluice@example.org', to: ['ann@example.org'], secure: true });
    expect(Object.fromEntries(mail!.headers)).toMatchObject({
      from: 'Sluice <sluice@example.org>',
      to: 'ann@example.org',
      subject: '[sluice] lattice: Running on lemaitre3',
      'message-id': '<u.0.1.running@example.org>',
      references: '<u@example.org>',
      date: 'Fri, 02 Jan 2026 03:04:05 +0000',
      'auto-submitted': 'auto-generated',
      'content-type': expect.stringContaining('multipart/alternative'),
    });
    expect(textOf(mail!)).toBe('Hello,\n\ngrüße\n');
    expect(mail?.raw).toContain('text/html');
  });

  it('goes over one connection with the others', async () => {
    await send(mailer(), envelope(), envelope(), envelope());
    expect([server.received.length, server.connections]).toEqual([3, 1]);
  });

  it('goes to two addresses at once, and only to those who have not got it yet', async () => {
    const to = ['ann@example.org', 'bob@example.org'];
    await send(mailer(), envelope({ to, remaining: to }), envelope({ to, remaining: ['bob@example.org'] }));
    expect(server.received.map((mail) => mail.to)).toEqual([to, ['bob@example.org']]);
    expect(server.received[1]?.headers.get('to')).toBe('ann@example.org, bob@example.org');
  });

  it('cannot be given other headers or recipients by its words', async () => {
    const subject = 'x\r\nBcc: eve@example.org\r\n\r\nbody';
    await send(mailer(), envelope({ subject, text: '.\r\nRCPT TO:<eve@example.org>\r\n.\r\nQUIT\r\n' }));
    const [mail] = server.received;
    expect(mail?.to).toEqual(['ann@example.org']);
    expect(mail?.headers.has('bcc')).toBe(false);
    expect(mail?.headers.get('subject')).toContain('Bcc');
    const nasty = 'ann@example.org>\r\nRCPT TO:<eve@example.org';
    const [refusals] = await send(mailer(), envelope({ to: [nasty], remaining: [nasty] }));
    expect(refusals).toMatchObject([{ recipient: nasty, permanent: true }]);
    expect(server.received).toHaveLength(1);
  });

  it('is read from no file and no address, whatever it holds', async () => {
    await send(mailer(), envelope({ text: 'file:///etc/passwd', html: '<img src="file:///etc/passwd">' }));
    expect(server.received[0]?.raw).not.toContain('root:');
  });
});

describe('the login', () => {
  it('is by name and password, looked up for each connection', async () => {
    let asked = 0;
    const password = (): string => {
      asked += 1;
      return LOGIN.pass;
    };
    const by = mailer({ username: LOGIN.user }, { password });
    await send(by, envelope());
    await send(by, envelope());
    expect(server.received.map(({ user }) => user)).toEqual([LOGIN.user, LOGIN.user]);
    expect(asked).toBe(2);
  });

  it('that is refused is the trouble of the server, and holds no password', async () => {
    const by = mailer({ username: LOGIN.user }, { password: () => 'planted-wrong' });
    const error: unknown = await by.connect(signal).catch((each: unknown) => each);
    expect(error).toEqual(trouble(/^127\.0\.0\.1:\d+: Invalid login: 535 /));
    expect(JSON.stringify(error) + String(error)).not.toContain('planted');
  });

  it('whose password is not there is said with the place', async () => {
    const password = (): string => {
      throw new MailTrouble('the environment variable X, which holds the password, is not set');
    };
    await expect(mailer({ username: 'x' }, { password }).connect(signal)).rejects.toEqual(
      trouble(/variable X/),
    );
    expect(server.connections).toBe(0);
  });

  it('is never sent in the clear', async () => {
    await server.stop();
    server = await new MailServer({ disabledCommands: ['STARTTLS'] }).start();
    const by = mailer({ username: LOGIN.user }, { password: () => LOGIN.pass });
    await expect(by.connect(signal)).rejects.toEqual(trouble(/STARTTLS/));
  });
});

describe('TLS', () => {
  it('from the start is spoken too', async () => {
    await server.stop();
    server = await new MailServer({ secure: true }).start();
    await expect(send(mailer({ tls: 'required' }, { tlsPort: server.port }), envelope())).resolves.toEqual([
      [],
    ]);
    expect(server.received[0]?.secure).toBe(true);
  });

  it('with a certificate of nobody that we trust is refused', async () => {
    const settings = { host: '127.0.0.1', port: server.port, from: 'a@b', tls: 'required' } as const;
    await expect(new SmtpMailer({ settings }).connect(signal)).rejects.toEqual(trouble(/self-signed/));
  });

  it('is left out where the settings say so, for a server on this machine', async () => {
    await send(mailer({ tls: 'none' }), envelope());
    expect(server.received).toMatchObject([{ secure: false }]);
  });
});

describe('a refusal', () => {
  const to = ['ann@example.org', 'bob@example.org'];
  const both = envelope({ to, remaining: to });

  it('of one recipient leaves the other his mail', async () => {
    server.refuses.set('ann@example.org', '550 5.1.1 no such user');
    expect(await send(mailer(), both)).toEqual([
      [
        {
          recipient: 'ann@example.org',
          permanent: true,
          words: expect.stringMatching(/^550 .*no such user/),
        },
      ],
    ]);
    expect(server.received.map((mail) => mail.to)).toEqual([['bob@example.org']]);
  });

  it('of all, some for now and some for good, is told apart, and the next mail goes', async () => {
    server.refuses.set('ann@example.org', '550 5.1.1 no such user');
    server.refuses.set('bob@example.org', '451 4.7.1 greylisted');
    const said = await send(
      mailer(),
      both,
      envelope({ to: ['cat@example.org'], remaining: ['cat@example.org'] }),
    );
    expect(said).toEqual([
      [
        { recipient: 'ann@example.org', permanent: true, words: expect.stringMatching(/^550 /) },
        { recipient: 'bob@example.org', permanent: false, words: expect.stringMatching(/^451 .*greylisted/) },
      ],
      [],
    ]);
    expect(server.received.map((mail) => mail.to)).toEqual([['cat@example.org']]);
  });

  it.each([
    ['452 4.3.1 no room', false],
    ['554 5.7.1 spam', true],
  ])('of the data (%s) concerns all its recipients', async (words, permanent) => {
    server.refusesData = words;
    expect(await send(mailer(), both)).toEqual([
      to.map((recipient) => ({ recipient, permanent, words: expect.stringContaining(words.slice(0, 3)) })),
    ]);
    server.refusesData = undefined;
    expect(await send(mailer(), both)).toEqual([[]]);
  });

  it('that asks for a login, or is of the sender, is the trouble of the server', async () => {
    server.refuses.set('ann@example.org', '530 5.7.0 authentication required');
    await expect(send(mailer(), envelope())).rejects.toEqual(trouble(/530/));
    await server.stop();
    server = await new MailServer({
      onMailFrom: (_, __, done) => done(Object.assign(new Error('not you'), { responseCode: 550 })),
    }).start();
    await expect(send(mailer(), envelope())).rejects.toEqual(trouble(/550 not you/));
  });
});

describe('a server', () => {
  it('that is dead is said at once', async () => {
    const { port } = server;
    await server.stop();
    await expect(mailer({ port }).connect(signal)).rejects.toEqual(trouble(/ECONNREFUSED/));
  });

  it('whose name nobody knows is said', async () => {
    await expect(mailer({ host: 'mail.invalid' }).connect(signal)).rejects.toEqual(
      trouble(/^mail\.invalid:/),
    );
  });

  it('that says nothing costs the time-out, and no more', async () => {
    const silent = await silentServer();
    const began = performance.now();
    await expect(mailer({ port: silent.port }, { timeoutMs: 200 }).connect(signal)).rejects.toEqual(
      trouble(/Greeting never received|Timeout/),
    );
    expect(performance.now() - began).toBeLessThan(5_000);
    await silent.stop();
  });

  it('that says nothing is left at once when we are told to stop', async () => {
    const silent = await silentServer();
    const stop = new AbortController();
    const connecting = mailer({ port: silent.port }).connect(stop.signal);
    stop.abort();
    await expect(connecting).rejects.toEqual(trouble(/interrupted/));
    await silent.stop();
  });

  it('that falls silent in the middle of a mail is given up after the time-out', async () => {
    await server.stop();
    server = await new MailServer({ onData: () => undefined }).start();
    await expect(send(mailer({}, { timeoutMs: 200 }), envelope())).rejects.toEqual(trouble(/Timeout/));
  });

  it('that dies in the middle of the data is its own trouble, not the mail’s', async () => {
    server.cuts = 1;
    await expect(send(mailer(), envelope())).rejects.toEqual(trouble(/closed|reset|ECONN/i));
    expect(await send(mailer(), envelope())).toEqual([[]]);
    expect(server.received).toHaveLength(1);
  });
});
