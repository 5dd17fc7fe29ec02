/** A project directory: its inventory, its settings, its paths. The edge to the file system. */
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Files } from '../documents/files.js';
import { nodeFiles } from '../documents/node-files.js';
import { decode } from '../documents/text.js';
import type { Inventory } from '../model/cluster.js';
import type { Problem } from '../model/job.js';
import type { Settings } from '../model/settings.js';
import type { ConfigContext } from './common.js';
import { DEFAULT_INVENTORY, readInventory, type ReadInventory } from './inventory.js';
import { readSettings } from './settings.js';

/** Absolute paths. */
export interface ProjectPaths {
  readonly root: string;
  readonly clustersFile: string;
  readonly settingsFile: string;
  /** Directories of manifests, from the sources that are directories. */
  readonly manifests: readonly string[];
  /** Undefined under `state: none`. */
  readonly state?: string;
  readonly outputs: string;
  readonly modules: string;
}

export interface Project {
  /** Only the entries without an error. */
  readonly inventory: Inventory;
  /** Names that a manifest may say, those of bad entries too; undefined: the inventory could not be read. */
  readonly clusterNames?: readonly string[];
  readonly settings: Settings;
  readonly problems: readonly Problem[];
  readonly paths: ProjectPaths;
}

export interface ProjectOptions {
  readonly files?: Files;
  readonly home?: string;
}

/** Never throws; a file that cannot be read is a problem. Writes nothing. */
export function loadProject(directory: string, options: ProjectOptions = {}): Project {
  const { files = nodeFiles, home = homedir() } = options;
  const root = resolve(directory);
  const clustersFile = join(root, 'clusters.yaml');
  const settingsFile = join(root, 'sluice.yaml');
  const clusters = readText(clustersFile, files);
  const { inventory, names, problems } = toInventory(clusters, clustersFile, { files, home });
  const written = readText(settingsFile, files);
  const read = readSettings(written.text ?? '', settingsFile, { files, home });
  const { settings } = read;
  return {
    inventory,
    ...(names === undefined ? {} : { clusterNames: names }),
    settings,
    problems: [...(clusters.problem ?? []), ...problems, ...(written.problem ?? []), ...read.problems],
    paths: {
      root,
      clustersFile,
      settingsFile,
      manifests: settings.sources.flatMap((source) => (source.kind === 'directory' ? [source.path] : [])),
      ...(settings.state.kind === 'directory' ? { state: settings.state.path } : {}),
      outputs: settings.outputs,
      modules: settings.modules,
    },
  };
}

function toInventory({ text, problem }: Text, file: string, context: ConfigContext): ReadInventory {
  if (text !== undefined) return readInventory(text, file, context);
  if (problem !== undefined) return { inventory: new Map(), names: undefined, problems: [] };
  return { inventory: DEFAULT_INVENTORY, names: [...DEFAULT_INVENTORY.keys()], problems: [] };
}

interface Text {
  /** Undefined where there is no such file, or it cannot be read. */
  readonly text?: string;
  readonly problem?: readonly Problem[];
}

function readText(file: string, files: Files): Text {
  if (files.lstat(file) === undefined) return {};
  try {
    const decoded = decode(file, files.read(file));
    return decoded.ok ? { text: decoded.text } : { problem: [decoded.problem] };
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    return { problem: [{ severity: 'error', file, message: `the file cannot be read: ${why}` }] };
  }
}
