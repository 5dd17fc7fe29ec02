/** The detached runner of a chain of steps: those before the submission, and those after the job. */
import { existsSync, readdirSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { afterEach, describe, expect, it } from 'vitest';
import type { StepName } from '../../src/model/observation.js';
import { readClaims } from '../../src/protocol/observation.js';
import { renderStep, type StepRequest } from '../../src/shell/script.js';
import { attempt, DASH, exchange, pack, read, SHELLS, Site, until } from './site.js';
import { installStubs } from './slurm-stubs.js';

let site: Site;
afterEach(async () => {
  // A runner writes until it ends.
  await until(() => livingRunners().length === 0);
  site.remove();
});

function livingRunners(): number[] {
  if (!existsSync(site.work)) return [];
  const tokens = readdirSync(site.work).filter((name) => !name.startsWith('.'));
  const folders = tokens
    .flatMap((token) => [site.job(token, '.sluice'), site.job(token, '.sluice/after')])
    .filter((folder) => existsSync(folder));
  const marks = folders.flatMap((folder) =>
    readdirSync(folder)
      .filter((name) => /^(runner|step\.\w+\.\d+$)/.test(name))
      .map((name) => read(folder, name).split(' ')),
  );
  return marks
    .filter(([host, pid]) => host === hostname() && alive(Number(pid)))
    .map(([, pid]) => Number(pid));
}

function alive(pid: number): boolean {
  try {
    return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

/** Of the second chain where the name is `postprocessing`. */
function step(name: StepName, items: readonly string[], token = 'a.1'): Record<string, string> {
  const jobDirectory = site.job(token);
  const marks = name === 'postprocessing' ? '.sluice/after' : '.sluice';
  const text = renderStep({
    token,
    jobDirectory,
    workingDirectory: `${jobDirectory}/work`,
    environment: {},
    setup: [],
    // The others are rendered elsewhere; what the runner does with a script is the same for all.
    name: name as StepRequest['name'],
    items,
    marksDirectory: `${jobDirectory}/${marks}`,
  });
  return { [`${marks}/steps/${name}`]: text };
}

/** Claims, places and starts. */
async function start(steps: Readonly<Record<string, string>>): Promise<void> {
  const all = exchange()
    .call('claim', 'a.1', site.claim('a.1'))
    .call('claims')
    .call('place')
    .call('steps', 'a.1');
  const reply = await site.say(all, { payload: pack(attempt('a.1', '#!/bin/sh\n', steps)) });
  expect(reply.errors).toBe('');
  expect(reply.all('stepping')).toEqual(['a.1']);
}

const startAfter = () => site.say(exchange().call('hold', 'a.1').call('steps', 'a.1', 'after'));
const startAgain = () => site.say(exchange().call('hold', 'a.1').call('steps', 'a.1'));

/** How a chain stands, in the words of the claim frame. */
async function word(chain: 'before' | 'after' = 'before'): Promise<string> {
  const seen = await site.say(exchange().call('observe', '0'), { delivery: 'present' });
  return seen.all('claim')[0]?.split(' ')[chain === 'before' ? 3 : 7] ?? '';
}

const ended = (chain: 'before' | 'after' = 'before') =>
  until(async () => {
    const now = await word(chain);
    return now === 'done' || now.startsWith('failed:') ? now : undefined;
  });

function make(shell = DASH): void {
  site = new Site(shell);
  installStubs(site);
}

describe.each(SHELLS)('steps under $name', (shell) => {
  it('run in their order, in one login shell each, with their output kept', { timeout: 60_000 }, async () => {
    make(shell);
    writeFileSync(`${site.home}/.bash_profile`, 'export FROM_PROFILE=yes\n');
    await start({
      ...step('requirements', [
        'X=1; cd /',
        'echo "r $X $PWD $FROM_PROFILE"; cat',
        'echo 1 >"$OLDPWD/order"',
      ]),
      ...step('compilation', ['echo 2 >>order; nice; pwd; echo to stderr >&2']),
    });
    expect(await ended()).toBe('done');
    expect(read(site.job('a.1', 'logs/requirements'))).toBe('r 1 / yes\n');
    expect(read(site.job('a.1', 'logs/compilation'))).toBe(`10\n${site.job('a.1', 'work')}\nto stderr\n`);
    expect(read(site.job('a.1', 'work/order'))).toBe('1\n2\n');
    expect(read(site.job('a.1', '.sluice/runner'))).toMatch(new RegExp(`^${hostname()} \\d+ \\d+ \\d+\\n$`));
    expect(readdirSync(site.job('a.1', '.sluice')).filter((name) => name.startsWith('new.'))).toEqual([]);
  });

  it(
    'name the step, the item and the code that failed, with its last words',
    { timeout: 60_000 },
    async () => {
      make(shell);
      await start({
        ...step('requirements', ['true', 'echo "no such module" >&2; exit 3', 'touch never']),
        ...step('compilation', ['touch never']),
      });
      expect(await ended()).toBe('failed:requirements:2:3');
      const seen = await site.say(exchange().call('observe', '0'));
      expect(seen.frames.find((frame) => frame.kind === 'steptail')?.lines.join('\n')).toContain(
        'no such module',
      );
      expect(existsSync(site.job('a.1', 'work/never'))).toBe(false);
    },
  );

  it('are started once, however often they are asked for', { timeout: 60_000 }, async () => {
    make(shell);
    await start(step('requirements', ['echo x >>count; until [ -e go ]; do sleep 0.1; done']));
    await until(() => existsSync(site.job('a.1', 'work/count')));
    expect(await word()).toMatch(/^running:alive:\d+:[^:]+:\d+$/);
    await Promise.all([startAgain(), startAgain(), startAgain()]);
    writeFileSync(site.job('a.1', 'work/go'), '');
    expect(await ended()).toBe('done');
    await startAgain();
    await until(() => livingRunners().length === 0);
    expect(read(site.job('a.1', 'work/count'))).toBe('x\n');
    // A runner that came while the first was ending may have taken its turn: it finds all done, and begins nothing.
    expect(read(site.job('a.1', '.sluice/step.requirements.2'))).toBe('');
  });

  it(
    'go on after their runner was killed: what had begun runs once, what was done is not repeated',
    { timeout: 60_000 },
    async () => {
      make(shell);
      await start({
        ...step('requirements', ['echo r >>count']),
        ...step('compilation', ['echo c >>count; until [ -e go ]; do sleep 0.1; done; echo C >>count']),
      });
      await until(() => read(site.job('a.1', 'work/count')) === 'r\nc\n');
      const [, pid] = read(site.job('a.1', '.sluice/runner')).split(' ');
      process.kill(Number(pid), 'SIGKILL');
      await until(() => !alive(Number(pid)));
      expect(await word()).toMatch(/^running:dead:\d+:[^:]+:\d+$/);
      await Promise.all([startAgain(), startAgain(), startAgain()]);
      await until(() => read(site.job('a.1', '.sluice/runner.2')) !== '');
      expect(await word()).toMatch(/^running:alive:\d+:[^:]+:\d+$/);
      writeFileSync(site.job('a.1', 'work/go'), '');
      expect(await ended()).toBe('done');
      expect(read(site.job('a.1', 'work/count'))).toBe('r\nc\nC\n');
    },
  );

  it.each([
    ['ends at once', ''],
    ['ends even where it would not', "trap '' TERM; (trap '' TERM; sleep 300 & wait) & "],
  ])(
    'are ended with the attempt: a fenced step %s, and none follows',
    { timeout: 60_000 },
    async (_, deaf) => {
      make(shell);
      await start({
        ...step('requirements', [`${deaf}sleep 300 & echo $! >pid; wait; touch survived`]),
        ...step('compilation', ['touch never']),
      });
      await until(() => read(site.job('a.1', 'work/pid')) !== '');
      const pid = Number(read(site.job('a.1', 'work/pid')));
      const runners = livingRunners();
      expect([runners.length, alive(pid)]).toEqual([2, true]);
      expect((await site.say(exchange().call('fence', 'a.1'))).all('fenced')).toEqual(['a.1']);
      await until(() => !alive(pid) && runners.every((each) => !alive(each)));
      await until(() => processesBelow(site.home).length === 0);
      for (const name of ['never', 'survived']) expect(existsSync(site.job('a.1', 'work', name))).toBe(false);
      await startAgain();
      await until(() => processesBelow(site.home).length === 0);
      expect(existsSync(site.job('a.1', 'work/never'))).toBe(false);
    },
  );

  it(
    'are ended by their own runner when the fence was made on another host',
    { timeout: 60_000 },
    async () => {
      make(shell);
      await start(step('requirements', ['sleep 300 & echo $! >pid; wait']));
      await until(() => read(site.job('a.1', 'work/pid')) !== '');
      const pid = Number(read(site.job('a.1', 'work/pid')));
      writeFileSync(site.job('a.1', '.sluice/owner'), 'fence elsewhere\n');
      await until(() => !alive(pid));
      await until(() => processesBelow(site.home).length === 0);
    },
  );

  it('begin a step again when all of it was killed', { timeout: 60_000 }, async () => {
    make(shell);
    await start(step('compilation', ['echo c >>count; until [ -e go ]; do sleep 0.1; done']));
    await until(() => read(site.job('a.1', 'work/count')) === 'c\n');
    for (const pid of livingRunners()) process.kill(pid, 'SIGKILL');
    await until(() => livingRunners().length === 0);
    // Its orphan too.
    writeFileSync(site.job('a.1', 'work/go'), '');
    await startAgain();
    expect(await ended()).toBe('done');
    expect(read(site.job('a.1', 'work/count'))).toBe('c\nc\n');
  });
});

describe.each(SHELLS)('the steps after a job under $name', (shell) => {
  /** The steps before it are over, it was submitted, and its job owns it. */
  async function over(steps: Readonly<Record<string, string>>): Promise<void> {
    await start(steps);
    expect(await ended()).toBe('done');
    const submit = exchange()
      .call('hold', 'a.1')
      .together('submit', [['a.1', '--job-name=a.1']]);
    expect((await site.say(submit)).all('submitted')).toEqual(['a.1 1']);
    writeFileSync(site.job('a.1', '.sluice/owner'), 'job 1 0 xyz\n');
    await until(() => livingRunners().length === 0);
  }

  it('run in a chain of their own, with marks of their own', { timeout: 60_000 }, async () => {
    make(shell);
    await over({
      ...step('source', ['echo s >>order']),
      ...step('requirements', ['echo r >>order']),
      ...step('preprocessing', ['echo p >>order']),
      ...step('postprocessing', ['echo P >>order; echo checked']),
    });
    expect(read(site.job('a.1', 'work/order'))).toBe('s\nr\np\n');
    expect(await word('after')).toBe('-');
    expect((await startAfter()).all('stepping')).toEqual(['a.1']);
    expect(await ended('after')).toBe('done');
    await startAfter();
    await until(() => livingRunners().length === 0);
    expect(read(site.job('a.1', 'work/order'))).toBe('s\nr\np\nP\n');
    expect(read(site.job('a.1', 'logs/postprocessing'))).toBe('checked\n');
    await until(() => processesBelow(site.home).length === 0);
    const marks = readdirSync(site.job('a.1', '.sluice/after')).sort();
    expect(marks.filter((name) => name !== 'heartbeat' && name !== 'runner.2')).toEqual([
      ...['runner', 'step.postprocessing.1', 'step.postprocessing.end', 'steps', 'steps.done'],
    ]);
  });

  it('fail with a word and a tail of their own', { timeout: 60_000 }, async () => {
    make(shell);
    await over(step('postprocessing', ['true', 'echo "no summary" >&2; exit 4']));
    await startAfter();
    expect(await ended('after')).toBe('failed:postprocessing:2:4');
    const { frames } = await site.say(exchange().call('observe', '0'));
    const facts = readClaims(frames).get('a.1');
    expect(facts).toMatchObject({
      jobId: '1',
      after: { kind: 'failed', step: 'postprocessing', item: 2, exitCode: 4 },
    });
    expect(facts?.after.kind === 'failed' && facts.after.tail).toContain('no summary');
    expect(existsSync(site.job('a.1', '.sluice/failed'))).toBe(false);
  });

  it('survive their runner, and run once however often they are asked for', { timeout: 60_000 }, async () => {
    make(shell);
    await over(
      step('postprocessing', ['echo x >>count; until [ -e go ]; do sleep 0.1; done; echo X >>count']),
    );
    await Promise.all([startAfter(), startAfter()]);
    await until(() => read(site.job('a.1', 'work/count')) === 'x\n');
    expect(await word('after')).toMatch(/^running:alive:\d+:[^:]+:\d+$/);
    const runner = await until(() =>
      ['runner', 'runner.2']
        .map((name) => Number(read(site.job('a.1', '.sluice/after', name)).split(' ')[1]))
        .find((pid) => pid > 0 && alive(pid)),
    );
    process.kill(runner, 'SIGKILL');
    await until(() => !alive(runner));
    expect(await word('after')).toMatch(/^running:dead:/);
    await Promise.all([startAfter(), startAfter(), startAgain()]);
    await until(async () => (await word('after')).startsWith('running:alive'));
    writeFileSync(site.job('a.1', 'work/go'), '');
    expect(await ended('after')).toBe('done');
    expect(read(site.job('a.1', 'work/count'))).toBe('x\nX\n');
  });

  it('end with the cancellation, though the job owns the attempt', { timeout: 60_000 }, async () => {
    make(shell);
    await over(step('postprocessing', ['sleep 300 & echo $! >pid; wait; touch survived']));
    await startAfter();
    await until(() => read(site.job('a.1', 'work/pid')) !== '');
    const pid = Number(read(site.job('a.1', 'work/pid')));
    const reply = await site.say(exchange().call('fence', 'a.1').call('cancel', 'a.1', '1'));
    expect([reply.all('owned'), reply.all('cancelled'), reply.all('fault')]).toEqual([
      ['a.1 job:1:0'],
      ['a.1 0'],
      [],
    ]);
    expect(await word('after')).toBe('failed:postprocessing:0:143');
    await until(() => !alive(pid) && livingRunners().length === 0);
    await until(() => processesBelow(site.home).length === 0);
    await startAfter();
    await until(() => processesBelow(site.home).length === 0);
    expect(await word('after')).toBe('failed:postprocessing:0:143');
    expect(existsSync(site.job('a.1', 'work/survived'))).toBe(false);
  });
});

describe('a runner', () => {
  it("of another login host is neither dead nor taken over, and its heartbeat's age is told", async () => {
    make();
    await start({});
    await ended();
    unlinkSync(site.job('a.1', '.sluice/steps.done'));
    writeFileSync(site.job('a.1', '.sluice/runner'), 'elsewhere 1 2 3\n');
    writeFileSync(site.job('a.1', '.sluice/heartbeat'), `${Math.floor(Date.now() / 1000) - 100}\n`);
    await startAgain();
    expect(await word()).toMatch(/^running:unknown:10\d:elsewhere:1$/);
    expect(read(site.job('a.1', '.sluice/runner.2'))).toBe('');
  });

  it('beats while it lives and leaves no process behind', { timeout: 60_000 }, async () => {
    make();
    await start(step('requirements', ['until [ -e go ]; do sleep 0.1; done']));
    await until(() => read(site.job('a.1', '.sluice/heartbeat')) !== '');
    writeFileSync(site.job('a.1', 'work/go'), '');
    expect(await ended()).toBe('done');
    await until(() => processesBelow(site.home).length === 0);
  });

  it('cannot be started where nothing may be kept', async () => {
    make();
    await site.say(exchange().call('claim', 'a.1', site.claim('a.1')).call('claims').call('place'), {
      payload: pack(attempt('a.1')),
    });
    const asked = exchange()
      .call('hold', 'a.1')
      .call('steps', 'a.1')
      .call('steps', 'b.1')
      .call('steps', 'a.1', 'sideways');
    const reply = await site.say(asked, { delivery: 'inline' });
    expect(reply.all('fault')).toEqual([
      expect.stringContaining('steps a.1 the wrapper is not kept'),
      'steps b.1 is not held and placed',
      'steps a.1 has no chain of steps that is named sideways',
    ]);
  });
});

/** Processes that have the site's path among their words. */
function processesBelow(path: string): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => (existsSync(`/proc/${pid}/cmdline`) ? readCommand(pid) : ''))
    .filter((command) => command.includes(path));
}

function readCommand(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}
