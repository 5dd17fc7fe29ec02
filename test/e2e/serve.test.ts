/** The daemon, as a user runs it: from a saved file to results, what others ask of it, and how it ends. */
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sandbox, sluice, start, until, type Sandbox } from './built.js';
import { type Daemon, serve, stop } from './daemon.js';

const CLUSTERS = 'clusters:\n  here: {transport: local, workload_manager: direct}\n';
const JOB = 'destination_cluster: here\nexecution: ';

describe('sluice serve', { timeout: 60_000 }, () => {
  let at: Sandbox;
  let daemon: Daemon;
  beforeAll(async () => {
    at = sandbox({
      'sluice.yaml': 'installation: e2e-serve\n',
      'clusters.yaml': CLUSTERS,
      'jobs.d/first.yaml': `${JOB}exit 0\n`,
    });
    daemon = await serve(at);
  });
  afterAll(async () => {
    await stop(daemon);
    at.remove();
  });

  const phaseOf = async (name: string): Promise<string> => {
    const answer = await daemon.get(`/jobs/${name}`);
    return answer.ok ? ((await answer.json()) as { phase: string }).phase : 'none';
  };
  const comesTo = (name: string, phase: string): Promise<void> =>
    until(async () => (await phaseOf(name)) === phase);

  it('runs what is there, and is ready', async () => {
    await comesTo('first', 'Succeeded');
    expect((await daemon.get('/readyz')).status).toBe(200);
    expect((await (await daemon.get('/jobs/first/state')).json()) as string[]).toEqual(['COMPLETED']);
  });

  it('sees a saved file, one that is moved in, and an editor that saves by renaming', async () => {
    at.write({ 'jobs.d/saved.yaml': `${JOB}exit 0\n` });
    await comesTo('saved', 'Succeeded');
    at.write({ 'elsewhere.yaml': `${JOB}exit 0\nname: moved\n`, 'jobs.d/.half.yaml.swp': 'execu' });
    renameSync(join(at.directory, 'elsewhere.yaml'), join(at.directory, 'jobs.d/moved.yaml'));
    await comesTo('moved', 'Succeeded');
    at.write({ 'jobs.d/.moved.tmp': `${JOB}exit 0\nname: moved\nrun: "2"\n` });
    renameSync(join(at.directory, 'jobs.d/.moved.tmp'), join(at.directory, 'jobs.d/moved.yaml'));
    await until(
      async () =>
        ((await (await daemon.get('/jobs?name=moved&all=true')).json()) as { items: unknown[] }).items
          .length === 2,
    );
  });

  it('a half-written file delays no other, and is run when it is whole', async () => {
    at.write({ 'jobs.d/half.yaml': 'destination_cluster: [he', 'jobs.d/beside.yaml': `${JOB}exit 0\n` });
    await comesTo('beside', 'Succeeded');
    at.write({ 'jobs.d/half.yaml': `${JOB}exit 0\n` });
    await comesTo('half', 'Succeeded');
  });

  it('a folder that vanishes ends nothing; come back as another one, or as a link, it is watched again', async () => {
    at.write({ 'jobs.d/going.yaml': `${JOB}sleep 60\n` });
    await comesTo('going', 'Running');
    const folder = join(at.directory, 'jobs.d');
    renameSync(folder, `${folder}.away`);
    await until(async () =>
      (await (await daemon.get('/', { headers: { accept: 'text/html' } })).text()).includes(
        'there is no such directory',
      ),
    );
    expect(await phaseOf('going')).toBe('Running');
    mkdirSync(`${folder}.new`);
    symlinkSync(`${folder}.new`, folder);
    // Other work than what has vanished: the same under another name would wait for a word.
    at.write({ 'jobs.d.new/linked.yaml': `${JOB}true linked\n` });
    await comesTo('linked', 'Succeeded');
    rmSync(folder);
    symlinkSync(`${folder}.away`, folder);
    at.write({ 'jobs.d.away/swapped.yaml': `${JOB}true swapped\n` });
    await comesTo('swapped', 'Succeeded');
  });

  it('cancel and reconcile beside it are handed over', async () => {
    const cancelled = await sluice(at, 'cancel', 'going');
    expect(cancelled.code).toBe(0);
    await comesTo('going', 'Cancelled');
    // They go on until the command beside has looked.
    at.write({ 'jobs.d.away/asked.yaml': `${JOB}sleep 3; echo asked\n` });
    const beside = await sluice(at, 'reconcile', '--once', '--wait', 'jobs.d/asked.yaml');
    expect(beside.stderr).toMatch(/asked "sluice serve" \(process \d+ on .*\) for a pass/);
    expect([beside.code, beside.stdout]).toEqual([0, expect.stringMatching(/^asked +1 +Succeeded /m)]);
    at.write({ 'jobs.d.away/fails.yaml': `${JOB}sleep 3; exit 3\n` });
    expect((await sluice(at, 'reconcile', '--once', '--wait', 'jobs.d/fails.yaml')).code).toBe(4);
    at.write({ 'jobs.d.away/vain.yaml': `${JOB}true vain\ndepends_on: nobody\n` });
    const vain = await sluice(at, 'reconcile', '--once', '--wait', '--timeout', '20s', 'jobs.d/vain.yaml');
    expect([vain.code === 5, vain.stdout]).toEqual([false, expect.stringMatching(/^vain +1 +Pending /m)]);
    rmSync(join(at.directory, 'jobs.d.away/vain.yaml'));
    at.write({ 'jobs.d.away/wrong.yaml': 'executon: x\n' });
    expect((await sluice(at, 'reconcile', '--once')).code).toBe(3);
    rmSync(join(at.directory, 'jobs.d.away/wrong.yaml'));
  });

  it('a second one exits 6, and says who is there', async () => {
    const second = await sluice(at, 'serve', '--no-http');
    expect([second.code, second.stderr]).toEqual([
      6,
      expect.stringMatching(/held by "sluice serve" \(process \d+/),
    ]);
  });

  it('reads users and clusters again when their files change, and keeps what was there when they are bad', async () => {
    const token = (await sluice(at, 'user', 'add', 'bot', '--role', 'write', '--token')).stdout.trim();
    await until(async () => (await daemon.get('/jobs')).status === 401);
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    expect((await daemon.get('/jobs', { headers })).status).toBe(200);
    const body = JSON.stringify({ destination_cluster: 'here', execution: 'echo hello' });
    expect((await daemon.get('/jobs/posted', { method: 'POST', headers, body })).status).toBe(201);
    at.write({ 'clusters.yaml': `${CLUSTERS}  more: {hostnam: x}\n` });
    await until(() => daemon.log().includes('the settings are not valid, and stay as they were'));
    expect((await daemon.get('/clusters', { headers })).status).toBe(200);
    at.write({ 'clusters.yaml': `${CLUSTERS}  more: {transport: local, workload_manager: direct}\n` });
    await until(async () => (await (await daemon.get('/clusters', { headers })).text()).includes('"more"'));
    at.write({ 'jobs.d.away/other.yaml': 'destination_cluster: more\nexecution: exit 0\n' });
    await until(
      async () =>
        ((await (await daemon.get('/jobs/other', { headers })).json()) as { phase?: string }).phase ===
        'Succeeded',
    );
    const logs = await daemon.get('/jobs/posted/logs?follow=true', { headers });
    expect(await logs.text()).toBe('hello\n');
    const page = await daemon.get('/jobs/posted', { headers: { ...headers, accept: 'text/html' } });
    expect(await page.text()).toMatch(/Script of the latest attempt[^]*#!\/bin\/bash/);
    expect(daemon.log()).not.toContain(token);
  });
});

describe('the end of it', { timeout: 60_000 }, () => {
  it('by SIGTERM is 0 and cancels no job; the next one follows it on', async () => {
    const at = sandbox({
      'sluice.yaml': 'installation: e2e-end\n',
      'clusters.yaml': CLUSTERS,
      'jobs.d/long.yaml': `${JOB}until [ -e "$HOME/gate" ]; do sleep 0.1; done\n`,
    });
    const first = await serve(at);
    await until(async () => (await (await first.get('/jobs/long')).text()).includes('"phase":"Running"'));
    const stream = await first.get('/events');
    const ended = await stop(first);
    expect([ended.code, ended.signal]).toEqual([0, null]);
    await stream.body?.cancel().catch(() => undefined);
    expect((await sluice(at, 'get', '-o', 'name', '--phase', 'Running')).stdout).toBe('long\n');
    const second = await serve(at);
    writeFileSync(join(at.home, 'gate'), '');
    await until(async () => (await (await second.get('/jobs/long')).text()).includes('"phase":"Succeeded"'));
    const { attempts } = (await (await second.get('/jobs/long')).json()) as { attempts: unknown[] };
    expect(attempts).toHaveLength(1);
    second.child.kill('SIGINT');
    expect((await second.ended).code).toBe(130);
    at.remove();
  });

  it('is not begun by taking the last user away where others can come in', async () => {
    const at = sandbox({
      'sluice.yaml': 'installation: e2e-open\n',
      'clusters.yaml': CLUSTERS,
      'jobs.d/.keep': '',
    });
    const token = (await sluice(at, 'user', 'add', 'bot', '--token')).stdout.trim();
    const daemon = await serve(at, '--listen', '0.0.0.0:0');
    const port = /"address":"[^"]*:(\d+)\/"/.exec(daemon.log())?.[1] ?? '';
    const get = async (headers: Record<string, string> = {}): Promise<number> =>
      (await fetch(`http://127.0.0.1:${port}/jobs`, { headers })).status;
    const bot = { authorization: `Bearer ${token}` };
    expect([await get(), await get(bot)]).toEqual([401, 200]);
    at.write({ 'sluice.yaml': 'installation: e2e-open\nretention: {succeeded: 1d}\n' });
    await until(() => daemon.log().includes('0.0.0.0 can be reached by others, and there are no users'));
    expect([await get(), await get(bot)]).toEqual([401, 200]);
    // Another one in its place is taken.
    await sluice(at, 'user', 'add', 'other', '--token');
    await until(async () => (await get(bot)) === 401);
    expect((await stop(daemon)).code).toBe(0);
    at.remove();
  });

  it('is told at the start where it cannot serve', async () => {
    const at = sandbox({
      'sluice.yaml': 'installation: e2e-bad\nhttp: {listen: "0.0.0.0:7999"}\n',
      'clusters.yaml': CLUSTERS,
      'jobs.d/.keep': '',
    });
    const open = await sluice(at, 'serve');
    expect([open.code, open.stderr]).toEqual([
      1,
      expect.stringMatching(/there are no users; make one first: sluice user add/),
    ]);
    expect(at.tree()).not.toContain('.sluice');
    at.write({ 'sluice.yaml': 'installation: e2e-bad\nstate: none\n' });
    expect((await sluice(at, 'serve')).code).toBe(64);
    at.write({
      'sluice.yaml': 'installation: e2e-bad\nhttp: {users: [{name: a, role: read, password_hash: plain}]}\n',
    });
    expect((await sluice(at, 'serve')).stderr).toMatch(
      /the hash of user a is none that "sluice user add" writes/,
    );
    at.write({ 'clusters.yaml': 'clusters: {here: {hostnam: x}}\n' });
    expect((await sluice(at, 'serve')).code).toBe(1);
    expect((await sluice(at, 'serve', '--listen', 'nowhere')).code).toBe(64);
    at.remove();
  });
});

describe('a daemon that goes on', { timeout: 60_000 }, () => {
  const DEAD = `${CLUSTERS}  dead: {hostname: 127.0.0.1, port: 1}\n`;
  let at: Sandbox;
  let daemon: Daemon;
  beforeAll(async () => {
    at = sandbox({ 'sluice.yaml': 'installation: e2e-on\n', 'clusters.yaml': DEAD, 'jobs.d/.keep': '' });
    daemon = await serve(at);
  });
  afterAll(async () => {
    await stop(daemon);
    at.remove();
  });
  const breaker = async (): Promise<{ since: string } | null> => {
    const { items } = (await (await daemon.get('/clusters')).json()) as {
      items: { name: string; breaker: { since: string } | null }[];
    };
    return items.find(({ name }) => name === 'dead')?.breaker ?? null;
  };
  const succeeds = (name: string): Promise<void> => {
    at.write({ [`jobs.d/${name}.yaml`]: `${JOB}echo ${name}\n` });
    return until(async () => {
      const answer = await daemon.get(`/jobs/${name}`);
      return answer.ok && ((await answer.json()) as { phase: string }).phase === 'Succeeded';
    });
  };

  it('shows a cluster that it cannot log in to, which it leaves alone, and goes on with the others', async () => {
    at.write({ 'jobs.d/away.yaml': 'destination_cluster: dead\nexecution: echo away\n' });
    await until(async () => (await breaker()) !== null);
    expect(await breaker()).toMatchObject({ state: 'locked', next_at: null });
    const table = await sluice(at, 'clusters', 'dead');
    expect(table.stdout).toMatch(/left alone since .* \(LoginNeeded\), until the login is mended/);
    await succeeds('meanwhile');
  });

  it('by SIGHUP asks it anew, whatever its pause is, though no setting changed', async () => {
    const before = await breaker();
    daemon.child.kill('SIGHUP');
    await until(async () => {
      const { since } = (await breaker()) ?? {};
      return since !== undefined && since !== before?.since;
    });
    await succeeds('after-hup');
  });

  it('by SIGHUP reads the settings again', async () => {
    // Where the watch may have told it already, it says so once all the same.
    at.write({ 'sluice.yaml': 'installation: e2e-on\nintervals: {resync: 4m}\n' });
    daemon.child.kill('SIGHUP');
    await until(() => daemon.log().includes('the settings were read again'));
    await succeeds('after-settings');
  });

  it('keeps its settings when the installation or the place of the state changes', async () => {
    const refused = (): number =>
      daemon.log().split('state and installation are read at the start only').length - 1;
    at.write({ 'sluice.yaml': 'installation: another\n' });
    await until(() => refused() > 0);
    await succeeds('same-installation');
    const before = refused();
    at.write({ 'sluice.yaml': 'installation: e2e-on\nstate: elsewhere\n' });
    await until(() => refused() > before);
    await succeeds('same-state');
    expect(at.tree()).not.toContain('elsewhere');
    at.write({ 'sluice.yaml': 'installation: e2e-on\nintervals: {resync: 4m}\n' });
    await succeeds('back-again');
  });

  it('outlives settings that are no settings, and requests that are none', async () => {
    at.write({ 'sluice.yaml': 'installation: [\n' });
    await until(() => daemon.log().includes('the settings are not valid, and stay as they were'));
    await succeeds('bad-settings');
    at.write({
      '.sluice/requests/000000000000001-foreign.json': 'no request at all',
      '.sluice/requests/000000000000002-later.json': '{"kind":"dance","actor":"x","at":1}',
    });
    await until(() => daemon.log().split('a request was not understood').length > 2);
    await succeeds('foreign-requests');
    expect(daemon.child.exitCode).toBeNull();
  });
});

describe('under systemd', { timeout: 60_000 }, () => {
  it('the daemon says when it serves, reloads and stops, and that its writer lives', async () => {
    const at = sandbox({
      'sluice.yaml': 'installation: e2e-systemd\n',
      'clusters.yaml': CLUSTERS,
      'jobs.d/.keep': '',
      'bin/systemd-notify': '#!/bin/sh\nprintf "%s\\n" "$*" >>"${0%/*}/said"\n',
    });
    chmodSync(join(at.directory, 'bin/systemd-notify'), 0o755);
    Object.assign(at.env, {
      ...{ NOTIFY_SOCKET: '/run/none', WATCHDOG_USEC: '200000' },
      PATH: `${join(at.directory, 'bin')}:${process.env['PATH'] ?? ''}`,
    });
    const said = (): string[] => {
      const file = join(at.directory, 'bin/said');
      return existsSync(file) ? readFileSync(file, 'utf8').trimEnd().split('\n') : [];
    };
    const count = (word: string): number => said().filter((line) => line.startsWith(word)).length;
    const daemon = await serve(at);
    await until(() => count('READY=1') === 1 && count('WATCHDOG=1') > 3);
    await until(() => said().includes(`STATUS=serving ${at.directory}`));
    daemon.child.kill('SIGHUP');
    await until(() => count('RELOADING=1 MONOTONIC_USEC=') === 1 && count('READY=1') === 2);
    expect((await stop(daemon)).code).toBe(0);
    expect(count('STOPPING=1')).toBe(1);
    at.remove();
  });
});

describe('sluice user add', { timeout: 60_000 }, () => {
  it('takes the password from standard input and keeps its hash alone', async () => {
    const at = sandbox({ 'sluice.yaml': '# ours\ninstallation: e2e-user\n' });
    const { child, ended } = start(at, ['user', 'add', 'ann', '--role', 'write'], {}, 'planted secret\n');
    expect(child.pid).toBeGreaterThan(0);
    expect((await ended).code).toBe(0);
    const text = readFileSync(join(at.directory, 'sluice.yaml'), 'utf8');
    expect(text).toMatch(
      /^# ours\ninstallation: e2e-user\nhttp:\n {2}users:\n {4}- name: ann\n {6}role: write\n {6}password_hash: \$scrypt\$/,
    );
    expect(text).not.toContain('planted');
    expect((await sluice(at, 'user', 'add', 'ann')).code).toBe(64);
    expect((await sluice(at, 'user', 'add', 'a:b', '--token')).code).toBe(64);
    const printed = await sluice(at, 'user', 'add', 'x', '--token', '--print');
    expect([printed.stdout, printed.stderr]).toEqual([
      expect.stringMatching(/token_hash: sha256:/),
      expect.stringMatching(/sluice_/),
    ]);
    at.remove();
  });
});
