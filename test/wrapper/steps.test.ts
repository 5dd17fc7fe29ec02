/** The detached runner of requirements and compilation. */
import { existsSync, readdirSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { afterEach, describe, expect, it } from 'vitest';
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
  const marks = tokens.flatMap((token) =>
    readdirSync(site.job(token, '.sluice'))
      .filter((name) => /^(runner|step\.\w+\.\d+$)/.test(name))
      .map((name) => read(site.job(token, '.sluice', name)).split(' ')),
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

function step(name: StepRequest['name'], items: readonly string[], token = 'a.1'): Record<string, string> {
  const jobDirectory = site.job(token);
  const text = renderStep({
    token,
    jobDirectory,
    workingDirectory: `${jobDirectory}/work`,
    environment: {},
    setup: [],
    name,
    items,
  });
  return { [`.sluice/steps/${name}`]: text };
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

const startAgain = () => site.say(exchange().call('hold', 'a.1').call('steps', 'a.1'));

async function word(): Promise<string> {
  const seen = await site.say(exchange().call('observe', '0'), { delivery: 'present' });
  return seen.all('claim')[0]?.split(' ')[3] ?? '';
}

const ended = () =>
  until(async () => {
    const now = await word();
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
    expect(await word()).toMatch(/^running:alive:\d+:[^:]+$/);
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
      expect(await word()).toMatch(/^running:dead:\d+:[^:]+$/);
      await Promise.all([startAgain(), startAgain(), startAgain()]);
      await until(() => read(site.job('a.1', '.sluice/runner.2')) !== '');
      expect(await word()).toMatch(/^running:alive:\d+:[^:]+$/);
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

describe('a runner', () => {
  it("of another login host is neither dead nor taken over, and its heartbeat's age is told", async () => {
    make();
    await start({});
    await ended();
    unlinkSync(site.job('a.1', '.sluice/steps.done'));
    writeFileSync(site.job('a.1', '.sluice/runner'), 'elsewhere 1 2 3\n');
    writeFileSync(site.job('a.1', '.sluice/heartbeat'), `${Math.floor(Date.now() / 1000) - 100}\n`);
    await startAgain();
    expect(await word()).toMatch(/^running:unknown:10\d:elsewhere$/);
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
    const reply = await site.say(exchange().call('hold', 'a.1').call('steps', 'a.1').call('steps', 'b.1'), {
      delivery: 'inline',
    });
    expect(reply.all('fault')).toEqual([
      expect.stringContaining('steps a.1 the wrapper is not kept'),
      'steps b.1 is not held and placed',
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
