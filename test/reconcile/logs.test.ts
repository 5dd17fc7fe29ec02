/** Logs as they grow: from before the submission until the run has ended, and over more than one attempt. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { App } from '../../src/app.js';
import { AT_GATE, Desk, job, recordOf, settle, untilPhase } from './desk.js';

let desk: Desk;
beforeEach(() => {
  desk = new Desk();
});
afterEach(() => desk.leave());

const PATIENTLY = { timeout: 20_000 };

function follow(
  app: App,
  name: string,
  stream: 'stdout' | 'compilation',
): { text: () => string; end: Promise<void> } {
  let text = '';
  const { signal } = new AbortController();
  const end = (async () => {
    for await (const chunk of app.tail(name, { stream, follow: true, signal })) text += chunk;
  })();
  return { text: () => text, end };
}

it('end with the run, and a step ends with the steps', async () => {
  desk.write({ 'jobs.d/a.yaml': job(`echo began; ${AT_GATE}; echo done`, 'compilation: echo made\n') });
  await desk.session('write', async (app) => {
    await app.pass([]);
    await desk.session('read', async (reader) => {
      const [steps, stdout] = [follow(reader, 'a', 'compilation'), follow(reader, 'a', 'stdout')];
      await untilPhase(app, 'a', 'Running');
      await steps.end;
      expect(steps.text()).toBe('made\n');
      await expect.poll(stdout.text, PATIENTLY).toBe('began\n');
      desk.openGate();
      await settle(app);
      await stdout.end;
      expect(stdout.text()).toBe('began\ndone\n');
    });
  });
});

it('go on with the next attempt from its beginning, and show it whole', { timeout: 30_000 }, async () => {
  const twice = '[ -e "$HOME/again" ] && { echo second; exit 0; }; : >"$HOME/again"; echo first; exit 75';
  desk.write({ 'jobs.d/a.yaml': job(twice, 'retry: {attempts: 1, on: "exit:75", backoff: 4s}\n') });
  await desk.session('write', async (app) => {
    await untilPhase(app, 'a', 'Pending');
    await expect
      .poll(async () => {
        await app.pass([]);
        return recordOf(app, 'a').run.reason;
      }, PATIENTLY)
      .toBe('RetryPending');
    const stdout = follow(app, 'a', 'stdout');
    await expect.poll(stdout.text, PATIENTLY).toBe('first\n');
    await settle(app);
    await stdout.end;
    expect(stdout.text()).toBe('first\nsecond\n');
    expect(recordOf(app, 'a')).toMatchObject({
      run: { phase: 'Succeeded' },
      attempts: [{ outcome: 'failed' }, { outcome: 'completed' }],
    });
  });
});
