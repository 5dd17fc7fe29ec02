/** The lines of a queue and of an accounting, as `wrapper/README.md` lays them down: fields divided by 0x1f. */
import type { JobRow } from '../model/observation.js';
import { parseJobId } from './ids.js';
import type { Vocabulary } from './vocabulary.js';

const SEPARATOR = '\x1f';
/** A manager that knows the exit code while it lists its queue tells it in a sixth field, and how long it took in a seventh. */
const QUEUE_FIELDS = ['JobID', 'State', 'Reason', 'Submit', 'JobName', 'ExitCode', 'Elapsed'] as const;
const QUEUE_REQUIRED = 5;
const ACCOUNTING_FIELDS = [
  'JobID',
  'JobIDRaw',
  'State',
  'ExitCode',
  'Submit',
  'Start',
  'End',
  'Elapsed',
  'NodeList',
  'NNodes',
  'NCPUS',
  'CPUTime',
  'ReqTRES',
  'AllocTRES',
  'WorkDir',
  'JobName',
] as const;

type Words = Pick<Vocabulary, 'normalise' | 'kindOf'>;

/** Lines of another shape are noise and are left out: a missing row never ends a job. */
export function queueRows(lines: readonly string[], words: Words): JobRow[] {
  return lines.flatMap((line) => row(line, QUEUE_FIELDS, QUEUE_REQUIRED, words));
}

export function accountingRows(lines: readonly string[], words: Words): JobRow[] {
  return lines.flatMap((line) => row(line, ACCOUNTING_FIELDS, ACCOUNTING_FIELDS.length, words));
}

function row(line: string, names: readonly string[], required: number, words: Words): JobRow[] {
  const values = line.split(SEPARATOR);
  if (values.length < required) return [];
  const fields = Object.fromEntries(names.map((name, index) => [name, values[index] ?? '']));
  const id = parseJobId(fields['JobID'] ?? '');
  const state = words.normalise(fields['State'] ?? '');
  if (!id || id.step || state === '') return [];
  const submit = fields['Submit'] ?? '';
  return [
    {
      jobId: id.jobId,
      tasks: id.tasks,
      name: fields['JobName'] ?? '',
      state,
      ended: words.kindOf(state) === 'terminal',
      reason: fields['Reason'] ?? '',
      ...(fields['ExitCode'] ? { exitCode: fields['ExitCode'] } : {}),
      ...(/^\d+$/.test(submit) ? { submittedAt: Number(submit) } : {}),
      fields,
    },
  ];
}
