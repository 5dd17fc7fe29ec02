import fc from 'fast-check';
import { expect, it } from 'vitest';
import { didYouMean, distance, listed, nearest } from '../../src/documents/words.js';

it.each([
  ['', '', 0],
  ['a', '', 1],
  ['kitten', 'sitting', 3],
  ['exeuction', 'execution', 1],
])('the distance of %j and %j is %i', (from, to, edits) => {
  expect(distance(from, to)).toBe(edits);
});

it('is symmetric, and zero for equal words only', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 12 }), fc.string({ maxLength: 12 }), (a, b) => {
      expect(distance(a, b)).toBe(distance(b, a));
      expect(distance(a, b) === 0).toBe(a === b);
    }),
  );
});

it('finds what was meant, and nothing far away', () => {
  expect(nearest('Grouped', ['grouped', 'scattered'])).toBe('grouped');
  expect(nearest('nbr-processes', ['nbr_processes'])).toBe('nbr_processes');
  expect(nearest('colour', ['job', 'output'])).toBeUndefined();
  expect(didYouMean('ouput', ['output'])).toBe('; did you mean "output"?');
});

it('lists words for people', () => {
  expect(listed(['a'])).toBe('a');
  expect(listed(['a', 'b', 'c'])).toBe('a, b or c');
  expect(listed(Array.from({ length: 20 }, (_, index) => `w${index}`))).toContain('9 more');
});
