/** Jobs for modules, read from a manifest as always. */
import { expect } from 'vitest';
import { readManifestText } from '../../src/manifest/read.js';
import type { JobSpec, Place } from '../../src/model/job.js';
import type { ReadContext } from '../../src/manifest/draft.js';
import { contextOf, FILE } from '../manifest/support.js';

export const PLACE: Place = { file: FILE, document: 0, line: 3, column: 1 };
export const CONTEXT: ReadContext = contextOf({ '/project/jobs.d/input/data': 'x' });

export const MANIFEST = {
  name: 'water',
  destination_cluster: 'lemaitre3',
  job: './input',
  execution: './run',
  modules: {
    staging: [{ module: 'm.py', execution: 'python3 m.py' }],
    preprocessing: [{ module: 'm.py', execution: 'python3 m.py' }],
  },
};

/** A manifest in JSON, as YAML allows; its login holds a passphrase. */
export function specOf(keys: Readonly<Record<string, unknown>> = {}, context = CONTEXT): JobSpec {
  const text = JSON.stringify({ ...MANIFEST, passphrase: 'PLANTED', private_key: '/k/PLANTED', ...keys });
  const { manifests, problems } = readManifestText(FILE, text, context);
  expect(problems.filter(({ severity }) => severity === 'error')).toEqual([]);
  return manifests[0]!.spec;
}
