/** The lab is what it says it is: each site's peculiarity, on the real thing. Disturbs nobody: see `selfcheck`. */
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  accounting,
  inventory,
  lab,
  labAbsent,
  runLab,
  slurm,
  ssh,
  truth,
  waitIdle,
  type Ended,
  type Site,
} from './lab.js';

const SITES: readonly Site[] = ['lemaitre3', 'hercules', 'nic5'];
const CLEAN =
  'env -u SBATCH_PARTITION -u SBATCH_JOB_NAME -u SBATCH_TIMELIMIT -u SBATCH_EXPORT -u SBATCH_OUTPUT';

/** Submits `body` as the user over SSH under a fresh name, to run and write in scratch; gives that name. */
async function submit(site: Site, body: string, options = ''): Promise<{ name: string; sbatch: Ended }> {
  const name = `selfcheck-${randomUUID()}`;
  const where = `-D /scratch/alice -o /scratch/alice/${name}.out`;
  const command = `sh -c '${CLEAN} sbatch --parsable -J ${name} ${where} ${options} /dev/stdin'`;
  return { name, sbatch: await ssh(site, command, `#!/bin/sh\n${body}\n`) };
}

async function outcome(
  site: Site,
  body: string,
  options = '',
): Promise<{ state: string; out: string; exit: string }> {
  const { name, sbatch } = await submit(site, body, options);
  expect(sbatch.code, sbatch.stderr).toBe(0);
  await waitIdle(site, name);
  const jobs = await truth(site, name);
  expect(jobs).toHaveLength(1);
  const out = (await ssh(site, `cat /scratch/alice/${name}.out`)).stdout;
  return { state: jobs[0]?.state ?? '', out, exit: jobs[0]?.exitCode ?? '' };
}

/** Lists the home by SFTP. */
async function sftp(site: Site): Promise<Ended> {
  const { clusters, key, knownHosts, user } = await lab();
  const { hostname, port } = clusters[site];
  const options = `-q -F none -i ${key} -o UserKnownHostsFile=${knownHosts} -P ${String(port)} -b -`;
  return runLab(['exec', site, 'sftp', ...options.split(' '), `${user}@${hostname}`], 'ls\n');
}

/** Asks with `query` until `done` is content with the answer. */
async function eventually<T>(query: () => Promise<T>, done: (answer: T) => boolean): Promise<T> {
  const deadline = Date.now() + 20_000;
  for (;;) {
    const answer = await query();
    if (done(answer) || Date.now() > deadline) return answer;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

describe.skipIf(labAbsent())('the lab', { timeout: 60_000, concurrent: true }, () => {
  it.each(SITES)('%s runs a job', async (site) => {
    const job = await outcome(site, 'hostname; exit 3');
    expect(job).toMatchObject({ state: 'FAILED', exit: '3:0' });
    expect(job.out).toContain(`${site}-w00`);
  });

  it.each(SITES)('%s has its partitions, one of them down', async (site) => {
    const { partitions } = (await lab()).clusters[site];
    const seen = await slurm(site, 'sinfo', ['-h', '-o', '%R %a']);
    expect(partitions.every((partition) => seen.includes(`${partition} `))).toBe(true);
    expect(seen).toMatch(/^maint +down$/m);
  });

  it('has a working inventory', async () => {
    const { clusters, key } = await lab();
    const text = await inventory();
    for (const site of SITES)
      for (const login of clusters[site].logins) expect(text).toContain(login.hostKey);
    expect(text).toContain(`private_key: ${key}`);
  });

  it('lemaitre3 has two login hosts behind one name, with one home', async () => {
    const { clusters, key, knownHosts, user } = await lab();
    const { logins, port } = clusters.lemaitre3;
    const file = `/home/${user}/.selfcheck-${randomUUID()}`;
    const seen: string[] = [];
    for (const { address } of logins) {
      const options = `-F none -i ${key} -o BatchMode=yes -o UserKnownHostsFile=${knownHosts} -p ${String(port)}`;
      const hop = await slurm('lemaitre3', 'sh', [
        '-c',
        `ssh ${options} ${user}@${address} 'hostname >>${file}; cat ${file}'`,
      ]);
      seen.push(hop.trim());
    }
    await ssh('lemaitre3', `rm -f ${file}`);
    expect(seen).toEqual(['lm3-login1', 'lm3-login1\nlm3-login2']);
  });

  it('lemaitre3: compute nodes see scratch but no home', async () => {
    expect((await ssh('lemaitre3', 'test -d $HOME/.ssh && echo $GLOBALSCRATCH')).stdout).toBe(
      '/scratch/alice\n',
    );
    const job = await outcome('lemaitre3', 'echo home $HOME; ls -A /home; touch $HOME/x || echo no home');
    expect(job.out).toMatch(/^home \/home\/alice\n(.*No such file.*\n)?no home\n$/);
  });

  it('lemaitre3: a job whose output lies in the home fails, and one whose directory does runs in /tmp', async () => {
    expect(await outcome('lemaitre3', 'exit 0', '-o /home/alice/never.out')).toMatchObject({
      state: 'FAILED',
      exit: '0:53',
    });
    const astray = await outcome('lemaitre3', 'pwd', '-D /home/alice');
    expect(astray).toMatchObject({ state: 'COMPLETED', exit: '0:0' });
    expect(astray.out).toMatch(/going to \/tmp instead\n(.*\n)*\/tmp\n$/);
  });

  it('lemaitre3 and nic5 account for jobs; comments reach sacct on the first only', async () => {
    for (const [site, comment] of [
      ['lemaitre3', 'why'],
      ['nic5', ''],
    ] as const) {
      const { name } = await submit(site, 'exit 0', '--comment why');
      const row = await eventually(
        async () =>
          (await accounting(site, ['JobName', 'State', 'Comment'])).find((cells) => cells[0] === name),
        (cells) => cells?.[1] === 'COMPLETED',
      );
      expect(row).toEqual([name, 'COMPLETED', comment]);
    }
  });

  it('hercules has no accounting, and its controller soon forgets', async () => {
    const sacct = await ssh('hercules', 'sacct');
    expect(sacct).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('accounting storage is disabled') as string,
    });
    const id = (await submit('hercules', 'exit 0')).sbatch.stdout.trim();
    const asked = await eventually(
      () => ssh('hercules', `squeue -h -t all -j ${id}`),
      ({ code }) => code !== 0,
    );
    expect(asked.stderr).toContain('Invalid job id specified');
  });

  it('nic5 has tcsh, which talks on both streams and breaks external SFTP', async () => {
    const { stdout, stderr } = await ssh('nic5', 'echo $shell');
    expect(stdout).toMatch(/maintenance on Tuesday(.*\n)*Loading modules.*\n\/bin\/tcsh\n$/);
    expect(stderr).toMatch(/quota: \/home 93% used\n(.*\n)*tput/);
    expect((await ssh('nic5', 'bash -lc true')).stdout.match(/maintenance/g)).toHaveLength(2);
    expect((await sftp('nic5')).stderr).toContain('Received message too long');
    expect((await sftp('hercules')).code).toBe(0);
  });

  it('nic5 sets SBATCH_* and refuses what can never run', async () => {
    const bare = await ssh('nic5', 'sbatch --wrap true');
    expect(bare).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('invalid partition specified: nonsense') as string,
    });
    const long = await submit('nic5', 'exit 0', '-p debug -t 1:00:00');
    expect(long.sbatch.code).toBe(1);
    expect(long.sbatch.stderr).toContain('Requested time limit is invalid');
  });

  it('keeps the sites apart: each has a home of its own', async () => {
    const { clusters } = await lab();
    const file = `.selfcheck-${randomUUID()}`;
    await ssh('hercules', `touch ${file}`);
    expect(SITES.filter((site) => existsSync(`${clusters[site].home}/${file}`))).toEqual(['hercules']);
    await ssh('hercules', `rm ${file}`);
  });
});
