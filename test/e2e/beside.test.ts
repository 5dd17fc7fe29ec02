/** Two commands on one project: the second asks the first, or says who it is. */
import Database from 'better-sqlite3';
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

describe('a check that finds a cluster well', { timeout: 60_000 }, () => {
  it('has it asked again by whoever left it alone', async () => {
    const at = sandbox({
      'sluice.yaml': 'installation: e2e-check\n',
      'clusters.yaml': 'clusters:\n  here: {transport: local, workload_manager: direct}\n',
      'jobs.d/a.yaml': 'destination_cluster: here\nexecution: exit 0\n',
    });
    expect((await sluice(at, 'reconcile', '--once', '--wait')).code).toBe(0);
    const requests = (): string[] => at.tree().filter((path) => /requests\/.*\.json$/.test(path));
    const well = await sluice(at, 'clusters', 'check', 'here');
    expect([well.code, requests()]).toEqual([0, []]);
    const database = new Database(join(at.directory, '.sluice/state.db'));
    const breaker = { state: 'locked', since: 1, reason: 'LoginNeeded', message: 'permission denied' };
    database.prepare('UPDATE clusters SET breaker_json = ?').run(JSON.stringify(breaker));
    database.close();
    expect((await sluice(at, 'clusters')).stdout).toContain('(LoginNeeded), until the login is mended');
    const told = await sluice(at, 'clusters', 'check', 'here');
    expect(told.stderr).toContain('here was left alone, as it did not answer; it is asked again');
    expect(requests()).toHaveLength(1);
    expect((await sluice(at, 'reconcile', '--once')).code).toBe(0);
    expect(requests()).toEqual([]);
    at.remove();
  });
});
