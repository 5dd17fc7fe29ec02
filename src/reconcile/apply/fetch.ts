/**
 * Brings results home: one framed stream for many attempts, checked by size and digest in a folder beside, then put
 * in place by rename. Nothing half-written is ever seen under the outputs folder.
 */
import { randomBytes } from 'node:crypto';
import { lstat, mkdir, readdir, realpath, rename, rm, rmdir, stat, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import {
  digestFile,
  Incoming,
  isNoRoom,
  NoRoomHere,
  type Received,
  TransferError,
  type VerifiedFile,
} from '../../bundle/unpack.js';
import type { OutputSpec } from '../../model/job.js';
import type { Loss } from '../../model/loss.js';
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
  /** What is there and differs is the user's, and stays: then nothing is placed. */
  readonly isUsers?: boolean;
  /** Paths that a later attempt brought: they stay as they are. */
  readonly except?: ReadonlySet<string>;
}

export interface Fetched {
  readonly token: string;
  readonly files: readonly FetchedFile[];
  /** Patterns of `output` that matched something. */
  readonly found: readonly string[];
  /** Patterns of `output` that matched nothing and were not optional. */
  readonly missing: readonly string[];
  /** What is there and did not come. */
  readonly unread: readonly UnreadFile[];
  /** The job's directory on the cluster, where it was not there any more, or not whole. */
  readonly gone?: string;
  /** Set when this attempt's results did not come as announced or could not be put in place: why. Others' did. */
  readonly failed?: Trouble;
}

/** What keeps results from home for now. */
export interface Trouble {
  readonly reason: 'FetchPending' | 'OutputsNotWritable' | 'NoRoomHere';
  readonly why: string;
}

/** The folder here that gets the results does not take them. */
export class PlaceError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'PlaceError';
  }
}

export function troubleOf(error: unknown): Trouble {
  const why = messageOf(error);
  if (isNoRoom(error)) return { reason: 'NoRoomHere', why };
  return { reason: error instanceof PlaceError ? 'OutputsNotWritable' : 'FetchPending', why };
}

export interface UnreadFile {
  /** As for {@link FetchedFile}. */
  readonly path: string;
  /** Every output that it belongs to is optional. */
  readonly optional: boolean;
  readonly loss: Loss;
}

/** Folder beside the results where a stream is received; what a killed process leaves there is removed a day later. */
const INCOMING = '.incoming';
/** Things in the way that a message names before it only counts. */
const NAMED = 10;
const ABANDONED_MS = 24 * 60 * 60_000;

/**
 * @param outputsFolder absolute; on one file system with every target
 * @throws {TransferError} when the stream is not whole, or finds no room here: nothing was placed
 * @throws {PlaceError} when the outputs folder cannot be written
 * @throws {TransportFailure} when the cluster was not reached
 */
export async function fetchResults(
  agent: ClusterAgent,
  items: readonly FetchItem[],
  outputsFolder: string,
  deadlineMs: number,
): Promise<readonly Fetched[]> {
  const folder = join(outputsFolder, INCOMING, randomBytes(6).toString('hex'));
  const incoming = await receiver(folder, outputsFolder);
  try {
    const reply = await agent.send(wordFetch(items), {
      deadlineMs,
      lane: 'bulk',
      onStream: (chunk) => incoming.write(chunk),
    });
    if (!reply.complete)
      throw new TransferError(`the results of ${agent.cluster.name} did not come whole: ${reply.why}`);
    const received = await incoming.finish();
    return await Promise.all(
      items.map((item) => place(item, { folder, outputsFolder, received, frames: reply.frames })),
    );
  } catch (error) {
    // What the link says then is that we hung up.
    const cause = incoming.failure ?? error;
    throw isNoRoom(cause) ? new NoRoomHere(outputsFolder, { cause }) : cause;
  } finally {
    await incoming.close();
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    await tidy(dirname(folder));
  }
}

async function receiver(folder: string, outputsFolder: string): Promise<Incoming> {
  try {
    await makeFolders(dirname(folder));
    return await Incoming.into(folder);
  } catch (error) {
    await rmdir(dirname(folder)).catch(() => undefined);
    throw placeError(error, outputsFolder, outputsFolder);
  }
}

function placeError(cause: unknown, folder: string, outputsFolder: string): Error {
  if (cause instanceof PlaceError) return cause;
  if (isNoRoom(cause)) return new NoRoomHere(outputsFolder, { cause });
  return new PlaceError(`${folder} cannot be written: ${messageOf(cause)}`, { cause });
}

/** One by one: asked for all at once, Node never comes to an end where the system makes none, as below /proc. */
async function makeFolders(path: string): Promise<void> {
  const there = await stat(path).catch(() => undefined);
  if (there?.isDirectory()) return;
  if (there) throw new PlaceError(`${path} is a file; results need a folder`);
  if (dirname(path) !== path) await makeFolders(dirname(path));
  await mkdir(path).catch((error: unknown) => {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  });
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

interface Reception {
  readonly folder: string;
  readonly outputsFolder: string;
  readonly received: Received;
  readonly frames: readonly Frame[];
}

/** One attempt's trouble is its own: it is told, and the others take their places. */
async function place(item: FetchItem, reception: Reception): Promise<Fetched> {
  const { folder, outputsFolder, received, frames } = reception;
  const { token } = item;
  const isOwn = ({ path }: { readonly path: string }): boolean => path.startsWith(`${token}/`);
  const failed = (trouble: Trouble): Fetched => ({
    token,
    files: [],
    found: [],
    missing: [],
    unread: [],
    failed: trouble,
  });
  const fault = received.faults.find(isOwn);
  if (fault) return failed({ reason: 'FetchPending', why: fault.why });
  try {
    await assemble(join(folder, token), item);
  } catch (error) {
    return failed(troubleOf(placeError(error, item.target, outputsFolder)));
  }
  const files = placed(received.files.filter(isOwn), item);
  const gone = frames.map(({ kind, rest }) => [kind, ...words(rest, 2)]).find(
    ([kind, owner]) => kind === 'gone' && owner === token,
  )?.[2]; // prettier-ignore
  return {
    ...{ token, files, ...matchesOf(item, frames) },
    unread: [...unreadOf(item, frames), ...unnamableOf(item, received)],
    ...(gone === undefined ? {} : { gone }),
  };
}

/** Where a job's own `logs/` and ours have a file of one name, ours stands there. */
function placed(
  files: readonly VerifiedFile[],
  { token, target, except }: FetchItem,
): readonly FetchedFile[] {
  const found = new Map<string, FetchedFile>();
  for (const { path: sent, size, sha256 } of files) {
    const below = sent.slice(token.length + 1);
    const path = below.replace(/^work\//, '');
    if (except?.has(path) === true) continue;
    if (below === path || !found.has(path)) found.set(path, { path, file: join(target, path), size, sha256 });
  }
  return [...found.values()];
}

/** `work/*` and `logs/` of the stream become one folder, which takes its place in one rename where it can. */
async function assemble(
  received: string,
  { target, isUsers = false, except = new Set() }: FetchItem,
): Promise<void> {
  const whole = join(received, 'work');
  await mkdir(whole, { recursive: true });
  if (await exists(join(received, 'logs'))) await merge(join(received, 'logs'), join(whole, 'logs'));
  for (const path of except) await rm(join(whole, path), { force: true });
  await makeFolders(dirname(target));
  // Where results go is its owner's word, a link included; below it only what came counts.
  const place = await realpath(target).catch(() => target);
  if ((await exists(place)) && !(await kindOf(place)).isDirectory)
    throw new PlaceError(`${target}: a file of that name is there`);
  await checkRoom(whole, place, isUsers);
  await takePlace(whole, place);
}

/** Before anything is moved: no directory makes room for a file, no file for a directory, and of the user's own none. */
async function checkRoom(from: string, to: string, isUsers: boolean): Promise<void> {
  const ways = await inTheWay(from, to, isUsers);
  if (ways.length === 0) return;
  const more = ways.length > NAMED ? `, and ${ways.length - NAMED} more` : '';
  const advice = isUsers ? 'name another folder, or move them away' : 'move them away';
  throw new PlaceError(`nothing was placed: ${ways.slice(0, NAMED).join(', ')}${more}; ${advice}`);
}

async function inTheWay(from: string, to: string, isUsers: boolean): Promise<readonly string[]> {
  const ways: string[] = [];
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const source = join(from, entry.name);
    const place = join(to, entry.name);
    const there = await lstat(place).catch(() => undefined);
    if (!there) continue;
    if (there.isDirectory()) {
      if (entry.isDirectory()) ways.push(...(await inTheWay(source, place, isUsers)));
      else ways.push(`${place} is a directory, where a file comes`);
    } else if (entry.isDirectory()) {
      if (isUsers || !there.isSymbolicLink()) ways.push(`${place} is a file, where a directory comes`);
    } else if (isUsers && !(there.isFile() && (await isSame(source, place)))) {
      ways.push(`${place} is there already and differs`);
    }
  }
  return ways;
}

async function isSame(one: string, other: string): Promise<boolean> {
  if ((await stat(one)).size !== (await stat(other)).size) return false;
  return (await digestFile(one)).sha256 === (await digestFile(other)).sha256;
}

/** Renames a folder to its place, or its files over those of one that stands there; follows no link, removes no more. */
async function takePlace(from: string, to: string): Promise<void> {
  const there = await lstat(to).catch(() => undefined);
  if (there?.isDirectory() !== true) {
    if (there?.isSymbolicLink() === true) await unlink(to);
    await rename(from, to);
    return;
  }
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const source = join(from, entry.name);
    if (entry.isDirectory()) await takePlace(source, join(to, entry.name));
    else await rename(source, join(to, entry.name));
  }
}

/** Among what came: a folder goes to its place; where one stands there already, its files go over those. */
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
function matchesOf(item: FetchItem, frames: readonly Frame[]): Pick<Fetched, 'found' | 'missing'> {
  const found = new Map<number, number>();
  for (const frame of frames) {
    if (frame.kind !== 'match') continue;
    const [token, index, count] = words(frame.rest, 3);
    if (token === item.token) found.set(Number(index), Number(count));
  }
  const count = (index: number): number => found.get(index + 1) ?? 0;
  const { outputs } = item;
  return {
    found: outputs.filter((_, index) => count(index) > 0).map(({ path }) => path),
    missing: outputs.filter(({ optional }, index) => !optional && count(index) === 0).map(({ path }) => path),
  };
}

/** `unread TOKEN INDEX PATH` names a file or a directory for each output that lacks it; no number: for none that is known. */
function unreadOf({ token, outputs }: FetchItem, frames: readonly Frame[]): readonly UnreadFile[] {
  const found = new Map<string, UnreadFile>();
  for (const { kind, rest } of frames) {
    if (kind !== 'unread' && kind !== 'dangling' && kind !== 'special') continue;
    const [owner, index, file = ''] = words(rest, 3);
    if (owner !== token) continue;
    const path = file.replace(/^work\//, '');
    const optional = outputs[Number(index) - 1]?.optional ?? false;
    const before = found.get(path);
    found.set(path, {
      path,
      optional: optional && (before?.optional ?? true),
      loss: before?.loss ?? kind,
    });
  }
  return [...found.values()];
}

/** To which outputs they belong is known where it is named as it is, or all are optional. */
function unnamableOf({ token, outputs }: FetchItem, { unnamable }: Received): readonly UnreadFile[] {
  return unnamable
    .filter((path) => path.startsWith(`${token}/`))
    .map((each) => {
      const path = each.slice(token.length + 1).replace(/^work\//, '');
      const within = outputs.filter((output) => output.path === path || path.startsWith(`${output.path}/`));
      const owners = within.length > 0 ? within : outputs;
      return {
        path,
        optional: owners.length > 0 && owners.every(({ optional }) => optional),
        loss: 'unnamable',
      };
    });
}
