/** A job's logs, events and results, and the stream of all events. */
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { request, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openInside } from '../../src/http/files.js';
import { AT_GATE, job } from '../reconcile/desk.js';
import { ANN, type Answered, Site } from './site.js';

let site: Site;
beforeAll(async () => {
  site = await Site.open({
    'jobs.d/done.yaml': job(
      'echo spoken; echo moaned >&2; mkdir d; echo x >"d/a b%.txt"; echo "<script>" >page.html',
      'output: [d, page.html]\n',
    ),
    'jobs.d/array.yaml': job('echo task', 'resources: {nbr_jobs_in_array: 2}\n'),
    'jobs.d/again.yaml': job(
      'echo "$SLURM_JOB_NAME"; [ "$SLURM_ARRAY_TASK_ID" = 1 ] || [ -e "$HOME/again" ] || { touch "$HOME/again"; exit 3; }',
      'resources: {nbr_jobs_in_array: 2}\nretry: {attempts: 1}\n',
    ),
    'jobs.d/gate.yaml': job(`echo first; ${AT_GATE}; echo last`),
  });
  const phaseOf = (name: string) => site.app.store.runs.byName(name)?.phase;
  await site.until(
    () =>
      ['done', 'array', 'again'].every((name) => phaseOf(name) === 'Succeeded') &&
      phaseOf('gate') === 'Running',
  );
});
afterAll(() => site.leave());

interface Stream {
  readonly answer: IncomingMessage;
  readonly text: () => string;
  readonly close: () => void;
}

const follow = (path: string, headers: Record<string, string> = {}): Promise<Stream> =>
  new Promise((resolve, reject) => {
    const sent = request(
      { host: '127.0.0.1', port: site.port, path, headers: { authorization: ANN, ...headers } },
      (answer) => {
        let text = '';
        answer.setEncoding('utf8').on('data', (part: string) => (text += part));
        answer.on('error', () => undefined);
        resolve({ answer, text: () => text, close: () => sent.destroy() });
      },
    );
    sent.on('error', reject);
    sent.end();
  });

describe('logs', () => {
  it('from the results, and from the cluster while it runs', async () => {
    const done = await site.call('/jobs/done/logs');
    expect([done.status, done.headers['content-type'], done.text]).toEqual([
      200,
      'text/plain; charset=utf-8',
      'spoken\n',
    ]);
    expect((await site.call('/jobs/done/logs?stream=stderr')).text).toBe('moaned\n');
    await expect.poll(async () => (await site.call('/jobs/gate/logs')).text).toBe('first\n');
    expect((await site.call('/jobs/array/logs?task=2')).text).toBe('task\n');
  });

  it('and results of an array whose tasks were tried again are those of the attempt that had each last', async () => {
    const { json } = await site.call('/jobs/again');
    expect(json).toMatchObject({ attempts: [{ tasks: null }, { tasks: [2] }], part: null });
    expect((await site.call('/jobs/again/state')).json).toEqual(['COMPLETED', 'COMPLETED']);
    const tokens = (json as unknown as { attempts: { token: string }[] }).attempts.map(({ token }) => token);
    for (const [index, token] of tokens.entries()) {
      expect((await site.call(`/jobs/again/logs?task=${index + 1}`)).text).toBe(`${token}\n`);
      expect((await site.call(`/jobs/again/outputs/logs/stdout.${index + 1}`)).text).toBe(`${token}\n`);
    }
  });

  it.each([
    ['array/logs', /name one of its tasks, 1 to 2/],
    ['array/logs?task=3', /1 to 2/],
    ['done/logs?task=1', /no array/],
    ['done/logs?stream=stdin', /none of stdout/],
  ])('%s is 400', async (path, words) => {
    const { status, json } = await site.call(`/jobs/${path}`);
    expect([status, json.detail]).toEqual([400, expect.stringMatching(words)]);
  });

  it('of a cluster that is away is 503', async () => {
    site.desk.away.add('here');
    const { status, headers } = await site.call('/jobs/gate/logs');
    expect([status, headers['retry-after']]).toEqual([503, '30']);
    site.desk.away.delete('here');
  });

  it('are followed by no more than can be served, and lets go of who left', async () => {
    const path = '/jobs/gate/logs?follow=true';
    const streams = await Promise.all(Array.from({ length: 32 }, () => follow(path)));
    expect(streams.map(({ answer }) => answer.statusCode)).toEqual(streams.map(() => 200));
    const more = await site.call(path);
    expect([more.status, more.headers['retry-after'], more.headers['content-type']]).toEqual([
      ...[429, '30', 'application/problem+json'],
    ]);
    // To look once, and to read what is here, takes no place.
    expect((await site.call('/jobs/gate/logs')).text).toBe('first\n');
    expect((await site.call('/jobs/done/logs?follow=true')).text).toBe('spoken\n');
    for (const { close } of streams) close();
    await expect
      .poll(async () => {
        const { answer, close } = await follow(path);
        close();
        return answer.statusCode;
      })
      .toBe(200);
  });

  it('that have come home are read from their files, without the writer, and from the end where that is asked', async () => {
    const file = join(site.desk.directory, 'outputs/done/1/logs/stdout');
    const before = readFileSync(file);
    const { logs } = site.world;
    Object.assign(site.world, {
      logs: () => {
        throw new Error('the writer was asked');
      },
    });
    const tail = async (bytes: number): Promise<string> =>
      (await site.call(`/jobs/done/logs?tail=${bytes}`)).text;
    writeFileSync(file, 'first\nsecond\nthird\n');
    expect((await site.call('/jobs/done/logs')).text).toBe('first\nsecond\nthird\n');
    // Whole lines: 6, 13 and 19 bytes.
    expect([await tail(1), await tail(6), await tail(12), await tail(13), await tail(99)]).toEqual([
      ...['', 'third\n', 'third\n', 'second\nthird\n', 'first\nsecond\nthird\n'],
    ]);
    writeFileSync(file, 'one line without an end');
    expect([await tail(3), await tail(23)]).toEqual(['end', 'one line without an end']);
    Object.assign(site.world, { logs });
    writeFileSync(file, before);
    for (const bad of ['0', '-1', '99999999999'])
      expect((await site.call(`/jobs/done/logs?tail=${bad}`)).status).toBe(400);
  });

  it('of a running job come from the end, too', async () => {
    expect((await site.call('/jobs/gate/logs?tail=6')).text).toBe('first\n');
    expect((await site.call('/jobs/gate/logs?tail=5')).text).toBe('');
  });

  it('is followed until the job has ended', async () => {
    const following = site.call('/jobs/gate/logs?follow=true');
    site.desk.openGate();
    await site.until(() => site.app.store.runs.byName('gate')?.phase === 'Succeeded');
    expect((await following).text).toBe('first\nlast\n');
  });
});

describe('results', () => {
  it('are listed by pages, each once', async () => {
    const all = (await site.call('/jobs/array/outputs')).json;
    expect([all.items.length, all.next]).toEqual([4, null]);
    const paths: string[] = [];
    let next: string | null = '';
    while (next !== null) {
      const page: Answered = (await site.call(`/jobs/array/outputs?limit=3${next && `&cursor=${next}`}`))
        .json;
      paths.push(...page.items.map(({ path }) => path));
      next = page.next;
    }
    expect(paths).toEqual(all.items.map(({ path }) => path));
    expect(paths).toEqual([...paths].sort());
    expect((await site.call('/jobs/array/outputs?limit=5001')).status).toBe(400);
  });

  it('come by their path, as files that no browser runs', async () => {
    const { json } = await site.call('/jobs/done/outputs');
    const paths = json.items.map(({ path }) => path);
    expect(paths).toEqual(expect.arrayContaining(['d/a b%.txt', 'logs/stdout', 'page.html']));
    const text = await site.call(`/jobs/done/outputs/${encodeURIComponent('d/a b%.txt')}`);
    expect([text.status, text.text]).toEqual([200, 'x\n']);
    expect((await site.call('/jobs/done/outputs/d/a%20b%25.txt')).text).toBe('x\n');
    expect(text.headers['content-disposition']).toBe("attachment; filename*=UTF-8''a%20b%25.txt");
    const html = await site.call('/jobs/done/outputs/page.html');
    expect(html.headers).toMatchObject({ 'content-type': 'application/octet-stream', 'content-length': '9' });
    expect((await site.call('/jobs/done/outputs/page.html', { method: 'HEAD' })).text).toBe('');
  });

  it.each([
    ...[
      '../../../etc/passwd',
      '..%2f..%2f..%2fetc%2fpasswd',
      '%2fetc%2fpasswd',
      'd',
      'd/',
      '.',
      '%00',
      '%',
      '%ff',
    ],
    ...['d/../page.html', '//etc/passwd', 'x'.repeat(5000)],
  ])('%s is none', async (path) => {
    const { status } = await site.call(`/jobs/done/outputs/${path}`);
    expect([400, 404]).toContain(status);
  });

  it('no link is followed out of the folder, wherever on the way it stands', async () => {
    const root = join(site.desk.directory, 'outputs');
    const secret = join(site.desk.directory, 'secret.txt');
    writeFileSync(secret, 'planted');
    const file = join(root, 'done/1/d/a b%.txt');
    const folder = join(root, 'done/1/d');
    const get = () => site.call('/jobs/done/outputs/d/a%20b%25.txt');
    rmSync(file);
    symlinkSync(secret, file);
    expect((await get()).status).toBe(404);
    rmSync(folder, { recursive: true });
    mkdirSync(join(site.desk.directory, 'elsewhere'));
    writeFileSync(join(site.desk.directory, 'elsewhere/a b%.txt'), 'planted');
    symlinkSync(join(site.desk.directory, 'elsewhere'), folder);
    expect((await get()).status).toBe(404);
    rmSync(folder);
    mkdirSync(folder);
    expect((await get()).status).toBe(404);
    linkSync(secret, join(root, 'hard'));
    // Not a path of any record, whatever lies in the folder.
    expect((await site.call('/jobs/done/outputs/hard')).status).toBe(404);
    expect(await openInside(root, secret)).toBeUndefined();
    expect(await openInside(root, root)).toBeUndefined();
    expect(await openInside(root, folder)).toBeUndefined();
    renameSync(secret, `${secret}.gone`);
  });
});

it('events of a job, oldest first', async () => {
  const { json } = await site.call('/jobs/done/events');
  expect(json.next).toBeNull();
  expect(json.items[0]).toMatchObject({ kind: 'created', job_uuid: expect.any(String), actor: null });
  const after = await site.call(`/jobs/done/events?after=${json.items[0].id}`);
  expect(after.json.items).toEqual(json.items.slice(1));
});

describe('the stream of events', () => {
  it('tells what is new, and goes on behind what was seen', async () => {
    const fresh = await follow('/events');
    expect(fresh.answer.headers['content-type']).toBe('text/event-stream; charset=utf-8');
    await site.put('/clusters', { name: 'there', status: { AVAIL: 3 } });
    await expect
      .poll(fresh.text)
      .toMatch(/^retry: 2000\n\nid: (\d+)\ndata: \{"id":\1,.*"cluster":"there".*\}\n\n$/);
    fresh.close();
    const first = await follow('/events?after=0');
    await expect.poll(first.text).toMatch(/\nid: 1\n[^]*"name":"done"[^]*"cluster":"there"/);
    first.close();
    const resumed = await follow('/events', { 'last-event-id': '2' });
    await expect.poll(resumed.text).toMatch(/^retry: 2000\n\nid: 3\n/);
    resumed.close();
    expect((await site.call('/events', { headers: { 'last-event-id': 'x' } })).status).toBe(400);
  });

  it('breaks off where the state cannot be read, tells the log, and goes on behind what was seen', async () => {
    const { listing } = site.world;
    const first = await follow('/events');
    await site.put('/clusters', { name: 'there', status: { AVAIL: 4 } });
    await expect.poll(first.text).toMatch(/\nid: \d+\n/);
    const seen = Number(/\nid: (\d+)\n/.exec(first.text())?.[1]);
    const ended = new Promise<void>((resolve) => first.answer.once('close', resolve));
    const lastEvent = listing.lastEvent.bind(listing);
    listing.lastEvent = () => {
      throw new Error('planted: the state cannot be read');
    };
    await ended;
    listing.lastEvent = lastEvent;
    expect(site.lines.join('\n')).toMatch(/planted: the state cannot be read.*an answer broke off/);
    expect(first.text()).not.toContain('planted');
    for (const AVAIL of [5, 6]) await site.put('/clusters', { name: 'there', status: { AVAIL } });
    const again = await follow('/events', { 'last-event-id': String(seen) });
    const ids = (): number[] => [...again.text().matchAll(/^id: (\d+)$/gm)].map(([, id]) => Number(id));
    await expect.poll(ids).toEqual([seen + 1, seen + 2]);
    again.close();
  });

  it('lets no more in than it can serve, and lets go of who left', async () => {
    const streams = await Promise.all(Array.from({ length: 100 }, () => follow('/events')));
    expect((await site.call('/events')).status).toBe(429);
    for (const { close } of streams) close();
    await expect
      .poll(async () => {
        const { answer, close } = await follow('/events');
        close();
        return answer.statusCode;
      })
      .toBe(200);
  });
});

it('health, readiness and figures', async () => {
  expect((await site.call('/healthz', { as: null })).json).toEqual({ status: 'ok' });
  expect((await site.call('/readyz', { as: null })).status).toBe(200);
  const { text } = await site.call('/metrics');
  expect(text).toMatch(/^sluice_runs\{phase="Succeeded"\} [34]$/m);
  expect(text).toMatch(/^sluice_actions_total\{kind="submit"\} 5$/m);
  expect(text).toMatch(/^sluice_cluster_reached\{cluster="here"\} 1$/m);
  expect(text).toMatch(/^sluice_pass_seconds_count \d+$/m);
  expect(text).toMatch(
    /^sluice_http_request_seconds_count\{method="GET",route="\/jobs\/\{id\}\/logs",status="200"\}/m,
  );
  const fresh = await Site.open();
  const { status, json } = await fresh.call('/readyz', { as: null });
  expect([status, json.detail]).toEqual([503, 'no pass was made yet']);
  await fresh.leave();
});
