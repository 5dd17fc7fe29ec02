/** What a Git source of `sluice.yaml` may say. */
import type { SourceDocument } from '../documents/parse.js';
import { show } from '../documents/problem.js';
import { classifyRemote } from '../manifest/job-source.js';
import type { Problem } from '../model/job.js';
import { configProblem } from './common.js';
import type { SettingsFile } from './sluice.generated.js';

type RawSource = NonNullable<SettingsFile['sources']>[number];

export function checkGitSource(source: RawSource, index: number, document: SourceDocument): Problem[] {
  const refuse = (key: string, why: string | undefined): Problem[] =>
    why === undefined ? [] : [configProblem(document, ['sources', String(index), key], why)];
  return [
    // What holds a secret is not shown as the value that is wrong.
    ...refuse('git', whyNotUrl(source.git ?? '')).map(({ value, ...rest }) =>
      value === undefined || holdsLogin(source.git ?? '') ? rest : { ...rest, value },
    ),
    ...refuse('ref', source.ref === undefined ? undefined : whyNotRef(source.ref)),
    ...refuse('path', source.path === undefined ? undefined : whyNotPath(source.path)),
  ];
}

const holdsLogin = (url: string): boolean => /:\/\/[^/?#]*@/.test(url);

/** Names of tokens as the forges make them: each is a password by another name. */
const TOKEN = /^(gh[a-z]_|github_pat_|glpat-|gl[a-z]+-|x-access-token|x-token-auth|oauth2)/i;

function whyNotUrl(url: string): string | undefined {
  const isWeb = /^https?:/i.test(url);
  const login = isWeb ? /^https?:\/\/([^/?#]*)@/i.exec(url)?.[1] : undefined;
  if (login !== undefined && (TOKEN.test(login) || login.length > 39))
    return 'the URL holds a token, which would be shown; leave it out, and give it by a credential helper of Git';
  // A name alone is no secret: by it a credential helper knows whom it is asked for.
  const bare = login === undefined || login.includes(':') ? url : url.replace(`${login}@`, '');
  const read = classifyRemote(isWeb ? `git+${bare}` : bare);
  if (read === undefined)
    return `git ${show(url)} is no URL of a repository; write https://…, ssh://…, file://… or user@host:path`;
  if (!read.ok) return `git: ${read.why}`;
  if (read.source.kind !== 'git') return `git ${show(url)} is no URL of a repository`;
  if (read.source.ref !== undefined) return `git ${show(url)} has a '#'; write what is behind it as ref`;
  return undefined;
}

/** What `git check-ref-format` refuses; a commit is such a name too. */
const NOT_IN_A_REF = /^[-/.]|[\s~^:?*[\\]|\.\.|@\{|\/\/|\/\.|\.lock(\/|$)|[/.]$|^@$/;

function whyNotRef(ref: string): string | undefined {
  const isBad = NOT_IN_A_REF.test(ref) || /\p{Cc}/u.test(ref);
  return isBad ? `ref ${show(ref)} is no name of a branch, a tag or a commit` : undefined;
}

function whyNotPath(path: string): string | undefined {
  const names = path.split('/');
  if (!path.startsWith('/') && !names.includes('..') && !path.includes('\0')) return undefined;
  return `path ${show(path)} leads out of the repository; write a folder in it, or . for all of it`;
}
