/** One attempt as a batch script and the words of its `sbatch`. Pure: `plan --script` shows exactly what is sent. */
import { indexList, tasksOf } from '../model/tasks.js';
import type { RenderedJob, RenderRequest } from '../ports.js';
import type { Identity } from '../shell/head.js';
import { arrayVariables } from '../shell/array.js';
import { renderBatchScript } from '../shell/script.js';
import { threadVariables } from '../shell/threads.js';
import { renderDirectives } from './directives.js';

const IDENTITY: Identity = {
  job: '${SLURM_ARRAY_JOB_ID:-${SLURM_JOB_ID:-0}}',
  task: '${SLURM_ARRAY_TASK_ID:-0}',
  restart: '${SLURM_RESTART_COUNT:-0}',
};

/** @throws {TypeError} for values that no script can carry: a NUL, a line break in an option */
export function renderSlurmJob(request: RenderRequest): RenderedJob {
  const { cluster, resources } = request;
  const named = resources.partition !== undefined || 'partition' in resources.sbatchOptions;
  const partition = !named && cluster.partition !== undefined ? { partition: cluster.partition } : {};
  const requeue = resources.sbatchOptions['requeue'] === true;
  const script = renderBatchScript({
    ...request,
    identity: IDENTITY,
    requeue,
    directives: renderDirectives({ ...resources, ...partition }),
    variables: {
      ...arrayVariables(resources.arraySize ?? 1, request.tasks !== undefined),
      ...threadVariables(resources.threadsPerProcess),
      // srun has not taken --cpus-per-task over from sbatch since 22.05
      ...(resources.threadsPerProcess === undefined
        ? {}
        : { SRUN_CPUS_PER_TASK: String(resources.threadsPerProcess) }),
    },
  });
  return { script, arguments: submissionArguments(request, requeue) };
}

/** What Sluice owns goes here, since the command line beats directives and environment. */
function submissionArguments(request: RenderRequest, requeue: boolean): string[] {
  const { token, jobDirectory, workingDirectory, resources } = request;
  const isArray = resources.arraySize !== undefined;
  const log = (name: string): string =>
    `${escapePattern(`${jobDirectory}/logs/${name}`)}${isArray ? '.%a' : ''}`;
  return [
    `--job-name=${token}`,
    `--output=${log('stdout')}`,
    `--error=${log('stderr')}`,
    '--open-mode=append',
    `--chdir=${workingDirectory}`,
    '--export=ALL',
    requeue ? '--requeue' : '--no-requeue',
    ...(isArray ? [`--array=${indexList(tasksOf(request, resources.arraySize))}`] : []),
  ];
}

/** In names of log files Slurm expands `%j` and the like. */
function escapePattern(path: string): string {
  return path.replaceAll('%', '%%');
}
