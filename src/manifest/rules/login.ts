import { show } from '../../documents/problem.js';
import { listed } from '../../documents/words.js';
import type { Problem } from '../../model/job.js';
import { asList, type Draft, problem, type Rule } from '../draft.js';
import { localPath } from '../job-source.js';

/** Key and passphrase may be mended until the connection is opened, so what is wrong with them are warnings. */
export const login: Rule = (draft) => {
  const { raw, file, context } = draft;
  const problems = [];
  if (typeof raw.passphrase === 'string') {
    const message =
      'the passphrase stands here in the clear; better {env: NAME} or {file: PATH}, and never in Git';
    problems.push(problem(draft, ['passphrase'], message, { severity: 'warning', what: 'key' }));
  }
  // Whether a file is here is nobody's business who may not name it.
  if (raw.private_key !== undefined && context.fence?.allows.has('private_key') !== false) {
    const path = localPath(raw.private_key, file, context.home);
    if (context.files.stat(path)?.kind !== 'file') {
      const message = `private_key ${show(raw.private_key)} is no file (${path}); it is needed when the cluster is reached`;
      problems.push(problem(draft, ['private_key'], message, { severity: 'warning' }));
    }
  }
  return [...problems, ...withoutUse(draft)];
};

/** Where the user's own ssh logs in, the passphrase is of no use: an error where it logs in everywhere. */
function withoutUse(draft: Draft): Problem[] {
  const { raw, context } = draft;
  const { clusters = [], ownSsh = [] } = context;
  if (raw.passphrase === undefined) return [];
  const named = asList(raw.destination_cluster);
  const isOpen = named.length === 0 || named[0] === 'auto' || (raw.alternates ?? 'same_kind') === 'same_kind';
  const others = raw.alternates === 'none' ? [] : asList(raw.alternates);
  const candidates = isOpen ? clusters : [...named, ...others];
  const concerned = candidates.filter((name) => ownSsh.includes(name));
  if (concerned.length === 0) return [];
  const message =
    `${listed(concerned, 'and')}: your own ssh logs in there (transport: openssh), and a passphrase cannot be given to it; ` +
    'take it out, and add the key to the agent: ssh-add FILE';
  const severity = concerned.length === candidates.length ? 'error' : 'warning';
  return [problem(draft, ['passphrase'], message, { severity, what: 'key' })];
}
