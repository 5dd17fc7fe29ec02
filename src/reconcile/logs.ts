/** A job's logs: from the results when they are here, from the cluster while it runs. */
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { type Attempt, isEnded, type RunRecord } from '../model/run.js';
import { attemptOfTask, isFetchedLog } from '../model/tasks.js';
import { Exchange } from '../protocol/script.js';
import { type Context, resultsFolder } from './context.js';
import type { Site } from './sites.js';

export interface TailOptions {
  readonly stream: 'stdout' | 'stderr' | 'requirements' | 'compilation';
  /** Task of an array, from 1. */
  readonly task?: number;
  /** Go on until the run has ended; of a step, until the steps are over. */
  readonly follow: boolean;
  /** Only its last so many bytes, from the beginning of a line. */
  readonly last?: number;
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
  const here = await openFetched(context, read(), name, options);
  if (here !== undefined) {
    yield* here;
    return;
  }
  let offset = 0;
  let isCut = false;
  let token = '';
  while (!options.signal.aborted) {
    const record = read();
    const attempt = attemptOf(record, options);
    if (attempt !== undefined && isPlaced(attempt)) {
      // Another attempt has logs of its own.
      const isNew = attempt.token !== token;
      if (isNew) {
        token = attempt.token;
        const size = await sizeFor(context, site(attempt.cluster), token, name, options.last);
        ({ start: offset, isCut } = startFor(size, options.last));
      }
      const part = await partOf(context, site(attempt.cluster), token, name, offset);
      const text = isNew && isCut ? fromLine(part.text) : part.text;
      offset += part.bytes;
      if (text !== '') yield text;
      if (part.more) continue;
    }
    if (!options.follow || isOver(record, options.stream)) return;
    await context.clock.sleep(FOLLOW_PAUSE_MS, options.signal).catch(() => undefined);
  }
}

/** Each task of an array has the logs of the attempt that had it last; what runs before the job is of the last of all. */
function attemptOf(record: RunRecord, { stream, task }: TailOptions): Attempt | undefined {
  return attemptOfTask(record, stream === 'stdout' || stream === 'stderr' ? task : undefined);
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

/** In pieces: it may be larger than what a process can hold. */
async function openFetched(
  context: Context,
  record: RunRecord,
  name: string,
  options: TailOptions,
): Promise<AsyncIterable<string> | undefined> {
  if (!isFetchedLog(record, options)) return undefined;
  const path = join(context.outputs, ...resultsFolder(record.run), 'logs', name);
  const file = await open(path).catch(() => undefined);
  if (file === undefined) return undefined;
  const { start, isCut } = startFor((await file.stat()).size, options.last);
  return piecesOf(file.createReadStream({ encoding: 'utf8', start }), isCut);
}

async function* piecesOf(parts: AsyncIterable<unknown>, isCut: boolean): AsyncGenerator<string> {
  let isFirst = isCut;
  for await (const part of parts) {
    const text = String(part);
    yield isFirst ? fromLine(text) : text;
    isFirst = false;
  }
}

/** Without the line in whose middle it begins. */
function fromLine(text: string): string {
  const end = text.indexOf('\n');
  return end < 0 ? text.slice(1) : text.slice(end + 1);
}

/** One byte before the last so many, which tells whether a line begins there. */
function startFor(size: number, last = Infinity): { readonly start: number; readonly isCut: boolean } {
  const isCut = size > last;
  return { start: isCut ? size - last - 1 : 0, isCut };
}

/** Of a log on a cluster, in bytes, where that is of interest. */
async function sizeFor(
  context: Context,
  site: Site,
  token: string,
  name: string,
  last: number | undefined,
): Promise<number> {
  if (last === undefined) return 0;
  const exchange = new Exchange().call('tail', token, name, '0', '0');
  const reply = await context.agent(site).send(exchange, { deadlineMs: TAIL_DEADLINE_MS });
  const size = Number(reply.frames.find((each) => each.kind === 'tail')?.rest);
  return Number.isFinite(size) ? size : 0;
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
