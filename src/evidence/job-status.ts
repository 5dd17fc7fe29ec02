/** The record's `job_status`: a map of field to a list with one entry per array task. */
import type { Standing } from './standing.js';

/** The fields that the record has always had; what nobody told is an empty string. */
const FIELDS = [
  'JobID',
  'State',
  'ExitCode',
  'Elapsed',
  'NodeList',
  'NNodes',
  'NCPUS',
  'CPUTime',
  'ReqTRES',
  'AllocTRES',
  'WorkDir',
] as const;

export function jobStatusOf(
  jobId: string,
  tasks: readonly number[],
  standings: readonly Standing[],
): Readonly<Record<string, readonly string[]>> {
  const reasons = standings.map((each) => (each.kind === 'live' && each.waiting ? each.row.reason : ''));
  const columns = FIELDS.map((field): readonly [string, readonly string[]] => [
    field,
    standings.map((each, i) => valueOf(field, jobId, tasks[i] ?? 0, each)),
  ]);
  return {
    ...Object.fromEntries<readonly string[]>(columns),
    ...(reasons.some((reason) => reason !== '') ? { Reason: reasons } : {}),
  };
}

function valueOf(field: (typeof FIELDS)[number], jobId: string, task: number, standing: Standing): string {
  switch (field) {
    case 'JobID': // one row of the queue may stand for many tasks
      return task === 0 ? jobId : `${jobId}_${task}`;
    case 'State':
      return stateOf(standing);
    case 'ExitCode':
      return standing.kind === 'ended' ? standing.task.exitCode : '';
    default:
      return standing.kind === 'unknown' ? '' : (standing.row?.fields[field] ?? '');
  }
}

/** One word, whoever told it. */
export function stateOf(standing: Standing): string {
  switch (standing.kind) {
    case 'live':
      return standing.state;
    case 'ended':
      return standing.task.state;
    case 'unknown':
      return 'UNKNOWN';
  }
}
