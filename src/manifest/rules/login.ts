import { show } from '../../documents/problem.js';
import { problem, type Rule } from '../draft.js';
import { localPath } from '../job-source.js';

/** Both may be mended until the connection is opened, so they are warnings. */
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
  return problems;
};
