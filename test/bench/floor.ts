/** What one would write by hand: the files in one `tar | ssh`, and in the same shell a loop of `sbatch`. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { lab, type Lab, type Site } from '../lab/lab.js';
import { type Cost, must } from './measure.js';
import { type BenchProject, EXECUTION } from './project.js';

const SCRIPT = `#!/bin/bash
#SBATCH --time=5
#SBATCH --ntasks=1
#SBATCH --partition=batch
${EXECUTION}
`;

/** Its jobs bear this name, so that they can be told from others'. */
export function floorJobName(project: BenchProject): string {
  return `floor-${project.installation}`;
}

/** Submits the project's jobs by hand. The last line of its output is how many were accepted. */
export async function submitByHand(site: Site, project: BenchProject): Promise<Cost> {
  const facts = await lab();
  writeFileSync(join(project.directory, 'job.sh'), SCRIPT);
  const there = `${facts.clusters[site].remoteScratch}/${floorJobName(project)}`;
  const loop = [
    `mkdir -p ${there} && cd ${there} && tar -xzf - || exit 1`,
    'for d in */; do',
    `  sbatch --parsable --job-name=${floorJobName(project)} --chdir=${there}/"$d" --output=${there}/"$d"stdout` +
      ` --error=${there}/"$d"stderr --open-mode=append --export=ALL --no-requeue ${process.env["FLOOR_BEGIN"] ?? ""} ${there}/job.sh </dev/null`,
    'done | grep -c .',
  ].join('\n');
  const send = 'cp "$1/job.sh" "$1/jobs/" && tar -C "$1/jobs" -czf - . | "${@:2}"';
  return must(['bash', '-c', send, 'bash', project.directory, ...sshCommand(facts, site), loop]);
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
