import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { DEFAULT_INVENTORY, readInventory } from '../../src/config/inventory.js';
import { formatProblem } from '../../src/documents/problem.js';
import { memoryFiles } from '../manifest/support.js';
import { root } from '../tools/generate-types.js';

const FILE = '/project/clusters.yaml';
const read = (text: string): ReturnType<typeof readInventory> =>
  readInventory(text, FILE, { files: memoryFiles({ '/home/jane/.ssh/id': 'key' }), home: '/home/jane' });
const said = (text: string): string[] =>
  read(text).problems.map((problem) => formatProblem(problem, '/project').slice('clusters.yaml:'.length));

it('fills in the defaults, in the order of the file', () => {
  const { inventory, problems, names } = read(
    'clusters:\n  b: {hostname: b.example.org}\n  a: {transport: local}\n',
  );
  expect(problems).toEqual([]);
  expect([...inventory.keys()]).toEqual(['b', 'a']);
  expect(names).toEqual(['b', 'a']);
  expect(inventory.get('b')).toEqual({
    name: 'b',
    transport: 'ssh2',
    manager: 'slurm',
    hosts: ['b.example.org'],
    hostKeys: [],
    preferredJobs: [],
    workDir: '~/.sluice/work',
    claimsDir: '~/.sluice',
    loginShell: false,
    setup: [],
    environment: {},
    sbatchOptions: {},
  });
});

it('reads every key', () => {
  const { inventory, problems } = read(`clusters:
  nic5:
    hostname: [nic5-1, nic5-2]
    port: 2222
    workload_manager: slurm
    transport: openssh
    preferred_jobs: [mpi, smp]
    partition: batch
    username: jane
    private_key: ~/.ssh/id
    proxy_jump: jane@gate:22
    host_key: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ
    work_dir: $GLOBALSCRATCH/sluice
    claims_dir: ~/.sluice
    max_jobs: 100
    poll_interval: 2m
    failover_after: 2h
    submit_rate: 0.5
    fetch_on: here
    max_download: 1.5G
    login_shell: true
    setup: source site.sh
    environment: {A: 010}
    sbatch_options: {account: x, exclusive: true}
`);
  expect(problems).toEqual([]);
  expect(inventory.get('nic5')).toEqual({
    name: 'nic5',
    transport: 'openssh',
    manager: 'slurm',
    hosts: ['nic5-1', 'nic5-2'],
    port: 2222,
    username: 'jane',
    privateKey: '/home/jane/.ssh/id',
    proxyJump: 'jane@gate:22',
    hostKeys: ['ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ'],
    preferredJobs: ['mpi', 'smp'],
    partition: 'batch',
    workDir: '$GLOBALSCRATCH/sluice',
    claimsDir: '~/.sluice',
    maxJobs: 100,
    pollIntervalSeconds: 120,
    failoverAfterSeconds: 7200,
    submitRate: 0.5,
    fetchOn: 'here',
    maxDownloadBytes: 1536 * 1024 ** 2,
    loginShell: true,
    setup: ['source site.sh'],
    environment: { A: '010' },
    sbatchOptions: { account: 'x', exclusive: true },
  });
});

describe('what is wrong is said with its place', () => {
  it.each<[string, string, string[]]>([
    [
      'an empty file',
      '',
      [
        '1:1: error: the file is empty; write a cluster into it, or delete it: then this machine is the only cluster',
      ],
    ],
    [
      'no clusters',
      'cluster: {}\n',
      [
        '1:1: error: the key "clusters" is missing',
        '1:1: error: unknown key "cluster"; did you mean "clusters"?',
      ],
    ],
    [
      'no hostname',
      'clusters:\n  a: {port: 22}\n',
      ['2:3: error: cluster a has no hostname; add it, or "transport: local" if it is this machine'],
    ],
    [
      'a bad hostname',
      'clusters:\n  a: {hostname: jane@a}\n',
      [
        '2:17: error: clusters.a.hostname "jane@a" does not fit: a host name or an alias of ~/.ssh/config; the login goes to username, the port to port',
      ],
    ],
    [
      'direct over SSH',
      'clusters:\n  a: {hostname: a, workload_manager: direct}\n',
      ['2:38: error: cluster a: direct runs on this machine only; add "transport: local"'],
    ],
    [
      'local with a host',
      'clusters:\n  a: {transport: local, hostname: a}\n',
      ['2:25: error: cluster a: transport is local, so there is no SSH and no hostname; take it out'],
    ],
    [
      'an unknown workload manager (statements 40, 63)',
      'clusters:\n  a: {hostname: a, workload_manager: slrum}\n',
      ['2:38: error: clusters.a.workload_manager "slrum" is none of slurm or direct; did you mean "slurm"?'],
    ],
    [
      "the prototype's status",
      'clusters:\n  a: {hostname: a, status: {}}\n',
      ['2:20: error: unknown key "status" in clusters.a; the status is observed, not written'],
    ],
    [
      'a reserved name',
      'clusters:\n  auto: {hostname: a}\n',
      ['2:3: error: a cluster cannot be called auto, which is a word of manifests; give it another name'],
    ],
    [
      'a name of digits',
      'clusters:\n  5: {hostname: a}\n',
      [
        "2:3: error: the key \"5\" in clusters does not fit: letters, digits, '.', '_' and '-', beginning with a letter, at most 63 characters",
      ],
    ],
    [
      'a relative work_dir',
      'clusters:\n  a: {hostname: a, work_dir: scratch}\n',
      [
        '2:30: error: clusters.a.work_dir "scratch" does not fit: an absolute path on the cluster; it may begin with ~ or one $VARIABLE',
      ],
    ],
    [
      'two variables in work_dir',
      'clusters:\n  a: {hostname: a, work_dir: $A/$B}\n',
      [
        '2:30: error: clusters.a.work_dir "$A/$B" does not fit: an absolute path on the cluster; it may begin with ~ or one $VARIABLE',
      ],
    ],
    [
      'a climbing work_dir',
      'clusters:\n  a: {hostname: a, work_dir: ~/../x}\n',
      ['2:30: error: cluster a: work_dir "~/../x" contains \'..\'; write the path without'],
    ],
    [
      'a bad port',
      'clusters:\n  a: {hostname: a, port: 70000}\n',
      ['2:26: error: clusters.a.port 70000 is too large; the most is 65535'],
    ],
    [
      'a poll_interval without a unit',
      'clusters:\n  a: {hostname: a, poll_interval: 60}\n',
      [
        '2:35: error: clusters.a.poll_interval 60 has no unit; write for example 60m (minutes): the units are d, h, m and s',
      ],
    ],
    [
      'a max_download without a unit',
      'clusters:\n  a: {hostname: a, max_download: 60}\n',
      ['2:34: error: clusters.a.max_download 60 has no unit; write for example 60M: the units are M and G'],
    ],
    [
      'a fetch_on that is none',
      'clusters:\n  a: {hostname: a, fetch_on: there}\n',
      ['2:30: error: clusters.a.fetch_on "there" is none of auto, login or here; did you mean "here"?'],
    ],
    [
      'an owned option',
      'clusters:\n  a: {hostname: a, sbatch_options: {output: x}}\n',
      [
        "2:37: error: cluster a: output cannot stand in sbatch_options, Sluice owns it: the job's stdout is kept with the logs and fetched",
      ],
    ],
    [
      'the partition twice',
      'clusters:\n  a: {hostname: a, partition: p, sbatch_options: {partition: q}}\n',
      ['2:51: error: cluster a: sbatch_options.partition says the same thing as partition; keep one of them'],
    ],
    [
      'a missing key',
      'clusters:\n  a: {hostname: a, private_key: ./id}\n',
      [
        '2:33: warning: cluster a: private_key "./id" is no file (/project/id); it is needed when the cluster is reached',
      ],
    ],
    [
      'a host key without its type',
      'clusters:\n  a: {hostname: a, host_key: AAAAC3Nza}\n',
      [
        '2:30: error: clusters.a.host_key "AAAAC3Nza" does not fit: the type and the key as in known_hosts, such as ssh-ed25519 AAAAC3Nza…',
      ],
    ],
    [
      'two documents',
      'clusters: {a: {hostname: a}}\n---\nclusters: {}\n',
      ['3:1: error: the file holds several documents; it takes one, so take the "---" out'],
    ],
  ])('%s', (_, text, expected) => {
    expect(said(text)).toEqual(expected);
  });
});

it('one bad entry leaves the others, and its name stays known', () => {
  const { inventory, names } = read('clusters:\n  a: {hostname: [a, "b c"]}\n  a.b: {hostname: c}\n');
  expect([...inventory.keys()]).toEqual(['a.b']);
  expect(names).toEqual(['a', 'a.b']);
});

it("the repository's own inventory is valid, and is the embedded one", () => {
  const file = resolve(root, 'clusters.yaml');
  const { inventory, problems } = readInventory(readFileSync(file, 'utf8'), file);
  expect(problems).toEqual([]);
  expect(inventory).toEqual(DEFAULT_INVENTORY);
});

it('its commented examples are valid too', () => {
  const file = resolve(root, 'clusters.yaml');
  const text = readFileSync(file, 'utf8').replaceAll(/^ {2}# (?=( {2})*[a-z0-9_]+:)/gm, '  ');
  const { inventory, problems } = readInventory(text, file);
  expect(problems.filter(({ severity }) => severity === 'error')).toEqual([]);
  expect(inventory.size).toBeGreaterThan(2);
});
