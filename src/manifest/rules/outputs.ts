import { show } from '../../documents/problem.js';
import { asList, itemPath, problem, type Rule } from '../draft.js';

/** Results lie in the working directory or at an absolute path; nothing climbs out of it. */
export const outputs: Rule = (draft) => {
  const { output } = draft.raw;
  return asList(output).flatMap((entry, index) => {
    const base = itemPath(output, ['output'], index);
    const [path, at] = typeof entry === 'string' ? [entry, base] : [entry.path, [...base, 'path']];
    const why = complaint(path);
    return why === undefined ? [] : [problem(draft, at, `output ${show(path)} ${why}`)];
  });
};

function complaint(path: string): string | undefined {
  if (/[\n\t]/.test(path)) return 'contains a line break or a tab; one path an entry';
  if (path.split('/').includes('..'))
    return "contains '..'; write a path inside of the working directory, or an absolute one";
  if (path.startsWith('~'))
    return "begins with '~', which is not expanded; write a path inside of the working directory, or an absolute one";
  if (path.trim() !== path) return 'begins or ends with a blank; take it out';
  return /^\/+$/.test(path) ? 'is the whole file system; name what is wanted' : undefined;
}
