/** The built command, run as a user runs it: another process, a home and a project of its own. */
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A project directory beside a home that nobody else uses. */
export interface Sandbox {
  readonly directory: string;
  readonly home: string;
  readonly env: NodeJS.ProcessEnv;
  write(files: Readonly<Record<string, string>>): void;
  /** Every file and folder below the project, sorted. */
  tree(): string[];
  remove(): void;
}

export function sandbox(files: Readonly<Record<string, string>> = {}): Sandbox {
  if (!existsSync(MAIN)) throw new Error(`${MAIN} is not there; build it first: npm run build`);
  const root = mkdtempSync(join(tmpdir(), 'sluice-e2e-'));
  const directory = join(root, 'project');
  const home = join(root, 'home');
  mkdirSync(directory);
  mkdirSync(home);
  const write = (more: Readonly<Record<string, string>>): void => {
    for (const [path, content] of Object.entries(more)) {
      mkdirSync(dirname(join(directory, path)), { recursive: true });
      writeFileSync(join(directory, path), content);
    }
  };
  write(files);
  const env: NodeJS.ProcessEnv = { ...process.env, HOME: home, NO_COLOR: '1' };
  delete env['CI'];
  return {
    directory,
    home,
    env,
    write,
    tree: () => readdirSync(directory, { recursive: true, encoding: 'utf8' }).sort(),
    remove: () => {
      rmSync(root, { recursive: true, force: true });
    },
  };
}

/** Starts the command; its standard input is empty unless given. */
export function start(
  at: Sandbox,
  argv: readonly string[],
  env: NodeJS.ProcessEnv = {},
  input = '',
): { readonly child: ChildProcessWithoutNullStreams; readonly ended: Promise<Ended> } {
  const child = spawn(process.execPath, [MAIN, ...argv], { cwd: at.directory, env: { ...at.env, ...env } });
  child.stdin.end(input);
  const told = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (told.stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (told.stderr += text));
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => {
      resolve({ code, signal, ...told });
    });
  });
  return { child, ended };
}

export function sluice(at: Sandbox, ...argv: readonly string[]): Promise<Ended> {
  return start(at, argv).ended;
}

/** All that the terminal showed, and how the command ended there. */
export interface Shown {
  readonly code: number | null;
  readonly screen: string;
}

/** The command on a pseudo-terminal, where a person types one of the answers at each question for a passphrase. */
export function sluiceOnTerminal(
  at: Sandbox,
  answers: readonly string[],
  argv: readonly string[],
): Promise<Shown> {
  const command = [process.execPath, MAIN, ...argv].map((word) => `'${word}'`).join(' ');
  const env = { ...at.env, TERM: 'xterm', SSH_AUTH_SOCK: '' };
  const child = spawn('script', ['-qec', command, '/dev/null'], { cwd: at.directory, env });
  let screen = '';
  let typed = 0;
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    screen += text;
    const questions = screen.match(/Passphrase for \S+: |Again: /g)?.length ?? 0;
    if (questions > typed) child.stdin.write(answers[typed++] ?? '\u0004');
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, screen }));
  });
}

/** Asks until it is so; the test's own time-out is the limit. */
export async function until(so: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await so())) await new Promise((resolve) => setTimeout(resolve, 50));
}
