/** The modules that come with Sluice, run as a user's are. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readManifestText } from '../../src/manifest/read.js';
import type { JobSpec } from '../../src/model/job.js';
import type { Staged } from '../../src/modules/run.js';
import { root } from '../tools/generate-types.js';
import { contextOf, FILE } from '../manifest/support.js';
import { Workshop } from './workshop.js';

const MODULES = join(root, 'modules');
let shop: Workshop;
beforeEach(async () => {
  shop = await Workshop.make();
});
afterEach(() => shop.remove());

interface Ended {
  readonly ok: boolean;
  readonly stderr: string;
  readonly files: readonly string[];
  readonly spec: JobSpec | undefined;
}

/** @param before shell lines that make what the module finds in its working directory */
async function run(
  module: string,
  interpreter: string,
  keys: Readonly<Record<string, unknown>>,
  { before = '', path = '' } = {},
): Promise<Ended> {
  const steps = [
    { module, execution: `${before}\ncat #` },
    { module, execution: `${interpreter} ${module}` },
  ];
  const spec = shop.spec(steps, keys, MODULES);
  const environment = { PATH: `${path}:${process.env['PATH'] ?? ''}`, HOME: join(shop.path, 'home') };
  return ended(await shop.run(spec, { context: shop.context(MODULES), environment }));
}

function ended(staged: Staged): Ended {
  return staged.ok
    ? { ok: true, stderr: staged.modules[1]!.stderr, files: staged.files, spec: staged.spec }
    : { ok: false, stderr: staged.failed.why, files: [], spec: undefined };
}

describe('split_input.pl', () => {
  const split = (options: unknown, before = '', keys = {}): Promise<Ended> =>
    run(
      'split_input.pl',
      'perl',
      { kwargs: { split_input: options, kept: [0.30000000000000004, 'é'] }, ...keys },
      { before },
    );
  const part = (name: string): Promise<string> => shop.text(`staging/work/${name}`);

  it('splits the job by lines, and makes an array of it', async () => {
    const { spec, files, stderr } = await split({ file: 'data', parts: 2 });
    expect(spec?.resources.arraySize).toBe(2);
    expect(files).toEqual(['part.1', 'part.2']);
    expect([await part('part.1'), await part('part.2')]).toEqual(['one\n', 'two\nthree\n']);
    expect(spec?.kwargs).toMatchObject({ kept: [0.30000000000000004, 'é'] });
    expect(stderr).toMatch(/^split_input: 3 records of .*data in 2 parts\n$/);
  });

  it.each([
    ['^>', undefined, '>a\n1\n2\n>b\n3\n>c\n', ['>a\n1\n2\n', '>b\n3\n>c\n']],
    [undefined, '^\\$\\$', 'a\n$$\nb\n1\n$$\nc\n$$\n', ['a\n$$\n', 'b\n1\n$$\nc\n$$\n']],
  ])('splits by records that begin with %s or end with %s', async (begins, ends, text, parts) => {
    await split({ file: 'in.txt', parts: 2, begins, ends, to: 'p' }, `printf '%s' '${text}' >in.txt`);
    expect([await part('p.1'), await part('p.2')]).toEqual(parts);
  });

  it('gives each part the header, and takes the number of the array', async () => {
    const before = "printf 'h\\n1\\n2\\n3\\n' >in.csv";
    const { spec } = await split({ file: 'in.csv', header: 1 }, before, {
      resources: { nbr_jobs_in_array: 3 },
    });
    expect(spec?.resources.arraySize).toBe(3);
    expect(await Promise.all(['part.1', 'part.3'].map(part))).toEqual(['h\n1\n', 'h\n3\n']);
  });

  it('makes no empty parts', async () => {
    const { spec, stderr } = await split({ file: 'data', parts: 9 });
    expect(spec?.resources.arraySize).toBe(3);
    expect(stderr).toContain('has 3 records only, so there are as many parts');
  });

  it.each([
    [undefined, {}, 'kwargs.split_input is missing; it says at least which file to split'],
    [{ parts: 2 }, {}, 'kwargs.split_input.file is missing; name the file to split'],
    [{ file: 'nowhere', parts: 2 }, {}, 'nowhere is not there'],
    [{ file: 'data' }, {}, 'kwargs.split_input.parts is missing; write the number of parts'],
    [{ file: 'data', parts: 0 }, {}, 'kwargs.split_input.parts 0 is no whole number above 0'],
    [
      { file: 'data', parts: 2 },
      { resources: { nbr_jobs_in_array: 3 } },
      'kwargs.split_input.parts 2 and resources.nbr_jobs_in_array 3 differ; keep one of them',
    ],
  ])('fails in words: %j', async (options, keys, words) => {
    const { ok, stderr } = await split(options, '', keys);
    expect(ok).toBe(false);
    expect(stderr).toBe(
      `module split_input.pl (staging 2) ended with code 1; it said: split_input: ${words}`,
    );
  });
});

describe('check_results.sh', () => {
  const check = (options: unknown, before: string, keys = {}): Promise<Ended> =>
    run(
      'check_results.sh',
      'sh',
      { kwargs: { check_results: options, text: '"\\é\n{' }, ...keys },
      { before },
    );
  const TABLE = "printf 'x,energy\\n1,-2.5\\n2,1e1\\n' >a.csv; printf '3,4.5\\n' >'b c.csv'";

  it('summarises columns over the files of a glob, and passes the job on', async () => {
    const { ok, spec, files } = await check(
      { path: '*.csv', count: 2, columns: [1, 2], separator: ',' },
      TABLE,
    );
    expect(ok).toBe(true);
    expect(spec?.kwargs).toMatchObject({ text: '"\\é\n{' });
    expect(files).toEqual(['a.csv', 'b c.csv', 'summary.json', 'summary.txt']);
    expect(JSON.parse(await shop.text('staging/work/summary.json'))).toEqual({
      files: 2,
      failures: [],
      columns: [
        { path: '*.csv', column: 1, count: 3, min: 1, max: 3, mean: 2 },
        { path: '*.csv', column: 2, count: 3, min: -2.5, max: 10, mean: 4 },
      ],
    });
    expect(await shop.text('staging/work/summary.txt')).toMatch(
      /^2 files checked, 0 failures\n\npath +column/,
    );
  });

  it('checks the outputs of the manifest where nothing else is said', async () => {
    const output = ['a.csv', 'results/', 'gone', { path: 'may', optional: true }, 'summary.txt'];
    const { stderr } = await check(undefined, `${TABLE}; mkdir results; touch results/empty`, { output });
    expect(stderr).toBe(
      'module check_results.sh (staging 2) ended with code 1; it said: check_results: results/empty is empty\ncheck_results: gone is not there',
    );
  });

  it.each([
    [{ path: '*.csv', count: 3 }, '*.csv are 2 files, not 3'],
    [{ path: 'a.csv', lines: 5 }, 'a.csv has 3 lines, not 5'],
    [{ path: 'a.csv', pattern: '^done$' }, 'a.csv has no line that matches ^done$'],
    [{ path: 'a.csv', forbid: '^2|NaN' }, 'a.csv has a line that matches ^2|NaN: line 3'],
    [{ path: 'a.csv', columns: 7 }, 'column 7 of a.csv has no number'],
    [{ path: "$(touch it's)" }, "$(touch it's) is not there"],
    [[{ path: 'a.csv' }, {}], 'a check has no path'],
  ])('fails in words: %j', async (options, words) => {
    const { ok, stderr } = await check(options, TABLE);
    expect(ok).toBe(false);
    expect(stderr).toBe(
      `module check_results.sh (staging 2) ended with code 1; it said: check_results: ${words}`,
    );
    expect(await shop.text('staging/work/summary.txt')).toContain(`failed: ${words}`);
  });
});

describe('resource_estimator.py', () => {
  const UUID = '0d922f1f-df06-596a-a88b-c5b5d5b4dd28';
  /** Runs as sacct lists them: seconds = 10 · size, 2 MiB for each unit of size, one odd one. */
  const SIZES = [10, 20, 40, 80, 160];
  const HISTORY = SIZES.flatMap((size, index) => [
    `${index}|water.${UUID}.${index}|COMPLETED|${size * 10}|`,
    `${index}.batch|batch|COMPLETED|${size * 10}|1000000`,
    `${index}.0|run|COMPLETED|${size * 10}|${size * 2 * 1024 * 1024}`,
  ]);
  const OTHERS = [`90|ice.${UUID}.1|COMPLETED|99999|`, `91|water.${UUID}.1|FAILED|99999|`, 'junk'];

  async function estimate(
    options: unknown,
    keys = {},
    sacct = 'cat "$(dirname "$0")/history"',
  ): Promise<Ended> {
    await shop.put('bin/sacct', `#!/bin/sh\n${sacct}\n`, 0o755);
    await shop.put('bin/history', [...HISTORY, ...OTHERS, ''].join('\n'));
    const notes = SIZES.map((size, index) => `water.${UUID}.${index}\t${size}\n`);
    await shop.put('home/.sluice/sizes.tsv', notes.join(''));
    return run(
      'resource_estimator.py',
      'python3',
      { kwargs: { resource_estimator: options }, ...keys },
      { path: join(shop.path, 'bin') },
    );
  }

  it('learns from runs of other sizes', async () => {
    const { spec, stderr } = await estimate({ size: 320, margin: 0.5 });
    expect(spec?.resources).toMatchObject({ durationSeconds: 4800, memoryPerThreadMiB: 960 });
    expect(stderr).toContain('duration 1h20m: a fit of 5 past runs by size');
  });

  it('weighs files, and takes the largest run where sizes are not known', async () => {
    await shop.put('home/none', '');
    const { spec, stderr } = await estimate({ files: 'data', notes: '~/none', least: 5 });
    expect(spec?.resources).toMatchObject({ durationSeconds: 2040, memoryPerThreadMiB: 400 });
    expect(stderr).toContain('the largest of 5 past runs');
  });

  it('notes the size of this run by its name in the queue', async () => {
    await estimate({ size: 7 }, { environment: { SLUICE_TOKEN: 'water.x.1' } });
    expect(await shop.text('home/.sluice/sizes.tsv')).toMatch(/\nwater\.x\.1\t7\n$/);
  });

  it('leaves alone what the manifest says, and shares memory among threads', async () => {
    const resources = { nbr_threads_per_process: 4, sbatch_options: { time: '10' } };
    const { spec } = await estimate({ size: 160, margin: 0 }, { resources });
    expect(spec?.resources.durationSeconds).toBeUndefined();
    expect(spec?.resources.memoryPerThreadMiB).toBe(80);
  });

  it('changes nothing that the manifest says', async () => {
    const resources = { duration: '1m', memory_per_thread: '1M' };
    const { spec } = await estimate({ size: 160 }, { resources });
    expect(spec?.resources).toMatchObject({ durationSeconds: 60, memoryPerThreadMiB: 1 });
  });

  it('overwrites where that is asked', async () => {
    const { spec } = await estimate(
      { size: 160, overwrite: true, margin: 0 },
      { resources: { duration: '1m' } },
    );
    expect(spec?.resources.durationSeconds).toBe(1620);
  });

  it.each([
    ['exit 0', 'sacct knows 0 past runs, which is too few; nothing was changed'],
    [
      'echo "Slurm accounting storage is disabled" >&2; exit 1',
      'sacct ended with code 1; nothing was changed: Slurm accounting storage is disabled',
    ],
  ])('changes nothing where it knows nothing: %s', async (sacct, words) => {
    const { spec, stderr } = await estimate({}, {}, sacct);
    expect(spec?.resources).toEqual({ sbatchOptions: {} });
    expect(stderr).toBe(`resource_estimator: ${words}\n`);
  });

  it('changes nothing where there is no sacct', async () => {
    const python = execFileSync('python3', ['-c', 'import sys; print(sys.executable)'], {
      encoding: 'utf8',
    }).trim();
    const steps = ['true', `'${python}' resource_estimator.py`].map((execution, index) => ({
      module: 'resource_estimator.py',
      execution: index === 0 ? '/bin/cat #' : execution,
    }));
    const spec = shop.spec(steps, { environment: { PATH: '/nonexistent' } }, MODULES);
    const { stderr, ok } = ended(await shop.run(spec, { context: shop.context(MODULES) }));
    expect({ ok, stderr }).toEqual({
      ok: true,
      stderr: 'resource_estimator: there is no sacct here; nothing was changed\n',
    });
  });
});

describe('modules/README.md', () => {
  const page = readFileSync(join(MODULES, 'README.md'), 'utf8');
  const examples = [...page.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, text = '']) => text);
  const names = ['resource_estimator.py', 'split_input.pl', 'check_results.sh'];
  it.each(examples)('its example is valid: %s', (text) => {
    const files = Object.fromEntries(names.map((name) => [`/project/modules/${name}`, '']));
    const { problems } = readManifestText(
      FILE,
      text,
      contextOf({ ...files, '/project/jobs.d/simulation/a': '' }),
    );
    expect(problems).toEqual([]);
  });

  it('has one for each', () => {
    for (const name of names) expect(examples.join('')).toContain(`module: ${name}`);
  });
});
