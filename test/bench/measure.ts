/** Runs a command as a process of its own and says what it cost. */
import { spawn } from 'node:child_process';

export interface Cost {
  /** Milliseconds from start to end. */
  readonly wallMs: number;
  /** Milliseconds of user and system time, those of its children included. */
  readonly cpuMs: number;
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly env?: NodeJS.ProcessEnv;
  readonly input?: string;
}

/** bash's own `time` counts the children too, which `process.resourceUsage` does not. */
const TIMED = 'TIMEFORMAT="%3R %3U %3S"; { time "$@" 2>&4; } 4>&2 2>&3';

/** @throws when the command cannot be started, or says no time */
export async function run(command: readonly string[], options: RunOptions = {}): Promise<Cost> {
  const child = spawn('bash', ['-c', TIMED, 'bash', ...command], {
    env: options.env ?? process.env,
    stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
  });
  const texts = child.stdio.slice(1).map(collect);
  child.stdin.on('error', () => undefined); // it may end without reading
  child.stdin.end(options.input ?? '');
  const code = await new Promise<number>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (status) => {
      resolve(status ?? 128);
    });
  });
  const [stdout = '', stderr = '', times = ''] = await Promise.all(texts);
  const [wall, user, system] = times.trim().split(/\s+/).map(Number);
  if (wall === undefined || user === undefined || system === undefined)
    throw new Error(`no time was told of ${command.join(' ')}: ${times}${stderr}`);
  return { wallMs: wall * 1000, cpuMs: (user + system) * 1000, code, stdout, stderr };
}

/** As {@link run}; a code that is not 0 is an error with its words. */
export async function must(command: readonly string[], options: RunOptions = {}): Promise<Cost> {
  const cost = await run(command, options);
  if (cost.code === 0) return cost;
  const said = `${cost.stdout}${cost.stderr}`.split('\n').slice(-20).join('\n');
  throw new Error(`${command.slice(0, 6).join(' ')} … ended with code ${cost.code}:\n${said}`);
}

export function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const low = sorted[Math.ceil(middle) - 1] ?? NaN;
  return (low + (sorted[Math.floor(middle)] ?? NaN)) / 2;
}

async function collect(stream: unknown): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of stream as AsyncIterable<Buffer>) parts.push(part);
  return Buffer.concat(parts).toString();
}
