import { describe, expect, it } from 'vitest';
import { readManifestText, type ReadManifest } from '../../src/manifest/read.js';
import { readCredentials, resolveSecret } from '../../src/manifest/secret.js';
import { contextOf, FILE, memoryFiles } from './support.js';

const TO = 'destination_cluster: hercules\nexecution: ./run\n';

function read(text: string, entries = {}): ReadManifest {
  const { manifests, problems } = readManifestText(FILE, text, contextOf(entries));
  expect(problems.filter(({ severity }) => severity === 'error')).toEqual([]);
  const [manifest] = manifests;
  if (manifest === undefined) throw new Error('no manifest');
  return manifest;
}

/** The prototype's own sample input file, as its description prints it. */
const SAMPLE = `username: jdoe
private_key: "path_to_key"
passphrase: "private_key_passphrase"
user_mail: johndoe@mail.com
destination_cluster: lemaitre3
requirements:
  - "chmod +x job"
job: https://github.com/GaetanLongree/test.git
compilation:
  - "gcc job.c"
execution:
  - "srun ./job"
output:
  - "result.txt"
resources:
  nbr_jobs_in_array: 15
  duration: 1d2h30m
  nbr_processes: 5
  nbr_threads_per_process: 2
  memory_per_thread: 2625M
  distribution: distributed
    # grouped | scattered | distributed
  #if 'distributed' only
  nbr_of_nodes: 4
kwargs:
  key1: value1
`;

it("the prototype's sample is valid as it stands", () => {
  const { manifests, problems } = readManifestText(FILE, SAMPLE, contextOf());
  expect(problems.map(({ severity, key }) => [severity, key])).toEqual([
    ['warning', 'private_key'],
    ['warning', 'passphrase'],
  ]);
  expect(manifests[0]?.spec).toEqual({
    name: 'job',
    run: '1',
    login: {
      username: 'jdoe',
      credentials: { path: FILE, document: 0 },
    },
    mail: ['johndoe@mail.com'],
    destination: ['lemaitre3'],
    alternates: 'same_kind',
    job: { kind: 'git', url: 'https://github.com/GaetanLongree/test.git' },
    setup: [],
    requirements: ['chmod +x job'],
    compilation: ['gcc job.c'],
    execution: ['srun ./job'],
    output: [{ path: 'result.txt', optional: false }],
    resources: {
      arraySize: 15,
      durationSeconds: 95_400,
      processes: 5,
      threadsPerProcess: 2,
      memoryPerThreadMiB: 2625,
      distribution: 'distributed',
      nodes: 4,
      sbatchOptions: {},
    },
    environment: {},
    perCluster: {},
    kwargs: { key1: 'value1' },
    labels: {},
    suspend: false,
    prepareOn: 'login',
    retry: {},
    onEdit: 'keep',
    onDelete: 'finish',
    onClusterLost: 'wait',
    dependsOn: [],
  });
  expect(JSON.stringify(manifests)).not.toContain('private_key_passphrase');
});

it('every scalar may stand for a list of one', () => {
  const { spec } = read(
    `${TO}output: a\nuser_mail: a@b.org\ndepends_on: x\nalternates: lemaitre3\nsetup: s\nretry: {on: TIMEOUT, backoff: 10m}\n`,
  );
  expect([spec.output, spec.mail, spec.dependsOn, spec.alternates, spec.setup, spec.retry]).toEqual([
    [{ path: 'a', optional: false }],
    ['a@b.org'],
    [{ name: 'x', when: 'succeeded' }],
    ['lemaitre3'],
    ['s'],
    { on: ['TIMEOUT'], backoffSeconds: 600 },
  ]);
});

it('an empty key is as good as none', () => {
  const empty = read(`${TO}resources:\nenvironment:\nper_cluster:\nlabels:\nmodules:\nsetup:\noutput:\n`);
  expect({ ...empty.spec, place: 0 }).toEqual({ ...read(TO).spec, place: 0 });
  expect(empty.execution).toEqual(read(TO).execution);
});

it('variables, labels and the run are taken literally', () => {
  const { spec } = read(
    `${TO}run: 007\nenvironment: {A: 010, B: 1e3, C: True, D: "x y"}\nlabels: {year: 2024}\n`,
  );
  expect([spec.run, spec.environment, spec.labels]).toEqual([
    '007',
    { A: '010', B: '1e3', C: 'True', D: 'x y' },
    { year: '2024' },
  ]);
});

it('options of sbatch keep their text', () => {
  const { spec } = read(
    `${TO}resources: {sbatch_options: {nice: 100, nodelist: 01, exclusive: true, requeue: true}}\n`,
  );
  expect(spec.resources.sbatchOptions).toEqual({ nice: 100, nodelist: '01', exclusive: true, requeue: true });
});

it('documents have names of their own and keep their places', () => {
  const { manifests } = readManifestText(
    FILE,
    `---\n# nothing\n---\nname: a\n${TO}---\nname: b\n${TO}`,
    contextOf(),
  );
  expect(manifests.map(({ spec, place }) => [spec.name, place.document, place.line])).toEqual([
    ['a', 1, 4],
    ['b', 2, 8],
  ]);
});

describe('a passphrase that cannot be given, as the own ssh of the user logs in', () => {
  const said = (text: string, ...ownSsh: readonly string[]): (string | undefined)[] => {
    const whole = `execution: a\npassphrase: {env: P}\n${text}`;
    const { problems } = readManifestText(FILE, whole, { ...contextOf(), ownSsh });
    return problems.map(({ line, severity, message }) => `${line} ${severity}: ${message}`);
  };
  const words = (names: string): string =>
    `${names}: your own ssh logs in there (transport: openssh), and a passphrase cannot be given to it; take it out, and add the key to the agent: ssh-add FILE`;

  it.each<[string, string, readonly string[], string[]]>([
    [
      'is an error where there is nowhere else',
      'alternates: none\n',
      ['hercules'],
      [`2 error: ${words('hercules')}`],
    ],
    ['is a warning where it serves an alternate', '', ['hercules'], [`2 warning: ${words('hercules')}`]],
    [
      'is an error where none of the alternates takes it',
      'alternates: [lemaitre3]\n',
      ['hercules', 'lemaitre3'],
      [`2 error: ${words('hercules and lemaitre3')}`],
    ],
    ['is none where only another does not', 'alternates: none\n', ['lemaitre3'], []],
    ['is none where none does not', '', [], []],
  ])('%s', (_, text, ownSsh, expected) => {
    expect(said(`destination_cluster: hercules\n${text}`, ...ownSsh)).toEqual(expected);
  });

  it('is a warning where any cluster may be taken', () => {
    expect(said('destination_cluster: auto\n', 'hercules')).toEqual([`2 warning: ${words('hercules')}`]);
  });
});

it('without a destination the only cluster is meant', () => {
  const { manifests } = readManifestText(FILE, 'execution: a\n', { ...contextOf(), clusters: ['here'] });
  expect(manifests[0]?.spec.destination).toEqual(['here']);
});

describe('job', () => {
  const entries = { '/project/src/main.c': '', '/home/jane/data/x': '', '/project/jobs.d/run.sh': '' };
  it.each([
    ['./run.sh', { kind: 'file', path: '/project/jobs.d/run.sh' }],
    ['../src', { kind: 'directory', path: '/project/src' }],
    ['~/data', { kind: 'directory', path: '/home/jane/data' }],
    ['/project/src/', { kind: 'directory', path: '/project/src' }],
    ['https://example.org/a.git#v1.2', { kind: 'git', url: 'https://example.org/a.git', ref: 'v1.2' }],
    ['git+https://example.org/a', { kind: 'git', url: 'https://example.org/a' }],
    ['git@example.org:group/a', { kind: 'git', url: 'git@example.org:group/a' }],
    [
      'git@example.org:group/a.git#feature/x',
      { kind: 'git', url: 'git@example.org:group/a.git', ref: 'feature/x' },
    ],
    ['ssh://git@example.org:2222/a', { kind: 'git', url: 'ssh://git@example.org:2222/a' }],
    ['file:///srv/a.git', { kind: 'git', url: 'file:///srv/a.git' }],
    ['https://example.org/a.tar.gz', { kind: 'url', url: 'https://example.org/a.tar.gz' }],
  ])('%s', (job, source) => {
    expect(read(`${TO}job: "${job}"\n`, entries).spec.job).toEqual(source);
  });

  it.each([
    'git://example.org/a.git',
    'ssh://-oProxyCommand=id/a',
    's3://bucket/a',
    'https://exa mple/a.git',
  ])('%s is refused', (job) => {
    expect(readManifestText(FILE, `${TO}job: "${job}"\n`, contextOf()).manifests).toEqual([]);
  });
});

describe('modules', () => {
  const stages =
    'staging:\n  1: {module: m.py, execution: python3 m.py}\n  2: {module: m.py, compilation: make, execution: ./m, time_limit: 5m}\n';
  const expected = {
    staging: [
      { module: 'm.py', execution: 'python3 m.py' },
      { module: 'm.py', compilation: 'make', execution: './m', timeLimitSeconds: 300 },
    ],
    preprocessing: [],
    postprocessing: [],
  };

  it('inline, numbered or as a list', () => {
    const numbered = read(`${TO}modules:\n  ${stages.replaceAll('\n', '\n  ')}`);
    const list = read(
      `${TO}modules:\n  staging:\n    - {module: m.py, execution: python3 m.py}\n    - {module: m.py, compilation: make, execution: ./m, time_limit: 5m}\n`,
    );
    expect(numbered.spec.modules).toEqual(expected);
    expect(list.spec.modules).toEqual(expected);
    expect(list.execution).toEqual(numbered.execution);
  });

  it('in a file of their own, beside the manifest', () => {
    const manifest = read(`${TO}modules: ../modules.yml\n`, { '/project/modules.yml': stages });
    expect(manifest.spec.modules).toEqual(expected);
    expect(manifest.alsoRead).toEqual(['/project/modules.yml']);
  });

  it('problems in that file have its places', () => {
    const context = contextOf({ '/project/jobs.d/mods.yml': 'staging:\n  - module: m.py\n    exec: a\n' });
    const { problems } = readManifestText(FILE, `${TO}modules: mods.yml\n`, context);
    expect(problems.map(({ file, line, column, message }) => [file, line, column, message])).toEqual([
      ['/project/jobs.d/mods.yml', 2, 5, 'staging[1] lacks the key "execution"'],
      [
        '/project/jobs.d/mods.yml',
        3,
        5,
        'unknown key "exec" in staging[1]; the keys there are module, compilation, execution and time_limit',
      ],
    ]);
  });
});

describe('secrets are found where they are named', () => {
  const files = memoryFiles({
    '/k/pass': 'one\ntwo\n',
    [FILE]: `name: x\n---\npassphrase: "three"\n`,
    '/k/empty': '',
    '/s.yaml': 'smtp: {password: "four"}',
  });
  it.each([
    [{ from: 'env', name: 'P' } as const, { ok: true, value: 'zero' }],
    [{ from: 'file', path: '/k/pass' } as const, { ok: true, value: 'one' }],
    [
      { from: 'document', path: FILE, document: 1, key: ['passphrase'] } as const,
      { ok: true, value: 'three' },
    ],
    [
      { from: 'document', path: '/s.yaml', document: 0, key: ['smtp', 'password'] } as const,
      { ok: true, value: 'four' },
    ],
    [
      { from: 'env', name: 'Q' } as const,
      { ok: false, why: 'the environment variable Q, which holds the passphrase, is not set' },
    ],
    [
      { from: 'file', path: '/k/none' } as const,
      { ok: false, why: '/k/none, which holds the passphrase, cannot be read' },
    ],
    [
      { from: 'file', path: '/k/empty' } as const,
      { ok: false, why: 'the first line of /k/empty should be the passphrase, and is empty' },
    ],
    [
      { from: 'document', path: FILE, document: 0, key: ['passphrase'] } as const,
      { ok: false, why: `${FILE} has no passphrase any more` },
    ],
  ])('%j', (ref, expected) => {
    expect(resolveSecret(ref, { P: 'zero' }, files)).toEqual(expected);
  });
});

describe('what a manifest names to log in with is read where it stands', () => {
  const at = (document: number, text: string) =>
    readCredentials({ path: FILE, document }, memoryFiles({ [FILE]: text }), '/home/me');
  it.each([
    ['a key', 0, 'private_key: ~/.ssh/id\n', { privateKey: '/home/me/.ssh/id' }],
    ['a key beside it', 0, 'private_key: keys/id\n', { privateKey: '/project/jobs.d/keys/id' }],
    ['a named passphrase', 0, 'passphrase: {env: P}\n', { passphrase: { from: 'env', name: 'P' } }],
    [
      'a passphrase of a file',
      1,
      'name: x\n---\npassphrase: {file: p}\nprivate_key: /k\n',
      { privateKey: '/k', passphrase: { from: 'file', path: '/project/jobs.d/p' } },
    ],
    [
      'one in the clear',
      0,
      'passphrase: "secret"\n',
      { passphrase: { from: 'document', path: FILE, document: 0, key: ['passphrase'] } },
    ],
    ['neither any more', 0, 'username: x\n', undefined],
    ['no such document', 3, 'private_key: /k\n', undefined],
  ])('%s', (_, document, text, expected) => {
    expect(at(document, text)).toEqual(expected);
  });
  it('and a manifest that is gone names nothing', () => {
    expect(readCredentials({ path: '/gone', document: 0 }, memoryFiles({}), '/home/me')).toBeUndefined();
  });
});
