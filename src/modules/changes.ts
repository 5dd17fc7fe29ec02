/** What a module may not change, and what it changes in vain. Pure. */
import { isSecret, show } from '../documents/problem.js';
import { canonicalJson } from '../manifest/hash.js';
import type { ModuleStages } from '../model/job.js';

/** A job in the manifest's own keys. */
export type Keys = Readonly<Record<string, unknown>>;
type Stage = keyof ModuleStages;

const IDENTITY = ['name', 'run', 'previously'];
const SECRET = ['private_key', 'passphrase'];
/** Chosen or sent by then. */
const SETTLED = ['destination_cluster', 'alternates', 'job', 'modules'];

/** @returns what is said behind the module's name */
export function forbiddenChange(stage: Stage, given: Keys, printed: Keys): string | undefined {
  const secret = SECRET.find((key) => key in printed);
  if (secret !== undefined) return `added ${secret}; no secret passes through a module: take it out`;
  const why = 'print it as it was given';
  return (
    found(IDENTITY, given, printed, `a module may not change which job this is; ${why}`) ??
    found(['username'], given, printed, `the login is the manifest's; ${why}`) ??
    (stage === 'staging'
      ? ownStage(given, printed)
      : found(SETTLED, given, printed, `modules on the cluster may not; change it in staging, or ${why}`))
  );
}

function found(keys: readonly string[], given: Keys, printed: Keys, why: string): string | undefined {
  const key = keys.find((each) => !equal(given[each], printed[each]));
  if (key === undefined) return undefined;
  return `${change(key, given[key], printed[key])}; ${why}`;
}

/** `a` and `[a]` are one destination, `1` and `"1"` one run. */
function equal(a: unknown, b: unknown): boolean {
  if (a === undefined || b === undefined) return a === b;
  return canonicalJson(plain(a)) === canonicalJson(plain(b));
}

function plain(value: unknown): unknown {
  if (typeof value === 'number') return String(value);
  return Array.isArray(value) && value.length === 1 ? (value[0] as unknown) : value;
}

function change(key: string, from: unknown, to: unknown): string {
  if (isSecret([key])) return `changed ${key}`;
  if (to === undefined) return `left out ${key}, which is ${words(from)}`;
  return from === undefined
    ? `added ${key} ${words(to)}`
    : `changed ${key} from ${words(from)} to ${words(to)}`;
}

function words(value: unknown): string {
  const list = Array.isArray(value) && value.every((each) => typeof each === 'string');
  return list ? show(value.join(', ')) : show(value);
}

/** The later stages may still be changed: their files are sent afterwards. */
function ownStage(given: Keys, printed: Keys): string | undefined {
  if (equal(stagingOf(given), stagingOf(printed))) return undefined;
  return 'changed modules.staging, which is running; print it as it was given';
}

function stagingOf({ modules }: Keys): unknown {
  return typeof modules === 'object' && modules !== null && 'staging' in modules
    ? modules.staging
    : undefined;
}

/** What has been used by then. */
const TOO_LATE: Readonly<Record<Stage, ReadonlySet<string>>> = {
  staging: new Set(['depends_on']),
  preprocessing: new Set(['depends_on', 'requirements', 'compilation', 'prepare_on']),
  postprocessing: new Set([
    ...['depends_on', 'requirements', 'compilation', 'prepare_on'],
    ...['setup', 'execution', 'resources', 'environment', 'per_cluster', 'retry', 'suspend'],
  ]),
};

export function hasNoEffect(stage: Stage, key: string): boolean {
  return TOO_LATE[stage].has(key);
}
