/** A file of the results folder, and nothing outside of it, whatever links lie there. */
import { constants } from 'node:fs';
import { open, realpath } from 'node:fs/promises';
import { isAbsolute, join, relative } from 'node:path';
import { Readable } from 'node:stream';

export interface Opened {
  readonly stream: Readable;
  /** Bytes of it that are read. */
  readonly size: number;
}

/**
 * @param last only so many bytes at its end
 * @returns undefined where there is no such file, or a link stands on the way to it
 */
export async function openInside(root: string, file: string, last = Infinity): Promise<Opened | undefined> {
  const inside = relative(root, file);
  if (inside === '' || inside.startsWith('..') || isAbsolute(inside)) return undefined;
  try {
    const expected = join(await realpath(root), inside);
    if ((await realpath(file)) !== expected) return undefined;
    // Not through a link that was made since, and not waiting for a pipe.
    const handle = await open(expected, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    const stat = await handle.stat();
    if (!stat.isFile()) {
      await handle.close();
      return undefined;
    }
    // Only as much as was announced, also of a file that grows.
    if (stat.size === 0 || last === 0) {
      await handle.close();
      return { stream: Readable.from([]), size: 0 };
    }
    const start = Math.max(0, stat.size - last);
    return { stream: handle.createReadStream({ start, end: stat.size - 1 }), size: stat.size - start };
  } catch {
    return undefined;
  }
}
