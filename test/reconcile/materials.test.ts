/** Which steps are placed with an attempt, and where. */
import { describe, expect, it } from 'vitest';
import type { JobSpec } from '../../src/model/job.js';
import {
  afterMarks,
  directoriesOf,
  type StepOptions,
  stepScripts,
} from '../../src/reconcile/apply/materials.js';
import { clusterOf, specOf } from '../plan/scene.js';

const GIT: Partial<JobSpec> = { job: { kind: 'git', url: 'https://example.org/x.git', ref: 'v1' } };
const directories = directoriesOf('/w', 'a.1');

function placed(spec: Partial<JobSpec>, options?: StepOptions): Record<string, string> {
  const entries = stepScripts(specOf(spec), clusterOf('north'), 'a.1', directories, options);
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

  it('stand in two chains, those of modules as the caller has rendered them', () => {
    const all = { ...GIT, requirements: ['a'], compilation: ['b'] };
    const found = placed(all, { preprocessing: 'PRE', postprocessing: 'POST' });
    expect(Object.keys(found)).toEqual([
      ...['steps', 'steps/source', 'steps/requirements', 'steps/compilation', 'steps/preprocessing'],
      ...['after', 'after/steps', 'after/steps/postprocessing'],
    ]);
    expect([found['steps/preprocessing'], found['after/steps/postprocessing']]).toEqual(['PRE', 'POST']);
    expect(afterMarks(directories.jobDirectory)).toBe('/w/a.1/.sluice/after');
  });

  it('fetch the job, unless its files are sent', () => {
    expect(placed(GIT)['steps/source']).toContain("sluice_url='https://example.org/x.git' sluice_ref='v1'");
    expect(placed(GIT, { source: false })).toEqual({});
    const download = placed({ job: { kind: 'url', url: 'https://example.org/x' } }, { maxDownloadBytes: 7 });
    expect(download['steps/source']).toContain("sluice_name='x' sluice_most=7");
  });

  it('run behind setup, with the environment of the cluster', () => {
    const north = { setup: ['module load git'], environment: { https_proxy: 'http://p' } };
    const source = placed({ ...GIT, perCluster: { north } })['steps/source'];
    expect(source).toContain("eval 'module load git'");
    expect(source).toContain("export https_proxy='http://p'");
  });
});
