import { execFileSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { moduleInput } from '../../src/modules/contract.js';
import type { Staged } from '../../src/modules/run.js';
import { Workshop } from './workshop.js';

let shop: Workshop;
beforeEach(async () => {
  shop = await Workshop.make();
});
afterEach(() => shop.remove());

const WORDS = { text: `it's "é"\n\t$HOME \`x\` \\ 漢 !`, list: [null, 1.5, {}] };

const C = `#include <stdio.h>
#include <string.h>
int main(int count, char **words) {
  static char line[1 << 20];
  if (!fgets(line, sizeof line, stdin)) return 8;
  line[strcspn(line, "\\n")] = 0;
  if (count != 2 || strcmp(words[1], line)) return 9;
  puts(line);
  return 0;
}
`;
const PYTHON = `import json, os, sys
job = json.loads(sys.argv[1])
assert job == json.load(sys.stdin)
job["kwargs"]["seen"] = {key: os.environ[key] for key in sorted(os.environ) if key.startswith("SLUICE")}
job["resources"] = {"duration": "2h"}
open("notes.txt", "w").write("kept")
print(json.dumps(job))
`;

describe('modules here', () => {
  it('in C, Python and sh pass the job on, each the one before', async () => {
    await shop.put('modules/test.c', C);
    await shop.put('modules/tools/estimate.py', PYTHON);
    await shop.put('modules/last.sh', '#!/bin/sh\nprintf "%s" "$1"\n', 0o755);
    const spec = shop.spec(
      [
        { module: 'test.c', compilation: 'gcc -o test test.c', execution: './test' },
        { module: 'tools/estimate.py', execution: 'python3 tools/estimate.py\n' },
        { module: 'last.sh', execution: './last.sh' },
      ],
      { kwargs: WORDS },
    );
    const started: string[] = [];
    const staged = await shop.run(spec, { onStart: (words) => started.push(words) });
    const seen = {
      SLUICE_INDEX: '2',
      SLUICE_INPUT: 'argument',
      SLUICE_JOB: join(shop.path, 'jobs.d/input'),
      SLUICE_MODULE: 'tools/estimate.py',
      SLUICE_NAME: 'water',
      SLUICE_RUN: '1',
      SLUICE_STAGE: 'staging',
    };
    expect(staged).toMatchObject({
      ok: true,
      spec: { kwargs: { ...WORDS, seen }, resources: { durationSeconds: 7200 }, login: spec.login },
      folder: join(shop.path, 'staging/work'),
      // Of the compilation nothing, of the module what it wrote.
      files: ['notes.txt'],
      modules: [
        { module: 'test.c', index: 1, exitCode: 0, output: moduleInput(spec), stderr: '', changed: [] },
        { index: 2, changed: ['kwargs', 'resources'] },
        { index: 3, changed: [] },
      ],
    });
    expect(started).toEqual([
      'module test.c (staging 1)',
      'module tools/estimate.py (staging 2)',
      'module last.sh (staging 3)',
    ]);
    expect(statSync(join(shop.path, 'staging')).mode & 0o777).toBe(0o700);
  });

  it('get what is too long for an argument on standard input alone', async () => {
    await shop.put(
      'modules/m.sh',
      '[ "$SLUICE_INPUT $#" = "stdin 0" ] || exit 9\ncat /dev/stdin >/dev/stdout\n',
    );
    const spec = shop.spec([{ module: 'm.sh', execution: 'sh m.sh' }], { kwargs: 'é'.repeat(100 * 1024) });
    expect(await shop.run(spec)).toMatchObject({ ok: true, spec, files: [] });
  });

  it('get the longest argument that there is', async () => {
    await shop.put('modules/m.sh', '[ "$SLUICE_INPUT $#" = "argument 1" ] || exit 9\ncat\n');
    const room =
      131_071 -
      Buffer.byteLength(moduleInput(shop.spec([{ module: 'm.sh', execution: 'sh m.sh' }], { kwargs: '' })));
    for (const [more, code] of [
      [0, true],
      [1, false],
    ] as const) {
      const spec = shop.spec([{ module: 'm.sh', execution: 'sh m.sh' }], { kwargs: "'".repeat(room + more) });
      expect(await shop.run(spec, { directory: join(shop.path, `s${more}`) })).toMatchObject({ ok: code });
    }
  });

  it('have the environment of the manifest and nothing else of ours', async () => {
    await shop.put('modules/m.sh', 'env >seen; cat\n');
    const spec = shop.spec([{ module: 'm.sh', execution: 'sh m.sh' }], {
      environment: { GREETING: "it's", LANG: 'C' },
    });
    await shop.run(spec);
    const seen = await shop.text('staging/work/seen');
    expect(seen).toMatch(/^GREETING=it's$/m);
    expect(seen).toMatch(/^LANG=C$/m);
    expect(seen).not.toMatch(/SECRET|PLANTED/);
  });

  it('may be a directory, whose files keep their modes', async () => {
    await shop.put('modules/tool/main', '#!/bin/sh\ncat tool/part >&2; cat\n', 0o755);
    await shop.put('modules/tool/part', 'hello');
    const staged = await shop.run(shop.spec([{ module: 'tool', execution: 'tool/main' }]));
    expect(staged).toMatchObject({ ok: true, modules: [{ stderr: 'hello' }], files: [] });
  });

  it('change what is submitted: destination and job, made from a file that one wrote', async () => {
    await shop.put(
      'modules/m.py',
      'import json,sys,os\nj=json.load(sys.stdin)\nopen("new","w").write("x")\nj["job"]=os.getcwd()+"/new"\nj["destination_cluster"]="hercules"\nprint(json.dumps(j))\n',
    );
    const staged = await shop.run(shop.spec([{ module: 'm.py', execution: 'python3 m.py' }]));
    const path = join(shop.path, 'staging/work/new');
    expect(staged).toMatchObject({
      ok: true,
      files: ['new'],
      spec: { destination: ['hercules'], job: { kind: 'file', path } },
    });
  });

  it('are none where the stage is empty', async () => {
    const spec = shop.spec([]);
    expect(await shop.run(spec)).toMatchObject({ ok: true, spec, modules: [], files: [] });
  });
});

const PASS = 'json.dumps(j)';
function python(lines: string): string {
  return `import json, sys\nj = json.load(sys.stdin)\n${lines}\n`;
}

interface Failing {
  readonly name: string;
  readonly text: string;
  readonly compilation?: string;
  readonly exitCode: number | null;
  readonly why: string | RegExp;
}

const FAILING: readonly Failing[] = [
  {
    name: 'its exit code, with its last words',
    text: python('print("first\\nlast", file=sys.stderr)\nsys.exit(3)'),
    exitCode: 3,
    why: 'module m.py (staging 1) ended with code 3; it said: first\nlast',
  },
  {
    name: 'nothing said',
    text: python('sys.exit(1)'),
    exitCode: 1,
    why: 'module m.py (staging 1) ended with code 1; it said nothing on standard error',
  },
  {
    name: 'an exception',
    text: python('j["nope"]'),
    exitCode: 1,
    why: /^module m.py \(staging 1\) ended with code 1; it said: Traceback[\s\S]*KeyError: 'nope'$/,
  },
  {
    name: 'a signal',
    text: python('import os; os.kill(os.getpid(), 9)'),
    exitCode: 137,
    why: /^module m.py \(staging 1\) ended with code 137; /,
  },
  {
    name: 'two objects',
    text: python(`print(${PASS}); print(${PASS})`),
    exitCode: 0,
    why: 'module m.py (staging 1) printed more than one JSON object; print one, once',
  },
  {
    name: 'a banner',
    text: python(`print("hello"); print(${PASS})`),
    exitCode: 0,
    why: /^module m.py \(staging 1\) printed "hello.* before its JSON; print nothing but the job/,
  },
  {
    name: 'another name',
    text: python(`j["name"] = "ice"; print(${PASS})`),
    exitCode: 0,
    why: /^module m.py \(staging 1\) changed name from "water" to "ice"; /,
  },
  {
    name: 'a passphrase',
    text: python(`j["passphrase"] = "x"; print(${PASS})`),
    exitCode: 0,
    why: 'module m.py (staging 1) added passphrase; no secret passes through a module: take it out',
  },
  {
    name: 'no valid job',
    text: python(`j["resources"] = {"nbr_processes": 0}; print(${PASS})`),
    exitCode: 0,
    why: 'module m.py (staging 1) printed a job that is not valid: resources.nbr_processes 0 is too small; the least is 1',
  },
  {
    name: 'a compilation',
    text: '',
    compilation: 'echo "no such thing" >&2; false',
    exitCode: 1,
    why: 'module m.py (staging 1): its compilation "echo \\"no such thing\\" >&2; false" ended with code 1; it said: no such thing',
  },
];

describe('a module that fails', () => {
  it.each(FAILING)('$name', async ({ text, compilation, exitCode, why }) => {
    await shop.put('modules/m.py', text);
    const step = {
      module: 'm.py',
      execution: 'python3 m.py',
      ...(compilation === undefined ? {} : { compilation }),
    };
    const second = { module: 'm.py', execution: 'touch never' };
    const { failed, modules } = refused(await shop.run(shop.spec([step, second])));
    expect(failed).toMatchObject({ module: 'm.py', index: 1, exitCode, cancelled: false });
    expect(failed.why).toMatch(why);
    if (typeof why === 'string') expect(failed.why).toBe(why);
    expect(modules).toEqual([]);
  });

  it('comes after those that did well', async () => {
    await shop.put('modules/m.py', '');
    const steps = [
      { module: 'm.py', execution: 'cat #' },
      { module: 'm.py', execution: '(exit 4);' },
    ];
    const { failed, modules } = refused(await shop.run(shop.spec(steps)));
    expect(modules).toMatchObject([{ index: 1, exitCode: 0 }]);
    expect(failed).toMatchObject({ index: 2, why: expect.stringContaining('(staging 2)') });
  });

  it('printed too much', async () => {
    await shop.put('modules/m.sh', 'yes');
    const spec = shop.spec([{ module: 'm.sh', execution: 'sh m.sh' }]);
    const { failed } = refused(await shop.run(spec, { limits: { outputBytes: 1_000_000 } }));
    expect(failed.why).toBe(
      'module m.sh (staging 1) was ended, as it printed more than 1000000 bytes on standard output',
    );
  });

  it('vanished since the manifest was read', async () => {
    await shop.put('modules/m.sh', '');
    const spec = shop.spec([{ module: 'm.sh', execution: 'sh m.sh' }]);
    const context = shop.context(join(shop.path, 'nowhere'));
    const { failed } = refused(await shop.run(spec, { context }));
    expect(failed.why).toMatch(
      /^module m.sh \(staging 1\) could not be copied from the modules folder: .*nowhere\/m.sh/,
    );
  });
});

function refused(staged: Staged): Extract<Staged, { ok: false }> {
  if (staged.ok) throw new Error('it did well');
  return staged;
}

function alive(): string[] {
  const ps = execFileSync('ps', ['-eo', 'stat=,args='], { encoding: 'utf8' });
  return ps.split('\n').filter((line) => line.includes(shop.path) && !line.startsWith('Z'));
}

describe('no process is left behind', () => {
  /** A shell that shows the folder's name in the list of processes, and heeds no TERM. */
  const stubborn = `bash -c 'trap "" TERM; while :; do sleep 0.05; done' "$PWD"`;
  const limits = { killAfterMs: 500 };

  it('by a module that ends before its child, which holds standard output', async () => {
    await shop.put('modules/m.sh', `${stubborn} &\ncat\n`);
    const spec = shop.spec([{ module: 'm.sh', execution: 'sh m.sh' }]);
    expect(await shop.run(spec, { limits })).toMatchObject({ ok: true, spec });
    expect(alive()).toEqual([]);
  });

  it.each([
    ['hangs', 'echo begun >&2\nsleep 60\n'],
    ['heeds no TERM', `echo begun >&2\ntrap "" TERM\n${stubborn}\n`],
  ])('by one that %s beyond its time limit', async (_, text) => {
    await shop.put('modules/m.sh', text);
    const spec = shop.spec([{ module: 'm.sh', execution: 'sh m.sh', time_limit: '1s' }]);
    const { failed } = refused(await shop.run(spec, { limits }));
    expect(failed).toMatchObject({
      exitCode: null,
      stderr: 'begun\n',
      why: 'module m.sh (staging 1) took longer than 1s and was ended; give it more with time_limit; it said: begun',
    });
    expect(failed.seconds).toBeLessThan(10);
    expect(alive()).toEqual([]);
  });

  it('when the run is cancelled', async () => {
    await shop.put('modules/m.sh', `touch begun\n${stubborn}\n`);
    const cancel = new AbortController();
    const spec = shop.spec([{ module: 'm.sh', execution: 'sh m.sh' }]);
    const running = shop.run(spec, { limits, signal: cancel.signal });
    while (
      !(await shop.text('staging/work/begun').then(
        () => true,
        () => false,
      ))
    )
      await sleep(20);
    cancel.abort();
    const { failed } = refused(await running);
    expect(failed).toMatchObject({
      cancelled: true,
      why: 'module m.sh (staging 1) was ended before it was done',
    });
    expect(alive()).toEqual([]);
  });

  it('when it was cancelled before', async () => {
    await shop.put('modules/m.sh', 'cat');
    const spec = shop.spec([{ module: 'm.sh', execution: 'sh m.sh' }]);
    const { failed } = refused(await shop.run(spec, { signal: AbortSignal.abort() }));
    expect(failed).toMatchObject({ cancelled: true, exitCode: null });
  });
});

it('a login profile that ends the shell leaves nothing printed', async () => {
  await shop.put('home/.bash_profile', 'exit 0\n');
  await shop.put('modules/m.sh', 'cat');
  const environment = { ...process.env, HOME: join(shop.path, 'home') };
  const spec = shop.spec([{ module: 'm.sh', execution: 'sh m.sh', time_limit: '40d' }]);
  const { failed } = refused(await shop.run(spec, { environment }));
  expect(failed.why).toMatch(/^module m.sh \(staging 1\) printed nothing; /);
});

it('what the login profile prints or sets disturbs nothing', async () => {
  const home = join(shop.path, 'home');
  await mkdir(home);
  await writeFile(
    join(home, '.bash_profile'),
    'echo Welcome; echo "to here" >&2; set -C; IFS=,; export PATH=/usr/bin:/bin\n',
  );
  await shop.put('modules/m.sh', 'our-tool && cat\n');
  await shop.put('bin/our-tool', '#!/bin/sh\nexit 0\n', 0o755);
  const environment = { ...process.env, HOME: home, PATH: `${shop.path}/bin:${process.env['PATH'] ?? ''}` };
  const staged = await shop.run(shop.spec([{ module: 'm.sh', execution: 'sh m.sh' }]), { environment });
  expect(staged).toMatchObject({ ok: true, modules: [{ stderr: 'Welcome\nto here\n' }] });
});
