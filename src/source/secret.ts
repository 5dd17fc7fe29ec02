/** Resolving a named secret, at the moment when a connection needs it; the value goes nowhere else. */
import { readFileSync } from 'node:fs';
import { parseAllDocuments } from 'yaml';
import type { SecretRef } from '../model/job.js';

/** @returns undefined where the named place holds none */
export function resolveSecret(ref: SecretRef, env: NodeJS.ProcessEnv): string | undefined {
  switch (ref.from) {
    case 'env':
      return env[ref.name];
    case 'file':
      return readOrNothing(ref.path)?.replace(/\r?\n$/, '');
    case 'manifest':
      return literalIn(ref.path, ref.document);
  }
}

/** A passphrase that was written into the manifest itself: it is read there again, never kept. */
function literalIn(path: string, document: number): string | undefined {
  const text = readOrNothing(path);
  if (text === undefined) return undefined;
  const parsed = parseAllDocuments(text, { version: '1.2', logLevel: 'silent' });
  const value: unknown = 'empty' in parsed ? undefined : parsed[document]?.get('passphrase');
  return typeof value === 'string' ? value : undefined;
}

function readOrNothing(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
