import { randomUUID } from 'node:crypto';
import { createOnce, ensurePrivateDirectory, readIfThere } from './files.js';
import { StoreError } from './errors.js';
import { stateFiles } from './paths.js';

/** The id that was made here because sluice.yaml has none; undefined where none was. */
export function readInstallation(directory: string): string | undefined {
  const file = stateFiles.installation(directory);
  const content = readIfThere(file);
  if (content === undefined) return undefined;
  const id = content.trim();
  if (/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(id)) return id;
  throw new StoreError(
    'corrupt',
    `${file} holds no installation id; write "installation: ID" into sluice.yaml`,
  );
}

/** The id kept here; a random one is made the first time, whole and synced, once among all who ask. */
export function ensureInstallation(directory: string): string {
  const known = readInstallation(directory);
  if (known !== undefined) return known;
  ensurePrivateDirectory(directory);
  const made = randomUUID();
  if (createOnce(stateFiles.installation(directory), `${made}\n`)) return made;
  return readInstallation(directory) ?? made;
}
