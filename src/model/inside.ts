import { dirname, isAbsolute, join, normalize, relative } from 'node:path';

/**
 * A link that may be sent with a directory: relative, and to something in it.
 * @param link absolute path of the link; @param target as it is written in it
 * @returns why it may not be sent, or undefined
 */
export function linkOutside(root: string, link: string, target: string): string | undefined {
  const inside = relative(root, normalize(join(dirname(link), target)));
  if (!isAbsolute(target) && inside.split('/')[0] !== '..') return undefined;
  return `is a link to ${target}, outside the job directory; copy the file in, or name a path inside`;
}
