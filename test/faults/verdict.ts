/** What a trial came to, by the cluster's own books and by what the user's code left; never by Sluice's word alone. */
import type { TrueJob } from '../lab/lab.js';
import type { ChildEnd, JobPlan, Project } from './project.js';

export type FindingKind = 'duplicate' | 'lost' | 'stuck' | 'wrong';

export interface Finding {
  readonly kind: FindingKind;
  readonly text: string;
}

export interface Expected {
  /** A late submission may stand there as a job that the fence turned away, by exit code 121 or cancelled: it ran nothing. */
  readonly turnedAway?: boolean;
  /** Times that each task's code begins; 1 unless a restart was allowed. */
  readonly starts?: number;
  /** Phase of every run; Succeeded unless said. */
  readonly phase?: string;
  /** Attempts that were fenced are still watched, in case that their submission comes late. */
  readonly watched?: boolean;
  /** Whether it comes to the point at which it is struck is a matter of chance. */
  readonly mayMiss?: boolean;
  /** Results are here; a second state that followed has none of its own. */
  readonly results?: boolean;
}

/** After the last child of a trial: one job each, none lost, nothing left standing. */
export async function findings(project: Project, end: ChildEnd, expected: Expected = {}): Promise<Finding[]> {
  const found = [...stuck(end, expected.phase ?? 'Succeeded')];
  if (expected.mayMiss !== true)
    found.push(...project.missed.map((fault) => wrong(`this never happened: ${fault}`)));
  const idle = project.stubs?.idle() ?? [];
  if (idle.length > 0) found.push(wrong(`never came into play: the ${idle.join(', ')} that misbehaves`));
  const jobs = await project.truth();
  for (const plan of project.jobs) {
    const own = jobs.filter((job) => job.name.startsWith(`${project.nameOf(plan)}.`));
    found.push(...ofJob(project, plan, own, expected));
  }
  if (project.claims().length > 0 && expected.watched !== true)
    found.push(wrong(`claims are left: ${project.claims().join(' ')}`));
  const tokens = project.ledger().map((line) => /"token":"([^"]+)"/.exec(line)?.[1] ?? '');
  for (const plan of project.jobs) {
    if (!tokens.some((token) => token.startsWith(`${project.nameOf(plan)}.`)))
      found.push(wrong(`${plan.name} is not in the ledger`));
  }
  return found;
}

export function wrong(text: string): Finding {
  return { kind: 'wrong', text };
}

function stuck({ outcome, code, stderr }: ChildEnd, phase: string): Finding[] {
  if (!outcome) return [{ kind: 'stuck', text: `it ended with ${code}: ${stderr.trim().slice(-600)}` }];
  const standing = outcome.runs.filter((run) => run.phase !== phase);
  return standing.map((run) => ({
    kind: outcome.settled ? 'wrong' : 'stuck',
    text: `${run.name} is ${run.phase} (${run.reason}): ${run.message}`,
  }));
}

function ofJob(project: Project, plan: JobPlan, own: readonly TrueJob[], expected: Expected): Finding[] {
  const found: Finding[] = [];
  const tasks = plan.array ? Array.from({ length: plan.array }, (_, index) => index + 1) : [0];
  const ran = project.ran(plan);
  for (const task of tasks) {
    const starts = ran.filter((line) => line.endsWith(` ${task}`)).length;
    if (starts < 1) found.push({ kind: 'lost', text: `${plan.name} task ${task} never ran` });
    if (starts > (expected.starts ?? 1))
      found.push({
        kind: 'duplicate',
        text: `${plan.name} task ${task} ran ${starts} times: ${ran.join(', ')}`,
      });
  }
  const turnedAway = own.filter((job) => job.exitCode === '121:0' || job.state === 'CANCELLED');
  const real = own.filter((job) => !(expected.turnedAway === true && turnedAway.includes(job)));
  const ids = new Set(real.map((job) => job.id.replace(/_.*/, '')));
  if (ids.size > 1)
    found.push({ kind: 'duplicate', text: `${plan.name} has the jobs ${[...ids].join(', ')}` });
  if (ids.size < 1) found.push({ kind: 'lost', text: `${plan.name} was never submitted` });
  if ((expected.phase ?? 'Succeeded') === 'Succeeded') {
    const completed = real.filter((job) => job.state === 'COMPLETED');
    if (completed.length !== tasks.length)
      found.push(wrong(`${plan.name}: ${completed.length} of ${tasks.length} tasks completed: ${show(own)}`));
  }
  const living = own.filter((job) => job.from === 'squeue' && !isOver(job.state));
  if (living.length > 0) found.push(wrong(`${plan.name} still lives: ${show(living)}; ${show(turnedAway)}`));
  if (expected.results !== false && (expected.phase ?? 'Succeeded') === 'Succeeded') {
    const results = project.results(plan);
    if (results.length !== tasks.length) found.push(wrong(`${plan.name}: results are ${results.join(' ')}`));
  }
  return found;
}

function isOver(state: string): boolean {
  return ['COMPLETED', 'FAILED', 'CANCELLED', 'COMPLETING', 'TIMEOUT'].includes(state);
}

function show(jobs: readonly TrueJob[]): string {
  return jobs.map(({ id, state, exitCode }) => `${id} ${state} ${exitCode}`).join(', ');
}
