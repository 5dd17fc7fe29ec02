import { execFile } from 'node:child_process';

/** What a small helper program said. `missing`: there is no such program here. */
export type Ran =
  | { readonly kind: 'ran'; readonly code: number; readonly stdout: string; readonly stderr: string }
  | { readonly kind: 'missing' }
  | { readonly kind: 'timed-out' };

export interface RunOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly timeoutMs: number;
}

/** Runs a program without a shell and without stdin; never rejects. */
export function run(program: string, words: readonly string[], options: RunOptions): Promise<Ran> {
  return new Promise((resolve) => {
    const settings = { env: options.env, timeout: options.timeoutMs, maxBuffer: 8 * 1024 * 1024 };
    const child = execFile(program, [...words], settings, (error, stdout, stderr) => {
      if (error?.code === 'ENOENT') resolve({ kind: 'missing' });
      else if (error?.killed) resolve({ kind: 'timed-out' });
      else resolve({ kind: 'ran', code: exitCode(error?.code), stdout, stderr });
    });
    child.stdin?.end();
  });
}

function exitCode(code: unknown): number {
  if (code === undefined || code === null) return 0;
  return typeof code === 'number' ? code : 255;
}
