/** Trials that strike our own half: the process is killed, or its line is cut, at each of its points. */
import { readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Site } from '../lab/lab.js';
import type { Point } from './fault.js';
import { ARRAY, PLAIN, Project, STEPPED } from './project.js';
import type { Trial } from './trial.js';
import { findings } from './verdict.js';

/** How often it looks, and what it finds then, differs from run to run. */
const CHANCE = { mayMiss: true };
/** Points inside a batch are among them: without steps, with steps, an array. */
const BATCH = [PLAIN, STEPPED, ARRAY];

/** Runs a batch that nothing happens to. @returns its points in their order */
export async function countPoints(site: Site): Promise<Point[]> {
  const project = await Project.make(site, BATCH);
  const log = join(tmpdir(), `sluice-points-${project.installation}`);
  const end = await project.run({ log });
  const wrongs = await findings(project, end);
  if (wrongs.length > 0) throw new Error(`without any fault: ${JSON.stringify(wrongs)}\n${project.story}`);
  const passed = new Map<string, number>();
  const points = readFileSync(log, 'utf8')
    .trimEnd()
    .split('\n')
    .map((label) => {
      const nth = (passed.get(label) ?? 0) + 1;
      passed.set(label, nth);
      return { label, nth };
    });
  rmSync(log);
  project.remove();
  return points;
}

/** Killed at the point, started again. */
export function killTrials(site: Site, points: readonly Point[]): Trial[] {
  return points.map((at) => ({
    name: `killed at "${at.label}" ${at.nth}`,
    site,
    jobs: BATCH,
    run: async (project) => {
      await project.run({ kind: 'kill', at });
      return findings(project, await project.run(), CHANCE);
    },
  }));
}

/** A point at which something is on its way to or from the cluster. */
export function isOnTheLine({ label }: Point): boolean {
  return !/^(transaction|rename|channel: before)/.test(label);
}

/** The line is cut at the point, the process goes on and must settle everything by itself. */
export function cutTrials(site: Site, points: readonly Point[]): Trial[] {
  return points.map((at) => ({
    name: `cut at "${at.label}" ${at.nth}`,
    site,
    jobs: BATCH,
    run: async (project) => findings(project, await project.run({ kind: 'cut', at }), CHANCE),
  }));
}

/** Killed twice, wherever it is after so many milliseconds. */
export function randomTrials(site: Site, random: () => number, count: number): Trial[] {
  return Array.from({ length: count }, () => {
    const moments = [600 + Math.floor(random() * 3000), 600 + Math.floor(random() * 2500)];
    return {
      name: `killed after ${moments.join(' and ')} ms`,
      site,
      jobs: BATCH,
      run: async (project: Project) => {
        for (const killAfterMs of moments) await project.run({ killAfterMs });
        return findings(project, await project.run());
      },
    };
  });
}

/** The first of each label, and of the rest so many as chance takes. */
export function sample(points: readonly Point[], random: () => number, more: number): Point[] {
  const first = points.filter((point) => point.nth === 1);
  return [
    ...first,
    ...some(
      points.filter((point) => point.nth > 1),
      random,
      more,
    ),
  ];
}

/** So many of them, without repetition. */
export function some<T>(items: readonly T[], random: () => number, count: number): T[] {
  const left = [...items];
  const taken: T[] = [];
  while (taken.length < count && left.length > 0)
    taken.push(...left.splice(Math.floor(random() * left.length), 1));
  return taken;
}

/** mulberry32: the same numbers for the same seed. */
export function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
