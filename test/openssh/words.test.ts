/** The words that ssh is started with, what its own mean, and the marks in stderr: pure. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { Readable } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readFailure } from '../../src/openssh/failure.js';
import { validityNote } from '../../src/openssh/identity.js';
import { farCommand, type Mark, Marks } from '../../src/openssh/marks.js';
import {
  commandFor,
  configText,
  fits,
  knownHostsText,
  type Login,
  masterWords,
  overWords,
  personsSocket,
} from '../../src/openssh/words.js';
import { parseSshConfig } from '../../src/ssh/config.js';

const CONFIG =
  'hostname login.example.org\nport 2222\nuser alice\nuserknownhostsfile /home/alice/.ssh/known_hosts\n';
const login: Login = { host: 'north', keys: [], config: parseSshConfig(CONFIG, { host: 'north' }) };

describe('the words of ssh', () => {
  it('say only what the files say: the configuration has the rest', () => {
    const words = masterWords(login, { config: '/c', socket: '/s' });
    expect(words.slice(-2)).toEqual(['--', 'north']);
    expect(words.filter((word) => ['-l', '-p', '-i', '-J'].includes(word))).toEqual([]);
    const full = { ...login, user: 'bob', port: 22, proxyJump: 'gate', keys: ['/k'] };
    const more = masterWords(full, { config: '/c', socket: '/s', knownHosts: '/h' }).join(' ');
    expect(more).toContain('-o IdentitiesOnly=yes -i /k -l bob -p 22 -J gate -- north');
    expect(more).toContain('-o UserKnownHostsFile="/h" -o GlobalKnownHostsFile=/dev/null');
  });

  it('never let a client of a master log in by itself', () => {
    expect(overWords('/s', 'true')).toContain('ProxyCommand=false');
  });

  it('put what must hold before what the user has, and what may be theirs behind it', () => {
    const lines = configText({}, '/home/alice', 15).split('\n');
    const at = (line: string): number => lines.indexOf(line);
    for (const line of ['BatchMode yes', 'StrictHostKeyChecking yes', 'ForwardAgent no'])
      expect(at(line)).toBeLessThan(at('Include "/home/alice/.ssh/config"'));
    expect(at('Include "/etc/ssh/ssh_config"')).toBeLessThan(at('ConnectTimeout 15'));
    expect(at('BatchMode yes')).toBeGreaterThan(0);
    expect(configText({ configFile: '/mine' }, '/home/alice', 15)).not.toContain('/etc/ssh');
  });

  it('name the command that a person types', () => {
    const typed = { ...login, user: 'bob', port: 22, proxyJump: 'gate', keys: ["/it's here"] };
    expect(commandFor(typed, '/home/alice/.ssh/sluice-1')).toBe(
      "ssh -M -S /home/alice/.ssh/sluice-1 -f -N -o ServerAliveInterval=15 -i '/it'\\''s here' -J gate -p 22 bob@north",
    );
    expect(commandFor(login, '/s')).toMatch(/ north$/);
  });

  it('name a place for a master that is the same each time, one for each login, and short enough', () => {
    const place = personsSocket(login, '/home/alice');
    expect(place).toMatch(/^\/home\/alice\/\.ssh\/sluice-[0-9a-f]{12}$/);
    expect(personsSocket({ ...login, host: 'another-alias' }, '/home/alice')).toBe(place);
    const other = parseSshConfig(CONFIG.replace('alice', 'bob'), { host: 'north' });
    expect(personsSocket({ ...login, config: other }, '/home/alice')).not.toBe(place);
    expect(personsSocket(login, `/home/${'long/'.repeat(20)}`)).toBeUndefined();
    expect([fits('/'.repeat(86)), fits('/'.repeat(87))]).toEqual([true, false]);
  });

  it('give known_hosts a line for each key, for any name', () => {
    expect(knownHostsText(['ssh-ed25519 AAAA', 'ssh-rsa BBBB'])).toBe('* ssh-ed25519 AAAA\n* ssh-rsa BBBB\n');
  });
});

describe('what ssh says', () => {
  const read = (stderr: string, more: object = {}) =>
    readFailure({ login, stderr, notes: [], known: '/home/alice/.ssh/known_hosts', ...more });

  it.each([
    ['alice@login.example.org: Permission denied (publickey,password).', 'login-refused'],
    ['bob@gate: Permission denied (publickey).\nConnection closed by UNKNOWN port 65535', 'login-refused'],
    [
      'Received disconnect from 192.0.2.1 port 22:2: Too many authentication failures\nDisconnected',
      'login-refused',
    ],
    [
      'Your account has expired; please contact your system administrator.\nConnection closed',
      'login-refused',
    ],
    ['WARNING: Your password has expired.\nPassword change required but no TTY available.', 'login-refused'],
    [
      'No ED25519 host key is known for north and you have requested strict checking.\nHost key verification failed.',
      'host-key',
    ],
    ['ssh: Could not resolve hostname north: Name or service not known', 'unreachable'],
    ['ssh: connect to host north port 22: Connection refused', 'unreachable'],
    ['ssh: connect to host north port 22: No route to host', 'unreachable'],
    [
      'kex_exchange_identification: read: Connection reset by peer\nConnection reset by 192.0.2.1 port 22',
      'unreachable',
    ],
    ['Connection timed out during banner exchange', 'unreachable'],
    ['', 'unreachable'],
    ['something that nobody has seen before', 'unreachable'],
    [
      'Unable to negotiate with 192.0.2.1 port 22: no matching host key type found. Their offer: ssh-dss',
      'misconfigured',
    ],
    [
      '/home/alice/.ssh/config: line 3: Bad configuration option: hots\n/home/alice/.ssh/config: terminating, 1 bad configuration options',
      'misconfigured',
    ],
    ['Bad owner or permissions on /home/alice/.ssh/config', 'misconfigured'],
    ['*** Permission denied (to all but members) ***\nConnection closed by 192.0.2.1 port 22', 'unreachable'],
    ['Host key verification failed? ask us.\nConnection closed by 192.0.2.1 port 22', 'unreachable'],
  ])('%s', (stderr, kind) => {
    const failure = read(stderr);
    expect(failure.kind).toBe(kind);
    expect(failure.message).toContain('login.example.org');
    expect(failure.message).toContain('2222');
  });

  it('is told with what to do', () => {
    expect(read('alice@north: Permission denied (keyboard-interactive).').message).toContain(
      'open it with: ssh -M -f -N north',
    );
    const door = { socket: '/s', command: 'ssh -M -S /s north', wasThere: false };
    const refused = read('alice@north: Permission denied (publickey).', {
      door,
      notes: ['one', 'two'],
    }).message;
    expect(refused).toContain('Not used: one; two.');
    expect(refused).toContain('There is no ControlMaster at /s');
    expect(refused).toContain('goes on by itself: ssh -M -S /s north .');
    const changed = [
      '@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @',
      'The fingerprint for the ED25519 key sent by the remote host is',
      'SHA256:abc.',
      'Host key for north has changed and you have requested strict checking.',
      'Host key verification failed.',
    ];
    expect(read(changed.join('\r\n')).message).toMatch(
      /Host key for north has changed.*It showed SHA256:abc\. Someone may be in between.*ssh-keyscan -p 2222 login\.example\.org/,
    );
    expect(read('Connecting', { lateAfterMs: 60_000 }).message).toContain('no login within 60 s');
  });
});

describe('a certificate', () => {
  const shown = (validity: string): string => `x-cert.pub:\n        Type: ssh\n        Valid: ${validity}\n`;
  const now = Date.parse('2026-06-01T12:00:00');
  it.each([
    ['forever', undefined],
    ['from 2026-01-01T00:00:00 to 2026-12-31T00:00:00', undefined],
    ['from 2026-01-01T00:00:00 to 2026-06-01T11:59:59', 'the certificate x expired on 2026-06-01T11:59:59'],
    [
      'from 2026-07-01T00:00:00 to 2026-12-31T00:00:00',
      'the certificate x holds only from 2026-07-01T00:00:00',
    ],
  ])('that is valid %s', (validity, note) => {
    expect(validityNote('x', shown(validity), now)).toBe(note);
  });
});

describe('marks', () => {
  const NONCE = '0123456789abcdef';
  const through = async (chunks: readonly Buffer[]): Promise<{ rest: string; heard: Mark[] }> => {
    const heard: Mark[] = [];
    const marks = new Marks(NONCE, (mark) => heard.push(mark));
    let rest = '';
    for await (const chunk of Readable.from(chunks).pipe(marks)) rest += (chunk as Buffer).toString('latin1');
    return { rest, heard };
  };

  it('are taken out wherever the stream was cut, and nothing else is', async () => {
    const noise = fc.array(
      fc.constantFrom('oops\n', 'sluice-', `sluice-${NONCE} `, 'x', `sluice-${NONCE} pid x\n`),
    );
    const cuts = fc.array(fc.integer({ min: 1, max: 30 }), { maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(noise, noise, noise, cuts, async (before, between, after, sizes) => {
        const [a = '', b = '', c = ''] = [before, between, after].map((words) => words.join(''));
        const bytes = Buffer.from(`${a}sluice-${NONCE} pid 77\n${b}sluice-${NONCE} exit 255\n${c}`, 'latin1');
        const chunks: Buffer[] = [];
        let at = 0;
        for (const size of sizes) chunks.push(bytes.subarray(at, (at += size)));
        chunks.push(bytes.subarray(at));
        const { rest, heard } = await through(chunks.filter((chunk) => chunk.length > 0));
        expect(rest).toBe(a + b + c);
        expect(heard).toEqual([
          { kind: 'pid', value: 77 },
          { kind: 'exit', value: 255 },
        ]);
      }),
    );
  });

  const shells = ['sh', 'bash', '/usr/bin/tcsh'].filter(
    (shell) => !shell.startsWith('/') || existsSync(shell),
  );
  it.each(shells)('come from the command under %s, with the code of our shell', (shell) => {
    const run = spawnSync(shell, ['-c', farCommand('sh', NONCE)], { input: 'echo oops >&2; exit 255\n' });
    expect(run.status).toBe(255);
    expect(run.stderr.toString()).toMatch(
      new RegExp(`^sluice-${NONCE} pid \\d+\noops\nsluice-${NONCE} exit 255\n$`),
    );
  });
});
