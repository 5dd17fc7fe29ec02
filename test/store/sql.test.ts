import { describe, expect, it } from 'vitest';
import { Sql } from '../../src/store/sql.js';

function open(): { readonly sql: Sql; readonly told: string[]; readonly rows: () => number } {
  const told: string[] = [];
  const sql = new Sql(':memory:', { mustExist: false, trace: (text) => told.push(text) });
  sql.exec('CREATE TABLE things (name TEXT NOT NULL)');
  return { sql, told, rows: () => sql.all('SELECT name FROM things').length };
}

function put(sql: Sql, name: string | null): void {
  sql.immediate(() => sql.run('INSERT INTO things VALUES (?)', name));
}

describe('a transaction within another', () => {
  it('is part of it: one begins and one is committed, whatever the number of records', () => {
    const { sql, told, rows } = open();
    sql.immediate(() => {
      sql.immediate(() => {
        for (let number = 0; number < 20; number += 1) put(sql, `thing ${number}`);
      });
    });
    expect(rows()).toBe(20);
    expect(told.filter((text) => /^(BEGIN|COMMIT|SAVEPOINT|RELEASE)/.test(text))).toEqual([
      'BEGIN IMMEDIATE',
      'COMMIT',
    ]);
  });

  it('undoes all when it fails, even where its error is caught', () => {
    const { sql, rows } = open();
    const caught = (): void =>
      sql.immediate(() => {
        put(sql, 'first');
        expect(() => put(sql, null)).toThrow(/NOT NULL/);
        put(sql, 'second');
      });
    expect(caught).toThrow(/NOT NULL/);
    expect([rows(), sql.inTransaction]).toEqual([0, false]);
    put(sql, 'third');
    expect(rows()).toBe(1);
  });
});
