/** Who asks: Basic or bearer credentials against the hashes of `sluice.yaml`. Nothing of a credential is kept or logged. */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { HttpUser } from '../../model/settings.js';
import { HttpProblem } from '../problem.js';
import { hashToken, isPassword, NOBODY, parsePasswordHash } from './hashes.js';
import { Limiter } from './limits.js';

export type Role = HttpUser['role'];

export interface User {
  readonly name: string;
  readonly role: Role;
}

/** Without users this machine's people may look, and nobody may change anything: others share this machine. */
const ANYBODY: User = { name: 'anybody on this machine', role: 'read' };
const REMEMBERED_MS = 60_000;
const MOST_REMEMBERED = 1_000;
/** By address and user, as behind a proxy all have one address: who guesses at one shuts nobody else out. */
const FAILURES = { burst: 10, perMinute: 10 };
/** Each takes memory and a thread: more wait, and still more are turned away. */
const AT_ONCE = 2;
const MOST_WAITING = 32;
const REALM = { 'www-authenticate': 'Basic realm="Sluice", charset="UTF-8"' };

interface Remembered {
  readonly user: User;
  readonly until: number;
}

export class Login {
  readonly #users: () => readonly HttpUser[];
  readonly #now: () => number;
  readonly #failures: Limiter;
  /** Digest of a credential under a key of this process → who it is; for a minute, so that a hash is not taken each time. */
  readonly #remembered = new Map<string, Remembered>();
  readonly #key = randomBytes(32);
  #seen: readonly HttpUser[] = [];
  #running = 0;
  readonly #waiting: (() => void)[] = [];

  /** @param users as the settings have them now; @param now milliseconds that only rise */
  constructor(users: () => readonly HttpUser[], now: () => number) {
    this.#users = users;
    this.#now = now;
    this.#failures = new Limiter(FAILURES, now);
  }

  /**
   * @param header value of `Authorization`; @param address of who asks
   * @throws {HttpProblem} 401, or 429 after too many that were wrong
   */
  identify(header: string | undefined, address: string): User | Promise<User> {
    const users = this.#users();
    if (users !== this.#seen) {
      this.#remembered.clear();
      this.#seen = users;
    }
    if (header === undefined || header === '') {
      if (users.length === 0) return ANYBODY;
      throw new HttpProblem(401, 'say who you are: Basic or Bearer credentials of a user of sluice.yaml', {
        headers: REALM,
      });
    }
    if (users.length === 0)
      throw new HttpProblem(401, 'there are no users yet; to make one: sluice user add NAME', {
        headers: REALM,
      });
    const digest = createHmac('sha256', this.#key).update(header).digest('base64');
    const known = this.#remembered.get(digest);
    if (known !== undefined && known.until > this.#now()) return known.user;
    return this.#verify(header, address, digest, users);
  }

  async #verify(header: string, address: string, digest: string, users: readonly HttpUser[]): Promise<User> {
    // A token is long: to look it up costs nothing and gives nothing away, and no other's failure keeps it out.
    const bearer = tokenIn(header);
    const holder = bearer === undefined ? undefined : byToken(bearer, users);
    if (holder !== undefined) {
      this.#remember(digest, holder);
      return holder;
    }
    const who = `${address} ${whoOf(header, users)}`;
    const wait = this.#failures.wait(who);
    if (wait !== undefined) throw tooMany(wait);
    const user = await this.#find(header, users);
    if (user === undefined) {
      this.#failures.take(who);
      throw new HttpProblem(401, 'the credentials are wrong', { headers: REALM });
    }
    // Settings that changed meanwhile may know this user no more.
    if (users === this.#users()) this.#remember(digest, user);
    return user;
  }

  async #find(header: string, users: readonly HttpUser[]): Promise<User | undefined> {
    const basic = parseBasic(header);
    if (basic === undefined) return undefined;
    const user = users.find(({ name }) => name === basic.name);
    const hash = user?.passwordHash === undefined ? undefined : parsePasswordHash(user.passwordHash);
    const right = await this.#inTurn(() => isPassword(basic.password, hash ?? NOBODY));
    return right && hash !== undefined && user !== undefined
      ? { name: user.name, role: user.role }
      : undefined;
  }

  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (this.#waiting.length >= MOST_WAITING) throw tooMany(1);
    // Who is let in from the queue takes the place of the one that ended.
    if (this.#running < AT_ONCE) this.#running += 1;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#running -= 1;
      else next();
    }
  }

  #remember(digest: string, user: User): void {
    if (this.#remembered.size >= MOST_REMEMBERED) {
      const [oldest] = this.#remembered.keys();
      if (oldest !== undefined) this.#remembered.delete(oldest);
    }
    this.#remembered.delete(digest);
    this.#remembered.set(digest, { user, until: this.#now() + REMEMBERED_MS });
  }
}

/** @throws {HttpProblem} 403 */
export function assertMay(user: User, role: Role): void {
  if (role === 'read' || user.role === 'write') return;
  const how =
    user === ANYBODY
      ? 'without users nobody may change anything; to make one: sluice user add NAME'
      : `${user.name} may read only; to change that: sluice user add ${user.name} --role write`;
  throw new HttpProblem(403, how);
}

function byToken(token: string, users: readonly HttpUser[]): User | undefined {
  const hash = Buffer.from(hashToken(token));
  let found: User | undefined;
  for (const { name, role, tokenHash } of users) {
    const stored = Buffer.from(tokenHash ?? '');
    if (stored.length === hash.length && timingSafeEqual(stored, hash)) found ??= { name, role };
  }
  return found;
}

/** Whom a credential means to be, for counting: a known name, or one word for all others. */
function tokenIn(header: string): string | undefined {
  return /^Bearer +([\w.~+/=-]+) *$/i.exec(header)?.[1];
}

function whoOf(header: string, users: readonly HttpUser[]): string {
  const name = parseBasic(header)?.name;
  return users.some((each) => each.name === name) ? `user ${name ?? ''}` : 'nobody known';
}

function parseBasic(header: string): { readonly name: string; readonly password: string } | undefined {
  const encoded = /^Basic +([A-Za-z0-9+/=_-]+) *$/i.exec(header)?.[1];
  if (encoded === undefined) return undefined;
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  return colon < 0 ? undefined : { name: text.slice(0, colon), password: text.slice(colon + 1) };
}

function tooMany(seconds: number): HttpProblem {
  return new HttpProblem(429, `too many wrong logins; try again in ${seconds} s`, {
    headers: { 'retry-after': String(seconds) },
  });
}
