/** Which steps are placed with an attempt, and where. */
import { describe, expect, it } from 'vitest';
import type { Cluster } from '../../src/model/cluster.js';
import type { JobSpec } from '../../src/model/job.js';
import { afterMarks, directoriesOf, stepScripts } from '../../src/reconcile/apply/materials.js';
import { clusterOf, specOf } from '../plan/scene.js';

const GIT: Partial<JobSpec> = { job: { kind: 'git', url: 'https://example.org/x.git', ref: 'v1' } };
const directories = directoriesOf('/w', 'a.1');

function placed(
  spec: Partial<JobSpec>,
  more: { isBrought?: boolean; cluster?: Cluster } = {},
): Record<string, string> {
  const entries = stepScripts({
    spec: specOf(spec),
    run: { name: 'a', run: '1' },
    cluster: clusterOf('north'),
    token: 'a.1',
    directories,
    isBrought: false,
    ...more,
  });
  return Object.fromEntries(
    entries.map((entry) => [
      entry.path.slice('a.1/.sluice/'.length),
      entry.kind === 'text' ? entry.text : '',
    ]),
  );
}

describe('the steps of an attempt', () => {
  it('are none where there is nothing to run', () => {
    expect(placed({})).toEqual({});
  });

  it('stand in two chains', () => {
    const modules = {
      staging: [],
      preprocessing: [{ module: 'pre.sh', execution: 'sh pre.sh' }],
      postprocessing: [{ module: 'post.sh', execution: 'sh post.sh' }],
    };
    const found = placed({ ...GIT, requirements: ['a'], compilation: ['b'], modules });
    expect(Object.keys(found)).toEqual([
      ...['steps', 'steps/source', 'steps/requirements', 'steps/compilation', 'steps/preprocessing'],
      ...['after', 'after/steps', 'after/steps/postprocessing'],
    ]);
    expect(found['steps/preprocessing']).toContain("sluice_failed='/w/a.1/.sluice/failed'");
    expect(found['after/steps/postprocessing']).toContain("sluice_failed='/w/a.1/.sluice/after/failed'");
    // The last output of the first chain is the second one's input.
    expect(found['after/steps/postprocessing']).toContain('preprocessing.1.json');
    expect(afterMarks(directories.jobDirectory)).toBe('/w/a.1/.sluice/after');
  });

  it('fetch the job, unless its files are sent', () => {
    expect(placed(GIT)['steps/source']).toContain("sluice_url='https://example.org/x.git' sluice_ref='v1'");
    expect(placed(GIT, { isBrought: true })).toEqual({});
    const cluster = clusterOf('north', { maxDownloadBytes: 7 });
    const download = placed({ job: { kind: 'url', url: 'https://example.org/x' } }, { cluster });
    expect(download['steps/source']).toContain("sluice_name='x' sluice_most=7");
  });

  it('run behind setup, with the environment of the cluster', () => {
    const north = { setup: ['module load git'], environment: { https_proxy: 'http://p' } };
    const source = placed({ ...GIT, perCluster: { north } })['steps/source'];
    expect(source).toContain("eval 'module load git'");
    expect(source).toContain("export https_proxy='http://p'");
  });
});
