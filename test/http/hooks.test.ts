/** The webhook: who is heard, which sources are woken, and that nothing else ever comes of it. */
import { createHmac } from 'node:crypto';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { Seats } from '../../src/http/guard/limits.js';
import { isSecret, isSigned, proofOf } from '../../src/http/guard/signature.js';
import { HttpProblem } from '../../src/http/problem.js';
import { isNamed, namedIn } from '../../src/http/repositories.js';
import type { Ask } from '../../src/http/route.js';
import { hookRoutes } from '../../src/http/routes/hooks.js';
import { type Call, type Got, Site } from './site.js';

const SECRET = 'planted-secret-of-the-forge';
const URLS = ['git@github.com:group/runs.git', 'https://gitlab.example.org/lab/jobs.git'] as const;
const [RUNS, JOBS] = URLS;
const SOURCES = `sources:\n${URLS.map((url) => `  - git: ${url}\n    interval: 1h\n`).join('')}`;
const BELOW = '  webhook_secret: {env: FORGE_SECRET}\n';

const signature = (body: string, secret = SECRET): string =>
  `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;

describe('on the wire', () => {
  let site: Site;
  beforeAll(async () => {
    site = await Site.open({}, { settings: SOURCES, below: BELOW, env: { FORGE_SECRET: SECRET } });
  });
  afterAll(() => site.leave());

  const post = (body: string, headers: Record<string, string>, more: Call = {}): Promise<Got> => {
    site.woken.length = 0;
    return site.call('/hooks/git', { method: 'POST', as: null, body, headers, ...more });
  };
  const push = JSON.stringify({ repository: { clone_url: 'https://github.com/Group/runs.git' } });

  it.each<[string, Record<string, string>]>([
    ["GitHub's, Gitea's and Forgejo's signature", { 'x-hub-signature-256': signature(push) }],
    ["GitLab's token", { 'x-gitlab-token': SECRET }],
  ])('with %s it is taken, and wakes the source that is named', async (_, headers) => {
    const { status, text } = await post(push, headers);
    expect([status, JSON.parse(text)]).toEqual([202, { woken: 1, why: null }]);
    expect(site.woken).toEqual([[RUNS]]);
  });

  it('as a form, which is what GitHub sends unless told otherwise', async () => {
    const form = new URLSearchParams({ payload: push }).toString();
    const type = 'application/x-www-form-urlencoded';
    const got = await post(form, { 'x-hub-signature-256': signature(form), 'content-type': type });
    expect([got.status, site.woken]).toEqual([202, [[RUNS]]]);
  });

  it.each<[string, unknown, readonly (readonly string[])[]]>([
    [
      'GitLab names it in project',
      { project: { git_http_url: 'https://gitlab.example.org/lab/jobs.git' } },
      [[JOBS]],
    ],
    ['nothing is named', { zen: 'Keep it logically awesome.' }, [URLS]],
    ['nothing that can be understood is named', { repository: { url: '' } }, [URLS]],
    ['it is no object', 'null', [URLS]],
    ['another repository is named', { repository: { clone_url: 'https://github.com/group/x.git' } }, []],
  ])('where %s', async (_, payload, woken) => {
    const body = typeof payload === 'string' ? payload : JSON.stringify(payload);
    const { status, text } = await post(body, { 'x-hub-signature-256': signature(body) });
    expect([status, site.woken]).toEqual([202, woken]);
    const why = woken.length === 0 ? 'no source of sluice.yaml is read from this repository' : null;
    expect(JSON.parse(text)).toEqual({ woken: woken.flat().length, why });
  });

  it('without a valid signature it is 401, whatever login comes along, and wakes nothing', async () => {
    for (const headers of [
      {},
      { 'x-hub-signature-256': signature(push, 'another') },
      { 'x-hub-signature-256': signature(`${push} `) },
      { 'x-hub-signature-256': signature(push).slice(7) },
      { 'x-hub-signature-256': 'sha256=' },
      // The older one of GitHub is not enough.
      { 'x-hub-signature': `sha1=${createHmac('sha1', SECRET).update(push).digest('hex')}` },
      { 'x-gitlab-token': 'x' },
      { 'x-gitlab-token': `${SECRET}x` },
      // One that is right does not make good for one that is wrong.
      { 'x-gitlab-token': SECRET, 'x-hub-signature-256': signature(push, 'another') },
    ]) {
      const got = await site.call('/hooks/git', { method: 'POST', body: push, headers });
      expect([got.status, got.headers['content-type']]).toEqual([401, 'application/problem+json']);
      expect(got.json.detail).toMatch(/the forge needs the secret that http\.webhook_secret names$/);
    }
    expect(site.woken).toEqual([]);
    expect(site.lines.join('\n')).not.toContain(SECRET);
  });

  it('who goes on with wrong ones waits, and keeps out nobody who is right', async () => {
    const statuses = new Set<number>();
    for (let each = 0; each < 12; each++) statuses.add((await post(push, { 'x-gitlab-token': 'x' })).status);
    expect([...statuses].at(-1)).toBe(429);
    expect((await post(push, { 'x-hub-signature-256': signature(push) })).status).toBe(202);
  });

  it.each<[string, string, Record<string, string>, number]>([
    ['no JSON', '{', {}, 400],
    ['empty', '', {}, 400],
    ['a form without a payload', 'x=1', { 'content-type': 'application/x-www-form-urlencoded' }, 400],
    ['packed', push, { 'content-encoding': 'gzip' }, 415],
  ])('a body that is %s is refused', async (_, body, headers, status) => {
    const got = await post(body, { 'x-gitlab-token': SECRET, ...headers });
    expect([got.status, site.woken]).toEqual([status, []]);
  });

  it('a body that is too large is refused by its length, and one that hides its length as it comes', async () => {
    const large = JSON.stringify({ x: 'x'.repeat(5 * 1024 * 1024) });
    const proof = { 'x-hub-signature-256': signature(large) };
    const told = await post(large, proof);
    expect([told.status, told.headers['connection']]).toEqual([413, 'close']);
    const got = await fetch(`http://127.0.0.1:${site.port}/hooks/git`, {
      method: 'POST',
      headers: proof,
      body: new ReadableStream({
        start: (stream) => {
          for (let at = 0; at < large.length; at += 65_536)
            stream.enqueue(Buffer.from(large.slice(at, at + 65_536)));
          stream.close();
        },
      }),
      duplex: 'half',
    }).then(
      ({ status }) => status,
      // It may be cut before it has read the answer.
      () => 413,
    );
    expect([got, site.woken]).toEqual([413, []]);
  });

  it('callers who send their bodies slowly keep nobody out, and lose their turn', async () => {
    const slow = Array.from({ length: 20 }, () => connect(site.port, '127.0.0.1'));
    const answers: string[] = [];
    const head =
      'POST /hooks/git HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: 100\r\n' +
      `X-Hub-Signature-256: ${signature('x')}\r\n\r\n{`;
    for (const socket of slow) {
      socket.setEncoding('utf8').on('data', (text: string) => answers.push(text));
      socket.write(head);
    }
    // Four of them have lost theirs to the last four.
    await vi.waitFor(() => expect(answers).toHaveLength(4), { timeout: 5_000, interval: 20 });
    expect((await post(push, { 'x-hub-signature-256': signature(push) })).status).toBe(202);
    await vi.waitFor(() => expect(answers).toHaveLength(5), { timeout: 5_000, interval: 20 });
    for (const answer of answers) expect(answer).toMatch(/^HTTP\/1\.1 408 [^]*\r\nConnection: close\r\n/i);
    for (const socket of slow) socket.destroy();
  });

  it('calls that are right are limited too', async () => {
    let last: Got | undefined;
    for (let each = 0; each < 61; each++) last = await post('{}', { 'x-gitlab-token': SECRET });
    expect([last?.status, Number(last?.headers['retry-after']) > 0]).toEqual([429, true]);
  });
});

it('is 404 where no secret is set, and says what to set', async () => {
  const site = await Site.open({}, { settings: SOURCES });
  const got = await site.call('/hooks/git', { method: 'POST', as: null, body: '{}' });
  expect([got.status, got.json.detail]).toEqual([404, expect.stringMatching(/sets no http\.webhook_secret/)]);
  expect(site.woken).toEqual([]);
  await site.leave();
});

it('is 503 where the secret cannot be had, whoever asks, and the log says why', async () => {
  const site = await Site.open({}, { settings: SOURCES, below: BELOW, env: { FORGE_SECRET: '' } });
  const headers = { 'x-gitlab-token': '', 'x-hub-signature-256': signature('{}', '') };
  const got = await site.call('/hooks/git', { method: 'POST', as: null, body: '{}', headers });
  expect(got.status).toBe(503);
  expect(got.text).not.toContain('FORGE_SECRET');
  expect(site.lines.join('\n')).toMatch(/the environment variable FORGE_SECRET, .*, is not set/);
  await site.leave();
});

it('waits five seconds for a body, and no longer', async () => {
  vi.useFakeTimers();
  try {
    let late: AbortSignal | undefined;
    const ask = {
      ...{ address: '192.0.2.1', header: () => signature('x') },
      world: { webhookSecret: () => ({ kind: 'known', value: SECRET }) },
      read: (_: number, signal: AbortSignal) => {
        late = signal;
        return new Promise<Buffer>((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(new HttpProblem(408, 'late')));
        });
      },
    } as unknown as Ask;
    const heard = hookRoutes(() => 0)[0]!.handle(ask);
    const outcome = expect(heard).rejects.toMatchObject({ status: 408 });
    await vi.advanceTimersByTimeAsync(4_999);
    expect(late?.aborted).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    await outcome;
  } finally {
    vi.useRealTimers();
  }
});

describe('seats', () => {
  it('are taken from whoever has had his the longest, of the address that has most', () => {
    const seats = new Seats(3);
    const [forge, one, two] = ['forge', 'slow', 'slow'].map((each) => seats.take(each));
    const lost = (): (boolean | undefined)[] => [forge, one, two].map((each) => each?.lost.aborted);
    const third = seats.take('slow');
    expect(lost()).toEqual([false, true, false]);
    third.leave();
    seats.take('other');
    expect(lost()).toEqual([false, true, false]);
    seats.take('another');
    expect(lost()).toEqual([true, true, false]);
  });
});

describe('a proof', () => {
  it("is GitHub's own example", () => {
    // https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries
    const value = 'sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17';
    const proof = proofOf((name) => (name === 'x-hub-signature-256' ? value : undefined));
    const digest = proof?.kind === 'signature' ? proof.digest : Buffer.alloc(32);
    expect(isSigned(Buffer.from('Hello, World!'), digest, "It's a Secret to Everybody")).toBe(true);
    expect(isSigned(Buffer.from('Hello, World?'), digest, "It's a Secret to Everybody")).toBe(false);
  });

  it('is compared whole', () => {
    expect([isSecret('abc', 'abc'), isSecret('ab', 'abc'), isSecret('', 'abc')]).toEqual([
      true,
      false,
      false,
    ]);
  });
});

describe('a repository', () => {
  it.each([
    ['git@github.com:group/runs.git', 'https://github.com/group/runs'],
    ['ssh://git@git.example.org:2222/group/runs.git', 'https://git.example.org:8443/group/runs.git/'],
    ['https://github.com/Group/Runs.git', 'git://github.com/group/runs.git'],
    ['github-work:group/runs.git', 'git@github.com:group/runs.git'],
    ['git@gitlab.example.org:lab/sub/jobs.git', 'https://gitlab.example.org/lab/sub/jobs'],
    ['file:///srv/git/group/runs.git', 'https://git.example.org/group/runs'],
    ['file:///srv/git/group/runs.git', 'file:///srv/git/group/runs.git'],
  ])('%s is %s', (source, named) => {
    expect(isNamed(source, [named])).toBe(true);
  });

  it.each([
    ['git@github.com:group/runs.git', 'https://github.com/group/runs2'],
    ['git@github.com:group/runs.git', 'https://gitlab.com/group/runs'],
    ['https://github.com/group/runs.git', 'https://github.com/runs'],
    ['file:///srv/git/thegroup/runs.git', 'https://git.example.org/group/runs'],
    ['file:///srv/git/group/runs.git', 'file:///group/runs.git'],
  ])('%s is not %s', (source, named) => {
    expect(isNamed(source, [named])).toBe(false);
  });

  it('is named by whatever the payload holds of it', () => {
    const repository = { clone_url: 'https://a/b.git', ssh_url: 'git@a:b.git', id: 5, url: null };
    expect(namedIn({ repository, project: { web_url: 'https://c/d' } })).toEqual([
      ...['https://a/b.git', 'git@a:b.git', 'https://c/d'],
    ]);
    expect([namedIn(null), namedIn([]), namedIn({ repository: 'x' })]).toEqual([[], [], []]);
    expect(isNamed('https://a/b.git', [])).toBeUndefined();
  });
});
