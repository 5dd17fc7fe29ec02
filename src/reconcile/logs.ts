/** A job's logs: from the results when they are here, from the cluster while it runs. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Attempt, isEnded, type RunRecord } from '../model/run.js';
import { Exchange } from '../protocol/script.js';
import { type Context, resultsFolder } from './context.js';
import type { Site } from './sites.js';

export interface TailOptions {
  readonly stream: 'stdout' | 'stderr' | 'requirements' | 'compilation';
  /** Task of an array, from 1. */
  readonly task?: number;
  /** Go on until the run has ended; of a step, until the steps are over. */
  readonly follow: boolean;
  readonly signal: AbortSignal;
}

const CHUNK_BYTES = 1024 * 1024;
const FOLLOW_PAUSE_MS = 2_000;
const TAIL_DEADLINE_MS = 60_000;

/** @throws {TransportFailure} when the log is on a cluster that cannot be reached */
export async function* tailLog(
  context: Context,
  read: () => RunRecord,
  site: (cluster: string) => Site,
  options: TailOptions,
): AsyncGenerator<string> {
  const name = logName(options);
  const here = await fetchedLog(context, read(), name);
  if (here !== undefined) {
    yield here;
    return;
  }
  let offset = 0;
  let token = '';
  while (!options.signal.aborted) {
    const record = read();
    const attempt = record.attempts.at(-1);
    if (attempt !== undefined && isPlaced(attempt)) {
      // Another attempt has logs of its own.
      if (attempt.token !== token) [token, offset] = [attempt.token, 0];
      const part = await partOf(context, site(attempt.cluster), token, name, offset);
      offset += part.bytes;
      if (part.text !== '') yield part.text;
      if (part.more) continue;
    }
    if (!options.follow || isOver(record, options.stream)) return;
    await context.clock.sleep(FOLLOW_PAUSE_MS, options.signal).catch(() => undefined);
  }
}

/** Before that there is nothing of it on the cluster. */
function isPlaced({ state, outcome }: Attempt): boolean {
  return state !== 'intended' && outcome !== 'unsent';
}

/** Nothing more comes: as it was read before the last look, so that what was written until then is seen. */
function isOver({ run, attempts }: RunRecord, stream: TailOptions['stream']): boolean {
  if (isEnded(run.phase)) return true;
  if (stream === 'stdout' || stream === 'stderr') return false;
  return ['prepared', 'submitted', 'ended'].includes(attempts.at(-1)?.state ?? '');
}

function logName({ stream, task }: TailOptions): string {
  return task === undefined || stream === 'requirements' || stream === 'compilation'
    ? stream
    : `${stream}.${task}`;
}

async function fetchedLog(context: Context, record: RunRecord, name: string): Promise<string | undefined> {
  if (record.attempts.at(-1)?.fetchedAt === undefined) return undefined;
  const file = join(context.outputs, ...resultsFolder(record.run), 'logs', name);
  return readFile(file, 'utf8').catch(() => undefined);
}

async function partOf(
  context: Context,
  site: Site,
  token: string,
  name: string,
  offset: number,
): Promise<{ text: string; bytes: number; more: boolean }> {
  const exchange = new Exchange().call('tail', token, name, String(offset), String(CHUNK_BYTES));
  const reply = await context.agent(site).send(exchange, { deadlineMs: TAIL_DEADLINE_MS });
  const frame = reply.frames.find((each) => each.kind === 'tail');
  if (!frame || frame.rest === '-') return { text: '', bytes: 0, more: false };
  const bytes = Math.max(0, Math.min(CHUNK_BYTES, Number(frame.rest) - offset));
  const joined = frame.lines.join('\n');
  // The wrapper sends lines: whether the last one was ended shows in the count of bytes.
  const text = Buffer.byteLength(joined) < bytes ? `${joined}\n` : joined;
  return { text, bytes, more: bytes === CHUNK_BYTES };
}
