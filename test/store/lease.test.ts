import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Worker } from 'node:worker_threads';
import Database from 'better-sqlite3';
import { afterEach, describe, expect, it } from 'vitest';
import { acquireLease } from '../../src/store/lease.js';
import { openStore } from '../../src/store/open.js';
import { sampleRun } from './fixtures/samples.js';
import { leased, newDirectory } from './fixtures/states.js';

const fixture = fileURLToPath(new URL('fixtures/process.ts', import.meta.url));
const worker = fileURLToPath(new URL('fixtures/worker.mjs', import.meta.url));

function start(what: string, directory: string): { child: ChildProcess; first: Promise<string> } {
  const child = spawn(process.execPath, ['--import', 'tsx', fixture, what, directory], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  const lines = createInterface({ input: child.stdout });
  return { child, first: once(lines, 'line').then(([line]) => String(line)) };
}

const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

/** Collects garbage now, as a long life would some time. */
function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  collect();
}

describe('the lease', () => {
  it('is not lost as garbage while its store can write', async () => {
    const directory = newDirectory();
    const one = openStore(directory);
    acquireLease(one, 'sluice serve');
    for (let turn = 0; turn < 3; turn++) {
      collectGarbage();
      await new Promise((resolve) => setImmediate(resolve));
    }
    const two = openStore(directory);
    expect(acquireLease(two, 'x').kind).toBe('busy');
    one.runs.create(sampleRun(1));
    one.close();
    expect(acquireLease(two, 'x').kind).toBe('held');
    two.close();
  });

  it('is one, says who has it, and is free after release', () => {
    const directory = newDirectory();
    const [one, two] = [openStore(directory), openStore(directory)];
    const first = acquireLease(one, 'sluice serve');
    expect(first).toMatchObject({ kind: 'held', fence: 1 });
    const holder = expect.objectContaining({ pid: process.pid, command: 'sluice serve' });
    expect(acquireLease(two, 'sluice reconcile')).toEqual({ kind: 'busy', holder });
    if (first.kind === 'held') first.release();
    expect(readdirSync(directory)).not.toContain('holder.json');
    expect(() => one.runs.create(sampleRun(1))).toThrow(expect.objectContaining({ kind: 'no-lease' }));
    expect(acquireLease(two, 'sluice reconcile')).toMatchObject({ kind: 'held', fence: 2 });
    one.close();
    two.close();
  });

  it('refuses a writer that was overtaken', () => {
    const zombie = leased();
    rmSync(join(zombie.directory, 'lock'));
    const next = leased({}, zombie.directory);
    expect(next.fence).toBe(2);
    expect(() => zombie.runs.create(sampleRun(1))).toThrow(expect.objectContaining({ kind: 'fenced' }));
    next.runs.create(sampleRun(1));
    expect(next.records.light()).toHaveLength(1);
    zombie.close();
    next.close();
  });

  it('is free at once when its holder is killed', async () => {
    const directory = newDirectory();
    const { child, first } = start('hold', directory);
    expect(await first).toBe('held 1');
    const store = openStore(directory);
    const busy = acquireLease(store, 'x');
    expect(busy).toMatchObject({ kind: 'busy', holder: { pid: child.pid, command: 'fixture hold' } });
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
    expect(acquireLease(store, 'x')).toMatchObject({ kind: 'held', fence: 2 });
    store.close();
  }, 30_000);

  it('goes to one of several processes that make the state at once', async () => {
    const directory = newDirectory();
    const answers = await Promise.all([1, 2, 3, 4].map(() => start('create', directory).first));
    const held = answers.filter((answer) => answer.startsWith('held'));
    expect(held.length).toBeGreaterThanOrEqual(1);
    expect(new Set(held).size).toBe(held.length);
    const store = openStore(directory);
    expect(store.meta.fence()).toBe(held.length);
    store.close();
  }, 60_000);

  it('lives in a worker thread while the main thread reads', async () => {
    const directory = newDirectory();
    const writer = new Worker(worker, { workerData: ['count', directory] });
    expect(await once(writer, 'message')).toEqual(['held 1']);
    await once(writer, 'message');
    const reader = openStore(directory, { readonly: true });
    const second = openStore(directory);
    expect(acquireLease(second, 'x')).toMatchObject({ kind: 'busy' });
    second.close();
    // Closing a connection here must not have freed the worker's lock.
    const third = openStore(directory);
    expect(acquireLease(third, 'x')).toMatchObject({ kind: 'busy' });
    third.close();
    const seen: number[] = [];
    while ((seen.at(-1) ?? 0) < 20) {
      seen.push(reader.records.light().length);
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    expect(seen).toEqual(seen.toSorted((a, b) => a - b));
    writer.postMessage('stop');
    await once(writer, 'exit');
    reader.close();
  }, 60_000);
});

describe('a busy database', () => {
  it('is waited for with the event loop free, and named when patience ends', async () => {
    const store = leased();
    const other = new Database(join(store.directory, 'state.db'));
    other.exec('BEGIN IMMEDIATE');
    await expect(store.transactionWhenFree(() => store.runs.create(sampleRun(1)), 0)).rejects.toMatchObject({
      kind: 'busy',
    });
    let turns = 0;
    const timer = setInterval(() => turns++, 1);
    setTimeout(() => other.exec('ROLLBACK'), 300);
    await store.transactionWhenFree(() => store.runs.create(sampleRun(1)));
    clearInterval(timer);
    expect(turns).toBeGreaterThan(0);
    expect(store.records.light()).toHaveLength(1);
    other.close();
    store.close();
  });
});
