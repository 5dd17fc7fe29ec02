/** Starting costs what is loaded: no command loads what another one needs. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sandbox, sluice, type Sandbox } from './built.js';
import { loadedBy } from './loaded.js';

let project: Sandbox;

beforeAll(async () => {
  project = sandbox({
    'sluice.yaml': 'installation: loaded\n',
    'clusters.yaml': 'clusters:\n  here: {transport: local, workload_manager: direct}\n',
    'jobs.d/a.yaml': 'destination_cluster: here\nexecution: exit 0\n',
  });
  expect((await sluice(project, 'reconcile', '--once', '--wait')).code).toBe(0);
});
afterAll(() => {
  project.remove();
});

const LINE = ['commander', 'picocolors'];
const FILES = [...LINE, 'ajv', 'fast-deep-equal', 'yaml'];
const STATE = [...FILES, 'better-sqlite3', 'bindings', 'file-uri-to-path'];
/** What the table library itself needs. */
const TABLE = [
  'ansi-regex',
  'cli-table3',
  'emoji-regex',
  'is-fullwidth-code-point',
  'string-width',
  'strip-ansi',
];
const READS = [...STATE, ...TABLE];

describe('packages that a command loads', () => {
  it.each<[string, readonly string[]]>([
    ['--version', []],
    ['get --help', LINE],
    ['init elsewhere', LINE],
    ['validate', STATE],
    ['get', READS],
    ['get -o json', READS],
    ['describe a', READS],
    ['plan', READS],
    ['reconcile --once', READS],
  ])('%s', async (line, packages) => {
    const loaded = await loadedBy(project, line.split(' '));
    expect(loaded.code).toBe(0);
    const more = loaded.packages.filter((name) => !packages.includes(name));
    expect(more, 'packages that it does not need').toEqual([]);
  });
});

describe('rooms that a command enters', () => {
  const rooms = async (line: string): Promise<ReadonlySet<string>> => {
    const { own } = await loadedBy(project, line.split(' '));
    return new Set(own.map((file) => file.replace(/\/[^/]*$/, '')));
  };

  it.each(['get', 'validate'])('%s: none of those that only a pass needs', async (line) => {
    const entered = await rooms(line);
    expect(entered).toContain('store');
    const others = ['app.js', 'slurm', 'ssh', 'transport', 'git', 'notify', 'bundle', 'reconcile/apply'];
    expect(others.filter((room) => entered.has(room))).toEqual([]);
  });

  it('a pass that finds nothing to do: neither archives nor what carries a plan out', async () => {
    const { own } = await loadedBy(project, ['reconcile', '--once']);
    expect(own).toContain('plan/plan.js');
    const unused = [
      'reconcile/apply/index.js',
      'reconcile/apply/fetch.js',
      'bundle/pack.js',
      'bundle/unpack.js',
    ];
    expect(own.filter((file) => unused.includes(file))).toEqual([]);
  });
});
