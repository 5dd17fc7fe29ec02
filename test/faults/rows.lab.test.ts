/**
 * The faults of docs/faults.md that a stub, a bad line or a wrong clock can make, by their numbers there: on real Slurm,
 * each in a project of its own, all at once. What strikes a whole site is in `daemons.ts`.
 */
import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { labAbsent, slurm, waitIdle } from '../lab/lab.js';
import { buildChild } from './build.js';
import { siteTrials } from './daemons.js';
import { jobBegun } from './memory.js';
import { ARRAY, CHILD_VARIABLE, type JobPlan, PLAIN, type Project, STEPPED } from './project.js';
import {
  actsAndSays,
  answersLate,
  answersNothing,
  counts,
  filtered,
  lags,
  refuses,
  type Stub,
  warns,
} from './stubs.js';
import { type Trial, Trials, until } from './trial.js';
import { type Finding, findings, wrong } from './verdict.js';

const FAILED = 'sbatch: error: Batch job submission failed:';
const TIMED_OUT = `${FAILED} Socket timed out on send/recv operation`;
const NO_CONTROLLER = 'slurm_load_jobs error: Unable to contact slurm controller (connect failure)';
const SLOW: JobPlan = { name: 'slow', seconds: 4 };
const HOUR_MS = 3_600_000;
/** The submission is about to begin. */
const KILL_WHEN_PLACED = { kind: 'kill', at: { label: '*submits: said placed', nth: 1 } } as const;
const trials = new Trials();

/** On nic5, whose daemons are struck, one trial comes after the other. */
let lastOnNic5: Promise<unknown> = Promise.resolve();

/** Nothing is wrong at the end, by the site's own books and the marks of the jobs. */
async function holds(trial: Trial): Promise<void> {
  const run = (): Promise<string[]> => trials.all(trial.name, [trial]);
  if (trial.site !== 'nic5') {
    expect(await run()).toEqual([]);
    return;
  }
  const mine = lastOnNic5.then(run, run);
  lastOnNic5 = mine;
  expect(await mine).toEqual([]);
}

/** One child that nothing happens to but what the setting makes. */
async function plainly(project: Project): Promise<Finding[]> {
  return findings(project, await project.run());
}

function stubbed(
  name: string,
  site: Trial['site'],
  jobs: readonly JobPlan[],
  ...stubs: readonly Stub[]
): Trial {
  return { name, site, jobs, setting: { stubs }, run: plainly };
}

describe.skipIf(labAbsent())('faults by their numbers', { timeout: 300_000 }, () => {
  beforeAll(() => {
    process.env[CHILD_VARIABLE] = buildChild();
  });
  afterAll(() => {
    rmSync(process.env[CHILD_VARIABLE] ?? '', { recursive: true, force: true });
    process.stdout.write(`\n${trials.table()}\n`);
  });

  siteTrials(holds);

  describe.concurrent('a submission', () => {
    it('F1: sbatch says that it timed out, and the job exists', async () => {
      for (const site of ['hercules', 'lemaitre3', 'nic5'] as const)
        await holds(stubbed('F1 heard', site, [PLAIN], actsAndSays('sbatch', TIMED_OUT)));
    });

    it('F1: sbatch says that it timed out, and no job exists', () =>
      holds({
        ...stubbed('F1 not heard', 'hercules', [PLAIN, ARRAY], refuses('sbatch', TIMED_OUT, 1, { times: 2 })),
        run: async (project) => findings(project, await project.run(), { watched: true }),
      }));

    it('F2: the line dies while sbatch is still trying', () =>
      holds({
        name: 'F2 line',
        site: 'hercules',
        jobs: [PLAIN, { ...PLAIN, name: 'second' }],
        setting: { isProxied: true, stubs: [lags('sbatch', 5, { times: 2 })] },
        run: async (project) => {
          const running = project.run();
          await until(() => (project.stubs?.calls('sbatch') ?? 0) > 0);
          project.line.cut();
          return findings(project, await running);
        },
      }));

    it('F2: Sluice is killed while sbatch is still trying', () =>
      holds({
        name: 'F2 process',
        site: 'lemaitre3',
        jobs: [PLAIN],
        setting: { stubs: [lags('sbatch', 4)] },
        run: async (project) => {
          await project.run(KILL_WHEN_PLACED);
          return findings(project, await project.run());
        },
      }));

    it('F2: the reply is lost behind the command, and the line stays half-open', () =>
      holds({
        name: 'F2 deaf',
        site: 'hercules',
        jobs: [PLAIN],
        setting: { isProxied: true, stubs: [answersLate('sbatch', 2)] },
        run: async (project) => {
          const running = project.run();
          await until(() => (project.stubs?.calls('sbatch') ?? 0) > 0);
          project.line.deafen();
          return findings(project, await running);
        },
      }));

    it('F3: a warning stands beside a good id', () =>
      holds(
        stubbed(
          'F3',
          'hercules',
          [PLAIN],
          warns('sbatch', 'sbatch: warning: can not run 1 processes on 0 nodes'),
        ),
      ));

    it('F4: the id comes with the name of a cluster', () =>
      holds(stubbed('F4', 'hercules', [PLAIN, ARRAY], filtered('sbatch', 'sed "s/$/;hercules/"'))));

    it('F16: the limit of jobs in the queue is waited for, and spends no retry', () =>
      holds({
        name: 'F16',
        site: 'hercules',
        jobs: [PLAIN],
        setting: {
          stubs: [
            refuses(
              'sbatch',
              `sbatch: error: QOSMaxSubmitJobPerUserLimit\n${FAILED} Job violates accounting/QOS policy`,
            ),
          ],
        },
        run: async (project) => {
          const end = await project.run();
          const heard = end.stderr.includes('QOSMaxSubmitJobPerUserLimit')
            ? []
            : [wrong('the wait is not told')];
          return [...heard, ...(await findings(project, end))];
        },
      }));

    it('F17: the controller limits its requests, and is asked again later', () =>
      holds(
        stubbed(
          'F17',
          'hercules',
          [SLOW],
          refuses('sbatch', `${FAILED} RPC rate limit exceeded: Rate limit exceeded, try again later`),
          refuses('squeue', 'slurm_load_jobs error: Rate limit exceeded', 1, { after: 3, times: 2 }),
        ),
      ));

    it('F20: a login without Slurm is told, with the setting that helps', () =>
      holds({
        name: 'F20',
        site: 'hercules',
        jobs: [PLAIN],
        setting: { stubs: [refuses('sbatch', 'sh: 1: sbatch: not found', 127, {})] },
        run: async (project) => {
          const { outcome } = await project.run();
          const [run] = outcome?.runs ?? [];
          const isTold = run?.phase === 'Failed' && run.message.includes('login_shell: true');
          const ran = project.ran(PLAIN).length + (await project.truth()).length;
          return [
            ...(isTold ? [] : [wrong(`it is ${JSON.stringify(run)}`)]),
            ...(ran === 0 ? [] : [wrong('something ran')]),
          ];
        },
      }));
  });

  describe.concurrent('a look at the queue', () => {
    it.each<[string, Stub]>([
      ['fails', refuses('squeue', NO_CONTROLLER, 1, { after: 1, times: 5 })],
      ['says nothing', answersNothing('squeue', { after: 1, times: 5 })],
      ['is cut short', filtered('squeue', 'head -c 9', { after: 1, times: 5 })],
      ['is late', answersLate('squeue', 6, { after: 1, times: 1 })],
      ['is noise', filtered('squeue', 'sed "s/.*/slurm: maintenance today/"', { after: 1, times: 5 })],
    ])('F6: an answer that %s ends nothing', (how, stub) =>
      holds(stubbed(`F6 ${how}`, 'hercules', [SLOW, ARRAY], stub)),
    );

    it('F7: the controller has forgotten the job, and its own mark tells how it ended', () =>
      holds({
        name: 'F7 mark',
        site: 'hercules',
        jobs: [SLOW],
        run: async (project) => {
          await project.run({ killInPhase: 'Running' });
          await waitIdle('hercules', project.nameOf(SLOW));
          // Its MinJobAge is 5 s.
          await until(async () => !(await isInQueue(project)));
          return findings(project, await project.run());
        },
      }));

    it('F7: the controller has forgotten the job, and accounting tells how it ended', () =>
      holds(
        stubbed(
          'F7 accounting',
          'lemaitre3',
          [SLOW, ARRAY],
          answersNothing('squeue', { after: 3, times: 1000 }),
        ),
      ));

    it('F8: accounting is empty just after the submission, and the queue not yet there', () =>
      holds(
        stubbed(
          'F8',
          'lemaitre3',
          [SLOW],
          answersNothing('sacct', { times: 3 }),
          answersNothing('squeue', { after: 1, times: 3 }),
        ),
      ));

    it('F9: a site without accounting is asked for it once', () =>
      holds({
        name: 'F9',
        site: 'hercules',
        jobs: [PLAIN, ARRAY],
        setting: { stubs: [counts('sacct')] },
        run: async (project) => {
          const end = await project.run();
          await project.run();
          const calls = project.stubs?.calls('sacct');
          return [
            ...(calls === 1 ? [] : [wrong(`sacct was run ${calls} times`)]),
            ...(await findings(project, end)),
          ];
        },
      }));

    it('F13: COMPLETING is no end', () =>
      holds(
        stubbed(
          'F13',
          'hercules',
          [SLOW],
          filtered('squeue', 'sed "s/RUNNING/COMPLETING/"', { times: 1000 }),
        ),
      ));

    it('F14: a cancellation by somebody else is known by its first word', () =>
      holds({
        name: 'F14',
        site: 'lemaitre3',
        jobs: [{ ...SLOW, seconds: 60 }],
        run: async (project) => {
          const running = project.run();
          await slurm('lemaitre3', 'scancel', [await jobBegun(project)]);
          const end = await running;
          const [run] = end.outcome?.runs ?? [];
          const isSo = run?.phase === 'Cancelled' && run.reason === 'CancelledOutside';
          return [
            ...(isSo ? [] : [wrong(JSON.stringify(run))]),
            ...(await findings(project, end, { phase: 'Cancelled' })),
          ];
        },
      }));

    it('F15: a job that is out of time fails as such, and is not repeated', () =>
      holds({
        name: 'F15',
        site: 'lemaitre3',
        jobs: [{ ...SLOW, seconds: 200, duration: '1m' }],
        run: async (project) => {
          const end = await project.run();
          const [run] = end.outcome?.runs ?? [];
          const isSo = run?.reason === 'TimeLimit' && run.attempts === 1;
          return [
            ...(isSo ? [] : [wrong(JSON.stringify(run))]),
            ...(await findings(project, end, { phase: 'Failed' })),
          ];
        },
      }));

    it('F18: what a site says to everybody is no data', () =>
      holds({ name: 'F18', site: 'nic5', jobs: [PLAIN, STEPPED, ARRAY], run: plainly }));
  });

  describe.concurrent('a line', () => {
    it('F21, F22: a whole life takes one connection, and one more for bulk', () =>
      holds({
        name: 'F21 F22',
        site: 'hercules',
        jobs: [PLAIN, STEPPED, ARRAY, SLOW],
        setting: { isProxied: true },
        run: async (project) => {
          const end = await project.run();
          const taken = project.line.accepted();
          return [...(taken <= 2 ? [] : [wrong(`${taken} connections`)]), ...(await findings(project, end))];
        },
      }));

    it('F23: a host that was away is asked again, and serves', () =>
      holds({
        name: 'F23',
        site: 'hercules',
        jobs: [SLOW],
        setting: { isProxied: true },
        run: async (project) => {
          const running = project.run();
          await jobBegun(project);
          project.line.refuse(true);
          project.line.cut();
          await pause(8_000);
          project.line.refuse(false);
          return findings(project, await running);
        },
      }));

    it('F25: a login that is refused pauses the run, and spends no retry', () =>
      holds({
        name: 'F25',
        site: 'hercules',
        jobs: [PLAIN],
        setting: { isProxied: true },
        run: async (project) => {
          const key = join(project.directory, 'key');
          execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', key]);
          project.change({ private_key: key });
          const early = await project.run({ deadlineMs: 8_000 });
          const [run] = early.outcome?.runs ?? [];
          const isPaused = run?.phase === 'Pending' && run.reason === 'LoginNeeded' && run.attempts === 0;
          appendFileSync(join(project.cluster.home, '.ssh', 'authorized_keys'), readFileSync(`${key}.pub`));
          return [
            ...(isPaused ? [] : [wrong(`without a login: ${JSON.stringify(run)}`)]),
            ...(await plainly(project)),
          ];
        },
      }));

    it.each([40_000, 700_000, 1_900_000])('F26: results that are cut after %i bytes come whole', (bytes) =>
      holds({
        name: 'F26 down',
        site: 'hercules',
        jobs: [{ ...PLAIN, seconds: 1, bytes: 2_000_000 }],
        setting: { isProxied: true },
        run: async (project) => {
          const running = project.run();
          await jobBegun(project);
          project.line.cutAfter('down', bytes);
          const end = await running;
          const size = statSync(join(project.folder(PLAIN), 'result.0'), { throwIfNoEntry: false })?.size;
          const beside = readdirSync(project.folder(PLAIN)).filter(
            (name) => !/^(result\.0|logs)$/.test(name),
          );
          return [
            ...(size === 2_000_000 ? [] : [wrong(`the result has ${size} bytes`)]),
            ...(beside.length === 0 ? [] : [wrong(`beside it lie ${beside.join(' ')}`)]),
            ...(await findings(project, end)),
          ];
        },
      }),
    );

    it.each([30_000, 900_000])(
      'F26: files that are cut on their way there after %i bytes are placed whole',
      (bytes) =>
        holds({
          name: 'F26 up',
          site: 'lemaitre3',
          jobs: [{ ...PLAIN, more: "job: ./data\nrequirements: 'test $(wc -c <data) = 1500000'" }],
          setting: { isProxied: true },
          run: async (project) => {
            execFileSync('sh', ['-c', 'head -c 1500000 /dev/urandom >jobs.d/data'], {
              cwd: project.directory,
            });
            project.line.cutAfter('up', bytes);
            return plainly(project);
          },
        }),
    );

    it('is slow and narrow, and everything comes all the same', () =>
      holds({
        name: 'slow line',
        site: 'lemaitre3',
        jobs: [{ ...PLAIN, bytes: 400_000 }, STEPPED, ARRAY],
        setting: { isProxied: true },
        run: async (project) => {
          project.line.delay(120);
          project.line.throttle(100_000);
          return plainly(project);
        },
      }));

    it('is half-open, and is given up', () =>
      holds({
        name: 'half-open line',
        site: 'lemaitre3',
        jobs: [SLOW],
        setting: { isProxied: true },
        run: async (project) => {
          const running = project.run();
          await jobBegun(project);
          project.line.freeze();
          return findings(project, await running);
        },
      }));
  });

  describe.concurrent('a clock', () => {
    it.each([3 * HOUR_MS, -3 * HOUR_MS, 72 * HOUR_MS, -72 * HOUR_MS])(
      'F31: ours differs by %i ms, and is measured against the cluster’s',
      (aheadMs) =>
        holds({
          name: 'F31 differs',
          site: 'lemaitre3',
          jobs: [SLOW],
          run: async (project) => findings(project, await project.run({ clock: { aheadMs } })),
        }),
    );

    it.each([2 * HOUR_MS, -2 * HOUR_MS])('F31: ours is set by %i ms while a job runs', (thenMs) =>
      holds({
        name: 'F31 jumps',
        site: 'lemaitre3',
        jobs: [{ ...SLOW, seconds: 6 }],
        run: async (project) =>
          findings(
            project,
            await project.run({ clock: { aheadMs: 0, thenMs, afterMs: 4_000 }, deadlineMs: 30 * HOUR_MS }),
          ),
      }),
    );
  });

  describe.concurrent('what is sent and kept', () => {
    it('F27: a result that comes into sight late is waited for', () =>
      holds({
        name: 'F27',
        site: 'lemaitre3',
        jobs: [{ ...PLAIN, result: 'unseen' }],
        run: async (project) => {
          const child = project.run();
          await until(() => project.heard.includes('shared directories can be late'));
          for (const folder of project.workingDirectories())
            renameSync(join(folder, 'unseen.0'), join(folder, 'result.0'));
          return findings(project, await child);
        },
      }));

    it('F32: a manifest and steps with the line ends of Windows run', () =>
      holds({
        name: 'F32',
        site: 'hercules',
        jobs: [STEPPED, ARRAY],
        run: async (project) => {
          for (const { name } of project.jobs) {
            const file = join(project.directory, 'jobs.d', `${name}.yaml`);
            writeFileSync(file, readFileSync(file, 'utf8').replaceAll('\n', '\r\n'));
          }
          return plainly(project);
        },
      }));

    it('F33: CI is cancelled and its checkout gone, and the next one adopts the job', () =>
      holds({
        name: 'F33',
        site: 'lemaitre3',
        jobs: [{ ...SLOW, seconds: 8 }],
        run: async (project) => {
          await project.run({ killInPhase: 'Running' });
          project.lose('state');
          return plainly(project);
        },
      }));

    it('F37: a job that has run is not run again, its directory cleaned and the database lost', () =>
      holds({
        name: 'F37',
        site: 'hercules',
        jobs: [PLAIN, ARRAY],
        run: async (project) => {
          appendFileSync(
            join(project.directory, 'sluice.yaml'),
            'retention: {succeeded: 1s, otherwise: 1s}\n',
          );
          const end = await project.run();
          await project.run();
          const found = await findings(project, end);
          project.lose('state');
          return [...found, ...(await findings(project, await project.run()))];
        },
      }));
  });
});

async function isInQueue(project: Project): Promise<boolean> {
  const names = await slurm(project.site, 'squeue', ['-h', '-t', 'all', '-o', '%j']);
  return names.includes(project.nameOf(SLOW));
}
