import type { Path } from '../../documents/problem.js';
import type { Problem } from '../../model/job.js';
import { problem, type Draft, type Rule } from '../draft.js';
import { withOverride } from '../effective.js';
import type { Resources as RawResources } from '../manifest.generated.js';
import { readResources } from '../resources.js';
import { checkOption, GIVEN_BY_DISTRIBUTION, SAME_THING } from '../sbatch-options.js';

type Raw = NonNullable<RawResources>;

/** The job's resources, and those of each cluster's override on top of them. */
export const resources: Rule = (draft) => {
  const { raw, cut } = draft;
  const base = raw.resources ?? {};
  const own = ['resources'];
  const problems = [...options(draft, own, base), ...sameThing(draft, own, base)];
  if (!cut.has('resources')) problems.push(...distribution(draft, own, base, base));
  for (const [cluster, override] of Object.entries(raw.per_cluster ?? {})) {
    const path = ['per_cluster', cluster, 'resources'];
    const layer = override?.resources ?? {};
    problems.push(...options(draft, path, layer), ...sameThing(draft, path, layer));
    if (cut.has('resources') || cut.has('per_cluster')) continue;
    if (layer.distribution !== undefined || layer.nbr_of_nodes !== undefined) {
      problems.push(...distribution(draft, path, layer, merged(base, layer)));
    }
  }
  return problems;
};

/** Refused by name, wherever they stand. */
function options(draft: Draft, path: Path, raw: Raw): Problem[] {
  return Object.entries(raw.sbatch_options ?? {}).flatMap(([key, value]) => {
    const complaint = checkOption(key, value);
    if (complaint === undefined) return [];
    const { severity, message } = complaint;
    return [problem(draft, [...path, 'sbatch_options', key], message, { severity, what: 'key' })];
  });
}

/** A `resources` key and an option of sbatch that say the same thing: nobody could tell which one holds. */
function sameThing(draft: Draft, path: Path, raw: Raw): Problem[] {
  const written = Object.keys(raw.sbatch_options ?? {});
  const pairs = Object.entries(SAME_THING).flatMap(([key, twins]) => (key in raw ? twins.map((twin) => [key, twin] as const) : []));
  const byDistribution = (GIVEN_BY_DISTRIBUTION[raw.distribution ?? ''] ?? []).map((twin) => ['distribution', twin] as const);
  const clashing = [...pairs, ...byDistribution].filter(([, twin]) => written.includes(twin));
  const once = clashing.filter(([, twin], index) => clashing.findIndex((other) => other[1] === twin) === index);
  return once.map(([key, twin]) => {
    const message = `sbatch_options.${twin} says the same thing as resources.${key}; keep one of them`;
    return problem(draft, [...path, 'sbatch_options', twin], message, { what: 'key' });
  });
}

function distribution(draft: Draft, path: Path, written: Raw, whole: Raw): Problem[] {
  const { distribution: kind, nbr_of_nodes: nodes } = whole;
  if (kind === 'distributed' && nodes === undefined) {
    return [problem(draft, [...path, 'distribution'], 'distribution is distributed, so nbr_of_nodes is needed; add it')];
  }
  const at = [...path, written.nbr_of_nodes === undefined ? 'distribution' : 'nbr_of_nodes'];
  if (kind === 'grouped' && nodes !== undefined && nodes > 1) {
    return [problem(draft, at, `nbr_of_nodes ${nodes} contradicts grouped, which is one node; write distribution: distributed`)];
  }
  const processes = whole.nbr_processes ?? 1;
  if (kind === 'scattered' && nodes !== undefined && nodes !== processes) {
    const why = `scattered is one process a node, so ${processes} of them take ${processes}`;
    return [problem(draft, at, `nbr_of_nodes ${nodes} contradicts ${why}; take nbr_of_nodes out`)];
  }
  const counted = Object.keys(written.sbatch_options ?? {}).some((option) => option.startsWith('ntasks'));
  if (kind === 'distributed' && nodes !== undefined && nodes > processes && !counted) {
    const given = whole.nbr_processes !== undefined;
    const message = `nbr_of_nodes ${nodes} is more than nbr_processes ${processes}${given ? '' : ' (the default)'}; each node needs a process`;
    return [problem(draft, at, message, { severity: given ? 'error' : 'warning' })];
  }
  return [];
}

function merged(base: Raw, layer: Raw): Raw {
  const none = (): undefined => undefined;
  const { distribution: kind, nodes, processes } = withOverride(readResources(base, none), readResources(layer, none));
  return {
    ...(kind === undefined ? {} : { distribution: kind }),
    ...(nodes === undefined ? {} : { nbr_of_nodes: nodes }),
    ...(processes === undefined ? {} : { nbr_processes: processes }),
  };
}
