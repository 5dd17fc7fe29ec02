/**
 * The door to the one writer: who does not hold the lease puts a request into `.sluice/requests/`, and whoever holds it
 * takes all of them up at the beginning of a pass. A file is whole or not there; it leaves after what it asks for is
 * committed, so that it is carried out at least once: handlers bear being called twice.
 */
import { randomUUID } from 'node:crypto';
import { readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ensurePrivateDirectory, readIfThere, writeAtomically } from '../store/files.js';
import { parseRequest, type Request } from './request.js';

/** One request that waits. */
export interface Waiting {
  readonly id: string;
  /** Undefined where the file is no request that this version knows. */
  readonly request: Request | undefined;
}

export interface Door {
  /** @returns the id under which it waits. */
  put(request: Request): string;
  /** Oldest first. */
  waiting(): readonly Waiting[];
  /** Cheap: whether anybody waits at all. */
  isAnybodyThere(): boolean;
  isWaiting(id: string): boolean;
  /** It is carried out and committed. */
  done(id: string): void;
  /** It cannot be understood: kept beside for a person. @returns where */
  setAside(id: string): string;
}

const ENDING = '.json';

/** @param state the state directory; undefined under `state: none`, where nobody else can come to the door */
export function openDoor(state: string | undefined): Door {
  if (state === undefined) return NO_DOOR;
  const directory = join(state, 'requests');
  const fileOf = (id: string): string => join(directory, `${id}${ENDING}`);
  return {
    put: (request) => {
      ensurePrivateDirectory(directory);
      // Names in the order in which they came.
      const id = `${String(request.at).padStart(15, '0')}-${randomUUID()}`;
      writeAtomically(fileOf(id), `${JSON.stringify(request)}\n`);
      return id;
    },
    waiting: () =>
      idsIn(directory).flatMap((id) => {
        try {
          const text = readIfThere(fileOf(id));
          return text === undefined ? [] : [{ id, request: parseRequest(text) }];
        } catch {
          // Somebody else's, that we may not read: set aside as what cannot be understood.
          return [{ id, request: undefined }];
        }
      }),
    isAnybodyThere: () => idsIn(directory).length > 0,
    isWaiting: (id) => idsIn(directory).includes(id),
    done: (id) => {
      rmSync(fileOf(id), { force: true });
    },
    setAside: (id) => {
      const aside = join(directory, `${id}.not-understood`);
      renameSync(fileOf(id), aside);
      return aside;
    },
  };
}

const NO_DOOR: Door = {
  put: () => {
    throw new Error('without a state on disk there is no other process to ask');
  },
  waiting: () => [],
  isAnybodyThere: () => false,
  isWaiting: () => false,
  done: () => undefined,
  setAside: () => '',
};

function idsIn(directory: string): string[] {
  try {
    const names = readdirSync(directory).filter((name) => name.endsWith(ENDING));
    return names.map((name) => name.slice(0, -ENDING.length)).sort();
  } catch {
    return []; // nobody ever came
  }
}
