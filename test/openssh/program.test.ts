/** How ssh is started and ended, with a program of that name that does what a test needs. */
import {
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runSsh, startMaster, startSsh } from '../../src/openssh/program.js';
import { holdMaster } from '../../src/openssh/socket.js';
import { opensshTo, tryOnce } from './reach.js';

let folder: string;
/** Of the masters. */
let own: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-fake-'));
  own = join(folder, 'own');
  mkdirSync(own);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('ssh', () => {
  /** Environment in which `ssh` is this script. */
  const fake = (script: string): NodeJS.ProcessEnv => {
    writeFileSync(join(folder, 'ssh'), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    return { PATH: `${folder}:${process.env['PATH']}`, OUT: join(folder, 'out') };
  };

  it('is told that nobody can be asked, whatever the environment says', async () => {
    const env = { ...fake('echo "$SSH_ASKPASS_REQUIRE ${SSH_ASKPASS-none}" >"$OUT"'), SSH_ASKPASS: '/ask' };
    await runSsh(['-V'], { ...env, SSH_ASKPASS_REQUIRE: 'force' }, 5_000);
    expect(readFileSync(join(folder, 'out'), 'utf8')).toBe('never none\n');
  });

  it('gets its words as they are: no shell reads them', async () => {
    const words = ['a b', '$(touch x)', "'", '-o', ''];
    const env = fake(String.raw`printf '<%s>\n' "$@" >"$OUT"`);
    const expected = words.map((word) => `<${word}>\n`).join('');
    await runSsh(words, env, 5_000);
    expect(readFileSync(join(folder, 'out'), 'utf8')).toBe(expected);
    writeFileSync(join(folder, 'out'), '');
    const master = startMaster(words, { env, folder: own });
    await new Promise((resolve) => master.child.once('exit', resolve));
    expect(readFileSync(join(folder, 'out'), 'utf8')).toBe(expected);
  });

  it('is ended with what it started when its time is over, though it would not go', async () => {
    const env = fake('trap "" TERM; sleep 60 & echo $! >"$OUT"; while :; do sleep 1; done');
    await runSsh([], env, 300);
    const started = Number(readFileSync(join(folder, 'out'), 'utf8'));
    while (existsSync(`/proc/${started}`)) await sleep(50);
  });

  it('as a master keeps the last that it said, and leaves no guard when it ends by itself', async () => {
    const master = startMaster(['-p', folder], { env: fake('echo "one: two" >&2; exit 9'), folder: own });
    await new Promise((resolve) => master.child.once('close', resolve));
    expect(master.child.exitCode).toBe(9);
    expect(master.said()).toBe('one: two\n');
    await master.end();
    const words = (pid: string): string => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
      } catch {
        return '';
      }
    };
    while (readdirSync('/proc').some((pid) => words(pid).includes(folder))) await sleep(20);
    // Its folder is ours as long as we live.
    expect(existsSync(own)).toBe(true);
  });

  it('that is not there is named, with what to install', async () => {
    const env = { PATH: join(folder, 'nothing') };
    await expect(startSsh([], env)).rejects.toMatchObject({
      kind: 'misconfigured',
      message: expect.stringContaining('Install openssh-client, or use transport: ssh2'),
    });
    const at = {
      port: 22,
      user: 'alice',
      key: '/dev/null',
      dir: folder,
      home: folder,
      knownHosts: '/dev/null',
    };
    expect(await tryOnce(opensshTo(at, { env }))).toMatchObject({ kind: 'misconfigured' });
  });
});

describe('the socket of a master', () => {
  let server: Server | undefined;
  const sockets = new Set<Socket>();
  afterEach(async () => {
    for (const socket of sockets) socket.destroy();
    sockets.clear();
    const open = server;
    server = undefined;
    if (open) await new Promise((resolve) => open.close(resolve));
  });
  const serve = async (greet: (socket: Socket) => void): Promise<string> => {
    const path = join(folder, 'socket');
    server = createServer((socket) => {
      sockets.add(socket);
      greet(socket);
    });
    await new Promise<void>((resolve) => server?.listen(path, resolve));
    return path;
  };
  const HELLO = Buffer.from('000000080000000100000004', 'hex');

  it('is held from its greeting to its end, in whatever pieces it comes', async () => {
    const path = await serve((socket) => {
      socket.write(HELLO.subarray(0, 3));
      setTimeout(() => socket.write(HELLO.subarray(3)), 50);
    });
    const held = await holdMaster(path);
    expect(held?.gone).toBe(false);
    const gone = new Promise<void>((resolve) => held?.onGone(resolve));
    for (const socket of sockets) socket.destroy();
    await gone;
    expect(held?.gone).toBe(true);
  });

  it.each<[string, (socket: Socket) => void]>([
    ['says nothing', () => undefined],
    ['says something else', (socket) => void socket.write('SSH-2.0-OpenSSH\r\n')],
    ['hangs up', (socket) => socket.destroy()],
  ])('is none of a master where it %s', async (_, greet) => {
    expect(await holdMaster(await serve(greet), 200)).toBeUndefined();
  });

  it('is none where nothing is there, or nobody listens', async () => {
    expect(await holdMaster(join(folder, 'nowhere'))).toBeUndefined();
    writeFileSync(join(folder, 'file'), '');
    expect(await holdMaster(join(folder, 'file'))).toBeUndefined();
  });

  it.runIf(process.getuid?.() === 0)('of another user is left alone', async () => {
    const path = await serve((socket) => void socket.write(HELLO));
    chownSync(path, 4242, 4242);
    expect(await holdMaster(path)).toBeUndefined();
    expect(sockets.size).toBe(0);
  });
});
