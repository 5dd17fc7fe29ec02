/**
 * The commit of manifests in a directory that is part of a Git working tree. A manifest that is as the last commit has it, with
 * all that it sends, names that commit; one that is changed or new names none, for it is newer. The directory's trust stays its
 * owner's. Without Git's answer it is read all the same, names no commit, and ends no run of one.
 */
import { isAbsolute, relative, sep } from 'node:path';
import type { TreeState, WorkingTree } from '../ports.js';
import { type History, type Part, type PartJob, type RunOrigin } from './part.js';

/** More places are looked at as one: the folder that has them all. */
const MAX_PLACES = 40;

/** What to look at in the tree: the source's folder, and the folders beside it, or above it, with what its jobs send. */
export function placesOf(root: string, top: string, jobs: readonly PartJob[]): readonly string[] {
  const places = new Set<string>();
  const shared = new Set<string>();
  for (const path of jobs.flatMap(({ sends = [] }) => sends)) {
    if (isBelow(path, root) || !isBelow(path, top)) continue;
    const ways = [relative(top, root), relative(top, path)].map((way) => way.split(sep).filter(Boolean));
    const [own = [], other = []] = ways;
    const apart = other.findIndex((name, index) => name !== own[index]);
    // A folder that has the source in it is looked at whole.
    const depth = apart < 0 ? other.length : apart + 1;
    places.add([top, ...other.slice(0, depth)].join(sep));
    shared.add([top, ...other.slice(0, depth - 1)].join(sep));
  }
  return [root, ...(places.size > MAX_PLACES ? shared : places)];
}

/** @param roots of all sources that are directories, absolute */
export function withCommit(
  part: Part,
  {
    root,
    roots,
    tree,
    state,
  }: {
    readonly root: string;
    readonly roots: readonly string[];
    readonly tree: Pick<WorkingTree, 'comesAfter'>;
    readonly state: TreeState;
  },
): Part {
  const { commit, standing } = state;
  const clean = new Set<string>();
  const other = new Set<string>();
  const jobs = part.jobs.map((job) => {
    const isClean = isCommitted(job, standing);
    (isClean ? clean : other).add(job.name);
    return isClean ? { ...job, commit } : job;
  });
  const history: History = {
    owns: (run) => {
      if (run.name !== undefined && other.has(run.name)) return false;
      if (run.name !== undefined && clean.has(run.name)) return true;
      return isGoneFrom(run, root, roots) && standing(run.manifestFile) !== 'changed';
    },
    includes: (id) => tree.comesAfter(commit.id, id),
  };
  return { ...part, jobs, history };
}

/**
 * Git does not answer: what the directory is at cannot be told, nor whether it comes after what a run is of. Such a run goes on
 * as it is.
 */
export function withoutAnswer(part: Part, root: string, roots: readonly string[]): Part {
  const there = new Set(part.jobs.map(({ name }) => name));
  const history: History = {
    owns: (run) => (run.name !== undefined && there.has(run.name)) || isGoneFrom(run, root, roots),
    includes: () => false,
  };
  return { ...part, history };
}

function isCommitted({ place, sends = [] }: PartJob, standing: TreeState['standing']): boolean {
  const isSame = (path: string): boolean => ['committed', 'outside'].includes(standing(path));
  return standing(place.file) === 'committed' && sends.every(isSame);
}

/** It was in this folder, or in one that was this folder in another place: two runs in CI may have two. */
function isGoneFrom({ manifestFile }: RunOrigin, root: string, roots: readonly string[]): boolean {
  if (!isAbsolute(manifestFile)) return false;
  return isBelow(manifestFile, root) || !roots.some((each) => isBelow(manifestFile, each));
}

function isBelow(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder === sep ? folder : `${folder}${sep}`);
}
