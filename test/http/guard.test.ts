/** Who comes in, how often, and what is never told. */
import { connect } from 'node:net';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { saveUser, userLines } from '../../src/config/users.js';
import { readSettings } from '../../src/config/settings.js';
import {
  hashPassword,
  hashToken,
  isPassword,
  isTokenHash,
  newToken,
  parsePasswordHash,
} from '../../src/http/guard/hashes.js';
import { assertHost, ownHosts } from '../../src/http/guard/host.js';
import { Limiter } from '../../src/http/guard/limits.js';
import { assertMay, Login } from '../../src/http/guard/login.js';
import { HttpProblem } from '../../src/http/problem.js';
import { listen } from '../../src/http/server.js';
import type { HttpUser } from '../../src/model/settings.js';
import { job } from '../reconcile/desk.js';
import { ANN, READER, Site } from './site.js';

const CHEAP = { ln: 4, r: 1, p: 1 };
const statusOf = async (work: () => unknown): Promise<number> => {
  try {
    await work();
    return 200;
  } catch (error) {
    return error instanceof HttpProblem ? error.status : 0;
  }
};
const basic = (name: string, password: string): string =>
  `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}`;

describe('on the wire', () => {
  let site: Site;
  beforeAll(async () => {
    site = await Site.open({ 'jobs.d/a.yaml': job('exit 0', 'suspend: true\n') });
    await site.pass();
  });
  afterAll(() => site.leave());

  it('everything but health and style asks for a login', async () => {
    const { json } = await site.call('/openapi.json');
    const paths = json.paths as Record<string, Record<string, { 'x-role': string }>>;
    for (const [path, operations] of Object.entries(paths)) {
      for (const [method, { 'x-role': role }] of Object.entries(operations)) {
        const at = path.replaceAll(/\{\w+\}/g, 'a');
        const got = await site.call(at, { method: method.toUpperCase(), as: null });
        const free = ['/healthz', '/readyz', '/assets/{name}', '/hooks/git'].includes(path);
        expect([path, method, role === 'anyone'], path).toEqual([path, method, free]);
        if (!free) expect([path, got.status], path).toEqual([path, 401]);
        if (!free) expect(got.headers['www-authenticate']).toMatch(/^Basic realm="Sluice"/);
      }
    }
  });

  it('a reader reads and writes nothing', async () => {
    expect((await site.call('/jobs', { as: READER })).status).toBe(200);
    for (const [method, path] of [
      ['PUT', '/clusters'],
      ['POST', '/jobs/x'],
      ['PUT', '/jobs/a'],
      ['PUT', '/jobs/a/state'],
      ['PUT', '/jobs/a/notify'],
    ] as const) {
      const got = await site.call(path, { method, as: READER, body: {} });
      expect([path, got.status]).toEqual([path, 403]);
      expect(got.json.detail).toMatch(/reader may read only/);
    }
  });

  it('answers to its own names only', async () => {
    for (const host of [
      'localhost',
      'localhost:1',
      '127.0.0.1:7676',
      '[::1]:80',
      'sluice.example.org',
      'LOCALHOST',
    ])
      expect((await site.call('/healthz', { headers: { host } })).status, host).toBe(200);
    for (const host of ['evil.example.org', '127.0.0.1.evil.org', 'localhost.evil.org:80'])
      expect((await site.call('/healthz', { headers: { host } })).status, host).toBe(421);
    for (const host of ['a b', 'x@localhost', 'localhost/'])
      expect((await site.call('/healthz', { headers: { host } })).status, host).toBe(400);
  });

  it('changes nothing for a page of another site, whatever login comes along', async () => {
    const body = { destination_cluster: 'here', execution: 'x' };
    for (const headers of [
      { origin: 'http://evil.example.org' },
      { origin: 'null' },
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site', origin: 'http://127.0.0.1:1' },
    ])
      expect((await site.post('/jobs/forged', body, { headers })).status).toBe(403);
    expect(site.desk.has('jobs.d/forged.yaml')).toBe(false);
    const own = { origin: `http://127.0.0.1:${site.port}`, 'sec-fetch-site': 'same-origin' };
    expect((await site.put('/jobs/a', { labels: {} }, { headers: own })).status).toBe(200);
  });

  it.each<[string, string, Record<string, string>, number]>([
    ['no JSON', '{', {}, 400],
    ['nothing', '', {}, 400],
    ['too much', JSON.stringify({ message: 'x'.repeat(1024 * 1024) }), {}, 413],
    ['another type', 'message=x', { 'content-type': 'application/x-www-form-urlencoded' }, 415],
    ['plain text, as a form may send it', '{"message":"x"}', { 'content-type': 'text/plain' }, 415],
    ['a packing that nobody knows', '{"message":"x"}', { 'content-encoding': 'zip' }, 415],
    ['endless nesting', '['.repeat(100_000) + ']'.repeat(100_000), {}, 400],
    ['a key that poisons', '{"__proto__":{"x":1},"message":1}', {}, 400],
    ['no object', '"x"', {}, 422],
    ['the wrong type', '{"message":5}', {}, 422],
    ['an empty message', '{"message":""}', {}, 422],
  ])('a body that is %s is refused', async (_, body, headers, status) => {
    const got = await site.call('/jobs/a/notify', { method: 'PUT', body, headers });
    expect([got.status, got.headers['content-type']]).toEqual([status, 'application/problem+json']);
    expect((await site.call('/healthz')).status).toBe(200);
  });

  it('what is no HTTP gets a problem document too', async () => {
    const answer = await new Promise<string>((resolve) => {
      let text = '';
      const socket = connect(site.port, '127.0.0.1', () => socket.write('NONSENSE\r\n\r\n'));
      socket.on('data', (part) => (text += part.toString('utf8')));
      socket.on('close', () => resolve(text));
    });
    expect(answer).toMatch(/^HTTP\/1\.1 400 [^]*application\/problem\+json[^]*"status":400/);
    expect((await site.call('/healthz', { headers: { cookie: 'x'.repeat(20_000) } })).status).toBe(431);
  });

  it('who begins a request and does not end it is told so; who says nothing is left without a word', async () => {
    const patience = { headersTimeout: 200, requestTimeout: 200, connectionsCheckingInterval: 50 };
    const server = await listen(site.served, { host: '127.0.0.1', port: 0 }, patience);
    const answerTo = (words: string): Promise<string> =>
      new Promise((resolve) => {
        let text = '';
        const socket = connect(server.port, '127.0.0.1', () => socket.write(words));
        socket.on('data', (part) => (text += part.toString('utf8')));
        socket.on('close', () => resolve(text));
      });
    expect(await answerTo('GET / HTTP/1.1\r\nHost:')).toMatch(/^HTTP\/1\.1 408 [^]*"status":408/);
    expect(await answerTo('')).toBe('');
    await server.close(0);
  });

  it('another method is 405 and names those that there are; an unknown path is 404', async () => {
    const got = await site.call('/jobs/a', { method: 'DELETE' });
    expect([got.status, got.headers['allow']]).toEqual([405, 'HEAD, GET, POST, PUT']);
    expect((await site.call('/jobs', { method: 'PROPFIND' })).status).toBe(405);
    expect((await site.call('/jbos')).status).toBe(404);
    expect((await site.call('/jobs', { method: 'HEAD' })).text).toBe('');
  });

  it('sends headers that let nothing in from elsewhere', async () => {
    const { headers } = await site.call('/', { headers: { accept: 'text/html' } });
    expect(headers['content-security-policy']).toMatch(
      /^default-src 'none';style-src 'self';script-src 'self'/,
    );
    expect(headers['content-security-policy']).not.toMatch(/unsafe/);
    expect(headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'no-referrer',
      'cache-control': 'private, no-cache',
    });
  });

  it('says 304 where nothing changed', async () => {
    const { headers } = await site.call('/jobs/a');
    const again = await site.call('/jobs/a', { headers: { 'if-none-match': headers['etag'] ?? '' } });
    expect([again.status, again.text]).toEqual([304, '']);
  });

  it('mails no more than so often', async () => {
    const statuses: number[] = [];
    for (let each = 0; each < 12; each++) statuses.push((await site.put('/jobs/a/state', ['X'])).status);
    expect(statuses.filter((status) => status === 200).length).toBeLessThanOrEqual(10);
    const last = await site.put('/jobs/a/notify', { message: 'x' });
    expect([last.status, Number(last.headers['retry-after']) > 0]).toEqual([429, true]);
  });

  it('takes no more than so many reports of a cluster', async () => {
    const statuses: number[] = [];
    for (let each = 0; each < 61; each++)
      statuses.push((await site.put('/clusters', { name: 'nowhere', status: {} })).status);
    expect([statuses.filter((status) => status === 404).length, statuses.at(-1)]).toEqual([60, 429]);
    expect((await site.call('/clusters')).status).toBe(200);
  });

  it('turns away who guesses, and not who knows', async () => {
    const wrong = basic('ann', 'planted-guess');
    const statuses = new Set<number>();
    for (let each = 0; each < 12; each++) statuses.add((await site.call('/jobs', { as: wrong })).status);
    expect([...statuses].sort()).toEqual([401, 429]);
    expect((await site.call('/jobs', { as: ANN })).status).toBe(200);
    // None of the credentials of these tests stands in the log.
    const log = site.lines.join('\n');
    for (const secret of ['planted-guess', 'correct horse', 'reader-token', wrong.slice(6), ANN.slice(6)])
      expect(log).not.toContain(secret);
  });
});

describe('without users', () => {
  it('people of this machine read, and nobody writes', async () => {
    const site = await Site.open({}, { http: '' });
    expect((await site.call('/jobs', { as: null })).status).toBe(200);
    const got = await site.post('/jobs/x', { execution: 'x' }, { as: null });
    expect([got.status, got.json.detail]).toEqual([403, expect.stringMatching(/sluice user add NAME/)]);
    expect((await site.call('/jobs', { as: ANN })).status).toBe(401);
    await site.leave();
  });

  it('nothing listens where others could come in', async () => {
    const site = await Site.open({}, { http: '' });
    const { world } = site;
    const log = { debug: () => undefined, info: () => undefined, error: () => undefined };
    const options = { world, hosts: () => new Set<string>(), log, version: '0' };
    await expect(listen(options, { host: '0.0.0.0', port: 0 })).rejects.toThrow(/there are no users/);
    await site.leave();
  });
});

describe('credentials', () => {
  const user = async (more: Partial<HttpUser> = {}): Promise<HttpUser> => ({
    name: 'ann',
    role: 'write',
    passwordHash: await hashPassword('päss', CHEAP),
    ...more,
  });

  it('a password is known by its hash alone, whatever characters it has', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'grapheme', minLength: 1 }), async (password) => {
        const hash = parsePasswordHash(await hashPassword(password, CHEAP))!;
        expect(await isPassword(password, hash)).toBe(true);
        expect(await isPassword(`${password}x`, hash)).toBe(false);
      }),
      { numRuns: 30 },
    );
  });

  it.each([
    ['', '$scrypt$', 'x', '$scrypt$ln=30,r=8,p=3$AAAAAAAAAAAAAAAAAAAAAA$' + 'A'.repeat(43)],
    ['$scrypt$ln=4,r=1,p=1$$', '$scrypt$ln=4,r=1,p=1$AAAA$AAAA', '$2b$10$abc', 'sha256:' + 'a'.repeat(64)],
  ])('what is no hash of ours is none', (...texts) => {
    for (const text of texts) expect(parsePasswordHash(text)).toBeUndefined();
  });

  it('a token is long, and known by its digest', () => {
    const token = newToken();
    expect(token).toMatch(/^sluice_[\w-]{43}$/);
    expect(newToken()).not.toBe(token);
    expect(isTokenHash(hashToken(token))).toBe(true);
    expect(isTokenHash(token)).toBe(false);
  });

  it('who was right is remembered for a minute, and not beyond a change of the settings', async () => {
    let now = 0;
    let users = [await user()];
    const login = new Login(
      () => users,
      () => now,
    );
    const header = basic('ann', 'päss');
    expect(await login.identify(header, '1')).toEqual({ name: 'ann', role: 'write' });
    // A second look takes no hash: it comes at once.
    expect(login.identify(header, '1')).toEqual({ name: 'ann', role: 'write' });
    now += 61_000;
    expect(login.identify(header, '1')).toBeInstanceOf(Promise);
    await login.identify(header, '1');
    users = [await user({ role: 'read' })];
    expect(await login.identify(header, '1')).toEqual({ name: 'ann', role: 'read' });
    users = [];
    expect(await statusOf(() => login.identify(header, '1'))).toBe(401);
  });

  it('who guesses at one name shuts out nobody else', async () => {
    const users = [await user(), await user({ name: 'bob' })];
    const login = new Login(
      () => users,
      () => 0,
    );
    for (let each = 0; each < 10; each++)
      expect(await statusOf(() => login.identify(basic('ann', `x${each}`), '1'))).toBe(401);
    expect(await statusOf(() => login.identify(basic('ann', 'päss'), '1'))).toBe(429);
    expect(await statusOf(() => login.identify(basic('ann', 'päss'), '2'))).toBe(200);
    expect(await statusOf(() => login.identify(basic('bob', 'päss'), '1'))).toBe(200);
  });

  it('wrong tokens shut out no right one, nor anybody with a password, from the same address', async () => {
    const bot = await user({ name: 'bot', passwordHash: '', tokenHash: hashToken('right') });
    const users = [await user(), bot];
    const login = new Login(
      () => users,
      () => 0,
    );
    const statuses: number[] = [];
    for (let each = 0; each < 12; each++)
      statuses.push(await statusOf(() => login.identify(`Bearer wrong-${each}`, '1')));
    expect(statuses).toEqual([...Array.from({ length: 10 }, () => 401), 429, 429]);
    expect(await statusOf(() => login.identify('Bearer right', '1'))).toBe(200);
    expect(await statusOf(() => login.identify(basic('ann', 'päss'), '1'))).toBe(200);
  });

  it.each(['Basic', 'Basic !', 'Basic YW5u', 'Bearer', 'Bearer x', 'Digest x', 'basic', '\u0000', 'Basic  '])(
    'the header %j is nobody',
    async (header) => {
      const users = [await user(), await user({ name: 'bot', passwordHash: '', tokenHash: hashToken('t') })];
      const login = new Login(
        () => users,
        () => 0,
      );
      expect(await statusOf(() => login.identify(header, '1'))).toBe(401);
      expect(await statusOf(() => login.identify(basic('bot', ''), '1'))).toBe(401);
      expect(await login.identify('Bearer t', '1')).toMatchObject({ name: 'bot' });
    },
  );

  it('roles', () => {
    expect(() => assertMay({ name: 'a', role: 'read' }, 'write')).toThrow(/may read only/);
    expect(() => assertMay({ name: 'a', role: 'read' }, 'read')).not.toThrow();
    expect(() => assertMay({ name: 'a', role: 'write' }, 'write')).not.toThrow();
  });

  it('a limit fills again as time goes by', () => {
    let now = 0;
    const limiter = new Limiter({ burst: 2, perMinute: 6 }, () => now);
    expect([limiter.take('a'), limiter.take('a'), limiter.take('a'), limiter.take('b')]).toEqual([
      undefined,
      undefined,
      10,
      undefined,
    ]);
    now += 10_000;
    expect([limiter.wait('a'), limiter.take('a'), limiter.wait('a')]).toEqual([undefined, undefined, 10]);
    for (let each = 0; each < 20_000; each++) limiter.take(`x${each}`);
    expect(limiter.take('a')).toBeUndefined();
  });

  it('names under which a server that listens everywhere answers', () => {
    const own = ownHosts('0.0.0.0', []);
    expect(() => assertHost('127.0.0.1:1', own)).not.toThrow();
    expect(() => assertHost('elsewhere.example.org', own)).toThrow(/"hosts" below "http:"/);
    expect(() => assertHost(undefined, own)).toThrow(/missing/);
  });
});

describe('users of sluice.yaml', () => {
  const place = (): string => join(mkdtempSync(join(tmpdir(), 'sluice-users-')), 'sluice.yaml');

  it('are added and changed, with the comments around them kept', async () => {
    const file = place();
    expect(saveUser(file, { name: 'ann', role: 'write', passwordHash: await hashPassword('x', CHEAP) })).toBe(
      'added',
    );
    expect(saveUser(file, { name: 'bot', tokenHash: hashToken('t') })).toBe('added');
    const before = readFileSync(file, 'utf8');
    const { writeFileSync } = await import('node:fs');
    writeFileSync(file, `# ours\n${before}retention: {succeeded: 3d} # short\n`);
    expect(saveUser(file, { name: 'bot', role: 'write' })).toBe('changed');
    const text = readFileSync(file, 'utf8');
    expect(text).toMatch(/^# ours\nhttp:[^]*retention: \{ ?succeeded: 3d ?\} # short\n$/);
    const { settings, problems } = readSettings(text, file);
    expect(problems).toEqual([]);
    expect(settings.http.users).toMatchObject([
      { name: 'ann', role: 'write' },
      { name: 'bot', role: 'write', tokenHash: hashToken('t') },
    ]);
    writeFileSync(file, 'http: [\n');
    expect(() => saveUser(file, { name: 'x', tokenHash: 'y' })).toThrow(/is not valid/);
  });

  it('are printed as lines that can be put in by hand', () => {
    const { problems } = readSettings(
      userLines({ name: 'ann', tokenHash: hashToken('t') }),
      '/p/sluice.yaml',
    );
    expect(problems).toEqual([]);
  });
});
