import fc from 'fast-check';
import { expect, it } from 'vitest';
import { html } from '../../src/page/html.js';
import { duration, moodOfPhase, moodOfState, size } from '../../src/page/words.js';
import { PHASES } from '../../src/model/run.js';

it('what comes from elsewhere is text, in content and in attributes', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const { text: made } = html`<a title="${text}">${[text, null, undefined, false]}</a>`;
      const inside = /^<a title="([^"]*)">([^<]*)<\/a>$/s.exec(made);
      expect(inside?.[1]).toBe(inside?.[2]);
    }),
  );
  expect(html`<b>${html`<i>${'<'}</i>`}${0}</b>`.text).toBe('<b><i>&lt;</i>0</b>');
});

it('times, sizes, and a sign for every phase', () => {
  expect([0, 1_500, 119_000, 121_000, 7_300_000, 200_000_000].map(duration)).toEqual([
    ...['0 s', '1 s', '119 s', '2 min', '2 h', '2 d'],
  ]);
  expect([0, 999, 1_000, 1_400_000].map(size)).toEqual(['0 B', '999 B', '1.0 kB', '1.4 MB']);
  expect(new Set(PHASES.map(moodOfPhase))).toEqual(
    new Set(['good', 'bad', 'idle', 'asks', 'busy', 'waiting']),
  );
  expect(['CANCELLED by 5', 'TIMEOUT', 'PENDING', 'RUNNING', 'COMPLETED'].map(moodOfState)).toEqual([
    ...['idle', 'bad', 'waiting', 'busy', 'good'],
  ]);
});
