import { parseDocuments } from '../documents/parse.js';
import type { Files } from '../documents/files.js';
import { decode } from '../documents/text.js';
import type { SecretRef } from '../model/job.js';

/** What a secret's name leads to, for the one place that opens a connection. */
export type Secret =
  { readonly ok: true; readonly value: string } | { readonly ok: false; readonly why: string };

/** Looks a passphrase up. What it says on failure never holds any of it. */
export function resolveSecret(
  ref: SecretRef,
  env: Readonly<Record<string, string | undefined>>,
  files: Files,
): Secret {
  if (ref.from === 'env') {
    const value = env[ref.name];
    return value === undefined || value === ''
      ? { ok: false, why: `the environment variable ${ref.name}, which holds the passphrase, is not set` }
      : { ok: true, value };
  }
  const read = readText(ref.path, files);
  if (!read.ok) return read;
  return ref.from === 'file' ? firstLine(ref.path, read.value) : fromManifest(ref, read.value);
}

function readText(path: string, files: Files): Secret {
  try {
    const decoded = decode(path, files.read(path));
    return decoded.ok
      ? { ok: true, value: decoded.text }
      : { ok: false, why: `${path}, which holds the passphrase, is no text file` };
  } catch {
    return { ok: false, why: `${path}, which holds the passphrase, cannot be read` };
  }
}

function firstLine(path: string, text: string): Secret {
  const [value = ''] = text.split('\n', 1);
  return value === ''
    ? { ok: false, why: `the first line of ${path} should be the passphrase, and is empty` }
    : { ok: true, value };
}

function fromManifest({ path, document }: { path: string; document: number }, text: string): Secret {
  const found = parseDocuments(path, text).documents.find((each) => each.index === document)?.value;
  const value: unknown =
    typeof found === 'object' && found !== null && 'passphrase' in found ? found.passphrase : undefined;
  return typeof value === 'string'
    ? { ok: true, value }
    : { ok: false, why: `${path} has no passphrase any more` };
}
