/** The end of a log here. */
import { open } from 'node:fs/promises';

/** Bytes of a log that are kept. */
const TAIL_BYTES = 16 * 1024;

/** The end of a log; nothing where there is none. */
export async function lastWords(file: string): Promise<string> {
  const handle = await open(file).catch(() => undefined);
  if (handle === undefined) return '';
  try {
    const { size } = await handle.stat();
    const buffer = Buffer.alloc(Math.min(size, TAIL_BYTES));
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, size - buffer.length);
    return buffer.subarray(0, bytesRead).toString('utf8');
  } finally {
    await handle.close();
  }
}
