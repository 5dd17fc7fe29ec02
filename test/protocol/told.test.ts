/** What steps left, as frames and read back. */
import { describe, expect, it } from 'vitest';
import type { Frame } from '../../src/protocol/frames.js';
import { readSource, readTold } from '../../src/protocol/told.js';

const frame = (kind: string, rest: string, ...lines: readonly string[]): Frame => ({
  ...{ kind, rest, lines, errors: [] },
});
const HASH = 'a'.repeat(40);
const NOTHING = { texts: new Map<string, string>(), faults: [], complete: false };

describe('what was told', () => {
  it('is kept by token and name, with what could not be told', () => {
    const all = readTold([
      frame('hello', '1'),
      frame('told', 'a.1 commit', HASH),
      frame('told', 'a.1 preprocessing.1.json', '{', '  "a": 1', '}'),
      frame('fault', 'told a.1 preprocessing.2.json has 9 bytes; at most 8 are told'),
      frame('told', 'a.1'),
      frame('told', 'b.1 empty'),
      frame('fault', 'told c.1 has no claim'),
      frame('fault', 'steps d.1 is not held and placed'),
    ]);
    expect([...all.keys()]).toEqual(['a.1', 'b.1', 'c.1']);
    expect(Object.fromEntries(all.get('a.1')?.texts ?? [])).toEqual({
      commit: `${HASH}\n`,
      'preprocessing.1.json': '{\n  "a": 1\n}\n',
    });
    expect(all.get('a.1')?.faults).toEqual(['preprocessing.2.json has 9 bytes; at most 8 are told']);
    expect(all.get('b.1')?.texts.get('empty')).toBe('');
    expect(all.get('c.1')?.faults).toEqual(['has no claim']);
    // The reply broke off before the others were told whole.
    expect([...all].filter(([, { complete }]) => complete).map(([token]) => token)).toEqual(['a.1']);
  });

  it('names a commit, or a download', () => {
    const all = readTold([
      frame('told', 'a.1 commit', HASH),
      frame('told', 'a.1 url', 'https://example.org/x.git'),
      frame('told', 'b.1 download', `${'b'.repeat(64)} 12 two words.csv`),
    ]);
    const of = (token: string) => readSource(all.get(token) ?? NOTHING);
    expect(of('a.1')).toEqual({ kind: 'git', commit: HASH, url: 'https://example.org/x.git' });
    expect(of('b.1')).toEqual({ kind: 'url', sha256: 'b'.repeat(64), size: 12, file: 'two words.csv' });
    expect(of('c.1')).toBeUndefined();
  });

  it.each([
    ['a commit that was cut', 'commit', HASH.slice(1)],
    ['a commit and more', 'commit', `${HASH} x`],
    ['a download without a name', 'download', `${'b'.repeat(64)} 12 `],
    ['an empty file', 'download', ''],
  ])('says nothing of %s', (_, name, line) => {
    const all = readTold([frame('told', `a.1 ${name}`, line)]);
    expect(readSource(all.get('a.1') ?? NOTHING)).toBeUndefined();
  });
});
