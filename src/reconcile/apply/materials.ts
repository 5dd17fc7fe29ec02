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
): Promise<readonly BundleEntry[]> {
  return [
    { kind: 'directory', path: token },
    { kind: 'directory', path: `${token}/work` },
    { kind: 'directory', path: `${token}/logs` },
    ...(await jobFiles(spec, `${token}/work`)),
    { kind: 'directory', path: `${token}/.sluice` },
    ...stepScripts(spec, cluster, token, directories),
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

function stepScripts(
  spec: JobSpec,
  cluster: Cluster,
  token: string,
  directories: Directories,
): readonly BundleEntry[] {
  const { setup, environment } = effective(spec, cluster);
  const steps = (['requirements', 'compilation'] as const).filter((name) => spec[name].length > 0);
  if (steps.length === 0) return [];
  return [
    { kind: 'directory', path: `${token}/.sluice/steps` },
    ...steps.map((name) => ({
      kind: 'text' as const,
      path: `${token}/.sluice/steps/${name}`,
      text: renderStep({ name, token, setup, environment, items: spec[name], ...directories }),
      executable: true,
    })),
  ];
}
