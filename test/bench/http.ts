/** What answers cost beside a large state, while passes go on: the daemon as its users run it, on this machine. */
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { acquireLease } from '../../src/store/lease.js';
import { openStore } from '../../src/store/open.js';
import { hashPassword } from '../../src/http/guard/hashes.js';
import { sampleAttempt, sampleRun } from '../store/fixtures/samples.js';
import { SPEC } from '../views/examples.js';
import { PROGRAM } from './sluice.js';
import type { Row } from './table.js';

const LOGIN = `Basic ${Buffer.from('bench:a long password').toString('base64')}`;
const CONNECTIONS = 32;
const LEAST_PER_SECOND = 10_000;
const MOST_P99_MS = 10;
const MOST_PAGE_MS = 200;
const MOST_LAG_MS = 50;
const MOST_MEMORY_MB = 300;
/** Passes go on all the while, more often than any cluster is asked. */
const RESYNC = '2s';

export interface Size {
  readonly finished: number;
  readonly live: number;
  readonly seconds: number;
}

export async function http(size: Size): Promise<Row[]> {
  const directory = mkdtempSync(join(tmpdir(), 'sluice-bench-http-'));
  await fill(directory, size);
  const child = spawn(
    process.execPath,
    [PROGRAM, '-C', directory, 'serve', '--listen', '127.0.0.1:0', '--log', 'json'],
    { stdio: ['ignore', 'ignore', 'pipe'], env: { ...process.env, CI: '' } },
  );
  let log = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (log = (log + text).slice(-10_000)));
  try {
    while (!log.includes('"msg":"serving"')) {
      if (child.exitCode !== null) throw new Error(`it does not serve: ${log}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    const port = Number(/"address":"http:[^"]*:(\d+)\/"/.exec(log)?.[1]);
    return await measure(port, child.pid ?? 0, size);
  } finally {
    child.kill('SIGTERM');
    await new Promise((resolve) => child.once('close', resolve));
    rmSync(directory, { recursive: true });
  }
}

async function measure(port: number, pid: number, { finished, live, seconds }: Size): Promise<Row[]> {
  await until(async () => (await passes(port)) > 1);
  const before = await passes(port);
  const job = (): string => `/jobs/job-${String(1 + Math.floor(Math.random() * finished)).padStart(6, '0')}`;
  await load(port, () => `${job()}/state`, 1);
  await ask(port, '/metrics');
  const state = await load(port, () => `${job()}/state`, seconds);
  const lag = await figure(port, 'nodejs_eventloop_lag_max_seconds');
  const page = await load(port, () => '/', Math.ceil(seconds / 2), 1);
  const made = (await passes(port)) - before;
  const memory = Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;
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

async function fill(directory: string, { finished, live }: Size): Promise<void> {
  const hash = await hashPassword('a long password');
  mkdirSync(join(directory, 'jobs.d'));
  writeFileSync(
    join(directory, 'sluice.yaml'),
    `installation: bench\nintervals: {resync: ${RESYNC}}\nhttp:\n  users:\n    - {name: bench, role: read, password_hash: "${hash}"}\n`,
  );
  writeFileSync(
    join(directory, 'clusters.yaml'),
    'clusters:\n  here: {transport: local, workload_manager: direct}\n',
  );
  for (let number = 1; number <= live; number += 1)
    writeFileSync(
      join(directory, `jobs.d/live-${number}.yaml`),
      'destination_cluster: here\nexecution: exit 0\nsuspend: true\n',
    );
  const store = openStore(join(directory, '.sluice'));
  const lease = acquireLease(store, 'bench');
  const specJson = JSON.stringify(SPEC);
  for (let from = 0; from < finished; from += 1000)
    store.transaction(() => {
      for (let number = from + 1; number <= Math.min(finished, from + 1000); number += 1) {
        const name = `job-${String(number).padStart(6, '0')}`;
        const run = store.runs.create(
          sampleRun(number, { name, phase: 'Succeeded', reason: 'Done', specJson }),
        );
        const ended = { state: 'ended', outcome: 'completed', settledAt: 1, cleanedAt: 1 } as const;
        store.attempts.create(
          sampleAttempt(run, 1, { ...ended, cluster: 'here', taskStates: ['COMPLETED'] }),
        );
        store.news.tell(run.uuid, 'Succeeded');
      }
    });
  if (lease.kind === 'held') lease.release();
  store.close();
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

/** @throws where the answer is not 200 */
function ask(port: number, path: string, agent?: Agent): Promise<string> {
  const options = { port, host: '127.0.0.1', path, headers: { authorization: LOGIN } };
  return new Promise((resolve, reject) => {
    get({ ...options, ...(agent === undefined ? {} : { agent }) }, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (part: string) => (text += part));
      answer.on('end', () => {
        if (answer.statusCode === 200) resolve(text);
        else reject(new Error(`${path} answered ${answer.statusCode}: ${text}`));
      });
    }).on('error', reject);
  });
}

async function figure(port: number, name: string): Promise<number> {
  return Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(await ask(port, '/metrics'))?.[1]);
}

function passes(port: number): Promise<number> {
  return figure(port, 'sluice_pass_seconds_count');
}

async function until(so: () => Promise<boolean>): Promise<void> {
  while (!(await so())) await new Promise((resolve) => setTimeout(resolve, 100));
}
