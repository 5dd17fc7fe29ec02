/** The step `source` of a job that is a URL, in real bash with real servers, by curl and by wget. */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { downloadName } from '../../src/shell/address.js';
import { renderSource, type SourceRequest } from '../../src/shell/source.js';
import { type Ended, JobDirectory, runScript } from './bash.js';

const TEXT = 'one,two\n'.repeat(1000);
const DIGEST = createHash('sha256').update(TEXT).digest('hex');
const LIMIT = 100_000;

let job: JobDirectory;
let site: string;
/** Bytes that the endless answers have sent. */
let sent = 0;
let ftpAsked = 0;
const ftp = createTcpServer((socket) => {
  ftpAsked += 1;
  socket.on('error', () => undefined);
  socket.end('220 hello\r\n');
});
const server = createServer((request, response) => {
  const path = new URL(request.url ?? '/', 'http://x').pathname.slice(1);
  (ANSWERS[path] ?? (() => response.writeHead(404).end('no\n')))(response, request);
});

const ANSWERS: Readonly<Record<string, (response: ServerResponse, request: IncomingMessage) => void>> = {
  'data/set.csv': (response) => response.end(TEXT),
  'two%20words.csv': (response) => response.end(TEXT),
  '': (response) => response.end(TEXT),
  empty: (response) => response.end(),
  moved: (response) => response.writeHead(302, { Location: '/moved/again' }).end('elsewhere\n'),
  'moved/again': (response) => response.writeHead(307, { Location: `${site}/data/set.csv` }).end(),
  round: (response) => response.writeHead(302, { Location: '/round' }).end(),
  'to-file': (response) => response.writeHead(302, { Location: 'file:///etc/passwd' }).end(),
  'to-ftp': (response) => {
    const { port } = ftp.address() as AddressInfo;
    response.writeHead(302, { Location: `ftp://127.0.0.1:${port}/x` }).end();
  },
  forbidden: (response) => response.writeHead(403).end(),
  busy: (response) => response.writeHead(503).end(),
  login: (response, { headers }) => {
    const welcome = headers.authorization === `Basic ${Buffer.from('me:s3c"r\\t').toString('base64')}`;
    if (welcome) response.end(TEXT);
    else response.writeHead(401, { 'WWW-Authenticate': 'Basic realm="x"' }).end();
  },
  'large-told': (response) => endless(response.writeHead(200, { 'Content-Length': 20 * 1024 * 1024 })),
  'large-untold': (response) => endless(response),
  stalled: (response) => void response.writeHead(200, { 'Content-Length': TEXT.length }).write('one'),
  silent: () => undefined,
  cut: (response) => {
    response.writeHead(200, { 'Content-Length': TEXT.length }).write('one,two\n');
    setTimeout(() => response.destroy(), 50);
  },
  'cut-chunk': (response) => {
    response.write('one,two\n');
    setTimeout(() => response.destroy(), 50);
  },
};

function endless(response: ServerResponse): void {
  const block = Buffer.alloc(64 * 1024, 'x');
  const more = (): void => {
    while (!response.destroyed && sent < 20 * 1024 * 1024) {
      sent += block.length;
      if (!response.write(block)) return void response.once('drain', more);
    }
    response.end();
  };
  more();
}

beforeAll(async () => {
  for (const each of [server, ftp])
    await new Promise<void>((resolve) => each.listen(0, '127.0.0.1', resolve));
  site = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
  ftp.close();
});
beforeEach(async () => {
  sent = 0;
  job = await JobDirectory.make();
});
afterEach(() => job.remove());

/** A PATH of which only one of the two tools is. */
const only = (tool: string): string[] => [
  `mkdir -p ../bin; for tool in mkdir rm cat grep mv head sed awk wc sha256sum bash ${tool}; do ln -sf "$(command -v $tool)" ../bin/; done; PATH=$PWD/../bin`,
];

async function fetched(address: string, more: Partial<SourceRequest> = {}): Promise<Ended> {
  const script = join(job.path, '.sluice/steps/source');
  const text = renderSource({
    token: 'fit.1f9e.1',
    jobDirectory: job.path,
    workingDirectory: join(job.path, 'work'),
    environment: {},
    setup: [],
    source: { kind: 'url', url: address.startsWith('/') ? site + address : address },
    maxDownloadBytes: LIMIT,
    ...more,
  });
  writeFileSync(script, text, { mode: 0o755 });
  return runScript(script);
}

const work = (...names: readonly string[]): string => join(job.path, 'work', ...names);
const told = (): string | undefined => {
  const file = join(job.path, '.sluice/told/download');
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
};

describe.each(['curl', 'wget'])('a download by %s', (tool) => {
  const by = (address: string, more: Partial<SourceRequest> = {}): Promise<Ended> =>
    fetched(address, { setup: only(tool), ...more });

  it.each([
    ['under its own name', '/data/set.csv', 'set.csv'],
    ['with a query, a part and escapes', '/two%20words.csv?version=2#part', 'two words.csv'],
    ['without a name', '/', 'download'],
    ['through redirections', '/moved', 'moved'],
  ])('comes %s, with its digest and size told', async (_, path, name) => {
    const ended = await by(path);
    expect([ended.stderr, ended.code]).toEqual([expect.any(String), 0]);
    expect(readdirSync(work())).toEqual([name]);
    expect(readFileSync(work(name), 'utf8')).toBe(TEXT);
    expect(told()).toBe(`${DIGEST} ${TEXT.length} ${name}\n`);
    expect(readdirSync(join(job.path, '.sluice')).sort()).toEqual(['steps', 'told']);
    expect(await job.mark('failed')).toBeUndefined();
  });

  it('may be empty', async () => {
    expect((await by('/empty')).code).toBe(0);
    expect([statSync(work('empty')).size, told()?.split(' ')[1]]).toEqual([0, '0']);
  });

  it.each([
    ['that is not there', '/gone', 92],
    ['that is refused', '/forbidden', 92],
    ['of a server that is busy', '/busy', 91],
    ['that leads in a circle', '/round', 92],
    ['that leads to a file', '/to-file', 92],
    ['that leads to ftp', '/to-ftp', 92],
    ['that stalls', '/stalled', 91],
    ['that never begins', '/silent', 91],
    ['that is cut', '/cut', 91],
    ['that is cut without a length', '/cut-chunk', 91],
    ['of a host without a name', 'http://nowhere.invalid/x', 91],
    ['of a port that nobody listens on', 'http://127.0.0.1:9/x', 91],
    ['larger than may be, and says so', '/large-told', 93],
    ['larger than may be, and does not say so', '/large-untold', 93],
  ])('%s leaves nothing (%s): %d', async (_, path, code) => {
    const started = Date.now();
    const ended = await by(path, { patienceSeconds: 2 });
    expect([ended.stderr, ended.code]).toEqual([expect.stringMatching(/^sluice: /m), code]);
    expect(Date.now() - started).toBeLessThan(20_000);
    expect([readdirSync(work()), told()]).toEqual([[], undefined]);
    expect(await job.mark('failed')).toEqual(['0', String(code)]);
    expect(sent).toBeLessThan(10 * 1024 * 1024);
    expect(ftpAsked).toBe(0);
  });

  it('has exactly as many bytes as may be, or one too many', async () => {
    expect((await by('/data/set.csv', { maxDownloadBytes: TEXT.length - 1 })).code).toBe(93);
    expect((await by('/data/set.csv', { maxDownloadBytes: TEXT.length })).code).toBe(0);
  });

  it('overwrites nothing that was sent with the job', async () => {
    writeFileSync(work('set.csv'), 'sent\n');
    const ended = await by('/data/set.csv');
    expect([ended.code, ended.stderr]).toEqual([94, expect.stringContaining('set.csv stands there already')]);
    expect([readFileSync(work('set.csv'), 'utf8'), told()]).toEqual(['sent\n', undefined]);
  });

  it('is made once: again where it was killed before it stood in its place, not where it stands', async () => {
    writeFileSync(join(job.path, '.sluice/source'), 'ha');
    expect((await by('/data/set.csv')).code).toBe(0);
    expect((await by('/gone/set.csv')).code).toBe(0);
    expect(readFileSync(work('set.csv'), 'utf8')).toBe(TEXT);
  });

  it('gives login and password to the host, and shows them to nobody', async () => {
    const address = (password: string): string =>
      `${site.replace('://', `://me:${password}@`)}/login?key=s3cr`;
    const refused = await by(address('s3cr'));
    expect(refused.code).toBe(92);
    const ended = await by(address('s3c%22r%5Ct'));
    expect([ended.stderr, ended.code]).toEqual([expect.any(String), 0]);
    for (const { stdout, stderr } of [ended, refused]) expect(stdout + stderr).not.toMatch(/s3c/);
    expect(told()).toContain(`${TEXT.length} login\n`);
  });
});

it('a download where there is no tool for it: 90', async () => {
  const ended = await fetched('/data/set.csv', { setup: only('true') });
  expect([ended.code, ended.stderr]).toEqual([90, expect.stringContaining('neither curl nor GNU wget')]);
});

it.each(['ftp://host/x', 'file:///etc/passwd', 'http:///x', '-o/etc/x', 'http://host/a b', 'http://-x/y'])(
  '%j is not downloaded',
  (address) => {
    const request = {
      jobDirectory: '/j',
      workingDirectory: '/j/work',
      environment: {},
      setup: [],
      token: 't',
    };
    expect(() => renderSource({ ...request, source: { kind: 'url', url: address } })).toThrow(TypeError);
  },
);

it.each([
  ['https://host/a/data.tar.gz', 'data.tar.gz'],
  ['https://host/a/data.tar.gz?x=/y#z', 'data.tar.gz'],
  ['https://host', 'download'],
  ['https://host/a/', 'download'],
  ['https://host/..', 'download'],
  ['https://host/%2e%2e', 'download'],
  ['https://host/%2e%2e%2fetc%2fpasswd', '.._etc_passwd'],
  ['https://host/-rf', '_rf'],
  ['https://host/100%', '100%'],
  ['https://host/a%0Ab', 'a%0Ab'],
  ['https://host/%C3%A9.csv', 'é.csv'],
])('the name of %s is %s', (address, name) => {
  expect(downloadName(address)).toBe(name);
});

it('a name that is too long has another', () => {
  expect(downloadName(`https://host/${'x'.repeat(300)}`)).toMatch(/^download-[0-9a-f]{16}$/);
});
