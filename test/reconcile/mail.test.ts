/** Mail to the owners through everything that is ours: passes on this machine, and a real mail server. */
import { readFileSync, writeFileSync } from 'node:fs';
import Database from 'better-sqlite3';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MailServer, LOGIN, silentServer, textOf } from '../notify/server.js';
import { AT_GATE, Desk, job, kinds, recordOf, settle, until, untilPhase } from './desk.js';

let desk: Desk;
let server: MailServer;
beforeEach(async () => {
  server = await new MailServer().start();
  desk = new Desk();
  desk.trustsMailServer = true;
  desk.write({ 'sluice.yaml': settings() });
});
afterEach(async () => {
  await desk.leave();
  await server.stop();
});

function settings(port = server.port): string {
  return (
    'installation: desk\nsmtp:\n  host: 127.0.0.1\n' +
    `  port: ${port}\n  from: sluice@example.org\n  username: ${LOGIN.user}\n  password: {file: secret}\n`
  );
}
const MAIL = 'user_mail: ann@example.org\n';
const PATIENTLY = { timeout: 20_000 };

beforeEach(() => desk.write({ secret: `${LOGIN.pass}\n` }));

/** What stands in the outbox: subject and whether it is sent. */
function outbox(): [string, boolean][] {
  const database = new Database(join(desk.directory, '.sluice/state.db'), { readonly: true });
  const rows = database.prepare('SELECT subject, sent_at FROM outbox ORDER BY id').raw().all() as [
    string,
    number | null,
  ][];
  database.close();
  return rows.map(([subject, sentAt]) => [subject, sentAt !== null]);
}

const warnings = (): string[] =>
  desk.story.filter(({ level }) => level === 'warning').map(({ text }) => text);

describe('a whole run', () => {
  it('is mailed when it is queued, when it runs and when it has succeeded, and never again', async () => {
    desk.write({
      'jobs.d/lattice.yaml': job(`${AT_GATE}; echo 42 >answer`, `${MAIL}username: jdoe\noutput: answer\n`),
    });
    await desk.session('write', async (app) => {
      await app.pass([]);
      await untilPhase(app, 'lattice', 'Running');
      desk.openGate();
      await settle(app);
    });
    expect(server.subjects()).toEqual([
      '[sluice] lattice: Queued on here',
      '[sluice] lattice: Running on here',
      '[sluice] lattice: Succeeded on here',
    ]);
    const { run, attempts } = await desk.record('lattice');
    const [, , last] = server.received.map(textOf);
    expect(last).toContain('Hello jdoe,\n\nlattice has succeeded on here.\n');
    expect(last).toContain(
      `cluster: here, attempt 1, job ${attempts[0]?.jobId ?? '?'}\nstate:   COMPLETED\nuuid:    ${run.uuid}\n`,
    );
    expect(last).toContain(`results: ${join(desk.directory, 'outputs/lattice/1')}\n`);
    expect(server.received).toMatchObject(
      [1, 2, 3].map(() => ({ to: ['ann@example.org'], secure: true, user: LOGIN.user })),
    );
    await desk.pass();
    await desk.session('write', (app) => app.waitUntilSettled([], { signal: new AbortController().signal }));
    expect(server.received).toHaveLength(3);
    expect(desk.filesWith(LOGIN.pass)).toEqual(['project/secret']);
  });

  it('that waits for its end mails the last word before it returns', async () => {
    desk.write({ 'jobs.d/a.yaml': job('true', MAIL) });
    await desk.session('write', (app) => app.waitUntilSettled([], { signal: new AbortController().signal }));
    expect(server.subjects().at(-1)).toBe('[sluice] a: Succeeded on here');
  });

  it('of an array is one mail a change, not one a task', async () => {
    desk.write({ 'jobs.d/a.yaml': job(AT_GATE, `${MAIL}resources: {nbr_jobs_in_array: 3}\n`) });
    await desk.session('write', async (app) => {
      await untilPhase(app, 'a', 'Running');
      desk.openGate();
      await settle(app);
    });
    expect(server.subjects().at(-1)).toBe('[sluice] a: Succeeded on here');
    expect(server.received.length).toBeLessThanOrEqual(3);
    expect(textOf(server.received.at(-1)!)).toContain('state:   3 COMPLETED\n');
  });

  it('that fails is mailed with its command and its own words', async () => {
    desk.write({ 'jobs.d/a.yaml': job('echo so far; echo no such lattice >&2; exit 3', MAIL) });
    await desk.settle();
    expect(server.subjects().at(-1)).toBe('[sluice] a: Failed on here (ExecutionFailed)');
    const text = textOf(server.received.at(-1)!);
    expect(text).toContain('exit code 3');
    expect(text).toContain('The end of logs/stderr:\n\n    no such lattice\n');
    expect(text).toContain('The end of logs/stdout:\n\n    so far\n');
    expect(text).toContain('command: echo so far; echo no such lattice >&2; exit 3\n');
  });

  it.each(['requirements', 'compilation'] as const)(
    'whose %s fail is mailed with command, output and error',
    async (step) => {
      desk.write({
        'jobs.d/a.yaml': job('true', `${MAIL}${step}: "echo begun; echo no such module >&2; (exit 7)"\n`),
      });
      await desk.settle();
      expect(server.subjects().at(-1)).toBe('[sluice] a: Failed on here (StepFailed)');
      expect(textOf(server.received.at(-1)!)).toContain(
        `    ${step} "echo begun; echo no such module >&2; (exit 7)" ended with exit code 7 on here:\n    begun\n    no such module\n`,
      );
    },
  );

  it('that its owner may be told of by then goes to the address that its manifest gives now', async () => {
    desk.write({ 'jobs.d/a.yaml': job(AT_GATE) });
    await desk.pass();
    desk.write({ 'jobs.d/a.yaml': job(AT_GATE, 'user_mail: [bob@example.org, cat@example.org]\n') });
    desk.openGate();
    await desk.settle();
    expect(server.subjects().at(-1)).toBe('[sluice] a: Succeeded on here');
    expect(server.received.at(-1)?.to).toEqual(['bob@example.org', 'cat@example.org']);
  });
});

describe('a trouble of a cluster', () => {
  it('is mailed once, and its end is none', async () => {
    desk.write({ 'jobs.d/a.yaml': job(AT_GATE, MAIL), 'jobs.d/b.yaml': job(AT_GATE, MAIL) });
    await desk.session('write', (app) =>
      until(
        app,
        ({ standings }) => standings.length === 2 && standings.every(({ phase }) => phase === 'Running'),
      ),
    );
    server.received.length = 0;
    desk.away.add('here');
    await desk.pass();
    await desk.pass();
    desk.away.clear();
    await desk.pass();
    expect(server.subjects()).toEqual(['[sluice] a: Running on here (ClusterUnreachable)']);
    expect(textOf(server.received[0]!)).toContain('here may hold it: here does not answer');
  });
});

describe('a mail server', () => {
  it('that is dead changes nothing but that the mails wait; when it lives they go', async () => {
    const life = async (): Promise<{ actions: string[][]; trips: number[] }> => {
      const [actions, trips]: [string[][], number[]] = [[], []];
      desk.write({ 'jobs.d/a.yaml': job('true', MAIL) });
      await desk.session('write', async (app) => {
        for (let done = false; !done; done = recordOf(app, 'a').run.phase === 'Succeeded') {
          await expect
            .poll(async () => kinds((await app.plan([])).plan.actions), PATIENTLY)
            .not.toEqual(['progress']);
          const before = desk.trips();
          const { plan } = await app.pass([]);
          trips.push(desk.trips() - before);
          actions.push(kinds(plan.actions));
        }
      });
      return { actions, trips };
    };
    const alive = await life();
    expect(server.subjects()).toEqual(['[sluice] a: Queued on here', '[sluice] a: Succeeded on here']);
    await desk.leave();
    desk = new Desk();
    desk.trustsMailServer = true;
    desk.write({ 'sluice.yaml': settings(), secret: `${LOGIN.pass}\n` });
    await server.stop();
    expect(await life()).toEqual(alive);
    expect(outbox()).toEqual([
      ['[sluice] a: Queued on here', false],
      ['[sluice] a: Succeeded on here', false],
    ]);
    expect(warnings()).toEqual([
      expect.stringMatching(/^1 mail waits in the outbox and will be sent later: .*ECONNREFUSED/),
    ]);
    await server.start();
    server.received.length = 0;
    await desk.pass();
    expect(server.subjects()).toEqual(['[sluice] a: Queued on here', '[sluice] a: Succeeded on here']);
    expect(outbox().map(([, sent]) => sent)).toEqual([true, true]);
  });

  it('that hangs is not waited for between passes, nor at the end when a person interrupts', async () => {
    const silent = await silentServer();
    desk.write({ 'sluice.yaml': settings(silent.port), 'jobs.d/a.yaml': job(AT_GATE, MAIL) });
    const stop = new AbortController();
    const began = performance.now();
    let passes = 0;
    const onPass = (): void => {
      passes += 1;
      if (passes === 4) stop.abort(new Error('interrupted'));
    };
    const waiting = desk.session('write', (app) => app.waitUntilSettled([], { signal: stop.signal, onPass }));
    await expect(waiting).rejects.toThrow('interrupted');
    expect(performance.now() - began).toBeLessThan(8_000);
    expect(outbox()[0]).toEqual(['[sluice] a: Queued on here', false]);
    await silent.stop();
  });

  it('whose password is not there is said, and holds no job up', async () => {
    desk.remove('secret');
    desk.write({ 'jobs.d/a.yaml': job('true', MAIL) });
    await desk.settle();
    expect((await desk.run('a')).phase).toBe('Succeeded');
    expect(warnings()).toContainEqual(
      expect.stringMatching(/secret, which holds the password, cannot be read/),
    );
    expect(server.connections).toBe(0);
  });

  it('that is not set is not missed: nothing is written, nothing said, and later none of it is mailed', async () => {
    desk.write({ 'sluice.yaml': 'installation: desk\n', 'jobs.d/a.yaml': job(AT_GATE, MAIL) });
    await desk.session('write', (app) => untilPhase(app, 'a', 'Running'));
    expect([outbox(), warnings()]).toEqual([[], []]);
    desk.write({ 'sluice.yaml': settings() });
    desk.openGate();
    await desk.settle();
    expect(server.subjects()).toEqual(['[sluice] a: Succeeded on here']);
  });
});

describe('a state that was lost', () => {
  it('brings no old news: what ended is silent, what lives is told when it changes', async () => {
    desk.write({ 'jobs.d/over.yaml': job('true', MAIL), 'jobs.d/live.yaml': job(AT_GATE, MAIL) });
    await desk.session('write', (app) =>
      until(
        app,
        () =>
          recordOf(app, 'over').run.phase === 'Succeeded' && recordOf(app, 'live').run.phase === 'Running',
      ),
    );
    server.received.length = 0;
    for (const file of ['state.db', 'state.db-wal', 'state.db-shm'])
      if (desk.has(`.sluice/${file}`)) desk.remove(`.sluice/${file}`);
    await desk.pass();
    await desk.pass();
    expect((await desk.run('live')).phase).toBe('Running');
    expect(server.subjects()).toEqual([]);
    desk.openGate();
    await desk.settle();
    expect(server.subjects()).toEqual(['[sluice] live: Succeeded on here']);
  });

  it('and came back as an older one brings none either', async () => {
    desk.write({ 'jobs.d/a.yaml': job(AT_GATE, MAIL) });
    await desk.pass();
    const old = readFileSync(join(desk.directory, '.sluice/state.db'));
    desk.write({ 'jobs.d/b.yaml': job(AT_GATE, MAIL) });
    await desk.session('write', (app) =>
      until(
        app,
        ({ standings }) => standings.length === 2 && standings.every(({ phase }) => phase === 'Running'),
      ),
    );
    server.received.length = 0;
    for (const suffix of ['-wal', '-shm'])
      if (desk.has(`.sluice/state.db${suffix}`)) desk.remove(`.sluice/state.db${suffix}`);
    writeFileSync(join(desk.directory, '.sluice/state.db'), old);
    await desk.pass();
    expect([(await desk.run('a')).phase, (await desk.run('b')).phase]).toEqual(['Running', 'Running']);
    expect(server.subjects()).toEqual([]);
    desk.openGate();
    await desk.settle();
    expect(server.subjects().sort()).toEqual([
      '[sluice] a: Succeeded on here',
      '[sluice] b: Succeeded on here',
    ]);
  });

  it('because none is kept, tells each change that a pass sees, and none twice', async () => {
    desk.write({
      'sluice.yaml': `${settings()}state: none\n`,
      'jobs.d/a.yaml': job(AT_GATE, MAIL),
      'jobs.d/held.yaml': job('true', `${MAIL}suspend: true\n`),
    });
    await desk.pass();
    await desk.pass();
    desk.openGate();
    await desk.rest();
    await desk.pass();
    await desk.pass();
    expect(server.subjects()).toEqual(['[sluice] a: Queued on here', '[sluice] a: Succeeded on here']);
  });
});
