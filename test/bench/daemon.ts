/** A daemon beside a large state, as its users run it, and how it is asked. */
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, get, type IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { acquireLease } from '../../src/store/lease.js';
import { openStore } from '../../src/store/open.js';
import { hashPassword } from '../../src/http/guard/hashes.js';
import { sampleAttempt, sampleRun } from '../store/fixtures/samples.js';
import { SPEC } from '../views/examples.js';
import { PROGRAM } from './sluice.js';

const LOGIN = `Basic ${Buffer.from('bench:a long password').toString('base64')}`;
/** Its connection never rests for as long as the server keeps one. */
const ONE_AT_A_TIME = new Agent({ keepAlive: true, maxSockets: 1 });
/** Passes go on all the while, more often than any cluster is asked. */
const RESYNC = '2s';

export interface State {
  /** Runs that have ended, and whose manifests went since. */
  readonly finished: number;
  /** Runs that have a manifest and go nowhere. */
  readonly live: number;
}

/** `sluice serve` on a port of its own. */
export interface Daemon {
  readonly directory: string;
  readonly port: number;
  /** Resident memory now, MB. */
  readonly memory: () => number;
}

/** @throws where it does not begin to serve, or does not end well */
export async function withDaemon<T>(state: State, work: (daemon: Daemon) => Promise<T>): Promise<T> {
  const directory = mkdtempSync(join(tmpdir(), 'sluice-bench-http-'));
  await fill(directory, state);
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
    const memory = (): number => residentMb(child.pid ?? 0);
    return await work({ directory, port, memory });
  } finally {
    const ended = new Promise((resolve) => child.once('close', resolve));
    if (child.exitCode === null) {
      child.kill('SIGTERM');
      await ended;
    }
    rmSync(directory, { recursive: true });
  }
}

function residentMb(pid: number): number {
  return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;
}

async function fill(directory: string, { finished, live }: State): Promise<void> {
  const hash = await hashPassword('a long password');
  mkdirSync(join(directory, 'jobs.d'));
  writeFileSync(
    join(directory, 'sluice.yaml'),
    `installation: bench\nintervals: {resync: ${RESYNC}}\nhttp:\n  users:\n    - {name: bench, role: read, password_hash: "${hash}"}\n`,
  );
  const here = { transport: 'local', workload_manager: 'direct', work_dir: `${directory}/work` };
  const clusters = { here: { ...here, claims_dir: `${directory}/claims` } };
  writeFileSync(join(directory, 'clusters.yaml'), stringify({ clusters }));
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
        // As in an installation that is some years old.
        store.runs.setGone(run.uuid, true, 'its manifest is gone; the record of it stays');
      }
    });
  if (lease.kind === 'held') lease.release();
  store.close();
}

/** @throws where the answer is not 200 */
export function ask(port: number, path: string, agent = ONE_AT_A_TIME): Promise<string> {
  const options = { port, host: '127.0.0.1', path, headers: { authorization: LOGIN }, agent };
  return new Promise((resolve, reject) => {
    get(options, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (part: string) => (text += part));
      answer.on('end', () => {
        if (answer.statusCode === 200) resolve(text);
        else reject(new Error(`${path} answered ${answer.statusCode}: ${text}`));
      });
    }).on('error', reject);
  });
}

export async function figure(port: number, name: string): Promise<number> {
  return Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(await ask(port, '/metrics'))?.[1]);
}

export function passes(port: number): Promise<number> {
  return figure(port, 'sluice_pass_seconds_count');
}

/** Follows the events until told otherwise. @returns what leaves */
export function follow(port: number): () => void {
  let answer: IncomingMessage | undefined;
  const request = get(
    { port, host: '127.0.0.1', path: '/events', headers: { authorization: LOGIN }, agent: false },
    (told) => (answer = told.resume()),
  ).on('error', () => undefined);
  return () => {
    answer?.destroy();
    request.destroy();
  };
}
