/** Slurm played by small programs on this machine, which write down how they were called, as Git's is. Their jobs never end by themselves. */
import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The jobs are those that the wrapper has ids of; those whose tokens are lines of the file `ended` are not shown any more. */
const STUBS: Readonly<Record<string, string>> = {
  sbatch: 'echo "$*" >>"$STUBS/sbatch.log"; echo $$',
  squeue: `echo "$*" >>"$STUBS/squeue.log"
cd "$STUBS/../claims"/*/jobs 2>/dev/null || exit 0
find . -type f -exec awk -v us="$(printf '\\037')" -v ended="$STUBS/ended" '
  BEGIN { while ((getline token <ended) > 0) gone[token] = 1 }
  FNR == 1 { token = substr(FILENAME, 3); if (!(token in gone)) print $1 us "RUNNING" us "None" us "1999999999" us token }' {} +`,
  sacct: 'echo "$*" >>"$STUBS/sacct.log"',
  scancel: ':',
  sinfo: 'echo slurm 24.05',
  // Counted, and then asked: Git is given an environment of its own.
  git: 'here=${0%/*}; echo "$1" >>"$here/git.log"; PATH=${PATH#"$here:"} exec git "$@"',
};

/** The entry of the inventory that they belong to: this machine, with its folders in the project's directory. */
export function stubCluster(directory: string): Readonly<Record<string, string>> {
  return {
    ...{ transport: 'local', workload_manager: 'slurm' },
    ...{ claims_dir: join(directory, 'claims'), work_dir: join(directory, 'work') },
  };
}

/** @returns the environment that they are found by */
export function installStubs(directory: string): { readonly STUBS: string; readonly PATH: string } {
  const stubs = join(directory, 'stubs');
  mkdirSync(stubs);
  writeFileSync(join(stubs, 'ended'), '');
  for (const [name, body] of Object.entries(STUBS)) {
    writeFileSync(join(stubs, name), `#!/bin/sh\n${body}\n`);
    chmodSync(join(stubs, name), 0o755);
  }
  return { STUBS: stubs, PATH: `${stubs}:${process.env['PATH'] ?? ''}` };
}

export function endJobs(directory: string, tokens: readonly string[]): void {
  writeFileSync(join(directory, 'stubs', 'ended'), tokens.map((token) => `${token}\n`).join(''));
}

export function forgetCalls(directory: string): void {
  for (const name of Object.keys(STUBS)) rmSync(join(directory, 'stubs', `${name}.log`), { force: true });
}

/** What a command was called with, a line each. */
export function callsOf(directory: string, name: 'sbatch' | 'squeue' | 'sacct' | 'git'): string[] {
  try {
    return readFileSync(join(directory, 'stubs', `${name}.log`), 'utf8')
      .split('\n')
      .filter(Boolean);
  } catch {
    return [];
  }
}

/** How many ids accounting was asked for, a number a call. */
export function idsAsked(directory: string): number[] {
  return callsOf(directory, 'sacct').map((line) => /-j (\S*)/.exec(line)?.[1]?.split(',').length ?? 0);
}
