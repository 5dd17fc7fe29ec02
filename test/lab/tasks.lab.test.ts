/** Single tasks of an array on real Slurm, with and without accounting: only those that failed run again. */
import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Ended, sandbox, type Sandbox, sluice } from '../e2e/built.js';
import { inventory, labAbsent, ssh, truth } from './lab.js';

const FOLDER = `sluice-tasks-${randomBytes(4).toString('hex')}`;
/** The even ones fail at first: what they leave beside the attempts' directories is what they know it by. */
const EVEN_FAIL = (mark: string): string => `i=$SLURM_ARRAY_TASK_ID
mark=../../${FOLDER}-${mark}.$i
echo "task $i of $SLURM_ARRAY_TASK_COUNT"
if [ $((i % 2)) = 0 ] && [ ! -e "$mark" ]; then touch "$mark"; exit 75; fi
echo "$SLURM_JOB_NAME" >"out.$i"`;

const manifest = (site: string, more: string): string =>
  `destination_cluster: ${site}\nalternates: none\nexecution: ${JSON.stringify(EVEN_FAIL(site))}\n` +
  `resources: {nbr_jobs_in_array: 4, duration: 5m}\noutput: ['out.*']\n${more}`;

const JOBS = {
  // With accounting, and without.
  'arrays-lemaitre3': manifest('lemaitre3', "retry: {attempts: 2, on: ['exit:75']}\n"),
  'arrays-hercules': manifest('hercules', 'retry: {attempts: 1}\n'),
  'arrays-nic5': manifest('nic5', ''),
};
const SITES = ['lemaitre3', 'hercules', 'nic5'] as const;

interface Record_ {
  readonly name: string;
  readonly phase: string;
  readonly generation: number;
  readonly state: readonly string[];
  readonly job_status: Readonly<Record<string, readonly string[]>>;
  readonly attempts: readonly {
    readonly token: string;
    readonly job_id: string;
    readonly tasks: readonly number[] | null;
  }[];
}

describe.skipIf(labAbsent())('single tasks of an array on real Slurm', { timeout: 120_000 }, () => {
  let at: Sandbox;
  let reconciled: Ended;

  const record = async (name: string): Promise<Record_> => {
    const { items } = JSON.parse((await sluice(at, 'get', name, '-o', 'json')).stdout) as {
      readonly items: readonly Record_[];
    };
    const [found] = items;
    if (!found) throw new Error(`there is no record of ${name}`);
    return found;
  };
  const outs = (name: string): string[] => {
    const folder = join(at.directory, 'outputs', name, '1');
    const names = readdirSync(folder).filter((each) => each.startsWith('out.'));
    return names.sort().map((each) => readFileSync(join(folder, each), 'utf8').trim());
  };
  /** Tasks as the controller saw them: index and state, by attempt. */
  const seen = async (site: (typeof SITES)[number], token: string): Promise<string[]> => {
    const jobs = await truth(site, token);
    return jobs.map(({ id, state }) => `${id.split('_')[1] ?? ''} ${state}`).sort();
  };

  beforeAll(async () => {
    at = sandbox({
      'clusters.yaml': await inventory(),
      'sluice.yaml': `installation: ${FOLDER}\n`,
      ...Object.fromEntries(Object.entries(JOBS).map(([name, text]) => [`jobs.d/${name}.yaml`, text])),
    });
    reconciled = await sluice(at, 'reconcile', '--once', '--wait', '--timeout', '200s');
  }, 260_000);

  afterAll(async () => {
    for (const site of SITES) await ssh(site, `rm -rf ~/.sluice/${FOLDER} ~/.sluice/work/${FOLDER}-*`);
    at.remove();
  });

  it.each(['lemaitre3', 'hercules'] as const)(
    'on %s only those that failed are tried again',
    async (site) => {
      expect(reconciled.code, reconciled.stderr).toBe(4); // the third job has no retry
      const name = `arrays-${site}`;
      const { phase, state, job_status: status, attempts } = await record(name);
      expect(phase, reconciled.stderr).toBe('Succeeded');
      expect(state).toEqual(Array(4).fill('COMPLETED'));
      const [first, second] = attempts;
      expect(attempts.map(({ tasks }) => tasks)).toEqual([null, [2, 4]]);
      expect(status['JobID']).toEqual([
        ...[`${first?.job_id ?? ''}_1`, `${second?.job_id ?? ''}_2`],
        ...[`${first?.job_id ?? ''}_3`, `${second?.job_id ?? ''}_4`],
      ]);
      expect(await seen(site, first?.token ?? '?')).toEqual([
        '1 COMPLETED',
        '2 FAILED',
        '3 COMPLETED',
        '4 FAILED',
      ]);
      expect(await seen(site, second?.token ?? '?')).toEqual(['2 COMPLETED', '4 COMPLETED']);
      expect(outs(name)).toEqual([first, second, first, second].map((attempt) => attempt?.token));
      // In each try a task is told of the whole array.
      expect((await sluice(at, 'logs', name, '--task', '4')).stdout).toBe('task 4 of 4\n');
    },
  );

  it('a person may have them run again', async () => {
    const name = 'arrays-nic5';
    const [before] = (await record(name)).attempts;
    const said = await sluice(at, 'rerun', name, '--failed-tasks', '--reason', 'mended');
    expect(said.stdout).toMatch(/^arrays-nic5: tasks 2,4 run again as generation 1: /);
    const ended = await sluice(at, 'reconcile', '--once', '--wait', '--timeout', '100s');
    expect(ended.code, ended.stderr).toBe(0);
    const { phase, generation, state, attempts } = await record(name);
    expect({ phase, generation, state }).toEqual({
      ...{ phase: 'Succeeded', generation: 1, state: Array(4).fill('COMPLETED') as string[] },
    });
    expect(await seen('nic5', attempts[0]?.token ?? '?')).toEqual(['2 COMPLETED', '4 COMPLETED']);
    const tokens = [before, attempts[0], before, attempts[0]].map((attempt) => attempt?.token);
    expect(outs(name)).toEqual(tokens);
  });
});
