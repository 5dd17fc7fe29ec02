/** Results that do not come home as they should: what becomes of their runs, and what a person reads. */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import fs from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { untilPhase, Desk, job, recordOf, settle, cancel } from './desk.js';

let desk: Desk;
beforeEach(() => {
  desk = new Desk();
});
afterEach(() => {
  vi.restoreAllMocks();
  return desk.leave();
});

const outputs = (...path: readonly string[]): string => join(desk.directory, 'outputs', ...path);
const HALF_AN_HOUR = 30 * 60_000;

async function ended(name: string, execution: string, output: string): Promise<void> {
  desk.write({ [`jobs.d/${name}.yaml`]: job(execution, `output: ${output}\n`) });
  await desk.settle();
}

describe('what a job leaves', () => {
  it('may be a link beside its target', async () => {
    await ended('a', 'echo a >res.1; ln -s res.1 latest; ln res.1 twin', '[res.1, latest, twin]');
    expect(await desk.run('a')).toMatchObject({ phase: 'Succeeded' });
    expect(desk.read('outputs/a/1/latest')).toBe('a\n');
  });

  it('is named where it is no file, a link to nothing, or has a name of other bytes', async () => {
    const execution =
      'mkfifo pipe; ln -s nothing broken; mkdir odd; echo 1 >odd/$(printf "r\\351"); echo 2 >odd/$(printf "r\\350")';
    await ended('a', execution, '[pipe, broken, odd]');
    const { phase, reason, message } = await desk.run('a');
    expect([phase, reason]).toEqual(['Failed', 'OutputMissing']);
    expect(message).toContain('"broken" is a link to nothing there; ');
    expect(message).toContain('"pipe" is neither a file nor a directory there; ');
    expect(message).toContain('"odd/r\\350", "odd/r\\351" stays there, as its name is not UTF-8; ');
  });
});

describe('a directory that a purge took', () => {
  it('ends its run, and is named', async () => {
    writeFileSync(outputs(), 'in the way as long as it is there');
    desk.write({ 'jobs.d/a.yaml': job('echo 42 >x', 'output: [{path: x, optional: true}]\n') });
    let directory = '';
    await desk.session('write', async (app) => {
      await untilPhase(app, 'a', 'Fetching');
      directory = recordOf(app, 'a').attempts[0]?.jobDirectory ?? '';
      expect(existsSync(join(directory, 'work/x'))).toBe(true);
      await desk.rest();
      rmSync(directory, { recursive: true });
      rmSync(outputs());
      await settle(app);
      expect(recordOf(app, 'a').attempts[0]?.settledAt).toBeDefined();
    });
    expect(await desk.run('a')).toMatchObject({
      phase: 'Failed',
      reason: 'ResultsGone',
      message: `its directory ${directory} was removed on here before its results were fetched`,
    });
  });
});

describe('results that find no place here', () => {
  const inTheWay = (): void => {
    mkdirSync(outputs('a/1/answer'), { recursive: true });
    writeFileSync(outputs('a/1/answer/mine'), 'mine');
  };

  it('keep their run in Fetching with the cause, then a person is asked; mended, they come', async () => {
    inTheWay();
    desk.write({ 'jobs.d/a.yaml': job('echo 42 >answer', 'output: answer\n') });
    await desk.session('write', async (app) => {
      await untilPhase(app, 'a', 'Fetching');
      for (let pass = 0; pass < 3; pass += 1) await app.pass([]);
      const { run } = recordOf(app, 'a');
      expect(run).toMatchObject({ phase: 'Fetching', reason: 'OutputsNotWritable' });
      expect(run.message).toContain(`${outputs('a/1/answer')} is a directory, where a file comes`);
      expect(desk.story.filter(({ text }) => text.includes('is a directory'))).toHaveLength(1);
      desk.ahead += HALF_AN_HOUR;
      for (let pass = 0; pass < 2; pass += 1) {
        await app.pass([]);
        expect(recordOf(app, 'a').run).toMatchObject({ phase: 'Blocked', reason: 'OutputsNotWritable' });
      }
      expect(readFileSync(outputs('a/1/answer/mine'), 'utf8')).toBe('mine');
      rmSync(outputs('a/1/answer'), { recursive: true });
      await app.pass([]);
      expect(recordOf(app, 'a').run).toMatchObject({ phase: 'Succeeded', conditions: [] });
    });
    expect(desk.read('outputs/a/1/answer')).toBe('42\n');
  });

  it('are given up by a person who was asked, and are on the cluster still', async () => {
    inTheWay();
    desk.write({ 'jobs.d/a.yaml': job('echo 42 >answer', 'output: answer\n') });
    await desk.session('write', async (app) => {
      await untilPhase(app, 'a', 'Fetching');
      await app.pass([]);
      desk.ahead += HALF_AN_HOUR;
      await app.pass([]);
      expect(recordOf(app, 'a').run.phase).toBe('Blocked');
      cancel(app, 'a', 'no need');
      await app.pass([]);
      const { run, attempts } = recordOf(app, 'a');
      expect(run).toMatchObject({ phase: 'Cancelled', reason: 'CancelledByUser', conditions: [] });
      expect(run.message).toContain('its results were given up: nothing was placed: ');
      expect(attempts[0]).toMatchObject({ outcome: 'completed' });
      expect(attempts[0]?.settledAt).toBeDefined();
      expect(attempts[0]?.fetchedAt).toBeUndefined();
      expect((await app.retrieve('a', join(desk.directory, 'mine'))).missing).toEqual([]);
    });
    expect(readFileSync(outputs('a/1/answer/mine'), 'utf8')).toBe('mine');
  });

  it('because the outputs folder is none are named', async () => {
    writeFileSync(outputs(), 'a file');
    desk.write({ 'jobs.d/a.yaml': job('echo 42 >answer', 'output: answer\n') });
    await desk.session('write', async (app) => {
      await untilPhase(app, 'a', 'Fetching');
      await app.pass([]);
      const { reason, message } = recordOf(app, 'a').run;
      expect(reason).toBe('OutputsNotWritable');
      expect(message).toContain(`${outputs()} is a file`);
      rmSync(outputs());
    });
  });

  it('for want of room keep no smaller ones from home', async () => {
    desk.write({
      'jobs.d/big.yaml': job('head -c 300000 /dev/zero | tr "\\0" x >big', 'output: big\n'),
      'jobs.d/small.yaml': job('echo 1 >small', 'output: small\n'),
    });
    // Only what is large does not fit.
    const { write } = fs;
    const full = Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
    vi.spyOn(fs, 'write').mockImplementation((...all: readonly unknown[]) => {
      const [, data] = all;
      if (Buffer.isBuffer(data) && data.includes('xxxxxxxx')) (all.at(-1) as (error: Error) => void)(full);
      else Reflect.apply(write, fs, all);
    });
    await desk.session('write', async (app) => {
      await app.pass([]);
      await desk.rest();
      for (let pass = 0; pass < 4; pass += 1) await app.pass([]);
      expect(recordOf(app, 'small').run).toMatchObject({ phase: 'Succeeded' });
      const { run } = recordOf(app, 'big');
      expect(run).toMatchObject({ phase: 'Fetching', reason: 'NoRoomHere' });
      expect(run.message).toContain(`no space left in ${outputs()}`);
      vi.restoreAllMocks();
      await settle(app);
      expect(recordOf(app, 'big').run).toMatchObject({ phase: 'Succeeded' });
    });
  });
});

describe('retrieve', () => {
  it("overwrites nothing of the user's in a folder of theirs, and says what to do", async () => {
    await ended('a', 'echo 42 >answer', 'answer');
    const mine = join(desk.directory, 'mine');
    mkdirSync(mine);
    writeFileSync(join(mine, 'answer'), 'mine');
    const retrieved = desk.session('read', (app) => app.retrieve('a', mine));
    await expect(retrieved).rejects.toThrow(/mine\/answer is there already and differs; name another folder/);
    expect(readFileSync(join(mine, 'answer'), 'utf8')).toBe('mine');
    expect(existsSync(join(mine, 'logs'))).toBe(false);
    rmSync(join(mine, 'answer'));
    for (let time = 0; time < 2; time += 1) await desk.session('read', (app) => app.retrieve('a', mine));
    expect(readFileSync(join(mine, 'answer'), 'utf8')).toBe('42\n');
  });
});
