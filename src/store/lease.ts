import { ensurePrivateDirectory } from './files.js';
import { readHolder, removeHolder, writeHolder, type Holder } from './holder.js';
import { holdLock } from './lock.js';
import { stateFiles } from './paths.js';
import type { Store } from './store.js';

export type Lease =
  | {
      readonly kind: 'held';
      /** Higher than that of every holder before. */
      readonly fence: number;
      /** Gives it back; the store refuses writes from then on. */
      release(): void;
    }
  | { readonly kind: 'busy'; readonly holder: Holder | undefined };

/**
 * Makes this process the one writer of the state: a held lock, free at once when the holder dies, and a fence
 * number that every write carries. No clock takes part. `command` is shown to those who come second.
 * @throws {import('./errors.js').StoreError} when the state cannot be written.
 */
export function acquireLease(store: Store, command: string): Lease {
  const { directory } = store;
  if (directory === undefined) return held(store, store.raiseFence(undefined));
  ensurePrivateDirectory(directory);
  const lock = holdLock(stateFiles.lock(directory));
  if (lock === undefined) return { kind: 'busy', holder: readHolder(directory) };
  try {
    const fence = store.raiseFence(lock);
    writeHolder(directory, command, store.now());
    return held(store, fence);
  } catch (error) {
    store.dropFence();
    lock.release();
    throw error;
  }
}

function held(store: Store, fence: number): Lease {
  const release = (): void => {
    if (store.fence !== fence) return;
    // The holder's note first: once the lock is free, it may be the next one's.
    if (store.directory !== undefined) removeHolder(store.directory);
    store.dropFence();
  };
  return { kind: 'held', fence, release };
}
