/** Runs rendered scripts for real, in directories of their own. */
import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { renderBatchScript, renderStep } from '../../src/shell/script.js';

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly environment?: Readonly<Record<string, string>>;
  /** Called with the process once it runs. */
  readonly meanwhile?: (kill: (signal: NodeJS.Signals) => void) => void;
}

/** As Slurm does it: the script is a file that is executed. */
export function runScript(path: string, options: RunOptions = {}): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn('bash', ['-l', path], {
      env: { PATH: process.env['PATH'], HOME: '/nonexistent', ...options.environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => err.push(chunk));
    child.on('error', reject);
    child.on('close', (code) => {
      resolve({ code, stdout: Buffer.concat(out).toString(), stderr: Buffer.concat(err).toString() });
    });
    options.meanwhile?.((signal) => child.kill(signal));
  });
}

export const SLURM_IDENTITY = {
  job: '${SLURM_ARRAY_JOB_ID:-${SLURM_JOB_ID:-0}}',
  task: '${SLURM_ARRAY_TASK_ID:-0}',
  restart: '${SLURM_RESTART_COUNT:-0}',
} as const;

type Batch = Parameters<typeof renderBatchScript>[0];
type Step = Parameters<typeof renderStep>[0];

/** A job directory as the wrapper places it, with what a test does in it. */
export class JobDirectory {
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  static async make(): Promise<JobDirectory> {
    const path = await mkdtemp(join(tmpdir(), "sluice it's-"));
    for (const folder of ['work', 'logs', '.sluice/steps'])
      await mkdir(join(path, folder), { recursive: true });
    return new JobDirectory(path);
  }

  remove(): Promise<void> {
    return rm(this.path, { recursive: true, force: true });
  }

  async batch(execution: readonly string[], more: Partial<Batch> = {}): Promise<string> {
    const script = renderBatchScript({
      token: 'fit.1f9e.1',
      jobDirectory: this.path,
      workingDirectory: join(this.path, 'work'),
      environment: {},
      variables: {},
      setup: [],
      directives: [],
      identity: SLURM_IDENTITY,
      requeue: false,
      execution,
      ...more,
    });
    return this.#write('.sluice/script', script);
  }

  async step(items: readonly string[], more: Partial<Step> = {}): Promise<string> {
    const script = renderStep({
      name: 'requirements',
      token: 'fit.1f9e.1',
      jobDirectory: this.path,
      workingDirectory: join(this.path, 'work'),
      environment: {},
      setup: [],
      items,
      ...more,
    });
    return this.#write('.sluice/steps/requirements', script);
  }

  async #write(name: string, text: string): Promise<string> {
    const path = join(this.path, name);
    await writeFile(path, text, { mode: 0o755 });
    return path;
  }

  /** A mark's words, or undefined where there is none. */
  async mark(name: string): Promise<readonly string[] | undefined> {
    const text = await readFile(join(this.path, '.sluice', name), 'utf8').catch(() => undefined);
    return text?.trimEnd().split(' ');
  }

  async put(name: string, text: string): Promise<void> {
    await writeFile(join(this.path, '.sluice', name), text);
  }

  async marks(): Promise<readonly string[]> {
    const names = await readdir(join(this.path, '.sluice'));
    return names.filter((name) => name !== 'steps' && name !== 'script').sort();
  }
}
