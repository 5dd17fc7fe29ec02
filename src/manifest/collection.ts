/** Rules between manifests: names are unique, dependencies end somewhere; one that is not there is waited for. */
import { compare } from '../documents/problem.js';
import { didYouMean } from '../documents/words.js';
import type { JobSpec, Place, Problem } from '../model/job.js';

/** Only what the rules look at, so that a manifest that is known unchanged need not be read for them. */
interface Item extends Pick<JobSpec, 'name' | 'previously' | 'dependsOn'> {
  readonly place: Place;
}

export interface CollectionContext {
  /** File of the manifest that bears a name already, as the state remembers it. */
  readonly fileOf?: (name: string) => string | undefined;
  /** Names of manifests that are invalid just now. */
  readonly invalid?: readonly string[];
}

export interface Checked<T> {
  /** Those without an error, in the order of their files. */
  readonly accepted: readonly T[];
  readonly problems: readonly Problem[];
}

export function checkCollection<T extends Item>(
  manifests: readonly T[],
  context: CollectionContext = {},
): Checked<T> {
  const ordered = inOrder(manifests) ? manifests : [...manifests].sort(byPlace);
  const named = byName(ordered, context);
  const problems = [
    ...named.problems,
    ...renames(ordered, named.owners),
    ...unknownDependencies(ordered, named.owners, context),
    ...cycles(named.owners),
  ];
  const errors = problems.filter(({ severity }) => severity === 'error');
  if (errors.length === 0) return { accepted: ordered, problems };
  const bad = new Set(errors.map((each) => placeKey(each.file, each.line, each.column)));
  const accepted = ordered.filter(({ place }) => !bad.has(placeKey(place.file, place.line, place.column)));
  return { accepted, problems };
}

function byPlace(a: Item, b: Item): number {
  return compare(a.place.file, b.place.file) || a.place.document - b.place.document;
}

/** Those of one source are, as they were listed: a hundred thousand need not be sorted again. */
function inOrder(items: readonly Item[]): boolean {
  return items.every((item, index) => {
    const before = items[index - 1];
    return before === undefined || byPlace(before, item) <= 0;
  });
}

function placeKey(file: string, line = 0, column = 0): string {
  return `${file}:${line}:${column}`;
}

type Owners<T> = ReadonlyMap<string, T>;

/** The newcomer is wrong: the one that is not known, else the later by path. */
function byName<T extends Item>(
  items: readonly T[],
  { fileOf }: CollectionContext,
): { owners: Owners<T>; problems: Problem[] } {
  const owners = new Map<string, T>();
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const { name } = item;
    const first = owners.get(name);
    const group = groups.get(name);
    if (first === undefined) owners.set(name, item);
    else if (group === undefined) groups.set(name, [first, item]);
    else group.push(item);
  }
  const problems: Problem[] = [];
  for (const [name, group] of groups) {
    // Asked only where it decides: ten thousand names would be ten thousand queries.
    const known = fileOf?.(name);
    const owner = group.find((item) => item.place.file === known) ?? group[0];
    if (owner === undefined) continue;
    owners.set(name, owner);
    for (const item of group) {
      if (item === owner) continue;
      const where = `${owner.place.file}:${owner.place.line}`;
      problems.push(complain(item, `the name "${name}" is taken by ${where}; give this job another`, 'name'));
    }
  }
  return { owners, problems };
}

function renames<T extends Item>(items: readonly T[], owners: Owners<T>): Problem[] {
  const heirs = new Map<string, Item>();
  const renamed = items.filter(({ previously }) => previously !== undefined);
  return renamed.flatMap((item) => {
    const { previously } = item;
    if (previously === undefined) return [];
    if (owners.has(previously))
      return [
        complain(
          item,
          `previously names "${previously}", which is still there; a job has one name`,
          'previously',
        ),
      ];
    const heir = heirs.get(previously);
    heirs.set(previously, heir ?? item);
    return heir === undefined
      ? []
      : [
          complain(
            item,
            `previously names "${previously}", as ${heir.place.file} does; only one can be its successor`,
            'previously',
          ),
        ];
  });
}

/** It may come later, or stand in a file that cannot be read just now. */
function unknownDependencies<T extends Item>(
  items: readonly T[],
  owners: Owners<T>,
  { fileOf, invalid = [] }: CollectionContext,
): Problem[] {
  const depending = items.filter(({ dependsOn }) => dependsOn.length > 0);
  if (depending.length === 0) return [];
  const known = new Set([...owners.keys(), ...invalid]);
  return depending.flatMap((item) =>
    item.dependsOn
      .filter(({ name }) => !known.has(name) && fileOf?.(name) === undefined)
      .map(({ name }) => {
        const words = `depends_on names "${name}", and there is no such job`;
        const message = `${words}: it is waited for${didYouMean(name, known)}`;
        return { ...complain(item, message, 'depends_on'), severity: 'warning' as const };
      }),
  );
}

/** Every job on a cycle is wrong, and each says the whole cycle. */
function cycles<T extends Item>(owners: Owners<T>): Problem[] {
  const state = new Map<string, 'open' | 'done'>();
  const problems: Problem[] = [];
  for (const [start, { dependsOn }] of owners) {
    if (dependsOn.length === 0) continue;
    const path: string[] = [];
    const stack: { name: string; next: number }[] = [];
    const enter = (name: string): void => {
      state.set(name, 'open');
      path.push(name);
      stack.push({ name, next: 0 });
    };
    if (!state.has(start)) enter(start);
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const wanted = owners.get(top.name)?.dependsOn[top.next]?.name;
      top.next++;
      if (wanted === undefined) {
        state.set(top.name, 'done');
        path.pop();
        stack.pop();
      } else if (state.get(wanted) === 'open')
        problems.push(...cycle(path.slice(path.indexOf(wanted)), owners));
      else if (owners.has(wanted) && !state.has(wanted)) enter(wanted);
    }
  }
  return problems;
}

function cycle<T extends Item>(names: readonly string[], owners: Owners<T>): Problem[] {
  return names.flatMap((name, index) => {
    const item = owners.get(name);
    const round = [...names.slice(index), ...names.slice(0, index), name].join(' → ');
    return item === undefined
      ? []
      : [complain(item, `depends_on goes round in a circle: ${round}; take one of them out`, 'depends_on')];
  });
}

function complain({ place, name }: Item, message: string, key: string): Problem {
  const { file, line, column } = place;
  return { severity: 'error', file, line, column, key, message, job: name };
}
