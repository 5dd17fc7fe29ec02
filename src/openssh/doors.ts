/** The files by which a site can be entered: a person mends a refused login by one of them. */
import { statSync } from 'node:fs';

export class Doors {
  readonly #stamps = new Map<string, string | undefined>();
  #changes = 0;

  /** @param paths absolute, there or not; what is new among them is no change */
  know(paths: readonly string[]): void {
    for (const path of paths) if (!this.#stamps.has(path)) this.#stamps.set(path, stampOf(path));
  }

  /** How many changes were seen until now. One that is gone opens nothing. */
  changes(): number {
    for (const [path, before] of this.#stamps) {
      const now = stampOf(path);
      if (now !== before && now !== undefined) this.#changes += 1;
      this.#stamps.set(path, now);
    }
    return this.#changes;
  }
}

/** Undefined where there is nothing. */
function stampOf(path: string): string | undefined {
  try {
    const facts = statSync(path, { bigint: true, throwIfNoEntry: false });
    return facts && `${facts.mtimeNs}:${facts.ino}:${facts.size}`;
  } catch {
    return undefined;
  }
}
