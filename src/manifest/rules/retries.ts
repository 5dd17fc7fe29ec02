import { show } from '../../documents/problem.js';
import { didYouMean, listed } from '../../documents/words.js';
import { asList, itemPath, problem, type Rule } from '../draft.js';

const STATES = [
  'BOOT_FAIL',
  'CANCELLED',
  'DEADLINE',
  'FAILED',
  'NODE_FAIL',
  'OUT_OF_MEMORY',
  'PREEMPTED',
  'TIMEOUT',
];

/** `retry.on` names states in which a job can have failed, or exit codes. */
export const retries: Rule = (draft) => {
  const on = draft.raw.retry?.on;
  return asList(on).flatMap((word, index) => {
    const path = itemPath(on, ['retry', 'on'], index);
    const code = /^exit:(\d+)$/.exec(word)?.[1];
    if (code !== undefined) {
      const inRange = Number(code) >= 1 && Number(code) <= 255;
      return inRange
        ? []
        : [
            problem(
              draft,
              path,
              `retry.on ${show(word)} is no failure's exit code; they go from exit:1 to exit:255`,
            ),
          ];
    }
    if (STATES.includes(word)) return [];
    const meant = didYouMean(word, STATES) || `; write exit:N, ${listed(STATES)}`;
    return [problem(draft, path, `retry.on ${show(word)} is no state in which a job fails${meant}`)];
  });
};
