/** What must not go wrong beside modules and jobs at an address: cut lines, lost states, odd files, changed settings. */
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isSettled, type RunRecord } from '../../src/model/run.js';
import type { ChannelEnd, Transport } from '../../src/ports.js';
import { ServedRepository } from '../lab/repository.js';
import { AT_GATE, cancel, Desk, inventory, job, LEAVES_TRACE, recordOf, until, untilPhase } from './desk.js';

let desk: Desk;
beforeEach(() => {
  desk = new Desk();
});
afterEach(() => desk.leave());

const python = (line: string): string =>
  `import json, os, sys\njob = json.load(sys.stdin)\n${line}\nprint(json.dumps(job))\n`;
const staging = 'modules:\n  staging: [{module: m, execution: bash m}]\n';

/** A link that is cut once, before the first line that is like it. */
function cutOnce(at: RegExp): {
  readonly around: (transport: Transport) => Transport;
  readonly cuts: () => number;
} {
  let cuts = 0;
  const around = (transport: Transport): Transport => ({
    address: transport.address,
    close: () => transport.close(),
    get counts() {
      return transport.counts;
    },
    open: async (options) => {
      const channel = await transport.open(options);
      if (options.lane === 'bulk') return channel;
      const stdout = new PassThrough();
      let lose: (end: ChannelEnd) => void = () => undefined;
      const end = new Promise<ChannelEnd>((resolve) => {
        lose = resolve;
        void channel.end.then(resolve);
      });
      let text = '';
      channel.stdout.on('data', (chunk: Buffer) => {
        if (stdout.writableEnded) return;
        text += chunk.toString('latin1');
        if (cuts === 0 && at.test(text)) {
          cuts += 1;
          stdout.end(text.slice(0, text.search(at)));
          lose({ kind: 'lost', why: 'the line was cut', stderr: '' });
          return;
        }
        const whole = text.lastIndexOf('\n') + 1;
        stdout.write(Buffer.from(text.slice(0, whole), 'latin1'));
        text = text.slice(whole);
      });
      channel.stdout.on('end', () => {
        if (!stdout.writableEnded) stdout.end(Buffer.from(text, 'latin1'));
      });
      return { stdin: channel.stdin, stdout, end, abort: (why) => channel.abort(why) };
    },
  });
  return { around, cuts: () => cuts };
}

async function settled(name = 'a'): Promise<RunRecord> {
  await desk.session('write', (app) => until(app, () => isSettled(recordOf(app, name).run.phase)));
  return desk.record(name);
}

describe('a line that is cut while it is told what modules left', () => {
  it.each(['preprocessing', 'postprocessing'])('loses nothing: %s', async (stage) => {
    desk.write({
      'modules/m': 'cat\n',
      'jobs.d/a.yaml': job(
        LEAVES_TRACE,
        `modules:\n  ${stage}: [{module: m, execution: sh m}, {module: m, execution: sh m}]\n`,
      ),
    });
    const cut = cutOnce(new RegExp(` told \\S+ ${stage}\\.2`));
    desk.around = cut.around;
    const { run } = await settled();
    expect([cut.cuts(), run.phase, run.message]).toEqual([
      1,
      'Succeeded',
      'completed on here; its results were fetched',
    ]);
    expect(desk.ran()).toBe(1);
  });
});

describe('a state that is lost while the job runs', () => {
  it('does not end it by what its modules left, were it gone', async () => {
    desk.write({
      'modules/m': 'cat\n',
      'jobs.d/a.yaml': job(
        `rm ../.sluice/modules/preprocessing.1.json; ${LEAVES_TRACE}; ${AT_GATE}`,
        'modules:\n  preprocessing: [{module: m, execution: sh m}]\n',
      ),
    });
    await desk.session('write', (app) => untilPhase(app, 'a', 'Running'));
    await desk.until(() => desk.ran() === 1);
    desk.remove('.sluice');
    await desk.session('write', (app) => untilPhase(app, 'a', 'Running'));
    desk.openGate();
    const { run, attempts } = await settled();
    expect([run.phase, attempts.length, desk.ran()]).toEqual(['Succeeded', 1, 1]);
  });

  it('is no obstacle to its results, where nobody had heard its end', async () => {
    const repository = new ServedRepository();
    repository.commit({ run: '#!/bin/sh\ncat lib/lib.txt\n' });
    desk.write({
      'jobs.d/a.yaml': job(
        `${AT_GATE}; ./run > result`,
        `job: file://${repository.folder}/test.git\noutput: result\n`,
      ),
    });
    await desk.session('write', (app) => untilPhase(app, 'a', 'Running'));
    desk.openGate();
    await desk.rest();
    desk.remove('.sluice');
    const { files } = await desk.session('read', (app) => app.retrieve('a'));
    expect(files.map(({ path }) => path)).toContain('result');
    await repository.stop();
  });
});

describe('what staging modules leave', () => {
  it('may be a link, as in a virtual environment', async () => {
    desk.write({
      'modules/m': 'mkdir lib && echo x > lib/f && ln -s lib lib64; cat\n',
      'jobs.d/a.yaml': job('cat lib64/f > result', `output: result\n${staging}`),
    });
    expect((await settled()).run.phase).toBe('Succeeded');
    expect(desk.read('outputs/a/1/result')).toBe('x\n');
  });

  const refused: readonly [string, string, string, string][] = [
    [
      'a pipe',
      'mkfifo pipe; cat\n',
      'ModuleFailed',
      'module m (staging 1) left pipe, which is neither a file, a directory nor a link, and cannot be sent: take it away before the end',
    ],
    [
      "a file in the place of the job's directory",
      'echo y > data; cat\n',
      'StagingFailed',
      'data: is a file or a link that the staging modules wrote, and a directory of the job; give it another name',
    ],
    [
      "a directory in the place of the job's link",
      'mkdir link; echo y > link/two; cat\n',
      'StagingFailed',
      'link: is a directory that the staging modules wrote, and a file or a link of the job; give it another name',
    ],
  ];
  it.each(refused)('is refused for its own job alone: %s', async (_, module, reason, message) => {
    desk.write({
      'input/data/one': 'x',
      'modules/m': module,
      'modules/n': 'cat\n',
      'jobs.d/a.yaml': job('true', `job: ../input\n${staging}`),
      'jobs.d/b.yaml': job('true', 'job: ../input\nmodules:\n  staging: [{module: n, execution: sh n}]\n'),
    });
    symlinkSync('data', join(desk.directory, 'input/link'));
    const { run } = await settled();
    expect([run.phase, run.reason, run.message]).toEqual(['Failed', reason, message]);
    expect((await settled('b')).run.phase).toBe('Succeeded');
  });

  it('goes when the run is over, be it read-only', async () => {
    desk.write({
      'modules/m': 'mkdir -p cache/x && echo 1 > cache/x/f && chmod -R a-w cache; cat\n',
      'jobs.d/a.yaml': job('true', staging),
    });
    expect((await settled()).run.phase).toBe('Succeeded');
    await desk.pass();
    expect(readdirSync(join(desk.directory, '.sluice/here'))).toEqual([]);
  });

  it('is nobody’s obstacle while a module that heeds nothing is ended', async () => {
    desk.write({
      'modules/m':
        'trap "" TERM; i=0; while :; do i=$((i+1)); mkdir -p d/$((i%50)); echo x > d/$((i%50))/f$i; done\n',
      'jobs.d/a.yaml': job('true', staging),
      'jobs.d/b.yaml': job(LEAVES_TRACE),
    });
    await desk.session('write', async (app) => {
      const waiting = app.waitUntilSettled([], { signal: new AbortController().signal });
      await desk.until(() => app.store.records.find('b')?.run.phase === 'Succeeded');
      cancel(app, 'a', 'no longer wanted');
      await waiting;
      expect(recordOf(app, 'a').run.phase).toBe('Cancelled');
    });
  });

  it('is of the module as it is today', async () => {
    const waits = 'until [ -e "$HOME/go" ]; do sleep 0.05; done; sed "s/WORD/old/"\n';
    desk.write({
      'modules/m': waits,
      'jobs.d/a.yaml': job('echo WORD > result', `output: result\n${staging}`),
    });
    await desk.session('write', async (app) => {
      const waiting = app.waitUntilSettled([], { signal: new AbortController().signal });
      await desk.until(() => app.store.records.find('a')?.run.reason === 'ModulesRunning');
      const { hash } = recordOf(app, 'a').run;
      desk.write({ 'modules/m': 'sed "s/WORD/new/"\n' });
      await desk.until(() => recordOf(app, 'a').run.hash !== hash);
      writeFileSync(join(desk.home, 'go'), '');
      await waiting;
    });
    expect(desk.read('outputs/a/1/result')).toBe('new\n');
  });
});

describe('round trips', () => {
  it('are as few with staging modules as without', async () => {
    const names = Array.from({ length: 20 }, (_, index) => `j${index}`);
    desk.write({ 'modules/m': 'sleep "0.$((RANDOM % 3))"; cat\n' });
    for (const name of names) desk.write({ [`jobs.d/${name}.yaml`]: job('true', staging) });
    await desk.session('write', async (app) => {
      await app.pass([]);
      // One look at what nobody knows; then one each time that half a second is over, until all have run.
      expect(desk.trips()).toBeLessThan(12);
      expect(app.store.records.light().every(({ phase }) => phase !== 'Staging')).toBe(true);
    });
  });
});

describe('a setting that is changed on the way', () => {
  it('does not submit a job without its files', async () => {
    const repository = new ServedRepository();
    repository.commit({ run: '#!/bin/sh\ncat lib/lib.txt\n' });
    mkdirSync(join(desk.home, 'bin'));
    writeFileSync(join(desk.home, 'bin/git'), '#!/bin/sh\nexec sleep 300\n', { mode: 0o755 });
    const setup = 'setup: "PATH=$HOME/bin:$PATH"';
    desk.write({
      'clusters.yaml': inventory(`, ${setup}`),
      'jobs.d/a.yaml': job('./run > result', `job: file://${repository.folder}/test.git\noutput: result\n`),
    });
    await desk.session('write', (app) => untilPhase(app, 'a', 'Preparing'));
    const [token = ''] = readdirSync(join(desk.home, 'here/work')).filter((name) => name.startsWith('a.'));
    const marks = join(desk.home, 'here/work', token, '.sluice');
    await desk.until(() => existsSync(join(marks, 'step.source.1')));
    for (const name of ['runner', 'step.source.1']) {
      const pid = Number(readFileSync(join(marks, name), 'utf8').split(' ')[1]);
      process.kill(pid, 'SIGKILL');
      if (name !== 'runner') process.kill(-pid, 'SIGKILL');
    }
    rmSync(join(desk.home, 'bin/git'));
    await pause(200);
    desk.write({ 'clusters.yaml': inventory(`, fetch_on: here, ${setup}`) });
    const { run } = await settled();
    expect([run.phase, run.message]).toEqual(['Succeeded', 'completed on here; its results were fetched']);
    expect(desk.read('outputs/a/1/result')).toBe('of the submodule\n');
    await repository.stop();
  });
});

describe('a job that is claimed there and cannot be gone on with here', () => {
  it('waits for a person, and is not called failed while it may be carried out', async () => {
    const repository = new ServedRepository();
    repository.commit({ run: '#!/bin/sh\ncat lib/lib.txt\n' });
    desk.write({
      'jobs.d/a.yaml': job(
        `${LEAVES_TRACE}; ./run > result`,
        `job: file://${repository.folder}/test.git\noutput: result\nfetch_on: here\n`,
      ),
    });
    // Nothing can be unpacked there, so that it is claimed and not placed.
    mkdirSync(join(desk.home, 'here/work'), { recursive: true });
    writeFileSync(join(desk.home, 'here/work/.staging'), '');
    await desk.pass();
    expect(await desk.run('a')).toMatchObject({ phase: 'Staging', reason: 'UnpackFailed' });
    rmSync(join(desk.home, 'here/work/.staging'));
    renameSync(join(repository.folder, 'test.git'), join(repository.folder, 'aside.git'));
    await desk.pass();
    expect(await desk.run('a')).toMatchObject({ phase: 'Blocked', reason: 'CloneFailed' });
    renameSync(join(repository.folder, 'aside.git'), join(repository.folder, 'test.git'));
    desk.ahead = 61_000;
    const { run } = await settledAfterAll();
    expect([run.phase, desk.ran()]).toEqual(['Succeeded', 1]);
    await repository.stop();
  });

  /** Blocked runs go on by themselves when what keeps them is mended. */
  async function settledAfterAll(): Promise<RunRecord> {
    await desk.session('write', (app) => untilPhase(app, 'a', 'Succeeded'));
    return desk.record('a');
  }
});

describe('an array that modules make', () => {
  it('keeps to max_jobs', async () => {
    desk.write({
      'clusters.yaml': inventory(', max_jobs: 4'),
      'modules/m': python('job["resources"] = {"nbr_jobs_in_array": 10}'),
      'jobs.d/a.yaml': job(LEAVES_TRACE, 'modules:\n  preprocessing: [{module: m, execution: python3 m}]\n'),
    });
    const { run } = await settled();
    expect([run.phase, run.message, desk.ran()]).toEqual([
      'Failed',
      'its modules made an array of 10 tasks, and here takes 4 jobs at most; raise its max_jobs',
      0,
    ]);
  });
});

describe('a claim that is gone while modules run after the job', () => {
  it('is no evidence that they have run', async () => {
    desk.write({
      'modules/m': `cat; ${AT_GATE}\n`,
      'jobs.d/a.yaml': job(LEAVES_TRACE, 'modules:\n  postprocessing: [{module: m, execution: sh m}]\n'),
    });
    await desk.session('write', (app) => untilPhase(app, 'a', 'Postprocessing'));
    const claims = join(desk.home, 'here/claims/desk/claims');
    for (const name of readdirSync(claims)) rmSync(join(claims, name));
    await desk.pass();
    expect(await desk.run('a')).toMatchObject({ phase: 'Blocked', reason: 'OutcomeUnknown' });
    await desk.session('write', async (app) => {
      cancel(app, 'a', 'given up');
      await untilPhase(app, 'a', 'Cancelled');
    });
  });
});
