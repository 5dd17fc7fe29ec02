/** One attempt as a script that runs on this machine, through the same head as on a cluster. */
import { indexList, tasksOf } from '../model/tasks.js';
import type { RenderedJob, RenderRequest } from '../ports.js';
import type { Identity } from '../shell/head.js';
import { arrayVariables } from '../shell/array.js';
import { renderBatchScript } from '../shell/script.js';
import { threadVariables } from '../shell/threads.js';

const IDENTITY: Identity = {
  job: '${SLUICE_JOB_ID:-0}',
  task: '${SLUICE_TASK_ID:-0}',
  restart: '${SLUICE_RESTART:-0}',
};

/** Processes, memory and distribution are not enforced here: there is one machine, and the user's own. */
export function renderDirectJob(request: RenderRequest): RenderedJob {
  const { token, jobDirectory, workingDirectory, resources } = request;
  const script = renderBatchScript({
    ...request,
    identity: IDENTITY,
    requeue: false,
    directives: [],
    variables: {
      ...arrayVariables(resources.arraySize ?? 1, request.tasks !== undefined),
      ...threadVariables(resources.threadsPerProcess),
    },
  });
  const { arraySize, durationSeconds } = resources;
  return {
    script,
    arguments: [
      `--job-name=${token}`,
      `--output=${jobDirectory}/logs/stdout`,
      `--error=${jobDirectory}/logs/stderr`,
      `--chdir=${workingDirectory}`,
      ...(arraySize === undefined ? [] : [`--array=${indexList(tasksOf(request, arraySize))}`]),
      ...(durationSeconds === undefined ? [] : [`--time-seconds=${durationSeconds}`]),
    ],
  };
}
