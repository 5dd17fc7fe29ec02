import { describe, expect, it } from 'vitest';
import {
  moduleInput,
  readModuleOutput,
  readStageOutput,
  stillMissing,
  type ModuleOutput,
  type OutputRequest,
  type Stage,
} from '../../src/modules/contract.js';
import { CONTEXT, PLACE, specOf } from './support.js';

const SPEC = specOf({ kwargs: { a: ['é\n"\'', null, 1.5] }, resources: { duration: '1h' } });
const INPUT = JSON.parse(moduleInput(SPEC)) as Record<string, unknown>;

function request(stage: Stage, more: Partial<OutputRequest> = {}): OutputRequest {
  return { stage, index: 2, module: 'm.py', spec: SPEC, place: PLACE, context: CONTEXT, ...more };
}

function print(keys: Readonly<Record<string, unknown>>, stage: Stage = 'staging'): ModuleOutput {
  return readModuleOutput(JSON.stringify({ ...INPUT, ...keys }), request(stage));
}

function why(output: ModuleOutput): string {
  return output.ok ? `ok: ${output.json}` : output.why;
}

describe('what a module is given', () => {
  it('is one line of JSON without a secret', () => {
    const text = moduleInput(SPEC);
    expect(text).not.toContain('\n');
    expect(text).not.toMatch(/PLANTED|passphrase|private_key|credentials/);
    expect(INPUT).toMatchObject({
      name: 'water',
      run: '1',
      job: '/project/jobs.d/input',
      kwargs: SPEC.kwargs,
    });
  });
});

describe('what a module prints', () => {
  it.each(['staging', 'preprocessing', 'postprocessing'] as const)(
    'may be what it was given (%s)',
    (stage) => {
      const output = readModuleOutput(`\n  ${moduleInput(SPEC)}\n`, request(stage));
      expect(output).toEqual({ ok: true, spec: SPEC, json: moduleInput(SPEC), changed: [], warnings: [] });
    },
  );

  it('may change what runs, and keeps the login that it has not seen', () => {
    const output = print({
      resources: { duration: '2h', nbr_jobs_in_array: 3 },
      kwargs: null,
      output: ['a'],
    });
    expect(output).toMatchObject({
      ok: true,
      changed: ['kwargs', 'output', 'resources'],
      spec: { kwargs: null, login: SPEC.login, resources: { durationSeconds: 7200, arraySize: 3 } },
    });
  });

  it('in staging may change destination, job and the later stages', () => {
    const modules = { staging: (INPUT['modules'] as { staging: unknown }).staging };
    const output = print({ destination_cluster: ['hercules', 'lemaitre3'], job: './input/data', modules });
    expect(output).toMatchObject({
      ok: true,
      changed: ['destination_cluster', 'job', 'modules'],
      spec: {
        destination: ['hercules', 'lemaitre3'],
        job: { kind: 'file', path: '/project/jobs.d/input/data' },
        modules: { preprocessing: [] },
      },
    });
  });

  it('may write one as a list of one, and the run as a number', () => {
    expect(print({ destination_cluster: ['lemaitre3'], run: 1 }, 'preprocessing')).toMatchObject({
      ok: true,
    });
  });

  it('is told of what comes too late', () => {
    const output = print({ compilation: 'make', execution: './other' }, 'preprocessing');
    expect(output.ok && output.warnings).toEqual([
      'module m.py (preprocessing 2) changed compilation, which is too late in preprocessing: it has no effect',
    ]);
  });

  it('is not asked again for what was accepted and has not changed', () => {
    const gone = { ...CONTEXT, clusters: ['other'], files: { ...CONTEXT.files, stat: () => undefined } };
    const text = JSON.stringify({ ...INPUT, labels: { a: 'b' } });
    const output = readModuleOutput(text, request('postprocessing', { context: gone }));
    expect(output).toMatchObject({ ok: true, spec: { job: SPEC.job, modules: SPEC.modules } });
  });
});

/** Text → what is said behind `module m.py (staging 2) `. */
const NO_JSON: readonly (readonly [string, string])[] = [
  ['', 'printed nothing; it must print the job that it was given as JSON, changed or not'],
  [' \n\n', 'printed nothing; it must print the job that it was given as JSON, changed or not'],
  [
    'Loading…\n{"name": "water"}',
    'printed "Loading…\\n{\\"name\\": \\"water\\"}" before its JSON; print nothing but the job on standard output, and everything else on standard error',
  ],
  [
    '{"name": "water"}\ndone',
    'printed "done" behind its JSON; print nothing but the job on standard output, and everything else on standard error',
  ],
  ['{"name": "}"}{"name": "water"}', 'printed more than one JSON object; print one, once'],
  ['{"name": "wa', 'printed JSON that has no end; was it cut?'],
  [
    "{'name': 'water'}",
    "printed \"{'name': 'water'}\", which is no JSON: its texts stand in double quotes (in Python, json.dumps prints it)",
  ],
  ['{"a": NaN}', 'printed "{\\"a\\": NaN}", which is no JSON'],
  ['[1]', 'printed a list; it must print the job that it was given, a JSON object'],
  ['null', 'printed null; it must print the job that it was given, a JSON object'],
  ['7', 'printed only 7; it must print the job that it was given, a JSON object'],
  ['"x"', 'printed the text "x"; it must print the job that it was given, a JSON object'],
  [
    '{"kwargs": {"n": [12, -12345678901234567890]}}',
    'printed the number -12345678901234567890, which cannot be kept exactly; print it as text, in quotes',
  ],
];

describe('what is no JSON object is refused', () => {
  it.each(NO_JSON)('%j', (text, words) => {
    expect(why(readModuleOutput(text, request('staging')))).toBe(`module m.py (staging 2) ${words}`);
  });

  it('bytes that are no text', () => {
    const bytes = Buffer.from(moduleInput(SPEC).replace('water', 'w\u00e9'), 'latin1');
    expect(why(readModuleOutput(bytes, request('staging')))).toBe(
      'module m.py (staging 2) printed text that is not UTF-8; JSON is',
    );
    expect(readModuleOutput(Buffer.from(moduleInput(SPEC)), request('staging'))).toMatchObject({ ok: true });
  });

  it('knows a number in a text from one outside', () => {
    expect(print({ kwargs: { a: '"12345678901234567890\\', b: 1.2345678901234567 } })).toMatchObject({
      ok: true,
    });
  });
});

/** Changed keys, stage → what is said. */
const FORBIDDEN: readonly (readonly [Record<string, unknown>, Stage, string])[] = [
  [
    { name: 'ice' },
    'staging',
    'changed name from "water" to "ice"; a module may not change which job this is; print it as it was given',
  ],
  [
    { run: '2' },
    'staging',
    'changed run from "1" to "2"; a module may not change which job this is; print it as it was given',
  ],
  [
    { run: undefined },
    'postprocessing',
    'left out run, which is "1"; a module may not change which job this is; print it as it was given',
  ],
  [
    { previously: 'ice' },
    'staging',
    'added previously "ice"; a module may not change which job this is; print it as it was given',
  ],
  [{ passphrase: 'SECRET' }, 'staging', 'added passphrase; no secret passes through a module: take it out'],
  [
    { private_key: '~/.ssh/id' },
    'staging',
    'added private_key; no secret passes through a module: take it out',
  ],
  [
    { username: 'root' },
    'staging',
    'added username "root"; the login is the manifest\'s; print it as it was given',
  ],
  [
    { destination_cluster: ['hercules', 'lemaitre3'] },
    'preprocessing',
    'changed destination_cluster from "lemaitre3" to "hercules, lemaitre3"; modules on the cluster may not; change it in staging, or print it as it was given',
  ],
  [
    { alternates: 'none' },
    'postprocessing',
    'added alternates "none"; modules on the cluster may not; change it in staging, or print it as it was given',
  ],
  [
    { job: './other' },
    'preprocessing',
    'changed job from "/project/jobs.d/input" to "./other"; modules on the cluster may not; change it in staging, or print it as it was given',
  ],
  [
    { modules: {} },
    'preprocessing',
    'changed modules from a map to a map; modules on the cluster may not; change it in staging, or print it as it was given',
  ],
  [{ modules: {} }, 'staging', 'changed modules.staging, which is running; print it as it was given'],
  [{ modules: undefined }, 'staging', 'changed modules.staging, which is running; print it as it was given'],
];

describe('what a module may not change', () => {
  it.each(FORBIDDEN)('%j in %s', (keys, stage, words) => {
    const said = why(print(keys, stage));
    expect(said).toBe(`module m.py (${stage} 2) ${words}`);
    expect(said).not.toContain('SECRET');
  });
});

const INVALID: readonly (readonly [Record<string, unknown>, string])[] = [
  [{ resorces: {} }, 'unknown key "resorces"; did you mean "resources"?'],
  [{ resources: { duratoin: '1h' } }, 'unknown key "duratoin" in resources; did you mean "duration"?'],
  [
    { resources: { duration: '2x' } },
    'resources.duration "2x" has the unknown unit "x"; the units are d (days), h (hours), m (minutes) and s (seconds), combined as in 1d2h30m',
  ],
  [
    { resources: { memory_per_thread: 512 } },
    'resources.memory_per_thread 512 has no unit; write for example 512M: the units are M and G',
  ],
  [
    { destination_cluster: 'herculse' },
    'destination_cluster names the unknown cluster "herculse"; did you mean "hercules"?',
  ],
  [
    { resources: { distribution: 'distributed' } },
    'distribution is distributed, so nbr_of_nodes is needed; add it',
  ],
  [
    { job: './nowhere' },
    'job: "./nowhere" is not there (/project/jobs.d/nowhere); a local path is relative to the manifest\'s file',
  ],
  [
    { output: ['../x'], kwarg: 1 },
    'unknown key "kwarg"; did you mean "kwargs"?; and output "../x" contains \'..\'; write a path inside of the working directory, or an absolute one',
  ],
];

describe('what is no valid job any more', () => {
  it.each(INVALID)('%j', (keys, words) => {
    expect(why(print(keys))).toBe(`module m.py (staging 2) printed a job that is not valid: ${words}`);
  });

  const FLAWED: readonly (readonly [Record<string, unknown>, string])[] = [
    [{ execution: ['a\u0000b'] }, 'execution[1]: the text contains a NUL character; take it out'],
    [
      { kwargs: { a: '\ud800' } },
      'kwargs.a: the text contains half of a surrogate pair; write the character itself',
    ],
    [{ kwargs: { 'a\u0007': 1 } }, 'kwargs: the text contains the control character U+0007; take it out'],
    [
      { kwargs: JSON.parse(`${'['.repeat(120)}${']'.repeat(120)}`) as unknown },
      'kwargs: lists or maps are nested too deeply; at most 100 levels are read',
    ],
  ];
  it.each(FLAWED)('%#: what a job may not hold', (keys, words) => {
    expect(why(print(keys))).toBe(`module m.py (staging 2) printed a job that cannot be used: ${words}`);
  });
});

describe('a whole stage on the cluster', () => {
  const two = specOf({
    modules: { preprocessing: [1, 2].map(() => ({ module: 'm.py', execution: 'python3 m.py' })) },
  });
  const keys = JSON.parse(moduleInput(two)) as Record<string, unknown>;
  const read = (...texts: readonly Record<string, unknown>[]): ReturnType<typeof readStageOutput> =>
    readStageOutput(
      texts.map((each) => JSON.stringify({ ...keys, ...each })),
      { stage: 'preprocessing', spec: two, place: PLACE, context: CONTEXT },
    );

  it('is read one after the other', () => {
    const all = read({ execution: './a' }, { execution: './b' });
    expect(all).toMatchObject({ ok: true, spec: { execution: ['./b'] } });
    expect(all.ok && all.outputs.map(({ changed }) => changed)).toEqual([['execution'], ['execution']]);
  });

  it('names the one that failed', () => {
    expect(read({}, { run: '7' })).toMatchObject({ ok: false, index: 2, module: 'm.py' });
    expect(read({})).toEqual({
      ok: false,
      index: 2,
      module: 'm.py',
      why: 'module m.py (preprocessing 2) left no output',
    });
  });
});

it('says what neither manifest nor modules gave', () => {
  expect(stillMissing(SPEC)).toBeUndefined();
  expect(stillMissing({ ...SPEC, execution: [] })).toBe(
    'execution is missing: neither the manifest nor a module says what "water" runs',
  );
});
