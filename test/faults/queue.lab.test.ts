/** Jobs that wait for what never comes, that somebody holds, or whose node fails: on real Slurm. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { labAbsent, runLab, type Site, slurm, truth } from '../lab/lab.js';
import { buildChild } from './build.js';
import { Fleet, type FleetJob } from './fleet.js';
import { jobBegun } from './memory.js';
import { CHILD_VARIABLE, type JobPlan, Project } from './project.js';
import { until } from './trial.js';
import { findings } from './verdict.js';

const AN_HOUR = 'begin: now+1hour';

describe.skipIf(labAbsent())('a job in the queue', { timeout: 240_000 }, () => {
  beforeAll(() => {
    process.env[CHILD_VARIABLE] = buildChild();
  });
  afterAll(() => {
    rmSync(process.env[CHILD_VARIABLE] ?? '', { recursive: true, force: true });
  });

  /** A project of its own, removed when all is as it should be. */
  async function on(site: Site, job: JobPlan, work: (project: Project) => Promise<void>): Promise<void> {
    const project = await Project.make(site, [job]);
    try {
      await work(project);
      project.remove();
    } finally {
      await project.close();
    }
  }
  const idOf = async (project: Project, job: JobPlan): Promise<string> => {
    let id = '';
    await until(async () => {
      const [first] = await truth(project.site, `${project.nameOf(job)}.`);
      id = first?.id ?? '';
      return id !== '';
    });
    return id;
  };

  it('F41: whose node fails runs again at no cost, and its results are those of the second time', async () => {
    const job: JobPlan = { name: 'noded', seconds: 5, options: ['exclusive: true', 'nodelist: nic5-w003'] };
    await on('nic5', job, async (project) => {
      const child = project.run();
      const first = await jobBegun(project);
      await slurm('nic5', 'scontrol', ['update', 'nodename=nic5-w003', 'state=down', 'reason=test']);
      await until(async () => {
        const [own] = (await project.truth()).filter(({ id }) => id === first);
        return own?.state === 'NODE_FAIL';
      });
      // It may have come back by itself.
      await runLab(['exec', 'nic5', 'scontrol', 'update', 'nodename=nic5-w003', 'state=resume']);
      const { outcome } = await child;
      expect(outcome?.runs, project.story).toMatchObject([{ phase: 'Succeeded', attempts: 2 }]);
      expect(project.ledger().join('\n')).toContain('"reason":"NodeFailure"');
      expect(project.ran(job)).toHaveLength(2);
      expect(project.results(job)).toHaveLength(1);
      const states = (await project.truth()).map(({ state }) => state).sort();
      expect(states).toEqual(['COMPLETED', 'NODE_FAIL']);
    });
  });

  it('F12: that is preempted and may not be queued again runs anew at no cost', async () => {
    const job: JobPlan = {
      name: 'preempted',
      seconds: 6,
      options: ['exclusive: true', 'nodelist: nic5-w004'],
    };
    await on('nic5', job, async (project) => {
      const child = project.run();
      const first = await jobBegun(project);
      const where = ['-p', 'urgent', '-w', 'nic5-w004', '--exclusive', '-J', 'urgent', '-o', '/dev/null'];
      await slurm('nic5', 'sbatch', [...where, '-D', '/', '--wrap', 'sleep 1']);
      const { outcome } = await child;
      expect(outcome?.runs, project.story).toMatchObject([{ phase: 'Succeeded', attempts: 2 }]);
      expect(project.ledger().join('\n')).toContain('"reason":"Preempted"');
      expect(project.ran(job)).toHaveLength(2);
      expect(project.results(job)).toHaveLength(1);
      expect((await project.truth()).find(({ id }) => id === first)?.state).toBe('PREEMPTED');
    });
  });

  it('F42: that waits for what never comes fails in words, and nothing of it is left', async () => {
    const job: JobPlan = { name: 'dependent', options: ['dependency: "afterok:ID"'] };
    await on('lemaitre3', job, async (project) => {
      const words = ['-J', 'fails', '-o', '/dev/null', '-D', '/', '--parsable', '--wrap', 'exit 7'];
      const id = (await slurm('lemaitre3', 'sbatch', words)).trim();
      const file = join(project.directory, 'jobs.d', `${job.name}.yaml`);
      writeFileSync(file, readFileSync(file, 'utf8').replace('afterok:ID', `afterok:${id}`));
      const { outcome } = await project.run();
      expect(outcome?.runs, project.story).toMatchObject([
        {
          phase: 'Failed',
          reason: 'HopelessRequest',
          message: expect.stringContaining('DependencyNeverSatisfied'),
        },
      ]);
      expect(project.ran(job)).toEqual([]);
      expect((await project.truth()).map(({ state }) => state)).toEqual(['CANCELLED']);
    });
  });

  it('F43: that the administrators hold stays, and says whom to ask', async () => {
    const job: JobPlan = { name: 'held', options: [AN_HOUR] };
    await on('hercules', job, async (project) => {
      const child = project.run();
      const id = await idOf(project, job);
      await slurm('hercules', 'scontrol', ['hold', id]);
      await until(() => project.heard.includes('held by the administrators of the cluster: ask them'));
      await slurm('hercules', 'scontrol', ['release', id]);
      await slurm('hercules', 'scontrol', ['update', `jobid=${id}`, 'StartTime=now']);
      expect(await findings(project, await child)).toEqual([]);
    });
  });

  it('F43: that its own user holds stays, and says how to let it go', async () => {
    const job: JobPlan = { name: 'kept', options: ['hold: true'] };
    await on('lemaitre3', job, async (project) => {
      const child = project.run();
      const id = await idOf(project, job);
      await until(() => project.heard.includes('held by its user; to let it go, there: scontrol release'));
      await slurm('lemaitre3', 'scontrol', ['release', id]);
      expect(await findings(project, await child)).toEqual([]);
    });
  });

  it('F44: in a partition that is closed waits where there is no other cluster, and runs when it is opened', async () => {
    const job: JobPlan = { name: 'closed', options: ['partition: maint'] };
    await on('hercules', job, async (project) => {
      const child = project.run();
      await until(() => project.heard.includes('PartitionDown (its partition starts no jobs until'));
      try {
        await slurm('hercules', 'scontrol', ['update', 'partitionname=maint', 'state=up']);
        expect(await findings(project, await child)).toEqual([]);
      } finally {
        await slurm('hercules', 'scontrol', ['update', 'partitionname=maint', 'state=down']);
      }
    });
  });

  it('F44: in a partition that is closed goes to the next cluster, and nothing of it is left', async () => {
    const job: FleetJob = {
      name: 'moved',
      sites: ['lemaitre3', 'hercules'],
      more: 'per_cluster: {lemaitre3: {resources: {partition: maint}}}',
    };
    const fleet = await Fleet.make([job], []);
    try {
      fleet.save([job]);
      const { outcome } = await fleet.start().end;
      expect(outcome?.runs, fleet.story).toMatchObject([{ phase: 'Succeeded', attempts: 2 }]);
      expect(fleet.story).toContain('it does not start there: PartitionDown');
      expect(fleet.ran(job)).toEqual([expect.stringMatching(/^hercules /)]);
      expect(await truth('lemaitre3', fleet.nameOf(job))).toMatchObject([{ state: 'CANCELLED' }]);
      fleet.remove();
    } finally {
      await fleet.close();
    }
  });
});
