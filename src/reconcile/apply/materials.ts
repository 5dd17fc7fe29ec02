/** What one attempt sends to be kept and run: its claim, its batch script, its steps. Pure. */
import type { BundleEntry } from '../../bundle/pack.js';
import { effective } from '../../manifest/effective.js';
import type { Cluster } from '../../model/cluster.js';
import type { JobSpec } from '../../model/job.js';
import type { Attempt, Run } from '../../model/run.js';
import type { RenderedJob, WorkloadManager } from '../../ports.js';
import { type Claim, renderClaim, withoutSecrets } from '../../protocol/claim.js';
import { type RemoteModule, renderModules, stageInput } from '../../shell/modules.js';
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

/**
 * The batch script and its command line, exactly as they will be sent.
 * @param tasks array indexes that are submitted; undefined: all of the array, or it is none
 */
export function renderJob(
  spec: JobSpec,
  cluster: Cluster,
  manager: Pick<WorkloadManager, 'render'>,
  token: string,
  directories: Directories,
  tasks?: readonly number[],
): RenderedJob {
  const { resources, setup, environment } = effective(spec, cluster);
  return manager.render({
    cluster,
    token,
    ...directories,
    resources,
    ...(tasks === undefined ? {} : { tasks }),
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
  owed: Pick<Claim, 'debts'> = {},
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
    ...(run.author === undefined ? {} : { author: run.author }),
    ...directories,
    createdAt: attempt.createdAt,
    specJson: bare(run.specJson, spec),
    ...(attempt.fromHere === undefined ? {} : { fromHere: attempt.fromHere }),
    ...(attempt.tasks === undefined ? {} : { tasks: attempt.tasks }),
    ...(run.part === undefined ? {} : { part: run.part }),
    ...(run.staged === undefined ? {} : { stagedJson: bare(run.staged.specJson, spec) }),
    ...owed,
  });
}

/** As it was accepted, or left by its modules; of the login only the name that sends it. */
function bare(json: string, { login }: JobSpec): string {
  // Written by us.
  return JSON.stringify(withoutSecrets({ ...(JSON.parse(json) as JobSpec), login }));
}

/** What the steps of an attempt are rendered from. */
export interface StepsRequest {
  readonly spec: JobSpec;
  readonly run: Pick<Run, 'name' | 'run'>;
  readonly cluster: Cluster;
  readonly token: string;
  readonly directories: Directories;
  /** The files of a Git or URL job are sent with it, so that nothing is fetched there. */
  readonly isBrought: boolean;
}

/** Where the chain after the job keeps its marks: `marksDirectory` of what it runs. */
export function afterMarks(jobDirectory: string): string {
  return `${jobDirectory}/.sluice/after`;
}

/** Both chains, as the wrapper runs them. */
export function stepScripts(request: StepsRequest): readonly BundleEntry[] {
  const { spec, token, directories } = request;
  const { preprocessing = [], postprocessing = [] } = spec.modules ?? {};
  const before = {
    source: sourceScript(request),
    ...commandScripts(request),
    preprocessing: moduleScript(request, 'preprocessing', preprocessing),
  };
  const marksDirectory = afterMarks(directories.jobDirectory);
  const after = moduleScript(request, 'postprocessing', postprocessing, { marksDirectory });
  return [
    ...chain(`${token}/.sluice`, before),
    ...(after === undefined ? [] : [{ kind: 'directory' as const, path: `${token}/.sluice/after` }]),
    ...chain(`${token}/.sluice/after`, { postprocessing: after }),
  ];
}

function chain(below: string, texts: Readonly<Record<string, string | undefined>>): BundleEntry[] {
  const scripts = Object.entries(texts).flatMap(([name, text]): BundleEntry[] =>
    text === undefined ? [] : [{ kind: 'text', path: `${below}/steps/${name}`, text, executable: true }],
  );
  return scripts.length === 0 ? [] : [{ kind: 'directory', path: `${below}/steps` }, ...scripts];
}

function sourceScript(request: StepsRequest): string | undefined {
  const { spec, cluster, token, directories, isBrought } = request;
  const { job } = spec;
  if (isBrought || (job.kind !== 'git' && job.kind !== 'url')) return undefined;
  const { setup, environment } = effective(spec, cluster);
  const { maxDownloadBytes } = cluster;
  const limit = maxDownloadBytes === undefined ? {} : { maxDownloadBytes };
  return renderSource({ source: job, token, setup, environment, ...directories, ...limit });
}

function commandScripts({
  spec,
  cluster,
  token,
  directories,
}: StepsRequest): Readonly<Record<string, string>> {
  const { setup, environment } = effective(spec, cluster);
  const steps = (['requirements', 'compilation'] as const).filter((name) => spec[name].length > 0);
  return Object.fromEntries(
    steps.map((name) => [
      name,
      renderStep({ name, token, setup, environment, items: spec[name], ...directories }),
    ]),
  );
}

function moduleScript(
  { spec, run, cluster, token, directories }: StepsRequest,
  name: 'preprocessing' | 'postprocessing',
  modules: readonly RemoteModule[],
  marks: { readonly marksDirectory?: string } = {},
): string | undefined {
  if (spec.modules === undefined || modules.length === 0) return undefined;
  const { setup, environment } = effective(spec, cluster);
  return renderModules({
    ...{ name, token, setup, environment, ...directories, ...marks, modules },
    input: stageInput(spec.modules, name),
    variables: { SLUICE_NAME: run.name, SLUICE_RUN: run.run },
  });
}
