/** This machine as a cluster: processes, a queue, a dispatcher. */
import { existsSync, mkdirSync, readdirSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { attempt, DASH, exchange, pack, read, type Said, SHELLS, Site, until } from './site.js';

let site: Site;
let slots = '2';
afterEach(async () => {
  for (const line of (await queue()).filter((each) => /^(PENDING|RUNNING)$/.test(each.state))) {
    await site.say(exchange().call('cancel', line.token, line.id.split('_')[0] ?? ''), options());
  }
  await until(() => dispatchers().length === 0);
  site.remove();
  slots = '2';
});

function make(shell = DASH): void {
  site = new Site(shell);
}

const options = () => ({ part: 'direct.sh' as const, env: { SLUICE_DIRECT_SLOTS: slots } });

interface Job {
  readonly token: string;
  readonly script: string;
  /** A size, or indexes as the option takes them. */
  readonly array?: number | string;
  readonly seconds?: number;
}

function words(job: Job): string[] {
  const paths = [
    `--output=${site.job(job.token, 'logs/stdout')}`,
    `--error=${site.job(job.token, 'logs/stderr')}`,
  ];
  return [
    `--job-name=${job.token}`,
    ...paths,
    `--chdir=${site.job(job.token, 'work')}`,
    ...(job.array === undefined
      ? []
      : [`--array=${typeof job.array === 'number' ? `1-${job.array}` : job.array}`]),
    ...(job.seconds === undefined ? [] : [`--time-seconds=${job.seconds}`]),
  ];
}

async function submit(...jobs: readonly Job[]): Promise<Said> {
  const all = exchange();
  for (const { token } of jobs) all.call('claim', token, site.claim(token));
  all.call('claims').call('place');
  all.together(
    'submit',
    jobs.map((job) => [job.token, ...words(job)]),
  );
  const files = jobs.map((job) => attempt(job.token, `#!/bin/bash -l\n${job.script}\n`));
  const reply = await site.say(all, {
    ...options(),
    payload: pack(Object.assign({}, ...files) as Record<string, string>),
  });
  expect(reply.errors).toBe('');
  expect(reply.all('submitted')).toHaveLength(jobs.length);
  return reply;
}

interface Line {
  readonly id: string;
  readonly state: string;
  readonly reason: string;
  readonly submitted: string;
  readonly token: string;
  readonly code: string;
}

async function queue(): Promise<Line[]> {
  const seen = await site.say(exchange().call('observe', '1'), options());
  expect(seen.errors).toBe('');
  const frame = seen.frames.find((each) => each.kind === 'queue');
  expect(frame?.rest).toBe('0');
  const lines = (frame?.lines ?? []).map((line) => {
    const [id = '', state = '', reason = '', submitted = '', token = '', code = ''] = line.split('\x1f');
    return { id, state, reason, submitted, token, code };
  });
  // What has ended comes after what has not.
  return lines.sort((a, b) => a.id.localeCompare(b.id, 'en', { numeric: true }));
}

const states = async (): Promise<string[]> => (await queue()).map((line) => `${line.id} ${line.state}`);

const settled = () =>
  until(async () => {
    const now = await states();
    return now.every((line) => !/ (PENDING|RUNNING)$/.test(line)) ? now : undefined;
  });

const direct = (...names: readonly string[]): string => join(site.claims, 'direct', ...names);

function dispatchers(): number[] {
  if (!existsSync(direct())) return [];
  return readdirSync(direct())
    .filter((name) => name.startsWith('lock.'))
    .map((name) => read(direct(name)).split(' '))
    .flatMap(([host, pid, start]) =>
      host === hostname() && startOf(Number(pid)) === start ? [Number(pid)] : [],
    );
}

/** When a process began, as its marks have it; undefined when it is gone. */
function startOf(pid: number): string | undefined {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /, '')
      .split(' ');
    return fields[0] === 'Z' ? undefined : fields[19];
  } catch {
    return undefined;
  }
}

/** Pid of a mark of task n: its supervisor (`start`) or the user's process (`group`). */
const pidOf = (id: number, mark: 'start' | 'group', n = 0): Promise<number> =>
  until(() => Number(read(direct('run', String(id), `${mark}.${n}`)).split(' ')[1] ?? 0));

describe.each(SHELLS)('direct under $name', (shell) => {
  it(
    'runs a job as Slurm would: directory, logs, names, states, exit codes',
    { timeout: 60_000 },
    async () => {
      make(shell);
      const names =
        '"$SLUICE_JOB_ID/$SLUICE_TASK_ID/$SLUICE_RESTART" "$SLURM_JOB_ID/${SLURM_ARRAY_TASK_ID-none}"';
      await submit(
        { token: 'a.1', script: `pwd; echo ${names}; cat; echo oops >&2; printf x >out` },
        { token: 'b.1', script: 'exit 3' },
      );
      expect(await settled()).toEqual(['1 COMPLETED', '2 FAILED']);
      expect(await queue()).toMatchObject([
        { id: '1', token: 'a.1', code: '0:0', submitted: expect.stringMatching(/^\d{10}$/) as string },
        { id: '2', token: 'b.1', code: '3:0', reason: 'NonZeroExitCode' },
      ]);
      expect(read(site.job('a.1', 'logs/stdout'))).toBe(`${site.job('a.1', 'work')}\n1/0/0 1/none\n`);
      expect(read(site.job('a.1', 'logs/stderr'))).toBe('oops\n');
      expect(read(site.job('a.1', 'work/out'))).toBe('x');
    },
  );

  it(
    'runs as many as it may, first come first served, and arrays task by task',
    { timeout: 120_000 },
    async () => {
      make(shell);
      const script =
        'echo "+$SLURM_JOB_ID.$SLUICE_TASK_ID" >>../../log; sleep 0.3; echo - >>../../log; echo "$SLURM_ARRAY_TASK_ID/$SLURM_ARRAY_TASK_COUNT"';
      await submit({ token: 'a.1', script }, { token: 'b.1', script, array: 5 }, { token: 'c.1', script });
      expect(await settled()).toEqual([
        '1 COMPLETED',
        ...[1, 2, 3, 4, 5].map((task) => `2_${task} COMPLETED`),
        '3 COMPLETED',
      ]);
      const log = read(site.work, 'log').split('\n').filter(Boolean);
      let running = 0;
      for (const line of log) expect((running += line === '-' ? -1 : 1)).toBeLessThanOrEqual(2);
      // Two start together, so neighbours may change places.
      const order = log
        .filter((line) => line !== '-')
        .map((line) => ['+1.0', '+2.1', '+2.2', '+2.3', '+2.4', '+2.5', '+3.0'].indexOf(line));
      order.forEach((place, index) => expect(Math.abs(place - index)).toBeLessThanOrEqual(1));
      expect(read(site.job('b.1', 'logs/stdout.4'))).toBe('4/5\n');
    },
  );

  it('ends what is cancelled, running or waiting, and nothing else', { timeout: 120_000 }, async () => {
    make(shell);
    slots = '1';
    const script = 'trap "echo termed >>seen; exit 9" TERM; echo up >seen; sleep 100 & wait';
    await submit(
      { token: 'a.1', script },
      { token: 'b.1', script: 'touch ran' },
      { token: 'c.1', script: 'touch ran', array: 3 },
    );
    await until(() => read(site.job('a.1', 'work/seen')) === 'up\n');
    expect(await states()).toEqual(['1 RUNNING', '2 PENDING', '3_1 PENDING', '3_2 PENDING', '3_3 PENDING']);
    const wrong = await site.say(
      exchange().call('cancel', 'b.1', '1').call('cancel', 'x.1', '77'),
      options(),
    );
    expect(wrong.all('cancelled')).toEqual(['b.1 1', 'x.1 1']);
    expect(wrong.frames.find((frame) => frame.kind === 'cancelled')?.errors.join()).toContain(
      'no job 1 named b.1',
    );
    expect((await states())[0]).toBe('1 RUNNING');
    const right = await site.say(exchange().call('cancel', 'c.1', '3').call('cancel', 'a.1', '1'), options());
    expect(right.all('cancelled')).toEqual(['c.1 0', 'a.1 0']);
    expect(await settled()).toEqual([
      '1 CANCELLED',
      '2 COMPLETED',
      '3_1 CANCELLED',
      '3_2 CANCELLED',
      '3_3 CANCELLED',
    ]);
    expect(read(site.job('a.1', 'work/seen'))).toBe('up\ntermed\n');
    expect(existsSync(site.job('c.1', 'work/ran'))).toBe(false);
  });

  it(
    'ends a job at its time limit with all that it started, and what a job leaves behind when it ends',
    { timeout: 120_000 },
    async () => {
      make(shell);
      await submit(
        {
          token: 'a.1',
          script: 'trap "" TERM; (trap "" TERM; sleep 100) & echo $! >child; sleep 100; sleep 100',
          seconds: 1,
        },
        { token: 'b.1', script: 'sleep 100 & echo $! >child' },
      );
      expect(await settled()).toEqual(['1 TIMEOUT', '2 COMPLETED']);
      for (const token of ['a.1', 'b.1']) {
        const child = Number(read(site.job(token, 'work/child')));
        await until(() => startOf(child) === undefined);
      }
    },
  );

  it('loses and doubles nothing when its dispatcher is killed', { timeout: 120_000 }, async () => {
    make(shell);
    const script = 'echo "$SLUICE_JOB_ID.$SLUICE_TASK_ID" >>../../log; sleep 0.4';
    await submit({ token: 'a.1', script, array: 6 }, { token: 'b.1', script }, { token: 'c.1', script });
    for (let kills = 0; kills < 4; kills += 1) {
      const [pid] = await until(() => (dispatchers().length > 0 ? dispatchers() : undefined));
      process.kill(pid ?? 0, 'SIGKILL');
      await until(() => startOf(pid ?? 0) === undefined);
      await queue();
      await new Promise((resolve) => setTimeout(resolve, 150));
    }
    const all = await settled();
    expect(all.every((line) => line.endsWith(' COMPLETED'))).toBe(true);
    expect(all).toHaveLength(8);
    const log = read(site.work, 'log').split('\n').filter(Boolean).sort();
    expect(log).toEqual(['1.1', '1.2', '1.3', '1.4', '1.5', '1.6', '2.0', '3.0']);
  });
});

describe('direct', () => {
  it(
    'gives the exit marks of its own jobs that are live no more, and forgets what is settled',
    { timeout: 60_000 },
    async () => {
      make();
      const mark = 'echo "0 0 1700000000 $SLUICE_JOB_ID 0" >../.sluice/exit.0';
      await submit({ token: 'a.1', script: mark }, { token: 'b.1', script: `${mark}; sleep 100` });
      await until(async () => (await states()).includes('1 COMPLETED'));
      await until(() => existsSync(site.job('b.1', '.sluice/exit.0')));
      const seen = await site.say(exchange().call('observe', '1'), options());
      expect(seen.all('exit')).toEqual(['a.1 0 0 0 1700000000 1 0']);
      expect(seen.all('accounting')).toEqual(['none']);
      // Its id was never written down: its owner mark tells it.
      unlinkSync(site.inst('jobs/a.1'));
      writeFileSync(site.job('a.1', '.sluice/owner'), 'job 1 0 x\n');
      expect((await site.say(exchange().call('observe', '1', '0'), options())).all('exit')).toHaveLength(1);
      // Or the queue.
      unlinkSync(site.inst('jobs/b.1'));
      await site.say(exchange().call('observe', '1', '1'), options());
      expect(read(site.inst('jobs/b.1'))).toBe('2\n');
      const line = (token: string): string => `1 {"token":"${token}"}`;
      const settling = exchange().call('settle', 'a.1', line('a.1')).call('settle', 'b.1', line('b.1'));
      settling.call('settled');
      expect((await site.say(settling, options())).all('settled')).toEqual(['a.1', 'b.1']);
      expect(await states()).toEqual(['2 RUNNING']);
      await site.say(exchange().call('cancel', 'b.1', '2'), options());
      await until(async () => (await states()).length === 0);
      // A number is given once.
      expect((await submit({ token: 'c.1', script: 'true' })).all('submitted')).toEqual(['c.1 3']);
    },
  );

  it('twenty submitters at once get twenty numbers', { timeout: 120_000 }, async () => {
    make();
    const jobs = Array.from({ length: 20 }, (_, index) => ({ token: `a.${index}`, script: 'echo x >>ran' }));
    const replies = await Promise.all(jobs.map((job) => submit(job)));
    const ids = replies.flatMap((reply) => reply.all('submitted')).map((line) => Number(line.split(' ')[1]));
    expect(ids.sort((a, b) => a - b)).toEqual(jobs.map((_, index) => index + 1));
    expect((await settled()).every((line) => line.endsWith('COMPLETED'))).toBe(true);
    for (const job of jobs) expect(read(site.job(job.token, 'work/ran'))).toBe('x\n');
    // Its temporary files are gone, and idle it has no process.
    await until(() => dispatchers().length === 0);
    expect(readdirSync(direct('new'))).toEqual([]);
  });

  it(
    'says NODE_FAIL of a job whose processes vanished, and what its own mark says where there is one',
    { timeout: 60_000 },
    async () => {
      make();
      const mark = 'echo "7 2 1700000000 $SLUICE_JOB_ID 0" >../.sluice/exit.0';
      await submit(
        { token: 'a.1', script: 'sleep 100; true' },
        { token: 'b.1', script: `${mark}; sleep 100; true` },
      );
      await until(() => existsSync(site.job('b.1', '.sluice/exit.0')));
      for (const id of [1, 2]) {
        process.kill(await pidOf(id, 'start'), 'SIGKILL');
        if (id === 1) {
          // The user's process goes on: nothing has ended.
          await until(() => dispatchers().length > 0);
          expect((await states())[0]).toBe('1 RUNNING');
        }
        process.kill(-(await pidOf(id, 'group')), 'SIGKILL');
      }
      expect(await settled()).toEqual(['1 NODE_FAIL', '2 FAILED']);
      expect((await queue()).map((line) => line.code)).toEqual(['0:0', '7:0']);
    },
  );

  it(
    'says NODE_FAIL of what ran when the machine went down, and starts what had waited',
    { timeout: 60_000 },
    async () => {
      make();
      slots = '1';
      await submit(
        { token: 'a.1', script: 'until [ -e go ]; do sleep 0.1; done' },
        { token: 'b.1', script: 'true' },
      );
      await pidOf(1, 'group');
      const [dispatcher] = await until(() => (dispatchers().length > 0 ? dispatchers() : undefined));
      for (const pid of [dispatcher ?? 0, await pidOf(1, 'start'), -(await pidOf(1, 'group'))])
        process.kill(pid, 'SIGKILL');
      // As another boot would have left it, with numbers that other processes have now.
      const other = (text: string): string =>
        text.replace(/ \d+ (\d+) [-0-9a-f]{36}/, ` ${process.pid} $1 00000000-0000-0000-0000-000000000000`);
      for (const name of ['start.0', 'group.0'])
        writeFileSync(direct('run/1', name), other(read(direct('run/1', name))));
      const lock = readdirSync(direct()).find((name) => name.startsWith('lock.')) ?? '';
      writeFileSync(direct(lock), other(read(direct(lock))));
      expect(await settled()).toEqual(['1 NODE_FAIL', '2 COMPLETED']);
    },
  );

  it(
    'runs the tasks of an array that are asked for, under their own numbers',
    { timeout: 60_000 },
    async () => {
      make();
      const script = 'echo "$SLURM_ARRAY_TASK_ID of $SLURM_ARRAY_TASK_COUNT"';
      await submit({ token: 'a.1', script, array: '2-3,7' }, { token: 'b.1', script, array: '4' });
      expect(await settled()).toEqual(['1_2 COMPLETED', '1_3 COMPLETED', '1_7 COMPLETED', '2_4 COMPLETED']);
      expect(read(site.job('a.1', 'logs/stdout.7'))).toBe('7 of 3\n');
      expect(readdirSync(site.job('a.1', 'logs')).filter((name) => name.startsWith('stdout'))).toEqual([
        'stdout.2',
        'stdout.3',
        'stdout.7',
      ]);
      expect(read(site.job('b.1', 'logs/stdout.4'))).toBe('4 of 1\n');
    },
  );

  it.each(['', '1-', '-3', '3-1', '1,,2', 'a', '1-2-3'])('takes no array of %j', async (array) => {
    make();
    const all = exchange().call('claim', 'a.1', site.claim('a.1')).call('claims').call('place');
    const job = { token: 'a.1', script: '', array };
    const reply = await site.say(all.together('submit', [['a.1', ...words(job)]]), {
      ...options(),
      payload: pack(attempt('a.1')),
    });
    const refused = reply.frames.find((frame) => frame.kind === 'refused');
    expect(refused?.errors.join()).toContain('--array takes numbers and ranges');
    expect(await queue()).toEqual([]);
  });

  it('refuses options that it does not have, and takes nothing', async () => {
    make();
    const all = exchange().call('claim', 'a.1', site.claim('a.1')).call('claims').call('place');
    const job = { token: 'a.1', script: '' };
    const reply = await site.say(all.together('submit', [['a.1', ...words(job), '--gres=gpu:1']]), {
      ...options(),
      payload: pack(attempt('a.1')),
    });
    const refused = reply.frames.find((frame) => frame.kind === 'refused');
    expect(refused?.errors.join()).toContain('--gres=gpu:1');
    expect(await queue()).toEqual([]);
  });

  it('writes nothing when it looks only, and leaves another machine its queue', async () => {
    make();
    expect(
      (await site.say(exchange().call('observe', '1'), { ...options(), delivery: 'inline' })).complete,
    ).toBe(true);
    expect(site.files()).toEqual([]);
    for (const name of ['jobs', 'new', 'run', 'ended']) mkdirSync(direct(name), { recursive: true });
    writeFileSync(direct('lock.4'), 'elsewhere 1 2 00000000-0000-0000-0000-000000000000\n');
    writeFileSync(direct('jobs/000000001'), 'a.1 1700000000 0 0\n/x/.sluice/script\n/x\n/x/out\n/x/err\n');
    expect(await states()).toEqual(['1 PENDING']);
    expect(dispatchers()).toEqual([]);
    const checked = (await site.say(exchange().call('check'), options())).all('check');
    expect(checked.join('\n')).toContain('dispatcher fail');
    expect(checked.join('\n')).toContain('direct ok runs 2 at once');
    writeFileSync(direct('jobs/000000001'), '');
  });
});
