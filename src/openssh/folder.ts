/** A folder of this process alone: sockets of its masters, and the files that its ssh reads. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TransportFailure } from '../ports.js';
import { fits } from './words.js';

export class Folder {
  /** Absolute. */
  readonly path: string;
  #sockets = 0;

  /**
   * Not beside the state: that may be on a network file system, where there are no sockets, and below a long path.
   * @throws {TransportFailure} misconfigured: TMPDIR is too long, or cannot be written to
   */
  constructor() {
    const base = [tmpdir(), '/tmp'].find((each) => fits(join(each, 'sluice-ssh-XXXXXX/master-999')));
    try {
      this.path = mkdtempSync(join(base ?? '/tmp', 'sluice-ssh-'));
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      throw new TransportFailure('misconfigured', `no folder for the sockets of ssh can be made: ${why}`, {
        cause: error,
      });
    }
  }

  /** @returns its absolute path */
  write(name: string, text: string): string {
    const file = join(this.path, name);
    writeFileSync(file, text, { mode: 0o600 });
    return file;
  }

  /** A path that no master has yet. */
  socket(): string {
    this.#sockets += 1;
    return join(this.path, `master-${this.#sockets}`);
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}
