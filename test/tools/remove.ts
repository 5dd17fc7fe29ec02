import { rmSync } from 'node:fs';

const TRIES = 20;
const PAUSE_MS = 100;

/**
 * Takes a folder away even while something still winds up in it and writes between listing and removing: Node's own
 * retries do not list again.
 */
export function removeFolder(folder: string): void {
  for (let left = TRIES; left > 0; left -= 1) {
    try {
      rmSync(folder, { recursive: true, force: true });
      return;
    } catch (error) {
      if (left === 1) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE_MS);
    }
  }
}
