/** Which keys a server may show. Files are read by `ssh-keygen -F`, which knows hashed names and patterns. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import type { ServerHostKeyAlgorithm } from 'ssh2';
import { TransportFailure } from '../ports.js';
import { run } from './run.js';
import type { Target } from './target.js';

export interface HostKey {
  /** `ssh-ed25519`, `ssh-rsa`, … */
  readonly type: string;
  /** The key as the wire has it. */
  readonly key: Buffer;
}

export interface KnownKeys {
  readonly accepted: readonly HostKey[];
  readonly revoked: readonly HostKey[];
  /** Lines of certificate authorities, which ssh2 cannot check. */
  readonly authorities: number;
  /** Where they were looked for, for people. */
  readonly source: string;
}

export type HostKeyVerdict = 'accepted' | 'revoked' | 'changed' | 'unknown';

/** Best first. SHA-1 signatures (ssh-rsa) are never asked for. */
const ALGORITHMS: Readonly<Record<string, readonly ServerHostKeyAlgorithm[]>> = {
  'ssh-ed25519': ['ssh-ed25519'],
  'ecdsa-sha2-nistp256': ['ecdsa-sha2-nistp256'],
  'ecdsa-sha2-nistp384': ['ecdsa-sha2-nistp384'],
  'ecdsa-sha2-nistp521': ['ecdsa-sha2-nistp521'],
  'ssh-rsa': ['rsa-sha2-512', 'rsa-sha2-256'],
};

/**
 * The keys that a server may show: the inventory's where it has any, otherwise those of the known_hosts files.
 * @throws {TransportFailure} misconfigured
 */
export async function findKnownKeys(target: Target, env: NodeJS.ProcessEnv): Promise<KnownKeys> {
  if (target.hostKeys.length > 0) {
    return {
      accepted: target.hostKeys.map(parseInventoryKey),
      revoked: [],
      authorities: 0,
      source: 'host_key in clusters.yaml',
    };
  }
  const files = target.knownHostsFiles.filter((file) => existsSync(file));
  let found = '';
  for (const name of namesOf(target)) {
    found += (await Promise.all(files.map((file) => lookUp(name, file, env)))).join('\n');
    if (parseKnownHosts(found).accepted.length > 0) break;
  }
  return {
    ...parseKnownHosts(found),
    source: files.join(', ') || (target.knownHostsFiles[0] ?? 'known_hosts'),
  };
}

/** The names under which known_hosts has a server; like OpenSSH, the plain name too where the port is another. */
export function namesOf(target: Pick<Target, 'hostname' | 'port' | 'hostKeyAlias'>): string[] {
  if (target.hostKeyAlias !== undefined) return [target.hostKeyAlias];
  const plain = target.hostname.toLowerCase();
  return target.port === 22 ? [plain] : [`[${plain}]:${String(target.port)}`, plain];
}

/** Reads what `ssh-keygen -F` prints: known_hosts lines between comments. */
export function parseKnownHosts(text: string): Omit<KnownKeys, 'source'> {
  const accepted: HostKey[] = [];
  const revoked: HostKey[] = [];
  let authorities = 0;
  for (const line of text.split('\n')) {
    const words = line.trim().split(/\s+/);
    if (words[0] === undefined || words[0] === '' || words[0].startsWith('#')) continue;
    const marker = words[0].startsWith('@') ? words.shift() : undefined;
    const [, type, base64] = words;
    if (type === undefined || base64 === undefined) continue;
    const key = { type, key: Buffer.from(base64, 'base64') };
    if (marker === '@cert-authority') authorities += 1;
    else if (marker === '@revoked') revoked.push(key);
    else if (marker === undefined) accepted.push(key);
  }
  return { accepted, revoked, authorities };
}

/**
 * Reads one `host_key` of the inventory, `type base64`; a host name before it or a comment after it does no harm.
 * @throws {TransportFailure} misconfigured
 */
export function parseInventoryKey(text: string): HostKey {
  const words = text.trim().split(/\s+/);
  const at = words.findIndex((word) => word in ALGORITHMS);
  const type = words[at];
  const base64 = words[at + 1];
  const key = Buffer.from(base64 ?? '', 'base64');
  if (type === undefined || base64 === undefined || typeOf(key) !== type) {
    throw new TransportFailure(
      'misconfigured',
      `host_key ${JSON.stringify(shorten(text))} in clusters.yaml is no key. Write "type base64" as ssh-keyscan ` +
        `prints it; types: ${Object.keys(ALGORITHMS).join(', ')}.`,
    );
  }
  return { type, key };
}

/** What the key that a server shows means. */
export function judgeHostKey(known: KnownKeys, shown: Buffer): HostKeyVerdict {
  if (known.revoked.some(({ key }) => key.equals(shown))) return 'revoked';
  if (known.accepted.some(({ key }) => key.equals(shown))) return 'accepted';
  return known.accepted.length > 0 ? 'changed' : 'unknown';
}

/**
 * What to ask of the server: only the types that we know, so that it shows the key we can check. With none known,
 * all, so that the refusal can say what it showed.
 * @param allowed HostKeyAlgorithms of the user's configuration; empty: all
 */
export function offeredAlgorithms(known: KnownKeys, allowed: readonly string[]): ServerHostKeyAlgorithm[] {
  const types = Object.keys(ALGORITHMS).filter((type) => known.accepted.some((key) => key.type === type));
  const offered = (types.length > 0 ? types : Object.keys(ALGORITHMS)).flatMap(
    (type) => ALGORITHMS[type] ?? [],
  );
  const wanted = offered.filter((algorithm) => allowed.includes(algorithm));
  return wanted.length > 0 ? wanted : offered;
}

/** `SHA256:…` as ssh-keygen prints it. */
export function fingerprint(key: Buffer): string {
  return `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`;
}

/** The refusal, with the command that shows the key and the place where it belongs. */
export function hostKeyFailure(
  target: Target,
  known: KnownKeys,
  verdict: Exclude<HostKeyVerdict, 'accepted'> | 'no-common-type',
  shown?: Buffer,
  through?: string,
): TransportFailure {
  const name = namesOf(target)[0] ?? target.hostname;
  const where = `${target.hostname} (port ${String(target.port)})`;
  const key = shown === undefined ? '' : `${typeOf(shown) ?? 'a key'} ${fingerprint(shown)}`;
  const what = {
    unknown: `the host key of ${where} is not known (looked in ${known.source}); it showed ${key}.`,
    changed: `the host key of ${where} is not the one in ${known.source}: it showed ${key}. Someone may be in between, or the host was installed anew: ask its administrators.`,
    revoked: `the host key of ${where}, ${key}, is marked @revoked in ${known.source}.`,
    'no-common-type': `${where} has no host key of the types known for it (${[...new Set(known.accepted.map(({ type }) => type))].join(', ')} in ${known.source}).`,
  }[verdict];
  const authorities =
    known.authorities > 0
      ? ' Its @cert-authority line is not used: host certificates need transport: openssh.'
      : '';
  return new TransportFailure('host-key', `${what}${authorities} ${advice(target, name, verdict, through)}`);
}

function advice(target: Target, name: string, verdict: string, through: string | undefined): string {
  const scan = `ssh-keyscan -p ${String(target.port)} ${target.hostname}`;
  const show = `${through === undefined ? '' : `ssh ${through} `}${scan} | ssh-keygen -lf -`;
  if (verdict === 'revoked') return `Show what it has now: ${show}`;
  const file = target.knownHostsFiles[0] ?? '~/.ssh/known_hosts';
  const forget =
    verdict === 'changed' && target.hostKeys.length === 0
      ? ` (first: ssh-keygen -R '${name}' -f ${file})`
      : '';
  return (
    `Show its keys: ${show} . If that is what the site publishes, add the lines of ${scan} to ${file}${forget}, ` +
    'or "type base64" as host_key of the cluster in clusters.yaml.'
  );
}

async function lookUp(name: string, file: string, env: NodeJS.ProcessEnv): Promise<string> {
  const answer = await run('ssh-keygen', ['-F', name, '-f', file], { env, timeoutMs: 10_000 });
  // 1 is "not found"; anything else of it is told apart by stderr.
  if (answer.kind === 'ran' && (answer.code === 0 || answer.stderr.trim() === '')) return answer.stdout;
  const why =
    answer.kind === 'missing'
      ? 'there is no ssh-keygen here (install openssh-client, or give the cluster a host_key in clusters.yaml)'
      : answer.kind === 'timed-out'
        ? 'ssh-keygen gave no answer within 10 s'
        : answer.stderr.trim();
  throw new TransportFailure('misconfigured', `${file} could not be searched for ${name}: ${why}`);
}

/** The type that a key says of itself, its first string on the wire (RFC 4253 §6.6). */
export function typeOf(key: Buffer): string | undefined {
  if (key.length < 4) return undefined;
  const length = key.readUInt32BE(0);
  return length > 0 && length <= 64 && key.length >= 4 + length
    ? key.toString('latin1', 4, 4 + length)
    : undefined;
}

function shorten(text: string): string {
  return text.length > 40 ? `${text.slice(0, 37)}…` : text;
}
