/** What systemd is told, by a stand-in for its program; and that a writer that hangs is not said to live. */
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { keepAlive, Supervisor } from '../../src/daemon/supervisor.js';

let folder: string;
let env: NodeJS.ProcessEnv;
let warnings: string[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-supervisor-'));
  warnings = [];
  env = { NOTIFY_SOCKET: '/run/none', PATH: `${folder}:${process.env['PATH'] ?? ''}` };
  standIn('printf "%s|%s\\n" "$NOTIFY_SOCKET" "$*" >>"${0%/*}/said"');
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

function standIn(commands: string): void {
  const program = join(folder, 'systemd-notify');
  writeFileSync(program, `#!/bin/sh\n${commands}\n`);
  chmodSync(program, 0o755);
}
const supervisor = (more: NodeJS.ProcessEnv = {}): Supervisor =>
  new Supervisor({ ...env, ...more }, (text) => void warnings.push(text));
const said = (): string[] =>
  existsSync(join(folder, 'said')) ? readFileSync(join(folder, 'said'), 'utf8').trimEnd().split('\n') : [];

describe('systemd', () => {
  it('is told in the order of what happens, and the same status once', async () => {
    const systemd = supervisor();
    systemd.ready();
    systemd.status('serving /srv/runs');
    systemd.status('serving /srv/runs');
    systemd.reloading();
    systemd.ready();
    systemd.alive();
    systemd.stopping();
    await systemd.close();
    expect(said().map((line) => line.replace(/\d+$/, (number) => (number === '1' ? '1' : 'N')))).toEqual([
      '/run/none|READY=1',
      '/run/none|STATUS=serving /srv/runs',
      '/run/none|RELOADING=1 MONOTONIC_USEC=N',
      '/run/none|READY=1',
      '/run/none|WATCHDOG=1',
      '/run/none|STOPPING=1',
    ]);
    expect(warnings).toEqual([]);
  });

  it('is told nothing where it has not started us', async () => {
    const alone = new Supervisor({ PATH: env['PATH'] }, (text) => void warnings.push(text));
    alone.ready();
    alone.stopping();
    await alone.close();
    expect([said(), warnings, alone.aliveEveryMs]).toEqual([[], [], undefined]);
  });

  it.each([
    ['is not there', (): void => rmSync(join(folder, 'systemd-notify')), /ENOENT/],
    ['fails', (): void => standIn('exit 3'), /it ended with code 3/],
  ])('whose program %s ends nothing, and is told of once', async (_, break_, why) => {
    break_();
    const systemd = supervisor({ PATH: folder });
    systemd.ready();
    systemd.alive();
    await systemd.close();
    expect(warnings).toEqual([expect.stringMatching(why)]);
    expect(warnings[0]).toContain('set Type=exec without WatchdogSec in the unit');
  });
});

describe('the watchdog', () => {
  it('is fed twice in what it grants, where it is meant for us', () => {
    expect(supervisor({ WATCHDOG_USEC: '120000000' }).aliveEveryMs).toBe(60_000);
    const ours = String(process.pid);
    expect(supervisor({ WATCHDOG_USEC: '120000000', WATCHDOG_PID: ours }).aliveEveryMs).toBe(60_000);
    expect(supervisor({ WATCHDOG_USEC: '120000000', WATCHDOG_PID: '1' }).aliveEveryMs).toBeUndefined();
    expect(supervisor({ WATCHDOG_USEC: 'soon' }).aliveEveryMs).toBeUndefined();
    expect(supervisor().aliveEveryMs).toBeUndefined();
  });

  it('is fed only as long as the writer answers', async () => {
    vi.useFakeTimers();
    try {
      let [asked, fed, isHung] = [0, 0, false];
      const alive = keepAlive({ aliveEveryMs: 1000, alive: () => (fed += 1) }, () => {
        asked += 1;
        if (!isHung) queueMicrotask(() => alive.heard());
      });
      await vi.advanceTimersByTimeAsync(5_500);
      expect([asked, fed]).toEqual([6, 6]);
      isHung = true;
      await vi.advanceTimersByTimeAsync(10_000);
      expect([asked, fed]).toEqual([16, 6]);
      alive.stop();
      await vi.advanceTimersByTimeAsync(10_000);
      expect(asked).toBe(16);
    } finally {
      vi.useRealTimers();
    }
  });
});

describe('the unit in the docs', () => {
  const text = readFileSync(new URL('../../docs/serve.md', import.meta.url), 'utf8');
  const [, unit = ''] = /```ini\n(\[Unit\][^]*?)```/.exec(text) ?? [];
  const lines = unit.split('\n').filter((line) => line.includes('='));
  const value = (key: string): string | undefined =>
    lines.find((line) => line.startsWith(`${key}=`))?.slice(key.length + 1);

  it('is one that the daemon serves', () => {
    expect(value('Type')).toBe('notify');
    // What speaks for the daemon is another process.
    expect(value('NotifyAccess')).toBe('all');
    expect(Number(value('WatchdogSec'))).toBeGreaterThanOrEqual(60);
    expect(value('ExecReload')).toBe('/bin/kill -HUP $MAINPID');
    expect(value('ExecStart')).toMatch(/ serve --log json$/);
    // HTTP, what is under way, its record, and the end of the thread.
    expect(Number(value('TimeoutStopSec'))).toBeGreaterThanOrEqual(30);
    expect(value('RestartPreventExitStatus')).toBe('6 64');
    expect(value('Restart')).toBe('on-failure');
  });

  it('has each setting once, in its section', () => {
    const keys = lines.map((line) => line.split('=')[0]);
    expect(new Set(keys).size).toBe(keys.length);
    expect(unit.match(/^\[\w+\]$/gm)).toEqual(['[Unit]', '[Service]', '[Install]']);
  });
});
