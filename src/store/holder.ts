import { rmSync } from 'node:fs';
import { hostname } from 'node:os';
import { readIfThere, writeAtomically } from './files.js';
import { isObject } from './rows.js';
import { stateFiles } from './paths.js';

/** Who holds the lease: for people. The lock alone decides. */
export interface Holder {
  readonly pid: number;
  readonly host: string;
  /** Epoch milliseconds. */
  readonly since: number;
  /** As a person would type it: `sluice serve`. */
  readonly command: string;
}

export function writeHolder(directory: string, command: string, now: number): void {
  const holder: Holder = { pid: process.pid, host: hostname(), since: now, command };
  writeAtomically(stateFiles.holder(directory), `${JSON.stringify(holder)}\n`);
}

export function removeHolder(directory: string): void {
  rmSync(stateFiles.holder(directory), { force: true });
}

/** The last one that said who it is; undefined where nobody did, or not readably. May be out of date. */
export function readHolder(directory: string): Holder | undefined {
  let value: unknown;
  try {
    value = JSON.parse(readIfThere(stateFiles.holder(directory)) ?? 'null');
  } catch {
    return undefined;
  }
  if (!isObject(value)) return undefined;
  const { pid, host, since, command } = value;
  if (typeof pid !== 'number' || typeof host !== 'string') return undefined;
  if (typeof since !== 'number' || typeof command !== 'string') return undefined;
  return { pid, host, since, command };
}

/** `"sluice serve" (process 12 on login1, since 14:03, 2 min ago)`, or a general word. Local time, for people. */
export function describeHolder(holder: Holder | undefined, now: number): string {
  if (holder === undefined) return 'another process';
  const { command, pid, host, since } = holder;
  return `"${command}" (process ${pid} on ${host}, since ${clockTime(since, now)}, ${howLongAgo(now - since)})`;
}

/** `14:03`, or with the date where it was not today. */
function clockTime(at: number, now: number): string {
  const [then, today] = [new Date(at), new Date(now)];
  const two = (number: number): string => String(number).padStart(2, '0');
  const time = `${two(then.getHours())}:${two(then.getMinutes())}`;
  if (then.toDateString() === today.toDateString()) return time;
  return `${then.getFullYear()}-${two(then.getMonth() + 1)}-${two(then.getDate())} ${time}`;
}

function howLongAgo(ms: number): string {
  const minutes = Math.floor(ms / 60_000);
  if (minutes < 1) return 'just now';
  if (minutes < 120) return `${minutes} min ago`;
  return minutes < 48 * 60 ? `${Math.floor(minutes / 60)} h ago` : `${Math.floor(minutes / 1440)} days ago`;
}
