/** Job ids as Slurm prints them, in all their forms. */

export interface ParsedId {
  /** Without task, step, component and cluster. */
  readonly jobId: string;
  /** Array tasks; `[0]` for the whole job, and for a list that was cut short, whose tasks nobody knows. */
  readonly tasks: readonly number[];
  /** A step of a job (`123.batch`), which is no job. */
  readonly step: boolean;
}

/** Far beyond any MaxArraySize; a longer list is noise, and is taken as "the whole job". */
const MOST_TASKS = 4_000_001;
const FORM = /^(\d+)(?:\+\d+)?(?:_(\d+|\[[^\]]*\]?))?(?:\+\d+)?(\.[\w+.-]+)?(?:;[\w.-]+)?$/;

/**
 * `123`, `123;cluster`, `123_4`, `123_[1-3,7-19:4%2]`, `123_[1,3,...]`, `123+1`, `123.batch`.
 * @returns undefined for anything else
 */
export function parseJobId(text: string): ParsedId | undefined {
  const [, jobId, part, step] = FORM.exec(text.trim()) ?? [];
  if (jobId === undefined) return undefined;
  return { jobId, tasks: parseTasks(part), step: step !== undefined };
}

/** The job's own number, for comparing ids that may name a cluster (`123;hercules`). */
export function bareId(id: string): string {
  return parseJobId(id)?.jobId ?? id;
}

function parseTasks(part: string | undefined): readonly number[] {
  if (part === undefined) return [0];
  if (!part.startsWith('[')) return [Number(part)];
  const list = /^\[([^\]%]*)(?:%\d+)?\]$/.exec(part)?.[1];
  if (list === undefined) return [0];
  const tasks: number[] = [];
  for (const piece of list.split(',')) {
    const [, from, to, step] = /^(\d+)(?:-(\d+)(?::(\d+))?)?$/.exec(piece) ?? [];
    if (from === undefined) return [0];
    const last = Number(to ?? from);
    const stride = Math.max(1, Number(step ?? 1));
    if ((last - Number(from)) / stride + tasks.length > MOST_TASKS) return [0];
    for (let task = Number(from); task <= last; task += stride) tasks.push(task);
  }
  return tasks;
}
