/** Key files, read and decrypted once. */
import { readFile, stat } from 'node:fs/promises';
import type { ParsedKey } from 'ssh2';
import { TransportFailure } from '../ports.js';
import type { Ssh2 } from './ssh2.js';

/** Gives a secret when it is needed, or undefined where there is none; throws where it cannot be had. */
export type Secret = () => string | undefined;

/** Asks a person for the passphrase of a key file; undefined where they give none. */
export type AskPassphrase = (file: string, which: 'first' | 'again') => Promise<string | undefined>;

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
  /** Undefined where there is nobody to ask. */
  readonly ask: AskPassphrase | undefined;
  readonly #keys = new Map<string, ParsedKey>();
  readonly #passedOver = new Set<string>();
  #asking: Promise<unknown> = Promise.resolve();

  constructor(ask?: AskPassphrase) {
    this.ask = ask;
  }

  /** Connections to several clusters are opened at once; a person answers one question at a time. */
  inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#asking.then(work);
    this.#asking = turn.catch(() => undefined);
    return turn;
  }

  /** A file that the person did not open is not asked for again. */
  passOver(id: string): void {
    this.#passedOver.add(id);
  }
  isPassedOver(id: string): boolean {
    return this.#passedOver.has(id);
  }

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
    id = await versionOf(file);
    const known = cache.get(id);
    if (known) return { kind: 'key', key: known };
    text = await readFile(file, 'utf8');
  } catch (error) {
    return { kind: 'missing', why: error instanceof Error ? error.message : String(error) };
  }
  const read = decrypt(request, text);
  if (read.kind === 'key') cache.set(id, read.key);
  return read;
}

/** As often as ssh itself. */
const MOST_TRIES = 3;

/**
 * Asks the person at the terminal for the passphrase of a key that is locked.
 * @returns undefined where nobody is there, or gives one. @throws {TransportFailure} after three wrong ones
 */
export function unlock({ ssh2, cache, file }: ReadKeyRequest): Promise<ParsedKey | undefined> {
  const { ask } = cache;
  if (!ask) return Promise.resolve(undefined);
  return cache.inTurn(async () => {
    const id = await versionOf(file);
    const known = cache.get(id);
    if (known || cache.isPassedOver(id)) return known;
    const text = await readFile(file, 'utf8');
    for (let tries = 1; tries <= MOST_TRIES; tries += 1) {
      const passphrase = await ask(file, tries === 1 ? 'first' : 'again');
      if (passphrase === undefined || passphrase === '') break;
      const key = parse(ssh2, text, passphrase);
      if (!(key instanceof Error)) {
        cache.set(id, usable(key, file));
        return key;
      }
      if (tries === MOST_TRIES) {
        cache.passOver(id);
        throw wrongPassphrase(file);
      }
    }
    cache.passOver(id);
    return undefined;
  });
}

/** @throws where there is no such file, or one that is too large for a key */
async function versionOf(file: string): Promise<string> {
  const facts = await stat(file);
  if (facts.size > 1024 * 1024) throw new Error('too large for a key');
  return [file, facts.ino, facts.size, facts.mtimeMs].join(' ');
}

function decrypt(request: ReadKeyRequest, text: string): KeyFile {
  const plain = parse(request.ssh2, text);
  if (!(plain instanceof Error)) return { kind: 'key', key: usable(plain, request.file) };
  if (!plain.message.includes('no passphrase given')) throw unreadable(request.file, plain);
  const passphrase = given(request);
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

function given({ passphrase, file }: ReadKeyRequest): string | undefined {
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
