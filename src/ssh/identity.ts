/** What to log in with: keys of the agent and key files. */
import { readFile } from 'node:fs/promises';
import type { BaseAgent, ParsedKey } from 'ssh2';
import { TransportFailure } from '../ports.js';
import { type KeyCache, type NamedKey, readKey, type Secret, unlock } from './keys.js';
import type { Ssh2 } from './ssh2.js';
import type { Target } from './target.js';

export type Identity =
  | { readonly kind: 'key'; readonly key: ParsedKey; readonly file: string }
  | { readonly kind: 'agent'; readonly agent: BaseAgent; readonly count: number };

export interface Identities {
  readonly identities: readonly Identity[];
  /** What could not be used and why, for the message of a refused login. */
  readonly notes: readonly string[];
}

export interface IdentityRequest {
  readonly ssh2: Ssh2;
  readonly target: Target;
  readonly env: NodeJS.ProcessEnv;
  readonly cache: KeyCache;
  /** For keys that nobody named; asked only when an encrypted one is met; throws where the secret cannot be had. */
  readonly passphrase?: Secret;
}

/** Every refused key counts against the server's MaxAuthTries, which is 6 unless its administrator says otherwise. */
const MOST_NAMED_KEYS = 4;

/**
 * Gathers what there is, in the order in which it is tried. Key files named by the manifests or the inventory are tried
 * alone; otherwise the agent goes before the files of ~/.ssh/config, as with ssh itself. A person at the terminal is asked
 * for the passphrase of a file that was named, or that is all there is.
 * @throws {TransportFailure} misconfigured: nothing to log in with, a named file missing, a passphrase wrong or missing
 */
export async function findIdentities(request: IdentityRequest): Promise<Identities> {
  const { target } = request;
  if (target.namedKeys.length > 0) return namedKeys(request, target.namedKeys);
  const notes: string[] = [];
  const held = await agentKeys(request, notes);
  const { keys: files, locked: closed } = await fileKeys(request, notes);
  const chosen = target.identitiesOnly ? await matching(held, target.identityFiles, files) : held;
  const identities = [
    ...agentIdentity(request, chosen),
    ...files.filter(({ key }) => !chosen.some((other) => sameKey(other, key))),
  ];
  if (identities.length > 0) return { identities, notes };
  for (const file of closed) {
    const key = await unlock({ ...request, file });
    if (key) return { identities: [{ kind: 'key', key, file }], notes };
  }
  throw nothingToShow(target, notes);
}

/** Several manifests may name several keys for one login: one that cannot be used does not stand in the others' way. */
async function namedKeys(request: IdentityRequest, keys: readonly NamedKey[]): Promise<Identities> {
  const files = new Map(keys.map((key) => [key.file, key]));
  const identities: Identity[] = [];
  const notes: string[] = [];
  let failure: unknown;
  for (const key of [...files.values()].slice(0, MOST_NAMED_KEYS)) {
    try {
      const found = await namedKey(request, key);
      identities.push(...found.identities);
      notes.push(...found.notes);
    } catch (error) {
      if (!(error instanceof TransportFailure)) throw error;
      failure ??= error;
      notes.push(error.message);
    }
  }
  if (identities.length === 0) throw failure;
  return { identities, notes };
}

async function namedKey(whole: IdentityRequest, { file, passphrase }: NamedKey): Promise<Identities> {
  const { ssh2, target, env, cache } = whole;
  const request = { ssh2, target, env, cache, ...(passphrase ? { passphrase } : {}) };
  const read = await readKey({ ...request, file });
  switch (read.kind) {
    case 'key':
      return { identities: [{ kind: 'key', key: read.key, file }], notes: [] };
    case 'missing':
      throw new TransportFailure(
        'misconfigured',
        `the key file ${file} cannot be read (${read.why}). Correct private_key in clusters.yaml or in the manifest.`,
      );
    case 'locked': {
      const notes: string[] = [];
      const held = await agentKeys(request, notes);
      const own = await matching(held, [file], []);
      if (own.length > 0) return { identities: agentIdentity(request, own), notes };
      const key = await unlock({ ...request, file });
      if (!key) throw locked(file);
      return { identities: [{ kind: 'key', key, file }], notes };
    }
  }
}

interface FileKeys {
  readonly keys: readonly Extract<Identity, { kind: 'key' }>[];
  /** Files that are encrypted, with no passphrase given. */
  readonly locked: readonly string[];
}

async function fileKeys(request: IdentityRequest, notes: string[]): Promise<FileKeys> {
  const keys: Extract<Identity, { kind: 'key' }>[] = [];
  const closed: string[] = [];
  for (const file of request.target.identityFiles) {
    try {
      const read = await readKey({ ...request, file });
      if (read.kind === 'key') keys.push({ kind: 'key', key: read.key, file });
      if (read.kind !== 'locked') continue;
      closed.push(file);
      notes.push(`${file} is encrypted and no passphrase was given`);
    } catch (error) {
      // One that nobody named must not stand in the way of the others.
      if (!(error instanceof TransportFailure)) throw error;
      notes.push(error.message);
    }
  }
  return { keys, locked: closed };
}

async function agentKeys(request: IdentityRequest, notes: string[]): Promise<readonly ParsedKey[]> {
  const socket = agentSocket(request);
  if (socket === undefined) return [];
  const agent = new request.ssh2.OpenSSHAgent(socket);
  return new Promise((resolve) => {
    const give = (keys: readonly ParsedKey[], note?: string): void => {
      clearTimeout(timer);
      if (note !== undefined) notes.push(note);
      resolve(keys);
    };
    const timer = setTimeout(() => give([], `the agent at ${socket} did not answer`), 5_000);
    agent.getIdentities((error, keys) => {
      if (error) give([], `the agent at ${socket} could not be asked (${error.message})`);
      else give((keys ?? []).flatMap((key) => ('getPublicSSH' in key ? [key] : [])));
    });
  });
}

function agentSocket({ target, env }: IdentityRequest): string | undefined {
  const named = target.identityAgent;
  if (named === 'none') return undefined;
  if (named === undefined) return env['SSH_AUTH_SOCK'] === '' ? undefined : env['SSH_AUTH_SOCK'];
  const variable = /^\$\{?(\w+)\}?$/.exec(named)?.[1];
  return variable === undefined ? named : env[variable];
}

/** The agent, offering these keys only. */
function agentIdentity(request: IdentityRequest, keys: readonly ParsedKey[]): Identity[] {
  const socket = agentSocket(request);
  if (socket === undefined || keys.length === 0) return [];
  const agent = new request.ssh2.OpenSSHAgent(socket);
  agent.getIdentities = (give) => give(undefined, [...keys]);
  return [{ kind: 'agent', agent, count: keys.length }];
}

/** Of the agent's keys those that belong to the files, by their `.pub` or by what was read of them. */
async function matching(
  held: readonly ParsedKey[],
  files: readonly string[],
  read: readonly { readonly key: ParsedKey }[],
): Promise<readonly ParsedKey[]> {
  const halves = await Promise.all(files.map(publicHalf));
  const known = [
    ...halves.filter((half) => half !== undefined),
    ...read.map(({ key }) => key.getPublicSSH()),
  ];
  return held.filter((key) => known.some((half) => half.equals(key.getPublicSSH())));
}

async function publicHalf(file: string): Promise<Buffer | undefined> {
  const text = await readFile(file.endsWith('.pub') ? file : `${file}.pub`, 'utf8').catch(() => '');
  const base64 = text.trim().split(/\s+/)[1];
  return base64 === undefined ? undefined : Buffer.from(base64, 'base64');
}

function sameKey(one: ParsedKey, other: ParsedKey): boolean {
  return one.getPublicSSH().equals(other.getPublicSSH());
}

function locked(file: string): TransportFailure {
  return new TransportFailure(
    'misconfigured',
    `the key file ${file} is encrypted, no passphrase was given and the agent does not hold it. ` +
      `Try: ssh-add ${file} , or give passphrase: {env: NAME} or {file: PATH} in the manifest.`,
  );
}

function nothingToShow(target: Target, notes: readonly string[]): TransportFailure {
  const why = notes.length > 0 ? ` (${notes.join('; ')})` : '';
  return new TransportFailure(
    'misconfigured',
    `there is no key to log in to ${target.name} with${why}. ` +
      'Add one to the agent (ssh-add FILE), or name a private_key in clusters.yaml or in the manifest.',
  );
}
