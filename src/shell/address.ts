/** The address of a job's files, taken apart: what may be shown, and what no log and no argument list may have. */
import { createHash } from 'node:crypto';

export type Scheme = 'https' | 'http' | 'ssh' | 'file' | 'scp';

export interface Address {
  readonly scheme: Scheme;
  /** Without a password or a token; the login of ssh stays. */
  readonly url: string;
  /** `https://host:port` for http and https. */
  readonly origin: string;
  /** Of http and https, as written: `login`, `login:password`, or empty. */
  readonly userinfo: string;
}

const SCP_FORM = /^(?:[A-Za-z0-9_][\w.-]*@)?[A-Za-z0-9][\w.-]*:(?!\/\/|:).+$/;
// eslint-disable-next-line no-control-regex -- they are what is looked for
const CONTROL = /[\u0000-\u001f\u007f]/;

/**
 * @param schemes those that are taken; `scp` is `user@host:path`
 * @throws {TypeError} for any other, and for what a program could take for an option
 */
export function readAddress(text: string, schemes: readonly Scheme[]): Address {
  // It is not shown itself: there may be a password in it.
  const refuse = (why: string): TypeError =>
    new TypeError(`the address of a job ${why}; what is taken: ${schemes.join(', ')}`);
  if (/\s/.test(text) || CONTROL.test(text)) throw refuse('contains a blank or a control character');
  const written = /^([a-z][a-z0-9+.-]*):\/\//i.exec(text)?.[1]?.toLowerCase() ?? 'scp';
  const scheme = schemes.find((each) => each === written);
  if (scheme === undefined) throw refuse(written === 'scp' ? 'is no URL' : `has the scheme ${written}`);
  if (scheme === 'scp' && !SCP_FORM.test(text)) throw refuse('is neither a URL nor user@host:path');
  if (scheme === 'scp' || scheme === 'file') return { scheme, url: text, origin: '', userinfo: '' };
  const [, userinfo = '', host = '', rest = ''] = /^[^:]+:\/\/(?:([^/?#]*)@)?([^/?#]*)(.*)$/.exec(text) ?? [];
  if (!/^[A-Za-z0-9[]/.test(host)) throw refuse('has no host');
  if (userinfo.startsWith('-')) throw refuse('has a login that begins with -');
  const origin = `${scheme}://${host}`;
  if (scheme !== 'ssh') return { scheme, url: `${origin}${rest}`, origin, userinfo };
  const login = userinfo.replace(/:.*$/, '');
  const url = `ssh://${login === '' ? '' : `${login}@`}${host}${rest}`;
  return { scheme, url, origin: '', userinfo: '' };
}

/** Login and password as they are meant; either may be empty. */
export function splitUserinfo(userinfo: string): { readonly login: string; readonly password: string } {
  const [, login = '', password = ''] = /^([^:]*):?(.*)$/.exec(userinfo) ?? [];
  return { login: plain(login), password: plain(password) };
}

/** Percent signs undone; what is no escape, or would be a line's end, stays. */
function plain(text: string): string {
  try {
    const undone = decodeURIComponent(text);
    return CONTROL.test(undone) ? text : undone;
  } catch {
    return text;
  }
}

/** The name that a download has in the working directory: its URL's last segment, made harmless. */
export function downloadName(url: string): string {
  const path = url.replace(/^[a-z]+:\/\/[^/?#]*/i, '').replace(/[?#].*$/s, '');
  const name = plain(path.slice(path.lastIndexOf('/') + 1))
    .replaceAll(/[/\\]/g, '_')
    .trim()
    .replace(/^-/, '_');
  if (name === '' || name === '.' || name === '..') return 'download';
  if (new TextEncoder().encode(name).length <= 200) return name;
  return `download-${createHash('sha256').update(name).digest('hex').slice(0, 16)}`;
}
