/** A project as the bench needs it: many small jobs, each with one file in and one out. */
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { parse, stringify } from 'yaml';
import { inventory, type Site, slurm, ssh } from '../lab/lab.js';

export interface BenchProject {
  readonly directory: string;
  /** Random: no other project's jobs or claims are met. Its folders on the cluster bear it too. */
  readonly installation: string;
  readonly site: Site;
  /** Further options of `sbatch`, by long name, on both sides. */
  readonly options: Readonly<Record<string, string>>;
}

/** A file that changed within two seconds before it was read is read again by the next pass. */
const RESTING_MS = 2_500;

/** What every job does, on both sides. */
export const EXECUTION = 'tr a-z A-Z <input.txt >output.txt';

export async function makeProject(
  site: Site,
  jobs: number,
  options: BenchProject['options'] = {},
): Promise<BenchProject> {
  const project = anyProject(site, options);
  return fill(project, jobs, await clusters(project));
}

/** With a cluster that is nowhere: for what asks nobody. */
export function makeProjectAlone(jobs: number): Promise<BenchProject> {
  const cluster = { hostname: 'nowhere.invalid', username: 'nobody', workload_manager: 'slurm' };
  return makeProjectOn(jobs, () => stringify({ clusters: { lemaitre3: cluster } }));
}

/** @param inventoryOf the text of clusters.yaml, by the project's directory */
export function makeProjectOn(
  jobs: number,
  inventoryOf: (directory: string) => string,
): Promise<BenchProject> {
  const project = anyProject('lemaitre3', {});
  return fill(project, jobs, inventoryOf(project.directory));
}

export function removeAlone({ directory }: BenchProject): void {
  rmSync(directory, { recursive: true, force: true });
}

function anyProject(site: Site, options: BenchProject['options']): BenchProject {
  const directory = mkdtempSync(join(tmpdir(), 'sluice-bench-'));
  return { directory, installation: `bench-${randomBytes(5).toString('hex')}`, site, options };
}

async function fill(project: BenchProject, jobs: number, inventoryText: string): Promise<BenchProject> {
  const { directory, installation } = project;
  writeFileSync(join(directory, 'clusters.yaml'), inventoryText);
  writeFileSync(join(directory, 'sluice.yaml'), `installation: ${installation}\n`);
  mkdirSync(join(directory, 'jobs.d'));
  for (let index = 0; index < jobs; index += 1) {
    const name = `j${String(index).padStart(5, '0')}`;
    mkdirSync(join(directory, 'jobs', name), { recursive: true });
    writeFileSync(join(directory, 'jobs', name, 'input.txt'), `hello, this is ${name}\n`);
    writeFileSync(join(directory, 'jobs.d', `${name}.yaml`), manifest(project, name));
  }
  await wait(RESTING_MS);
  return project;
}

/** Its only cluster is the site, with folders of the project's own: nothing is there yet, not even the wrapper. */
async function clusters({ site, installation }: BenchProject): Promise<string> {
  const all = parse(await inventory()) as { clusters: Record<string, object> };
  const own = { work_dir: `$GLOBALSCRATCH/${installation}`, claims_dir: `~/.${installation}` };
  return stringify({ clusters: { [site]: { ...all.clusters[site], ...own } } });
}

function manifest({ site, options }: BenchProject, name: string): string {
  return stringify({
    destination_cluster: site,
    job: `../jobs/${name}/input.txt`,
    execution: EXECUTION,
    output: 'output.txt',
    resources: {
      duration: '5m',
      nbr_processes: 1,
      ...(Object.keys(options).length === 0 ? {} : { sbatch_options: options }),
    },
    run: '1',
  });
}

/** Ids of the project's jobs that Slurm's queue shows, submitted by either side. */
export async function jobsOf({ site, installation }: BenchProject): Promise<string[]> {
  const queue = await slurm(site, 'squeue', ['-a', '-h', '-o', '%i %Z']);
  const lines = queue.split('\n').filter((line) => line.includes(`/${installation}/`));
  return lines.map((line) => line.split(' ')[0] ?? '');
}

export async function cancelJobs(project: BenchProject): Promise<void> {
  const ids = await jobsOf(project);
  if (ids.length > 0) await slurm(project.site, 'scancel', ids);
  await untilIdle(project);
}

export async function untilIdle(project: BenchProject): Promise<void> {
  const deadline = Date.now() + 180_000;
  while ((await jobsOf(project)).length > 0) {
    if (Date.now() > deadline) throw new Error(`jobs of ${project.installation} do not end`);
    await wait(200);
  }
}

/** Its jobs end, and nothing of it is left here or there. */
export async function removeProject(project: BenchProject): Promise<void> {
  await cancelJobs(project);
  const { site, installation, directory } = project;
  await ssh(site, `rm -rf "$GLOBALSCRATCH/${installation}" "$HOME/.${installation}"`);
  rmSync(directory, { recursive: true, force: true });
}
