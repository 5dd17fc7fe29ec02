/**
 * The words that fit where the cursor stands. Asked at each press of the key: no network, no lease, no validation; it
 * reads names only, and what cannot be read completes nothing.
 */
import type { Command } from 'commander';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import type { Process } from '../context.js';
import { safeLine } from '../output/safe.js';
import { placeOf, type Candidate, type Kind } from './words.js';

const MOST = 500;

/** @returns lines `WORD TAB WHAT IT MEANS` */
export async function complete(
  program: Command,
  words: readonly string[],
  from: Pick<Process, 'cwd'>,
): Promise<string[]> {
  const { wanted, typed, before, directory } = placeOf(program, words);
  const root = resolve(from.cwd, directory ?? '.');
  const found = wanted.kind === undefined ? [] : await lookUp(wanted.kind, typed, root, from.cwd);
  return [...wanted.words, ...found]
    .filter(({ word }) => word.startsWith(typed))
    .map(({ word, about }) => `${before}${word}\t${safeLine(about)}`);
}

/** What reads a database or YAML is loaded when it is needed. */
async function lookUp(kind: Kind, typed: string, root: string, cwd: string): Promise<Candidate[]> {
  switch (kind) {
    case 'job': {
      const { jobNames } = await import('../../store/names.js');
      return bare(jobNames(await stateOf(root), typed, MOST));
    }
    case 'cluster':
      return bare(await clusterNames(root));
    case 'manifest':
      return bare(paths(typed, root, (name) => /\.ya?ml$/.test(name)));
    case 'directory':
      // `-C` and `--to` themselves are relative to where we stand.
      return bare(paths(typed, cwd, () => false));
  }
}

function bare(words: readonly string[]): Candidate[] {
  return words.map((word) => ({ word, about: '' }));
}

/** `state:` of sluice.yaml, where it is named; read without validating. */
async function stateOf(root: string): Promise<string> {
  const state = await keyOf(join(root, 'sluice.yaml'), 'state');
  return resolve(root, typeof state === 'string' ? state.replace(/^~(?=\/|$)/, homedir()) : '.sluice');
}

async function clusterNames(root: string): Promise<string[]> {
  const clusters = await keyOf(join(root, 'clusters.yaml'), 'clusters');
  // Without a file there is the one that is built in.
  if (clusters === undefined) return ['here'];
  return typeof clusters === 'object' && clusters !== null ? Object.keys(clusters) : [];
}

async function keyOf(file: string, key: string): Promise<unknown> {
  try {
    const text = readFileSync(file, 'utf8');
    // Most files do not name it, and reading YAML takes a while.
    if (!text.includes(`${key}:`)) return undefined;
    const { parse } = await import('yaml');
    const value: unknown = parse(text, { logLevel: 'silent' });
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined;
  } catch {
    return undefined;
  }
}

/** Folders end in a slash. Hidden names only where a dot was typed. */
function paths(typed: string, root: string, fits: (name: string) => boolean): string[] {
  const head = typed.endsWith('/')
    ? typed
    : typed.includes('/')
      ? `${dirname(typed)}/`.replace('//', '/')
      : '';
  const folder = resolve(root, head.replace(/^~(?=\/)/, homedir()));
  try {
    return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
      const { name } = entry;
      const hidden = name.startsWith('.') && !typed.slice(head.length).startsWith('.');
      if (hidden) return [];
      const isFolder = entry.isDirectory() || (entry.isSymbolicLink() && leadsToFolder(join(folder, name)));
      if (isFolder) return [`${head}${name}/`];
      return fits(name) ? [`${head}${name}`] : [];
    });
  } catch {
    return [];
  }
}

function leadsToFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
