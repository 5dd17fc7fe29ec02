import { show, type Path } from '../../documents/problem.js';
import { didYouMean, listed } from '../../documents/words.js';
import type { Problem } from '../../model/job.js';
import { asList, itemPath, problem, type Draft, type Rule } from '../draft.js';

/** Every cluster that is named is in the inventory; a destination is given, or there is only one. */
export const destinations: Rule = (draft) => {
  const { raw, cut, context } = draft;
  const { clusters } = context;
  if (clusters === undefined) return [];
  return [
    ...(raw.destination_cluster === undefined && !cut.has('destination_cluster')
      ? missing(draft, clusters)
      : []),
    ...unknownNames(draft, 'destination_cluster', clusters, ['auto']),
    ...unknownNames(draft, 'alternates', clusters, ['same_kind', 'none']),
    ...Object.keys(raw.per_cluster ?? {}).flatMap((name) =>
      unknown(draft, name, ['per_cluster', name], clusters, 'key'),
    ),
  ];
};

function missing(draft: Draft, clusters: readonly string[]): Problem[] {
  if (clusters.length === 1) return [];
  if (clusters.length === 0)
    return [problem(draft, [], 'there is no cluster to send the job to; mend clusters.yaml')];
  return [problem(draft, [], `destination_cluster is missing; write ${listed([...clusters, 'auto'])}`)];
}

function unknownNames(
  draft: Draft,
  key: 'destination_cluster' | 'alternates',
  clusters: readonly string[],
  words: readonly string[],
): Problem[] {
  const value = draft.raw[key];
  const alone = !Array.isArray(value);
  return asList(value).flatMap((name, index) => {
    const path = itemPath(value, [key], index);
    if (!words.includes(name))
      return unknown(draft, name, path, alone ? [...clusters, ...words] : clusters, 'value');
    return alone
      ? []
      : [problem(draft, path, `${name} stands alone, not in a list; write "${key}: ${name}"`)];
  });
}

function unknown(
  draft: Draft,
  name: string,
  path: Path,
  known: readonly string[],
  what: 'key' | 'value',
): Problem[] {
  if (known.includes(name)) return [];
  const where = path[0] === 'per_cluster' ? 'per_cluster' : (path[0] ?? '');
  const meant = didYouMean(name, known) || `; there are ${listed(known, 'and')}`;
  return [problem(draft, path, `${where} names the unknown cluster ${show(name)}${meant}`, { what })];
}
