/** `reconcile` beside a daemon that is played here: what counts as having happened in this invocation. */
import { spawnSync } from 'node:child_process';
import { readdirSync, rmSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Context } from '../../src/cli/context.js';
import { handOver } from '../../src/cli/hand-over.js';
import { AT_GATE, Desk, job, untilPhase } from '../reconcile/desk.js';
import { screen } from './screen.js';

let desk: Desk;
beforeEach(() => {
  desk = new Desk({ 'jobs.d/fails.yaml': job('exit 3'), 'jobs.d/runs.yaml': job('true # it goes well') });
});
afterEach(() => desk.leave());

/** The daemon has nothing more to do: it takes up what is asked. */
async function hear(signal: AbortSignal): Promise<void> {
  const requests = join(desk.directory, '.sluice/requests');
  while (!signal.aborted) {
    if (desk.has('.sluice/requests'))
      for (const name of readdirSync(requests)) rmSync(join(requests, name), { force: true });
    await pause(10);
  }
}

const ALIVE = { pid: process.pid, host: hostname() };

async function asked(
  began: number,
  holder = ALIVE,
): Promise<{ readonly code: number | 'ended' | undefined; readonly shown: string }> {
  const [out, err] = [screen(), screen()];
  const at: Context = {
    ...{
      directory: desk.directory,
      env: { HOME: desk.home },
      command: 'sluice reconcile',
      keyboard: undefined,
    },
    ...{ out: out.err, err: err.err, verbose: false, quiet: false, signal: new AbortController().signal },
    ...{ endsByItself: () => undefined, now: Date.now, began },
  };
  const daemon = new AbortController();
  const hearing = hear(daemon.signal);
  const code = await handOver(at, [], { once: true, wait: true }, { holder, who: 'the daemon' });
  daemon.abort();
  await hearing;
  return { code, shown: out.text() };
}

it('a job that failed after the command was given counts, though the daemon had it before the first look', async () => {
  const began = Date.now();
  await desk.settle();
  const { code, shown } = await asked(began);
  expect(code).toBe(4);
  expect(shown).toMatch(/^fails +1 +Failed/m);
});

it('a job that failed before does not, whatever is learnt of it later', async () => {
  await desk.settle();
  await pause(5);
  const began = Date.now();
  // Its manifest is gone: that is news of a run that has ended.
  desk.remove('jobs.d/fails.yaml');
  await desk.pass();
  expect((await desk.run('fails')).updatedAt).toBeGreaterThanOrEqual(began);
  expect((await asked(began)).code).toBe(0);
});

it('one that has ended is waited for no more', async () => {
  const { pid } = spawnSync('true');
  desk.write({ 'jobs.d/going.yaml': job(AT_GATE) });
  await desk.session('write', (app) => untilPhase(app, 'going', 'Running'));
  expect((await asked(Date.now(), { ...ALIVE, pid })).code).toBe('ended');
  desk.openGate();
  await desk.settle();
});
