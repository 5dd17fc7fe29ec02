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

/** `"sluice serve" (pid 12 on login1, since …)`, or a general word. */
export function describeHolder(holder: Holder | undefined): string {
  if (holder === undefined) return 'another process';
  const since = new Date(holder.since).toISOString();
  return `"${holder.command}" (process ${holder.pid} on ${holder.host}, since ${since})`;
}
