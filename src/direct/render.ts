/** One attempt as a script that runs on this machine, through the same head as on a cluster. */
import type { RenderedJob, RenderRequest } from '../ports.js';
import type { Identity } from '../shell/head.js';
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
    threadVariables: threadVariables(resources.threadsPerProcess),
  });
  const { arraySize, durationSeconds } = resources;
  return {
    script,
    arguments: [
      `--job-name=${token}`,
      `--output=${jobDirectory}/logs/stdout`,
      `--error=${jobDirectory}/logs/stderr`,
      `--chdir=${workingDirectory}`,
      ...(arraySize === undefined ? [] : [`--array=1-${arraySize}`]),
      ...(durationSeconds === undefined ? [] : [`--time-seconds=${durationSeconds}`]),
    ],
  };
}
