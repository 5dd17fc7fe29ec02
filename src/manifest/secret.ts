import { parseDocuments } from '../documents/parse.js';
import type { Files } from '../documents/files.js';
import { decode } from '../documents/text.js';
import { localPath } from './job-source.js';
import type { DocumentRef, SecretRef } from '../model/job.js';

/** What a secret's name leads to, for the one place that opens a connection. */
export type Secret =
  { readonly ok: true; readonly value: string } | { readonly ok: false; readonly why: string };

/** Looks a secret up. What it says on failure never holds any of it. @param what it is, in words */
export function resolveSecret(
  ref: SecretRef,
  env: Readonly<Record<string, string | undefined>>,
  files: Files,
  what = 'passphrase',
): Secret {
  if (ref.from === 'env') {
    const value = env[ref.name];
    return value === undefined || value === ''
      ? { ok: false, why: `the environment variable ${ref.name}, which holds the ${what}, is not set` }
      : { ok: true, value };
  }
  const read = readText(ref.path, files, what);
  if (!read.ok) return read;
  return ref.from === 'file' ? firstLine(ref.path, read.value, what) : fromDocument(ref, read.value);
}

/** What a manifest says about logging in beside the name: read when a connection is opened, kept nowhere. */
export interface Credentials {
  /** Absolute path of the key file. */
  readonly privateKey?: string;
  readonly passphrase?: SecretRef;
}

/** @returns undefined where the manifest is gone, or names neither any more. */
export function readCredentials(
  { path, document }: DocumentRef,
  files: Files,
  home: string,
): Credentials | undefined {
  const read = readText(path, files);
  if (!read.ok) return undefined;
  const found = parseDocuments(path, read.value).documents.find((each) => each.index === document)?.value;
  const key = valueAt(found, 'private_key');
  const passphrase = passphraseRef(valueAt(found, 'passphrase'), { path, document }, home);
  if (typeof key !== 'string' && passphrase === undefined) return undefined;
  return {
    ...(typeof key === 'string' ? { privateKey: localPath(key, path, home) } : {}),
    ...(passphrase === undefined ? {} : { passphrase }),
  };
}

function passphraseRef(value: unknown, place: DocumentRef, home: string): SecretRef | undefined {
  if (typeof value === 'string') return { from: 'document', ...place, key: ['passphrase'] };
  const name = valueAt(value, 'env');
  if (typeof name === 'string') return { from: 'env', name };
  const file = valueAt(value, 'file');
  return typeof file === 'string' ? { from: 'file', path: localPath(file, place.path, home) } : undefined;
}

function valueAt(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined;
}

function readText(path: string, files: Files, what = 'passphrase'): Secret {
  try {
    const decoded = decode(path, files.read(path));
    return decoded.ok
      ? { ok: true, value: decoded.text }
      : { ok: false, why: `${path}, which holds the ${what}, is no text file` };
  } catch {
    return { ok: false, why: `${path}, which holds the ${what}, cannot be read` };
  }
}

function firstLine(path: string, text: string, what: string): Secret {
  const [value = ''] = text.split('\n', 1);
  return value === ''
    ? { ok: false, why: `the first line of ${path} should be the ${what}, and is empty` }
    : { ok: true, value };
}

function fromDocument(
  { path, document, key }: Extract<SecretRef, { from: 'document' }>,
  text: string,
): Secret {
  const found = parseDocuments(path, text).documents.find((each) => each.index === document)?.value;
  const value = key.reduce(valueAt, found);
  return typeof value === 'string'
    ? { ok: true, value }
    : { ok: false, why: `${path} has no ${key.join('.')} any more` };
}
