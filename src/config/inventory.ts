/** `clusters.yaml`: the inventory. */
import { homedir } from 'node:os';
import { hasErrors, show, sortProblems, type Path } from '../documents/problem.js';
import { nodeFiles } from '../documents/node-files.js';
import type { SourceDocument } from '../documents/parse.js';
import { parseMemory } from '../documents/units.js';
import { asList } from '../manifest/draft.js';
import { localPath } from '../manifest/job-source.js';
import { compact, readOptions, readTexts } from '../manifest/resources.js';
import { checkOption } from '../manifest/sbatch-options.js';
import type { Cluster, Inventory } from '../model/cluster.js';
import type { Problem } from '../model/job.js';
import type { Cluster as RawCluster, ClustersFile } from './clusters.generated.js';
import { configProblem, readOneDocument, seconds, type ConfigContext } from './common.js';

export interface ReadInventory {
  /** Only the entries without an error. */
  readonly inventory: Inventory;
  /** Every name in the file, those of bad entries too; undefined where the file could not be read. */
  readonly names: readonly string[] | undefined;
  readonly problems: readonly Problem[];
}

export const DEFAULT_WORK_DIR = '~/.sluice/work';
export const DEFAULT_CLAIMS_DIR = '~/.sluice';

const PROTOTYPE: Readonly<Record<string, string>> = {
  name: "the name is the entry's key",
  status: 'the status is observed, not written',
};

/** @param file absolute path; `private_key` is relative to its directory */
export function readInventory(
  text: string,
  file: string,
  context: ConfigContext = { files: nodeFiles, home: homedir() },
): ReadInventory {
  const read = readOneDocument(file, text, 'clusters', (path, key) =>
    path[0] === 'clusters' ? PROTOTYPE[key] : undefined,
  );
  if (read.empty) {
    const message =
      'the file is empty; write a cluster into it, or delete it: then this machine is the only cluster';
    return {
      inventory: new Map(),
      names: undefined,
      problems: [{ severity: 'error', file, line: 1, column: 1, message }],
    };
  }
  // The schema has seen it: this is the edge where its type is vouched for.
  const { clusters = {} } = (read.value ?? {}) as Partial<ClustersFile>;
  const problems = [...read.problems];
  const inventory = new Map<string, Cluster>();
  for (const [name, raw] of Object.entries(clusters)) {
    const bad = read.bad.flatMap(([top, entry, ...path]) =>
      top === 'clusters' && entry === name ? [path] : [],
    );
    const own = checkCluster(name, raw, bad, read.document, context);
    problems.push(...own);
    const broken = hasErrors(own) || bad.length > 0;
    if (!broken && !read.document.flawed) inventory.set(name, toCluster(name, raw, read.document, context));
  }
  return { inventory, names: allNames(read.document.value), problems: sortProblems(problems) };
}

function allNames(document: unknown): readonly string[] | undefined {
  if (typeof document !== 'object' || document === null || !('clusters' in document)) return undefined;
  const { clusters } = document;
  return typeof clusters === 'object' && clusters !== null ? Object.keys(clusters) : undefined;
}

const RESERVED = ['auto', 'none', 'same_kind'];
const SSH_KEYS = ['hostname', 'port', 'username', 'private_key', 'proxy_jump', 'host_key'] as const;

function checkCluster(
  name: string,
  raw: RawCluster,
  bad: readonly Path[],
  document: SourceDocument,
  context: ConfigContext,
): Problem[] {
  const at = (key: string): string[] => ['clusters', name, key];
  const complain = (key: string, message: string, what: 'key' | 'value' = 'value'): Problem =>
    configProblem(document, at(key), `cluster ${name}: ${message}`, { what });
  const problems: Problem[] = [];
  if (RESERVED.includes(name)) {
    problems.push(
      configProblem(
        document,
        ['clusters', name],
        `a cluster cannot be called ${name}, which is a word of manifests; give it another name`,
        { what: 'key' },
      ),
    );
  }
  const local = raw.transport === 'local';
  if (raw.workload_manager === 'direct' && !local) {
    problems.push(complain('workload_manager', 'direct runs on this machine only; add "transport: local"'));
  }
  if (local) {
    const unused = SSH_KEYS.filter((key) => raw[key] !== undefined);
    problems.push(
      ...unused.map((key) =>
        complain(key, `transport is local, so there is no SSH and no ${key}; take it out`, 'key'),
      ),
    );
  } else if (
    raw.hostname === undefined &&
    raw.workload_manager !== 'direct' &&
    !bad.some(([key]) => key === 'hostname')
  ) {
    problems.push(
      configProblem(
        document,
        ['clusters', name],
        `cluster ${name} has no hostname; add it, or "transport: local" if it is this machine`,
        { what: 'key' },
      ),
    );
  }
  for (const key of ['work_dir', 'claims_dir'] as const) {
    if (raw[key]?.split('/').includes('..') === true)
      problems.push(complain(key, `${key} ${show(raw[key])} contains '..'; write the path without`));
  }
  return [...problems, ...checkOptions(name, raw, document), ...checkKey(name, raw, document, context)];
}

function checkOptions(name: string, raw: RawCluster, document: SourceDocument): Problem[] {
  return Object.entries(raw.sbatch_options ?? {}).flatMap(([key, value]) => {
    const path = ['clusters', name, 'sbatch_options', key];
    if (key === 'partition' && raw.partition !== undefined) {
      return [
        configProblem(
          document,
          path,
          `cluster ${name}: sbatch_options.partition says the same thing as partition; keep one of them`,
          { what: 'key' },
        ),
      ];
    }
    const complaint = checkOption(key, value);
    if (complaint === undefined) return [];
    return [
      configProblem(document, path, `cluster ${name}: ${complaint.message}`, {
        severity: complaint.severity,
        what: 'key',
      }),
    ];
  });
}

function checkKey(
  name: string,
  raw: RawCluster,
  document: SourceDocument,
  { files, home }: ConfigContext,
): Problem[] {
  if (raw.private_key === undefined) return [];
  const path = localPath(raw.private_key, document.file, home);
  if (files.stat(path)?.kind === 'file') return [];
  const message = `cluster ${name}: private_key ${show(raw.private_key)} is no file (${path}); it is needed when the cluster is reached`;
  return [configProblem(document, ['clusters', name, 'private_key'], message, { severity: 'warning' })];
}

function toCluster(
  name: string,
  raw: RawCluster,
  document: SourceDocument,
  { home }: ConfigContext,
): Cluster {
  const literal = (...path: string[]): string | undefined => document.literal(['clusters', name, ...path]);
  return {
    name,
    transport: raw.transport ?? 'ssh2',
    manager: raw.workload_manager ?? 'slurm',
    hosts: asList(raw.hostname),
    hostKeys: asList(raw.host_key),
    preferredJobs: asList(raw.preferred_jobs),
    workDir: raw.work_dir ?? DEFAULT_WORK_DIR,
    claimsDir: raw.claims_dir ?? DEFAULT_CLAIMS_DIR,
    loginShell: raw.login_shell ?? false,
    setup: asList(raw.setup),
    environment: readTexts(raw.environment, (key) => literal('environment', key)),
    sbatchOptions: readOptions(raw.sbatch_options, (key) => literal('sbatch_options', key)),
    ...compact({
      port: raw.port,
      username: raw.username,
      privateKey: raw.private_key === undefined ? undefined : localPath(raw.private_key, document.file, home),
      proxyJump: raw.proxy_jump,
      partition: raw.partition,
      maxJobs: raw.max_jobs,
      pollIntervalSeconds: seconds(raw.poll_interval),
      failoverAfterSeconds: seconds(raw.failover_after),
      submitRate: raw.submit_rate,
      fetchOn: raw.fetch_on,
      maxDownloadBytes: bytes(raw.max_download),
    }),
  };
}

function bytes(size: string | undefined): number | undefined {
  if (size === undefined) return undefined;
  const parsed = parseMemory(size);
  return parsed.ok ? parsed.value * 1024 ** 2 : undefined;
}

/** Where there is no `clusters.yaml`, this machine is the cluster. */
export const DEFAULT_INVENTORY: Inventory = new Map([
  [
    'here',
    {
      name: 'here',
      transport: 'local',
      manager: 'direct',
      hosts: [],
      hostKeys: [],
      preferredJobs: ['serial'],
      workDir: DEFAULT_WORK_DIR,
      claimsDir: DEFAULT_CLAIMS_DIR,
      loginShell: false,
      setup: [],
      environment: {},
      sbatchOptions: {},
    },
  ],
]);
