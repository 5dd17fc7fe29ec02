/** Key files, read and decrypted once. */
import { readFile, stat } from 'node:fs/promises';
import type { ParsedKey } from 'ssh2';
import { TransportFailure } from '../ports.js';
import type { Ssh2 } from './ssh2.js';

/** Gives a secret when it is needed, or undefined where there is none; throws where it cannot be had. */
export type Secret = () => string | undefined;

/** A key file that the inventory or a manifest names. */
export interface NamedKey {
  /** Absolute path. */
  readonly file: string;
  /** Asked only when it is encrypted, and never kept. */
  readonly passphrase?: Secret;
}

export type KeyFile =
  | { readonly kind: 'key'; readonly key: ParsedKey }
  | { readonly kind: 'missing'; readonly why: string }
  /** Encrypted, and no passphrase given. */
  | { readonly kind: 'locked' };

/**
 * Decrypted keys by file and version. Decrypting blocks this thread for 0.2 to 1.2 s, so share one cache among all
 * transports of a process. Keys are kept in memory only; passphrases not at all.
 */
export class KeyCache {
  readonly #keys = new Map<string, ParsedKey>();

  get(id: string): ParsedKey | undefined {
    return this.#keys.get(id);
  }
  set(id: string, key: ParsedKey): void {
    this.#keys.set(id, key);
  }
}

export interface ReadKeyRequest {
  readonly ssh2: Ssh2;
  readonly cache: KeyCache;
  /** Absolute path. */
  readonly file: string;
  readonly passphrase?: Secret;
}

/** @throws {TransportFailure} misconfigured: a wrong passphrase, or a file that is no key */
export async function readKey(request: ReadKeyRequest): Promise<KeyFile> {
  const { cache, file } = request;
  let id: string;
  let text: string;
  try {
    const facts = await stat(file);
    id = [file, facts.ino, facts.size, facts.mtimeMs].join(' ');
    const known = cache.get(id);
    if (known) return { kind: 'key', key: known };
    if (facts.size > 1024 * 1024) throw new Error('too large for a key');
    text = await readFile(file, 'utf8');
  } catch (error) {
    return { kind: 'missing', why: error instanceof Error ? error.message : String(error) };
  }
  const read = decrypt(request, text);
  if (read.kind === 'key') cache.set(id, read.key);
  return read;
}

function decrypt(request: ReadKeyRequest, text: string): KeyFile {
  const plain = parse(request.ssh2, text);
  if (!(plain instanceof Error)) return { kind: 'key', key: usable(plain, request.file) };
  if (!plain.message.includes('no passphrase given')) throw unreadable(request.file, plain);
  const passphrase = ask(request);
  if (passphrase === undefined || passphrase === '') return { kind: 'locked' };
  const key = parse(request.ssh2, text, passphrase);
  if (key instanceof Error) throw wrongPassphrase(request.file);
  return { kind: 'key', key: usable(key, request.file) };
}

/** The parser returns its errors, and throws others. */
function parse(ssh2: Ssh2, text: string, passphrase?: string): ParsedKey | Error {
  try {
    return ssh2.utils.parseKey(text, passphrase);
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

function ask({ passphrase, file }: ReadKeyRequest): string | undefined {
  try {
    return passphrase?.();
  } catch (error) {
    throw new TransportFailure(
      'misconfigured',
      `the passphrase of ${file} could not be had: ${error instanceof Error ? error.message : String(error)}`,
      { cause: error },
    );
  }
}

function usable(key: ParsedKey, file: string): ParsedKey {
  if (key.isPrivateKey()) return key;
  throw new TransportFailure(
    'misconfigured',
    `${file} is a public key; name the private one (without .pub).`,
  );
}

// The parser's own error is not kept as cause: nothing derived from a secret travels on.
function wrongPassphrase(file: string): TransportFailure {
  return new TransportFailure(
    'misconfigured',
    `the passphrase for ${file} is wrong. Try it with: ssh-keygen -y -f ${file}`,
  );
}

function unreadable(file: string, error: Error): TransportFailure {
  return new TransportFailure(
    'misconfigured',
    `${file} is no private key that can be used here (${error.message}). See: ssh-keygen -lf ${file}`,
    { cause: error },
  );
}
