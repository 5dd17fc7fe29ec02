/** Three hundred jobs from manifests to Slurm's queue, beside the same by hand; and what a second pass costs. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Site } from '../lab/lab.js';
import { submitByHand } from './floor.js';
import { type Cost, median } from './measure.js';
import { type BenchProject, cancelJobs, makeProject, removeProject, untilIdle } from './project.js';
import { acceptedJobs, pass, type Pass } from './sluice.js';
import { type Row, seconds } from './table.js';

export interface SubmissionCase {
  readonly name: string;
  readonly site: Site;
  readonly jobs: number;
  readonly rounds: number;
  /** Passes of a cold process after the submission, in each round. */
  readonly secondPasses: number;
  /** Options of `sbatch` for the jobs of both sides. */
  readonly options: BenchProject['options'];
  /** Whether the jobs end by themselves: then their results are fetched before the second pass. */
  readonly run: boolean;
}

interface Round {
  readonly floor: Cost;
  readonly ours: Pass;
  readonly second: readonly Pass[];
}

const SLOWER = 1.5;
const ROUND_TRIPS = 6;
const SECOND_MS = 700;
const QUIET_MS = 6_000;

export async function submission(what: SubmissionCase): Promise<Row[]> {
  const rounds: Round[] = [];
  for (let round = 0; round < what.rounds; round += 1) {
    rounds.push(await oneRound(what));
    process.stderr.write(`${what.name}: ${told(rounds.at(-1))}\n`);
  }
  return rowsOf(what, rounds);
}

async function oneRound(what: SubmissionCase): Promise<Round> {
  const project = await makeProject(what.site, what.jobs, what.options);
  try {
    const floor = await submitByHand(project);
    if (floor.accepted !== what.jobs) throw new Error(`by hand only ${floor.accepted} were accepted`);
    await (what.run ? untilIdle(project) : cancelJobs(project));
    // The controller and accounting are busy for a while with the end of those jobs: that is not ours to pay.
    await sleep(QUIET_MS);
    const ours = await pass(project.directory);
    const accepted = await acceptedJobs(project.directory);
    if (accepted !== what.jobs) throw new Error(`only ${accepted} were accepted: ${ours.stderr.slice(-500)}`);
    if (what.run) await fetchAll(project, what.jobs);
    const second: Pass[] = [];
    for (let each = 0; each < what.secondPasses; each += 1) second.push(await pass(project.directory));
    return { floor, ours, second };
  } finally {
    await removeProject(project);
  }
}

/** Until accounting has told of each job, fetched and settled. */
async function fetchAll(project: BenchProject, jobs: number): Promise<void> {
  await untilIdle(project);
  for (let tries = 0; tries < 20; tries += 1) {
    const { closing } = await pass(project.directory);
    if (closing.includes(`nothing to do`)) return;
    if (!closing.includes(`${jobs} succeeded`)) await new Promise((resolve) => setTimeout(resolve, 500));
  }
  throw new Error('the jobs have ended, and their results do not come');
}

function rowsOf(what: SubmissionCase, rounds: readonly Round[]): Row[] {
  const of = (pick: (round: Round) => number): number => median(rounds.map(pick));
  const floor = of((round) => round.floor.wallMs);
  const ours = of((round) => round.ours.wallMs);
  const second = rounds.flatMap((round) => round.second);
  const trips = Math.max(...rounds.map((round) => round.ours.roundTrips));
  const again = Math.max(...second.map((each) => each.roundTrips));
  const secondMs = median(second.map((each) => each.wallMs));
  return [
    {
      name: `${what.jobs} jobs submitted, ${what.name}`,
      floor: `${seconds(floor)} (cpu ${seconds(of((round) => round.floor.cpuMs))})`,
      ours: seconds(ours),
      cpu: seconds(of((round) => round.ours.cpuMs)),
      target: `${SLOWER} × the floor`,
      value: `${(ours / floor).toFixed(2)} ×`,
      met: ours <= SLOWER * floor,
    },
    {
      name: '  round trips of that',
      floor: '1',
      ours: String(trips),
      cpu: '',
      target: `${ROUND_TRIPS}`,
      value: String(trips),
      met: trips <= ROUND_TRIPS,
    },
    {
      name: `  a second pass, ${what.run ? 'all done and settled' : 'all in the queue'}`,
      floor: '',
      ours: seconds(secondMs),
      cpu: seconds(median(second.map((each) => each.cpuMs))),
      target: `${seconds(SECOND_MS)}, 1 round trip`,
      value: `${seconds(secondMs)}, ${again}`,
      met: secondMs < SECOND_MS && again <= 1,
    },
  ];
}

function told(round: Round | undefined): string {
  if (!round) return '';
  const again = round.second.map((each) => seconds(each.wallMs)).join(' ');
  return `by hand ${seconds(round.floor.wallMs)}, ours ${seconds(round.ours.wallMs)}, then ${again}`;
}
