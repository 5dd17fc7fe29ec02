/**
 * What the prototype did, on real Slurm, by the built command: docs/prototype.md has the statements by their numbers. The
 * jobs run once, before the tests, and as few as will do; the tests look at what came of them.
 */
import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, lstatSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MailServer, textOf } from '../notify/server.js';
import { type Ended, sandbox, type Sandbox, sluice, sluiceOnTerminal, start } from '../e2e/built.js';
import {
  accounting,
  control,
  type Lab,
  lab,
  labAbsent,
  type LabCluster,
  runLab,
  type Site,
  slurm,
  ssh,
  waitIdle,
} from './lab.js';

const FOLDER = `sluice-prototype-${randomBytes(4).toString('hex')}`;
const CERTIFICATE_FILE = join(import.meta.dirname, '../notify/fixtures/localhost.cert.pem');
const MAIL = 'user_mail: jane@example.org\n';

interface Record_ {
  readonly name: string;
  readonly job_uuid: string;
  readonly phase: string;
  readonly reason: string;
  readonly message: string;
  readonly cluster: string | null;
  readonly destination_cluster: Readonly<Record<string, unknown>> | null;
  readonly job_directory: string;
  readonly job_status: Readonly<Record<string, readonly string[]>>;
  readonly state: readonly string[];
  readonly attempts: readonly { readonly token: string; readonly job_id: string }[];
  readonly outputs: readonly { readonly path: string; readonly file: string }[];
}

/** A job that stays pending, so that Slurm can be asked what it was asked for. */
const held = (resources: string): string =>
  `destination_cluster: hercules\nalternates: none\nexecution: srun hostname\n` +
  `resources: {${resources}, sbatch_options: {begin: now+1hour}}\n`;

/** `jobs.d/held`: the resources of the prototype's own sample input, and the other two distributions. */
const HELD = {
  sample: held(
    'nbr_jobs_in_array: 15, duration: 1d2h30m, nbr_processes: 5, nbr_threads_per_process: 2, ' +
      'memory_per_thread: 162M, distribution: distributed, nbr_of_nodes: 4',
  ),
  grouped: held('nbr_processes: 4, distribution: grouped, memory_per_thread: 0.25G'),
  scattered: held('nbr_processes: 3, distribution: scattered'),
};

const PROGRAM = `#include <stdio.h>
#include <stdlib.h>
int main(void) {
  int size = 0;
  FILE *in = fopen("data/size", "r");
  if (in == NULL || fscanf(in, "%d", &size) != 1) return 1;
  printf("%d threads %s %s\\n", size, getenv("OMP_NUM_THREADS"), getenv("MKL_NUM_THREADS"));
  return 0;
}
`;

/** The prototype's own sample, but for names and sizes; the job is a directory. */
const lattice = (key: string, passphrase: string): string => `username: alice
private_key: ${key}
passphrase: ${passphrase}
${MAIL}destination_cluster: lemaitre3
requirements:
  - "chmod +x prepare"
  - "./prepare | tr a-z A-Z >prepared"
job: ../../lattice
compilation:
  - "cd src"
  - "gcc -o ../job job.c"
execution:
  - "cd ."
  - "srun ./job >result.txt"
  - 'echo "by $(id -un), beta is $BETA" >>result.txt; sleep 6'
output:
  - "result.txt"
  - prepared
environment: {BETA: '0.44'}
resources:
  duration: 10m
  nbr_threads_per_process: 2
  memory_per_thread: 100M
kwargs:
  key1: value1
`;

/** One value where the sample has lists; an array whose tasks end differently; a file with its mode. */
const MIXED = `${MAIL}destination_cluster: lemaitre3
job: ../../tool.sh
requirements: echo required >required
compilation: cat required >compiled
execution: ./tool.sh "$SLURM_ARRAY_TASK_ID"
output: 'result.*'
resources: {nbr_jobs_in_array: 3}
`;
const TOOL = '#!/bin/sh\necho "$1 $(cat compiled) $(stat -c %a tool.sh)" >"result.$1"\n[ "$1" != 2 ]\n';

/** `jobs.d/run`. */
const JOBS = {
  mixed: MIXED,
  elsewhere: `${MAIL}destination_cluster: zenobe\nexecution: hostname >where\noutput: where\n`,
  here: 'destination_cluster: here\nexecution: echo here >where\noutput: where\nresources:\n',
  refused: `${MAIL}destination_cluster: hercules\nalternates: none\nexecution: hostname\nresources: {partition: nonsense}\n`,
  needs: `${MAIL}destination_cluster: hercules\nexecution: hostname\nrequirements: ["true", "echo looked; echo no such package >&2; (exit 7)"]\n`,
  compiles: `${MAIL}destination_cluster: hercules\nexecution: hostname\ncompilation: "echo make: no rule >&2; (exit 2)"\n`,
};

describe.skipIf(labAbsent())('on real Slurm, what the prototype did', { timeout: 120_000 }, () => {
  let grid: Lab;
  let at: Sandbox;
  let mail: MailServer;
  let reconciled: Ended;
  let aloneFirst: Ended;
  let wrappersBeside: string;
  const pending = new Map<string, Readonly<Record<string, string>>>();
  const records = new Map<string, Record_>();

  const environment = { NODE_EXTRA_CA_CERTS: CERTIFICATE_FILE };
  const run = (...argv: readonly string[]): Promise<Ended> => start(at, argv, environment).ended;
  const record = (name: string): Record_ => {
    const found = records.get(name);
    if (!found) throw new Error(`there is no record of ${name}`);
    return found;
  };
  const result = (name: string, path: string): string =>
    readFileSync(join(at.directory, 'outputs', name, '1', path), 'utf8');
  const mailsOf = (name: string): MailServer['received'] =>
    mail.received.filter(({ headers }) => headers.get('subject')?.startsWith(`[sluice] ${name}: `));
  const subjectsOf = (name: string): string[] =>
    mailsOf(name).map(({ headers }) => headers.get('subject') ?? '');

  async function readRecords(): Promise<void> {
    const { items } = JSON.parse((await run('get', '-o', 'json')).stdout) as { items: readonly Record_[] };
    for (const item of items) records.set(item.name, item);
  }

  function entry(site: LabCluster, more: string): string {
    const keys = site.logins.map(({ hostKey }) => JSON.stringify(hostKey)).join(', ');
    const jobs = site.preferredJobs.join(', ');
    return (
      `  ${site.name}: {hostname: ${site.hostname}, port: ${site.port}, username: ${grid.user}, preferred_jobs: [${jobs}], ` +
      `host_key: [${keys}], partition: batch, poll_interval: 1s, claims_dir: ~/${FOLDER}, ${more}}\n`
    );
  }

  /** Two clusters of the first one's kind that nobody can reach stand before the one that is there. */
  function clustersYaml(): string {
    const { hercules, lemaitre3 } = grid.clusters;
    const gone = `hostname: 127.0.0.1, port: 9, preferred_jobs: [mpi], username: alice, private_key: ${grid.key}`;
    return (
      `clusters:\n  zenobe: {${gone}, partition: elsewhere}\n  vega: {${gone}}\n` +
      entry(hercules, `private_key: ${grid.key}, work_dir: ~/${FOLDER}/work`) +
      entry(lemaitre3, `private_key: ${grid.encryptedKey}, work_dir: $GLOBALSCRATCH/${FOLDER}/work`) +
      '  here: {transport: local, workload_manager: direct, preferred_jobs: [serial]}\n'
    );
  }

  function settings(more = ''): string {
    const smtp = `smtp: {host: localhost, port: ${mail.port}, from: sluice@example.org}\n`;
    return `installation: ${FOLDER}\nstate: memory/of/all\noutputs: outputs\n${smtp}${more}`;
  }

  /** Every file on the clusters that is ours, in the state, among the results, and in the mails. */
  function everythingKept(): readonly string[] {
    const folders = Object.values(grid.clusters).flatMap(({ home, scratch }) =>
      [join(home, FOLDER), join(scratch, FOLDER)].filter((folder) => existsSync(folder)),
    );
    const kept = [...folders, join(at.directory, 'memory'), join(at.directory, 'outputs')].flatMap((folder) =>
      readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((path) => join(folder, path)),
    );
    const texts = kept.filter((path) => lstatSync(path).isFile()).map((path) => readFileSync(path, 'latin1'));
    return [...texts, ...mail.received.map(({ raw }) => raw)];
  }

  /** Asks Slurm until there is an answer. */
  async function answerOf<T>(what: string, ask: () => Promise<T | undefined>): Promise<T> {
    const deadline = Date.now() + 60_000;
    for (;;) {
      const answer = await ask();
      if (answer !== undefined) return answer;
      if (Date.now() > deadline) throw new Error(`Slurm never showed ${what}`);
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }

  /** @returns the id of the job */
  function untilQueued(site: Site, name: string, state: string): Promise<string> {
    return answerOf(`${name} ${state}`, async () => {
      const lines = (await slurm(site, 'squeue', ['-a', '-h', '-o', '%j %T %A'])).split('\n');
      const found = lines.find((line) => line.startsWith(`${name}.`) && line.includes(` ${state} `));
      return found?.split(' ')[2];
    });
  }

  function untilAccounted(name: string, state: string): Promise<unknown> {
    return answerOf(`${name} ${state}`, async () => {
      const rows = await accounting('lemaitre3', ['JobName', 'State']);
      return rows.find(([token, told]) => token?.startsWith(`${name}.`) && told?.startsWith(state));
    });
  }

  beforeAll(async () => {
    grid = await lab();
    mail = await new MailServer().start();
    at = sandbox();
    const files = (folder: string, jobs: Readonly<Record<string, string>>): Record<string, string> =>
      Object.fromEntries(Object.entries(jobs).map(([name, text]) => [`jobs.d/${folder}/${name}.yaml`, text]));
    at.write({
      'clusters.yaml': clustersYaml(),
      'sluice.yaml': settings(),
      ...files('held', HELD),
      ...files('run', { ...JOBS, lattice: lattice(grid.encryptedKey, grid.passphrase) }),
      'jobs.d/alone/alone.yaml': `destination_cluster: hercules\nexecution: sleep 5; echo 42 >answer\noutput: answer\n`,
      'jobs.d/stopped/stopped.yaml': `${MAIL}destination_cluster: lemaitre3\nexecution: sleep 600\n`,
      'lattice/src/job.c': PROGRAM,
      'lattice/data/size': '32\n',
      'lattice/prepare': '#!/bin/sh\necho ready\n',
      'tool.sh': TOOL,
    });
    chmodSync(join(at.directory, 'tool.sh'), 0o750);
    await run('reconcile', '--once', 'jobs.d/held', 'jobs.d/stopped');
    for (const name of Object.keys(HELD)) {
      const id = await untilQueued('hercules', name, 'PENDING');
      const words = (await slurm('hercules', 'scontrol', ['show', 'job', id])).split(/\s+/);
      pending.set(
        name,
        Object.fromEntries(words.map((word) => word.split(/=(.*)/s).slice(0, 2) as [string, string])),
      );
    }
    aloneFirst = await run('reconcile', '--once', '-o', 'json', 'jobs.d/alone');
    await untilQueued('hercules', 'alone', 'RUNNING');
    wrappersBeside = (await ssh('hercules', `ps -u alice -o args= | grep '[w]rapper/' || echo none`)).stdout;
    await ssh('lemaitre3', `scancel ${await untilQueued('lemaitre3', 'stopped', 'RUNNING')}`);
    await untilAccounted('stopped', 'CANCELLED by ');
    const paths = ['jobs.d/run', 'jobs.d/stopped'];
    reconciled = await run('reconcile', '--once', '--wait', '--timeout', '150s', ...paths);
    await run('reconcile', '--once', 'jobs.d/held');
    await readRecords();
  }, 240_000);

  afterAll(async () => {
    await run('cancel', ...Object.keys(HELD));
    await Promise.all((['lemaitre3', 'hercules'] as const).map((site) => waitIdle(site)));
    for (const site of ['lemaitre3', 'hercules'] as const)
      await ssh(site, `rm -rf ~/${FOLDER} ~/.${FOLDER} /scratch/alice/${FOLDER}`);
    at.remove();
    await mail.stop();
  });

  it('each run has come to its own end, and the exit code tells (statement 5)', async () => {
    expect(
      Object.fromEntries([...records].map(([name, { phase, reason }]) => [name, `${phase} ${reason}`])),
    ).toEqual({
      ...Object.fromEntries(Object.keys(HELD).map((name) => [name, 'Queued WaitingInQueue'])),
      alone: expect.stringMatching(/^(Queued|Running) /),
      lattice: 'Succeeded Done',
      mixed: 'Failed ExecutionFailed',
      stopped: 'Cancelled CancelledOutside',
      elsewhere: 'Succeeded Done',
      here: 'Succeeded Done',
      refused: 'Failed Refused',
      needs: 'Failed StepFailed',
      compiles: 'Failed StepFailed',
    });
    expect(reconciled.code, reconciled.stderr).toBe(4);
    expect(await sluice(at, 'submit')).toMatchObject({ code: 64 });
  });

  it('a file is submitted, and its UUID printed (statement 2)', () => {
    const { items } = JSON.parse(aloneFirst.stdout) as { items: readonly Record_[] };
    expect(items).toMatchObject([{ name: 'alone', job_uuid: record('alone').job_uuid, cluster: 'hercules' }]);
    expect(items[0]?.job_uuid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-/);
  });

  it('the sample runs as a person wrote it: login, key and passphrase, lists of commands (statements 6, 7, 11, 16, 17, 18)', () => {
    expect(result('lattice', 'result.txt')).toBe('32 threads 2 2\nby alice, beta is 0.44\n');
    expect(result('lattice', 'prepared')).toBe('READY\n');
    expect(record('lattice').outputs.map(({ path }) => path)).toEqual(
      expect.arrayContaining(['result.txt', 'prepared', 'logs/requirements', 'logs/compilation']),
    );
    expect(textOf(mailsOf('lattice')[0]!)).toMatch(/^Hello alice,\n/);
  });

  it('neither key nor passphrase is stored, sent or mailed (statements 7, 8)', () => {
    const kept = everythingKept();
    expect(kept.some((text) => text.includes('lattice'))).toBe(true);
    const [, secret = ''] = readFileSync(grid.encryptedKey, 'utf8').split('\n');
    for (const word of [grid.passphrase, grid.encryptedKey, secret])
      expect(kept.filter((text) => text.includes(word))).toEqual([]);
  });

  it('all mail goes to the owner: the first state, each change and the end (statements 9, 62)', () => {
    expect(new Set(mail.received.flatMap(({ to }) => to))).toEqual(new Set(['jane@example.org']));
    const subjects = subjectsOf('lattice');
    expect(subjects[0]).toMatch(/^\[sluice\] lattice: (Preparing|Queued) on lemaitre3$/);
    expect(subjects).toContain('[sluice] lattice: Running on lemaitre3');
    expect(subjects.at(-1)).toBe('[sluice] lattice: Succeeded on lemaitre3');
    expect(new Set(subjects).size).toBe(subjects.length);
    const { job_uuid: uuid } = record('lattice');
    expect(textOf(mailsOf('lattice').at(-1)!)).toContain(`state:   COMPLETED\nuuid:    ${uuid}\n`);
    // One change of an array is one mail.
    expect(subjectsOf('mixed').filter((subject) => subject.includes('Failed'))).toHaveLength(1);
  });

  it('a destination is a name, and an unknown one is an error (statement 10)', async () => {
    expect(record('lattice').cluster).toBe('lemaitre3');
    const elsewhere = sandbox({
      'clusters.yaml': clustersYaml(),
      'jobs.d/a.yaml': 'destination_cluster: lemaitre\nexecution: a\n',
    });
    const { code, stderr, stdout } = await sluice(elsewhere, 'validate');
    elsewhere.remove();
    expect(stdout + stderr).toContain('"lemaitre"');
    expect(stdout + stderr).toContain('did you mean "lemaitre3"?');
    expect(code).toBe(3);
  });

  it('a file is sent with its mode, and one command or path stands for a list of one (statements 11, 12, 16, 17, 18)', () => {
    expect(result('mixed', 'result.1')).toBe('1 required 750\n');
    expect(result('mixed', 'result.3')).toBe('3 required 750\n');
  });

  it('a directory is sent whole, and is the working directory (statement 13)', () => {
    expect(result('lattice', 'result.txt')).toMatch(/^32 /);
  });

  it('resources may be absent or empty (statement 19)', () => {
    expect(record('elsewhere').state).toEqual(['COMPLETED']);
    expect(record('here').state).toEqual(['COMPLETED']);
  });

  it('the sample’s resources are what Slurm was asked for (statements 23, 24, 25, 26, 27, 30, 31)', () => {
    const asked = pending.get('sample');
    expect(asked).toMatchObject({
      TimeLimit: '1-02:30:00',
      ArrayTaskId: '1-15',
      NumTasks: '5',
      'CPUs/Task': '2',
      MinMemoryCPU: '162M',
      NumNodes: expect.stringMatching(/^4(-4)?$/),
      Partition: 'batch',
    });
    const { job_uuid: uuid, attempts } = record('sample');
    expect(asked?.['JobName']).toBe(`sample.${uuid}.1`);
    expect(attempts[0]?.token).toBe(asked?.['JobName']);
  });

  it('threads are told to OpenMP and MKL (statement 26)', () => {
    expect(result('lattice', 'result.txt')).toContain('threads 2 2');
  });

  it('grouped is one node, fractions of memory are taken as they are (statements 27, 28)', () => {
    expect(pending.get('grouped')).toMatchObject({
      NumNodes: expect.stringMatching(/^1(-1)?$/),
      NumTasks: '4',
      MinMemoryCPU: '256M',
    });
  });

  it('scattered is a task a node (statement 29)', () => {
    expect(pending.get('scattered')).toMatchObject({
      NumTasks: '3',
      'NtasksPerN:B:S:C': expect.stringMatching(/^1:/),
    });
  });

  it('an unreachable target leads to those of its kind, in order, and the reasons are shown (statements 32, 33, 34)', async () => {
    const { stdout } = await run('describe', 'elsewhere');
    const gone = String.raw`alice@127\.0\.0\.1:9 cannot be reached: nothing listens there \(connection refused\)`;
    const choice = `goes to lemaitre3 \\(zenobe: ${gone}; vega: ${gone}; lemaitre3: next that can take it\\)`;
    expect(stdout).toMatch(new RegExp(choice));
    expect(stdout).not.toContain('hercules:');
  });

  it('what was chosen is recorded, used, and fetched from, with its own partition (statement 35)', () => {
    const { cluster, destination_cluster: entry, job_status: status } = record('elsewhere');
    expect(cluster).toBe('lemaitre3');
    expect(entry).toMatchObject({
      name: 'lemaitre3',
      partition: 'batch',
      port: grid.clusters.lemaitre3.port,
    });
    expect(result('elsewhere', 'where')).toMatch(/^lemaitre3-w00\d\n$/);
    expect(status['State']).toEqual(['COMPLETED']);
  });

  it('a job is followed to its end without the client, and no process of ours waits for it there (statement 37)', async () => {
    expect(wrappersBeside).toBe('none\n');
    await waitIdle('hercules', 'alone.');
    expect((await run('reconcile', '--once', 'jobs.d/alone')).code).toBe(0);
    await readRecords();
    expect(record('alone')).toMatchObject({ phase: 'Succeeded', state: ['COMPLETED'] });
    expect(result('alone', 'answer')).toBe('42\n');
  });

  it('what accounting calls CANCELLED by somebody counts as cancelled (statement 38)', () => {
    const { state, message } = record('stopped');
    expect(state).toEqual(['CANCELLED']);
    // By whom, accounting tells, where it answers in time.
    expect(message).toMatch(/^cancelled( by user \d+)?$/);
    expect(subjectsOf('stopped').at(-1)).toBe('[sluice] stopped: Cancelled on lemaitre3 (CancelledOutside)');
  });

  it('an array has one state a task, and is done when all are (statements 24, 39)', () => {
    const { state, job_status: status, attempts } = record('mixed');
    expect(state).toEqual(['COMPLETED', 'FAILED', 'COMPLETED']);
    expect(status['State']).toEqual(['COMPLETED', 'FAILED', 'COMPLETED']);
    expect(status['JobID']).toEqual([1, 2, 3].map((task) => `${attempts[0]?.job_id ?? '?'}_${task}`));
  });

  it('each cluster has its workload manager (statement 40)', () => {
    expect(record('lattice').destination_cluster).toMatchObject({ workload_manager: 'slurm' });
    expect(record('here').destination_cluster).toMatchObject({ workload_manager: 'direct' });
    expect(result('here', 'where')).toBe('here\n');
  });

  it('a refusal by sbatch is mailed in its words (statements 66, 73)', () => {
    expect(subjectsOf('refused').at(-1)).toMatch(/^\[sluice\] refused: Failed/);
    const texts = mailsOf('refused').map(textOf).join('\n');
    expect(texts).toContain(
      'hercules: refused it: sbatch: invalid partition specified: nonsense; Invalid partition name specified',
    );
  });

  it.each([
    [
      'needs',
      'requirements "echo looked; echo no such package >&2; (exit 7)" ended with exit code 7 on hercules:\n    looked\n    no such package\n',
    ],
    [
      'compiles',
      'compilation "echo make: no rule >&2; (exit 2)" ended with exit code 2 on hercules:\n    make: no rule\n',
    ],
  ])(
    '%s: a step that fails is mailed with its command, output and error (statements 69, 70, 73)',
    (name, words) => {
      expect(subjectsOf(name).at(-1)).toBe(`[sluice] ${name}: Failed on hercules (StepFailed)`);
      expect(textOf(mailsOf(name).at(-1)!)).toContain(words);
    },
  );

  it('an execution that fails is mailed with its command and its tasks (statement 73)', () => {
    const text = textOf(mailsOf('mixed').at(-1)!);
    expect(text).toContain('task 2: exit code 1 in item 1 of execution');
    expect(text).toContain('command: ./tool.sh "$SLURM_ARRAY_TASK_ID"\n');
    expect(text).toContain('state:   2 COMPLETED, 1 FAILED\n');
  });

  it('an unfinished job shows its states, and nothing is fetched (statement 74)', async () => {
    const shown = await run('retrieve', 'sample');
    expect(shown).toMatchObject({ code: 1, stdout: '' });
    expect(shown.stderr).toMatch(
      /sample has not ended, so nothing was fetched: Queued \(WaitingInQueue\); states: 15 PENDING; /,
    );
    expect(existsSync(join(at.directory, 'outputs/sample'))).toBe(false);
  });

  describe('on another machine, without state and manifests', () => {
    let other: Sandbox;
    beforeAll(() => {
      other = sandbox({ 'clusters.yaml': clustersYaml(), 'sluice.yaml': `installation: ${FOLDER}\n` });
    });
    afterAll(() => {
      other.remove();
    });
    const retrieve = (...argv: readonly string[]) =>
      sluiceOnTerminal(other, [`${grid.passphrase}\r`], ['retrieve', ...argv]);

    it('results come by name, every one of them, once the passphrase was asked for (statements 4, 75, 76)', async () => {
      const { code, screen } = await retrieve('lattice');
      expect(screen.match(/Passphrase for/g)).toHaveLength(1);
      expect(code, screen).toBe(0);
      for (const { path } of record('lattice').outputs)
        expect(readFileSync(join(other.directory, 'outputs/lattice/1', path))).toEqual(
          readFileSync(join(at.directory, 'outputs/lattice/1', path)),
        );
      expect(other.tree().filter((path) => path.startsWith('.sluice'))).toEqual([]);
    });

    it('results come by UUID, to another place, of a job that failed as far as they exist (statements 4, 76)', async () => {
      const { code, screen } = await retrieve(record('mixed').job_uuid, '--to', 'there');
      expect(code, screen).toBe(0);
      expect(readFileSync(join(other.directory, 'there/result.3'), 'utf8')).toBe('3 required 750\n');
    });

    it('an unfinished job shows its states there too (statement 74)', async () => {
      const { code, screen } = await retrieve('sample');
      expect(screen).toMatch(
        /sample has not ended, so nothing was fetched: Queued \(WaitingInQueue\); states: 15 PENDING; /,
      );
      expect(code).toBe(1);
    });

    it('a job that nobody knows is told with the clusters that could not be asked (statement 4)', async () => {
      const { code, screen } = await retrieve('latice');
      expect(screen).toMatch(
        /sluice: there is no job "latice" in this state, and of the clusters that may know it, 2 could not be asked: zenobe: .*; vega: /,
      );
      expect(code).toBe(1);
    });
  });

  it('accounting is asked by id, and tells a job of some days ago', async () => {
    const id = record('elsewhere').attempts[0]?.job_id ?? '';
    const states = async (...how: readonly string[]): Promise<string> =>
      (await ssh('lemaitre3', ['sacct -X -n -P -o JobID,State', ...how].join(' '))).stdout;
    expect(await states(`-j ${id}`)).toBe(`${id}|COMPLETED\n`);
    const earlier = ['time_submit', 'time_eligible', 'time_start', 'time_end']
      .map((column) => `${column} = ${column} - 3 * 86400`)
      .join(', ');
    const sql = `UPDATE slurm_acct.lemaitre3_job_table SET ${earlier} WHERE id_job = ${id}`;
    const database = ['mariadb', '--no-defaults', `--socket=${grid.lab}/mysql/socket`, '-e', sql];
    expect(await runLab(['exec', 'lemaitre3', ...database])).toMatchObject({ code: 0 });
    // What the prototype would have seen, and what is asked here.
    expect(await states()).not.toContain(`${id}|`);
    expect(await states(`-j ${id}`)).toBe(`${id}|COMPLETED\n`);
  });

  it('a controller that does not answer is mailed, and the job goes to its end (statement 65)', async () => {
    at.write({
      'jobs.d/dark/dark.yaml': `${MAIL}destination_cluster: hercules\nexecution: sleep 5; echo 42 >answer\noutput: answer\n`,
    });
    await run('reconcile', '--once', 'jobs.d/dark');
    await untilQueued('hercules', 'dark', 'RUNNING');
    await control('stop', 'hercules', 'slurmctld');
    try {
      await run('reconcile', '--once', 'jobs.d/dark');
    } finally {
      await control('start', 'hercules', 'slurmctld');
    }
    expect(subjectsOf('dark').at(-1)).toMatch(/\(ControllerUnavailable\)$/);
    expect(textOf(mailsOf('dark').at(-1)!)).toContain(
      'the workload manager does not answer, so the state of the job is not known',
    );
    await run('reconcile', '--once', '--wait', '--timeout', '60s', 'jobs.d/dark');
    expect(subjectsOf('dark').at(-1)).toBe('[sluice] dark: Succeeded on hercules');
  });

  it('job directories go after their time; the final record and the logs stay (statement 41)', async () => {
    const there = (name: string): string => {
      const { scratch, remoteScratch } = grid.clusters.lemaitre3;
      return record(name).job_directory.replace(remoteScratch, scratch);
    };
    expect(statSync(there('lattice')).isDirectory()).toBe(true);
    at.write({ 'sluice.yaml': settings('retention: {succeeded: 1s, otherwise: 1s}\n') });
    await run('reconcile', '--once');
    for (const name of ['lattice', 'mixed', 'elsewhere']) expect(existsSync(there(name))).toBe(false);
    const ledger = join(grid.clusters.lemaitre3.home, FOLDER, FOLDER, 'ledger');
    const lines = readdirSync(ledger).map((file) => readFileSync(join(ledger, file), 'utf8'));
    for (const name of ['lattice', 'mixed', 'elsewhere', 'stopped'])
      expect(lines.join('')).toContain(`"uuid":"${record(name).job_uuid}"`);
    expect(result('lattice', 'logs/stderr')).toBeDefined();
    await readRecords();
    expect(record('lattice')).toMatchObject({ phase: 'Succeeded', state: ['COMPLETED'] });
  });
});
