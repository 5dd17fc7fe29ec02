import { describe, expect, it } from 'vitest';
import { readSettings } from '../../src/config/settings.js';
import { formatProblem } from '../../src/documents/problem.js';
import { memoryFiles } from '../manifest/support.js';

const FILE = '/project/sluice.yaml';
const read = (text: string): ReturnType<typeof readSettings> =>
  readSettings(text, FILE, { files: memoryFiles({}), home: '/home/jane' });

it('has a default for everything', () => {
  expect(read('')).toEqual({
    problems: [],
    settings: {
      sources: [{ kind: 'directory', path: '/project/jobs.d' }],
      state: { kind: 'directory', path: '/project/.sluice' },
      outputs: '/project/outputs',
      modules: '/project/modules',
      http: { host: '127.0.0.1', port: 7676, users: [], hosts: [], trust: [] },
      intervals: { resyncSeconds: 300, pollSeconds: 60 },
      retention: { succeededSeconds: 604_800, otherwiseSeconds: 2_592_000 },
    },
  });
});

it('reads every key: sources, state, mail, API address, users (statement 77)', () => {
  const text = `installation: k3v9x2m7qd
sources:
  - directory: runs
  - {git: git@example.org:group/runs.git, ref: main, path: jobs, interval: 5m, trust: [username]}
state: none
outputs: ~/results
modules: /srv/modules
smtp: {host: mail.example.org, port: 587, from: sluice@example.org, username: s, password: {env: SMTP}}
http:
  listen: "[::1]:8080"
  users: [{name: jane, role: write, password_hash: x}]
  webhook_secret: {file: forge.secret}
intervals: {resync: 10m, poll: 2m}
retention: {succeeded: 1d, otherwise: 2d}
`;
  expect(read(text)).toEqual({
    problems: [],
    settings: {
      installation: 'k3v9x2m7qd',
      sources: [
        { kind: 'directory', path: '/project/runs' },
        {
          kind: 'git',
          url: 'git@example.org:group/runs.git',
          ref: 'main',
          path: 'jobs',
          intervalSeconds: 300,
          trust: ['username'],
        },
      ],
      state: { kind: 'none' },
      outputs: '/home/jane/results',
      modules: '/srv/modules',
      smtp: {
        host: 'mail.example.org',
        port: 587,
        from: 'sluice@example.org',
        username: 's',
        password: { from: 'env', name: 'SMTP' },
        tls: 'required',
      },
      http: {
        host: '::1',
        port: 8080,
        users: [{ name: 'jane', role: 'write', passwordHash: 'x' }],
        hosts: [],
        trust: [],
        webhookSecret: { from: 'file', path: '/project/forge.secret' },
      },
      intervals: { resyncSeconds: 600, pollSeconds: 120 },
      retention: { succeededSeconds: 86_400, otherwiseSeconds: 172_800 },
    },
  });
});

describe('what is wrong is said with its place', () => {
  it.each<[string, string[]]>([
    ['instalation: a\n', ['1:1: error: unknown key "instalation"; did you mean "installation"?']],
    [
      'installation: a b\n',
      [
        "1:15: error: installation \"a b\" does not fit: letters, digits, '.', '_' and '-', beginning with a letter or digit, at most 63 characters",
      ],
    ],
    ['sources: [{}]\n', ['1:11: error: source 1 needs either directory or git']],
    ['sources: [{directory: a, ref: b}]\n', ['1:26: error: ref is for Git sources; take it out']],
    [
      'smtp: {host: a.org, from: a@a.org, tls: none}\n',
      ['1:41: error: smtp.tls is none, and a.org is not this machine; mail would go in the clear'],
    ],
    [
      'smtp: {host: a.org, from: a@a.org, username: a, password: hunter2}\n',
      [
        '1:49: warning: the password stands here in the clear; better {env: NAME} or {file: PATH}, and never in Git',
      ],
    ],
    [
      'http: {webhook_secret: hunter2}\n',
      [
        '1:8: warning: the secret stands here in the clear; better {env: NAME} or {file: PATH}, and never in Git',
      ],
    ],
    [
      'smtp: {host: a.org, from: nobody}\n',
      ['1:27: error: smtp.from "nobody" does not fit: an address such as sluice@example.org'],
    ],
    [
      'smtp: {host: a.org, from: a@a.org, tls: maybe}\n',
      ['1:41: error: smtp.tls "maybe" is none of required or none'],
    ],
    [
      'smtp: {host: a.org, from: a@a.org, port: 99999}\n',
      ['1:42: error: smtp.port 99999 is too large; the most is 65535'],
    ],
    [
      'smtp: {host: a.org, from: a@a.org, username: a}\n',
      [
        '1:36: error: smtp has a username and no password, so nobody would log in; add it, or take the username out',
      ],
    ],
    [
      'smtp: {host: a.org, from: a@a.org, password: {env: X}}\n',
      [
        '1:36: error: smtp has a password and no username, so nobody would log in; add it, or take the password out',
      ],
    ],
    ['smtp: {host: a.org}\n', ['1:7: error: smtp lacks the key "from"']],
    [
      'http: {listen: 127.0.0.1:99999}\n',
      ['1:16: error: http.listen has the port 99999; they go from 1 to 65535'],
    ],
    [
      'http: {users: [{name: a, role: read}]}\n',
      ['1:16: error: user a has neither password_hash nor token_hash'],
    ],
    [
      'intervals: {poll: 5}\n',
      [
        '1:19: error: intervals.poll 5 has no unit; write for example 5m (minutes): the units are d, h, m and s',
      ],
    ],
    ['- a\n', ['1:1: error: the document is a list; it takes keys, one a line, such as "name: value"']],
  ])('%s', (text, expected) => {
    const { problems } = read(text);
    expect(
      problems.map((problem) => formatProblem(problem, '/project').slice('sluice.yaml:'.length)),
    ).toEqual(expected);
    expect(JSON.stringify(problems)).not.toContain('hunter2');
  });
});

describe('a Git source', () => {
  const problems = (source: string): string[] =>
    read(`sources:\n  - {${source}}\n`).problems.map(({ key, message }) => `${key ?? ''}: ${message}`);

  it.each([
    'https://example.org/group/runs',
    'https://me@example.org/group/runs.git',
    'ssh://git@example.org:2222/group/runs.git',
    'git@example.org:group/runs.git',
    'file:///srv/git/runs.git',
  ])('may be at %s', (url) => {
    expect(problems(`git: "${url}", ref: feature/x-1.0, path: .`)).toEqual([]);
  });

  it.each([
    [
      'ext::sh -c x',
      'git: "ext::sh -c x" names a Git helper program; only https, ssh and file URLs are taken',
    ],
    [
      'git://example.org/x',
      'git: "git://example.org/x" has the unknown scheme git; Git takes https, ssh and file, a download https and http',
    ],
    [
      '--upload-pack=x',
      'git "--upload-pack=x" is no URL of a repository; write https://…, ssh://…, file://… or user@host:path',
    ],
    [
      'runs.git',
      'git "runs.git" is no URL of a repository; write https://…, ssh://…, file://… or user@host:path',
    ],
    ['ssh://-oProxyCommand=x/y', 'git: "ssh://-oProxyCommand=x/y" has a host that begins with \'-\''],
    [
      'https://example.org/x#main',
      'git "https://example.org/x#main" has a \'#\'; write what is behind it as ref',
    ],
    [
      'https://me:secret@example.org/x',
      'git: the URL holds a password, which would be kept with the run; use an SSH key or a credential helper of Git',
    ],
    [
      'https://ghp_0123456789@example.org/x',
      'the URL holds a token, which would be shown; leave it out, and give it by a credential helper of Git',
    ],
  ])('is never at %s', (url, message) => {
    const found = read(`sources:\n  - {git: "${url}"}\n`).problems;
    expect(found.map((each) => each.message)).toEqual([message]);
    expect(JSON.stringify(found)).not.toMatch(/secret|ghp_/);
  });

  it.each(['-x', 'a..b', 'a b', 'x~1', 'x^', 'a:b', '@', 'a@{1}', 'x.lock', 'a//b', 'x/', 'm*', '.hidden'])(
    'has no ref %j',
    (ref) => {
      expect(problems(`git: "https://example.org/x", ref: "${ref}"`)).toHaveLength(1);
    },
  );

  it.each(['..', '../x', '/etc', 'a/../../b'])('has no folder %s', (path) => {
    expect(problems(`git: "https://example.org/x", path: "${path}"`)).toEqual([
      `sources[1].path: path "${path}" leads out of the repository; write a folder in it, or . for all of it`,
    ]);
  });
});
