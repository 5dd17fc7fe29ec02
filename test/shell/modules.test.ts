import { execFileSync } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { moduleFiles, renderModules, stageInput, type ModulesRequest } from '../../src/shell/modules.js';
import { JobDirectory, runScript, type Ended, type RunOptions } from './bash.js';

let job: JobDirectory;
beforeEach(async () => {
  job = await JobDirectory.make();
  await mkdir(join(job.path, '.sluice/modules'));
  await given({ name: 'water', kwargs: { text: 'it\'s "é"\n' } });
});
afterEach(() => job.remove());

function given(value: unknown): Promise<void> {
  return writeFile(join(job.path, '.sluice/modules/input.json'), `${JSON.stringify(value)}\n`);
}

function work(name: string, text: string): Promise<void> {
  return writeFile(join(job.path, 'work', name), text, { mode: 0o755 });
}

function left(name: string): Promise<string | undefined> {
  return readFile(join(job.path, '.sluice/modules', name), 'utf8').catch(() => undefined);
}

type Module = ModulesRequest['modules'][number];

function render(modules: readonly Partial<Module>[], more: Partial<ModulesRequest> = {}): string {
  return renderModules({
    name: 'preprocessing',
    token: 'water.1f9e.1',
    jobDirectory: job.path,
    workingDirectory: join(job.path, 'work'),
    environment: {},
    setup: [],
    input: 'input.json',
    variables: { SLUICE_NAME: 'water' },
    modules: modules.map((each) => ({ module: 'm.sh', execution: './m.sh', ...each })),
    ...more,
  });
}

async function run(script: string, options: RunOptions = {}): Promise<Ended> {
  const path = join(job.path, '.sluice/steps/preprocessing');
  await writeFile(path, script, { mode: 0o755 });
  return runScript(path, options);
}

const WORDS =
  'printf "%s " "$SLUICE_STAGE" "$SLUICE_MODULE" "$SLUICE_INDEX" "$SLUICE_INPUT" "$SLUICE_NAME" $# >&2\n';

describe('the modules of a stage', () => {
  it('get the job as argument and on stdin, and each the output of the one before', async () => {
    await work('m.sh', `#!/bin/sh\n${WORDS}[ "$1" = "$(cat)" ] && printf '{"was":%s}' "$1"\n`);
    const ended = await run(render([{}, { module: 'n.sh', execution: 'true && ./m.sh\r\n' }]));
    expect(ended).toMatchObject({
      code: 0,
      stdout: '',
      stderr: 'preprocessing m.sh 1 argument water 1 preprocessing n.sh 2 argument water 1 ',
    });
    const input = (await left('input.json'))!.trimEnd();
    expect(await left('preprocessing.1.json')).toBe(`{"was":${input}}`);
    expect(await left('preprocessing.2.json')).toBe(`{"was":{"was":${input}}}`);
    expect(await job.mark('failed')).toBeUndefined();
  });

  it('get what is too long for an argument on stdin alone', async () => {
    await given({ kwargs: 'x'.repeat(200 * 1024) });
    await work('m.sh', `#!/bin/sh\n${WORDS}cat\n`);
    const ended = await run(render([{}]));
    expect(ended).toMatchObject({ code: 0, stderr: 'preprocessing m.sh 1 stdin water 0 ' });
    expect(await left('preprocessing.1.json')).toBe(await left('input.json'));
  });

  it('share what setup did, but not what another of them does', async () => {
    const execution = 'cd / && greet';
    const setup = ['greet() { echo "{\\"who\\":\\"$who\\"}"; }', 'who=me; set -eu'];
    const ended = await run(
      render([{ execution }, { execution: 'who=$(basename "$PWD"); greet' }], { setup }),
    );
    expect(ended).toMatchObject({ code: 0 });
    expect(await left('preprocessing.1.json')).toBe('{"who":"me"}\n');
    expect(await left('preprocessing.2.json')).toBe('{"who":"work"}\n');
  });

  it('are compiled where that is asked, whatever the compiler prints', async () => {
    await work(
      'm.c',
      '#include <stdio.h>\nint main(int n, char **a) { return n == 2 && puts(a[1]) > 0 ? 0 : 9; }\n',
    );
    const compilation = 'echo compiling; gcc -o m m.c\n';
    const ended = await run(render([{ module: 'm.c', compilation, execution: './m' }]));
    expect(ended).toMatchObject({ code: 0, stderr: 'compiling\n' });
    expect(await left('preprocessing.1.json')).toBe(await left('input.json'));
  });

  it('have the environment of the job', async () => {
    const execution = 'echo "{\\"$GREETING\\":1}" #';
    await run(render([{ execution }], { environment: { GREETING: "it's" } }));
    expect(await left('preprocessing.1.json')).toBe('{"it\'s":1}\n');
  });

  it('are not run again when a second runner comes', async () => {
    await work('m.sh', '#!/bin/sh\nprintf "%s\\n" "$1" | tee -a again\n');
    const script = render([{}, { execution: '[ -e mended ] && ./m.sh' }]);
    expect(await run(script)).toMatchObject({ code: 1 });
    await work('mended', '');
    expect(await run(script)).toMatchObject({ code: 0 });
    expect((await readFile(join(job.path, 'work/again'), 'utf8')).trimEnd().split('\n')).toHaveLength(2);
  });

  it('of postprocessing begin with what preprocessing left', async () => {
    await writeFile(join(job.path, '.sluice/modules/preprocessing.2.json'), '{"two":2}');
    const stages = { preprocessing: [1, 2].map(toModule), postprocessing: [1].map(toModule) };
    const more = { name: 'postprocessing', input: stageInput(stages, 'postprocessing') } as const;
    expect(await run(render([{ execution: 'echo' }], more))).toMatchObject({ code: 0 });
    expect(await left('postprocessing.1.json')).toBe('{"two":2}\n');
    expect(stageInput(stages, 'preprocessing')).toBe('input.json');
    expect(stageInput({ ...stages, preprocessing: [] }, 'postprocessing')).toBe('input.json');
    expect(moduleFiles(stages)).toEqual(['m1', 'm2']);
  });
});

function toModule(index: number): Module {
  return { module: `m${index}`, execution: 'cat' };
}

interface Failing {
  readonly name: string;
  readonly modules: readonly Partial<Module>[];
  readonly setup?: readonly string[];
  readonly mark: readonly [string, string];
  readonly says: string;
}

const OK = { execution: 'echo' };
const FAILING: readonly Failing[] = [
  {
    name: 'its exit code',
    modules: [OK, { execution: 'echo why >&2; exit 3;' }, { execution: 'touch never' }],
    mark: ['2', '3'],
    says: 'why\nsluice: module m.sh (preprocessing 2) ended with code 3\n',
  },
  {
    name: 'a compilation',
    modules: [{ compilation: 'gcc -o m nowhere.c' }],
    mark: ['1', '1'],
    says: 'sluice: the compilation of module m.sh (preprocessing 1) failed\n',
  },
  {
    name: 'no such command',
    modules: [OK, { execution: './nowhere' }],
    mark: ['2', '127'],
    says: './nowhere: No such file or directory\n',
  },
  { name: 'setup', setup: ['true', '(exit 5)'], modules: [OK], mark: ['-1', '5'], says: 'item -1\n' },
  {
    name: 'nothing printed',
    modules: [{ execution: 'true #' }],
    mark: ['1', '65'],
    says: 'module m.sh (preprocessing 1) printed nothing; it must print the job that it was given as JSON, changed or not\n',
  },
  {
    name: 'a banner before the JSON',
    modules: [{ execution: 'echo hello;echo' }],
    mark: ['1', '65'],
    says: 'printed more or other than a JSON object; on standard output only the job, and all of it\n',
  },
  {
    name: 'a time limit',
    modules: [{ execution: 'sleep 30;', timeLimitSeconds: 1 }],
    mark: ['1', '124'],
    says: 'sluice: it took longer than 1 s; give it more with time_limit\n',
  },
];

describe('the first that fails ends the stage and is named', () => {
  it.each(FAILING)('$name', async ({ modules, setup = [], mark, says }) => {
    const ended = await run(render(modules, { setup }));
    expect(ended).toMatchObject({ code: Number(mark[1]), stdout: '', stderr: expect.stringContaining(says) });
    expect(await job.mark('failed')).toEqual(mark);
    expect(await left(`preprocessing.${mark[0]}.json`)).toBeUndefined();
    expect(await readFile(join(job.path, 'work/never')).catch(() => 'none')).toBe('none');
  });
});

/** Names of the processes that run in this job's directory. */
function alive(): string[] {
  const ps = execFileSync('ps', ['-eo', 'stat=,args='], { encoding: 'utf8' });
  return ps.split('\n').filter((line) => line.includes(`${job.path}/work`) && !line.startsWith('Z'));
}

describe('no process is left behind', () => {
  const child = (): string =>
    `bash -c 'trap "" TERM; while :; do sleep 0.1; done' ${job.path.replace("'", "\\'").replace(' ', '\\ ')}/work`;

  it('by a module that ends before its child, which holds stdout', async () => {
    const ended = await run(render([{ execution: `${child()} & echo` }]));
    expect(ended).toMatchObject({ code: 0 });
    expect(await left('preprocessing.1.json')).toBe(await left('input.json'));
    expect(alive()).toEqual([]);
  });

  it('by a module that heeds no TERM', async () => {
    const ended = await run(render([{ execution: `trap "" TERM; ${child()};`, timeLimitSeconds: 1 }]));
    expect(ended).toMatchObject({ code: 124 });
    expect(alive()).toEqual([]);
  });

  it('when the step itself is ended', async () => {
    const ended = await run(render([{ execution: `touch begun; ${child()};` }]), {
      meanwhile: (kill) => void begun().then(() => kill('SIGTERM')),
    });
    expect(ended).toMatchObject({ code: 143 });
    expect(await job.mark('failed')).toEqual(['1', '143']);
    expect(alive()).toEqual([]);
  });

  async function begun(): Promise<void> {
    while ((await readFile(join(job.path, 'work/begun')).catch(() => undefined)) === undefined)
      await sleep(50);
  }
});
