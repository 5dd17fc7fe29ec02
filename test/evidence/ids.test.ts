import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bareId, parseJobId } from '../../src/evidence/ids.js';

const FORMS: readonly (readonly [string, string, readonly number[], boolean])[] = [
  ['123', '123', [0], false],
  ['123;hercules', '123', [0], false],
  ['123_4', '123', [4], false],
  ['123_[1-3]', '123', [1, 2, 3], false],
  ['123_[1,3-5]', '123', [1, 3, 4, 5], false],
  ['123_[1-10:4%2]', '123', [1, 5, 9], false],
  ['123_[1-3%1]', '123', [1, 2, 3], false],
  ['123_[7]', '123', [7], false],
  ['123_[1,3,5,...]', '123', [0], false],
  ['123_[1,3,5', '123', [0], false],
  ['123_[1-99999999999]', '123', [0], false],
  ['123+1', '123', [0], false],
  ['123_4+1', '123', [4], false],
  ['123.batch', '123', [0], true],
  ['123_4.extern', '123', [4], true],
  ['123+1.0', '123', [0], true],
  ['4294967295', '4294967295', [0], false],
  ['1476395013', '1476395013', [0], false], // federated: the cluster's number is in the high bits
];

describe('parseJobId', () => {
  it.each(FORMS)('%s', (text, jobId, tasks, step) => {
    expect(parseJobId(text)).toEqual({ jobId, tasks, step });
  });

  it.each(['', 'JOBID', 'slurm_load_jobs error', '12a', '_4', '123_', '123_x'])('%j is no id', (text) => {
    expect(parseJobId(text)).toBeUndefined();
  });

  it('reads any list of ranges back', () => {
    const range = fc.tuple(fc.nat(5000), fc.nat(40), fc.integer({ min: 1, max: 5 }));
    fc.assert(
      fc.property(fc.nat(), fc.array(range, { minLength: 1, maxLength: 10 }), (id, ranges) => {
        const text = ranges.map(([from, width, step]) => `${from}-${from + width}:${step}`).join(',');
        const tasks = ranges.flatMap(([from, width, step]) =>
          Array.from({ length: Math.floor(width / step) + 1 }, (_, index) => from + index * step),
        );
        expect(parseJobId(`${id}_[${text}]`)).toEqual({ jobId: String(id), tasks, step: false });
      }),
    );
  });

  it('never throws', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => void parseJobId(text)));
  });
});

it('compares ids that may name a cluster', () => {
  expect(bareId('12;hercules')).toBe('12');
  expect(bareId('direct-1')).toBe('direct-1');
});
