import { asList, problem, type Rule } from '../draft.js';

/** There is something to run, unless a module is there to say what. */
export const execution: Rule = (draft) => {
  const { raw, cut } = draft;
  if (cut.has('execution') || asList(raw.execution).length > 0) return [];
  if (cut.has('modules') || (raw.modules !== undefined && raw.modules !== null)) return [];
  return [
    problem(
      draft,
      'execution' in raw ? ['execution'] : [],
      'execution is missing; write the command that runs the job',
    ),
  ];
};
