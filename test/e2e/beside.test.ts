/** Two commands on one project: the second asks the first, or says who it is. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sandbox, sluice, start, until, type Sandbox } from './built.js';

describe('beside a running reconcile --wait', { timeout: 60_000 }, () => {
  let at: Sandbox;
  beforeAll(() => {
    at = sandbox({
      'sluice.yaml': 'installation: e2e-beside\n',
      'clusters.yaml': 'clusters:\n  here: {transport: local, workload_manager: direct}\n',
      'jobs.d/long.yaml': 'destination_cluster: here\nexecution: sleep 120\n',
    });
  });
  afterAll(() => {
    at.remove();
  });

  it('cancel asks it, and reconcile says who it is', async () => {
    const running = start(at, ['reconcile', '--once', '--wait']);
    await until(() => existsSync(join(at.directory, '.sluice/holder.json')));
    await until(
      async () => (await sluice(at, 'get', '--phase', 'Running', '-o', 'name')).stdout === 'long\n',
    );
    const second = await sluice(at, 'reconcile', '--once');
    expect(second.code).toBe(6);
    expect(second.stderr).toMatch(
      /held by "sluice reconcile --once" \(process \d+ on \S+, since \d\d:\d\d, just now\); wait for it to end/,
    );
    const asked = await sluice(at, 'cancel', 'long', '--reason', 'wrong parameters');
    expect(asked).toMatchObject({ code: 0 });
    expect(asked.stdout).toMatch(
      /^long: (cancelled|cancel asked of "sluice reconcile --once" \(process .*\), which has taken it up)$/m,
    );
    const { code, stderr, stdout } = await running.ended;
    expect(code).toBe(0);
    expect(stderr).toMatch(/long: asked to cancel it: wrong parameters/);
    expect(stdout).toMatch(/^long +1 +Cancelled /m);
    expect((await sluice(at, 'cancel', 'long')).stdout).toBe(
      'long: had ended already: Cancelled (CancelledByUser)\n',
    );
  });
});
