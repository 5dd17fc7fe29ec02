/** A project on this machine beside a home of its own, with the real app on it; clusters here that can be out of reach. */
import { createHash } from 'node:crypto';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { type Access, type App, openApp } from '../../src/app.js';
import type { Action } from '../../src/model/action.js';
import { isSettled, type Run, type RunRecord } from '../../src/model/run.js';
import { type Transport, TransportFailure } from '../../src/ports.js';
import { CERTIFICATE } from '../notify/server.js';
import type { PassReport, StoryLine } from '../../src/reconcile/report.js';
import { removeFolder } from '../tools/remove.js';

const cluster = (name: string, more = ''): string =>
  `  ${name}: {transport: local, workload_manager: direct, preferred_jobs: [serial], ` +
  `claims_dir: ~/${name}/claims, work_dir: ~/${name}/work${more}}\n`;

/** The clusters that every desk has; `more` is for the first. */
export function inventory(more = ''): string {
  return `clusters:\n${cluster('here', more)}${cluster('there')}`;
}

/** A manifest for `here` alone. */
export function job(execution: string, more = ''): string {
  return `destination_cluster: here\nalternates: none\nexecution: ${JSON.stringify(execution)}\n${more}`;
}

/** A command that takes until the desk opens its gate, or is gone. */
export const AT_GATE = 'until [ -e "$HOME/gate" ] || [ ! -d "$HOME/here" ]; do sleep 0.05; done';
/** A command that leaves a trace each time it runs; see {@link Desk.ran}. */
export const LEAVES_TRACE = 'echo "$SLURM_JOB_NAME" >>"$HOME/trace"';

const PATIENCE_MS = 20_000;

export class Desk {
  readonly #root = mkdtempSync(join(tmpdir(), 'sluice-desk-'));
  readonly home = join(this.#root, 'home');
  readonly directory = join(this.#root, 'project');
  /** Clusters that cannot be reached just now. */
  readonly away = new Set<string>();
  /** Clusters that let nobody in before this has come. */
  readonly hung = new Map<string, Promise<void>>();
  readonly story: StoryLine[] = [];
  /** Put around every link to a cluster. */
  around: (transport: Transport) => Transport = (transport) => transport;
  /** Milliseconds that our clock is ahead. */
  ahead = 0;
  /** The tests' own mail server is to be trusted. */
  trustsMailServer = false;
  #transports = new Map<string, Transport[]>();

  constructor(files: Readonly<Record<string, string>> = {}) {
    mkdirSync(this.home);
    this.write({ 'sluice.yaml': 'installation: desk\n', 'clusters.yaml': inventory(), ...files });
    mkdirSync(join(this.directory, 'jobs.d'), { recursive: true });
  }

  write(files: Readonly<Record<string, string>>): void {
    for (const [path, content] of Object.entries(files)) {
      mkdirSync(dirname(join(this.directory, path)), { recursive: true });
      writeFileSync(join(this.directory, path), content);
    }
  }

  remove(path: string): void {
    rmSync(join(this.directory, path), { recursive: true });
  }

  read(path: string): string {
    return readFileSync(join(this.directory, path), 'utf8');
  }

  /** A file in the home that the clusters share. */
  readHome(path: string): string {
    return readFileSync(join(this.home, path), 'utf8');
  }

  /** Looks until it is so. */
  async until(so: () => boolean): Promise<void> {
    const deadline = Date.now() + PATIENCE_MS;
    while (!so()) {
      if (Date.now() > deadline) throw new Error('it does not come to that');
      await pause(20);
    }
  }

  has(path: string): boolean {
    return existsSync(join(this.directory, path));
  }

  /** How often commands that leave a trace have run. */
  ran(): number {
    const trace = join(this.home, 'trace');
    return existsSync(trace) ? readFileSync(trace, 'utf8').trimEnd().split('\n').length : 0;
  }

  openGate(): void {
    writeFileSync(join(this.home, 'gate'), '');
  }

  open(access: Access = 'write'): Promise<App> {
    this.#transports = new Map();
    return openApp(
      {
        directory: this.directory,
        env: { ...process.env, HOME: this.home, CI: '', SLUICE_DIRECT_SLOTS: '4' },
        story: (line) => void this.story.push(line),
        now: () => Date.now() + this.ahead,
        aroundTransport: (transport, name) => this.#watched(this.around(transport), name),
        ...(this.trustsMailServer ? { trustedMailServer: CERTIFICATE } : {}),
      },
      access,
    );
  }

  /** One session from opening to closing. */
  async session<T>(access: Access, work: (app: App) => Promise<T>): Promise<T> {
    const app = await this.open(access);
    try {
      return await work(app);
    } finally {
      await app.close();
    }
  }

  pass(): Promise<PassReport> {
    return this.session('write', (app) => app.pass([]));
  }

  /** Passes until nothing more comes by itself. */
  settle(): Promise<PassReport> {
    return this.session('write', (app) => settle(app));
  }

  record(name: string): Promise<RunRecord> {
    return this.session('read', (app) => Promise.resolve(recordOf(app, name)));
  }

  async run(name: string): Promise<Run> {
    return (await this.record(name)).run;
  }

  /** Round trips to a cluster since the session was opened. */
  trips(name = 'here'): number {
    return (this.#transports.get(name) ?? []).reduce((sum, each) => sum + each.counts.roundTrips, 0);
  }

  /** How many connections a cluster's logins have of us: one transport each. */
  logins(name: string): number {
    return this.#transports.get(name)?.length ?? 0;
  }

  /** Every file with its content, mode and time, and every directory: here and on the clusters. */
  everything(): string[] {
    const paths = readdirSync(this.#root, { recursive: true, encoding: 'utf8' }).sort();
    return paths.map((path) => {
      const stat = lstatSync(join(this.#root, path));
      const content = stat.isFile() ? readFileSync(join(this.#root, path)) : '';
      const digest = createHash('sha256').update(content).digest('hex').slice(0, 12);
      // Readers of SQLite make files beside it and take them away again.
      const time = path === 'project/.sluice' ? '' : stat.mtimeMs;
      return [path, stat.mode.toString(8), time, digest].join(' ');
    });
  }

  /** Files below the state, the results and the clusters that hold a text. */
  filesWith(text: string): string[] {
    const paths = readdirSync(this.#root, { recursive: true, encoding: 'utf8' }).sort();
    const own = (path: string): boolean => path.startsWith('project/jobs.d');
    return paths.filter((path) => {
      const file = join(this.#root, path);
      return !own(path) && lstatSync(file).isFile() && readFileSync(file).includes(text);
    });
  }

  /** When the machinery behind the jobs has come to rest: whatever was to be written is. */
  async rest(): Promise<void> {
    const deadline = Date.now() + PATIENCE_MS;
    while (!this.#rests('here') || !this.#rests('there')) {
      if (Date.now() > deadline) return;
      await pause(20);
    }
    await pause(50);
  }

  async leave(): Promise<void> {
    this.openGate();
    await this.rest();
    removeFolder(this.#root);
  }

  /** The dispatcher of a cluster sets its lock free when nothing runs any more. */
  #rests(name: string): boolean {
    const direct = join(this.home, name, 'claims/direct');
    if (!existsSync(direct)) return true;
    const locks = readdirSync(direct).filter((each) => each.startsWith('lock.'));
    try {
      return locks.every((lock) => readFileSync(join(direct, lock), 'utf8') === 'free\n');
    } catch {
      return false; // a newer one took its place
    }
  }

  #watched(transport: Transport, name: string): Transport {
    this.#transports.set(name, [...(this.#transports.get(name) ?? []), transport]);
    return {
      address: transport.address,
      open: async (options) => {
        await this.hung.get(name);
        if (this.away.has(name)) throw new TransportFailure('unreachable', `${name} does not answer`);
        return transport.open(options);
      },
      close: () => transport.close(),
      get counts() {
        return transport.counts;
      },
    };
  }
}

export function recordOf(app: App, name: string): RunRecord {
  const record = app.store.records.find(name);
  if (!record) throw new Error(`no run is named ${name}`);
  return record;
}

/** A person wants the end of a run; the next pass sees to it. */
export function cancel(app: App, name: string, reason: string): void {
  const run = recordOf(app, name).run.uuid;
  app.decide({ kind: 'cancel', run, reason, actor: 'a test', at: Date.now() });
}

/** Passes until every run is settled. */
export function settle(app: App): Promise<PassReport> {
  return until(app, (report) => report.standings.every(({ phase }) => isSettled(phase)));
}

/** Passes until it is so. */
export async function until(app: App, so: (report: PassReport) => boolean): Promise<PassReport> {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    const report = await app.pass([]);
    if (so(report)) return report;
    if (Date.now() > deadline) throw new Error(`it stays so: ${JSON.stringify(report.standings)}`);
    await pause(20);
  }
}

export function untilPhase(app: App, name: string, phase: Run['phase']): Promise<PassReport> {
  return until(app, () => recordOf(app, name).run.phase === phase);
}

export const kinds = (actions: readonly Action[]): string[] => actions.map(({ kind }) => kind);
