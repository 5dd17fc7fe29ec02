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
  const pairs = Object.entries(SAME_THING).flatMap(([key, twins]) =>
    key in raw ? twins.map((twin) => [key, twin] as const) : [],
  );
  const byDistribution = (GIVEN_BY_DISTRIBUTION[raw.distribution ?? ''] ?? []).map(
    (twin) => ['distribution', twin] as const,
  );
  const clashing = [...pairs, ...byDistribution].filter(([, twin]) => written.includes(twin));
  const once = clashing.filter(
    ([, twin], index) => clashing.findIndex((other) => other[1] === twin) === index,
  );
  return once.map(([key, twin]) => {
    const message = `sbatch_options.${twin} says the same thing as resources.${key}; keep one of them`;
    return problem(draft, [...path, 'sbatch_options', twin], message, { what: 'key' });
  });
}

/** What a distribution and the number of nodes say must fit. */
function distribution(draft: Draft, path: Path, written: Raw, whole: Raw): Problem[] {
  const { distribution: kind, nbr_of_nodes: nodes } = whole;
  const at = [...path, written.nbr_of_nodes === undefined ? 'distribution' : 'nbr_of_nodes'];
  if (nodes === undefined) {
    const message = 'distribution is distributed, so nbr_of_nodes is needed; add it';
    return kind === 'distributed' ? [problem(draft, at, message)] : [];
  }
  const processes = whole.nbr_processes ?? 1;
  if (kind === 'grouped' && nodes > 1) {
    const why = 'grouped, which is one node; write distribution: distributed';
    return [problem(draft, at, `nbr_of_nodes ${nodes} contradicts ${why}`)];
  }
  if (kind === 'scattered' && nodes !== processes) {
    const why = `scattered is one process a node, so ${processes} of them take ${processes}`;
    return [problem(draft, at, `nbr_of_nodes ${nodes} contradicts ${why}; take nbr_of_nodes out`)];
  }
  return kind === 'distributed' ? tooManyNodes(draft, at, nodes, whole) : [];
}

/** A site's `ntasks-per-node` or a module may still count differently where nbr_processes is left out. */
function tooManyNodes(draft: Draft, at: Path, nodes: number, whole: Raw): Problem[] {
  const { nbr_processes: given, sbatch_options: options } = whole;
  const counted = Object.keys(options ?? {}).some((option) => option.startsWith('ntasks'));
  const processes = given ?? 1;
  if (nodes <= processes || counted) return [];
  const count = given === undefined ? '1 (the default)' : String(given);
  const message = `nbr_of_nodes ${nodes} is more than nbr_processes ${count}; each node needs a process`;
  return [problem(draft, at, message, { severity: given === undefined ? 'warning' : 'error' })];
}

function merged(base: Raw, layer: Raw): Raw {
  const none = (): undefined => undefined;
  const {
    distribution: kind,
    nodes,
    processes,
    sbatchOptions,
  } = withOverride(readResources(base, none), readResources(layer, none));
  return {
    ...(kind === undefined ? {} : { distribution: kind }),
    ...(nodes === undefined ? {} : { nbr_of_nodes: nodes }),
    ...(processes === undefined ? {} : { nbr_processes: processes }),
    sbatch_options: sbatchOptions,
  };
}
