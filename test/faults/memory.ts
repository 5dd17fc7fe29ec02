/** Trials of what is remembered and by whom: a lost database, a requeued job, two writers, two states. */
import { setTimeout as pause } from 'node:timers/promises';
import { runLab, type Site, slurm } from '../lab/lab.js';
import type { Fault } from './fault.js';
import { LEASE_BUSY } from './fault.js';
import { ARRAY, type ChildEnd, type JobPlan, PLAIN, Project, STEPPED } from './project.js';
import type { Trial } from './trial.js';
import { type Finding, findings } from './verdict.js';

const LATER: JobPlan = { name: 'later' };
const SLOW: JobPlan = { name: 'slow', seconds: 4 };

interface Moment {
  readonly name: string;
  readonly jobs: readonly JobPlan[];
  readonly fault: Partial<Fault>;
}

const MOMENTS: readonly Moment[] = [
  { name: 'after the commit', jobs: [PLAIN, ARRAY], fault: killAt('transaction of apply: after') },
  {
    name: 'after the claim',
    jobs: [PLAIN, STEPPED],
    fault: killAt('*submits: said claimed'),
  },
  { name: 'while a step runs', jobs: [STEPPED], fault: { killInPhase: 'Preparing' } },
  { name: 'queued', jobs: [PLAIN], fault: killAt('*submits: said submitted') },
  { name: 'running', jobs: [SLOW], fault: { killInPhase: 'Running' } },
  { name: 'completed, not fetched', jobs: [PLAIN, ARRAY], fault: killAt('transaction of begin: before') },
  { name: 'fetched, not settled', jobs: [PLAIN], fault: killAt('transaction of recordFetched: after') },
  { name: 'settled', jobs: [PLAIN, ARRAY], fault: {} },
];

function killAt(label: string): Partial<Fault> {
  return { kind: 'kill', at: { label, nth: 1 } };
}

/** The database alone, or the whole folder with the lineage: nothing runs again. */
export function lossTrials(site: Site, what: 'database' | 'state'): Trial[] {
  return MOMENTS.map(({ name, jobs, fault }) => ({
    name: `${what} lost ${name}`,
    site,
    jobs,
    run: async (project) => {
      await project.run(fault);
      project.lose(what);
      return findings(project, await project.run());
    },
  }));
}

/** An administrator makes Slurm start a running job again. */
export function requeueTrials(site: Site): Trial[] {
  return [
    { name: 'requeue refused by Slurm', site, jobs: [SLOW], run: requeueRefused },
    { name: 'requeued though not allowed', site, jobs: [SLOW], run: (project) => requeued(project, 1) },
    {
      name: 'requeued as allowed',
      site,
      jobs: [{ ...SLOW, requeue: true }],
      run: (project) => requeued(project, 2),
    },
  ];
}

async function requeueRefused(project: Project): Promise<Finding[]> {
  const running = project.run();
  const id = await jobBegun(project);
  const { code } = await runLab(['exec', project.site, 'scontrol', 'requeue', id]);
  const heard: Finding[] =
    code === 0 ? [{ kind: 'wrong', text: 'Slurm requeued a job that forbade it' }] : [];
  return [...heard, ...(await findings(project, await running))];
}

async function requeued(project: Project, starts: number): Promise<Finding[]> {
  const running = project.run();
  const id = await jobBegun(project);
  await slurm(project.site, 'scontrol', ['update', `jobid=${id}`, 'requeue=1']);
  await slurm(project.site, 'scontrol', ['requeue', id]);
  // Slurm lets two minutes pass; an administrator does not. In the same second it would refuse its own credential.
  await pause(2000);
  await slurm(project.site, 'scontrol', ['update', `jobid=${id}`, 'StartTime=now']);
  const phase = starts > 1 ? 'Succeeded' : 'Failed';
  return findings(project, await running, { starts, phase });
}

/** @returns the id of the first job, as its own code tells it */
export async function jobBegun(project: Project): Promise<string> {
  const [job = SLOW] = project.jobs;
  const deadline = Date.now() + 30_000;
  while (project.ran(job).length === 0) {
    if (Date.now() > deadline) throw new Error(`${job.name} does not begin\n${project.story}`);
    await pause(50);
  }
  return project.ran(job)[0]?.split(' ')[0] ?? '';
}

/** Two processes over one state: the second is sent away, the first goes on. */
export function writersTrials(site: Site): Trial[] {
  return [
    {
      name: 'two processes, one state',
      site,
      jobs: [{ ...SLOW, seconds: 10 }],
      run: async (project) => {
        const first = project.run();
        await jobBegun(project);
        const second = await project.run();
        const heard: Finding[] =
          second.code === LEASE_BUSY ? [] : [{ kind: 'wrong', text: `the second ended with ${second.code}` }];
        return [...heard, ...(await findings(project, await first))];
      },
    },
  ];
}

/** Two states of one installation, as two CI runners without a cache are: one job, and both come to its end. */
export function twinTrials(site: Site): Trial[] {
  const together = [0, 150, 600, 1500].map((apart): Trial => ({
    name: `two states, ${apart} ms apart`,
    site,
    jobs: [PLAIN, STEPPED, ARRAY],
    run: (project) =>
      withTwin(project, async (twin) => {
        const first = persevere(project);
        await pause(apart);
        const second = await persevere(twin);
        return [await first, second];
      }),
  }));
  const passing = ['transaction of apply: after', '*submits: said claimed', '*submits: said submitted'].map(
    (label): Trial => ({
      name: `one state killed at "${label}", the other finishes, the first goes on`,
      site,
      jobs: [PLAIN],
      run: (project) =>
        withTwin(project, async (twin) => {
          await project.run(killAt(label));
          const second = await persevere(twin);
          return [await persevere(project), second];
        }),
    }),
  );
  return [...together, ...passing, laterTrial(site)];
}

/** The first state is older than the cluster's when a new manifest comes: it must not take old numbers for new. */
function laterTrial(site: Site): Trial {
  return {
    name: 'one state rests while the other goes on',
    site,
    jobs: [PLAIN, LATER],
    run: (project) =>
      withTwin(project, async (twin) => {
        await project.run(killAt('transaction of raiseLineage: after'));
        await persevere(twin);
        return [await persevere(project), await persevere(twin)];
      }),
  };
}

async function withTwin(project: Project, run: (twin: Project) => Promise<ChildEnd[]>): Promise<Finding[]> {
  const twin = await Project.make(project.site, project.jobs, { installation: project.installation });
  const [first, second] = await run(twin);
  project.story += `====== its twin in ${twin.directory}\n${twin.story}`;
  const found: Finding[] = [];
  for (const end of [first, second])
    if (end) found.push(...(await findings(project, end, { results: false })));
  const here = project.jobs.every((job) => project.results(job).length + twin.results(job).length > 0);
  if (!here) found.push({ kind: 'lost', text: 'neither of the two has results' });
  if (found.length === 0) twin.remove();
  return found;
}

/** "run again", as the words of a state that was overtaken ask. */
async function persevere(project: Project): Promise<ChildEnd> {
  for (let tries = 1; ; tries += 1) {
    const end = await project.run();
    const overtaken = end.code === 1 && end.stderr.includes('another copy');
    if (!overtaken || tries === 4) return end;
  }
}
