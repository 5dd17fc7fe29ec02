/** The agent against the real wrapper on this machine: deliveries, round trips, replies that break off. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { packEntries } from '../../src/bundle/pack.js';
import { direct } from '../../src/direct/manager.js';
import { createLocalTransport } from '../../src/local/transport.js';
import { type Channel, type Transport, TransportFailure } from '../../src/ports.js';
import { type AgentMemory, ClusterAgent, IncompleteReply } from '../../src/protocol/agent.js';
import { Exchange, type WrapperProgram, wrapperParts, wrapperProgram } from '../../src/protocol/script.js';
import { clusterOf } from '../plan/scene.js';

const part = (name: string): string =>
  readFileSync(new URL(`../../wrapper/${name}`, import.meta.url), 'utf8');
const program = wrapperProgram(wrapperParts('direct.sh').map(part));
const DEADLINE = { deadlineMs: 30_000 };

let home: string;
let transport: Transport;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'sluice agent-'));
  transport = createLocalTransport({ env: { ...process.env, HOME: home } });
});
afterEach(async () => {
  await transport.close();
  rmSync(home, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
});

interface Made {
  readonly agent: ClusterAgent;
  readonly memory: AgentMemory;
}

function make(
  more: { mayWrite?: boolean; program?: WrapperProgram; via?: Transport; known?: boolean } = {},
): Made {
  const memory: AgentMemory = {
    wrapperDigest: more.known === true ? program.digest : undefined,
    accounting: 'unknown',
  };
  const agent = new ClusterAgent({
    cluster: clusterOf('here', { transport: 'local', manager: 'direct', hosts: [] }),
    transport: more.via ?? transport,
    manager: direct,
    program: more.program ?? program,
    installation: 'inst',
    memory,
    mayWrite: more.mayWrite ?? true,
  });
  return { agent, memory };
}

const files = (): string[] => readdirSync(home, { recursive: true, encoding: 'utf8' });
const wrapperFile = (): string => join(home, '.sluice/wrapper', program.digest);

describe('the wrapper comes', () => {
  it('with the first exchange, in one round trip, and is known from then on', async () => {
    const { agent, memory } = make();
    const first = await agent.observe(30_000);
    expect(first.hello).toMatchObject({ wrapperVersion: '1', home, claimsDir: join(home, '.sluice') });
    expect(transport.counts.roundTrips).toBe(1);
    expect(memory.wrapperDigest).toBe(program.digest);
    expect(readFileSync(wrapperFile(), 'utf8')).toBe(program.text);
    const { bytesUp } = transport.counts;
    await agent.observe(30_000);
    expect(transport.counts.roundTrips).toBe(2);
    expect(transport.counts.bytesUp - bytesUp).toBeLessThan(1500);
  });

  it('inside the script of a plan, and nothing at all is written there', async () => {
    const { agent, memory } = make({ mayWrite: false });
    const { hello, queue } = await agent.observe(30_000);
    expect(hello.mark).toBeUndefined();
    expect(queue).toEqual({ kind: 'answered', value: [] });
    expect([files(), transport.counts.roundTrips, memory.wrapperDigest]).toEqual([[], 1, undefined]);
  });

  it('again, in the same call, where it was known and is gone', async () => {
    const { agent, memory } = make();
    await agent.observe(30_000);
    rmSync(wrapperFile());
    const reply = await agent.send(new Exchange().call('mark', '3'), DEADLINE);
    expect(reply.complete).toBe(true);
    expect(reply.frames.map(({ kind }) => kind)).toContain('marked');
    expect(transport.counts.roundTrips).toBe(3);
    expect([memory.wrapperDigest, readFileSync(wrapperFile(), 'utf8')]).toEqual([
      program.digest,
      program.text,
    ]);
  });

  it('again with its payload', async () => {
    const { agent } = make();
    await agent.observe(30_000);
    rmSync(wrapperFile());
    const reply = await agent.send(stage('a.1'), { ...DEADLINE, payload: () => filesOf('a.1') });
    expect(reply.frames.map(({ kind }) => kind)).toContain('placed');
  });

  it('inside the script of a plan where it was known and is gone', async () => {
    const { agent, memory } = make({ mayWrite: false, known: true });
    await agent.observe(30_000);
    expect([files(), transport.counts.roundTrips, memory.wrapperDigest]).toEqual([[], 2, undefined]);
  });

  it('beside the one of another version', async () => {
    await make().agent.observe(30_000);
    const other = wrapperProgram([program.text, 'newer() { :; }']);
    await make({ program: other }).agent.observe(30_000);
    expect(readdirSync(join(home, '.sluice/wrapper')).sort()).toEqual([program.digest, other.digest].sort());
  });

  it('not where there is a file in its way, and that is said', async () => {
    writeFileSync(join(home, '.sluice'), 'in the way');
    await expect(make().agent.observe(30_000)).rejects.toThrow(
      /here broke off: install the wrapper could not be written/,
    );
  });
});

function stage(...tokens: readonly string[]): Exchange {
  const exchange = new Exchange().call('mark', '1');
  for (const token of tokens)
    exchange.call(
      'claim',
      token,
      `sluice-claim 1 n-${token}\ndirectory ${home}/.sluice/work/${token}\nend\n`,
    );
  return exchange.call('claims').call('place');
}

function filesOf(...tokens: readonly string[]): Readable {
  return packEntries(
    tokens.flatMap((token) => [
      { kind: 'directory', path: token },
      { kind: 'directory', path: `${token}/work` },
      { kind: 'text', path: `${token}/logs/stdout`, text: 'said\n', executable: false },
      { kind: 'text', path: `${token}/.sluice/script`, text: '#!/bin/sh\n', executable: true },
    ]),
  );
}

describe('round trips', () => {
  const tokens = Array.from({ length: 50 }, (_, index) => `job${index}.u.1`);
  it('of a whole batch: two with files, one to observe, one to fetch, one to settle', async () => {
    const { agent } = make({});
    const trips = async (work: Promise<unknown>): Promise<number> => {
      const before = transport.counts.roundTrips;
      await work;
      return transport.counts.roundTrips - before;
    };
    expect(
      await trips(agent.send(stage(...tokens), { ...DEADLINE, payload: () => filesOf(...tokens) })),
    ).toBe(2);
    expect(await trips(agent.observe(30_000))).toBe(1);
    expect((await agent.observe(30_000)).claims.size).toBe(50);
    const collect = new Exchange();
    for (const token of tokens) collect.call('collect', token, 'result');
    const sink = new PassThrough();
    sink.resume();
    const onStream = (chunk: Buffer): void => void sink.write(chunk);
    expect(await trips(agent.send(collect.call('stream'), { ...DEADLINE, lane: 'bulk', onStream }))).toBe(1);
    const settle = new Exchange();
    for (const token of tokens) settle.call('settle', token, `1 {"token":"${token}"}`);
    expect(await trips(agent.send(settle.call('settled'), DEADLINE))).toBe(1);
    expect((await agent.observe(30_000)).claims.size).toBe(0);
  });
});

describe('a reply that is not whole', () => {
  /** A line on which only so many bytes come back. */
  const cutAfter = (bytes: number): Transport => ({
    address: 'cut',
    counts: transport.counts,
    close: () => Promise.resolve(),
    open: async (options): Promise<Channel> => {
      const channel = await transport.open(options);
      const stdout = new PassThrough();
      let left = bytes;
      channel.stdout.on('data', (chunk: Buffer) => {
        stdout.write(chunk.subarray(0, left));
        left = Math.max(0, left - chunk.length);
      });
      channel.stdout.on('end', () => stdout.end());
      return {
        ...channel,
        stdin: channel.stdin,
        end: channel.end,
        stdout,
        abort: (why) => channel.abort(why),
      };
    },
  });

  it.each([0, 1, 40, 120])('after %i bytes is named, never read as an answer', async (bytes) => {
    await make().agent.observe(30_000);
    const { agent } = make({ via: cutAfter(bytes), known: true });
    await expect(agent.observe(30_000)).rejects.toThrow(IncompleteReply);
    const reply = await agent.send(new Exchange().call('mark', '2'), DEADLINE);
    expect(reply.complete).toBe(false);
    expect(reply.why).not.toBe('');
  });

  it('because the shell there ended says with which code, and its last words', async () => {
    const reply = await make().agent.send(new Exchange().call('nonsense'), DEADLINE);
    expect(reply.complete).toBe(false);
    expect(reply.why).toMatch(/code 1 .*nonsense/);
  });

  it('because the time was over says so', async () => {
    await make().agent.observe(30_000);
    const slow = { ...program, text: program.text };
    const { agent } = make({ program: slow, known: true });
    const reply = await agent.send(new Exchange().call('place'), {
      deadlineMs: 300,
      payload: () => new Readable({ read: () => undefined }),
    });
    expect(reply.complete).toBe(false);
    expect(reply.why).not.toBe('');
  });

  it('because the payload broke off names what broke it, and places nothing', async () => {
    const { agent } = make();
    const vanished = join(home, 'vanished');
    const payload = (): Readable =>
      packEntries([
        { kind: 'directory', path: 'a.1' },
        { kind: 'file', path: 'a.1/work/x', from: vanished },
      ]);
    const reply = await agent.send(stage('a.1'), { ...DEADLINE, payload });
    expect(reply.complete).toBe(false);
    expect(reply.why).toContain(vanished);
    expect(reply.frames.map(({ kind }) => kind)).not.toContain('placed');
  });

  it('because whoever receives the stream refuses it names why', async () => {
    const { agent } = make();
    const refuse = (): Promise<void> => Promise.reject(new Error('the disk is full'));
    const reply = await agent.send(new Exchange().call('stream'), { ...DEADLINE, onStream: refuse });
    expect([reply.complete, reply.why]).toEqual([false, 'the disk is full']);
  });

  it('tells when the way was open, so that a slow login is no difference of the clocks', async () => {
    const seen: string[] = [];
    const via: Transport = {
      ...cutAfter(0),
      open: async (options) => {
        await new Promise((resolve) => setTimeout(resolve, 50));
        seen.push('logged in');
        return transport.open(options);
      },
    };
    const { hello } = await make({ via }).agent.observe(30_000, () => void seen.push('open'));
    expect(seen).toEqual(['logged in', 'open']);
    expect(hello.home).toBe(home);
  });

  it('is told from never having been sent', async () => {
    const via: Transport = {
      ...cutAfter(0),
      open: () => Promise.reject(new TransportFailure('unreachable', 'no route')),
    };
    await expect(make({ via }).agent.observe(30_000)).rejects.toThrow(TransportFailure);
  });
});
