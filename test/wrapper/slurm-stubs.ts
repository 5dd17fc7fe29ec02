/** Slurm's commands as small programs: they write down how they were called and keep their jobs in a folder. */
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { read, type Site } from './site.js';

/** Puts sbatch, squeue, sacct, scancel and sinfo on the site's PATH. */
export function installStubs(site: Site, sbatchDelay = ''): void {
  const jobs = join(site.root, 'slurm');
  mkdirSync(jobs);
  site.command(
    'sbatch',
    `cd '${jobs}' || exit 1
for word; do case $word in --job-name=*) name=\${word#*=} ;; esac; done
echo "$*" >>sbatch.log
[ ! -e refuse ] || { cat refuse >&2; exit 1; }
${sbatchDelay}
n=1; while ! mkdir "$n" 2>/dev/null; do n=$((n + 1)); done
echo "$name" >"$n/name"
[ ! -e silent ] || exit 0
echo "warning: something harmless" >&2
echo "$n"`,
  );
  site.command(
    'squeue',
    `cd '${jobs}' || exit 1
echo "$*" >>squeue.log
[ ! -e squeue.down ] || { echo 'slurm_load_jobs error: Unable to contact slurm controller' >&2; exit 1; }
for n in [0-9]*; do [ -e "$n/purged" ] || [ ! -e "$n/name" ] || printf '%s\\037%s\\037None\\0371700000000\\037%s\\n' "$n" "$(cat "$n/state" 2>/dev/null || echo RUNNING)" "$(cat "$n/name")"; done`,
  );
  site.command('sacct', `cd '${jobs}' || exit 1; echo "$*" >>sacct.log; echo 'accounted'`);
  site.command('scancel', `cd '${jobs}' || exit 1; echo "$*" >>scancel.log`);
  site.command('sinfo', 'echo slurm 24.05');
}

/** What the stub of a command was called with, a line each. */
export function calls(site: Site, command: string): string[] {
  return read(site.root, 'slurm', `${command}.log`).split('\n').filter(Boolean);
}

/** Names of the jobs that were made. */
export function jobNames(site: Site): string[] {
  return readdirSync(join(site.root, 'slurm'))
    .filter((name) => /^\d+$/.test(name))
    .map((name) => read(site.root, 'slurm', name, 'name').trim())
    .sort();
}
