/**
 * Brings results home: one framed stream for many attempts, checked by size and digest in a folder beside, then put
 * in place by rename. Nothing half-written is ever seen under the outputs folder.
 */
import { randomBytes } from 'node:crypto';
import { lstat, mkdir, readdir, realpath, rename, rm, rmdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Incoming, type Received, TransferError, type VerifiedFile } from '../../bundle/unpack.js';
import type { OutputSpec } from '../../model/job.js';
import type { FetchedFile } from '../../model/run.js';
import type { ClusterAgent } from '../../protocol/agent.js';
import { type Frame, words } from '../../protocol/frames.js';
import { Exchange } from '../../protocol/script.js';
import { messageOf } from '../context.js';

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
  /** What is there and could not be read there, so that it did not come. */
  readonly unread: readonly UnreadFile[];
  /** Set when this attempt's results did not come as announced or could not be put in place: why. Others' did. */
  readonly failed?: string;
}

export interface UnreadFile {
  /** As for {@link FetchedFile}. */
  readonly path: string;
  /** Every output that it belongs to is optional. */
  readonly optional: boolean;
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
    const received = await incoming.finish();
    return await Promise.all(items.map((item) => place(item, folder, received, reply.frames)));
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

/** One attempt's trouble is its own: it is told, and the others take their places. */
async function place(
  item: FetchItem,
  folder: string,
  received: Received,
  frames: readonly Frame[],
): Promise<Fetched> {
  const isOwn = ({ path }: { readonly path: string }): boolean => path.startsWith(`${item.token}/`);
  const failed = (why: string): Fetched => ({
    token: item.token,
    files: [],
    missing: [],
    unread: [],
    failed: why,
  });
  const fault = received.faults.find(isOwn);
  if (fault) return failed(fault.why);
  try {
    await assemble(join(folder, item.token), item.target);
  } catch (error) {
    return failed(`${item.target} cannot be written: ${messageOf(error)}`);
  }
  const files = placed(received.files.filter(isOwn), item);
  return { token: item.token, files, missing: missingOf(item, frames), unread: unreadOf(item, frames) };
}

/** Where a job's own `logs/` and ours have a file of one name, ours stands there. */
function placed(files: readonly VerifiedFile[], { token, target }: FetchItem): readonly FetchedFile[] {
  const found = new Map<string, FetchedFile>();
  for (const { path: sent, size, sha256 } of files) {
    const below = sent.slice(token.length + 1);
    const path = below.replace(/^work\//, '');
    if (below === path || !found.has(path)) found.set(path, { path, file: join(target, path), size, sha256 });
  }
  return [...found.values()];
}

/** `work/*` and `logs/` of the stream become one folder, which takes its place in one rename where it can. */
async function assemble(received: string, target: string): Promise<void> {
  const whole = join(received, 'work');
  await mkdir(whole, { recursive: true });
  if (await exists(join(received, 'logs'))) await merge(join(received, 'logs'), join(whole, 'logs'));
  await mkdir(dirname(target), { recursive: true });
  // Where results go is its owner's word, a link included; below it only what came counts.
  const place = await realpath(target).catch(() => target);
  if ((await exists(place)) && !(await kindOf(place)).isDirectory)
    throw new Error('a file of that name is there');
  await merge(whole, place);
}

/** Renames a folder to its place; where one stands there already, renames its files over those, and follows no link. */
async function merge(from: string, to: string): Promise<void> {
  const { isDirectory } = await kindOf(to);
  if (!isDirectory) {
    await rm(to, { force: true });
    await rename(from, to);
    return;
  }
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const source = join(from, entry.name);
    const place = join(to, entry.name);
    if (entry.isDirectory()) {
      await merge(source, place);
    } else {
      if ((await kindOf(place)).isDirectory) await rm(place, { recursive: true, force: true });
      await rename(source, place);
    }
  }
}

/** Of the thing itself: a link to a directory is none. */
async function kindOf(path: string): Promise<{ readonly isDirectory: boolean }> {
  const there = await lstat(path).catch(() => undefined);
  return { isDirectory: there?.isDirectory() ?? false };
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

/** `unread TOKEN INDEX PATH` names a file or a directory for each output that lacks it; no number: for none that is known. */
function unreadOf({ token, outputs }: FetchItem, frames: readonly Frame[]): readonly UnreadFile[] {
  const found = new Map<string, boolean>();
  for (const frame of frames) {
    if (frame.kind !== 'unread') continue;
    const [owner, index, file = ''] = words(frame.rest, 3);
    if (owner !== token) continue;
    const path = file.replace(/^work\//, '');
    const optional = outputs[Number(index) - 1]?.optional ?? false;
    found.set(path, optional && (found.get(path) ?? true));
  }
  return [...found].map(([path, optional]) => ({ path, optional }));
}
