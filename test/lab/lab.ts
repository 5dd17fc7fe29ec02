/** The lab for tests, bench and demo: a typed face on `test/lab/lab`, which does the work. */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

/** The program itself. */
export const LAB_PROGRAM = fileURLToPath(new URL('lab', import.meta.url));

/** The three sites; README.md says what is peculiar to each. */
export type Site = 'lemaitre3' | 'hercules' | 'nic5';

/** What can be stopped, started and frozen at a site; a number means one of several, from 1. */
export type Daemon = 'sshd' | 'slurmctld' | 'slurmd' | 'munge' | `sshd${1 | 2}` | `slurmd${1 | 2 | 3 | 4}`;

/** One login host behind a site's name. */
export interface LoginHost {
  name: string;
  address: string;
  /** `ssh-ed25519 AAAA…` */
  hostKey: string;
}

/** One site, as `lab json` describes it. */
export interface LabCluster {
  name: Site;
  /** The shared name, or an address where /etc/hosts could not be written. */
  hostname: string;
  port: number;
  logins: LoginHost[];
  shell: string;
  accounting: boolean;
  /** Whether compute nodes see /home. */
  sharedHome: boolean;
  /** Seconds after which the controller forgets an ended job. */
  minJobAge: number;
  nodes: string[];
  partitions: string[];
  preferredJobs: string[];
  /** What `work_dir` must be there; null: the default will do. */
  workDir: string | null;
  slurmConf: string;
  /** The user's home and scratch: where they lie on this machine, and what they are called there. */
  home: string;
  remoteHome: string;
  scratch: string;
  remoteScratch: string;
  /** Folder of the daemons' logs. */
  log: string;
}

/** The lab, as `lab json` describes it. */
export interface Lab {
  lab: string;
  user: string;
  key: string;
  encryptedKey: string;
  passphrase: string;
  knownHosts: string;
  clusters: Record<Site, LabCluster>;
}

/** How a command ended. */
export interface Ended {
  code: number;
  stdout: string;
  stderr: string;
}

/** One job, as the site itself knows it. */
export interface TrueJob {
  /** `123`, or `123_4` for a task. */
  id: string;
  name: string;
  /** First word of Slurm's state: RUNNING, COMPLETED, CANCELLED, … */
  state: string;
  /** Pending reason, or '' once ended. */
  reason: string;
  /** `code:signal`, or '' while it lives. */
  exitCode: string;
  /** `squeue`: lives; `jobcomp`: ended, from the controller's own log (kept where accounting is off, too). */
  from: 'squeue' | 'jobcomp';
}

/** Why lab tests cannot run here, or undefined. For `describe.skipIf(labAbsent())`. */
export function labAbsent(): string | undefined {
  return process.env['SLUICE_LAB_ABSENT'];
}

/** Runs `lab ARGS…`; never rejects for an exit code. `input` goes to its stdin. */
export function runLab(args: readonly string[], input = ''): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = execFile(LAB_PROGRAM, args, { maxBuffer: 1 << 28 }, (error, stdout, stderr) => {
      if (error && typeof error.code !== 'number')
        reject(new Error(`${LAB_PROGRAM} could not be run`, { cause: error }));
      else resolve({ code: error ? Number(error.code) : 0, stdout, stderr });
    });
    child.stdin?.on('error', () => undefined); // it may end without reading
    child.stdin?.end(input);
  });
}

async function must(args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await runLab(args);
  if (code !== 0) throw new Error(`lab ${args.join(' ')}: exit ${String(code)}: ${stderr.trim()}`);
  return stdout;
}

/** The lab's description. Rejects when it was never up. */
export async function lab(): Promise<Lab> {
  return JSON.parse(await must(['json'])) as Lab;
}

/** A `clusters.yaml` for the three sites, host keys included. */
export function inventory(): Promise<string> {
  return must(['inventory']);
}

/** Brings up or repairs the sites (all unless named). */
export async function up(...sites: Site[]): Promise<void> {
  await must(['up', ...sites]);
}

/** No jobs, an empty home and scratch, all daemons and nodes working, at these sites (all unless named). */
export async function reset(...sites: Site[]): Promise<void> {
  await must(['reset', ...sites]);
}

/** Does that to a daemon; `kill` is SIGKILL, and freezing `sshd` hangs the login host with all its sessions. */
export async function control(
  verb: 'stop' | 'kill' | 'start' | 'freeze' | 'thaw',
  site: Site,
  what: Daemon,
): Promise<void> {
  await must([verb, site, what]);
}

/** The same for slurmdbd, which lemaitre3 and nic5 share. */
export async function controlDb(verb: 'stop' | 'kill' | 'start' | 'freeze' | 'thaw'): Promise<void> {
  await must([`${verb}-db`]);
}

/** Drops the open SSH sessions of a site, or of one of its login hosts (from 1). */
export async function cut(site: Site, login?: 1 | 2): Promise<void> {
  await must(['cut', site, ...(login === undefined ? [] : [String(login)])]);
}

/** Puts the addresses of the site's name in the other order, as a balanced name does between two look-ups. */
export async function rotate(site: Site): Promise<void> {
  await must(['rotate', site]);
}

/** A Slurm command as root on this machine, against that site; rejects when it fails. */
export function slurm(site: Site, command: string, args: readonly string[]): Promise<string> {
  return must(['exec', site, command, ...args]);
}

/** A command over SSH as the user, as the user's shell there takes it; `input` goes to its stdin. */
export function ssh(site: Site, command: string, input = ''): Promise<Ended> {
  return runLab(['ssh', site, command], input);
}

/**
 * Every job that the site ever had since it was first up, living ones first: one row a job or task, one more for
 * each time that Slurm itself requeued it. Give a prefix of the name to see only those.
 */
export async function truth(site: Site, namePrefix = ''): Promise<TrueJob[]> {
  const { log } = (await lab()).clusters[site];
  const living = await slurm(site, 'squeue', ['-a', '-h', '-r', '-o', '%i|%T|%r|%j']);
  const ended = await readFile(`${log}/jobcomp.log`, 'utf8').catch(() => '');
  return [...rows(living, livingJob), ...rows(ended, endedJob)].filter((job) =>
    job.name.startsWith(namePrefix),
  );
}

/** As accounting has it: `sacct` rows of the named columns, requeued lives included. Rejects where there is none. */
export async function accounting(site: Site, columns: readonly string[]): Promise<string[][]> {
  const format = columns.join(',');
  const out = await slurm(site, 'sacct', ['-a', '-X', '-D', '-n', '-P', '-S', '2000-01-01', '-o', format]);
  return rows(out, (line) => line.split('|'));
}

/** Waits until no job whose name begins so is pending, running or completing. */
export async function waitIdle(site: Site, namePrefix = '', timeoutMs = 60_000): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const names = rows(await slurm(site, 'squeue', ['-a', '-h', '-o', '%j']), (line) => line);
    const left = names.filter((name) => name.startsWith(namePrefix));
    if (left.length === 0) return;
    if (Date.now() > deadline)
      throw new Error(`${site} still has ${String(left.length)} jobs: ${left[0] ?? ''}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

function rows<T>(text: string, parse: (line: string) => T): T[] {
  return text.split('\n').filter(Boolean).map(parse);
}

function livingJob(line: string): TrueJob {
  const [id = '', state = '', reason = '', ...name] = line.split('|');
  return { id, name: name.join('|'), state, reason, exitCode: '', from: 'squeue' };
}

function endedJob(line: string): TrueJob {
  const word = (key: string): string => new RegExp(`(?:^| )${key}=(\\S*)`).exec(line)?.[1] ?? '';
  const task = word('ArrayTaskId');
  return {
    id: task === '' ? word('JobId') : `${word('ArrayJobId')}_${task}`,
    name: / Name=(.*) JobState=/.exec(line)?.[1] ?? '',
    state: word('JobState'),
    reason: '',
    exitCode: word('ExitCode'),
    from: 'jobcomp',
  };
}
