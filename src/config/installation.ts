/** The installation's id: from `sluice.yaml`, or a random one that the state keeps. */
import { randomBytes } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Project } from './project.js';

export type Installation =
  | { readonly kind: 'known'; readonly id: string; readonly warning?: string }
  /** Nothing is kept yet; {@link createInstallation} makes one. */
  | { readonly kind: 'absent' }
  /** Wrong usage, exit code 64: the words name the line to add. */
  | { readonly kind: 'refused'; readonly message: string };

const ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/;

/** Looks the id up; writes nothing. Under `CI` it must stand in `sluice.yaml`, as nothing else survives there. */
export function findInstallation(
  project: Project,
  env: Readonly<Record<string, string | undefined>>,
): Installation {
  const { settings, paths } = project;
  if (settings.installation !== undefined) return { kind: 'known', id: settings.installation };
  const line = `add the line "installation: ${randomId()}" to ${paths.settingsFile} and keep it for ever`;
  if (inCi(env))
    return { kind: 'refused', message: `under CI the installation needs an id of its own: ${line}` };
  if (paths.state === undefined)
    return { kind: 'refused', message: `with "state: none" the installation needs an id: ${line}` };
  const kept = readKept(paths.state);
  return kept === undefined
    ? { kind: 'absent' }
    : { kind: 'known', id: kept, warning: keptWarning(paths, kept) };
}

/** Keeps a random id in the state directory; of two who do so at once both get the winner's. */
export function createInstallation(stateDirectory: string, id: string = randomId()): string {
  mkdirSync(stateDirectory, { recursive: true, mode: 0o700 });
  const temporary = join(stateDirectory, `installation.${randomId()}`);
  writeFileSync(temporary, `${id}\n`, { mode: 0o600, flush: true });
  try {
    linkSync(temporary, join(stateDirectory, 'installation'));
    return id;
  } catch (cause) {
    const kept = readKept(stateDirectory);
    if (kept !== undefined) return kept;
    throw new Error(`the installation's id cannot be kept in ${stateDirectory}`, { cause });
  } finally {
    rmSync(temporary, { force: true });
  }
}

/** Ten letters and digits that nobody takes for another: about 49 bits. A letter first, so that YAML sees no number. */
export function randomId(): string {
  const letters = 'abcdefghijkmnpqrstuvwxyz';
  const alphabet = `${letters}23456789`;
  return [...randomBytes(10)].map((byte, index) => pick(index === 0 ? letters : alphabet, byte)).join('');
}

function pick(from: string, byte: number): string {
  return from[byte % from.length] ?? '';
}

function keptWarning({ state, settingsFile }: Project['paths'], id: string): string {
  return `the installation's id is kept in ${join(state ?? '', 'installation')} only; add "installation: ${id}" to ${settingsFile}`;
}

function readKept(stateDirectory: string): string | undefined {
  try {
    const id = readFileSync(join(stateDirectory, 'installation'), 'utf8').trim();
    return ID.test(id) ? id : undefined;
  } catch {
    return undefined;
  }
}

function inCi(env: Readonly<Record<string, string | undefined>>): boolean {
  const { CI: ci } = env;
  return ci !== undefined && ci !== '' && ci !== 'false' && ci !== '0';
}
