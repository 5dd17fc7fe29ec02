/**
 * Many jobs on three clusters under a random schedule of faults, the same for the same seed: `SLUICE_FAULTS_SEED`. By default
 * about a minute; `SLUICE_FAULTS=all` takes hundreds of jobs and ten times as many faults.
 */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { control, controlDb, type Daemon, labAbsent, runLab, type Site, slurm, up } from '../lab/lab.js';
import { buildChild } from './build.js';
import { Fleet, type FleetJob, countOf, SITES } from './fleet.js';
import { randomOf, some } from './near-side.js';
import { type Child, CHILD_VARIABLE, type ChildEnd } from './project.js';
import type { Stub } from './stubs.js';

const ALL = process.env['SLUICE_FAULTS'] === 'all';
const ASKED = process.env['SLUICE_FAULTS_SEED'];
const SEED = ASKED === 'random' ? Date.now() % 100_000 : Number(ASKED ?? 1);
const JOBS = ALL ? 600 : 150;
const STRIKES = ALL ? 150 : 16;
const random = randomOf(SEED);
const below = (limit: number): number => Math.floor(random() * limit);
const oneOf = <T>(items: readonly T[]): T => some(items, random, 1)[0] as T;

/** Plain ones, arrays, some with steps, some that Slurm may start again; one site each, or two in an order. */
function jobs(): FleetJob[] {
  return Array.from({ length: JOBS }, (_, index) => ({
    // Letters alone: a mark's line ends in the number of its task.
    name: `j${String(index).replaceAll(/\d/g, (digit) => 'abcdefghij'[Number(digit)] ?? '')}`,
    seconds: below(4),
    sites: some(SITES, random, random() < 0.7 ? 1 : 2),
    ...(random() < 0.15 ? { array: 3 } : {}),
    ...(random() < 0.1 ? { more: "compilation: ['echo built > built', 'test -s built']" } : {}),
    ...(random() < 0.1 ? { requeue: true, seconds: 4 } : {}),
  }));
}

const TIMED_OUT = 'sbatch: error: Batch job submission failed: Socket timed out on send/recv operation';
/** What a call of a command does by chance, one time in so many; the number of the call and the seed decide. */
const CHANCES: readonly {
  readonly command: Stub['command'];
  readonly in: number;
  readonly texts: readonly string[];
}[] = [
  {
    command: 'sbatch',
    in: 5,
    texts: [
      `real "$@" >/dev/null 2>&1; echo '${TIMED_OUT}' >&2; exit 1`,
      `echo '${TIMED_OUT}' >&2; exit 1`,
      'sleep 2; real "$@"',
      'echo "sbatch: warning: something" >&2; real "$@"',
      'real "$@" | sed "s/$/;cluster/"',
      `(sleep 8; real "$@") >/dev/null 2>&1 & echo '${TIMED_OUT}' >&2; exit 1`,
    ],
  },
  {
    command: 'squeue',
    in: 3,
    texts: [
      'echo "slurm_load_jobs error: Unable to contact slurm controller (connect failure)" >&2; exit 1',
      'exit 0',
      'real "$@" | head -n 3',
      'answer=$(real "$@"); sleep 1; echo "$answer"',
      'echo "slurm: maintenance on Tuesday"; real "$@"',
      'real "$@" | sed "s/RUNNING/COMPLETING/"',
    ],
  },
  {
    command: 'sacct',
    in: 3,
    texts: [
      'exit 0',
      'echo "sacct: error: Problem talking to the database: Connection refused" >&2; exit 1',
      'real "$@" | head -n 2',
    ],
  },
  { command: 'tar', in: 12, texts: ['real "$@" | head -c 2000', 'exit 2'] },
];

function stubs(): Stub[] {
  return CHANCES.map(({ command, in: oneIn, texts }) => {
    const salt = below(10_000);
    const cases = texts.map((text, index) => `${index}) ${text} ;;`).join('\n');
    return {
      command,
      text: [
        `[ ! -e "$here/calm" ] || { real "$@"; exit; }`,
        `chance=$(((n * 1103515245 + ${salt} * 12345) % 2147483647 / 64 % ${oneIn * texts.length}))`,
        `case $chance in\n${cases}\n*) real "$@" ;;\nesac`,
      ].join('\n'),
    };
  });
}

/** Struck jobs by name, with how often Slurm was told to start them again. */
const requeues = new Map<string, number>();
const tried = new Map<string, number>();
let fleet: Fleet;
let child: Child;

/** Whether the process has ended by itself: all that it knew of was over. */
let isOver = false;
function begin(): void {
  const begun = fleet.start();
  child = begun;
  isOver = false;
  void begun.end.then(() => (isOver ||= child === begun));
}

/** A new process in the place of the one that is there. */
async function startAnew(lose: readonly string[] = []): Promise<void> {
  child.kill();
  await child.end;
  for (const name of lose) rmSync(join(fleet.directory, '.sluice', name), { recursive: true, force: true });
  begin();
}

const during = async (
  site: Site,
  verb: 'stop' | 'kill' | 'freeze',
  what: Daemon,
  ms: number,
): Promise<void> => {
  await control(verb, site, what);
  await pause(ms);
  await control(verb === 'freeze' ? 'thaw' : 'start', site, what);
};

/** One of the running jobs that allow it. */
async function requeueOne(site: Site): Promise<void> {
  const rows = (await slurm(site, 'squeue', ['-h', '-t', 'RUNNING', '-o', '%A %j'])).split('\n');
  const names = new Map(
    fleet.jobs
      .filter((job) => job.requeue === true && !job.array)
      .map((job) => [fleet.nameOf(job), job.name]),
  );
  const running = rows.flatMap((row) => {
    const [id = '', token = ''] = row.split(' ');
    const name = names.get(token.split('.')[0] ?? '');
    return name === undefined ? [] : [{ id, name }];
  });
  const [first] = running;
  if (!first) return;
  requeues.set(first.name, (requeues.get(first.name) ?? 0) + 1);
  // It may have ended meanwhile.
  await runLab(['exec', site, 'scontrol', 'requeue', first.id]);
  await pause(2_000);
  await runLab(['exec', site, 'scontrol', 'update', `jobid=${first.id}`, 'StartTime=now']);
}

const FAULTS: Readonly<Record<string, (site: Site) => Promise<void> | void>> = {
  'process killed': () => startAnew(),
  'process killed, database lost': () => startAnew(['state.db', 'state.db-wal', 'state.db-shm']),
  'process killed, state lost': () => startAnew(['.']),
  'line cut': (site) => fleet.at(site).line.cut(),
  'line cut in the middle of a reply': (site) => fleet.at(site).line.cutAfter('down', below(4_000)),
  'line cut in the middle of a request': (site) => fleet.at(site).line.cutAfter('up', below(40_000)),
  'line slow for a while': async (site) => {
    fleet.at(site).line.delay(150);
    await pause(3_000);
    fleet.at(site).line.delay(0);
  },
  'host away for a while': async (site) => {
    fleet.at(site).line.refuse(true);
    fleet.at(site).line.cut();
    await pause(3_000);
    fleet.at(site).line.refuse(false);
  },
  'login host frozen': (site) => during(site, 'freeze', 'sshd', 2_000),
  'controller stopped': (site) => during(site, 'stop', 'slurmctld', 1_500),
  'controller frozen': (site) => during(site, 'freeze', 'slurmctld', 2_500),
  'munge stopped': (site) => during(site, 'stop', 'munge', 1_500),
  'node daemon killed': (site) => during(site, 'kill', `slurmd${(1 + below(4)) as 1 | 2 | 3 | 4}`, 1_000),
  'accounting stopped': async () => {
    await controlDb('stop');
    await pause(1_500);
    await controlDb('start');
  },
  'accounting frozen': async () => {
    await controlDb('freeze');
    await pause(2_000);
    await controlDb('thaw');
  },
  'job requeued': requeueOne,
};

describe.skipIf(labAbsent())(`random faults, seed ${SEED}`, { timeout: ALL ? 7_200_000 : 400_000 }, () => {
  beforeAll(() => {
    process.env[CHILD_VARIABLE] = buildChild();
  });
  afterAll(async () => {
    await up();
    rmSync(process.env[CHILD_VARIABLE] ?? '', { recursive: true, force: true });
  });

  it('every job runs once, none is lost, none is stuck', async () => {
    fleet = await Fleet.make(jobs(), stubs());
    const wave = Math.ceil(JOBS / STRIKES);
    fleet.save(fleet.jobs.slice(0, wave));
    begin();
    const names = Object.keys(FAULTS);
    // Each kind comes before any comes again.
    let left: string[] = [];
    for (let strike = 0; strike < STRIKES; strike += 1) {
      if (left.length === 0) left = some(names, random, names.length);
      const name = left.pop() ?? '';
      fleet.save(fleet.jobs.slice(strike * wave, (strike + 1) * wave));
      if (isOver) begin();
      await pause(below(1_500));
      await FAULTS[name]?.(oneOf(SITES));
      tried.set(name, (tried.get(name) ?? 0) + 1);
    }
    fleet.calm();
    await up();
    const end = await patientEnd();
    const count = await countOf(fleet, end, requeues);
    await fleet.close();
    process.stdout.write(`\n${table(count)}\n`);
    const found = Object.values(count).flat();
    expect(found, `${fleet.directory}\n${found.length > 0 ? fleet.story : ''}`).toEqual([]);
    fleet.remove();
  });
});

/** One that ended because it was overtaken, or before the last jobs were saved, is begun anew, as a person would. */
async function patientEnd(): Promise<ChildEnd> {
  if (isOver) begin();
  for (let tries = 1; ; tries += 1) {
    const end = await child.end;
    if (end.outcome?.settled === true && end.outcome.runs.length === JOBS) return end;
    if (tries === 4) return end;
    begin();
  }
}

function table(count: Awaited<ReturnType<typeof countOf>>): string {
  const tasks = fleet.jobs.reduce((sum, job) => sum + (job.array ?? 1), 0);
  const lines = [...tried].map(([name, times]) => `${name.padEnd(46)}${String(times).padStart(11)}`);
  const calls = CHANCES.map(({ command }) => {
    const times = SITES.reduce((sum, site) => sum + fleet.at(site).stubs.calls(command), 0);
    return `${`calls of ${command}, some of which misbehaved`.padEnd(46)}${String(times).padStart(11)}`;
  });
  const sums = (['duplicates', 'lost', 'stuck', 'wrong'] as const).map(
    (kind) => `${count[kind].length} ${kind}`,
  );
  return [
    `${'fault'.padEnd(46)}${'tried'.padStart(11)}`,
    ...lines,
    ...calls,
    `${JOBS} jobs of ${tasks} tasks on three clusters: ${sums.join(', ')}`,
  ].join('\n');
}
