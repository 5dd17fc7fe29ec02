/** What `git ls-tree` and `git log` print. */
import { type Commit, RepositoryTrouble, type TreeEntry } from '../ports.js';

/** More is no place to keep manifests in. */
const MAX_ENTRIES = 500_000;
const KINDS: Readonly<Record<string, TreeEntry['kind']>> = {
  '100644': 'file',
  '100664': 'file',
  '100755': 'file',
  '120000': 'link',
  '040000': 'directory',
  '160000': 'module',
};
/** Names that would be another's, or nobody's, when a tree is written out. */
const FORBIDDEN = /(^|\/)(\.{0,2}|\.git|git~1)(\/|$)/i;

/**
 * @param text of `ls-tree -r -t -l -z`
 * @throws {RepositoryTrouble} for a tree that no Git would have made
 */
export function readTree(name: string, commit: Commit, text: string): TreeEntry[] {
  const lines = text.split('\0').filter((line) => line !== '');
  if (lines.length > MAX_ENTRIES)
    throw new RepositoryTrouble('unusable', `${name} has ${lines.length} files; the most is ${MAX_ENTRIES}`);
  return lines.map((line) => {
    const [, mode = '', object = '', size = '', path = ''] =
      /^(\d{6}) \w+ ([0-9a-f]+) +(-|\d+)\t(.+)$/s.exec(line) ?? [];
    const kind = KINDS[mode];
    if (kind === undefined || FORBIDDEN.test(path))
      throw new RepositoryTrouble(
        'unusable',
        `${name} has at commit ${commit.id} an entry that is refused: ${JSON.stringify(path || line)}`,
      );
    const executable = mode === '100755';
    return { path, kind, executable, object, size: kind === 'file' || kind === 'link' ? Number(size) : 0 };
  });
}

export const COMMIT_FORMAT = '%H%x00%an%x00%ae';

/** @param text of `log` in {@link COMMIT_FORMAT} */
export function readCommit(text: string): Commit {
  const [id = '', name = '', address = ''] = text.trim().split('\0').map(clean);
  return { id, author: address === '' ? name : `${name} <${address}>`.trim() };
}

/** A commit's author is whatever its maker wrote. */
function clean(text: string): string {
  return text
    .replaceAll(/\p{Cc}+/gu, ' ')
    .trim()
    .slice(0, 200);
}
