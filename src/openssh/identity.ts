/** What is wrong with what a login shows, so that a refusal can name it: `ssh` itself passes it over in silence. */
import { existsSync } from 'node:fs';
import { TransportFailure } from '../ports.js';
import { run } from '../ssh/run.js';
import type { Login } from './words.js';

/** @throws {TransportFailure} misconfigured: a key that the inventory or a manifest names is not there */
export function checkNamedKeys({ keys }: Pick<Login, 'keys'>): void {
  const missing = keys.find((file) => !existsSync(file));
  if (missing === undefined || keys.some((file) => existsSync(file))) return;
  throw new TransportFailure(
    'misconfigured',
    `the key file ${missing} is not there. Correct private_key in clusters.yaml or in the manifest.`,
  );
}

/** The files by which this login shows who it is, there or not. */
export function identityFiles({ keys, config }: Pick<Login, 'keys' | 'config'>): readonly string[] {
  const files = keys.length > 0 ? keys : config.identityFiles;
  return [...files, ...certificatesOf({ keys, config })];
}

function certificatesOf({ keys, config }: Pick<Login, 'keys' | 'config'>): readonly string[] {
  const files = keys.length > 0 ? keys : config.identityFiles;
  return [...config.certificateFiles, ...files.map((file) => `${file}-cert.pub`)];
}

/** @param now epoch milliseconds @returns what cannot serve any more, in words */
export async function expiredNotes(login: Login, env: NodeJS.ProcessEnv, now: number): Promise<string[]> {
  const files = certificatesOf(login).filter((file) => existsSync(file));
  const notes = await Promise.all(
    files.map(async (file) => {
      const shown = await run('ssh-keygen', ['-L', '-f', file], { env, timeoutMs: 10_000 });
      return shown.kind === 'ran' ? validityNote(file, shown.stdout, now) : undefined;
    }),
  );
  return notes.filter((note) => note !== undefined);
}

/** @param text of `ssh-keygen -L`, whose times are local ones */
export function validityNote(file: string, text: string, now: number): string | undefined {
  const [, from, to] = /^\s*Valid: from (\S+) to (\S+)$/m.exec(text) ?? [];
  if (from !== undefined && Date.parse(from) > now) return `the certificate ${file} holds only from ${from}`;
  return to !== undefined && Date.parse(to) < now ? `the certificate ${file} expired on ${to}` : undefined;
}
