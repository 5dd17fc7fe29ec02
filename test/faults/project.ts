/** One trial: a project of its own on one site, children that run in it, and what the site knows of it afterwards. */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inventory, lab, type LabCluster, type Site, type TrueJob, truth } from '../lab/lab.js';
import { type Proxy, startProxy } from '../ssh/proxy.js';
import { childIn } from './build.js';
import { type Fault, FAULT_VARIABLE, type Outcome } from './fault.js';
import { type Stub, Stubs } from './stubs.js';

export interface JobPlan {
  /** Last part of its name, `[a-z]+`. */
  readonly name: string;
  /** Tasks of its array; no array when absent. */
  readonly array?: number;
  /** Seconds that the job runs. */
  readonly seconds?: number;
  /** Slurm may start it again. */
  readonly requeue?: boolean;
  /** Further `sbatch_options`, as YAML: `exclusive: true`. */
  readonly options?: readonly string[];
  /** As the manifest has it; 5m unless said. */
  readonly duration?: string;
  /** Size of its result. */
  readonly bytes?: number;
  /** Beginning of its result's name, where it is not the one that is asked for. */
  readonly result?: string;
  /** Lines of YAML. */
  readonly more?: string;
}

export const PLAIN: JobPlan = { name: 'plain' };
export const STEPPED: JobPlan = {
  name: 'stepped',
  more: "compilation: ['echo built > built', 'test -s built']",
};
export const ARRAY: JobPlan = { name: 'array', array: 2 };

/** How a child ended. */
export interface ChildEnd {
  /** `null`: killed. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly outcome: Outcome | undefined;
}

/** Names the folder that the child was built into. */
export const CHILD_VARIABLE = 'SLUICE_FAULT_CHILD';
/** Beside the homes' own `.sluice`, so that nothing of another test is in the way. */
export const FOLDER = 'sluice-faults';
const DEADLINE_MS = 150_000;

/** How a project differs from the plain one. */
export interface Setting {
  readonly installation?: string;
  /** Misbehave on the PATH of its exchanges, in all its children. */
  readonly stubs?: readonly Stub[];
  /** A line of its own to the site, whose trouble is the trial's to make. */
  readonly isProxied?: boolean;
  /** Lines of the cluster's entry, in place of those of the same keys. */
  readonly cluster?: Readonly<Record<string, string>>;
}

export class Project {
  readonly site: Site;
  readonly cluster: LabCluster;
  readonly installation: string;
  readonly directory: string;
  readonly jobs: readonly JobPlan[];
  readonly stubs: Stubs | undefined;
  #line: Proxy | undefined;
  /** Everything the children said, one after the other. */
  story = '';
  /** Faults that were to happen in a child, and did not. */
  readonly missed: string[] = [];
  /** What they have said on stderr so far. */
  heard = '';

  private constructor(site: Site, cluster: LabCluster, jobs: readonly JobPlan[], setting: Setting) {
    this.site = site;
    this.cluster = cluster;
    this.installation = setting.installation ?? randomId();
    this.stubs = setting.stubs && new Stubs(cluster, this.installation, setting.stubs);
    this.directory = mkdtempSync(join(tmpdir(), 'sluice-fault-'));
    this.jobs = jobs;
  }

  static async make(site: Site, jobs: readonly JobPlan[], setting: Setting = {}): Promise<Project> {
    const project = new Project(site, (await lab()).clusters[site], jobs, setting);
    mkdirSync(join(project.directory, 'jobs.d'));
    writeFileSync(join(project.directory, 'sluice.yaml'), `installation: ${project.installation}\n`);
    writeFileSync(join(project.directory, 'clusters.yaml'), clustersYaml(site, await inventory()));
    await project.#lay(setting);
    for (const job of jobs)
      writeFileSync(join(project.directory, 'jobs.d', `${job.name}.yaml`), project.manifest(job));
    return project;
  }

  nameOf(job: JobPlan): string {
    return `f${this.installation}-${job.name}`;
  }

  /** The user's code leaves a line for each time that it runs, in a file that Sluice knows nothing of. */
  manifest(job: JobPlan): string {
    return manifestOf(job, this.nameOf(job), [this.site], this.marks);
  }

  /** The folder of the jobs' marks, as the site calls it. */
  get marks(): string {
    return `${this.cluster.remoteScratch}/${FOLDER}/${this.installation}`;
  }
  /** Runs a child to its end, whatever that is. */
  async run(fault: Partial<Fault> = {}): Promise<ChildEnd> {
    const path = this.stubs && { path: this.stubs.path };
    const child = startChild(this.directory, { ...path, ...fault }, (text) => (this.heard += text));
    const end = await child.end;
    const { code, stderr, stdout, outcome } = end;
    const how = code === null ? 'killed' : `exit ${code}`;
    this.story += `--- child (${JSON.stringify(fault)})\n${stderr}${stdout}--- ${how}\n`;
    const isMeant = fault.at !== undefined || fault.sabotage !== undefined;
    if (isMeant && outcome?.struck === false) this.missed.push(JSON.stringify(fault.at ?? fault.sabotage));
    return end;
  }

  /** Whether a child has sent its claim, by the cluster's own file system. */
  claims(): string[] {
    return this.#onCluster('claims');
  }

  /** Lines of the cluster's ledger. */
  ledger(): string[] {
    const folder = join(this.#claimsFolder(), 'ledger');
    return this.#onCluster('ledger').flatMap((file) =>
      readFileSync(join(folder, file), 'utf8').split('\n').filter(Boolean),
    );
  }

  /** Where its claims and its ledger are, relative to the home there. */
  get claimsPlace(): string {
    return join(`.${FOLDER}`, this.installation);
  }

  #claimsFolder(): string {
    return join(this.cluster.home, this.claimsPlace);
  }

  #onCluster(folder: string): string[] {
    const path = join(this.#claimsFolder(), folder);
    return existsSync(path) ? readdirSync(path) : [];
  }

  /** `JOBID TASK` for each time that the user's code began. */
  ran(job: JobPlan): string[] {
    const file = join(this.cluster.scratch, FOLDER, this.installation, job.name);
    return existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean) : [];
  }

  /** Every job of ours that the site ever had. */
  truth(): Promise<TrueJob[]> {
    return truth(this.site, `f${this.installation}-`);
  }

  /** Where its results come to. */
  folder(job: JobPlan): string {
    return join(this.directory, 'outputs', this.nameOf(job), '1');
  }

  /** Files of the results, relative to the run's folder. */
  results(job: JobPlan): string[] {
    const folder = this.folder(job);
    return existsSync(folder) ? readdirSync(folder).filter((name) => name.startsWith('result.')) : [];
  }

  /** The database and its log, or all that stands here. */
  lose(what: 'database' | 'state'): void {
    const state = join(this.directory, '.sluice');
    if (what === 'state') rmSync(state, { recursive: true, force: true });
    else for (const end of ['', '-wal', '-shm']) rmSync(join(state, `state.db${end}`), { force: true });
  }

  async #lay({ isProxied, cluster = {} }: Setting): Promise<void> {
    const { logins, port } = this.cluster;
    if (isProxied === true) {
      this.#line = await startProxy(port, logins[0]?.address);
      this.change({ hostname: '127.0.0.1', port: String(this.#line.port) });
    }
    this.change(cluster);
  }

  /** Lines of the cluster's entry, in place of those of the same keys. */
  change(lines: Readonly<Record<string, string>>): void {
    const file = join(this.directory, 'clusters.yaml');
    writeFileSync(file, changed(readFileSync(file, 'utf8'), lines));
  }

  /** The line of a project that has one of its own. */
  get line(): Proxy {
    if (!this.#line) throw new Error('this project goes by the direct way');
    return this.#line;
  }

  /** What of it is in this process. */
  async close(): Promise<void> {
    await this.#line?.close();
  }

  /** Deletes the files here and there; the site's own records of the jobs stay. */
  remove(): void {
    this.stubs?.remove();
    const there = join(this.cluster.scratch, FOLDER, this.installation);
    for (const folder of [this.directory, this.#claimsFolder(), there])
      rmSync(folder, { recursive: true, force: true });
    for (const folder of this.#jobDirectories()) rmSync(folder, { recursive: true, force: true });
  }

  /** Of all attempts, as they lie on this machine. */
  workingDirectories(): string[] {
    return this.#jobDirectories().map((folder) => join(folder, 'work'));
  }

  #jobDirectories(): string[] {
    const { sharedHome, home, scratch } = this.cluster;
    const work = join(sharedHome ? home : scratch, `.${FOLDER}`, 'work');
    if (!existsSync(work)) return [];
    const ours = readdirSync(work).filter((name) => name.startsWith(`f${this.installation}-`));
    return ours.map((name) => join(work, name));
  }
}

export interface Child {
  readonly end: Promise<ChildEnd>;
  kill(): void;
}

/** @param heard gets what it says on stderr, as it comes */
export function startChild(
  directory: string,
  fault: Partial<Fault>,
  heard: (text: string) => void = () => undefined,
): Child {
  const whole: Fault = { kind: 'none', deadlineMs: DEADLINE_MS, ...fault };
  const child = spawn(process.execPath, [childIn(process.env[CHILD_VARIABLE] ?? ''), directory], {
    env: { ...process.env, [FAULT_VARIABLE]: JSON.stringify(whole), CI: '' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
    heard(text);
  });
  const end = new Promise<ChildEnd>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      const outcome = code === 0 || code === 5 ? (JSON.parse(stdout) as Outcome) : undefined;
      resolve({ code, stdout, stderr, outcome });
    });
  });
  return { end, kill: () => void child.kill('SIGKILL') };
}

/** A letter first, else YAML might read a number. */
export function randomId(): string {
  return `x${randomBytes(5).toString('hex')}`;
}

/** One site of the lab's inventory, looked at often and with folders of these tests' own. */
export function clustersYaml(site: Site, text: string): string {
  const block = new RegExp(`^  ${site}:\\n(?:    .*\\n)+`, 'm').exec(text)?.[0] ?? '';
  const work = /work_dir: (\$\w+)/.exec(block)?.[1] ?? '~';
  return [
    'clusters:',
    block.replace(/^ +work_dir: .*\n/m, '').trimEnd(),
    `    work_dir: ${work}/.${FOLDER}/work`,
    `    claims_dir: ~/.${FOLDER}`,
    '    poll_interval: 1s',
    '',
  ].join('\n');
}

/** Lines of an entry, in place of those of the same keys. */
function changed(text: string, lines: Readonly<Record<string, string>>): string {
  return Object.entries(lines).reduce((all, [key, value]) => {
    const line = new RegExp(`^    ${key}:.*$`, 'm');
    return line.test(all) ? all.replace(line, `    ${key}: ${value}`) : `${all}    ${key}: ${value}\n`;
  }, text);
}

/** @param marks folder there that gets a line each time that the user's code runs */
export function manifestOf(job: JobPlan, name: string, sites: readonly Site[], marks: string): string {
  const line = `echo "$SLURM_JOB_ID \${SLURM_ARRAY_TASK_ID-0}" >> ${marks}/${job.name}`;
  const what = job.bytes === undefined ? 'echo done' : `head -c ${job.bytes} /dev/urandom`;
  const result = `${what} > ${job.result ?? 'result'}.\${SLURM_ARRAY_TASK_ID-0}`;
  const options = [...(job.requeue === true ? ['requeue: true'] : []), ...(job.options ?? [])];
  const resources = [
    `duration: ${job.duration ?? '5m'}`,
    ...(job.array === undefined ? [] : [`nbr_jobs_in_array: ${job.array}`]),
    ...(options.length === 0 ? [] : [`sbatch_options: {${options.join(', ')}}`]),
  ];
  return [
    `name: ${name}`,
    `destination_cluster: [${sites.join(', ')}]`,
    `alternates: none`,
    `resources: {${resources.join(', ')}}`,
    `execution:`,
    ...[`mkdir -p ${marks}`, line, `sleep ${job.seconds ?? 0}`, result].map((each) => `  - '${each}'`),
    `output: ['result.*']`,
    job.more ?? '',
  ].join('\n');
}
