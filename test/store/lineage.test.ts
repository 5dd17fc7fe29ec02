import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { acquireLease } from '../../src/store/lease.js';
import { classifyMemory, parseLineage, raiseLineage, readLineage } from '../../src/store/lineage.js';
import { openStore } from '../../src/store/open.js';
import { leased, newDirectory } from './fixtures/states.js';

describe('the lineage', () => {
  it('rises in the database and in a private file, above all that was seen', () => {
    const store = leased();
    expect(readLineage(store.directory)).toBeUndefined();
    expect([
      raiseLineage(store, 'inst'),
      raiseLineage(store, 'inst', 7),
      raiseLineage(store, 'inst', 2),
    ]).toEqual([1, 8, 9]);
    expect(readLineage(store.directory)).toEqual({ installation: 'inst', number: 9 });
    expect(store.meta.number()).toBe(9);
    expect(statSync(join(store.directory, 'lineage')).mode & 0o777).toBe(0o600);
    expect(readdirSync(store.directory).filter((name) => name.endsWith('.tmp'))).toEqual([]);
    expect(() => raiseLineage(store, 'other')).toThrow(/belongs to installation inst/);
    store.close();
  });

  it('needs the lease', () => {
    const store = openStore(newDirectory());
    expect(() => raiseLineage(store, 'inst')).toThrow(expect.objectContaining({ kind: 'no-lease' }));
    expect(readLineage(store.directory ?? '')).toBeUndefined();
    store.close();
  });

  it('is not raised over a database that was deleted under us', () => {
    const store = leased();
    raiseLineage(store, 'inst');
    rmSync(join(store.directory, 'state.db'));
    expect(() => raiseLineage(store, 'inst')).toThrow(expect.objectContaining({ kind: 'replaced' }));
    expect(readLineage(store.directory)?.number).toBe(1);
    store.close();
  });

  it('shows a database that is lost or old', () => {
    const store = leased();
    raiseLineage(store, 'inst');
    raiseLineage(store, 'inst');
    store.close();
    rmSync(join(store.directory, 'state.db'));
    const fresh = leased({}, store.directory);
    const lineage = readLineage(store.directory)?.number;
    const memory = classifyMemory({ number: fresh.meta.number(), lineage, marks: new Map() });
    expect(memory).toEqual({ kind: 'behind', number: 0, highest: 2, witness: 'the lineage file' });
    expect(raiseLineage(fresh, 'inst')).toBe(3);
    fresh.close();
  });

  it('works without a file', () => {
    const store = openStore(':memory:');
    acquireLease(store, 'x');
    expect([raiseLineage(store, 'inst', 4), raiseLineage(store, 'inst')]).toEqual([5, 6]);
    store.close();
  });

  it.each([
    '',
    '{',
    '[]',
    '{"installation":"x"}',
    '{"installation":"x","number":-1}',
    '{"installation":"","number":1}',
  ])('is never guessed from %j', (content) => {
    const store = leased();
    writeFileSync(join(store.directory, 'lineage'), content);
    expect(() => readLineage(store.directory)).toThrow(/unreadable/);
    expect(readFileSync(join(store.directory, 'lineage'), 'utf8')).toBe(content);
    expect(parseLineage(content)).toBeUndefined();
    store.close();
  });
});

describe('memory', () => {
  const marks = (...pairs: [string, number | undefined][]): Map<string, number | undefined> => new Map(pairs);
  it.each([
    [0, undefined, marks(), { kind: 'first-use' }],
    [0, undefined, marks(['north', undefined]), { kind: 'first-use' }],
    [3, 3, marks(['north', 3], ['south', 1]), { kind: 'continuing', number: 3 }],
    [3, undefined, marks(), { kind: 'continuing', number: 3 }],
    [4, 3, marks(['north', 3]), { kind: 'continuing', number: 4 }],
    [0, 3, marks(), { kind: 'behind', number: 0, highest: 3, witness: 'the lineage file' }],
    [0, undefined, marks(['north', 2]), { kind: 'behind', number: 0, highest: 2, witness: 'north' }],
    [3, 3, marks(['north', 5], ['south', 4]), { kind: 'behind', number: 3, highest: 5, witness: 'north' }],
  ])('database %o, lineage %o, %o', (number, lineage, onClusters, memory) => {
    expect(classifyMemory({ number, lineage, marks: onClusters })).toEqual(memory);
  });

  it('is never first use where anything is known anywhere', () => {
    const number = fc.nat(5);
    const maybe = fc.option(number, { nil: undefined });
    fc.assert(
      fc.property(number, maybe, fc.array(maybe, { maxLength: 3 }), (own, lineage, list) => {
        const on = new Map(list.map((mark, index) => [`c${index}`, mark]));
        const memory = classifyMemory({ number: own, lineage, marks: on });
        const known = [lineage, ...list].filter((one) => one !== undefined);
        expect(memory.kind === 'first-use').toBe(own === 0 && known.length === 0);
        expect(memory.kind === 'behind').toBe(known.some((one) => one > own));
      }),
    );
  });
});

describe('the installation', () => {
  it('ties the state to itself', () => {
    const store = leased();
    store.meta.bind('one');
    store.meta.bind('one');
    expect(() => store.meta.bind('two')).toThrow(/belongs to installation one, not to two/);
    expect(store.meta.installation()).toBe('one');
    store.meta.beginRecovery('the database is new');
    expect(store.meta.recovery()).toBe('the database is new');
    store.meta.endRecovery();
    expect(store.meta.recovery()).toBeUndefined();
    store.close();
  });
});
