import { join } from 'node:path';
import { saveUser, type UserChange, userLines } from '../config/users.js';
import { hashPassword, hashToken, newToken } from '../http/guard/hashes.js';
import { assertDirectory, say, type Context } from './context.js';
import { EXIT } from './exit.js';
import { UsageError } from './failures.js';
import { readPassword } from './password.js';

export interface UserFlags {
  readonly role?: 'read' | 'write';
  readonly token?: boolean;
  readonly print?: boolean;
}

/** A user of the HTTP API: a password that is asked for, or a token that is printed this once. */
export async function addUser(at: Context, name: string, flags: UserFlags): Promise<number> {
  assertDirectory(at);
  if (!/^[^\s:]{1,100}$/.test(name)) throw new UsageError('a name has no blanks and no ":"');
  const token = flags.token === true ? newToken() : undefined;
  const change: UserChange = {
    name,
    ...(flags.role === undefined ? {} : { role: flags.role }),
    ...(token === undefined
      ? { passwordHash: await hashPassword(await readPassword(at.err)) }
      : { tokenHash: hashToken(token) }),
  };
  if (flags.print === true) {
    if (token !== undefined) say({ ...at, quiet: false }, `the token, shown this once: ${token}`);
    at.out.write(userLines(change));
    return EXIT.done;
  }
  const file = join(at.directory, 'sluice.yaml');
  const outcome = saveUser(file, change);
  if (token !== undefined) at.out.line(token);
  say(at, `${name} was ${outcome} in ${file}${token === undefined ? '' : '; the token is shown this once'}`);
  return EXIT.done;
}
