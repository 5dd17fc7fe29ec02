/** A project as the bench needs it: many small jobs, each with one file in and one out. */
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inventory } from '../lab/lab.js';
import { parse, stringify } from 'yaml';

export interface BenchProject {
  readonly directory: string;
  readonly installation: string;
  remove(): void;
}

/** What every job does, on both sides. */
export const EXECUTION = 'tr a-z A-Z <input.txt >output.txt';

/** @param site the only cluster of its inventory */
export async function makeProject(site: string, jobs: number): Promise<BenchProject> {
  const directory = mkdtempSync(join(tmpdir(), 'sluice-bench-'));
  const installation = `bench-${randomBytes(5).toString('hex')}`;
  const all = parse(await inventory()) as { clusters: Record<string, unknown> };
  const clusters = { clusters: { [site]: all.clusters[site] } };
  writeFileSync(join(directory, 'clusters.yaml'), stringify(clusters));
  writeFileSync(join(directory, 'sluice.yaml'), `installation: ${installation}\n`);
  mkdirSync(join(directory, 'jobs.d'));
  for (let index = 0; index < jobs; index += 1) {
    const name = `j${String(index).padStart(5, '0')}`;
    mkdirSync(join(directory, 'jobs', name), { recursive: true });
    writeFileSync(join(directory, 'jobs', name, 'input.txt'), `hello, this is ${name}\n`);
    writeFileSync(join(directory, 'jobs.d', `${name}.yaml`), manifest(site, name));
  }
  const remove = (): void => {
    rmSync(directory, { recursive: true, force: true });
  };
  return { directory, installation, remove };
}

function manifest(site: string, name: string): string {
  return [
    `destination_cluster: ${site}`,
    `job: ../jobs/${name}/input.txt`,
    `execution: ${EXECUTION}`,
    'output: output.txt',
    'resources:',
    '  duration: 5m',
    '  nbr_processes: 1',
    "run: '1'",
    '',
  ].join('\n');
}
