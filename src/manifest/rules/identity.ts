import { basename } from 'node:path';
import { show } from '../../documents/problem.js';
import { problem, type Rule } from '../draft.js';

export const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/;

/** Several documents need a name each; a file's own name must be able to serve; a rename needs another one. */
export const identity: Rule = (draft) => {
  const { raw, cut, siblings, name, document, file } = draft;
  if (cut.has('name')) return [];
  if (raw.name === undefined && siblings > 1) {
    return [problem(draft, [], 'several jobs in a file need a name each; add "name: …" to this one')];
  }
  if (raw.name === undefined && !NAME.test(name)) {
    const why = `the file's name ${show(basename(file))} gives no name for the job (letters, digits, '.', '_' and '-', at most 63)`;
    return [problem(draft, [], `${why}; add "name: …"`)];
  }
  const run = document.literal(['run']) ?? '1';
  return [
    ...(raw.previously === name
      ? [
          problem(
            draft,
            ['previously'],
            `previously is ${show(name)}, the name itself; write the earlier name`,
          ),
        ]
      : []),
    // A number is taken as it was written, so the schema has not seen its text.
    ...(typeof raw.run === 'number' && !NAME.test(run)
      ? [problem(draft, ['run'], `run ${show(run)} does not fit: begin it with a letter or digit`)]
      : []),
  ];
};
