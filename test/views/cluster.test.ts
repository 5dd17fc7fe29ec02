import { expect, it } from 'vitest';
import { clusterTable } from '../../src/cli/output/clusters.js';
import { type KnownCluster, toCluster as viewOf } from '../../src/views/cluster.js';
import { parseStatus } from '../../src/slurm/status.js';
import { screen } from '../cli/screen.js';
import { clusterOf } from '../plan/scene.js';
import { answer, nodeLine } from '../slurm/rows.js';

const AT = Date.UTC(2026, 2, 1);
const parsed = parseStatus(
  answer([
    nodeLine('w1', 'mixed', { cpus: '7/9/0/16', load: '6.80' }),
    nodeLine('w2', 'idle', { load: '0.20' }),
    nodeLine('w3', 'drained*', { cpus: '0/0/16/16', load: 'N/A' }),
  ]),
);
const taken = {
  at: AT,
  status: { takenAt: 1_772_323_200, nodes: parsed.kind === 'answered' ? parsed.value : [] },
};
const counts = { connections: 1, roundTrips: 1, bytesUp: 5, bytesDown: 6 };
const standing = { cluster: 'north', address: 'alice@north:22', reach: 'reached', counts } as const;
const CLUSTER = clusterOf('north');
const toCluster = (
  cluster: Parameters<typeof viewOf>[0],
  seen: Parameters<typeof viewOf>[1],
  known: KnownCluster = {},
  now = AT,
): ReturnType<typeof viewOf> => viewOf(cluster, seen, known, now);

it('36, 61: a cluster has the fields of the prototype, and ours', () => {
  const { status, ...rest } = toCluster(CLUSTER, standing, { taken });
  expect(Object.keys(rest)).toEqual(
    expect.arrayContaining(['name', 'hostname', 'port', 'workload_manager', 'preferred_jobs', 'partition']),
  );
  expect(status).toMatchObject({
    ...{ reach: 'reached', round_trips: 1 },
    ...{ CPUS: 32, MEMORY: 128_000, CPU_LOAD: 3.5, AVAIL: 2, TOTAL_NODES: 3, TIMESTAMP: 1_772_323_200 },
    ...{ states: { mixed: 1, idle: 1, drained: 1 }, cpus_allocated: 7, cpus_idle: 25, failure: null },
    taken_at: '2026-03-01T00:00:00.000Z',
  });
  expect(status.NODES['w1']).toEqual({
    ...{ AVAIL: 'up', CPUS: 16, 'S:C:T': '2:8:1', CPU_LOAD: 6.8, MEMORY: 64_000 },
    ...{ state: 'mixed', flags: [], counts_as: 'mixed', partitions: ['batch'] },
    ...{ cpus_allocated: 7, cpus_idle: 9, cpus_other: 0, free_memory: 60_000, gres: null },
  });
  expect(status.NODES['w3']).toMatchObject({
    ...{ AVAIL: 'down', CPU_LOAD: null, state: 'drained', flags: ['not_responding'] },
  });
});

it('52: what was reported stands beside what was seen, and never in its place', () => {
  const reported = { at: AT, status: { CPUS: 1, AVAIL: 0 } };
  expect(toCluster(CLUSTER, standing, { taken, reported })).toMatchObject({
    status: { CPUS: 32, AVAIL: 2 },
    reported: { at: '2026-03-01T00:00:00.000Z', status: { CPUS: 1, AVAIL: 0 } },
  });
});

it('a status that was never taken is null, and why it was not is told', () => {
  const view = toCluster(CLUSTER, standing, { failure: { at: AT, message: 'sinfo failed' } });
  expect(view).toMatchObject({
    status: {
      ...{ CPUS: null, AVAIL: null, TOTAL_NODES: null, TIMESTAMP: null, NODES: {}, taken_at: null },
      failure: { at: '2026-03-01T00:00:00.000Z', message: 'sinfo failed' },
    },
    reported: null,
  });
});

it('the table has what is up and idle, and how old that is', () => {
  const failure = { at: AT, message: 'no' };
  const views = [
    toCluster(CLUSTER, standing, { taken }),
    toCluster(clusterOf('new'), standing),
    toCluster(clusterOf('old'), standing, { taken, failure }),
    toCluster(clusterOf('never'), standing, { failure, reported: { at: AT, status: {} } }),
  ];
  const drawn = (wide: boolean): string[] =>
    clusterTable(screen().err, views, { wide, now: AT + 180_000 })
      .trimEnd()
      .split('\n')
      .map((line) => line.replaceAll(/ {2,}/g, ' | '));
  expect(drawn(false).map((line) => line.split(' | ').slice(-5).join(' | '))).toEqual([
    'NODES | CPUS | LOAD | AGE | STATUS',
    '2/3 | 25/32 | 3.50 | 3m | reached',
    '- | - | - | - | reached',
    '2/3 | 25/32 | 3.50 | 3m, then failed | reached',
    '- | - | - | failed | reached',
  ]);
  expect(drawn(true)[1]).toContain('3.50 | 134.2 GB | 1 idle, 1 mixed, 1 drained | 3m | reached');
  expect(drawn(true)[4]).toMatch(/reached; a status was reported 3m ago$/);
});

it('one that is left alone says since when, why, and when it is asked again', () => {
  const known = { since: AT - 300_000, reason: 'ClusterUnreachable', message: 'timed out' };
  const open = toCluster(CLUSTER, undefined, { breaker: { state: 'open', nextAt: AT + 40_000, ...known } });
  expect(open.breaker).toEqual({
    ...{ state: 'open', since: '2026-02-28T23:55:00.000Z', next_at: '2026-03-01T00:00:40.000Z' },
    ...{ reason: 'ClusterUnreachable', message: 'timed out' },
  });
  const locked = toCluster(CLUSTER, undefined, {
    breaker: { state: 'locked', ...known, reason: 'LoginNeeded' },
  });
  expect(locked.breaker).toMatchObject({ state: 'locked', next_at: null });
  const breaker = { state: 'open', nextAt: AT + 40_000, ...known } as const;
  const probed = toCluster(CLUSTER, undefined, { breaker }, AT + 40_000);
  expect(probed.breaker).toMatchObject({ state: 'half-open', next_at: '2026-03-01T00:00:40.000Z' });
  const { err: out } = screen();
  const views = [open, locked, toCluster(CLUSTER, standing), probed];
  const shown = clusterTable(out, views, { wide: false, now: AT });
  const [, first, second, third, fourth] = shown.split('\n');
  expect(first).toContain('; left alone since 5m (ClusterUnreachable), asked again in 40s');
  expect(second).toContain(
    '; left alone since 5m (LoginNeeded), until the login is mended: sluice clusters check',
  );
  expect(third).not.toContain('left alone');
  expect(fourth).toContain('(ClusterUnreachable), half-open: asked again as soon as a job needs it');
});
