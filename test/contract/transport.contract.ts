/** What every transport must do, whatever the way to the far side. */
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, chmodSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Channel, ChannelOptions, Transport } from '../../src/ports.js';
import { hear, type Heard, listen, SH } from '../ssh/hear.js';

export interface TransportSetup {
  /** A fresh transport to the same far side; the suite closes it. */
  readonly transport: () => Transport;
  /** What is said of a shell that a signal ended; OpenSSH does not tell which one it was. */
  readonly killed?: string;
  readonly stop: () => Promise<void>;
}

const MEGABYTE = Buffer.alloc(1024 * 1024, 'sluice: zero times without saying so, never twice; ');

async function run(
  transport: Transport,
  script: string,
  options: Partial<ChannelOptions> = {},
): Promise<Heard> {
  return hear(await transport.open({ ...SH, ...options }), script);
}

async function untilHeard(channel: Channel, word: string): Promise<void> {
  await new Promise<void>((resolve) => {
    let text = '';
    channel.stdout.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      if (text.includes(word)) resolve();
    });
  });
}

async function eventually(what: () => boolean): Promise<boolean> {
  for (let tries = 0; tries < 200; tries += 1) {
    if (what()) return true;
    await sleep(25);
  }
  return false;
}

export function transportContract(name: string, setUp: () => Promise<TransportSetup>): void {
  describe(`transport: ${name}`, { timeout: 60_000 }, () => {
    let setup: TransportSetup;
    let transport: Transport;
    let scratch: string;
    beforeAll(async () => {
      setup = await setUp();
      scratch = mkdtempSync(join(tmpdir(), 'sluice-contract-'));
      chmodSync(scratch, 0o777);
    }, 60_000);
    afterAll(async () => {
      await setup.stop();
      rmSync(scratch, { recursive: true, force: true });
    });
    const fresh = (): Transport => (transport = setup.transport());
    afterEach(() => transport.close());

    it.each([0, 3, 255])('tells exit code %i', async (code) => {
      const heard = await run(fresh(), `echo hello; echo oops >&2; exit ${String(code)}`);
      expect(heard.stdout.toString()).toBe('hello\n');
      expect(heard.end).toEqual({ kind: 'exited', code, stderr: 'oops\n' });
    });

    it('runs the script under a login shell where that is asked for', async () => {
      const heard = await run(fresh(), 'shopt -q login_shell && echo login', { shell: 'login' });
      expect(heard.stdout.toString()).toContain('login\n');
      expect(heard.end).toMatchObject({ kind: 'exited', code: 0 });
    });

    it('runs nothing of a script whose last line did not arrive whole', async () => {
      const heard = await run(fresh(), 'f() {\n echo ran\n}\n');
      expect(heard.stdout.toString()).toBe('');
      expect(heard.end).toMatchObject({ kind: 'exited', code: 0 });
    });

    it('is a lost outcome when a signal ends the shell, and the next channel works', async () => {
      const heard = await run(fresh(), 'echo begun; kill -KILL 0');
      expect(heard.stdout.toString()).toBe('begun\n');
      expect(heard.end).toMatchObject({ kind: 'lost', why: expect.stringContaining(setup.killed ?? 'KILL') });
      expect((await run(transport, 'exit 3')).end).toMatchObject({ kind: 'exited', code: 3 });
    });

    it('counts a round trip for a channel, and one each time it speaks after hearing', async () => {
      const channel = await fresh().open(SH);
      expect(transport.counts.roundTrips).toBe(1);
      channel.stdin.write('f() { echo ready; cat | tr a-z A-Z; }\n');
      channel.stdin.write('f; exit\n');
      let text = '';
      await new Promise<void>((resolve) => {
        channel.stdout.on('data', (chunk: Buffer) => {
          text += chunk.toString();
          if (text === 'ready\n') resolve();
        });
      });
      expect(transport.counts.roundTrips).toBe(1);
      channel.stdin.write('pay');
      channel.stdin.write('load');
      channel.stdin.end();
      expect(await channel.end).toMatchObject({ kind: 'exited', code: 0 });
      expect(text).toBe('ready\nPAYLOAD');
      expect(transport.counts).toMatchObject({ roundTrips: 2, bytesUp: 38 + 8 + 7, bytesDown: 13 });
      await run(transport, 'exit 0');
      expect(transport.counts.roundTrips).toBe(3);
    });

    it('brings 50 MB down to a slow reader, whole', async () => {
      const channel = await fresh().open({ ...SH, lane: 'bulk' });
      channel.stdin.end('yes "sluice brings it all" | head -c 52428800; exit 7');
      const digest = createHash('sha256');
      let bytes = 0;
      let pauses = 0;
      for await (const chunk of channel.stdout) {
        const data = Buffer.from(chunk);
        digest.update(data);
        bytes += data.length;
        if (bytes > pauses * 2_500_000) {
          pauses += 1;
          await sleep(20);
        }
      }
      const line = 'sluice brings it all\n';
      const expected = createHash('sha256').update(
        line.repeat(Math.ceil(52_428_800 / line.length)).slice(0, 52_428_800),
      );
      expect(bytes).toBe(52_428_800);
      expect(digest.digest('hex')).toBe(expected.digest('hex'));
      expect(await channel.end).toMatchObject({ kind: 'exited', code: 7 });
    });

    it('takes 50 MB up to a slow reader, whole', async () => {
      const channel = await fresh().open({ ...SH, lane: 'bulk' });
      channel.stdin.write('f() { echo ready; sleep 0.5; sha256sum; }\nf; exit\n');
      const heard = listen(channel);
      await sleep(50);
      const expected = createHash('sha256');
      await pipeline(
        Readable.from(
          (function* () {
            for (let count = 0; count < 50; count += 1) {
              expected.update(MEGABYTE);
              yield MEGABYTE;
            }
          })(),
        ),
        channel.stdin,
      );
      const { stdout, end } = await heard;
      expect(stdout.toString()).toBe(`ready\n${expected.digest('hex')}  -\n`);
      expect(end).toMatchObject({ kind: 'exited', code: 0 });
      expect(transport.counts.bytesUp).toBeGreaterThan(50 * 1024 * 1024);
    });

    it('drains stderr and keeps its last 64 KiB', async () => {
      const heard = await run(
        fresh(),
        'yes noise | head -c 20000000 >&2; echo the last words >&2; echo done',
      );
      expect(heard.stdout.toString()).toBe('done\n');
      expect(heard.end).toMatchObject({ kind: 'exited', code: 0 });
      expect(heard.end.stderr).toHaveLength(64 * 1024);
      expect(heard.end.stderr).toMatch(/the last words\n$/);
    });

    it('ends as lost at its deadline, and keeps what was heard', async () => {
      const heard = await run(fresh(), 'echo begun; echo worry >&2; sleep 30', { deadlineMs: 1_000 });
      expect(heard.stdout.toString()).toBe('begun\n');
      expect(heard.end).toEqual({ kind: 'lost', why: 'no end within 1 s', stderr: 'worry\n' });
    });

    it('ends what runs there when it is given up, though its stdin has ended', async () => {
      const mark = join(scratch, `${name}-alive`);
      const channel = await fresh().open(SH);
      channel.stdin.end(
        `f() { echo begun; while :; do date +%s%N >'${mark}'; sleep 0.05; done; }\nf; exit\n`,
      );
      await untilHeard(channel, 'begun');
      expect(await eventually(() => existsSync(mark))).toBe(true);
      channel.abort('changed my mind');
      channel.abort('again');
      expect(await channel.end).toMatchObject({ kind: 'lost', why: 'changed my mind' });
      await sleep(500);
      const before = readFileSync(mark, 'utf8');
      await sleep(300);
      expect(readFileSync(mark, 'utf8')).toBe(before);
      expect((await run(transport, 'exit 0')).end.kind).toBe('exited');
    });

    it('can be given up while nobody reads its stdout, or takes its stdin', async () => {
      const flood = await fresh().open(SH);
      flood.stdin.end('yes unread\n');
      const deaf = await transport.open(SH);
      deaf.stdin.write('f() { sleep 30; }\nf; exit\n');
      const feeding = pipeline(Readable.from(Array.from({ length: 20 }, () => MEGABYTE)), deaf.stdin);
      feeding.catch(() => undefined);
      await sleep(500);
      flood.abort('enough');
      deaf.abort('enough');
      expect(await flood.end).toMatchObject({ kind: 'lost', why: 'enough' });
      expect(await deaf.end).toMatchObject({ kind: 'lost', why: 'enough' });
      await expect(feeding).rejects.toThrow();
      // Their slots are free again.
      const codes = await Promise.all(
        [1, 2, 3, 4, 5].map(async (code) => (await run(transport, `exit ${String(code)}`)).end),
      );
      expect(codes.map((end) => end.kind === 'exited' && end.code)).toEqual([1, 2, 3, 4, 5]);
    });

    it('does not get stuck when the reader walks away', async () => {
      const channel = await fresh().open(SH);
      channel.stdin.end('yes | head -c 10000000; exit 4');
      for await (const chunk of channel.stdout) if (Buffer.from(chunk).length > 0) break;
      expect(await channel.end).toMatchObject({ kind: 'exited', code: 4 });
    });

    it('tells the exit code when the far side never read its payload', async () => {
      const channel = await fresh().open(SH);
      channel.stdin.write('f() { echo no; exit 9; }\nf; exit\n');
      const feeding = pipeline(
        Readable.from(Array.from({ length: 20 }, () => MEGABYTE)),
        channel.stdin,
      ).catch(() => 'refused');
      const heard = await listen(channel);
      expect(heard.stdout.toString()).toBe('no\n');
      expect(heard.end).toMatchObject({ kind: 'exited', code: 9 });
      expect(await feeding).toBe('refused');
    });

    it('is not held up by a background child that holds stdout', async () => {
      const started = Date.now();
      const heard = await run(fresh(), 'sleep 40 & echo away; exit 5');
      expect(heard.stdout.toString()).toBe('away\n');
      expect(heard.end).toMatchObject({ kind: 'exited', code: 5 });
      expect(Date.now() - started).toBeLessThan(20_000);
    });

    it('opens four channels at once and lets the rest wait', async () => {
      const all = fresh();
      const log = join(scratch, `${name}-log`);
      // Append-only lines below a pipe's size do not mix.
      const script = `echo + >>'${log}'; sleep 0.3; echo - >>'${log}'; exit 6`;
      const ends = await Promise.all(Array.from({ length: 14 }, () => run(all, script)));
      expect(ends.every(({ end }) => end.kind === 'exited' && end.code === 6)).toBe(true);
      let running = 0;
      let most = 0;
      for (const sign of readFileSync(log, 'utf8').trim().split('\n')) {
        running += sign === '+' ? 1 : -1;
        most = Math.max(most, running);
      }
      expect(most).toBeGreaterThan(1);
      expect(most).toBeLessThanOrEqual(4);
    });

    it('passes bytes through unchanged', async () => {
      const channel = await fresh().open(SH);
      const bytes = Buffer.from(Array.from({ length: 70_000 }, (_, index) => (index * 7) % 256));
      channel.stdin.write('f() { cat; }\nf; exit\n');
      const heard = listen(channel);
      await sleep(200); // a shell may read ahead; that is what `ready` is for
      channel.stdin.end(bytes);
      expect((await heard).stdout.equals(bytes)).toBe(true);
    });

    it('closes twice, ends what is open, and opens nothing afterwards', async () => {
      const channel = await fresh().open(SH);
      channel.stdin.end('sleep 30\n');
      await Promise.all([transport.close(), transport.close()]);
      await transport.close();
      expect(await channel.end).toMatchObject({ kind: 'lost' });
      await expect(transport.open(SH)).rejects.toMatchObject({
        name: 'TransportFailure',
        kind: 'unreachable',
      });
    });
  });
}
