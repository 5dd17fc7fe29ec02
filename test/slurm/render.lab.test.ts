/** What is rendered, on real Slurm: every mapping is accepted, and processes land where they should. */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Cluster } from '../../src/model/cluster.js';
import type { ClaimFacts, ExitMark, JobEvidence, OwnerMark } from '../../src/model/observation.js';
import { allTasks } from '../../src/model/tasks.js';
import type { Resources } from '../../src/model/job.js';
import { slurm } from '../../src/slurm/manager.js';
import { quote } from '../../src/shell/quote.js';
import { type Ended, lab, labAbsent, runLab, type Site } from '../lab/lab.js';

const FOLDER = `render-${randomBytes(4).toString('hex')}`;
const PATIENCE_MS = 120_000;
const SEPARATOR = '$(printf "\\037")';

function onLogin(site: Site, script: string): Promise<Ended> {
  return runLab(['ssh', site, '/bin/sh -s'], script);
}

function cluster(site: Site): Cluster {
  return {
    ...{ name: site, transport: 'ssh2', manager: 'slurm', hosts: [], hostKeys: [], preferredJobs: [] },
    ...{ workDir: '', claimsDir: '', loginShell: false, setup: [], environment: {}, sbatchOptions: {} },
  };
}

interface Submitted {
  readonly token: string;
  readonly directory: string;
  readonly jobId: string;
  readonly createdAt: number;
}

/** Places and submits as the wrapper does. */
async function submit(
  site: Site,
  base: string,
  resources: Partial<Resources>,
  execution: readonly string[],
): Promise<Submitted> {
  const token = `t.${randomBytes(6).toString('hex')}.1`;
  const directory = `${base}/${FOLDER}/${token}`;
  const rendered = slurm.render({
    cluster: cluster(site),
    token,
    jobDirectory: directory,
    workingDirectory: `${directory}/work`,
    resources: { durationSeconds: 120, sbatchOptions: {}, ...resources },
    environment: {},
    setup: [],
    execution,
  });
  const createdAt = Date.now();
  const ended = await onLogin(
    site,
    [
      'unset SBATCH_PARTITION SBATCH_JOB_NAME SBATCH_TIMELIMIT SBATCH_EXPORT SBATCH_OUTPUT',
      `mkdir -p ${quote(`${directory}/work`)} ${quote(`${directory}/logs`)} ${quote(`${directory}/.sluice`)}`,
      `printf %s ${quote(rendered.script)} >${quote(`${directory}/.sluice/script`)}`,
      `echo "id $(sbatch --parsable ${rendered.arguments.map(quote).join(' ')} ${quote(`${directory}/.sluice/script`)})"`,
      '',
    ].join('\n'),
  );
  const jobId = /^id (\d+)/m.exec(ended.stdout)?.[1];
  if (jobId === undefined) throw new Error(`not submitted: ${ended.stdout} ${ended.stderr}`);
  return { token, directory, jobId, createdAt };
}

/** Queue, accounting and marks, as the wrapper asks for them; then the verdict. */
async function observe(site: Site, job: Submitted, tasks: number): Promise<JobEvidence> {
  const fields =
    'JobID,JobIDRaw,State,ExitCode,Submit,Start,End,Elapsed,NodeList,NNodes,NCPUS,CPUTime,ReqTRES,AllocTRES,WorkDir,JobName';
  const ended = await onLogin(
    site,
    [
      'unset SQUEUE_FORMAT SQUEUE_STATES SACCT_FORMAT',
      `s=${SEPARATOR}; export SLURM_TIME_FORMAT=%s`,
      'squeue -h --me -t all -o "%i$s%T$s%r$s%V$s%j" | sed "s/^/Q /"',
      `sacct -X -P -n --delimiter="$s" -o ${fields} -j ${job.jobId} 2>&1 | sed "s/^/A /"`,
      `cd ${quote(`${job.directory}/.sluice`)} && for f in owner exit.*; do [ -f "$f" ] && echo "M $f $(cat "$f")"; done`,
      'date "+C %s"',
      '',
    ].join('\n'),
  );
  const of = (mark: string): string[] =>
    ended.stdout.split('\n').flatMap((line) => (line.startsWith(`${mark} `) ? [line.slice(2)] : []));
  const accounting = of('A');
  const off = accounting.some((line) => line.includes('disabled'));
  return slurm.judge(
    {
      token: job.token,
      jobId: job.jobId,
      tasks: tasks > 1 ? allTasks(tasks) : [0],
      createdAt: job.createdAt,
    },
    {
      claim: claimOf(job, of('M')),
      queue: slurm.parseQueue({ exitCode: 0, lines: of('Q'), errors: [] }),
      accounting: slurm.parseAccounting({
        exitCode: off ? 1 : 0,
        lines: accounting,
        errors: off ? accounting : [],
      }),
      clockOffsetSeconds: 0,
    },
  );
}

function claimOf(job: Submitted, marks: readonly string[]): ClaimFacts {
  const words = marks.map((line) => line.split(' '));
  const owner = words.find(([name]) => name === 'owner');
  const mark: OwnerMark = owner
    ? { kind: 'job', jobId: owner[2] ?? '', restart: Number(owner[3]) }
    : { kind: 'none' };
  const exits: ExitMark[] = words.flatMap(([name, code, item, epoch, jobId, restart]) => {
    if (!name?.startsWith('exit.')) return [];
    const numbers = { exitCode: Number(code), item: Number(item), endedAtEpochSeconds: Number(epoch) };
    return [{ ...numbers, task: Number(name.slice(5)), jobId: jobId ?? '', restart: Number(restart) }];
  });
  return {
    ...{ token: job.token, nonce: '', placed: true, steps: { kind: 'none' }, owner: mark, exits },
    after: { kind: 'none' },
    ticket: { kind: 'made', maker: 'dead', ageSeconds: 60 },
  };
}

async function untilEnded(site: Site, job: Submitted, tasks = 1): Promise<JobEvidence> {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    const evidence = await observe(site, job, tasks);
    if (evidence.kind === 'ended' || Date.now() > deadline) return evidence;
    await new Promise((resolve) => setTimeout(resolve, 700));
  }
}

function logOf(site: Site, job: Submitted, name: string): Promise<Ended> {
  return onLogin(site, `cat ${quote(`${job.directory}/logs/${name}`)}\n`);
}

const MAPPINGS: readonly Partial<Resources>[] = [
  {},
  { durationSeconds: 90, arraySize: 3 },
  { processes: 3, threadsPerProcess: 2, memoryPerThreadMiB: 100 },
  { processes: 4, distribution: 'grouped' },
  { processes: 3, distribution: 'scattered' },
  { processes: 5, distribution: 'distributed', nodes: 4 },
  { processes: 8, distribution: 'distributed', nodes: 4 },
  { partition: 'debug' },
  { sbatchOptions: { comment: `it's "a" \\ b # c`, nice: 5, requeue: true } },
];

describe.skipIf(labAbsent())('on real Slurm', () => {
  const SITES: readonly Site[] = ['lemaitre3', 'hercules'];
  const bases = new Map<Site, string>();

  beforeAll(async () => {
    const { clusters } = await lab();
    // compute nodes of lemaitre3 see the scratch alone
    for (const site of SITES)
      bases.set(site, site === 'lemaitre3' ? clusters[site].remoteScratch : clusters[site].remoteHome);
  });
  afterAll(async () => {
    for (const [site, base] of bases) await onLogin(site, `rm -rf ${quote(`${base}/${FOLDER}`)}\n`);
  });

  it.each(MAPPINGS)('sbatch accepts %j', async (resources) => {
    const rendered = slurm.render({
      cluster: cluster('hercules'),
      ...{ token: 't', jobDirectory: '/tmp', workingDirectory: '/tmp' },
      ...{ environment: {}, setup: [], execution: ['true'], resources: { sbatchOptions: {}, ...resources } },
    });
    const command = `sbatch --test-only ${rendered.arguments.map(quote).join(' ')} <<'END_OF_SCRIPT'\n${rendered.script}END_OF_SCRIPT\n`;
    const ended = await onLogin('hercules', command);
    expect(ended.stderr).toMatch(/Job \d+ to start at/);
    expect(ended.code).toBe(0);
  });

  it('5 processes on 4 nodes', { timeout: PATIENCE_MS }, async () => {
    const base = bases.get('hercules') ?? '';
    const job = await submit('hercules', base, { processes: 5, distribution: 'distributed', nodes: 4 }, [
      'srun hostname',
    ]);
    expect((await untilEnded('hercules', job)).verdict?.reason).toBe('Completed');
    const hosts = (await logOf('hercules', job, 'stdout')).stdout.trim().split('\n');
    expect(hosts).toHaveLength(5);
    expect(new Set(hosts).size).toBe(4);
  });

  it('an array, one task of which fails in its second item', { timeout: PATIENCE_MS }, async () => {
    const base = bases.get('lemaitre3') ?? '';
    const items = ['cd /', '[ "$SLURM_ARRAY_TASK_ID" != 2 ] || exit 4; pwd'];
    const job = await submit('lemaitre3', base, { arraySize: 3 }, items);
    const evidence = await untilEnded('lemaitre3', job, 3);
    expect(evidence.taskStates).toEqual(['COMPLETED', 'FAILED', 'COMPLETED']);
    expect(evidence.verdict).toMatchObject({ outcome: 'failed', reason: 'ExecutionFailed' });
    expect(evidence.verdict?.message).toContain('task 2: exit code 4 in item 2 of execution');
    expect((await logOf('lemaitre3', job, 'stdout.3')).stdout).toBe('/\n');
    expect(evidence.jobStatus['JobID']).toEqual([1, 2, 3].map((task) => `${job.jobId}_${task}`));
  });

  it('a directory that the compute nodes do not see', { timeout: PATIENCE_MS }, async () => {
    const { clusters } = await lab();
    bases.set('lemaitre3', clusters.lemaitre3.remoteScratch);
    const job = await submit('lemaitre3', clusters.lemaitre3.remoteHome, {}, ['echo no']);
    const evidence = await untilEnded('lemaitre3', job);
    await onLogin('lemaitre3', `rm -rf ${quote(`${clusters.lemaitre3.remoteHome}/${FOLDER}`)}\n`);
    expect(evidence.verdict?.reason).toBe('WorkDirNotOnNodes');
  });

  it('scancel leaves an exit mark, and is known as such', { timeout: PATIENCE_MS }, async () => {
    const job = await submit('lemaitre3', bases.get('lemaitre3') ?? '', {}, ['true', 'sleep 300']);
    const deadline = Date.now() + PATIENCE_MS / 2;
    while ((await observe('lemaitre3', job, 1)).kind !== 'running' && Date.now() < deadline);
    await onLogin('lemaitre3', `sleep 1; scancel ${job.jobId}\n`);
    expect((await untilEnded('lemaitre3', job)).verdict?.outcome).toBe('cancelled');
    const mark = await onLogin('lemaitre3', `cat ${quote(`${job.directory}/.sluice/exit.0`)}\n`);
    expect(mark.stdout).toMatch(new RegExp(`^143 2 \\d+ ${job.jobId} 0$`, 'm'));
  });

  it.each([
    [{ durationSeconds: 30 * 86_400 }, 'PartitionTimeLimit', { hopeless: true }],
    [{ processes: 9, nodes: 9, distribution: 'distributed' }, 'PartitionNodeLimit', { hopeless: true }],
    [{ processes: 400 }, 'PartitionConfig', { closed: true }],
    [{ partition: 'maint' }, 'PartitionDown', { closed: true }],
    [{ sbatchOptions: { hold: true } }, 'JobHeldUser', { hopeless: false }],
  ] as const)('%j does not start: %s', { timeout: PATIENCE_MS }, async (resources, reason, prospect) => {
    const job = await submit('hercules', bases.get('hercules') ?? '', resources, ['true']);
    const deadline = Date.now() + PATIENCE_MS / 2;
    let evidence = await observe('hercules', job, 1);
    while (evidence.pending?.reason !== reason && Date.now() < deadline)
      evidence = await observe('hercules', job, 1);
    await onLogin('hercules', `scancel ${job.jobId}\n`);
    expect(evidence).toMatchObject({ kind: 'waiting', pending: { reason, ...prospect } });
  });
});
