/** What answers cost beside a large state, while passes go on: the daemon as its users run it, on this machine. */
import { Agent } from 'node:http';
import { ask, type Daemon, figure, passes, type State, withDaemon } from './daemon.js';
import type { Row } from './table.js';

const CONNECTIONS = 32;
const LEAST_PER_SECOND = 10_000;
const MOST_P99_MS = 10;
const MOST_PAGE_MS = 200;
const MOST_LAG_MS = 50;
const MOST_MEMORY_MB = 300;

export interface Size extends State {
  readonly seconds: number;
}

export function http(size: Size): Promise<Row[]> {
  return withDaemon(size, (daemon) => measure(daemon, size));
}

async function measure(
  { port, memory: resident }: Daemon,
  { finished, live, seconds }: Size,
): Promise<Row[]> {
  await until(async () => (await passes(port)) > 1);
  const before = await passes(port);
  const job = (): string => `/jobs/job-${String(1 + Math.floor(Math.random() * finished)).padStart(6, '0')}`;
  await load(port, () => `${job()}/state`, 1);
  await ask(port, '/metrics');
  const state = await load(port, () => `${job()}/state`, seconds);
  const lag = await figure(port, 'nodejs_eventloop_lag_max_seconds');
  const page = await load(port, () => '/', Math.ceil(seconds / 2), 1);
  const made = (await passes(port)) - before;
  const memory = resident();
  const beside = `${finished} finished, ${live} live, ${made} passes beside`;
  const row = (name: string, target: string, value: string, met: boolean): Row => ({
    ...{ name, floor: '', ours: '', cpu: '', target, value, met },
  });
  return [
    row(
      `GET /jobs/<id>/state (${beside})`,
      `at least ${LEAST_PER_SECOND}/s`,
      `${Math.round(state.perSecond)}/s`,
      state.perSecond >= LEAST_PER_SECOND && made > 0,
    ),
    row('  99th percentile', `${MOST_P99_MS} ms`, `${state.p99.toFixed(1)} ms`, state.p99 < MOST_P99_MS),
    row('  event loop held', `${MOST_LAG_MS} ms`, `${(lag * 1000).toFixed(0)} ms`, lag * 1000 <= MOST_LAG_MS),
    row(
      'the page, 99th percentile',
      `${MOST_PAGE_MS} ms`,
      `${page.p99.toFixed(0)} ms`,
      page.p99 < MOST_PAGE_MS,
    ),
    row('memory of the daemon', `${MOST_MEMORY_MB} MB`, `${memory.toFixed(0)} MB`, memory < MOST_MEMORY_MB),
  ];
}

interface Load {
  readonly perSecond: number;
  /** Milliseconds. */
  readonly p99: number;
}

/** As many requests as come back, over connections that are kept. */
async function load(
  port: number,
  path: () => string,
  seconds: number,
  connections = CONNECTIONS,
): Promise<Load> {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const took: number[] = [];
  const end = performance.now() + seconds * 1000;
  await Promise.all(
    Array.from({ length: connections }, async () => {
      while (performance.now() < end) {
        const began = performance.now();
        await ask(port, path(), agent);
        took.push(performance.now() - began);
      }
    }),
  );
  agent.destroy();
  const sorted = took.toSorted((a, b) => a - b);
  return { perSecond: took.length / seconds, p99: sorted[Math.floor(sorted.length * 0.99)] ?? NaN };
}

async function until(so: () => Promise<boolean>): Promise<void> {
  while (!(await so())) await new Promise((resolve) => setTimeout(resolve, 100));
}
