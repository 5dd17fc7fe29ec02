/** What the prototype's API did, and what a job's record is. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MailServer } from '../notify/server.js';
import { job, kinds } from '../reconcile/desk.js';
import { Site } from './site.js';

const PROTOTYPES_FIELDS = [
  ...['job_uuid', 'user_input', 'destination_cluster', 'modules', 'online_job_file', 'tar_file'],
  ...['job_directory', 'working_directory', 'job_status'],
];

describe('a project with a job that has run', () => {
  let site: Site;
  const mail = new MailServer();
  beforeAll(async () => {
    await mail.start();
    site = await Site.open(
      {
        'jobs.d/one.yaml': job('echo done >result.txt', 'output: result.txt\nuser_mail: ann@example.org\n'),
        'jobs.d/many.yaml': job('exit 0', 'resources: {nbr_jobs_in_array: 3}\nsuspend: true\n'),
      },
      { settings: `smtp: {host: localhost, port: ${mail.port}, from: sluice@example.org, tls: required}\n` },
    );
    await site.until(() => site.app.store.runs.byName('one')?.phase === 'Succeeded');
    await site.app.pass([]);
  });
  afterAll(async () => {
    await site.leave();
    await mail.stop();
  });

  it('GET /clusters has the inventory with status (statement 51)', async () => {
    const { status, json } = await site.call('/clusters');
    expect(status).toBe(200);
    expect(json).toMatchObject({ version: 1, items: [{ name: 'here' }, { name: 'there' }] });
    expect(json.items[0].status).toMatchObject({ reach: 'reached', TOTAL_NODES: 1, AVAIL: 1 });
  });

  it('a cluster has the fields of the prototype (statement 61)', async () => {
    const { json } = await site.call('/clusters');
    const fields = ['name', 'hostname', 'port', 'workload_manager', 'preferred_jobs', 'partition', 'status'];
    expect(Object.keys(json.items[0])).toEqual(expect.arrayContaining(fields));
    expect(Object.keys(json.items[0].status)).toEqual(
      expect.arrayContaining(['CPUS', 'MEMORY', 'CPU_LOAD', 'AVAIL', 'TOTAL_NODES', 'TIMESTAMP', 'NODES']),
    );
  });

  it('PUT /clusters keeps a reported status by name, and nothing is planned with it (statement 52)', async () => {
    const before = await site.app.plan([]);
    const { status, json } = await site.put('/clusters', {
      name: 'here',
      status: { AVAIL: 0, NODES: { n1: { AVAIL: 'down' } } },
    });
    expect(status).toBe(200);
    expect(json.items[0].reported.status).toEqual({ AVAIL: 0, NODES: { n1: { AVAIL: 'down' } } });
    const { json: all } = await site.call('/clusters');
    expect(all.items[0].reported.status.AVAIL).toBe(0);
    expect(all.items[0].status).toMatchObject({ AVAIL: 1, reach: 'reached' });
    const after = await site.app.plan([]);
    expect(kinds(after.plan.actions)).toEqual(kinds(before.plan.actions));
    expect((await site.put('/clusters', { name: 'nowhere', status: {} })).status).toBe(404);
    expect((await site.put('/clusters', { name: 'here', status: [] })).status).toBe(422);
  });

  it('GET /jobs/<id> has the record, by name and by UUID (statement 53)', async () => {
    const { status, json } = await site.call('/jobs/one');
    expect(status).toBe(200);
    expect(json).toMatchObject({ name: 'one', phase: 'Succeeded', cluster: 'here' });
    expect((await site.call(`/jobs/${json.job_uuid}`)).json).toEqual(json);
    expect((await site.call(`/jobs/${json.job_uuid.toUpperCase()}`)).json).toEqual(json);
  });

  it('a record has the fields of the prototype, and job_status one entry a task (statement 60)', async () => {
    const { json } = await site.call('/jobs/one');
    expect(Object.keys(json)).toEqual(expect.arrayContaining(PROTOTYPES_FIELDS));
    expect(json.user_input).toMatchObject({ name: 'one', execution: ['echo done >result.txt'] });
    expect(json.destination_cluster).toMatchObject({ name: 'here', workload_manager: 'direct' });
    for (const entry of Object.values(json.job_status as Record<string, string[]>))
      expect(entry).toHaveLength(1);
  });

  it('GET /jobs/<id>/state has a state for each task (statement 56)', async () => {
    expect((await site.call('/jobs/one/state')).json).toEqual(['COMPLETED']);
    const waiting = await site.call('/jobs/many/state');
    expect(waiting.json).toEqual(['NOT_SUBMITTED', 'NOT_SUBMITTED', 'NOT_SUBMITTED']);
  });

  it('PUT /jobs/<id>/state mails the owner, and the state stays what it is (statement 57)', async () => {
    const { status, json } = await site.put('/jobs/one/state', { state: ['RUNNING', 'PENDING'] });
    expect([status, json]).toEqual([200, { mailed: true, why: null }]);
    await expect
      .poll(() => mail.subjects(), { timeout: 10_000 })
      .toContain('[sluice] one: reported RUNNING, PENDING');
    expect(mail.received.at(-1)?.to).toEqual(['ann@example.org']);
    expect((await site.call('/jobs/one/state')).json).toEqual(['COMPLETED']);
    const { json: events } = await site.call('/jobs/one/events');
    expect(events.items.at(-1)).toMatchObject({
      kind: 'report',
      actor: 'ann',
      message: 'is reported as RUNNING, PENDING',
    });
    for (const body of ['"RUNNING"', '["RUNNING"]', '{"state":"RUNNING"}'])
      expect((await site.put('/jobs/one/state', body)).status).toBe(200);
  });

  it('PUT /jobs/<id>/notify mails an error message to the owner (statement 58)', async () => {
    const { status, json } = await site.put('/jobs/one/notify', { message: 'git clone failed' });
    expect([status, json.mailed]).toEqual([200, true]);
    await expect
      .poll(() => mail.subjects(), { timeout: 10_000 })
      .toContain('[sluice] one: an error was reported');
    const nobody = await site.put('/jobs/many/notify', { message: 'x' });
    expect(nobody.json).toEqual({ mailed: false, why: expect.stringMatching(/no user_mail/) });
  });

  it('an unknown job is 404, everywhere (statement 59)', async () => {
    for (const path of ['', '/state', '/logs', '/events', '/outputs', '/outputs/x']) {
      const { status, headers, json } = await site.call(`/jobs/nobody${path}`);
      expect([path, status, headers['content-type']]).toEqual([path, 404, 'application/problem+json']);
      expect(json).toMatchObject({ title: 'Not found', status: 404 });
    }
    expect((await site.put('/jobs/nobody', { labels: {} })).status).toBe(404);
    expect((await site.put('/jobs/nobody/state', ['X'])).status).toBe(404);
    expect((await site.put('/jobs/nobody/notify', { message: 'x' })).status).toBe(404);
  });

  it('the page has the cluster table (statement 50)', async () => {
    const { status, headers, text } = await site.call('/', { headers: { accept: 'text/html' } });
    expect([status, headers['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
    for (const column of ['Name', 'Hostname', 'Port', 'Manager', 'Preferred jobs', 'Partition'])
      expect(text).toContain(`<th scope="col">${column}</th>`);
    expect(text).toContain('>here</th>');
  });
});

describe('a new job', () => {
  let site: Site;
  beforeAll(async () => {
    site = await Site.open({ 'jobs.d/old.yaml': job('exit 0') });
    await site.pass();
  });
  afterAll(() => site.leave());

  it('POST /jobs/<id> writes a manifest, which is run as any other; a duplicate is refused (statement 54)', async () => {
    const body = {
      job_uuid: '503d3f77-a21b-4e52-86c4-eec0f0cd9c16',
      destination_cluster: 'here',
      alternates: 'none',
      execution: 'echo hello >x.txt',
      output: ['x.txt'],
    };
    const made = await site.post('/jobs/new', body);
    expect(made.status).toBe(201);
    expect(made.headers['location']).toBe('/jobs/new');
    expect(made.json).toMatchObject({ name: 'new', user_input: { output: ['x.txt'] } });
    const file = join(site.desk.directory, 'jobs.d/new.yaml');
    expect(readFileSync(file, 'utf8')).toBe(
      '# Written over HTTP by ann.\nname: new\ndestination_cluster: here\nalternates: none\n' +
        'execution: echo hello >x.txt\noutput:\n  - x.txt\n',
    );
    await site.until(() => site.app.store.runs.byName('new')?.phase === 'Succeeded');
    expect((await site.call('/jobs/new/outputs/x.txt')).text).toBe('hello\n');
    const twice = await site.post('/jobs/new', body);
    expect(twice.status).toBe(409);
    expect(twice.json).toMatchObject({ file, detail: expect.stringMatching(/there is a job new already/) });
    expect((await site.post('/jobs/old', body)).status).toBe(409);
  });

  it('answers before the pass when the writer is busy, with what is known', async () => {
    const slow = await Site.open({}, { patienceMs: 50 });
    slow.isDeaf = true;
    const made = await slow.post('/jobs/later', { destination_cluster: 'here', execution: 'true' });
    expect(made.status).toBe(201);
    expect(made.json).toMatchObject({ phase: 'Pending', reason: 'New', state: ['NOT_SUBMITTED'] });
    expect((await slow.put('/clusters', { name: 'here', status: {} })).status).toBe(202);
    // The one that is written and not taken up yet is a job already.
    expect((await slow.post('/jobs/later', { destination_cluster: 'here', execution: 'x' })).status).toBe(
      409,
    );
    slow.isDeaf = false;
    await slow.pass();
    expect((await slow.call('/jobs/later')).json.job_uuid).toBe(made.json.job_uuid);
    await slow.leave();
  });

  it.each<[string, unknown, RegExp]>([
    ['an unknown key', { destination_cluster: 'here', execution: 'x', executon: 'y' }, /executon/],
    ['a bad unit', { destination_cluster: 'here', execution: 'x', resources: { duration: '90' } }, /no unit/],
    ['an unknown cluster', { execution: 'x', destination_cluster: 'hree' }, /did you mean "here"/],
    ['nothing to do', { destination_cluster: 'here' }, /execution/],
    ['another name', { destination_cluster: 'here', execution: 'x', name: 'other' }, /a job keeps its name/],
    [
      'a passphrase',
      { destination_cluster: 'here', execution: 'x', passphrase: 'planted' },
      /a secret is never sent/,
    ],
    [
      'a secret by name',
      { destination_cluster: 'here', execution: 'x', passphrase: { env: 'HOME' } },
      /not taken over HTTP/,
    ],
    ['a login', { destination_cluster: 'here', execution: 'x', username: 'root' }, /trust: \[username\]/],
    [
      'a key',
      { destination_cluster: 'here', execution: 'x', private_key: '-----BEGIN PRIVATE KEY' },
      /never the key itself/,
    ],
    [
      'a file of this machine',
      { destination_cluster: 'here', execution: 'x', job: '/etc/passwd' },
      /outside_jobs/,
    ],
    [
      'a repository of this machine',
      { destination_cluster: 'here', execution: 'x', job: 'file:///srv/git/private.git' },
      /a repository on this machine is not taken over HTTP; .*outside_jobs/,
    ],
    [
      'a repository of this machine by its other name',
      { destination_cluster: 'here', execution: 'x', job: 'git+file:///srv/git/private.git' },
      /a repository on this machine is not taken over HTTP/,
    ],
    [
      'a file beside the manifests',
      { destination_cluster: 'here', execution: 'x', job: '../sluice.yaml' },
      /outside_jobs/,
    ],
    [
      'a command to run here',
      {
        destination_cluster: 'here',
        execution: 'x',
        modules: { staging: [{ module: 'm', execution: './m' }] },
      },
      /staging|module/,
    ],
    [
      'a modules file of this machine',
      { destination_cluster: 'here', execution: 'x', modules: '/etc/passwd' },
      /outside/,
    ],
    ['a control character', { destination_cluster: 'here', execution: 'a\u0000b' }, /NUL/],
  ])('with %s is 422, and nothing is written', async (_, body, words) => {
    const got = await site.post('/jobs/bad', body);
    expect(got.status).toBe(422);
    expect(got.json.detail).toMatch(words);
    expect(got.json.errors.length).toBeGreaterThan(0);
    expect(got.text).not.toContain('planted');
    expect(site.desk.has('jobs.d/bad.yaml')).toBe(false);
  });

  it('from a repository of this machine is taken where it is trusted', async () => {
    const trusting = await Site.open({}, { below: '  trust: [outside_jobs]\n' });
    trusting.isDeaf = true;
    const body = { destination_cluster: 'here', execution: 'x', job: 'file:///srv/git/private.git' };
    expect((await trusting.post('/jobs/cloned', body)).status).toBe(201);
    expect(trusting.desk.read('jobs.d/cloned.yaml')).toContain('job: file:///srv/git/private.git');
    await trusting.leave();
  });

  it('of a name whose manifest is gone and whose record is kept is 409, unless it is another run', async () => {
    const body = { destination_cluster: 'here', alternates: 'none', execution: 'exit 0' };
    expect((await site.post('/jobs/gone', body)).status).toBe(201);
    await site.until(() => site.app.store.runs.byName('gone')?.phase === 'Succeeded');
    site.desk.remove('jobs.d/gone.yaml');
    await site.pass();
    for (const same of [body, { ...body, execution: 'exit 1' }, { ...body, run: '1' }]) {
      const again = await site.post('/jobs/gone', same);
      expect([again.status, again.json.detail]).toEqual([
        409,
        expect.stringMatching(
          /gone\.yaml\) is gone, and its run 1 is kept \(Succeeded\) and would not run again; .*"run" that it has not had/,
        ),
      ]);
      expect(site.desk.has('jobs.d/gone.yaml')).toBe(false);
    }
    const anew = await site.post('/jobs/gone', { ...body, run: '2' });
    expect([anew.status, anew.json]).toEqual([201, expect.objectContaining({ name: 'gone', run: '2' })]);
    await site.until(() => site.app.store.runs.byName('gone', '2')?.phase === 'Succeeded');
    expect((await site.post('/jobs/gone', body)).json.detail).toMatch(/there is a job gone already/);
    // What cannot be read may be anybody's; what has been moved is there.
    site.desk.write({ 'jobs.d/gone.yaml': 'name: [' });
    expect((await site.post('/jobs/gone', { ...body, run: '3' })).json.detail).toMatch(/there is a job/);
    site.desk.write({ 'jobs.d/gone.yaml': job('exit 0', 'name: other\n') });
    expect((await site.post('/jobs/gone', body)).json.detail).toMatch(/there was a job/);
  });

  it('with a name that no job may have is 400', async () => {
    for (const name of ['.x', 'a%20b', 'x'.repeat(64), '..%2f..%2fx', '%2e%2e'])
      expect((await site.post(`/jobs/${name}`, { execution: 'x' })).status, name).toBe(400);
  });
});

describe('PUT /jobs/<id>', () => {
  let site: Site;
  beforeAll(async () => {
    site = await Site.open({
      'jobs.d/two.yaml':
        '# Kept.\nname: a # this too\ndestination_cluster: here\nexecution: "exit 0"\nlabels: {team: x}\n---\n' +
        'name: b\ndestination_cluster: here\nexecution: exit 0 # the other one\n',
    });
    await site.until(() => site.app.store.runs.byName('b')?.phase === 'Succeeded');
  });
  afterAll(() => site.leave());

  it('replaces whole top-level keys, keeps comments and the other documents (statement 55)', async () => {
    const { status, json } = await site.put('/jobs/a', {
      labels: { team: 'y', run: '2' },
      user_mail: 'a@b.org',
    });
    expect(status).toBe(200);
    expect(json.labels).toEqual({ team: 'y', run: '2' });
    expect(site.desk.read('jobs.d/two.yaml')).toBe(
      '# Kept.\nname: a # this too\ndestination_cluster: here\nexecution: "exit 0"\n' +
        'labels:\n  team: y\n  run: "2"\nuser_mail: a@b.org\n---\n' +
        'name: b\ndestination_cluster: here\nexecution: exit 0 # the other one\n',
    );
    const gone = await site.put('/jobs/a', { user_mail: null });
    expect(gone.json.user_input).not.toHaveProperty('user_mail');
  });

  it('changes nothing when the outcome is not valid, or the record has changed since', async () => {
    const before = site.desk.read('jobs.d/two.yaml');
    expect((await site.put('/jobs/b', { execution: null })).status).toBe(422);
    expect((await site.put('/jobs/b', { name: 'c' })).status).toBe(422);
    expect((await site.put('/jobs/b', { job_uuid: 'x' })).status).toBe(422);
    const record = await site.call('/jobs/b');
    const headers = { 'if-match': record.headers['etag'] ?? '' };
    expect(
      (await site.put('/jobs/b', { labels: { k: 'v' } }, { headers: { 'if-match': '"x"' } })).status,
    ).toBe(412);
    expect(site.desk.read('jobs.d/two.yaml')).toBe(before);
    expect((await site.put('/jobs/b', { labels: { k: 'v' } }, { headers })).status).toBe(200);
    expect((await site.put('/jobs/b', { labels: { k: 'w' } }, { headers })).status).toBe(412);
  });

  it('what a directory in a working tree owns is merged, whatever its commit', async () => {
    const run = site.app.store.runs.byName('a')!;
    site.app.store.runs.keepManifest(run.uuid, { ...run, commit: 'abc123' });
    expect((await site.put('/jobs/a', { labels: { k: 'v' } })).status).toBe(200);
  });

  it('what a Git source owns is 409, with the file to edit', async () => {
    const run = site.app.store.runs.byName('a')!;
    const manifestFile = 'https://example.org/runs.git//jobs.d/two.yaml';
    site.app.store.runs.keepManifest(run.uuid, { ...run, manifestFile, commit: 'abc123' });
    const { status, json } = await site.put('/jobs/a', { labels: {} });
    expect(status).toBe(409);
    expect(json).toMatchObject({ file: manifestFile, detail: expect.stringMatching(/Git/) });
  });
});
