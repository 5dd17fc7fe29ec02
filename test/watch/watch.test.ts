/** Hints: at least one after whatever changed, and one for a burst. */
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Watch, watch } from '../../src/watch/watch.js';

let root: string;
let hints: number;
let watching: Watch | undefined;
const troubles: string[] = [];
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'sluice-watch-'));
  hints = 0;
  troubles.length = 0;
});
afterEach(async () => {
  await watching?.close();
  rmSync(root, { recursive: true });
  expect(troubles).toEqual([]);
});

function begin(...paths: string[]): void {
  watching = watch({ paths, onHint: () => (hints += 1), onTrouble: (why) => void troubles.push(why) });
}

/** The hint that comes when the watching has begun, and quiet after it. */
async function settled(): Promise<void> {
  let before = -1;
  while (before !== hints) {
    before = hints;
    await pause(300);
  }
}

const hinted = async (change: () => void): Promise<void> => {
  await settled();
  const before = hints;
  change();
  await expect.poll(() => hints, { timeout: 10_000 }).toBeGreaterThan(before);
};

it('a file that comes, changes, is renamed, goes, also deep below', async () => {
  const folder = join(root, 'jobs.d');
  mkdirSync(folder);
  begin(folder);
  const file = join(folder, 'a.yaml');
  await hinted(() => writeFileSync(file, 'x'));
  await hinted(() => writeFileSync(file, 'y'));
  await hinted(() => renameSync(file, join(folder, 'b.yaml')));
  await hinted(() => rmSync(join(folder, 'b.yaml')));
  await hinted(() => mkdirSync(join(folder, 'deep/er'), { recursive: true }));
  await hinted(() => writeFileSync(join(folder, 'deep/er/c.yaml'), 'x'));
});

it('a folder that is not there yet, vanishes, comes again, and is a link that is swapped', async () => {
  const folder = join(root, 'jobs.d');
  begin(folder);
  await hinted(() => mkdirSync(folder));
  await hinted(() => rmSync(folder, { recursive: true }));
  for (const name of ['one', 'two']) mkdirSync(join(root, name));
  await hinted(() => symlinkSync(join(root, 'one'), folder));
  await hinted(() => writeFileSync(join(root, 'one/a.yaml'), 'x'));
  await hinted(() => {
    symlinkSync(join(root, 'two'), `${folder}.new`);
    renameSync(`${folder}.new`, folder);
  });
  await hinted(() => writeFileSync(join(root, 'two/a.yaml'), 'x'));
});

it('a file alone: written, replaced, gone', async () => {
  const file = join(root, 'sluice.yaml');
  begin(file);
  await hinted(() => writeFileSync(file, 'a: 1'));
  await hinted(() => {
    writeFileSync(`${file}.new`, 'b: 12');
    renameSync(`${file}.new`, file);
  });
  await hinted(() => rmSync(file));
});

it('a burst of a thousand files is a few hints, and editors’ own files are none', async () => {
  const folder = join(root, 'jobs.d');
  mkdirSync(folder);
  begin(folder);
  await settled();
  const before = hints;
  for (const name of ['.a.yaml.swp', 'a.yaml~', '.#a.yaml', 'b.tmp']) writeFileSync(join(folder, name), 'x');
  await settled();
  expect(hints).toBe(before);
  for (let each = 0; each < 1_000; each++) writeFileSync(join(folder, `${each}.yaml`), 'x');
  await settled();
  expect(hints - before).toBeGreaterThan(0);
  expect(hints - before).toBeLessThan(20);
});
