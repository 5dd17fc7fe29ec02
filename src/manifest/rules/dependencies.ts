import { asList, itemPath, problem, type Rule } from '../draft.js';

/** A job cannot wait for itself, nor for another one in two ways. */
export const dependencies: Rule = (draft) => {
  const raw = draft.raw.depends_on;
  const seen = new Set<string>();
  return asList(raw).flatMap((entry, index) => {
    const name = typeof entry === 'string' ? entry : entry.name;
    const path = itemPath(raw, ['depends_on'], index);
    if (name === draft.name)
      return [problem(draft, path, 'depends_on names the job itself; it would wait for ever')];
    if (seen.has(name)) return [problem(draft, path, `depends_on names "${name}" twice; keep one of them`)];
    seen.add(name);
    return [];
  });
};
