/** Users of the HTTP API, as `sluice user add` writes them into `sluice.yaml`. */
import { existsSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { randomUUID } from 'node:crypto';
import { type Document, isMap, isSeq, parseDocument, stringify, type YAMLMap } from 'yaml';
import type { HttpUser } from '../model/settings.js';

export interface UserChange {
  readonly name: string;
  /** Undefined: as it was, or `read` for a new one. */
  readonly role?: HttpUser['role'];
  readonly passwordHash?: string;
  readonly tokenHash?: string;
}

/** The lines, for who puts them in by hand. */
export function userLines({ name, role = 'read', passwordHash, tokenHash }: UserChange): string {
  const user = {
    name,
    role,
    ...(passwordHash === undefined ? {} : { password_hash: passwordHash }),
    ...(tokenHash === undefined ? {} : { token_hash: tokenHash }),
  };
  return stringify({ http: { users: [user] } }, { lineWidth: 0 });
}

/**
 * Adds the user, or changes what is given of one that is there. Comments and all else stay.
 * @param file of the settings; made where it is not there
 * @throws {Error} where the file cannot be read as settings
 */
export function saveUser(file: string, change: UserChange): 'added' | 'changed' {
  const before = existsSync(file) ? readFileSync(file, 'utf8') : '';
  const document = parseDocument(before, { version: '1.2', logLevel: 'silent' });
  if (document.errors.length > 0 || !(document.contents === null || isMap(document.contents)))
    throw new Error(`${file} is not valid; mend it first: sluice validate`);
  const outcome = putUser(document, change);
  replace(file, document.toString({ lineWidth: 0 }));
  return outcome;
}

function putUser(
  document: Document,
  { name, role, passwordHash, tokenHash }: UserChange,
): 'added' | 'changed' {
  const path = ['http', 'users'];
  if (!isSeq(document.getIn(path))) document.setIn(path, document.createNode([]));
  const users = document.getIn(path);
  if (!isSeq(users)) throw new Error('http.users is no list');
  const known = users.items.find((each): each is YAMLMap => isMap(each) && each.get('name') === name);
  const user = known ?? document.createNode({ name, role: role ?? 'read' });
  if (known === undefined) users.add(user);
  if (!isMap(user)) throw new Error('a user is a map');
  if (role !== undefined) user.set('role', role);
  if (passwordHash !== undefined) user.set('password_hash', passwordHash);
  if (tokenHash !== undefined) user.set('token_hash', tokenHash);
  return known === undefined ? 'added' : 'changed';
}

/** A new file is for its owner alone, as it holds hashes. */
function replace(file: string, text: string): void {
  const mode = statSync(file, { throwIfNoEntry: false })?.mode ?? 0o600;
  const beside = `${file}.${randomUUID()}.tmp`;
  try {
    writeFileSync(beside, text, { mode: mode & 0o777, flag: 'wx', flush: true });
    renameSync(beside, file);
  } catch (error) {
    rmSync(beside, { force: true });
    throw error;
  }
}
