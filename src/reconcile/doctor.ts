/** The doctor of one cluster: how it answers, what it has, and on request a job that proves its compute nodes. */
import { randomBytes } from 'node:crypto';
import { TransportFailure } from '../ports.js';
import type { ClusterAgent, Reply } from '../protocol/agent.js';
import { Exchange } from '../protocol/script.js';
import { directoriesOf, renderJob } from './apply/materials.js';
import type { Context } from './context.js';
import { finding, type Finding, ofFailure, ofReply, ofStatus } from './findings.js';
import { hasEnded, type Look, ofEnd, ofLate, probeSpec, readLook } from './probe.js';
import { statusIn } from './status.js';

export interface CheckOptions {
  /** Also a job of a minute. */
  readonly job: boolean;
  /** Stops the wait for it; what was begun is still taken away. */
  readonly signal: AbortSignal;
}

const CHECK_DEADLINE_MS = 120_000;
const SUBMIT_DEADLINE_MS = 180_000;
const LOOK_DEADLINE_MS = 60_000;
/** How long the job may take, the queue included. */
const PATIENCE_MS = 3 * 60_000;
/** What a node wrote may be seen on the login node only later. */
const GRACE_MS = 15_000;

export async function examine(
  context: Context,
  agent: ClusterAgent,
  options: CheckOptions,
): Promise<readonly Finding[]> {
  let began = context.clock.now();
  let reply: Reply;
  try {
    reply = await agent.send(new Exchange().call('check').call('status'), {
      deadlineMs: CHECK_DEADLINE_MS,
      onOpen: () => (began = context.clock.now()),
    });
  } catch (error) {
    if (error instanceof TransportFailure) return [ofFailure(error)];
    throw error;
  }
  const middle = (began + context.clock.now()) / 2000;
  const found = [
    ...ofReply(agent.cluster, agent.address, reply, middle),
    ...ofStatus(statusIn(agent.manager, reply)),
  ];
  if (!options.job) return found;
  const workDir = reply.frames.find((frame) => frame.kind === 'work')?.rest;
  const broken = workDir === undefined || found.some(({ verdict }) => verdict === 'fail');
  if (broken) return [...found, finding('nodes', 'fail', 'no job was sent: mend what is above first')];
  return [...found, ...(await new Probe(context, agent, workDir).run(options.signal))];
}

/** One job, from its submission to the last trace of it. */
class Probe {
  readonly #context: Context;
  readonly #agent: ClusterAgent;
  readonly #workDir: string;
  readonly #name: string;
  #id = '-';
  /** Epoch seconds by the cluster's clock. */
  #submitted = 0;

  constructor(context: Context, agent: ClusterAgent, workDir: string) {
    this.#context = context;
    this.#agent = agent;
    this.#workDir = workDir;
    const now = Math.floor(context.clock.now() / 1000);
    this.#name = `sluice-probe-${now}-${randomBytes(6).toString('hex')}`;
  }

  async run(signal: AbortSignal): Promise<Finding[]> {
    let found: Finding[];
    try {
      found = (await this.#submit()) ?? (await this.#follow(signal));
    } catch (error) {
      if (!(error instanceof TransportFailure)) throw error;
      found = [finding('nodes', 'fail', `the connection was lost meanwhile: ${error.message}`)];
    }
    return [...found, ...(await this.#end())];
  }

  /** @returns what was found where there is nothing to follow */
  async #submit(): Promise<Finding[] | undefined> {
    const { cluster, manager } = this.#agent;
    const directories = directoriesOf(this.#workDir, this.#name);
    const job = renderJob(probeSpec(cluster), cluster, manager, this.#name, directories);
    const exchange = new Exchange().call('probe', this.#name, job.script, ...job.arguments);
    const { frames, why } = await this.#agent.send(exchange, { deadlineMs: SUBMIT_DEADLINE_MS });
    const of = (kind: string): (typeof frames)[number] | undefined =>
      frames.find((frame) => frame.kind === kind);
    this.#submitted = Number(of('clock')?.rest ?? 0);
    const [refused, fault] = [of('refused'), of('fault')];
    if (refused) {
      const code = Number(refused.rest.split(' ')[1] ?? 1);
      const { message } = manager.readRefusal(code, refused.errors.join('\n'));
      return [finding('nodes', 'fail', `a job is refused: ${message}`)];
    }
    if (fault) return [finding('nodes', 'fail', fault.rest)];
    if (frames.length === 0) return [finding('nodes', 'fail', `no job could be sent: ${why}`)];
    this.#id = of('probing')?.rest ?? '-';
    const id = this.#id === '-' ? 'a small job' : `job ${this.#id}`;
    this.#tell(`${id} is submitted to try the nodes; it is waited for, 3 minutes at most`);
    return undefined;
  }

  async #follow(signal: AbortSignal): Promise<Finding[]> {
    const { clock } = this.#context;
    const deadline = clock.now() + PATIENCE_MS;
    let endedAt: number | undefined;
    let look: Look | undefined;
    let before = '';
    while (!signal.aborted && clock.now() < deadline) {
      look = readLook((await this.#call('probe_look', LOOK_DEADLINE_MS)).frames);
      if (look.id !== undefined) this.#id = look.id;
      if (look.left !== undefined) return ofEnd(this.#id, look, this.#submitted, this.#workDir);
      if (hasEnded(look)) endedAt ??= clock.now();
      if (endedAt !== undefined && clock.now() - endedAt > GRACE_MS)
        return ofEnd(this.#id, look, this.#submitted, this.#workDir);
      const state = `${look.state}${look.reason === 'None' || look.reason === '-' ? '' : ` (${look.reason})`}`;
      if (state !== before && endedAt === undefined) this.#tell(`job ${this.#id}: ${state}`);
      before = state;
      await clock.sleep(this.#pause(), signal).catch(() => undefined);
    }
    return [ofLate(this.#id, look, signal.aborted ? 'interrupted' : 'after 3 minutes')];
  }

  /** Manners: a queue is not asked more than every five seconds. */
  #pause(): number {
    const { manager, transport } = this.#agent.cluster;
    return manager === 'direct' && transport === 'local' ? 200 : 5_000;
  }

  async #end(): Promise<Finding[]> {
    try {
      const { frames, why } = await this.#call('probe_end', LOOK_DEADLINE_MS);
      if (frames.some((frame) => frame.kind === 'probed')) return [];
      return [this.#left(frames.find((frame) => frame.kind === 'fault')?.rest ?? why)];
    } catch (error) {
      if (error instanceof TransportFailure) return [this.#left(error.message)];
      throw error;
    }
  }

  #left(why: string): Finding {
    const what = `${this.#workDir}/${this.#name}${this.#id === '-' ? '' : ` and job ${this.#id}`}`;
    return finding('clean-up', 'warn', `${what} may be left: ${why}`);
  }

  #call(verb: string, deadlineMs: number): Promise<Reply> {
    return this.#agent.send(new Exchange().call(verb, this.#name, this.#id), { deadlineMs });
  }

  #tell(text: string): void {
    this.#context.story({ level: 'info', cluster: this.#agent.cluster.name, text });
  }
}
