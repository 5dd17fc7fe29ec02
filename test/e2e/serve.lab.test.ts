/** The daemon on real Slurm: a saved file is submitted, its log is followed, its results are here. */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { TestRepository } from '../git/repository.js';
import { inventory, labAbsent, reset, slurm } from '../lab/lab.js';
import { sandbox, until, type Sandbox } from './built.js';
import { type Daemon, serve, stop } from './daemon.js';

const SITE = 'lemaitre3';
const RUN = randomBytes(4).toString('hex');

interface Shown {
  readonly phase: string;
  readonly state: readonly string[];
  readonly commit: string | null;
  readonly author: string | null;
  readonly attempts: readonly { readonly job_id: string | null }[];
}

describe.skipIf(labAbsent())('sluice serve on Slurm', { timeout: 120_000 }, () => {
  let at: Sandbox;
  let daemon: Daemon;
  const repository = new TestRepository();
  beforeAll(async () => {
    await reset(SITE);
    const all = parse(await inventory()) as { clusters: Record<string, object> };
    const own = { claims_dir: `~/.serve-${RUN}`, work_dir: `$GLOBALSCRATCH/serve-${RUN}` };
    at = sandbox({
      'sluice.yaml': stringify({
        installation: `serve-${RUN}`,
        sources: [{ directory: 'jobs.d' }, { git: repository.url, interval: '1s' }],
      }),
      'clusters.yaml': stringify({ clusters: { [SITE]: { ...all.clusters[SITE], ...own } } }),
      'jobs.d/.keep': '',
    });
    repository.commit({ 'README.md': 'no jobs yet', 'jobs.d/.keep': '' });
    daemon = await serve(at);
  });
  afterAll(async () => {
    await stop(daemon);
    at.remove();
    repository.remove();
  });

  const shown = async (name: string): Promise<Shown | undefined> => {
    const answer = await daemon.get(`/jobs/${name}`);
    return answer.ok ? ((await answer.json()) as Shown) : undefined;
  };

  it('takes a saved file to results, with its log on the way', async () => {
    at.write({
      'jobs.d/ticks.yaml': `destination_cluster: ${SITE}\nexecution: "for i in 1 2 3 4; do echo tick $i; sleep 1; done; echo end >r.txt"\noutput: r.txt\n`,
    });
    await until(async () => ((await shown('ticks'))?.attempts[0]?.job_id ?? null) !== null);
    const id = (await shown('ticks'))?.attempts[0]?.job_id ?? '';
    expect(await slurm(SITE, 'squeue', ['-h', '-j', id, '-o', '%i'])).toContain(id);
    const log = await daemon.get('/jobs/ticks/logs?follow=true');
    expect(await log.text()).toBe('tick 1\ntick 2\ntick 3\ntick 4\n');
    await until(async () => (await shown('ticks'))?.phase === 'Succeeded');
    expect(await (await daemon.get('/jobs/ticks/outputs/r.txt')).text()).toBe('end\n');
    const { items } = (await (await daemon.get('/clusters')).json()) as {
      items: { status: { connections: number; AVAIL: number } }[];
    };
    // One, and one more for what is large; the log and the answers needed none of their own.
    expect(items[0]?.status).toMatchObject({ connections: 2, AVAIL: 4 });
  });

  it('follows an array, a state for each task', async () => {
    at.write({
      'jobs.d/array.yaml': `destination_cluster: ${SITE}\nexecution: '[ $SLURM_ARRAY_TASK_ID -ne 2 ]'\nresources: {nbr_jobs_in_array: 3}\n`,
    });
    await until(async () => (await shown('array'))?.phase === 'Failed');
    expect(await (await daemon.get('/jobs/array/state')).json()).toEqual([
      'COMPLETED',
      'FAILED',
      'COMPLETED',
    ]);
  });

  it('takes a commit to fetched results, and says whose it is', async () => {
    const commit = repository.commit({
      'jobs.d/fit.yaml': `destination_cluster: ${SITE}\njob: data/\nexecution: "sort numbers >sorted; sleep 1"\noutput: sorted\n`,
      'jobs.d/data/numbers': '2\n1\n',
    });
    await until(async () => (await shown('fit'))?.phase === 'Succeeded');
    expect(await shown('fit')).toMatchObject({ commit, author: 'Ada Lovelace <ada@example.org>' });
    expect(await (await daemon.get('/jobs/fit/outputs/sorted')).text()).toBe('1\n2\n');
    // Another word for it while it is over does nothing by itself; a commit that takes it away leaves its record.
    repository.commit({ 'jobs.d/fit.yaml': null });
    const gone = async (): Promise<unknown> =>
      ((await shown('fit')) as { manifest_gone_at?: string }).manifest_gone_at;
    await until(async () => typeof (await gone()) === 'string');
    expect((await shown('fit'))?.phase).toBe('Succeeded');
  });
});
