import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DURATION, formatDuration, MEMORY, parseDuration, parseMemory } from '../../src/documents/units.js';
import { readSchema } from '../tools/generate-types.js';

const value = (parsed: ReturnType<typeof parseDuration>): number | string =>
  parsed.ok ? parsed.value : parsed.why;

describe('durations', () => {
  it.each([
    ['1d2h30m', 95_400],
    ['10m', 600],
    ['90s', 90],
    ['30m1h', 5400],
    ['007m', 420],
  ])('%s', (text, seconds) => {
    expect(value(parseDuration(text))).toBe(seconds);
  });

  it('every sum of d, h, m and s, in any order', () => {
    const part = fc.tuple(fc.nat(9999), fc.nat(999_999), fc.nat(99_999_999), fc.nat(999_999_999));
    fc.assert(
      fc.property(part, fc.shuffledSubarray([0, 1, 2, 3], { minLength: 1 }), (amounts, order) => {
        const units = ['d', 'h', 'm', 's'];
        const lengths = [86_400, 3600, 60, 1];
        const text = order.map((index) => `${amounts[index] ?? 0}${units[index] ?? ''}`).join('');
        const sum = order.reduce((total, index) => total + (amounts[index] ?? 0) * (lengths[index] ?? 0), 0);
        const parsed = parseDuration(text);
        expect(parsed).toEqual(sum === 0 ? expect.objectContaining({ ok: false }) : { ok: true, value: sum });
      }),
    );
  });

  it('written out and read back', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 8_639_999_99 }),
        (seconds) => value(parseDuration(formatDuration(seconds))) === seconds,
      ),
    );
  });

  it('anything else is refused, with words', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[0-9.dhmsDHMS: -]{0,12}$/)), (text) => {
        const parsed = parseDuration(text);
        expect(parsed.ok).toBe(DURATION.test(text));
        if (!parsed.ok) expect(parsed.why.length).toBeGreaterThan(20);
      }),
    );
  });

  it.each([
    ['1-00:00:00', '1d'],
    ['02:30:00', '2h30m'],
    ['90:00', '1h30m'],
    ['2-12', '2d12h'],
  ])("Slurm's %s is answered with %s", (slurm, ours) => {
    expect(value(parseDuration(slurm))).toContain(`write ${ours}`);
  });
});

describe('memory', () => {
  it.each([
    ['2625M', 2625],
    ['1.5G', 1536],
    ['100M', 100],
    ['0.1G', 103],
    ['0.5M', 1],
    ['999999999.999999999G', 1_024_000_000_000],
  ])('%s', (text, mebibytes) => {
    expect(value(parseMemory(text))).toBe(mebibytes);
  });

  it('is rounded up, never down, by less than one', () => {
    fc.assert(
      fc.property(
        fc.nat(999_999),
        fc.stringMatching(/^[0-9]{1,9}$/),
        fc.constantFrom('G', 'M'),
        (whole, fraction, unit) => {
          const text = `${whole}.${fraction}${unit}`;
          const scaled = BigInt(`${whole}${fraction}`) * (unit === 'G' ? 1024n : 1n);
          const parsed = parseMemory(text);
          if (scaled === 0n) {
            expect(parsed.ok).toBe(false);
            return;
          }
          const scale = 10n ** BigInt(fraction.length);
          const back = BigInt(value(parsed)) * scale - scaled;
          expect(back >= 0n && back < scale).toBe(true);
        },
      ),
    );
  });

  it('anything else is refused, with words', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[0-9.GMKTgmb ]{0,10}$/)), (text) => {
        const parsed = parseMemory(text);
        expect(parsed.ok).toBe(MEMORY.test(text));
        if (!parsed.ok) expect(parsed.why.length).toBeGreaterThan(20);
      }),
    );
  });
});

it('the schemas have the same patterns', () => {
  const patterns = ['manifest', 'clusters', 'sluice'].flatMap((kind) => unitsOf(readSchema(kind)));
  expect(new Set(patterns)).toEqual(new Set([`duration ${DURATION.source}`, `memory ${MEMORY.source}`]));
});

function unitsOf(schema: unknown): string[] {
  if (typeof schema !== 'object' || schema === null) return [];
  const inner = Object.values(schema).flatMap(unitsOf);
  return 'x-unit' in schema && 'pattern' in schema
    ? [`${String(schema['x-unit'])} ${String(schema.pattern)}`, ...inner]
    : inner;
}
