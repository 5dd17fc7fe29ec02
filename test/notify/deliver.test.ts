/** The outbox and a real server: nothing is lost, nothing waits for the dead, nothing is sent twice. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Postman } from '../../src/notify/deliver.js';
import type { Mailer } from '../../src/notify/mailer.js';
import { SmtpMailer } from '../../src/notify/smtp.js';
import type { StoredMail } from '../../src/store/outbox.js';
import { sampleRun } from '../store/fixtures/samples.js';
import { leased } from '../store/fixtures/states.js';
import { CERTIFICATE, LOGIN, MailServer, silentServer } from './server.js';

const START = 1_800_000_000_000;
const MINUTE = 60_000;

let now: number;
let server: MailServer;
let store: ReturnType<typeof leased>;
let warnings: string[];
let postmen: Postman[];

beforeEach(async () => {
  [now, warnings, postmen] = [START, [], []];
  server = await new MailServer().start();
  store = leased({ now: () => now });
  store.runs.create(sampleRun(1));
});
afterEach(async () => {
  for (const each of postmen) await each.close();
  await server.stop();
  store.close();
});

/** As a process has one. */
function postman(mailer: Mailer = smtp()): Postman {
  const made = new Postman({ store, mailer, now: () => now, warn: (text) => void warnings.push(text) });
  postmen.push(made);
  return made;
}

function smtp(port = server.port, password: string = LOGIN.pass): SmtpMailer {
  return new SmtpMailer({
    settings: { host: '127.0.0.1', port, from: 'sluice@example.org', tls: 'required', username: LOGIN.user },
    password: () => password,
    trusted: CERTIFICATE,
    timeoutMs: 300,
  });
}

function put(number: number, ...recipients: string[]): void {
  store.outbox.put({
    runUuid: sampleRun(1).uuid,
    recipients: recipients.length > 0 ? recipients : ['ann@example.org'],
    subject: `news ${number}`,
    text: 'text\n',
    html: '<p>text</p>',
    messageId: `u.${number}@example.org`,
  });
}

const mails = (): StoredMail[] => store.outbox.ofRun(sampleRun(1).uuid);
const messages = (): string[] => store.events.ofRun(sampleRun(1).uuid).map(({ message }) => message);

describe('delivery', () => {
  it('sends what is due in order over one connection, and nothing of it again', async () => {
    for (const number of [1, 2, 3]) put(number);
    await postman().deliver();
    await postman().deliver();
    expect(server.subjects()).toEqual(['news 1', 'news 2', 'news 3']);
    expect(server.received.map(({ headers }) => headers.get('references'))).toEqual(
      Array.from({ length: 3 }, () => `<${sampleRun(1).uuid}@example.org>`),
    );
    expect(mails()).toMatchObject([1, 2, 3].map(() => ({ sentAt: START, remaining: [], attempts: 1 })));
    expect([server.connections, warnings]).toEqual([1, []]);
  });

  it('makes no connection where nothing is due', async () => {
    await postman().deliver();
    expect(server.connections).toBe(0);
  });

  it('that is asked for while it is under way is the same', async () => {
    put(1);
    const one = postman();
    await Promise.all([one.deliver(), one.deliver(), one.deliver()]);
    expect([server.received.length, server.connections]).toEqual([1, 1]);
  });

  it('of more than a batch goes on', async () => {
    for (let number = 1; number <= 130; number += 1) put(number);
    await postman().deliver();
    expect([server.received.length, server.connections, store.outbox.waiting()]).toEqual([130, 1, 0]);
  });
});

describe('a dead server', () => {
  it('loses nothing, is warned of once, is left alone for a while, and gets all when it lives', async () => {
    for (const number of [1, 2]) put(number);
    await server.stop();
    const one = postman();
    await one.deliver();
    expect(warnings).toEqual([
      expect.stringMatching(
        /^2 mails wait in the outbox and will be sent later: 127\.0\.0\.1:\d+: .*ECONNREFUSED/,
      ),
    ]);
    expect(mails()).toMatchObject([{ attempts: 0 }, { attempts: 0 }]);
    await server.start();
    now += 14_000;
    await one.deliver();
    expect(server.received).toEqual([]);
    now += 1_000;
    await one.deliver();
    expect(server.subjects()).toEqual(['news 1', 'news 2']);
    expect(warnings).toHaveLength(1);
  });

  it('is asked at once by the next process', async () => {
    put(1);
    await server.stop();
    await postman().deliver();
    await server.start();
    await postman().deliver();
    expect(server.subjects()).toEqual(['news 1']);
  });

  it('that never says a word costs its time-out once, however many mails there are', async () => {
    for (let number = 1; number <= 50; number += 1) put(number);
    const silent = await silentServer();
    const began = performance.now();
    const one = postman(smtp(silent.port));
    await one.deliver();
    await one.deliver();
    expect(performance.now() - began).toBeLessThan(3_000);
    expect([warnings.length, store.outbox.waiting()]).toEqual([1, 50]);
    await silent.stop();
  });

  it('does not hold up the end of a process', async () => {
    put(1);
    const silent = await silentServer();
    const one = postman(smtp(silent.port));
    const delivering = one.deliver();
    await one.close();
    await delivering;
    expect([warnings, store.outbox.waiting()]).toEqual([[], 1]);
    await silent.stop();
  });

  it('that refuses the login keeps all mails, and the password stays here', async () => {
    put(1);
    await postman(smtp(server.port, 'planted-wrong')).deliver();
    expect(warnings).toEqual([expect.stringMatching(/^1 mail waits in the outbox .* 535 /)]);
    expect(JSON.stringify([warnings, mails(), messages()])).not.toContain('planted');
    await postman().deliver();
    expect(server.received).toMatchObject([{ user: LOGIN.user, secure: true }]);
  });

  it('that dies in the middle of a mail gets it again under the same Message-ID, the others first', async () => {
    for (const number of [1, 2]) put(number);
    server.cuts = 1;
    const one = postman();
    await one.deliver();
    expect(mails()).toMatchObject([{ attempts: 1, nextAt: START + MINUTE }, { attempts: 0 }]);
    now += MINUTE - 1;
    await one.deliver();
    expect(server.subjects()).toEqual(['news 2']);
    now += 1;
    await one.deliver();
    expect(server.received.map(({ headers }) => headers.get('message-id'))).toEqual([
      '<u.2@example.org>',
      '<u.1@example.org>',
    ]);
  });
});

describe('a refused mail', () => {
  it('that is greylisted goes after a minute, two, four, up to an hour', async () => {
    put(1);
    server.refuses.set('ann@example.org', '451 4.7.1 greylisted');
    const one = postman();
    const pauses: number[] = [];
    for (let round = 0; round < 8; round += 1) {
      await one.deliver();
      const [mail] = mails();
      pauses.push(((mail?.nextAt ?? 0) - now) / MINUTE);
      now = mail?.nextAt ?? 0;
    }
    expect(pauses).toEqual([1, 2, 4, 8, 16, 32, 60, 60]);
    expect(warnings).toEqual([expect.stringMatching(/^1 mail waits .*451 4\.7\.1 greylisted/)]);
    expect(messages().filter((each) => each.includes('mail'))).toEqual([]);
    server.refuses.clear();
    await one.deliver();
    expect(mails()).toMatchObject([{ sentAt: now, attempts: 9 }]);
  });

  it('that is refused for five days never will be taken, and that is told', async () => {
    put(1);
    server.refuses.set('ann@example.org', '451 4.7.1 greylisted');
    await postman().deliver();
    now += 5 * 24 * 60 * MINUTE;
    await postman().deliver();
    expect(mails()).toMatchObject([{ givenUpAt: now }]);
    expect(messages()).toContainEqual(
      expect.stringMatching(/^mail to ann@example\.org \("news 1"\) cannot be delivered: 451 /),
    );
  });

  it('that nobody takes is given up with the words and an event, and holds up no other', async () => {
    put(1);
    put(2, 'bob@example.org');
    server.refuses.set('ann@example.org', '550 5.1.1 no such user');
    await postman().deliver();
    expect(server.subjects()).toEqual(['news 2']);
    expect(mails()).toMatchObject([
      { givenUpAt: START, lastError: expect.stringContaining('no such user') },
      { sentAt: START },
    ]);
    const words = 'mail to ann@example.org ("news 1") cannot be delivered: 550 5.1.1 no such user';
    expect(store.events.ofRun(sampleRun(1).uuid).at(-1)).toMatchObject({
      kind: 'mail',
      message: expect.stringContaining(words.slice(0, 60)),
    });
    expect(warnings).toEqual([expect.stringContaining('no such user')]);
  });

  it('of three, one for good and one for now, reaches each once', async () => {
    put(1, 'ann@example.org', 'bob@example.org', 'cat@example.org');
    server.refuses.set('ann@example.org', '550 5.1.1 no such user');
    server.refuses.set('bob@example.org', '451 4.7.1 greylisted');
    await postman().deliver();
    expect(mails()).toMatchObject([{ remaining: ['bob@example.org'], attempts: 1 }]);
    expect(messages().at(-1)).toContain('mail to ann@example.org');
    server.refuses.clear();
    now += MINUTE;
    await postman().deliver();
    expect(server.received.map(({ to }) => to)).toEqual([['cat@example.org'], ['bob@example.org']]);
    expect(mails()).toMatchObject([{ remaining: [], sentAt: now }]);
    expect(messages().filter((each) => each.includes('cannot be delivered'))).toHaveLength(1);
  });
});
