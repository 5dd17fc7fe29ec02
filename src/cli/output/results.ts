import { dirname } from 'node:path';
import type { FetchedFile } from '../../model/run.js';
import { shownPath } from './problems.js';
import { safeLine } from './safe.js';
import { bytes } from './time.js';

/** Results of one run, for people. */
export interface Results {
  readonly name: string;
  readonly files: readonly FetchedFile[];
}

const MOST_FILES = 8;
const MOST_RUNS = 10;

/**
 * Where results are: each file while they are few, the folders otherwise, the outputs folder alone for very many.
 * Logs are named only where there is nothing else.
 */
export function resultLines(all: readonly Results[], root: string, outputs: string): string[] {
  const some = all.filter(({ files }) => files.length > 0);
  if (some.length === 0) return [];
  if (some.length > MOST_RUNS) return [`results of ${some.length} jobs: ${shownPath(outputs, root)}/`];
  return some.flatMap((each) => linesOf(each, root));
}

function linesOf({ name, files }: Results, root: string): string[] {
  const wanted = files.filter(({ path }) => !path.startsWith('logs/'));
  const shown = wanted.length === 0 ? files : wanted;
  if (shown.length <= MOST_FILES)
    return shown.map(({ file, size }) => safeLine(`${name}: ${shownPath(file, root)} (${bytes(size)})`));
  const total = shown.reduce((sum, { size }) => sum + size, 0);
  return [
    safeLine(`${name}: ${shown.length} files (${bytes(total)}) in ${shownPath(folderOf(shown), root)}/`),
  ];
}

/** The folder that holds them all. */
function folderOf(files: readonly FetchedFile[]): string {
  let folder = dirname(files[0]?.file ?? '/');
  while (folder !== '/' && !files.every(({ file }) => file.startsWith(`${folder}/`)))
    folder = dirname(folder);
  return folder;
}
