/**
 * The near half of `wrapper/`: one agent speaks with one cluster. It builds exchanges, sends them over a transport,
 * reads the frames. It decides nothing; what it could not learn it says.
 */
import { randomBytes } from 'node:crypto';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Cluster } from '../model/cluster.js';
import type { Asked, ClusterObservation, JobRow } from '../model/observation.js';
import {
  type Channel,
  type Transport,
  type TransportCounts,
  TransportFailure,
  type WorkloadManager,
} from '../ports.js';
import { type Frame, FrameReader } from './frames.js';
import { readClaims, readHello, readRaw } from './observation.js';
import { type Delivery, Exchange, type WrapperProgram } from './script.js';

/** What is remembered of a cluster between processes, so that nothing is asked or sent twice. */
export interface AgentMemory {
  /** Digest of the wrapper that is known to be there. */
  wrapperDigest: string | undefined;
  /** Whether the site keeps accounting, once known. */
  accounting: 'unknown' | 'on' | 'off';
}

export interface AgentOptions {
  readonly cluster: Cluster;
  readonly transport: Transport;
  readonly manager: WorkloadManager;
  readonly program: WrapperProgram;
  readonly installation: string;
  readonly memory: AgentMemory;
  /** False for `plan`: then nothing is written on the cluster, not even the wrapper. */
  readonly mayWrite: boolean;
}

/** The frames of an exchange, and whether the reply came whole. */
export interface Reply {
  readonly frames: readonly Frame[];
  /** The first lines that the login shell printed by itself. */
  readonly noise: readonly string[];
  readonly complete: boolean;
  /** Set when the reply is not whole: why, for people. */
  readonly why: string;
}

export interface SendOptions {
  readonly deadlineMs: number;
  readonly lane?: 'control' | 'bulk';
  /** Sent when the wrapper asks for it. */
  readonly payload?: () => Readable;
  /** Told when the way is open, before anything is sent: a slow login, or a person who is asked, is over then. */
  readonly onOpen?: () => void;
  /** Takes the bytes of a bulk answer. */
  readonly onStream?: (chunk: Buffer) => void | Promise<void>;
}

export class ClusterAgent {
  readonly #options: AgentOptions;

  constructor(options: AgentOptions) {
    this.#options = options;
  }

  get cluster(): Cluster {
    return this.#options.cluster;
  }
  get manager(): WorkloadManager {
    return this.#options.manager;
  }
  get counts(): TransportCounts {
    return this.#options.transport.counts;
  }
  get address(): string {
    return this.#options.transport.address;
  }

  close(): Promise<void> {
    return this.#options.transport.close();
  }

  /**
   * One round trip: everything about this installation's live attempts.
   * @throws {TransportFailure} when the cluster was not reached, or its directories are named wrongly
   * @throws {IncompleteReply} when the reply broke off
   */
  async observe(deadlineMs: number, onOpen: () => void = () => undefined): Promise<ClusterObservation> {
    const { manager, mayWrite, memory } = this.#options;
    const exchange = new Exchange().call(
      'observe',
      memory.accounting === 'off' ? '0' : '1',
      mayWrite ? '1' : '0',
    );
    const reply = await this.send(exchange, { deadlineMs, onOpen });
    const fault = reply.frames.find(({ kind, rest }) => kind === 'fault' && rest.startsWith('begin '));
    // What the inventory says of its directories cannot be there: for a person to mend.
    if (fault)
      throw new TransportFailure(
        'misconfigured',
        `${this.cluster.name}: ${fault.rest.slice('begin '.length)}`,
      );
    if (!reply.complete) throw new IncompleteReply(this.cluster.name, reply.why);
    const accounting = manager.parseAccounting(readRaw(reply.frames, 'accounting'));
    this.#learnAccounting(accounting, reply.frames);
    return {
      hello: readHello(reply.frames),
      claims: readClaims(reply.frames),
      queue: manager.parseQueue(readRaw(reply.frames, 'queue')),
      accounting,
    };
  }

  /**
   * Sends one exchange and reads its frames.
   * @throws {TransportFailure} when nothing was sent
   */
  async send(exchange: Exchange, options: SendOptions): Promise<Reply> {
    const delivery = this.#delivery();
    const reply = await this.#sendOnce(exchange, options, delivery);
    if (delivery === 'present' && reply.frames.some((frame) => frame.kind === 'missing')) {
      this.#options.memory.wrapperDigest = undefined;
      return this.#learn(await this.#sendOnce(exchange, options, this.#delivery()));
    }
    return this.#learn(reply);
  }

  #delivery(): Delivery {
    const { memory, program, mayWrite } = this.#options;
    if (memory.wrapperDigest === program.digest) return 'present';
    return mayWrite ? 'install' : 'inline';
  }

  #learn(reply: Reply): Reply {
    const { memory, program } = this.#options;
    if (reply.frames.some((frame) => frame.kind === 'installed')) memory.wrapperDigest = program.digest;
    return reply;
  }

  #learnAccounting(answer: Asked<readonly JobRow[]>, frames: readonly Frame[]): void {
    const asked = readRaw(frames, 'accounting').exitCode !== 'none';
    if (!asked) return;
    if (answer.kind === 'answered') this.#options.memory.accounting = 'on';
    // Only the manager's own word that there is none; silence is lag or trouble.
    if (answer.kind === 'none') this.#options.memory.accounting = 'off';
  }

  async #sendOnce(exchange: Exchange, options: SendOptions, delivery: Delivery): Promise<Reply> {
    const { cluster, installation, program, transport } = this.#options;
    const nonce = randomBytes(9).toString('hex');
    const head = { nonce, installation, claimsDir: cluster.claimsDir, workDir: cluster.workDir };
    const script = exchange.render(head, program, delivery, options.onStream !== undefined);
    const channel = await transport.open({
      shell: cluster.loginShell ? 'login' : 'sh',
      deadlineMs: options.deadlineMs,
      lane: options.lane ?? 'control',
    });
    options.onOpen?.();
    return converse(channel, script, nonce, options);
  }
}

/** The cluster was reached, but its reply is not whole: what it did is unknown until looked up. */
export class IncompleteReply extends Error {
  constructor(cluster: string, why: string) {
    super(`the reply of ${cluster} broke off: ${why}`);
    this.name = 'IncompleteReply';
  }
}

async function converse(
  channel: Channel,
  script: string,
  nonce: string,
  options: SendOptions,
): Promise<Reply> {
  let payload: Promise<void> | undefined;
  const reader = new FrameReader(nonce, {
    onReady: () => {
      payload = sendPayload(channel, options.payload);
    },
    ...(options.onStream ? { onStream: options.onStream } : {}),
  });
  channel.stdin.on('error', () => undefined); // a cut connection is told by `end`
  if (options.payload) channel.stdin.write(script);
  else channel.stdin.end(script);
  let broken: string | undefined;
  try {
    for await (const chunk of channel.stdout) await reader.push(chunk as Buffer);
  } catch (error) {
    broken = error instanceof Error ? error.message : String(error);
    channel.abort(broken);
  }
  const end = await channel.end;
  await payload;
  const complete =
    reader.complete && broken === undefined && (end.kind === 'exited' ? end.code === 0 : false);
  const why = complete ? '' : (broken ?? explain(end, reader.frames));
  return { frames: reader.frames, noise: reader.noise, complete, why };
}

async function sendPayload(channel: Channel, payload: (() => Readable) | undefined): Promise<void> {
  if (!payload) {
    channel.stdin.end();
    return;
  }
  try {
    await pipeline(payload(), channel.stdin);
  } catch (error) {
    channel.abort(`the payload could not be sent: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function explain(end: Awaited<Channel['end']>, frames: readonly Frame[]): string {
  const fault = frames.find((frame) => frame.kind === 'fault');
  const stderr = end.stderr.trim().split('\n').slice(-3).join(' / ');
  const how = end.kind === 'lost' ? end.why : `the shell there ended with code ${end.code}`;
  return [fault ? `${fault.rest};` : '', how, stderr ? `(${stderr})` : ''].filter(Boolean).join(' ');
}
