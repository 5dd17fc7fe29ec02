/** One project on all three sites at once, each behind a line of its own and with commands that misbehave by a seed. */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inventory, lab, type LabCluster, type Site, type TrueJob, truth } from '../lab/lab.js';
import { type Proxy, startProxy } from '../ssh/proxy.js';
import type { Fault } from './fault.js';
import {
  type Child,
  type ChildEnd,
  clustersYaml,
  FOLDER,
  type JobPlan,
  manifestOf,
  randomId,
  startChild,
} from './project.js';
import { type Stub, Stubs } from './stubs.js';

export const SITES: readonly Site[] = ['lemaitre3', 'hercules', 'nic5'];

/** A job, and the sites that may take it, in order. */
export interface FleetJob extends JobPlan {
  readonly sites: readonly Site[];
}

interface Place {
  readonly cluster: LabCluster;
  readonly line: Proxy;
  readonly stubs: Stubs;
}

export class Fleet {
  readonly installation = randomId();
  readonly directory = mkdtempSync(join(tmpdir(), 'sluice-fleet-'));
  readonly jobs: readonly FleetJob[];
  readonly places = new Map<Site, Place>();
  story = '';

  private constructor(jobs: readonly FleetJob[]) {
    this.jobs = jobs;
  }

  static async make(jobs: readonly FleetJob[], stubs: readonly Stub[]): Promise<Fleet> {
    const fleet = new Fleet(jobs);
    const { clusters } = await lab();
    const text = await inventory();
    const entries: string[] = [];
    for (const site of SITES) {
      const cluster = clusters[site];
      const line = await startProxy(cluster.port, cluster.logins[0]?.address);
      const entry = clustersYaml(site, text)
        .replace(/^clusters:\n/, '')
        .replace(/hostname: .*/, 'hostname: 127.0.0.1')
        .replace(/port: .*/, `port: ${line.port}`);
      entries.push(entry);
      fleet.places.set(site, { cluster, line, stubs: new Stubs(cluster, fleet.installation, stubs) });
    }
    mkdirSync(join(fleet.directory, 'jobs.d'));
    writeFileSync(join(fleet.directory, 'sluice.yaml'), `installation: ${fleet.installation}\n`);
    writeFileSync(join(fleet.directory, 'clusters.yaml'), `clusters:\n${entries.join('')}`);
    return fleet;
  }

  /** A person saves the manifests of some of the jobs. */
  save(jobs: readonly FleetJob[]): void {
    const marks = `${this.at('nic5').cluster.remoteScratch}/${FOLDER}/${this.installation}`;
    for (const job of jobs) {
      const file = join(this.directory, 'jobs.d', `${job.name}.yaml`);
      writeFileSync(`${file}.new`, manifestOf(job, this.nameOf(job), job.sites, marks));
      renameSync(`${file}.new`, file);
    }
  }

  nameOf(job: JobPlan): string {
    return `f${this.installation}-${job.name}`;
  }

  at(site: Site): Place {
    const place = this.places.get(site);
    if (!place) throw new Error(`${site} is none of the fleet's`);
    return place;
  }

  start(fault: Partial<Fault> = {}): Child {
    const path = this.at('nic5').stubs.path;
    return startChild(this.directory, { path, ...fault }, (text) => (this.story += text));
  }

  /** The commands behave from now on. */
  calm(): void {
    for (const { stubs } of this.places.values()) stubs.calm();
  }

  /** `SITE JOBID TASK` for each time that the job's code began, anywhere. */
  ran(job: JobPlan): string[] {
    return SITES.flatMap((site) => {
      const file = join(this.at(site).cluster.scratch, FOLDER, this.installation, job.name);
      const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean) : [];
      return lines.map((line) => `${site} ${line}`);
    });
  }

  results(job: JobPlan): number {
    const folder = join(this.directory, 'outputs', this.nameOf(job), '1');
    return existsSync(folder) ? readdirSync(folder).filter((name) => name.startsWith('result.')).length : 0;
  }

  /** Jobs that still stand in a queue. */
  async living(): Promise<TrueJob[]> {
    const all = await Promise.all(SITES.map((site) => truth(site, `f${this.installation}-`)));
    const over = /^(COMPLETED|FAILED|CANCELLED|COMPLETING|TIMEOUT|PREEMPTED|NODE_FAIL)/;
    return all.flat().filter((job) => job.from === 'squeue' && !over.test(job.state));
  }

  async close(): Promise<void> {
    for (const { line } of this.places.values()) await line.close();
  }

  remove(): void {
    rmSync(this.directory, { recursive: true, force: true });
    for (const { cluster, stubs } of this.places.values()) {
      stubs.remove();
      const { home, scratch } = cluster;
      for (const folder of [
        join(scratch, FOLDER, this.installation),
        join(home, `.${FOLDER}`, this.installation),
      ])
        rmSync(folder, { recursive: true, force: true });
      for (const work of [home, scratch].map((place) => join(place, `.${FOLDER}`, 'work'))) {
        const ours = existsSync(work) ? readdirSync(work) : [];
        for (const name of ours.filter((each) => each.startsWith(`f${this.installation}-`)))
          rmSync(join(work, name), { recursive: true, force: true });
      }
    }
  }
}

export interface Count {
  /** Jobs, by name. */
  readonly duplicates: readonly string[];
  readonly lost: readonly string[];
  /** Neither at its end nor in a state that asks for a person. */
  readonly stuck: readonly string[];
  readonly wrong: readonly string[];
}

/** By the marks of the jobs and the sites' queues; only what is stuck is Sluice's own word. */
export async function countOf(
  fleet: Fleet,
  end: ChildEnd,
  requeues: ReadonlyMap<string, number>,
): Promise<Count> {
  const each = fleet.jobs.map((job) => judge(fleet, job, end, 1 + (requeues.get(job.name) ?? 0)));
  const living = (await fleet.living()).map(
    ({ id, name, state }) => `${id} ${name} still stands as ${state}`,
  );
  return {
    duplicates: each.flatMap(({ duplicates }) => duplicates),
    lost: each.flatMap(({ lost }) => lost),
    stuck: [
      ...(end.outcome ? [] : [`it ended with ${String(end.code)}`]),
      ...each.flatMap(({ stuck }) => stuck),
    ],
    wrong: [...each.flatMap(({ wrong }) => wrong), ...living],
  };
}

const OVER = ['Succeeded', 'Failed', 'Cancelled'];

/** @param may times that each of its tasks may have begun */
function judge(fleet: Fleet, job: FleetJob, { outcome }: ChildEnd, may: number): Count {
  const ran = fleet.ran(job);
  const tasks = job.array ? Array.from({ length: job.array }, (_, index) => index + 1) : [0];
  const starts = tasks.map((task) => ran.filter((line) => line.endsWith(` ${task}`)).length);
  const run = outcome?.runs.find(({ name }) => name === fleet.nameOf(job));
  const { phase = 'unknown', reason = '', message = '' } = run ?? {};
  const how = `${job.name} is ${phase} (${reason}): ${message}; it ran as ${ran.join(', ')}`;
  const isWell = phase === 'Succeeded' && fleet.results(job) === tasks.length;
  return {
    duplicates: starts.some((count) => count > may) ? [how] : [],
    lost: OVER.includes(phase) && starts.includes(0) ? [how] : [],
    stuck: OVER.includes(phase) || phase === 'Blocked' ? [] : [how],
    wrong: isWell ? [] : [how],
  };
}
