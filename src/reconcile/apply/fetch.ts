/**
 * Brings results home: one framed stream for many attempts, checked by size and digest in a folder beside, then put
 * in place by rename. Nothing half-written is ever seen under the outputs folder.
 */
import { randomBytes } from 'node:crypto';
import { mkdir, readdir, rename, rm, rmdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Incoming, TransferError, type VerifiedFile } from '../../bundle/unpack.js';
import type { OutputSpec } from '../../model/job.js';
import type { FetchedFile } from '../../model/run.js';
import type { ClusterAgent } from '../../protocol/agent.js';
import { type Frame, words } from '../../protocol/frames.js';
import { Exchange } from '../../protocol/script.js';

export interface FetchItem {
  readonly token: string;
  readonly outputs: readonly OutputSpec[];
  /** Absolute folder here that gets the results: `outputs/<name>/<run>`. */
  readonly target: string;
}

export interface Fetched {
  readonly token: string;
  readonly files: readonly FetchedFile[];
  /** Patterns of `output` that matched nothing and were not optional. */
  readonly missing: readonly string[];
}

/** Folder beside the results where a stream is received; what a killed process leaves there is removed a day later. */
const INCOMING = '.incoming';
const ABANDONED_MS = 24 * 60 * 60_000;

/**
 * @param outputsFolder absolute; on one file system with every target
 * @throws {TransferError} when the stream is not whole: nothing was placed
 * @throws {TransportFailure} when the cluster was not reached
 */
export async function fetchResults(
  agent: ClusterAgent,
  items: readonly FetchItem[],
  outputsFolder: string,
  deadlineMs: number,
): Promise<readonly Fetched[]> {
  const folder = join(outputsFolder, INCOMING, randomBytes(6).toString('hex'));
  const incoming = await Incoming.into(folder);
  try {
    const reply = await agent.send(wordFetch(items), {
      deadlineMs,
      lane: 'bulk',
      onStream: (chunk) => incoming.write(chunk),
    });
    if (!reply.complete)
      throw new TransferError(`the results of ${agent.cluster.name} did not come whole: ${reply.why}`);
    const files = await incoming.finish();
    return await Promise.all(items.map((item) => place(item, folder, files, reply.frames)));
  } finally {
    await incoming.close();
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    await tidy(dirname(folder));
  }
}

/** Takes abandoned receptions away, and the folder itself when no other is under way. */
async function tidy(folder: string): Promise<void> {
  for (const name of await readdir(folder).catch(() => [])) {
    const path = join(folder, name);
    const { mtimeMs } = (await stat(path).catch(() => undefined)) ?? { mtimeMs: Infinity };
    if (Date.now() - mtimeMs > ABANDONED_MS) await rm(path, { recursive: true, force: true, maxRetries: 5 });
  }
  await rmdir(folder).catch(() => undefined);
}

function wordFetch(items: readonly FetchItem[]): Exchange {
  const exchange = new Exchange();
  for (const { token, outputs } of items)
    exchange.call('collect', token, ...outputs.map((output) => output.path));
  return exchange.call('stream');
}

async function place(
  item: FetchItem,
  folder: string,
  files: readonly VerifiedFile[],
  frames: readonly Frame[],
): Promise<Fetched> {
  const own = files.filter((file) => file.path.startsWith(`${item.token}/`));
  const placed: FetchedFile[] = own.map((file) => {
    const path = file.path.slice(item.token.length + 1).replace(/^work\//, '');
    return { path, file: join(item.target, path), size: file.size, sha256: file.sha256 };
  });
  await assemble(join(folder, item.token), item.target);
  return { token: item.token, files: placed, missing: missingOf(item, frames) };
}

/** `work/*` and `logs/` of the stream become one folder, which takes its place in one rename where it can. */
async function assemble(received: string, target: string): Promise<void> {
  const whole = join(received, 'work');
  await mkdir(whole, { recursive: true });
  if (await exists(join(received, 'logs'))) await merge(join(received, 'logs'), join(whole, 'logs'));
  await mkdir(dirname(target), { recursive: true });
  await merge(whole, target);
}

/** Renames a folder to its place; where one stands there already, renames its files over those. */
async function merge(from: string, to: string): Promise<void> {
  if (!(await exists(to))) {
    await rename(from, to);
    return;
  }
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const source = join(from, entry.name);
    const place = join(to, entry.name);
    const there = await stat(place).catch(() => undefined);
    if (entry.isDirectory() && there?.isDirectory()) {
      await merge(source, place);
    } else {
      if (there && there.isDirectory() !== entry.isDirectory())
        await rm(place, { recursive: true, force: true });
      await rename(source, place);
    }
  }
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}

/** `match TOKEN INDEX COUNT` tells for each pattern how much it found. */
function missingOf(item: FetchItem, frames: readonly Frame[]): readonly string[] {
  const found = new Map<number, number>();
  for (const frame of frames) {
    if (frame.kind !== 'match') continue;
    const [token, index, count] = words(frame.rest, 3);
    if (token === item.token) found.set(Number(index), Number(count));
  }
  return item.outputs
    .filter((output, index) => !output.optional && (found.get(index + 1) ?? 0) === 0)
    .map((output) => output.path);
}
