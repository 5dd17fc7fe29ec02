import type { Finding } from '../../reconcile/findings.js';
import type { ClusterStanding } from '../../reconcile/report.js';
import type { ClusterView } from '../../views/cluster.js';
import { safeLine } from './safe.js';
import { phasePaint, table } from './table.js';
import type { Terminal } from './terminal.js';
import { age, ago, bytes, count } from './time.js';

/** `hercules: 1 connection, 2 round trips, 1.2 kB up, 3.4 kB down`, for `--verbose`. */
export function trafficLine({ cluster, address, counts, reach, why }: ClusterStanding): string {
  const where = address === '' || address === cluster ? '' : ` (${address})`;
  if (reach === 'not-asked') return `${cluster}${where}: not asked`;
  const traffic = [
    count(counts.connections, 'connection'),
    count(counts.roundTrips, 'round trip'),
    `${bytes(counts.bytesUp)} up`,
    `${bytes(counts.bytesDown)} down`,
  ].join(', ');
  return safeLine(
    `${cluster}${where}: ${traffic}${reach === 'reached' ? '' : `; not reached: ${why ?? 'no reason given'}`}`,
  );
}

/** Warnings about the clusters that did not answer. */
export function unreachableLines(clusters: readonly ClusterStanding[]): string[] {
  return clusters
    .filter(({ reach }) => reach === 'unreachable')
    .map(({ cluster, why }) => safeLine(`${cluster} cannot be reached: ${why ?? 'no reason given'}`));
}

/** The prototype's table, how each cluster answers, and what its nodes came to when they were last looked at. */
export function clusterTable(
  out: Terminal,
  clusters: readonly ClusterView[],
  { wide, now }: { readonly wide: boolean; /** Epoch milliseconds. */ readonly now: number },
): string {
  const head = [
    'NAME',
    'HOSTNAME',
    'PORT',
    'MANAGER',
    'PREFERRED',
    'PARTITION',
    ...(wide ? ['TRANSPORT', 'ADDRESS'] : []),
    'NODES',
    'CPUS',
    'LOAD',
    ...(wide ? ['MEMORY', 'STATES'] : []),
    'AGE',
    'STATUS',
  ];
  const rows = clusters.map((cluster) => [
    cluster.name,
    cluster.hostname,
    cluster.port === null ? '-' : String(cluster.port),
    cluster.workload_manager,
    cluster.preferred_jobs.join(',') || '-',
    cluster.partition ?? '-',
    ...(wide ? [cluster.transport, cluster.status.address ?? '-'] : []),
    ...figures(cluster, wide, now),
    statusText(cluster.status) + breakerText(cluster, now) + (wide ? reportedText(cluster, now) : ''),
  ]);
  return table(head, rows, { width: out.width, paint: phasePaint(out, head.length - 1) });
}

/** Nodes up of all, CPUs idle of those up, the mean load, and how old that is. */
function figures({ status }: ClusterView, wide: boolean, now: number): string[] {
  const { AVAIL, TOTAL_NODES, CPUS, CPU_LOAD, MEMORY, cpus_idle, states, taken_at, failure } = status;
  if (taken_at === null)
    return ['-', '-', '-', ...(wide ? ['-', '-'] : []), failure === null ? '-' : 'failed'];
  const old = age(Math.max(0, now - Date.parse(taken_at)));
  return [
    `${AVAIL}/${TOTAL_NODES}`,
    `${cpus_idle}/${CPUS}`,
    CPU_LOAD === null ? '-' : CPU_LOAD.toFixed(2),
    ...(wide ? [bytes((MEMORY ?? 0) * 1024 * 1024), statesText(states)] : []),
    failure === null ? old : `${old}, then failed`,
  ];
}

function statesText(states: ClusterView['status']['states']): string {
  return Object.entries(states).map(([kind, count]) => `${count} ${kind}`).join(', ') || '-'; // prettier-ignore
}

/** `; not asked by itself since 5m (ClusterUnreachable): next in 40s`. */
function breakerText({ breaker }: ClusterView, now: number): string {
  if (breaker === null) return '';
  const since = `; left alone since ${age(Math.max(0, now - Date.parse(breaker.since)))} (${breaker.reason})`;
  if (breaker.next_at === null) return `${since}, until the login is mended: sluice clusters check`;
  if (breaker.state === 'half-open') return `${since}, half-open: asked again as soon as a job needs it`;
  return `${since}, asked again in ${age(Math.max(0, Date.parse(breaker.next_at) - now))}`;
}

function reportedText({ reported }: ClusterView, now: number): string {
  return reported === null ? '' : `; a status was reported ${ago(Date.parse(reported.at), now)}`;
}

function statusText({ reach, why }: ClusterView['status']): string {
  if (reach === 'not-asked') return 'not asked';
  return why === null || why === '' ? reach : `${reach}: ${why}`;
}

/** `ok    login     alice@login1:22 answers`, one finding a line; what is long goes on below its own column. */
export function findingLines({ paint, width }: Terminal, findings: readonly Finding[]): string[] {
  const painted = { ok: paint.green('ok  '), warn: paint.yellow('warn'), fail: paint.red('FAIL') };
  const widest = Math.max(0, ...findings.map(({ name }) => name.length));
  const indent = 'FAIL  '.length + widest + 2;
  return findings.flatMap(({ name, verdict, words }) => {
    const [first = '', ...more] = wrapped(
      safeLine(words),
      width === undefined ? Infinity : width - indent - 1,
    );
    return [
      `${painted[verdict]}  ${name.padEnd(widest)}  ${first}`,
      ...more.map((line) => ' '.repeat(indent) + line),
    ];
  });
}

function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}
