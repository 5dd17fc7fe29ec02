/**
 * What the state knows of a project, for who only reads: nobody is asked, nothing is written, and nothing is loaded that
 * only a pass needs.
 */
import { findInstallation, type Installation } from './config/installation.js';
import { loadProject, type Project } from './config/project.js';
import { ConfigError, UsageError } from './refusals.js';
import { openStore } from './store/open.js';
import type { Store } from './store/store.js';

export interface Known {
  readonly project: Project;
  readonly store: Store;
}

export interface KnownOptions {
  readonly directory: string;
  readonly env: NodeJS.ProcessEnv;
  readonly warn: (text: string) => void;
  /** Epoch milliseconds. */
  readonly now?: () => number;
}

/** The caller closes the store. @throws {UsageError} {@link ConfigError} {@link import('./store/errors.js').StoreError} */
export function openKnown({ directory, env, warn, now = Date.now }: KnownOptions): Known {
  const project = loadSound(directory);
  const { warning } = installationOf(project, env);
  if (warning !== undefined) warn(warning);
  return { project, store: openStore(project.paths.state ?? ':memory:', { readonly: true, now }) };
}

/** @throws {ConfigError} */
export function loadSound(directory: string): Project {
  const project = loadProject(directory);
  if (project.problems.some((problem) => problem.severity === 'error'))
    throw new ConfigError(project.problems);
  return project;
}

/** The id that is kept, where there is one. @throws {UsageError} that names the line to add */
export function installationOf(
  project: Project,
  env: NodeJS.ProcessEnv,
): Pick<Extract<Installation, { kind: 'known' }>, 'warning'> & { readonly id?: string } {
  const found = findInstallation(project, env);
  if (found.kind === 'refused') throw new UsageError(found.message);
  return found.kind === 'known' ? found : {};
}
