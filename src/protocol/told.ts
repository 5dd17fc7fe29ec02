/** What the steps of an attempt left on the cluster: the commit of a clone, a download's digest, what modules printed. */
import type { FetchedSource } from '../model/run.js';
import { type Frame, words } from './frames.js';

export interface Told {
  /** By name, as `commit`, `url`, `download`, `preprocessing.1.json`. */
  readonly texts: ReadonlyMap<string, string>;
  /** What is there and was not told, and why; for people. */
  readonly faults: readonly string[];
  /** All of it came; otherwise the reply broke off. */
  readonly complete: boolean;
}

interface Draft {
  readonly texts: Map<string, string>;
  readonly faults: string[];
  complete: boolean;
}

/** By token: every attempt of which anything was said. The lines of a text are closed by a newline each. */
export function readTold(frames: readonly Frame[]): ReadonlyMap<string, Told> {
  const all = new Map<string, Draft>();
  const of = (token: string): Draft => {
    const told = all.get(token) ?? { texts: new Map<string, string>(), faults: [], complete: false };
    all.set(token, told);
    return told;
  };
  for (const { kind, rest, lines } of frames) {
    const [first = '', second = '', third = ''] = words(rest, kind === 'fault' ? 3 : 2);
    if (kind === 'told' && second === '') of(first).complete = true;
    else if (kind === 'told') of(first).texts.set(second, lines.map((line) => `${line}\n`).join(''));
    if (kind === 'fault' && first === 'told') of(second).faults.push(third);
  }
  return all;
}

/** @returns undefined where the step `source` has told nothing, or nothing whole */
export function readSource({ texts }: Pick<Told, 'texts'>): FetchedSource | undefined {
  const commit = /^[0-9a-f]{40,64}(?=\n$)/.exec(texts.get('commit') ?? '')?.[0];
  if (commit !== undefined) return { kind: 'git', commit, url: (texts.get('url') ?? '').trimEnd() };
  const [, sha256, size, file] = /^([0-9a-f]{64}) (\d+) (.+)\n$/.exec(texts.get('download') ?? '') ?? [];
  if (sha256 === undefined || file === undefined) return undefined;
  return { kind: 'url', sha256, size: Number(size), file };
}
