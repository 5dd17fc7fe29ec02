/**
 * A daemon that is used for long: its memory stays level. Jobs come, run and leave, the page and the records are read,
 * followers come and go, some of them without a word.
 */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { ask, type Daemon, figure, follow, passes, type State, withDaemon } from './daemon.js';
import { median } from './measure.js';
import type { Row } from './table.js';

const MOST_MEMORY_MB = 300;
/** The last quarter beside the second one; what comes before has not warmed up. */
const MOST_GROWTH = 1.1;
/** A turn that takes so long is told, with how long the answering thread was held. */
const SLOW_MS = 2_000;
const TURN_MS = 1_000;
const JOBS_KEPT = 50;
const FOLLOWERS = 8;

export interface Soak extends State {
  readonly minutes: number;
}

/** What a daemon in use came to. */
export interface Usage {
  /** Of its memory, MB: the highest, and the medians of the second and the last quarter. */
  readonly peak: number;
  readonly second: number;
  readonly last: number;
  readonly answers: number;
  readonly passes: number;
  readonly turns: number;
}

/** @throws where an answer is not 200, or the daemon ends */
export function usage(size: Soak): Promise<Usage> {
  return withDaemon(size, (daemon) => use(daemon, size));
}

export async function soak(size: Soak): Promise<Row[]> {
  const { peak, second, last, answers, passes: made, turns } = await usage(size);
  const growth = last / second;
  const beside = `${size.minutes} min, ${answers} answers, ${made} passes`;
  const row = (words: string, target: string, value: string, met: boolean): Row => ({
    ...{ name: words, floor: '', ours: '', cpu: '', target, value, met },
  });
  return [
    row(
      `memory of a daemon in use (${beside})`,
      `${MOST_MEMORY_MB} MB`,
      `${peak.toFixed(0)} MB`,
      peak < MOST_MEMORY_MB,
    ),
    row(
      '  the last quarter beside the second',
      `${MOST_GROWTH}`,
      `${growth.toFixed(2)} (${second.toFixed(0)}, then ${last.toFixed(0)} MB)`,
      growth <= MOST_GROWTH && made > turns / 10,
    ),
  ];
}

async function use({ directory, port, memory }: Daemon, { minutes, finished }: Soak): Promise<Usage> {
  const samples: number[] = [];
  const followers: (() => void)[] = [];
  const name = (): string => `job-${String(1 + Math.floor(Math.random() * finished)).padStart(6, '0')}`;
  const manifest = (turn: number): string => join(directory, `jobs.d/turn-${turn}.yaml`);
  const turns = Math.round((minutes * 60_000) / TURN_MS);
  const end = performance.now() + minutes * 60_000;
  let asked = 0;
  for (let turn = 0; turn < turns && performance.now() < end; turn += 1) {
    const next = pause(TURN_MS);
    const began = performance.now();
    if (turn % 2 === 0) writeFileSync(manifest(turn), `destination_cluster: here\nexecution: echo ${turn}\n`);
    rmSync(manifest(turn - 2 * JOBS_KEPT), { force: true });
    followers.push(follow(port));
    if (followers.length > FOLLOWERS) followers.shift()?.();
    const paths = ['/', '/jobs?limit=100', '/clusters', `/jobs/${name()}`, `/jobs/${name()}/events`];
    for (let more = 0; more < 20; more += 1) paths.push(`/jobs/${name()}/state`);
    for (const path of paths) await ask(port, path);
    asked += paths.length;
    const held = await figure(port, 'nodejs_eventloop_lag_max_seconds');
    samples.push(memory());
    const took = performance.now() - began;
    if (took > SLOW_MS)
      process.stderr.write(`soak: turn ${turn} took ${took.toFixed(0)} ms, held for ${held.toFixed(3)} s\n`);
    await next;
  }
  for (const leave of followers) leave();
  const made = await passes(port);
  const quarter = (which: number): number =>
    median(samples.slice((samples.length * which) / 4, (samples.length * (which + 1)) / 4));
  return {
    ...{ peak: Math.max(...samples), second: quarter(1), last: quarter(3) },
    ...{ answers: asked, passes: made, turns },
  };
}
