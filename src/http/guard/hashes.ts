/** Hashes of credentials: passwords slowly and with salt, tokens (which nobody can guess) once. */
import { createHash, randomBytes, scrypt, type ScryptOptions, timingSafeEqual } from 'node:crypto';

/** 2^15 rounds of 32 MiB, three times over: a fifth of a second for whoever guesses, and once a minute for who knows. */
const COST = { ln: 15, r: 8, p: 3 } as const;
const KEY_BYTES = 32;
const TOKEN_PREFIX = 'sluice_';

/** How slow a hash is: `ln` is the logarithm of the rounds. */
export interface Cost {
  readonly ln: number;
  readonly r: number;
  readonly p: number;
}

interface PasswordHash extends Cost {
  readonly salt: Buffer;
  readonly key: Buffer;
}

/** `$scrypt$ln=15,r=8,p=3$SALT$KEY`, base64url. */
export async function hashPassword(password: string, cost: Cost = COST): Promise<string> {
  const salt = randomBytes(16);
  const key = await derive(password, salt, cost);
  const { ln, r, p } = cost;
  return `$scrypt$ln=${ln},r=${r},p=${p}$${salt.toString('base64url')}$${key.toString('base64url')}`;
}

/** Takes as long whether it is right or wrong. */
export async function isPassword(password: string, { salt, key, ...cost }: PasswordHash): Promise<boolean> {
  return timingSafeEqual(await derive(password, salt, cost), key);
}

/** @returns undefined for what is no such hash, or one that would take for ever */
export function parsePasswordHash(text: string): PasswordHash | undefined {
  const found = /^\$scrypt\$ln=(\d{1,2}),r=(\d{1,2}),p=(\d{1,2})\$([\w-]{11,})\$([\w-]{43})$/.exec(text);
  if (!found) return undefined;
  const [, ln, r, p, salt = '', key = ''] = found;
  const cost = { ln: Number(ln), r: Number(r), p: Number(p) };
  if (cost.ln < 1 || cost.ln > 20 || cost.r < 1 || cost.r > 16 || cost.p < 1) return undefined;
  return { ...cost, salt: Buffer.from(salt, 'base64url'), key: Buffer.from(key, 'base64url') };
}

/** 256 random bits, known by their beginning where they leak. */
export function newToken(): string {
  return TOKEN_PREFIX + randomBytes(32).toString('base64url');
}

/** `sha256:HEX` */
export function hashToken(token: string): string {
  return `sha256:${createHash('sha256').update(token).digest('hex')}`;
}

export function isTokenHash(text: string): boolean {
  return /^sha256:[0-9a-f]{64}$/.test(text);
}

/** What an unknown name is compared with, so that it takes as long as a known one. */
export const NOBODY: PasswordHash = { ...COST, salt: randomBytes(16), key: randomBytes(KEY_BYTES) };

function derive(password: string, salt: Buffer, { ln, r, p }: Cost): Promise<Buffer> {
  const options: ScryptOptions = { N: 2 ** ln, r, p, maxmem: 2 ** ln * r * 256 };
  // Typed alike on every keyboard and system.
  const text = password.normalize('NFC');
  return new Promise((resolve, reject) => {
    scrypt(text, salt, KEY_BYTES, options, (error, key) => (error ? reject(error) : resolve(key)));
  });
}
