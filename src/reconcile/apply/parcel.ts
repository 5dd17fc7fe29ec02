/** The files of one attempt, as they lie below its job directory. */
import { basename, dirname, join } from 'node:path';
import { BundleError, type BundleEntry, entryBelow, fileEntry, listDirectory } from '../../bundle/pack.js';
import type { JobSpec } from '../../model/job.js';
import type { Staged } from '../../model/run.js';
import { moduleInput } from '../../modules/contract.js';
import { moduleFiles } from '../../shell/modules.js';
import { type StepsRequest, stepScripts } from './materials.js';

export interface ParcelRequest extends Omit<StepsRequest, 'isBrought'> {
  readonly script: string;
  /** Absolute folder here that holds a clone or a download, where the cluster does not fetch it itself. */
  readonly brought?: string;
  readonly staged?: Staged;
  /** Absolute. */
  readonly modulesDirectory: string;
}

/** All that is placed for an attempt, below `<token>/`. @throws {BundleError} when one of the user's files cannot be sent */
export async function entriesOf(request: ParcelRequest): Promise<readonly BundleEntry[]> {
  const { spec, token, script, brought } = request;
  return [
    { kind: 'directory', path: token },
    { kind: 'directory', path: `${token}/work` },
    { kind: 'directory', path: `${token}/logs` },
    ...(await workFiles(request)),
    { kind: 'directory', path: `${token}/.sluice` },
    ...stepScripts({ ...request, isBrought: brought !== undefined }),
    ...inputFile(spec, token),
    { kind: 'text', path: `${token}/.sluice/script`, text: script, executable: true },
  ];
}

/** What the first module there is given. */
function inputFile(spec: JobSpec, token: string): readonly BundleEntry[] {
  if (spec.modules === undefined || moduleFiles(spec.modules).length === 0) return [];
  const below = `${token}/.sluice/modules`;
  return [
    { kind: 'directory', path: below },
    { kind: 'text', path: `${below}/input.json`, text: `${moduleInput(spec)}\n`, executable: false },
  ];
}

/** The job's own files, then its modules', then what its staging modules wrote. */
async function workFiles(request: ParcelRequest): Promise<readonly BundleEntry[]> {
  const below = `${request.token}/work`;
  const own = await jobFiles(request, below);
  if (request.spec.modules === undefined) return own;
  const found = new Map(own.map((entry) => [entry.path, entry]));
  for (const entry of await filesOfModules(request, below)) addModule(found, entry, request.modulesDirectory);
  for (const entry of await stagedFiles(request.staged, below)) addStaged(found, entry);
  return [...found.values()];
}

async function jobFiles(
  { spec: { job }, brought }: ParcelRequest,
  below: string,
): Promise<readonly BundleEntry[]> {
  switch (job.kind) {
    case 'file':
      return [await fileEntry(`${below}/${basename(job.path)}`, job.path)];
    case 'directory':
      return listDirectory(job.path, below);
    case 'git':
    case 'url':
      return brought === undefined ? [] : listDirectory(brought, below);
    case 'none':
      return [];
  }
}

function addModule(found: Map<string, BundleEntry>, entry: BundleEntry, modulesDirectory: string): void {
  const before = found.get(entry.path);
  if (before === undefined) {
    found.set(entry.path, entry);
    return;
  }
  if (before.kind === 'directory' && entry.kind === 'directory') return;
  const name = nameOf(entry);
  throw new BundleError(
    join(modulesDirectory, name),
    `would stand in the place of the job's own ${name}; give the module another name, or take that file out of the job`,
  );
}

/** A module that writes a file of the job's own name means it to stand in its place; nothing else takes another's place. */
function addStaged(found: Map<string, BundleEntry>, entry: BundleEntry): void {
  const before = found.get(entry.path);
  if (before === undefined || (before.kind !== 'directory' && entry.kind !== 'directory')) {
    found.set(entry.path, entry);
    return;
  }
  if (before.kind === entry.kind) return;
  const name = nameOf(entry);
  const [what, other] =
    entry.kind === 'directory' ? ['a directory', 'a file or a link'] : ['a file or a link', 'a directory'];
  throw new BundleError(
    name,
    `is ${what} that the staging modules wrote, and ${other} of the job; give it another name`,
  );
}

/** In the working directory. */
function nameOf({ path }: BundleEntry): string {
  return path.split('/').slice(2).join('/');
}

async function filesOfModules(
  { spec, modulesDirectory }: ParcelRequest,
  below: string,
): Promise<readonly BundleEntry[]> {
  const entries: BundleEntry[] = [];
  for (const name of spec.modules === undefined ? [] : moduleFiles(spec.modules)) {
    entries.push(...foldersOf(name, below));
    entries.push(...(await moduleEntries(join(modulesDirectory, name), `${below}/${name}`)));
  }
  return entries;
}

async function moduleEntries(from: string, path: string): Promise<readonly BundleEntry[]> {
  try {
    return [{ kind: 'directory', path }, ...(await listDirectory(from, path))];
  } catch (error) {
    if (!isNoDirectory(error)) throw error;
    return [await fileEntry(path, from)];
  }
}

function isNoDirectory(error: unknown): boolean {
  const cause: unknown = error instanceof BundleError ? error.cause : undefined;
  return cause instanceof Error && 'code' in cause && cause.code === 'ENOTDIR';
}

async function stagedFiles(staged: Staged | undefined, below: string): Promise<readonly BundleEntry[]> {
  const { folder, files } = staged ?? {};
  if (folder === undefined || files === undefined) return [];
  const entries = files.map(async (file) => [
    ...foldersOf(file, below),
    await entryBelow(folder, file, below),
  ]);
  return (await Promise.all(entries)).flat();
}

/** The directories above a relative path, outermost first. */
function foldersOf(path: string, below: string): readonly BundleEntry[] {
  const above = dirname(path);
  if (above === '.') return [];
  return [...foldersOf(above, below), { kind: 'directory', path: `${below}/${above}` }];
}
