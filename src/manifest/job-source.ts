/** What `job:` means. */
import { homedir } from 'node:os';
import { dirname, resolve, sep } from 'node:path';
import { show } from '../documents/problem.js';
import type { JobSource } from '../model/job.js';
import type { Draft } from './draft.js';

export type Classified =
  | { readonly ok: true; readonly source: JobSource; readonly warning?: string }
  /** `secret`: the value holds a password and must not be shown. */
  | { readonly ok: false; readonly why: string; readonly secret?: boolean };

/** Reads the value alone, without looking at any file; undefined: it is a local path. */
export function classifyRemote(text: string): Classified | undefined {
  const [base, ref] = splitRef(text);
  if (/^[a-z][a-z0-9+.-]*::/i.test(text)) {
    return refuse(`${show(text)} names a Git helper program; only https, ssh and file URLs are taken`);
  }
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(text)?.[1]?.toLowerCase();
  if (scheme === undefined) return isScpForm(base) ? git(base, ref) : undefined;
  return checkAddress(text, base, scheme) ?? byScheme(text, base, scheme, ref);
}

function checkAddress(text: string, base: string, scheme: string): Classified | undefined {
  const address = parseUrl(base.replace(/^git\+/i, ''));
  if (address === undefined)
    return scheme.endsWith('file') ? undefined : refuse(`${show(text)} is no valid URL`);
  if (address.password !== '') {
    const why =
      'holds a password, which would be kept with the run; use an SSH key or a credential helper of Git';
    return { ok: false, why: `the URL ${why}`, secret: true };
  }
  // Forges take a token in the place of the name.
  if (address.username !== '' && /^(git\+)?https?$/.test(scheme)) {
    const why =
      'holds a login, or a token in its place, which would be kept with the run; use a credential helper of Git, or SSH';
    return { ok: false, why: `the URL ${why}`, secret: true };
  }
  return address.hostname.startsWith('-')
    ? refuse(`${show(text)} has a host that begins with '-'`)
    : undefined;
}

function byScheme(text: string, base: string, scheme: string, ref: string | undefined): Classified {
  switch (scheme) {
    case 'git+https':
    case 'git+http':
    case 'git+ssh':
    case 'git+file':
      return git(base.slice('git+'.length), ref);
    case 'ssh':
    case 'file':
      return git(base, ref);
    case 'https':
    case 'http':
      return /\.git\/?$/.test(base) ? git(base, ref) : url(text);
    default:
      return refuse(
        `${show(text)} has the unknown scheme ${scheme}; Git takes https, ssh and file, a download https and http`,
      );
  }
}

/** `git@host:group/repository`, or `host:repository.git` without a login. */
function isScpForm(text: string): boolean {
  return (
    /^[A-Za-z0-9_][\w.-]*@[A-Za-z0-9][\w.-]*:(?!\/\/).+$/.test(text) ||
    /^[A-Za-z0-9][\w.-]*:(?!\/\/).+\.git\/?$/.test(text)
  );
}

function splitRef(text: string): [string, string | undefined] {
  const hash = text.lastIndexOf('#');
  return hash < 0 ? [text, undefined] : [text.slice(0, hash), text.slice(hash + 1)];
}

function git(address: string, ref: string | undefined): Classified {
  if (/\s/.test(address)) return refuse(`${show(address)} contains a blank; a URL has none`);
  if (ref === undefined) return { ok: true, source: { kind: 'git', url: address } };
  if (!/^[A-Za-z0-9_][A-Za-z0-9_./+@-]*$/.test(ref) || ref.includes('..') || ref.includes('@{')) {
    return refuse(`${show(ref)} behind '#' is no branch, tag or commit`);
  }
  return { ok: true, source: { kind: 'git', url: address, ref } };
}

function url(address: string): Classified {
  if (/\s/.test(address)) return refuse(`${show(address)} contains a blank; write %20`);
  const forge =
    /^https?:\/\/(www\.)?(github\.com|gitlab\.com|bitbucket\.org|codeberg\.org)\/[^/]+\/[^/?#]+\/?(#.*)?$/.test(
      address,
    );
  const warning = `${show(address)} is downloaded as one file; to clone the repository, end it with .git`;
  return { ok: true, source: { kind: 'url', url: address }, ...(forge ? { warning } : {}) };
}

function parseUrl(text: string): URL | undefined {
  try {
    return new URL(text);
  } catch {
    return undefined;
  }
}

function refuse(why: string): Classified {
  return { ok: false, why };
}

/** The whole of it, with a look at the file system for a local path. */
export function classifyJob(text: string | undefined, draft: Draft): Classified {
  if (text === undefined) return { ok: true, source: { kind: 'none' } };
  return classifyRemote(text) ?? classifyLocal(text, draft);
}

function classifyLocal(text: string, { file, context }: Draft): Classified {
  const path = localPath(text, file, context.home);
  const outside = context.fence?.outside(path);
  if (outside !== undefined) return refuse(`${show(text)} ${outside}`);
  const found = context.files.stat(path);
  if (found === undefined)
    return refuse(`${show(text)} is not there (${path}); a local path is relative to the manifest's file`);
  if (found.kind === 'file') return { ok: true, source: { kind: 'file', path } };
  if (found.kind !== 'directory') return refuse(`${show(text)} is neither a file nor a directory`);
  const own = (context.ownDirectories ?? []).find(
    (directory) => directory === path || directory.startsWith(withEnd(path)),
  );
  if (own !== undefined) {
    return refuse(
      `${show(text)} contains ${own}, which Sluice writes to; put the job's files into a directory of their own`,
    );
  }
  return { ok: true, source: { kind: 'directory', path } };
}

/** Absolute: `~` is the home, everything else relative to the file that it stands in. */
export function localPath(text: string, file: string, home: string = homedir()): string {
  if (text === '~' || text.startsWith('~/')) return resolve(home, text.slice(2));
  return resolve(dirname(file), text);
}

function withEnd(path: string): string {
  return path.endsWith(sep) ? path : path + sep;
}
