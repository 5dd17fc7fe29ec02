/**
 * The faults of docs/faults.md that strike a whole site, by their numbers there: daemons stopped, frozen and killed (on nic5,
 * one at a time), disks that are full, jobs that Slurm takes back.
 */
import { execFileSync } from 'node:child_process';
import { rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, it } from 'vitest';
import { control, controlDb, type Daemon, runLab, type Site, slurm } from '../lab/lab.js';
import { diskHere, diskThere } from './disk.js';
import { jobBegun } from './memory.js';
import { ARRAY, type JobPlan, PLAIN, type Project } from './project.js';
import { lags } from './stubs.js';
import { type Trial, until } from './trial.js';
import { type Expected, findings, wrong } from './verdict.js';

/** Nothing is wrong at the end. */
type Holds = (trial: Trial) => Promise<void>;

const running = (seconds: number): JobPlan => ({ name: 'running', seconds });

/** Where a controller writes what it knows of its jobs, every few seconds. */
async function savedBy(site: Site): Promise<string> {
  const settings = await slurm(site, 'scontrol', ['show', 'config']);
  const folder = /^StateSaveLocation\s*=\s*(\S+)/m.exec(settings)?.[1];
  if (folder === undefined) throw new Error(`${site} does not say where it writes its state`);
  return join(folder, 'job_state');
}

interface Struck {
  readonly name: string;
  readonly site: Site;
  readonly seconds: number;
  readonly strike: (project: Project, jobId: string) => Promise<void>;
  readonly heal: (project: Project, jobId: string) => Promise<void>;
  readonly milliseconds: number;
  readonly expected?: Expected;
  /** What a person must have been told meanwhile. */
  readonly says?: RegExp;
  readonly job?: Partial<JobPlan>;
}

/** A job begins; then something is struck, and some time later healed. */
function struck({ name, site, seconds, strike, heal, milliseconds, expected, says, job }: Struck): Trial {
  return {
    name,
    site,
    jobs: [{ ...running(seconds), ...job }],
    run: async (project) => {
      const child = project.run();
      const id = await jobBegun(project);
      try {
        await strike(project, id);
        await pause(milliseconds);
      } finally {
        await heal(project, id);
      }
      const end = await child;
      const isSaid = says === undefined || says.test(end.stderr);
      return [
        ...(isSaid ? [] : [wrong(`nothing said ${String(says)}`)]),
        ...(await findings(project, end, expected)),
      ];
    },
  };
}

/** The same for a daemon of the site. */
function daemon(
  verb: 'stop' | 'kill' | 'freeze',
  what: Daemon,
  trial: Pick<Struck, 'name' | 'site' | 'seconds' | 'milliseconds' | 'says' | 'expected'>,
): Trial {
  return struck({
    ...trial,
    strike: () => control(verb, trial.site, what),
    heal: () => control(verb === 'freeze' ? 'thaw' : 'start', trial.site, what),
  });
}

export function siteTrials(holds: Holds): void {
  describe.concurrent('the controller', () => {
    it('F1: hangs while it is asked for a job, which exists when it wakes', () =>
      holds({
        name: 'F1 controller frozen',
        site: 'nic5',
        jobs: [PLAIN],
        setting: { stubs: [lags('sbatch', 3)] },
        run: async (project) => {
          const child = project.run();
          await until(() => (project.stubs?.calls('sbatch') ?? 0) > 0);
          await control('freeze', 'nic5', 'slurmctld');
          // sbatch begins a second or two later, and gives up after ten.
          await pause(15_000);
          await control('thaw', 'nic5', 'slurmctld');
          return findings(project, await child, { turnedAway: true });
        },
      }));

    it('F5: is away while a job runs and ends, and nothing is concluded', () =>
      holds(
        daemon('stop', 'slurmctld', {
          ...{ name: 'F5 controller', site: 'nic5', seconds: 3, milliseconds: 21_000 },
          says: /controller|slurm_load_jobs/i,
        }),
      ));

    it('F5: cannot be spoken with, as munge is down, and nothing is concluded', () =>
      holds(
        daemon('stop', 'munge', {
          ...{ name: 'F5 munge', site: 'nic5', seconds: 5, milliseconds: 8_000 },
          says: /authentication error/,
        }),
      ));

    it('is killed while a job runs, and reads its state again', () =>
      holds(
        struck({
          ...{ name: 'controller killed', site: 'nic5', seconds: 20, milliseconds: 1_000 },
          strike: async () => {
            // What it had not written, it would forget: it would queue the job again, or give its number away.
            const began = Date.now();
            const saved = await savedBy('nic5');
            await until(() => statSync(saved).mtimeMs > began);
            await control('kill', 'nic5', 'slurmctld');
          },
          heal: () => control('start', 'nic5', 'slurmctld'),
        }),
      ));

    it('loses sight of a node while a job runs there', () =>
      holds(
        daemon('kill', 'slurmd', {
          name: 'slurmd killed',
          site: 'nic5',
          seconds: 5,
          milliseconds: 2_000,
        }),
      ));
  });

  describe.concurrent('a login host', () => {
    it('hangs for a while', () =>
      holds(
        daemon('freeze', 'sshd', {
          name: 'login host frozen',
          site: 'nic5',
          seconds: 3,
          milliseconds: 8_000,
        }),
      ));

    it('takes no connection for a while, and drops the one that there is', () =>
      holds(
        struck({
          ...{ name: 'sshd stopped', site: 'nic5', seconds: 3, milliseconds: 6_000 },
          strike: async () => {
            await control('stop', 'nic5', 'sshd');
            await runLab(['cut', 'nic5']);
          },
          heal: () => control('start', 'nic5', 'sshd'),
        }),
      ));
  });

  describe.concurrent('accounting', () => {
    it('F10: is down from before the job until after its end', () =>
      holds({
        name: 'F10 stopped',
        site: 'lemaitre3',
        jobs: [PLAIN, ARRAY, running(4)],
        run: async (project) => {
          await controlDb('stop');
          try {
            return await findings(project, await project.run());
          } finally {
            await controlDb('start');
          }
        },
      }));

    it('F10: hangs while a job runs and ends', () =>
      holds(
        struck({
          ...{ name: 'F10 frozen', site: 'lemaitre3', seconds: 3, milliseconds: 15_000 },
          strike: () => controlDb('freeze'),
          heal: () => controlDb('thaw'),
        }),
      ));
  });

  describe.concurrent('a job that Slurm takes back', () => {
    it('F12: is preempted and queued again, which is no end', () =>
      holds(
        struck({
          ...{ name: 'F12 preempted', site: 'nic5', seconds: 4, milliseconds: 3_000 },
          job: { requeue: true, options: ['exclusive: true', 'nodelist: nic5-w002'] },
          strike: async (_project, id) => {
            const words = [
              '-p',
              'urgent',
              '-w',
              'nic5-w002',
              '--exclusive',
              '-J',
              'urgent',
              '-o',
              '/dev/null',
            ];
            await slurm('nic5', 'sbatch', [...words, '-D', '/', '--wrap', 'sleep 1']);
            await until(async () =>
              (await slurm('nic5', 'squeue', ['-h', '-j', id, '-o', '%T'])).includes('PENDING'),
            );
          },
          heal: async (_project, id) => {
            await slurm('nic5', 'scontrol', ['update', `jobid=${id}`, 'StartTime=now']);
          },
          expected: { starts: 2 },
        }),
      ));
  });

  describe.concurrent('a full disk', () => {
    it('F28: there, where claims are kept, is waited for', () =>
      holds({
        name: 'F28 claims',
        site: 'hercules',
        jobs: [PLAIN, ARRAY],
        run: async (project) => {
          const disk = await diskThere('hercules', project.claimsPlace, 'size=256k');
          disk.fill();
          const child = project.run();
          await until(() => project.heard.includes('no room'));
          disk.empty();
          const end = await child;
          disk.leave();
          return findings(project, end);
        },
      }));

    it.each([
      ['room', 'size=16k'],
      ['names', 'nr_inodes=4'],
    ])('F28: there, where jobs run, is waited for: no %s', (what, options) =>
      holds({
        name: `F28 work, ${what}`,
        site: 'hercules',
        jobs: [{ ...PLAIN, more: 'job: ./data' }],
        run: async (project) => {
          execFileSync('sh', ['-c', 'head -c 90000 /dev/urandom >jobs.d/data'], { cwd: project.directory });
          const place = `.sluice-small-${project.installation}`;
          project.change({ work_dir: `~/${place}` });
          const disk = await diskThere('hercules', place, options);
          const child = project.run();
          await until(() => project.heard.includes('no room'));
          disk.leave();
          const found = await findings(project, await child);
          rmSync(join(project.cluster.home, place), { recursive: true });
          return found;
        },
      }),
    );

    it('F28: here, where results come to, is waited for', () =>
      holds({
        name: 'F28 results',
        site: 'hercules',
        jobs: [{ ...PLAIN, bytes: 1_000_000 }],
        run: async (project) => {
          const disk = diskHere(join(project.directory, 'outputs'), 'size=1200k');
          disk.fill();
          const child = project.run();
          await until(() => project.heard.includes('no space left'));
          disk.empty();
          const found = await findings(project, await child);
          disk.leave();
          return found;
        },
      }));

    it('F28: here, where the state is, ends the process, and the next goes on', () =>
      holds({
        name: 'F28 state',
        site: 'hercules',
        jobs: [running(4)],
        run: async (project) => {
          const disk = diskHere(join(project.directory, '.sluice'), 'size=2m');
          await project.run({ killInPhase: 'Running' });
          disk.fill();
          const full = await project.run({ deadlineMs: 20_000 });
          const isSaid = full.code !== 0 && /full|space/.test(full.stderr);
          disk.empty();
          const found = await findings(project, await project.run());
          disk.leave();
          return [
            ...(isSaid ? [] : [wrong(`with a full disk it ended with ${full.code}: ${full.stderr}`)]),
            ...found,
          ];
        },
      }));
  });
}
