/** What is given, what is said, the exit code; and nothing is written. */
import { afterEach, describe, expect, it } from 'vitest';
import { sandbox, sluice, type Sandbox } from './built.js';

const CLUSTERS =
  'clusters:\n  here: {transport: local, workload_manager: direct, preferred_jobs: [serial]}\n';
const SETTINGS = 'installation: e2e-bad-input\n';
const GOOD = 'destination_cluster: here\nexecution: echo hello\n';

interface Case {
  readonly given: string;
  readonly argv: readonly string[];
  readonly files?: Readonly<Record<string, string>>;
  readonly says: RegExp;
  readonly code: number;
}

const job = (text: string): Record<string, string> => ({ 'jobs.d/bad.yaml': text });

const USAGE: readonly Case[] = [
  { given: 'nothing (statement 1)', argv: [], says: /^Usage: sluice/, code: 64 },
  {
    given: 'an unknown command',
    argv: ['reconcil'],
    says: /unknown command 'reconcil'\n\(Did you mean reconcile\?\)/,
    code: 64,
  },
  {
    given: 'an unknown option',
    argv: ['plan', '--scripts'],
    says: /unknown option '--scripts'\n\(Did you mean --script\?\)/,
    code: 64,
  },
  {
    given: 'an unknown format',
    argv: ['get', '-o', 'xml'],
    says: /'xml' is invalid. Allowed choices are table, wide, json, yaml, name/,
    code: 64,
  },
  {
    given: 'an unknown phase',
    argv: ['get', '--phase', 'runing'],
    says: /did you mean "Running"\?/,
    code: 64,
  },
  { given: 'a label without =', argv: ['get', '-l', 'lattice'], says: /label=value/, code: 64 },
  { given: 'no task', argv: ['logs', 'x', '--task', '0'], says: /a number from 1/, code: 64 },
  { given: 'too many names', argv: ['describe', 'a', 'b'], says: /too many arguments/, code: 64 },
  {
    given: 'no name',
    argv: ['cancel'],
    says: /missing required argument 'name'\n\n?See: sluice cancel --help\n$/,
    code: 64,
  },
  {
    given: 'no name of a cluster',
    argv: ['clusters', 'check'],
    says: /See: sluice clusters check --help/,
    code: 64,
  },
  { given: 'reconcile without --once', argv: ['reconcile'], says: /sluice reconcile --once/, code: 64 },
  {
    given: 'a time-out without --wait',
    argv: ['reconcile', '--once', '--timeout', '5m'],
    says: /--wait/,
    code: 64,
  },
  {
    given: 'a time-out without unit',
    argv: ['reconcile', '--once', '--wait', '--timeout', '5'],
    says: /5 has no unit; write for example 5m/,
    code: 64,
  },
  {
    given: 'a directory that is not there',
    argv: ['-C', 'nowhere', 'plan'],
    says: /there is no directory .*nowhere; to make a start there: sluice init/,
    code: 64,
  },
  {
    given: 'a path that is not there',
    argv: ['plan', 'jobs.d/gone.yaml'],
    says: /there is no file or directory .*gone\.yaml/,
    code: 64,
  },
  {
    given: 'an unknown job',
    argv: ['describe', 'gone'],
    says: /no job "gone": none was taken up yet/,
    code: 1,
  },
  {
    given: 'an unknown cluster',
    argv: ['clusters', 'check', 'her'],
    says: /no cluster "her" in .*clusters\.yaml; did you mean "here"\?/,
    code: 1,
  },
];

const FILES: readonly Case[] = [
  {
    given: 'an unknown key',
    argv: ['validate'],
    files: job(`${GOOD}exection: x\n`),
    says: /bad\.yaml:3:1: error: unknown key "exection"; did you mean "execution"\?/,
    code: 3,
  },
  {
    given: 'a bad unit',
    argv: ['validate'],
    files: job(`${GOOD}resources: {duration: 90}\n`),
    says: /bad\.yaml:3:23: error: .*90 has no unit/,
    code: 3,
  },
  {
    given: 'an unknown cluster in a job',
    argv: ['validate'],
    files: job('destination_cluster: hre\nexecution: x\n'),
    says: /bad\.yaml:1:22: error: .*"hre"; did you mean "here"\?/,
    code: 3,
  },
  {
    given: 'broken YAML',
    argv: ['validate'],
    files: job('execution: [x\n'),
    says: /bad\.yaml:\d+:\d+: error: /,
    code: 3,
  },
  {
    given: 'binary junk',
    argv: ['validate'],
    files: job('\u0000\u0001\u0002'),
    says: /bad\.yaml:?.* error: /,
    code: 3,
  },
  {
    given: 'a bad inventory',
    argv: ['plan'],
    files: { 'clusters.yaml': 'clusters:\n  here: {transprt: local}\n' },
    says: /clusters\.yaml:2:10: error: unknown key "transprt" in clusters.here; did you mean "transport"\?/,
    code: 1,
  },
  {
    given: 'bad settings',
    argv: ['get'],
    files: { 'sluice.yaml': 'instalation: x\n' },
    says: /sluice\.yaml:1:1: error: unknown key "instalation"; did you mean "installation"\?/,
    code: 1,
  },
  {
    given: 'a plan with a bad manifest',
    argv: ['plan'],
    files: job('execution: [x\n'),
    says: /bad\.yaml.*error[^]*Nothing was written/,
    code: 3,
  },
];

describe('bad input', () => {
  let at: Sandbox;
  afterEach(() => {
    at.remove();
  });

  it.each([...USAGE, ...FILES])('$given', async ({ argv, files = {}, says, code }) => {
    at = sandbox({ 'clusters.yaml': CLUSTERS, 'sluice.yaml': SETTINGS, 'jobs.d/good.yaml': GOOD, ...files });
    const before = at.tree();
    const ended = await sluice(at, ...argv);
    const said = ended.stdout + ended.stderr;
    expect(said).toMatch(says);
    expect(said).not.toMatch(/^\s+at .*\.js:\d+/m);
    expect(ended.code).toBe(code);
    expect(at.tree()).toEqual(before);
  });

  it('tells all that is wrong at once, as JSON too', async () => {
    at = sandbox({
      'clusters.yaml': CLUSTERS,
      'sluice.yaml': SETTINGS,
      'jobs.d/a.yaml': 'exection: x\nresources: {duration: 90, nbr_processes: many}\n',
      'jobs.d/b.yaml': GOOD,
    });
    const { stdout, stderr, code } = await sluice(at, 'validate', '-o', 'json');
    const { version, items, valid } = JSON.parse(stdout) as {
      version: number;
      items: { line: number }[];
      valid: number;
    };
    expect({ version, valid, code }).toEqual({ version: 1, valid: 1, code: 3 });
    expect(items.length).toBeGreaterThanOrEqual(4);
    expect(stderr).toMatch(/^\d+ errors(?: and \d+ warnings?)?; 1 job valid, /);
  });

  it('wants an installation of its own under CI, and names the line', async () => {
    at = sandbox({ 'clusters.yaml': CLUSTERS, 'jobs.d/good.yaml': GOOD });
    at.env['CI'] = 'true';
    const { stderr, code } = await sluice(at, 'reconcile', '--once');
    expect(stderr).toMatch(/add the line "installation: [a-z0-9]+" to .*sluice\.yaml/);
    expect(code).toBe(64);
  });
});
