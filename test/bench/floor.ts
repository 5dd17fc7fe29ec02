/** What one would write by hand: the files in one `tar | ssh`, and in the same shell a loop of `sbatch`. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { lab, type Lab, type Site } from '../lab/lab.js';
import { type Cost, must } from './measure.js';
import { type BenchProject, EXECUTION } from './project.js';

const SCRIPT = `#!/bin/bash -l
#SBATCH --partition=batch
#SBATCH --time=0-00:05:00
#SBATCH --ntasks=1
${EXECUTION}
`;

/** Submits the project's jobs by hand, and says how many were accepted. */
export async function submitByHand(project: BenchProject): Promise<Cost & { readonly accepted: number }> {
  const facts = await lab();
  const there = `${facts.clusters[project.site].remoteScratch}/${project.installation}/floor`;
  writeFileSync(join(project.directory, 'jobs', 'job.sh'), SCRIPT);
  const send = 'tar -C "$1/jobs" -czf - . | "${@:2}"';
  const ssh = sshCommand(facts, project.site);
  const cost = await must(['bash', '-c', send, 'bash', project.directory, ...ssh, loop(project, there)]);
  return { ...cost, accepted: Number(cost.stdout.trim()) };
}

/** The same options as ours, one script for all. */
function loop({ options }: BenchProject, there: string): string {
  const more = Object.entries(options).map(([name, value]) => ` --${name}=${value}`);
  return [
    `mkdir -p ${there} && cd ${there} && tar -xzf - || exit 1`,
    'for d in */; do',
    `  sbatch --parsable --job-name="$d" --chdir=${there}/"$d" --output=${there}/"$d"stdout --error=${there}/"$d"stderr \\`,
    `    --open-mode=append --export=ALL --no-requeue${more.join('')} ${there}/job.sh </dev/null`,
    'done | grep -c "^[0-9]"',
  ].join('\n');
}

function sshCommand(facts: Lab, site: Site): string[] {
  const { hostname, port } = facts.clusters[site];
  const options = [`UserKnownHostsFile=${facts.knownHosts}`, 'StrictHostKeyChecking=yes', 'BatchMode=yes'];
  return [
    'ssh',
    ...options.flatMap((option) => ['-o', option]),
    ...['-i', facts.key, '-p', String(port), `${facts.user}@${hostname}`],
  ];
}
