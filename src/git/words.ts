/** What Git's words mean when it fails. */
import { RepositoryTrouble } from '../ports.js';
import { BROKEN_OFF, REFUSED, UNREACHABLE } from '../shell/git-words.js';

const says = (pattern: string, text: string): boolean => new RegExp(pattern, 'i').test(text);

/** @param url as it may be shown; @param text what Git said, all of it */
export function troubleOf(url: string, text: string, cause?: unknown): RepositoryTrouble {
  const words = lastWords(text);
  const options = { cause };
  if (says('block timeout reached', text) && words === '')
    return new RepositoryTrouble('unreachable', `${url} does not answer`, options);
  if (/fsck|is a null sha1|treeNotSorted|bad object|hasDotgit|unpack-objects failed/i.test(text))
    return new RepositoryTrouble('unusable', `${url} holds what Git's own check refuses: ${words}`, options);
  if (says('host key verification failed', text))
    return new RepositoryTrouble(
      'refused',
      `${url}: the host's key is not known, or has changed; look at it with ssh-keyscan, and add it to ~/.ssh/known_hosts`,
      options,
    );
  if (says(UNREACHABLE, text))
    return new RepositoryTrouble('unreachable', `${url} cannot be reached: ${words}`, options);
  if (says(REFUSED, text))
    return new RepositoryTrouble('refused', `${url} does not exist, or is refused to you: ${words}`, options);
  if (says(BROKEN_OFF, text))
    return new RepositoryTrouble('unreachable', `the connection to ${url} broke off: ${words}`, options);
  return new RepositoryTrouble(
    'unusable',
    `${url} cannot be fetched: ${words || 'Git said nothing'}`,
    options,
  );
}

/** The lines that say something, without Git's advice and progress, as one. */
function lastWords(text: string): string {
  // The user's own settings may put a login into an address (insteadOf), and Git says it as it is.
  const lines = text
    .replaceAll(/([a-z][a-z0-9+.-]*:\/\/)[^/\s'"@]+@/gi, '$1')
    .split(/[\r\n]+/)
    .map((line) => line.replace(/^(fatal|error|remote): */, '').trim())
    .filter(
      (line) =>
        line !== '' &&
        !/^(Please make sure|and the repository exists|Could not read from remote repository|block timeout|\d+%|.*: +\d+% )/.test(
          line,
        ),
    );
  const told = [...new Set(lines)].slice(0, 3).join('; ');
  return told.length > 400 ? `${told.slice(0, 400)}…` : told;
}
