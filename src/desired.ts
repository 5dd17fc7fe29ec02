/** What a project wants: its sources read together. */
import { homedir } from 'node:os';
import { loadProject, type Project } from './config/project.js';
import { nodeFiles } from './documents/node-files.js';
import type { ReadContext } from './manifest/draft.js';
import type { Problem } from './model/job.js';
import { scopeOf } from './reconcile/gather.js';
import { readPart } from './source/directory.js';
import { type Desired, together } from './source/part.js';
import { openStore } from './store/open.js';
import type { Store } from './store/store.js';

/** What reading a job of this project may know. */
export function readingOf({ paths, clusterNames, inventory }: Project): ReadContext {
  const ownSsh = [...inventory.values()].filter(({ transport }) => transport === 'openssh');
  return {
    files: nodeFiles,
    home: homedir(),
    modulesDirectory: paths.modules,
    ownDirectories: [paths.outputs, ...(paths.state === undefined ? [] : [paths.state])],
    ...(clusterNames === undefined ? {} : { clusters: clusterNames }),
    ownSsh: ownSsh.map(({ name }) => name),
  };
}

/** Only the directories: for who may ask nobody. */
function wantedHere(project: Project, store: Store): Desired {
  const { paths } = project;
  const context = readingOf(project);
  const common = { installation: 'none', modulesDirectory: paths.modules, store, now: Date.now, context };
  return together(
    paths.manifests.map((root) => readPart({ ...common, root })),
    store,
  );
}

/** What `sluice validate` says: every file of the project, no state, no network, all at once. */
export interface Validation {
  readonly problems: Project['problems'];
  /** Jobs that would be taken up. */
  readonly valid: number;
  /** Jobs, or files where no job can be told, that have an error. */
  readonly invalid: number;
}

/** @param paths absolute files and directories that the manifests are limited to; none: all */
export function validateProject(directory: string, paths: readonly string[]): Validation {
  const project = loadProject(directory);
  const store = openStore(':memory:', { readonly: true });
  const scope = scopeOf(paths) ?? (() => true);
  try {
    const desired = wantedHere(project, store);
    const found = desired.problems.filter((problem) => scope(problem.file));
    const valid = desired.wanted.filter((each) => scope(each.manifestFile)).length;
    const problems = [...project.problems, ...notAsked(project), ...found];
    return { problems, valid, invalid: countInvalid(found) };
  } finally {
    store.close();
  }
}

/** What is left out is said. */
function notAsked({ settings, paths }: Project): Problem[] {
  return settings.sources.flatMap((source) => {
    if (source.kind === 'directory') return [];
    const message = `the Git source ${source.url} is not looked at, as this asks nobody; "sluice plan" reads it`;
    return [{ severity: 'warning', file: paths.settingsFile, message }];
  });
}

function countInvalid(problems: Project['problems']): number {
  const errors = problems.filter((problem) => problem.severity === 'error');
  const jobs = new Set(errors.flatMap(({ file, job }) => (job === undefined ? [] : [`${file} ${job}`])));
  const filesOfJobs = new Set(errors.flatMap(({ file, job }) => (job === undefined ? [] : [file])));
  const others = new Set(errors.flatMap(({ file }) => (filesOfJobs.has(file) ? [] : [file])));
  return jobs.size + others.size;
}
