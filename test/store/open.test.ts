import { createHash } from 'node:crypto';
import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { StoreError } from '../../src/store/errors.js';
import { acquireLease } from '../../src/store/lease.js';
import { MIGRATIONS } from '../../src/store/migrations/index.js';
import { openStore } from '../../src/store/open.js';
import { sampleRun } from './fixtures/samples.js';
import { leased, newDirectory } from './fixtures/states.js';

function refusal(work: () => unknown): StoreError {
  try {
    work();
  } catch (error) {
    if (error instanceof StoreError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

/** Name, mode and content of every file, so that "untouched" means just that. */
function snapshot(directory: string): string[] {
  return readdirSync(directory)
    .filter((name) => !/-(wal|shm)$/.test(name))
    .map(
      (name) =>
        `${name} ${createHash('sha256')
          .update(readFileSync(join(directory, name)))
          .digest('hex')}`,
    );
}

const modes = (directory: string): [string, string][] =>
  readdirSync(directory).map((name) => [name, (statSync(join(directory, name)).mode & 0o777).toString(8)]);

const LATEST = MIGRATIONS.length;
const second = { number: LATEST + 1, name: 'more', sql: 'ALTER TABLE runs ADD COLUMN extra TEXT;' };

describe('opening', () => {
  it('makes a state that only its owner can read, and keeps it so', () => {
    const before = process.umask(0o022);
    try {
      const store = leased();
      store.runs.create(sampleRun(1));
      expect((statSync(store.directory).mode & 0o777).toString(8)).toBe('700');
      expect(modes(store.directory).map(([name]) => name)).toEqual(
        expect.arrayContaining(['state.db', 'state.db-wal', 'state.db-shm', 'lock', 'holder.json']),
      );
      for (const [name, mode] of modes(store.directory)) expect([name, mode]).toEqual([name, '600']);
      store.close();
    } finally {
      process.umask(before);
    }
  });

  it('narrows what was opened wide', () => {
    const { directory } = leased();
    chmodSync(directory, 0o755);
    chmodSync(join(directory, 'state.db'), 0o644);
    openStore(directory).close();
    expect(statSync(directory).mode & 0o077).toBe(0);
    expect(statSync(join(directory, 'state.db')).mode & 0o077).toBe(0);
  });

  it('sets what keeps an intent through a loss of power', () => {
    const store = leased();
    store.close();
    const other = new Database(join(store.directory, 'state.db'));
    expect(other.pragma('journal_mode', { simple: true })).toBe('wal');
    expect(other.pragma('application_id', { simple: true })).toBe(0x534c5543);
    const tables = other
      .prepare(`SELECT name FROM pragma_table_list WHERE schema = 'main' AND NOT strict`)
      .all();
    expect(tables.filter((row) => !JSON.stringify(row).includes('sqlite_'))).toEqual([]);
    other.close();
    const asked: string[] = [];
    openStore(store.directory, { trace: (sql) => asked.push(sql) }).close();
    expect(asked).toEqual(expect.arrayContaining([expect.stringContaining('synchronous = FULL')]));
  });

  it('reads nothing where nothing is, and makes nothing', () => {
    const directory = newDirectory();
    const store = openStore(directory, { readonly: true });
    expect([store.origin, store.records.live(), store.meta.number()]).toEqual(['absent', [], 0]);
    store.close();
    expect(() => statSync(directory)).toThrow('ENOENT');
  });

  it('leaves no trace as a reader that comes last', () => {
    const store = leased();
    store.runs.create(sampleRun(1));
    store.close();
    const names = readdirSync(store.directory);
    const content = snapshot(store.directory);
    const reader = openStore(store.directory, { readonly: true });
    expect(reader.runs.byName('job-00001')?.uuid).toBe(sampleRun(1).uuid);
    expect(refusal(() => acquireLease(reader, 'x')).kind).toBe('no-lease');
    expect(refusal(() => reader.runs.create(sampleRun(2))).kind).toBe('no-lease');
    reader.close();
    expect(readdirSync(store.directory).filter((name) => name !== 'lock')).toEqual(
      names.filter((name) => name !== 'lock'),
    );
    expect(snapshot(store.directory)).toEqual(content);
  });

  it('works without a file', () => {
    const store = openStore(':memory:');
    expect(acquireLease(store, 'sluice test').kind).toBe('held');
    store.runs.create(sampleRun(1));
    expect(store.records.live()).toHaveLength(1);
    store.close();
  });

  it('starts anew where only the database was deleted', () => {
    const first = leased();
    first.runs.create(sampleRun(1));
    rmSync(join(first.directory, 'state.db'));
    first.close();
    const store = openStore(first.directory);
    expect([store.origin, store.records.light()]).toEqual(['created', []]);
    store.close();
  });
});

describe('versions', () => {
  it('refuses a newer one by both versions, and leaves it', () => {
    const directory = newDirectory();
    openStore(directory, { migrations: [...MIGRATIONS, second] }).close();
    const before = snapshot(directory);
    for (const readonly of [false, true]) {
      const error = refusal(() => openStore(directory, { readonly }));
      expect(error.kind).toBe('newer');
      expect(error.message).toMatch(
        new RegExp(`schema is version ${LATEST + 1}\\b.*up to ${LATEST}\\b`, 's'),
      );
    }
    expect(snapshot(directory)).toEqual(before);
  });

  it('migrates an older one and keeps a private copy', () => {
    const old = leased();
    old.runs.create(sampleRun(1));
    old.close();
    const { directory } = old;
    expect(
      refusal(() => openStore(directory, { readonly: true, migrations: [...MIGRATIONS, second] })).kind,
    ).toBe('older');
    const store = openStore(directory, { migrations: [...MIGRATIONS, second], now: () => 77 });
    expect(store.origin).toBe('found');
    expect(store.records.light()).toHaveLength(1);
    store.close();
    const copy = join(directory, `state-v${LATEST}-77.db`);
    expect(statSync(copy).mode & 0o777).toBe(0o600);
    const copied = new Database(copy, { readonly: true });
    expect(copied.prepare('SELECT count(*) AS n FROM runs').get()).toEqual({ n: 1 });
    expect(copied.prepare('SELECT max(number) AS v FROM migrations').get()).toEqual({ v: LATEST });
    copied.close();
  });

  it('changes nothing when a migration fails half-way', () => {
    const old = leased();
    old.close();
    const broken = {
      number: LATEST + 1,
      name: 'broken',
      sql: 'CREATE TABLE half (x TEXT) STRICT; CREATE TABLE runs (x);',
    };
    expect(() => openStore(old.directory, { migrations: [...MIGRATIONS, broken] })).toThrow(/already exists/);
    const store = openStore(old.directory);
    expect(store.origin).toBe('found');
    store.close();
  });

  it('makes a new state whole or not at all, so that no other process sees a part of it', () => {
    const directory = newDirectory();
    const broken = { number: LATEST + 1, name: 'broken', sql: 'CREATE TABLE runs (x);' };
    expect(() => openStore(directory, { migrations: [...MIGRATIONS, broken] })).toThrow(/already exists/);
    const store = openStore(directory);
    expect(store.origin).toBe('created');
    store.close();
  });

  it('does not migrate under a process that is at work', () => {
    const working = leased();
    const error = refusal(() => openStore(working.directory, { migrations: [...MIGRATIONS, second] }));
    expect(error.kind).toBe('busy');
    expect(error.message).toContain('"sluice test"');
    working.close();
  });

  it('numbers migrations from 1 without gaps', () => {
    expect(MIGRATIONS.map((one) => one.number)).toEqual(MIGRATIONS.map((_, index) => index + 1));
  });
});

describe('damage', () => {
  const cases: [string, (file: string) => void][] = [
    ['text', (file) => writeFileSync(file, 'name: not a database\n'.repeat(300))],
    ['one byte', (file) => writeFileSync(file, 'x')],
    ['an overwritten header', (file) => writeFileSync(file, Buffer.alloc(100), { flag: 'r+' })],
    ['a cut file', (file) => truncateSync(file, 4096)],
    [
      'an emptied file with a log beside it',
      (file) => {
        truncateSync(file, 0);
        writeFileSync(`${file}-wal`, 'changes');
      },
    ],
  ];
  it.each(cases)('names %s and leaves it byte for byte', (_, damage) => {
    const store = leased();
    for (let number = 1; number < 20; number++) store.runs.create(sampleRun(number));
    store.close();
    const file = join(store.directory, 'state.db');
    damage(file);
    const before = snapshot(store.directory);
    for (const readonly of [false, true]) {
      const error = refusal(() => openStore(store.directory, { readonly }));
      expect(error.kind).toBe('corrupt');
      expect(error.message).toContain(file);
    }
    expect(snapshot(store.directory)).toEqual(before);
  });

  it('names damage that is met later', () => {
    const store = leased();
    for (let number = 1; number < 400; number++) store.runs.create(sampleRun(number));
    store.close();
    const file = join(store.directory, 'state.db');
    const size = statSync(file).size;
    writeFileSync(file, Buffer.concat([readFileSync(file).subarray(0, 8192), Buffer.alloc(size - 8192, 7)]));
    const before = snapshot(store.directory);
    const error = refusal(() => openStore(store.directory, { readonly: true }).records.light());
    expect([error.kind, error.message.includes(file)]).toEqual(['corrupt', true]);
    expect(snapshot(store.directory)).toEqual(before);
  });

  it('leaves the database of another program alone', () => {
    const directory = newDirectory();
    mkdirSync(directory);
    const other = new Database(join(directory, 'state.db'));
    other.exec('CREATE TABLE theirs (x)');
    other.close();
    const before = snapshot(directory);
    expect(refusal(() => openStore(directory)).kind).toBe('foreign');
    expect(snapshot(directory)).toEqual(before);
  });

  it('does not go on with a database that was taken away', () => {
    const store = leased();
    rmSync(join(store.directory, 'state.db'));
    expect(refusal(() => store.assertInPlace()).kind).toBe('replaced');
    store.close();
  });
});
