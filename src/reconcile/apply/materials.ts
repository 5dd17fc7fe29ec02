/** All that one attempt sends: claim, script, steps, files. Pure but for listing a job's directory. */
import { basename } from 'node:path';
import { type BundleEntry, fileEntry, listDirectory } from '../../bundle/pack.js';
import { effective } from '../../manifest/effective.js';
import type { Cluster } from '../../model/cluster.js';
import type { JobSpec } from '../../model/job.js';
import type { Attempt, Run } from '../../model/run.js';
import type { RenderedJob, WorkloadManager } from '../../ports.js';
import { renderClaim, withoutSecrets } from '../../protocol/claim.js';
import { renderStep } from '../../shell/script.js';
import { renderSource } from '../../shell/source.js';

/** Where an attempt lives on the cluster. */
export interface Directories {
  readonly jobDirectory: string;
  readonly workingDirectory: string;
}

export function directoriesOf(workDir: string, token: string): Directories {
  const jobDirectory = `${workDir}/${token}`;
  return { jobDirectory, workingDirectory: `${jobDirectory}/work` };
}

/** The batch script and its command line, exactly as they will be sent. */
export function renderJob(
  spec: JobSpec,
  cluster: Cluster,
  manager: Pick<WorkloadManager, 'render'>,
  token: string,
  directories: Directories,
): RenderedJob {
  const { resources, setup, environment } = effective(spec, cluster);
  return manager.render({
    cluster,
    token,
    ...directories,
    resources,
    environment,
    setup,
    execution: spec.execution,
  });
}

export function claimOf(
  installation: string,
  run: Run,
  attempt: Attempt,
  spec: JobSpec,
  directories: Directories,
): string {
  return renderClaim({
    nonce: attempt.nonce,
    token: attempt.token,
    installation,
    uuid: run.uuid,
    name: run.name,
    run: run.run,
    generation: run.generation,
    attempt: attempt.number,
    cluster: attempt.cluster,
    hash: run.hash,
    candidates: run.candidates,
    manifestFile: run.manifestFile,
    commit: run.commit ?? '',
    ...directories,
    createdAt: attempt.createdAt,
    specJson: JSON.stringify(withoutSecrets(spec)),
  });
}

/** The files of one attempt, below `<token>/`. @throws {BundleError} when one of the user's cannot be sent */
export async function entriesOf(
  spec: JobSpec,
  cluster: Cluster,
  token: string,
  directories: Directories,
  script: string,
  options: StepOptions = {},
): Promise<readonly BundleEntry[]> {
  return [
    { kind: 'directory', path: token },
    { kind: 'directory', path: `${token}/work` },
    { kind: 'directory', path: `${token}/logs` },
    ...(await jobFiles(spec, `${token}/work`)),
    { kind: 'directory', path: `${token}/.sluice` },
    ...stepScripts(spec, cluster, token, directories, options),
    { kind: 'text', path: `${token}/.sluice/script`, text: script, executable: true },
  ];
}

async function jobFiles(spec: JobSpec, below: string): Promise<readonly BundleEntry[]> {
  switch (spec.job.kind) {
    case 'file':
      return [await fileEntry(`${below}/${basename(spec.job.path)}`, spec.job.path)];
    case 'directory':
      return listDirectory(spec.job.path, below);
    case 'none':
    case 'git':
    case 'url':
      return [];
  }
}

/** What the steps do beside what the manifest says by itself. */
export interface StepOptions {
  /** `false`: the files of a Git or URL job are sent with it, so that nothing is fetched there. */
  readonly source?: false;
  /** Of a download; see `renderSource` for the default. */
  readonly maxDownloadBytes?: number;
  /** Script of the modules of that stage; absent where it has none. */
  readonly preprocessing?: string;
  readonly postprocessing?: string;
}

/** Where the chain after the job keeps its marks: `marksDirectory` of what it runs. */
export function afterMarks(jobDirectory: string): string {
  return `${jobDirectory}/.sluice/after`;
}

/** Both chains, as the wrapper runs them. */
export function stepScripts(
  spec: JobSpec,
  cluster: Cluster,
  token: string,
  directories: Directories,
  options: StepOptions = {},
): readonly BundleEntry[] {
  const { preprocessing, postprocessing } = options;
  const before = {
    source: sourceScript(spec, cluster, token, directories, options),
    ...commandScripts(spec, cluster, token, directories),
    preprocessing,
  };
  return [
    ...chain(`${token}/.sluice`, before),
    ...(postprocessing === undefined ? [] : [{ kind: 'directory' as const, path: `${token}/.sluice/after` }]),
    ...chain(`${token}/.sluice/after`, { postprocessing }),
  ];
}

function chain(below: string, texts: Readonly<Record<string, string | undefined>>): BundleEntry[] {
  const scripts = Object.entries(texts).flatMap(([name, text]): BundleEntry[] =>
    text === undefined ? [] : [{ kind: 'text', path: `${below}/steps/${name}`, text, executable: true }],
  );
  return scripts.length === 0 ? [] : [{ kind: 'directory', path: `${below}/steps` }, ...scripts];
}

function sourceScript(
  spec: JobSpec,
  cluster: Cluster,
  token: string,
  directories: Directories,
  { source, maxDownloadBytes }: StepOptions,
): string | undefined {
  const { job } = spec;
  if (source === false || (job.kind !== 'git' && job.kind !== 'url')) return undefined;
  const { setup, environment } = effective(spec, cluster);
  const limit = maxDownloadBytes === undefined ? {} : { maxDownloadBytes };
  return renderSource({ source: job, token, setup, environment, ...directories, ...limit });
}

function commandScripts(
  spec: JobSpec,
  cluster: Cluster,
  token: string,
  directories: Directories,
): Readonly<Record<string, string>> {
  const { setup, environment } = effective(spec, cluster);
  const steps = (['requirements', 'compilation'] as const).filter((name) => spec[name].length > 0);
  return Object.fromEntries(
    steps.map((name) => [
      name,
      renderStep({ name, token, setup, environment, items: spec[name], ...directories }),
    ]),
  );
}
