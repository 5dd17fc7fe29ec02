import { expect, it } from 'vitest';
import { wordRemoteEnd } from '../../src/modules/words.js';

const MODULES = [{ module: 'm.py', execution: 'python3 m.py', timeLimitSeconds: 90 }];

it.each([
  [1, 3, 'module m.py (preprocessing 1) ended with code 3; it said: a\nb'],
  [
    1,
    124,
    'module m.py (preprocessing 1) took longer than 1m30s and was ended; give it more with time_limit; it said: a\nb',
  ],
  [1, 65, 'module m.py (preprocessing 1) printed no JSON object; it said: a\nb'],
  [-1, 5, 'setup of preprocessing ended with code 5; it said: a\nb'],
  [0, 1, 'preprocessing ended with code 1; it said: a\nb'],
])('item %d with code %d on the cluster in words', (item, code, words) => {
  const end = { stage: 'preprocessing', item, code, modules: MODULES, log: 'a\nb\n' } as const;
  expect(wordRemoteEnd(end)).toBe(words);
});
